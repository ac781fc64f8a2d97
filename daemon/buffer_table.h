// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daedalus_v4l2_proto.h"
#include "gbm/dma_buf.h"
#include "gbm/frame_buffer.h"

namespace daedalus::daemon {

/// A DMA-BUF that stands behind a buffer id.
struct SessionBuffer {
    UniqueFd fd;
    uint64_t size = 0; ///< bytes
};

/// What a worker has mapped: DMA-BUFs by buffer id, and pictures made of them.
///
/// A buffer is fetched and mapped when its id is first seen, a picture is made when its set
/// of planes is; both are kept until forget(). Mappings and pictures that are still held
/// elsewhere live on. One thread at a time.
class BufferTable {
public:
    /// Gets the DMA-BUF of an id, e.g. with DAEDALUS_IOC_GET_DMABUF.
    using Fetch = std::function<Result<SessionBuffer>(uint32_t id)>;

    explicit BufferTable(Fetch fetch) : fetch_(std::move(fetch)) {}

    /// A range of a buffer, and what keeps it mapped.
    struct Range {
        std::shared_ptr<gbm::DmaBufMapping> mapping;
        std::span<const uint8_t> bytes;
    };

    /// @p size bytes of a buffer from @p offset on, readable. EINVAL: the buffer is
    /// shorter; else the error of fetching or mapping it.
    Result<Range> range(uint32_t id, uint32_t offset, uint32_t size);

    /// The picture that these planes make up, writable. EINVAL: they do not fit
    /// into their buffers, or the picture not into them.
    Result<std::shared_ptr<const gbm::FrameBuffer>> frame(const gbm::FormatInfo &format,
                                                          uint32_t width, uint32_t height,
                                                          std::span<const daedalus_plane> planes);

    /// Drops a buffer and the pictures that lie in it. Unknown ids are ignored.
    void forget(uint32_t id);

    /// Buffers and pictures that are kept.
    [[nodiscard]] size_t bufferCount() const { return buffers_.size(); }
    [[nodiscard]] size_t frameCount() const { return frames_.size(); }

private:
    /// A buffer may carry bitstreams (readable) and pictures (writable).
    struct Buffer {
        std::shared_ptr<gbm::DmaBufMapping> readable;
        std::shared_ptr<gbm::DmaBufMapping> writable;
    };
    struct PlaneKey {
        uint32_t id = 0;
        uint32_t offset = 0;
        uint32_t stride = 0;
        uint32_t size = 0;
        auto operator<=>(const PlaneKey &) const = default;
    };
    struct FrameKey {
        uint32_t pixelformat = 0;
        uint32_t width = 0;
        uint32_t height = 0;
        std::array<PlaneKey, DAEDALUS_MAX_PLANES> planes;
        auto operator<=>(const FrameKey &) const = default;
    };

    Result<std::shared_ptr<gbm::DmaBufMapping>> mapping(uint32_t id, gbm::CpuAccess access);
    Result<std::shared_ptr<gbm::DmaBufMapping>> map(uint32_t id, gbm::CpuAccess access);

    Fetch fetch_;
    std::map<uint32_t, Buffer> buffers_;
    std::map<FrameKey, std::shared_ptr<const gbm::FrameBuffer>> frames_;
};

} // namespace daedalus::daemon
