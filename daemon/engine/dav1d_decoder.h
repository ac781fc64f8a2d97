// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <dav1d/dav1d.h>

#include "daedalus/result.h"
#include "frame_buffer.h"
#include "memory_pool.h"
#include "picture.h"

namespace daedalus::engine {

/// libdav1d, rendering into memory of our choice.
///
/// A picture is complete when decode() returns: threads work within a frame
/// (max_frame_delay is 1). Hidden frames are put out like any other.
class Dav1dDecoder {
public:
    /// Where a frame goes.
    struct Destination {
        std::shared_ptr<const FrameBuffer> target; ///< null: private memory
        /// The target shows film grain, which the reference must not have: that is
        /// decoded to private memory then.
        bool grain = false;
    };

    struct Outcome {
        /// 0, or a positive errno value: EBADMSG, ENOTSUP, ENOMEM, or ENOBUFS (the target
        /// is too small).
        int error = 0;
        std::shared_ptr<const Picture> reference; ///< what later frames are predicted from
        std::shared_ptr<const Picture> shown;     ///< the same, or with film grain
    };

    /// @param threads 0: as many as there are CPUs
    /// @returns ENOMEM
    static Result<std::unique_ptr<Dav1dDecoder>> open(unsigned threads);

    Dav1dDecoder(const Dav1dDecoder &) = delete;
    Dav1dDecoder &operator=(const Dav1dDecoder &) = delete;
    Dav1dDecoder(Dav1dDecoder &&) = delete;
    Dav1dDecoder &operator=(Dav1dDecoder &&) = delete;
    ~Dav1dDecoder() = default;

    /// Decodes one frame.
    /// @param obus a frame OBU, a sequence header OBU before it where that changed; kept for as
    /// long as the decoder needs them
    Outcome decode(std::shared_ptr<const std::vector<uint8_t>> obus, Destination destination);

    /// Forgets all references and the sequence header.
    void flush();

private:
    struct Close {
        void operator()(Dav1dContext *context) const { dav1d_close(&context); }
    };
    struct OwnedPicture;

    Dav1dDecoder() : pool_(MemoryPool::create()) {}
    static int allocate(Dav1dPicture *picture, void *cookie);
    static void release(Dav1dPicture *picture, void *cookie);
    int provide(Dav1dPicture &picture);
    Result<std::shared_ptr<const Picture>> place(const PictureNeeds &needs);
    [[nodiscard]] int checkTarget(const PictureNeeds &needs) const;
    void drain(bool decoded);
    void applyGrain(const Dav1dPicture &reconstruction);

    std::shared_ptr<MemoryPool> pool_;
    Destination destination_;
    Outcome outcome_;
    bool applyingGrain_ = false;
    std::unique_ptr<Dav1dContext, Close> context_; ///< goes first
};

} // namespace daedalus::engine
