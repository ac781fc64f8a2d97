// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "v4l2/media_request.h"
#include "v4l2/v4l2_device.h"

namespace daedalus::v4l2 {

/// Where a queue's buffers come from.
enum class V4l2Memory {
    Mmap,   ///< the driver allocates, the client maps or exports
    DmaBuf, ///< the client brings DMA-BUFs with each queue()
};

/// Bytes of a DMA-BUF, 0 where it does not tell.
[[nodiscard]] uint32_t dmaBufSize(int fd);

/// One buffer queue of a V4l2Device and its buffers.
///
/// Thread-safety: queue(), dequeue(), wait() and exportPlane() may be called from
/// any threads at once; allocating and freeing (allocate(), create(), release(),
/// destruction) only while no other call runs.
class V4l2Queue {
public:
    /// Most buffers (memory planes) that one frame may consist of.
    static constexpr unsigned kMaxPlanes = 3;

    /// A plane of a buffer to queue.
    struct PlaneArgs {
        int fd = -1;         ///< DmaBuf: the buffer, not owned; the kernel keeps its own reference
        uint32_t length = 0; ///< DmaBuf: bytes of the buffer, 0: all of it
        uint32_t bytesUsed = 0;  ///< Output: bytes of data, data offset included
        uint32_t dataOffset = 0; ///< Output: bytes before the first byte of data
    };

    /// A buffer to queue.
    struct QueueArgs {
        unsigned index = 0; ///< of the buffer, less than count()
        /// One for each memory plane; Mmap Capture buffers need none.
        std::span<const PlaneArgs> planes;
        /// Output: the name of the picture for later references
        /// (v4l2_*_reference_ts), ns; a multiple of 1000, since the kernel takes it
        /// as a struct timeval.
        uint64_t timestamp = 0;
        /// Output of a stateless decoder: the request to attach to.
        const MediaRequest *request = nullptr;
        /// Output: V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF or 0.
        uint32_t flags = 0;
    };

    /// A buffer that the driver gave back.
    struct Dequeued {
        unsigned index = 0;
        bool error = false;     ///< V4L2_BUF_FLAG_ERROR: the picture is not usable
        uint64_t timestamp = 0; ///< ns, that of the Output buffer for Capture ones
        uint32_t sequence = 0;
        uint32_t flags = 0; ///< V4L2_BUF_FLAG_*
        std::array<uint32_t, kMaxPlanes> bytesUsed{};
    };

    /// @param device shared: it stays open as long as the queue
    V4l2Queue(std::shared_ptr<V4l2Device> device, QueueType type, V4l2Memory memory);
    V4l2Queue(const V4l2Queue &) = delete;
    V4l2Queue &operator=(const V4l2Queue &) = delete;
    /// Stops streaming, unmaps and frees the buffers.
    ~V4l2Queue();

    /// Allocates buffers of the current format (VIDIOC_REQBUFS), instead of those
    /// there are, and maps them where they are Mmap ones.
    /// @returns how many there are, at least one, perhaps not @p count
    Result<unsigned> allocate(unsigned count);
    /// Adds buffers (VIDIOC_CREATE_BUFS) while the queue may be streaming.
    /// @returns index of the first new one; there may be fewer than @p count
    Result<unsigned> create(unsigned count, const V4l2Format &format);
    /// Unmaps and frees all buffers. EBUSY: it is streaming.
    Result<void> release();

    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(buffers_.size()); }
    [[nodiscard]] QueueType type() const { return type_; }
    [[nodiscard]] V4l2Memory memory() const { return memory_; }

    /// Memory of an Mmap buffer's plane; empty where there is none such. Valid until
    /// the buffers are freed.
    [[nodiscard]] std::span<std::byte> plane(unsigned index, unsigned plane) const;
    /// An Mmap buffer's plane as DMA-BUF (VIDIOC_EXPBUF), readable and writable.
    [[nodiscard]] Result<UniqueFd> exportPlane(unsigned index, unsigned plane) const;

    /// Gives a buffer to the driver (VIDIOC_QBUF).
    Result<void> queue(const QueueArgs &args);
    /// Takes a finished buffer back (VIDIOC_DQBUF), without waiting.
    /// @returns nothing if none is finished. EPIPE: nothing will come.
    Result<std::optional<Dequeued>> dequeue();
    /// Waits until dequeue() has something.
    /// @param timeout how long at most; zero only looks, negative waits for ever
    /// @returns false if the time ran out. EPIPE: nothing is queued, or the queue
    /// is not streaming.
    [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;

    Result<void> streamOn();
    /// Every queued buffer is the client's again, without dequeue().
    Result<void> streamOff();
    [[nodiscard]] bool streaming() const { return streaming_; }

private:
    /// A plane's mapping.
    class Mapping {
    public:
        static Result<Mapping> map(int fd, uint32_t offset, uint32_t length);
        Mapping() = default;
        Mapping(Mapping &&other) noexcept;
        Mapping &operator=(Mapping &&other) noexcept;
        Mapping(const Mapping &) = delete;
        Mapping &operator=(const Mapping &) = delete;
        ~Mapping();
        [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

    private:
        std::span<std::byte> bytes_;
    };
    struct Buffer {
        unsigned numPlanes = 0;
        std::array<Mapping, kMaxPlanes> planes;
    };

    [[nodiscard]] uint32_t v4l2Memory() const;
    /// Learns the planes of the buffers [first, last) and maps them.
    Result<void> addBuffers(unsigned first, unsigned last);
    Result<Buffer> queryBuffer(unsigned index) const;
    Result<void> stream(unsigned long ioctl, const char *what);

    std::shared_ptr<V4l2Device> device_;
    QueueType type_;
    V4l2Memory memory_;
    bool streaming_ = false;
    std::vector<Buffer> buffers_;
};

} // namespace daedalus::v4l2
