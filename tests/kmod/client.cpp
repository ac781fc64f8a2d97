// SPDX-License-Identifier: BSD-2-Clause
#include "tests/kmod/client.h"

#include <fcntl.h>
#include <linux/media.h>
#include <linux/v4l2-controls.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>

namespace daedalus::test {

namespace {

UniqueFd openNode(const std::string &prefix, const std::function<bool(int)> &isOurs)
{
    for (int i = 0; i < 64; ++i) {
        const std::string path = "/dev/" + prefix + std::to_string(i);
        if (!std::filesystem::exists(path)) {
            continue;
        }
        UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
        if (fd && isOurs(fd.get())) {
            return fd;
        }
    }
    return {};
}

int ioctlError(int fd, unsigned long request, void *argument)
{
    return ::ioctl(fd, request, argument) == 0 ? 0 : errno;
}

timeval toTimeval(std::uint64_t nanoseconds)
{
    return {static_cast<time_t>(nanoseconds / 1000000000),
            static_cast<suseconds_t>(nanoseconds / 1000 % 1000000)};
}

int setControls(int video, int request, std::vector<v4l2_ext_control> list)
{
    v4l2_ext_controls controls{};
    controls.which = V4L2_CTRL_WHICH_REQUEST_VAL;
    controls.request_fd = request;
    controls.count = static_cast<std::uint32_t>(list.size());
    controls.controls = list.data();
    return ioctlError(video, VIDIOC_S_EXT_CTRLS, &controls);
}

int setFrameControl(int video, int request, std::uint8_t marker)
{
    v4l2_ctrl_vp9_frame frame{};
    frame.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
                  V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    frame.bit_depth = 8;
    frame.quant.base_q_idx = marker;
    return setControls(video, request, {controlOf(V4L2_CID_STATELESS_VP9_FRAME, frame)});
}

} // namespace

Client::Client()
    : video_(openNode("video",
                      [](int fd) {
                          v4l2_capability caps{};
                          return ::ioctl(fd, VIDIOC_QUERYCAP, &caps) == 0 &&
                                 std::string(reinterpret_cast<const char *>(caps.driver)) ==
                                     "daedalus_v4l2";
                      })),
      media_(openNode("media", [](int fd) {
          media_device_info info{};
          return ::ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info) == 0 &&
                 std::string(info.driver) == "daedalus_v4l2";
      }))
{}

std::optional<v4l2_pix_format_mplane> Client::setFormat(std::uint32_t width, std::uint32_t height,
                                                        std::uint32_t capture)
{
    v4l2_format format{};
    for (const auto &[type, fourcc] : {std::pair(kOutput, codec_), {kCapture, capture}}) {
        format = {};
        format.type = type;
        format.fmt.pix_mp.width = width;
        format.fmt.pix_mp.height = height;
        format.fmt.pix_mp.pixelformat = fourcc;
        if (::ioctl(fd(), VIDIOC_S_FMT, &format) != 0) {
            return std::nullopt;
        }
    }
    planes_ = format.fmt.pix_mp.num_planes;
    return format.fmt.pix_mp;
}

int Client::allocate(std::uint32_t type, std::uint32_t memory, std::uint32_t count)
{
    v4l2_requestbuffers request{};
    request.type = type;
    request.memory = memory;
    request.count = count;
    if (::ioctl(fd(), VIDIOC_REQBUFS, &request) != 0) {
        return -1;
    }
    (type == kOutput ? outputMemory_ : captureMemory_) = memory;
    return static_cast<int>(request.count);
}

int Client::stream(std::uint32_t type, bool on)
{
    int value = static_cast<int>(type);
    return ioctlError(fd(), on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &value);
}

int Client::queueCapture(std::uint32_t index, const std::vector<int> &dmaBufs, std::uint32_t length)
{
    std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
    for (std::size_t i = 0; i < dmaBufs.size(); ++i) {
        planes[i].m.fd = dmaBufs[i];
        planes[i].length = length;
    }
    v4l2_buffer buffer{};
    buffer.type = kCapture;
    buffer.memory = captureMemory_;
    buffer.index = index;
    buffer.m.planes = planes.data();
    buffer.length = planes_;
    return ioctlError(fd(), VIDIOC_QBUF, &buffer);
}

