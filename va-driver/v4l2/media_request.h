// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::v4l2 {

/// A request of the media request API: the controls and buffers that belong
/// together for one decode.
///
/// Life cycle: controls and buffers are attached by V4l2Device::setControls() and
/// V4l2Queue::queue(), queue() submits, wait() waits, reinit() makes it fresh
/// again. Destroying it at any time is allowed: the kernel keeps a submitted
/// request alive until it is done.
///
/// Whether the decode succeeded is no property of the request: the dequeued
/// CAPTURE buffer carries that, see V4l2Queue::Dequeued::error.
///
/// Thread-safety: wait() may run in one thread while no other changes the
/// request; everything else is for one thread at a time.
class MediaRequest {
public:
    /// Takes what MediaDevice::allocRequest() got from the kernel.
    explicit MediaRequest(UniqueFd fd) : fd_(std::move(fd)) {}

    /// For V4L2 calls that name a request; stays owned by this object.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    /// Submits the request (MEDIA_REQUEST_IOC_QUEUE). ENOENT: no OUTPUT buffer was
    /// attached; EBUSY: it is submitted already.
    Result<void> queue();

    /// Waits until the request was completed.
    /// @param timeout how long at most; zero only looks, negative waits for ever
    /// @returns false if the time ran out. EINVAL: it was never submitted, so that
    /// it cannot complete.
    [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;

    /// Makes a completed, or a never submitted, request usable again
    /// (MEDIA_REQUEST_IOC_REINIT). EBUSY: it is in flight.
    Result<void> reinit();

private:
    UniqueFd fd_;
};

} // namespace daedalus::v4l2
