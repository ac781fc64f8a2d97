// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "daedalus/result.h"
#include "engine/memory_pool.h"
#include "gbm/frame_buffer.h"

namespace daedalus::engine {

/// What a decoder wants of the memory of a 4:2:0 picture.
struct PictureNeeds {
    uint32_t width = 0;         ///< luma samples in a row
    uint32_t height = 0;        ///< luma rows
    uint32_t alignedWidth = 0;  ///< luma samples in a row that the decoder may write
    uint32_t alignedHeight = 0; ///< luma rows that the decoder may write
    uint32_t alignment = 1;     ///< of plane starts and of strides, in bytes
    uint32_t bitDepth = 8;      ///< 8, or 9 to 16 in the low end of two bytes

    [[nodiscard]] uint32_t bytesPerSample() const { return bitDepth > 8 ? 2 : 1; }
};

/// Bytes from row to row of luma and chroma.
struct Strides {
    uint32_t luma = 0;
    uint32_t chroma = 0;

    bool operator==(const Strides &) const = default;
};

/// The memory of one picture as a decoder sees it: three planes of samples, a byte each,
/// or two with the value in the low end.
///
/// Planes lie in the memory of a FrameBuffer where its layout allows that, and in
/// private memory where not: the chroma of an NV12 buffer always does, all of a P010
/// buffer does, whose samples have their value in the high end.
class Picture {
public:
    /// @param target where the picture is to go, null for a private picture
    /// @param strides those that the picture has to have; nothing: any
    /// @returns ENOMEM
    static Result<std::shared_ptr<const Picture>>
    create(std::shared_ptr<const gbm::FrameBuffer> target, const PictureNeeds &needs,
           const std::optional<Strides> &strides, MemoryPool &pool);

    [[nodiscard]] uint32_t width() const { return width_; }
    [[nodiscard]] uint32_t height() const { return height_; }
    [[nodiscard]] uint32_t bitDepth() const { return bitDepth_; }
    [[nodiscard]] uint8_t *data(unsigned plane) const { return data_[plane]; }
    [[nodiscard]] size_t size(unsigned plane) const { return size_[plane]; }
    [[nodiscard]] uint32_t stride(unsigned plane) const
    {
        return plane == 0 ? strides_.luma : strides_.chroma;
    }
    [[nodiscard]] const Strides &strides() const { return strides_; }
    /// The buffer some of whose memory this is; null for a private picture.
    [[nodiscard]] const std::shared_ptr<const gbm::FrameBuffer> &target() const { return target_; }

private:
    Picture() = default;
    bool placePrivatePlanes(const PictureNeeds &needs, MemoryPool &pool);

    uint32_t width_ = 0;
    uint32_t height_ = 0;
    uint32_t bitDepth_ = 8;
    Strides strides_;
    std::array<uint8_t *, 3> data_{};
    std::array<size_t, 3> size_{};
    std::shared_ptr<const gbm::FrameBuffer> target_;
    std::shared_ptr<uint8_t> memory_; ///< of the planes that are private
};

} // namespace daedalus::engine
