// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "daedalus/unique_fd.h"
#include "daedalus_v4l2_proto.h"
#include "daemon/message_channel.h"
#include "tests/support/memory_file.h"

namespace daedalus::test {

/// Both ends of a socket that keeps the boundaries of messages, as the module's
/// files do.
struct SocketPair {
    UniqueFd first;
    UniqueFd second;

    static SocketPair make()
    {
        std::array<int, 2> ends{-1, -1};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            std::perror("socketpair");
        }
        return {UniqueFd(ends[0]), UniqueFd(ends[1])};
    }
};

inline UniqueFd duplicate(const UniqueFd &fd)
{
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
}

/// Waits until the other side has written something or hung up.
inline bool waitReadable(int fd, int milliseconds = 5000)
{
    pollfd file{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&file, 1, milliseconds) == 1;
}

/// A picture of 64 x 64 samples in NV12: luma rows of 128 bytes, chroma behind them.
inline daedalus_req_decode validRequest()
{
    daedalus_req_decode request{};
    request.timestamp = 1000;
    request.codec = V4L2_PIX_FMT_H264_SLICE;
    request.pixelformat = V4L2_PIX_FMT_NV12;
    request.width = 64;
    request.height = 64;
    request.coded_width = 64;
    request.coded_height = 64;
    request.bitstream_id = 7;
    request.bitstream_size = 100;
    request.num_planes = 2;
    request.planes[0] = {.buffer_id = 1, .offset = 0, .stride = 128, .size = 8192};
    request.planes[1] = {.buffer_id = 1, .offset = 8192, .stride = 128, .size = 4096};
    return request;
}

/// Bytes that validRequest()'s picture buffer and bitstream buffer have to hold.
inline constexpr size_t kPictureBytes = 12288;
inline constexpr size_t kBitstreamBytes = 4096;

/// Appends the bytes of @p value.
template <typename T>
void append(std::vector<std::byte> &bytes, const T &value)
{
    const size_t end = bytes.size();
    bytes.resize(end + sizeof(T));
    std::memcpy(bytes.data() + end, &value, sizeof(T));
}

inline std::vector<std::byte> bytesOf(const daedalus_req_decode &request)
{
    std::vector<std::byte> bytes;
    append(bytes, request);
    return bytes;
}

} // namespace daedalus::test
