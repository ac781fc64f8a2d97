// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "decode_session.h"
#include "stream_event.h"
#include "vectors.h"

namespace daedalus::test {

/// How a client lays out its surfaces.
enum class Surfaces {
    Nv12,      ///< standard layout, chroma interleaved
    I420,      ///< standard layout, planar
    TightNv12, ///< no padding at all: a decoder cannot write there by itself
    TightI420,
};

/// A surface in a memfd, filled with a pattern. Null where there is no memory.
std::shared_ptr<const FrameBuffer> makeSurface(Surfaces surfaces, uint32_t width, uint32_t height);

/// A stream, decoded by a session as a V4L2 client would have it done.
struct Played {
    std::vector<std::string> frames;       ///< in output order, as describe() tells them
    std::vector<DecodeResult> results;     ///< in decode order
    std::vector<uint64_t> copiedBytes;     ///< of a surface's samples, a request each
    std::vector<std::string> streamErrors; ///< of the parser
};

struct PlayOptions {
    Surfaces surfaces = Surfaces::Nv12;
    unsigned threads = 1;
    /// May change a request before it is submitted.
    std::function<void(StatelessPicture &)> edit;
};

/// Plays a whole stream. Surfaces are used again as soon as they are released.
Played play(const Stream &stream, const PlayOptions &options);

} // namespace daedalus::test
