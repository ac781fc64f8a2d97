// SPDX-License-Identifier: BSD-2-Clause
#include "surface.h"

#include "stream.h"

namespace daedalus::va {

void Surface::decodeSubmitted(uint64_t timestamp, bool continues, bool fieldPicture)
{
    const std::scoped_lock lock(mutex_);
    ++pending_;
    reference_ = {timestamp, fieldPicture};
    if (!continues) {
        failed_ = false;
        unheard_ = false;
    }
}

void Surface::decodeFinished(const DecodeResult &result)
{
    {
        const std::scoped_lock lock(mutex_);
        --pending_;
        if (result.error != 0) {
            failed_ = true;
            unheard_ = true;
        }
    }
    idle_.notify_all();
}

bool Surface::busy() const
{
    const std::scoped_lock lock(mutex_);
    return pending_ > 0;
}

bool Surface::awaited() const
{
    const std::scoped_lock lock(mutex_);
    return waiters_ > 0;
}

VAStatus Surface::wait(std::optional<std::chrono::nanoseconds> timeout)
{
    std::unique_lock lock(mutex_);
    const auto done = [this] { return pending_ == 0; };
    bool finished = done();
    if (!finished && timeout != std::chrono::nanoseconds::zero()) {
        ++waiters_;
        hurry(lock);
        // A time beyond a day is "for ever" and would overflow the clock's type.
        if (timeout && *timeout < std::chrono::hours(24)) {
            finished = idle_.wait_for(lock, *timeout, done);
        } else {
            idle_.wait(lock, done);
            finished = true;
        }
        --waiters_;
    }
    if (!finished) {
        return VA_STATUS_ERROR_TIMEDOUT;
    }
    return std::exchange(unheard_, false) ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS;
}

void Surface::waitIdle()
{
    std::unique_lock lock(mutex_);
    const auto done = [this] { return pending_ == 0; };
    if (done()) {
        return;
    }
    ++waiters_;
    hurry(lock);
    idle_.wait(lock, done);
    --waiters_;
}

void Surface::hurry(std::unique_lock<std::mutex> &lock)
{
    const auto stream = stream_;
    if (stream) {
        lock.unlock();
        stream->decoder->hurry();
        lock.lock();
    }
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

void Surface::setStream(std::shared_ptr<Stream> stream)
{
    const std::scoped_lock lock(mutex_);
    std::swap(stream_, stream); // the old one is released after the lock
}

std::shared_ptr<Stream> Surface::stream() const
{
    const std::scoped_lock lock(mutex_);
    return stream_;
}

} // namespace daedalus::va