int Client::submit(const Submission &submission)
{
    int number = -1;
    if (::ioctl(media_.get(), MEDIA_IOC_REQUEST_ALLOC, &number) != 0) {
        return errno;
    }
    UniqueFd request(number);
    if (const int error = submission.controls.empty()
                              ? setFrameControl(fd(), request.get(), submission.marker)
                              : setControls(fd(), request.get(), submission.controls)) {
        return error;
    }

    v4l2_plane plane{};
    plane.bytesused = submission.dataOffset + submission.bytes;
    plane.data_offset = submission.dataOffset;
    if (outputMemory_ == V4L2_MEMORY_DMABUF) {
        plane.m.fd = submission.dmaBuf;
        plane.length = static_cast<std::uint32_t>(::lseek(submission.dmaBuf, 0, SEEK_END));
    }
    v4l2_buffer buffer{};
    buffer.type = kOutput;
    buffer.memory = outputMemory_;
    buffer.index = submission.index;
    buffer.flags = V4L2_BUF_FLAG_REQUEST_FD | submission.flags;
    buffer.request_fd = request.get();
    buffer.timestamp = toTimeval(submission.timestamp);
    buffer.m.planes = &plane;
    buffer.length = 1;
    if (const int error = ioctlError(fd(), VIDIOC_QBUF, &buffer)) {
        return error;
    }
    const int error = ioctlError(request.get(), MEDIA_REQUEST_IOC_QUEUE, nullptr);
    requests_.push_back(std::move(request));
    return error;
}

bool Client::start(std::uint32_t count, std::uint32_t memory)
{
    return setFormat(64, 64) && allocate(kOutput, V4L2_MEMORY_MMAP, count) > 0 &&
           allocate(kCapture, memory, count) > 0 && stream(kOutput, true) == 0 &&
           stream(kCapture, true) == 0;
}

std::optional<Done> Client::dequeue(std::uint32_t type, std::chrono::milliseconds patience)
{
    if (waitFor(fd(), type == kOutput ? POLLOUT : POLLIN, patience) == 0) {
        return std::nullopt;
    }
    std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
    v4l2_buffer buffer{};
    buffer.type = type;
    buffer.memory = type == kOutput ? outputMemory_ : captureMemory_;
    buffer.m.planes = planes.data();
    buffer.length = planes.size();
    if (::ioctl(fd(), VIDIOC_DQBUF, &buffer) != 0) {
        return std::nullopt;
    }
    return Done{
        .index = buffer.index,
        .timestamp = static_cast<std::uint64_t>(buffer.timestamp.tv_sec) * 1000000000U +
                     static_cast<std::uint64_t>(buffer.timestamp.tv_usec) * 1000U,
        .bytesUsed = planes[0].bytesused,
        .error = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0,
    };
}

bool Client::requestComplete(std::size_t submission, std::chrono::milliseconds patience)
{
    return (waitFor(requests_.at(submission).get(), POLLPRI, patience) & POLLPRI) != 0;
}

UniqueFd Client::exportBuffer(std::uint32_t type, std::uint32_t index, std::uint32_t plane)
{
    v4l2_exportbuffer request{};
    request.type = type;
    request.index = index;
    request.plane = plane;
    request.flags = O_RDWR | O_CLOEXEC;
    if (::ioctl(fd(), VIDIOC_EXPBUF, &request) != 0) {
        return {};
    }
    return UniqueFd(request.fd);
}

std::optional<Client::Place> Client::place(std::uint32_t type, std::uint32_t index)
{
    std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
    v4l2_buffer buffer{};
    buffer.type = type;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.index = index;
    buffer.m.planes = planes.data();
    buffer.length = planes.size();
    if (::ioctl(fd(), VIDIOC_QUERYBUF, &buffer) != 0) {
        return std::nullopt;
    }
    return Place{planes[0].m.mem_offset, planes[0].length,
                 (buffer.flags & V4L2_BUF_FLAG_MAPPED) != 0};
}

} // namespace daedalus::test
