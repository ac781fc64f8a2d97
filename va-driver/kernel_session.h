// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daedalus/result.h"
#include "v4l2/media_device.h"
#include "v4l2/v4l2_device.h"
#include "v4l2/v4l2_queue.h"
#include "va-driver/backend.h"
#include "va-driver/bitstream_buffers.h"
#include "va-driver/capture_layout.h"
#include "va-driver/capture_slots.h"
#include "va-driver/log.h"

namespace daedalus::va {

/// One V4L2 decoding context of the kernel module, as jobs see it. For one thread.
///
/// Formats follow the jobs: the first one sets them up, one with another picture
/// size changes them. A change leaves the worker's decoder as it is, so pictures
/// of the old size stay references (VP9).
class KernelSession {
public:
    static Result<std::unique_ptr<KernelSession>> create(const v4l2::DaedalusNodes &nodes,
                                                         const CodecInfo &codec,
                                                         gbm::SurfaceAllocator &allocator,
                                                         std::shared_ptr<spdlog::logger> logger);

    KernelSession(const KernelSession &) = delete;
    KernelSession &operator=(const KernelSession &) = delete;
    /// Aborts what is in flight.
    ~KernelSession();

    /// What became of a job, and what it waits for.
    enum class Submission {
        Taken,          ///< the kernel has it, or it was finished with an error
        NeedsPicture,   ///< try again when a job was finished
        NeedsBitstream, ///< try again when the kernel is done with a bitstream: POLLOUT
        NeedsSurface,   ///< a device still reads the job's surface: gbm::waitUntilWritable()
    };

    /// Gives a job to the kernel, or, if that fails, finishes it with an error.
    /// @param waited the surface was waited for. The kernel waits, too, if need be, but with
    /// the caller's locks held.
    Submission trySubmit(const std::shared_ptr<DecodeJob> &job, bool waited);

    /// Finishes the oldest job that the kernel is done with, if there is one.
    void finishCompleted();

    /// Aborts all jobs if none was finished for a long time. To be called every second or so
    /// while there is nothing to dequeue.
    void checkProgress();

    /// Finishes all jobs in flight with an error (errno); the next job sets formats up anew.
    void abort(int error);

    [[nodiscard]] bool idle() const { return inFlight_ == 0; }
    /// Becomes readable (POLLIN) when a job may be done, while there are any.
    [[nodiscard]] int fd() const { return device_->fd(); }

private:
    KernelSession(v4l2::MediaDevice media, std::shared_ptr<v4l2::V4l2Device> device,
                  const CodecInfo &codec, gbm::SurfaceAllocator &allocator,
                  std::shared_ptr<spdlog::logger> logger);

    /// Whether a job can be decoded with the formats that are set up.
    [[nodiscard]] bool formatsSuit(const DecodeJob &job) const;
    Result<void> configure(const DecodeJob &job);
    Result<void> configureCapture(const DecodeJob &job);
    Result<Submission> submit(const std::shared_ptr<DecodeJob> &job, bool waited);
    Result<void> queue(const std::shared_ptr<DecodeJob> &job, unsigned output, unsigned capture);
    void complete(const v4l2::V4l2Queue::Dequeued &done);
    void fail(const std::shared_ptr<DecodeJob> &job, const Error &error);

    v4l2::MediaDevice media_;
    std::shared_ptr<v4l2::V4l2Device> device_;
    const CodecInfo &codec_;
    gbm::SurfaceAllocator &allocator_;
    std::shared_ptr<spdlog::logger> logger_;

    BitstreamBuffers bitstreams_;
    v4l2::V4l2Queue capture_;
    CaptureSlots slots_;
    uint32_t codedWidth_ = 0; ///< 0: nothing is set up
    uint32_t codedHeight_ = 0;
    CaptureLayout layout_;
    unsigned inFlight_ = 0;
    bool shadowLogged_ = false;
    WarnOnce failureLog_;
    /// The first checkProgress() since the last job was finished.
    std::optional<std::chrono::steady_clock::time_point> stalledSince_;
};

} // namespace daedalus::va
