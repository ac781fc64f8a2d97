// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/v4l2_queue.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "v4l2/fd_calls.h"

namespace daedalus::v4l2 {

namespace {

constexpr uint64_t kNsPerUs = 1000;
constexpr uint64_t kNsPerSecond = 1'000'000'000;

timeval toTimeval(uint64_t ns)
{
    timeval time{};
    time.tv_sec = static_cast<decltype(time.tv_sec)>(ns / kNsPerSecond);
    time.tv_usec = static_cast<decltype(time.tv_usec)>(ns % kNsPerSecond / kNsPerUs);
    return time;
}

uint64_t fromTimeval(const timeval &time)
{
    return static_cast<uint64_t>(time.tv_sec) * kNsPerSecond +
           static_cast<uint64_t>(time.tv_usec) * kNsPerUs;
}

} // namespace

uint32_t dmaBufSize(int fd)
{
    const off_t size = ::lseek(fd, 0, SEEK_END);
    return size > 0 ? static_cast<uint32_t>(std::min<off_t>(size, UINT32_MAX)) : 0;
}

Result<V4l2Queue::Mapping> V4l2Queue::Mapping::map(int fd, uint32_t offset, uint32_t length)
{
    void *memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    if (memory == MAP_FAILED) {
        return failErrno("mapping a V4L2 buffer");
    }
    Mapping mapping;
    mapping.bytes_ = {static_cast<std::byte *>(memory), length};
    return mapping;
}

V4l2Queue::Mapping::Mapping(Mapping &&other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

V4l2Queue::Mapping &V4l2Queue::Mapping::operator=(Mapping &&other) noexcept
{
    std::swap(bytes_, other.bytes_);
    return *this;
}

V4l2Queue::Mapping::~Mapping()
{
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
    }
}

V4l2Queue::V4l2Queue(std::shared_ptr<V4l2Device> device, QueueType type, V4l2Memory memory)
    : device_(std::move(device)), type_(type), memory_(memory)
{}

V4l2Queue::~V4l2Queue()
{
    // Nothing can be done about errors here; closing the device frees the rest.
    if (streaming_) {
        (void)streamOff();
    }
    if (!buffers_.empty()) {
        (void)release();
    }
}

uint32_t V4l2Queue::v4l2Memory() const
{
    return memory_ == V4l2Memory::Mmap ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
}

Result<unsigned> V4l2Queue::allocate(unsigned count)
{
    // vb2 refuses to free buffers that are mapped.
    buffers_.clear();
    v4l2_requestbuffers request{};
    request.type = bufferType(type_);
    request.memory = v4l2Memory();
    request.count = count;
    if (ioctlRetry(device_->fd(), VIDIOC_REQBUFS, &request) < 0) {
        return failErrno("VIDIOC_REQBUFS");
    }
    if (auto result = addBuffers(0, request.count); !result) {
        (void)release();
        return tl::unexpected(result.error());
    }
    return request.count;
}

Result<unsigned> V4l2Queue::create(unsigned count, const V4l2Format &format)
{
    v4l2_create_buffers request{};
    request.count = count;
    request.memory = v4l2Memory();
    toKernel(type_, format, request.format);
    if (ioctlRetry(device_->fd(), VIDIOC_CREATE_BUFS, &request) < 0) {
        return failErrno("VIDIOC_CREATE_BUFS");
    }
    if (auto result = addBuffers(request.index, request.index + request.count); !result) {
        return tl::unexpected(result.error());
    }
    return request.index;
}

Result<void> V4l2Queue::addBuffers(unsigned first, unsigned last)
{
    buffers_.resize(std::max<size_t>(buffers_.size(), last));
    for (unsigned index = first; index < last; ++index) {
        Result<Buffer> buffer = queryBuffer(index);
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        buffers_[index] = std::move(*buffer);
    }
    return {};
}

Result<V4l2Queue::Buffer> V4l2Queue::queryBuffer(unsigned index) const
{
    std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
    v4l2_buffer query{};
    query.index = index;
    query.type = bufferType(type_);
    query.length = static_cast<uint32_t>(planes.size());
    query.m.planes = planes.data();
    if (ioctlRetry(device_->fd(), VIDIOC_QUERYBUF, &query) < 0) {
        return failErrno("VIDIOC_QUERYBUF");
    }
    if (query.length > kMaxPlanes) {
        return fail(ENOTSUP, "the driver's buffers have too many planes");
    }
    Buffer buffer;
    buffer.numPlanes = query.length;
    if (memory_ == V4l2Memory::Mmap) {
        for (unsigned i = 0; i < buffer.numPlanes; ++i) {
            auto mapping = Mapping::map(device_->fd(), planes[i].m.mem_offset, planes[i].length);
            if (!mapping) {
                return tl::unexpected(mapping.error());
            }
            buffer.planes[i] = std::move(*mapping);
        }
    }
    return buffer;
}

Result<void> V4l2Queue::release()
{
    if (streaming_) {
        return fail(EBUSY, "freeing the buffers of a streaming queue");
    }
    buffers_.clear();
    v4l2_requestbuffers request{};
    request.type = bufferType(type_);
    request.memory = v4l2Memory();
    if (ioctlRetry(device_->fd(), VIDIOC_REQBUFS, &request) < 0) {
        return failErrno("VIDIOC_REQBUFS");
    }
    return {};
}

std::span<std::byte> V4l2Queue::plane(unsigned index, unsigned plane) const
{
    if (index >= buffers_.size() || plane >= kMaxPlanes) {
        return {};
    }
    return buffers_[index].planes[plane].bytes();
}

Result<UniqueFd> V4l2Queue::exportPlane(unsigned index, unsigned plane) const
{
    v4l2_exportbuffer request{};
    request.type = bufferType(type_);
    request.index = index;
    request.plane = plane;
    request.flags = O_RDWR | O_CLOEXEC;
    if (ioctlRetry(device_->fd(), VIDIOC_EXPBUF, &request) < 0) {
        return failErrno("VIDIOC_EXPBUF");
    }
    return UniqueFd(request.fd);
}

Result<void> V4l2Queue::queue(const QueueArgs &args)
{
    if (args.index >= buffers_.size()) {
        return fail(EINVAL, "queueing a buffer that does not exist");
    }
    const unsigned numPlanes = buffers_[args.index].numPlanes;
    const bool needsPlanes = type_ == QueueType::Output || memory_ == V4l2Memory::DmaBuf;
    if (args.planes.size() > numPlanes || (needsPlanes && args.planes.size() < numPlanes)) {
        return fail(EINVAL, "queueing a buffer with " + std::to_string(args.planes.size()) +
                                " planes instead of " + std::to_string(numPlanes));
    }
    if (args.timestamp % kNsPerUs != 0) {
        return fail(EINVAL, "timestamps of buffers have to be whole microseconds");
    }
    std::array<v4l2_plane, kMaxPlanes> planes{};
    for (size_t i = 0; i < args.planes.size(); ++i) {
        planes[i].bytesused = args.planes[i].bytesUsed;
        planes[i].data_offset = args.planes[i].dataOffset;
        if (memory_ == V4l2Memory::DmaBuf) {
            planes[i].m.fd = args.planes[i].fd;
            // The kernel takes 0 for the whole buffer too, but holds bytesUsed against it.
            const uint32_t length = args.planes[i].length;
            planes[i].length = length != 0 ? length : dmaBufSize(args.planes[i].fd);
        }
    }
    v4l2_buffer buffer{};
    buffer.index = args.index;
    buffer.type = bufferType(type_);
    buffer.memory = v4l2Memory();
    buffer.field = V4L2_FIELD_NONE;
    buffer.flags = args.flags;
    buffer.timestamp = toTimeval(args.timestamp);
    buffer.length = numPlanes;
    buffer.m.planes = planes.data();
    if (args.request != nullptr) {
        buffer.flags |= V4L2_BUF_FLAG_REQUEST_FD;
        buffer.request_fd = args.request->fd();
    }
    if (ioctlRetry(device_->fd(), VIDIOC_QBUF, &buffer) < 0) {
        return failErrno("VIDIOC_QBUF");
    }
    return {};
}

Result<std::optional<V4l2Queue::Dequeued>> V4l2Queue::dequeue()
{
    std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
    v4l2_buffer buffer{};
    buffer.type = bufferType(type_);
    buffer.memory = v4l2Memory();
    buffer.length = static_cast<uint32_t>(planes.size());
    buffer.m.planes = planes.data();
    if (ioctlRetry(device_->fd(), VIDIOC_DQBUF, &buffer) < 0) {
        if (errno == EAGAIN) {
            return std::optional<Dequeued>();
        }
        return failErrno("VIDIOC_DQBUF");
    }
    Dequeued out;
    out.index = buffer.index;
    out.error = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0;
    out.timestamp = fromTimeval(buffer.timestamp);
    out.sequence = buffer.sequence;
    out.flags = buffer.flags;
    const size_t count = std::min<size_t>(buffer.length, kMaxPlanes);
    for (size_t i = 0; i < count; ++i) {
        out.bytesUsed[i] = planes[i].bytesused;
    }
    return std::optional<Dequeued>(out);
}

Result<bool> V4l2Queue::wait(std::chrono::milliseconds timeout) const
{
    const short wanted = type_ == QueueType::Output ? POLLOUT : POLLIN;
    const Result<short> events = pollFd(device_->fd(), wanted, timeout);
    if (!events) {
        return tl::unexpected(events.error());
    }
    if ((*events & wanted) != 0) {
        return true;
    }
    if (*events != 0) {
        return fail(EPIPE, "waiting for a buffer while none is queued or streaming is off");
    }
    return false;
}

Result<void> V4l2Queue::stream(unsigned long ioctl, const char *what)
{
    uint32_t type = bufferType(type_);
    if (ioctlRetry(device_->fd(), ioctl, &type) < 0) {
        return failErrno(what);
    }
    return {};
}

Result<void> V4l2Queue::streamOn()
{
    auto result = stream(VIDIOC_STREAMON, "VIDIOC_STREAMON");
    streaming_ = streaming_ || result.has_value();
    return result;
}

Result<void> V4l2Queue::streamOff()
{
    auto result = stream(VIDIOC_STREAMOFF, "VIDIOC_STREAMOFF");
    streaming_ = streaming_ && !result.has_value();
    return result;
}

} // namespace daedalus::v4l2
