// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/surface.h"

#include <algorithm>
#include <utility>

#include "va-driver/stream.h"

namespace daedalus::va {

void Surface::decodeSubmitted(uint64_t timestamp, bool continues, bool fieldPicture,
                              std::shared_ptr<Stream> stream)
{
    const std::scoped_lock lock(mutex_);
    decoding_.push_back(stream);
    std::swap(stream_, stream); // the old one is released after the lock
    reference_ = {timestamp, fieldPicture};
    if (!continues) {
        failed_ = false;
        errorUnreported_ = false;
    }
}

void Surface::decodeFinished(const engine::DecodeResult &result, const Stream *stream)
{
    std::shared_ptr<Stream> released; // after the lock
    {
        const std::scoped_lock lock(mutex_);
        // A client may use one surface in two contexts, both decoding into it.
        const auto it = std::ranges::find(decoding_, stream, &std::shared_ptr<Stream>::get);
        if (it != decoding_.end()) {
            released = std::move(*it);
            decoding_.erase(it);
        }
        if (result.error != 0) {
            failed_ = true;
            errorUnreported_ = true;
        }
    }
    idle_.notify_all();
}

bool Surface::busy() const
{
    const std::scoped_lock lock(mutex_);
    return !decoding_.empty();
}

bool Surface::hasWaiter() const
{
    const std::scoped_lock lock(mutex_);
    return waiters_ > 0;
}

bool Surface::decodedBy(const Stream *stream) const
{
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(decoding_, stream, &std::shared_ptr<Stream>::get) != decoding_.end();
}

bool Surface::finishDecodes(std::unique_lock<std::mutex> &lock, Deadline deadline)
{
    while (!decoding_.empty()) {
        const auto stream = decoding_.front();
        bool decoded = false;
        if (stream) {
            lock.unlock();
            decoded =
                stream->decoder->decodeUntil([&] { return !decodedBy(stream.get()); }, deadline);
            lock.lock();
        }
        if (decoding_.empty()) {
            break;
        }
        if (deadline && std::chrono::steady_clock::now() >= *deadline) {
            return false;
        }
        if (!decoded) {
            waitForOtherThread(lock, stream, deadline);
        }
    }
    return true;
}

void Surface::waitForOtherThread(std::unique_lock<std::mutex> &lock,
                                 const std::shared_ptr<Stream> &stream, Deadline deadline)
{
    ++waiters_;
    if (stream) {
        lock.unlock();
        stream->decoder->expedite();
        lock.lock();
    }
    if (decoding_.empty()) {
        // It ended while the lock was released, with no notification to come.
    } else if (deadline) {
        idle_.wait_until(lock, *deadline);
    } else {
        idle_.wait(lock);
    }
    --waiters_;
}

bool Surface::poll()
{
    std::unique_lock lock(mutex_);
    return !finishDecodes(lock, std::chrono::steady_clock::time_point());
}

VAStatus Surface::wait(std::optional<std::chrono::nanoseconds> timeout)
{
    std::unique_lock lock(mutex_);
    Deadline deadline;
    // A time beyond a day is "for ever" and would overflow the clock's type.
    if (timeout && *timeout < std::chrono::hours(24)) {
        deadline = std::chrono::steady_clock::now() + *timeout;
    }
    const bool finished = finishDecodes(lock, deadline);
    if (!finished) {
        return VA_STATUS_ERROR_TIMEDOUT;
    }
    return std::exchange(errorUnreported_, false) ? VA_STATUS_ERROR_DECODING_ERROR
                                                  : VA_STATUS_SUCCESS;
}

void Surface::waitIdle()
{
    std::unique_lock lock(mutex_);
    finishDecodes(lock, std::nullopt);
}

Surface::Reference Surface::reference() const
{
    const std::scoped_lock lock(mutex_);
    return reference_;
}

const VASurfaceDecodeMBErrors *Surface::decodeErrors()
{
    constexpr uint32_t kMacroblock = 16;
    const std::scoped_lock lock(mutex_);
    const uint32_t columns = (layout().width + kMacroblock - 1) / kMacroblock;
    const uint32_t rows = (layout().height + kMacroblock - 1) / kMacroblock;
    errors_ = {};
    errors_[0].status = failed_ ? 1 : -1;
    errors_[0].end_mb = columns * rows - 1;
    errors_[0].decode_error_type = VADecodeMBError;
    errors_[0].num_mb = columns * rows;
    errors_[1].status = -1; // ends the list
    return errors_.data();
}

void Surface::dropStream()
{
    std::shared_ptr<Stream> stream; // released after the lock
    const std::scoped_lock lock(mutex_);
    std::swap(stream_, stream);
}

std::shared_ptr<Stream> Surface::stream() const
{
    const std::scoped_lock lock(mutex_);
    return stream_;
}

} // namespace daedalus::va
