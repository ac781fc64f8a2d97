// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <linux/videodev2.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "daedalus/unique_fd.h"
#include "tests/kmod/messages.h"

namespace daedalus::test {

constexpr std::uint32_t kOutput = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
constexpr std::uint32_t kCapture = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;

/// A buffer that DQBUF returned.
struct Done {
    std::uint32_t index = 0;
    std::uint64_t timestamp = 0;
    std::uint32_t bytesUsed = 0;
    bool error = false;
};

/// How Client::submit() queues a bitstream.
struct Submission {
    std::uint32_t index = 0;
    /// Nanoseconds, a multiple of 1000.
    std::uint64_t timestamp = 0;
    std::uint32_t bytes = 100;
    std::uint32_t dataOffset = 0;
    std::uint32_t flags = 0;
    /// Value of VP9_FRAME's base_q_idx, by which a test knows the request again.
    std::uint8_t marker = 0;
    /// Controls of another codec, instead of that one.
    std::vector<v4l2_ext_control> controls = {};
    /// For V4L2_MEMORY_DMABUF.
    int dmaBuf = -1;
};

/// Control @p id with @p value, which it refers to.
template <typename T>
v4l2_ext_control controlOf(std::uint32_t id, T &value)
{
    v4l2_ext_control control{};
    control.id = id;
    control.size = sizeof(value);
    control.ptr = &value;
    return control;
}

/// A V4L2 client of the module: a stateless decoding context, of VP9 unless told otherwise.
class Client {
public:
    /// Opens the module's nodes; see valid().
    Client();

    [[nodiscard]] bool valid() const { return video_.valid() && media_.valid(); }
    [[nodiscard]] int fd() const { return video_.get(); }
    [[nodiscard]] int mediaFd() const { return media_.get(); }

    /// The codec that setFormat() sets: V4L2_PIX_FMT_*.
    void setCodec(std::uint32_t codec) { codec_ = codec; }

    /// Sets both formats; returns the CAPTURE format, or nothing.
    std::optional<v4l2_pix_format_mplane> setFormat(std::uint32_t width, std::uint32_t height,
                                                    std::uint32_t capture = V4L2_PIX_FMT_NV12);

    /// REQBUFS; returns the number of buffers, -1 on failure.
    int allocate(std::uint32_t type, std::uint32_t memory, std::uint32_t count);

    /// STREAMON or STREAMOFF; 0 or the errno.
    int stream(std::uint32_t type, bool on);

    /// Queues a CAPTURE buffer; 0 or the errno.
    /// @param length what each plane claims to be long; 0 leaves it to the kernel
    int queueCapture(std::uint32_t index, const std::vector<int> &dmaBufs = {},
                     std::uint32_t length = 0);

    /// Queues a bitstream with a request of its own, which is kept; 0 or the errno.
    int submit(const Submission &submission);

    /// A format of the codec, OUTPUT and CAPTURE buffers of @p memory, and STREAMON of both.
    bool start(std::uint32_t count, std::uint32_t memory = V4L2_MEMORY_MMAP);

    /// Waits for a done buffer of a queue.
    std::optional<Done> dequeue(std::uint32_t type, std::chrono::milliseconds patience = kPatience);

    /// Whether the request of the given submission (they count from 0) is complete.
    bool requestComplete(std::size_t submission, std::chrono::milliseconds patience = kPatience);

    /// Exports a plane of an MMAP buffer.
    UniqueFd exportBuffer(std::uint32_t type, std::uint32_t index, std::uint32_t plane = 0);

    /// mmap() offset of plane 0 of an MMAP buffer, its length, and whether it says "mapped".
    struct Place {
        std::uint32_t offset = 0;
        std::uint32_t length = 0;
        bool mapped = false;
    };
    std::optional<Place> place(std::uint32_t type, std::uint32_t index);

    [[nodiscard]] std::uint32_t planes() const { return planes_; }
    [[nodiscard]] std::uint32_t captureMemory() const { return captureMemory_; }
    /// requestComplete() counts from here.
    void forgetRequests() { requests_.clear(); }
    void close()
    {
        requests_.clear();
        video_.reset();
        media_.reset();
    }
    /// Closes the video node alone.
    void closeVideo() { video_.reset(); }

private:
    UniqueFd video_;
    UniqueFd media_;
    std::vector<UniqueFd> requests_;
    std::uint32_t codec_ = V4L2_PIX_FMT_VP9_FRAME;
    std::uint32_t planes_ = 1;
    std::uint32_t outputMemory_ = V4L2_MEMORY_MMAP;
    std::uint32_t captureMemory_ = V4L2_MEMORY_MMAP;
};

} // namespace daedalus::test
