// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "gbm/dma_buf.h"
#include "gbm/format_info.h"
#include "gbm/surface_layout.h"

namespace daedalus::gbm {

/// A picture in mapped memory: what the decode engine renders into.
///
/// The planes may lie in one DMA-BUF (NV12, I420) or in one each (NM12).
/// Immutable; sharing it keeps the mappings alive, also while a decoder holds
/// the picture as a reference after its surface is gone.
class FrameBuffer {
public:
    struct Plane {
        std::shared_ptr<DmaBufMapping> mapping;
        uint32_t offset = 0; ///< bytes from the mapping's start
        uint32_t stride = 0; ///< bytes from row to row
        uint32_t size = 0;   ///< bytes that may be touched from offset on
    };

    /// Who begins the CPU's access: whoever writes, or somebody before it.
    enum class AccessBegins { Here, Elsewhere };

    /// Checks that every plane lies inside its mapping and holds @p height rows.
    /// @param format what the samples are
    /// @param width,height luma samples and rows that have memory (padding included)
    /// @param begins Elsewhere: beginAccess() does nothing; endAccess() has to follow all the same
    static Result<std::shared_ptr<const FrameBuffer>>
    create(const FormatInfo &format, uint32_t width, uint32_t height, std::span<const Plane> planes,
           AccessBegins begins = AccessBegins::Here);

    /// All planes in one mapping, placed by @p layout. The frame is as wide as the
    /// strides and as high as layout.alignedHeight; a plane may be touched up to
    /// the next one, the last plane up to the end of layout.size.
    static Result<std::shared_ptr<const FrameBuffer>>
    create(const std::shared_ptr<DmaBufMapping> &mapping, const SurfaceLayout &layout);

    [[nodiscard]] const FormatInfo &format() const { return *format_; }
    [[nodiscard]] uint32_t width() const { return width_; }
    [[nodiscard]] uint32_t height() const { return height_; }
    [[nodiscard]] uint8_t *data(unsigned plane) const;
    [[nodiscard]] uint32_t stride(unsigned plane) const { return planes_[plane].stride; }
    [[nodiscard]] uint32_t size(unsigned plane) const { return planes_[plane].size; }

    /// Whether a buffer that planes of this lie in also has planes of @p other.
    [[nodiscard]] bool sharesMemory(const FrameBuffer &other) const;

    /// Brackets CPU access on all distinct mappings.
    Result<void> beginAccess(CpuAccess access) const;
    Result<void> endAccess(CpuAccess access) const;

private:
    FrameBuffer() = default;

    template <typename Function>
    Result<void> forEachMapping(Function function) const;

    const FormatInfo *format_ = nullptr;
    uint32_t width_ = 0;
    uint32_t height_ = 0;
    AccessBegins begins_ = AccessBegins::Here;
    std::array<Plane, 3> planes_{};
};

} // namespace daedalus::gbm
