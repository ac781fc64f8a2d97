// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/buffer_table.h"

#include <algorithm>

namespace daedalus::daemon {

namespace {

// A client has tens of buffers. One that describes them differently with each
// request must not make the table grow without end.
constexpr size_t kMaxFrames = 512;

} // namespace

Result<std::shared_ptr<gbm::DmaBufMapping>> BufferTable::map(uint32_t id, gbm::CpuAccess access)
{
    auto buffer = fetch_(id);
    if (!buffer) {
        return tl::unexpected(buffer.error());
    }
    if (buffer->size == 0 || buffer->size > SIZE_MAX) {
        return fail(EINVAL, "a buffer has no size that can be mapped");
    }
    return gbm::DmaBufMapping::map(buffer->fd.get(), static_cast<size_t>(buffer->size), access);
}

Result<std::shared_ptr<gbm::DmaBufMapping>> BufferTable::mapping(uint32_t id, gbm::CpuAccess access)
{
    if (const auto it = buffers_.find(id); it != buffers_.end()) {
        if (it->second.writable) {
            return it->second.writable;
        }
        if (access == gbm::CpuAccess::Read && it->second.readable) {
            return it->second.readable;
        }
    }
    auto mapped = map(id, access);
    if (mapped) {
        Buffer &buffer = buffers_[id];
        (access == gbm::CpuAccess::Read ? buffer.readable : buffer.writable) = *mapped;
    }
    return mapped;
}

Result<BufferTable::Range> BufferTable::range(uint32_t id, uint32_t offset, uint32_t size)
{
    auto mapped = mapping(id, gbm::CpuAccess::Read);
    if (!mapped) {
        return tl::unexpected(mapped.error());
    }
    const std::span<std::byte> all = (*mapped)->bytes();
    if (offset > all.size() || size > all.size() - offset) {
        return fail(EINVAL, "a bitstream does not lie inside its buffer");
    }
    const auto *first = reinterpret_cast<const uint8_t *>(all.data()) + offset;
    return Range{.mapping = std::move(*mapped), .bytes = {first, size}};
}

Result<std::shared_ptr<const gbm::FrameBuffer>>
BufferTable::frame(const gbm::FormatInfo &format, uint32_t width, uint32_t height,
                   std::span<const daedalus_plane> planes)
{
    if (planes.size() > DAEDALUS_MAX_PLANES) {
        return fail(EINVAL, "a picture has too many planes");
    }
    FrameKey key{.pixelformat = format.v4l2, .width = width, .height = height, .planes = {}};
    std::transform(planes.begin(), planes.end(), key.planes.begin(), [](const daedalus_plane &p) {
        return PlaneKey{.id = p.buffer_id, .offset = p.offset, .stride = p.stride, .size = p.size};
    });
    if (const auto it = frames_.find(key); it != frames_.end()) {
        return it->second;
    }

    std::array<gbm::FrameBuffer::Plane, DAEDALUS_MAX_PLANES> parts;
    for (size_t i = 0; i < planes.size(); ++i) {
        auto mapped = mapping(planes[i].buffer_id, gbm::CpuAccess::ReadWrite);
        if (!mapped) {
            return tl::unexpected(mapped.error());
        }
        parts[i] = {.mapping = std::move(*mapped),
                    .offset = planes[i].offset,
                    .stride = planes[i].stride,
                    .size = planes[i].size};
    }
    // The module has begun the access. To begin it here would wait for the picture's own
    // fence, and for those who wait for that.
    auto frame =
        gbm::FrameBuffer::create(format, width, height, std::span(parts).first(planes.size()),
                                 gbm::FrameBuffer::AccessBegins::Elsewhere);
    if (frame) {
        if (frames_.size() >= kMaxFrames) {
            frames_.clear();
        }
        frames_.emplace(key, *frame);
    }
    return frame;
}

void BufferTable::forget(uint32_t id)
{
    std::erase_if(frames_, [id](const auto &entry) {
        const auto &planes = entry.first.planes;
        return std::any_of(planes.begin(), planes.end(),
                           [id](const PlaneKey &plane) { return plane.id == id; });
    });
    buffers_.erase(id);
}

} // namespace daedalus::daemon
