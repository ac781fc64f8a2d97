// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "daedalus/control_set.h"
#include "daedalus/result.h"
#include "gbm/frame_buffer.h"

namespace spdlog {
class logger;
}

namespace daedalus::engine {

/// A V4L2 stateless decode request as the engine sees it.
struct DecodeRequest {
    ControlSet controls;                            ///< the codec's stateless controls
    std::span<const uint8_t> bitstream;             ///< valid until the completion was called
    std::shared_ptr<const gbm::FrameBuffer> target; ///< where the picture goes
    uint32_t codedWidth = 0;                        ///< of the OUTPUT format
    uint32_t codedHeight = 0;                       ///< of the OUTPUT format
    uint64_t timestamp = 0; ///< by which later requests refer to the picture, in ns
    /// The client has other pictures under way: it does not wait for each picture.
    bool clientIsAhead = false;
};

/// How a request ended.
struct DecodeResult {
    int error = 0;            ///< 0, or a positive errno value: the picture is not usable
    uint32_t bytesCopied = 0; ///< bytes the engine copied to fill the target
};

/// Called exactly once for each request, in decode order.
using DecodeCompletion = std::function<void(const DecodeResult &)>;

/// The decoder state of one stream: bridges stateless requests to a stateful
/// decoder that renders straight into the request's target.
///
/// Not thread-safe: one thread at a time calls into a session. Completions run
/// on that thread.
class DecodeSession {
public:
    struct Options {
        unsigned threads = 0;                   ///< decoder threads, 0: as many as there are CPUs
        std::shared_ptr<spdlog::logger> logger; ///< never null
    };

    /// V4L2 OUTPUT fourccs that create() accepts.
    static std::span<const uint32_t> supportedCodecs();

    /// @param codec V4L2 OUTPUT fourcc, e.g. V4L2_PIX_FMT_H264_SLICE
    static Result<std::unique_ptr<DecodeSession>> create(uint32_t codec, Options options);

    virtual ~DecodeSession() = default;

    /// Decodes one request. @p done is called before this returns, or by a
    /// later submit() or drain() where the decoder works ahead.
    virtual void submit(DecodeRequest request, DecodeCompletion done) = 0;

    /// Finishes the oldest request that was submitted, at least; the decoder may go on with
    /// the others meanwhile.
    virtual void finishOldest() { drain(); }

    /// Finishes every request that was submitted, keeping the decoder's state.
    virtual void drain() = 0;

    /// Forgets all references; the next request has to be a key frame.
    virtual void flush() = 0;
};

} // namespace daedalus::engine
