// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <dav1d/dav1d.h>

#include "daedalus/result.h"
#include "engine/memory_pool.h"
#include "engine/picture.h"
#include "gbm/frame_buffer.h"

namespace daedalus::engine {

/// libdav1d, rendering into memory of our choice.
///
/// Several threads work on several frames; how many that are is the library's choice. A picture is
/// complete when takeFinished() returns its outcome. Hidden frames are put out like any other.
///
/// One thread at a time.
class Dav1dDecoder {
public:
    /// Where a frame goes.
    struct Destination {
        std::shared_ptr<const gbm::FrameBuffer> target; ///< null: private memory
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
    ~Dav1dDecoder() = default;

    /// Starts to decode one frame, and finishes older ones if there are as many as the library
    /// works on.
    /// @param obus a frame OBU, a sequence header OBU before it where that changed; kept for as
    /// long as the decoder needs them
    /// @returns what later frames are predicted from, null where the frame failed already;
    /// ENOMEM: it was not started
    Result<std::shared_ptr<const Picture>> start(std::shared_ptr<const std::vector<uint8_t>> obus,
                                                 Destination destination);
    /// Takes the outcome of the oldest frame that has one which was not taken yet; nothing if
    /// that frame is not finished, or if there is none.
    std::optional<Outcome> takeFinished();
    /// Waits for all frames. libdav1d 1.0 may never come to an end where it gets new data while it
    /// was asked for some of its frames only.
    void finishAll();
    /// Finishes all frames, for the same reason.
    void finishOldest() { finishAll(); }

    /// Forgets all references and the sequence header.
    void flush();

private:
    struct Close {
        void operator()(Dav1dContext *context) const { dav1d_close(&context); }
    };
    struct OwnedPicture;

    /// A frame whose outcome was not taken yet.
    struct Job {
        int64_t id = 0;
        Destination destination;
        Outcome outcome;
        bool finished = false;
    };

    Dav1dDecoder() : pool_(MemoryPool::create()) {}
    static int allocate(Dav1dPicture *picture, void *cookie);
    static void release(Dav1dPicture *picture, void *cookie);
    int provide(Job &job, Dav1dPicture &picture);
    Result<std::shared_ptr<const Picture>> place(Job &job, const PictureNeeds &needs);
    /// Asks for a picture or an error and finishes that frame. @returns false: there is neither
    bool receive();
    void finish(int64_t id, const Dav1dPicture &picture);
    void reject(int64_t id, int error);
    /// Frames up to that one, which are finished too.
    void finishUpTo(int64_t id);
    void applyGrain(Job &job, const Dav1dPicture &reconstruction);

    std::shared_ptr<MemoryPool> pool_;
    std::deque<Job> jobs_;
    int64_t lastId_ = 0;
    Job *allocating_ = nullptr; ///< whose pictures the library asks memory for
    bool applyingGrain_ = false;
    std::unique_ptr<Dav1dContext, Close> context_; ///< last, to be destroyed first
};

} // namespace daedalus::engine
