// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/buffer.h"

#include <cstring>

namespace daedalus::va {

Buffer::Buffer(VABufferType type, size_t elementSize, size_t count, const void *data)
    : type_(type), elementSize_(elementSize), count_(count),
      bytes_(std::make_shared<std::vector<std::byte>>(elementSize * count))
{
    if (data != nullptr) {
        std::memcpy(bytes_->data(), data, bytes_->size());
    }
}

Buffer::Buffer(std::shared_ptr<Surface> surface)
    : type_(VAImageBufferType), elementSize_(surface->layout().size), surface_(std::move(surface)),
      count_(1)
{}

size_t Buffer::count() const
{
    const std::scoped_lock lock(mutex_);
    return count_;
}

VaResult<void *> Buffer::map()
{
    const std::scoped_lock lock(mutex_);
    if (!surface_) {
        // A snapshot that a picture still holds has to stay as it was rendered.
        if (maps_ == 0 && bytes_.use_count() > 1) {
            bytes_ = std::make_shared<std::vector<std::byte>>(*bytes_);
        }
        ++maps_;
        return bytes_->data();
    }
    auto mapping = surface_->memory().mapping();
    if (!mapping) {
        return vaFail(VA_STATUS_ERROR_OPERATION_FAILED);
    }
    if (maps_ == 0) {
        access_.emplace(*mapping, gbm::CpuAccess::ReadWrite);
    }
    ++maps_;
    return (*mapping)->data();
}

VAStatus Buffer::unmap()
{
    const std::scoped_lock lock(mutex_);
    if (maps_ == 0) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (--maps_ == 0) {
        access_.reset();
    }
    return VA_STATUS_SUCCESS;
}

VAStatus Buffer::setCount(size_t count)
{
    const std::scoped_lock lock(mutex_);
    if (surface_ || maps_ > 0) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    auto grown = std::make_shared<std::vector<std::byte>>(*bytes_);
    grown->resize(elementSize_ * count);
    bytes_ = std::move(grown);
    count_ = count;
    return VA_STATUS_SUCCESS;
}

BufferData Buffer::snapshot() const
{
    const std::scoped_lock lock(mutex_);
    return {bytes_, elementSize_, count_};
}

std::byte *Buffer::bytes()
{
    const std::scoped_lock lock(mutex_);
    return bytes_ ? bytes_->data() : nullptr;
}

size_t Buffer::size() const
{
    const std::scoped_lock lock(mutex_);
    return elementSize_ * count_;
}

VaResult<int> Buffer::acquireHandle()
{
    const std::scoped_lock lock(mutex_);
    if (!surface_) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    ++handles_;
    return surface_->memory().fd();
}

VAStatus Buffer::releaseHandle()
{
    const std::scoped_lock lock(mutex_);
    if (handles_ == 0) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    --handles_;
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
