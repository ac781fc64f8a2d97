// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daedalus/control_set.h"
#include "va-driver/surface.h"
#include "va-driver/va_status.h"

namespace daedalus::va {

/// The contents of one VABuffer: num_elements structures of equal size, or bytes.
struct BufferData {
    std::shared_ptr<const std::vector<std::byte>> bytes;
    size_t elementSize = 0;
    size_t count = 0;

    /// Element @p index as a VA structure. Nothing if it is not there or smaller
    /// than the structure.
    template <typename T>
    [[nodiscard]] std::optional<T> element(size_t index) const
    {
        if (index >= count || elementSize < sizeof(T)) {
            return std::nullopt;
        }
        T value;
        std::memcpy(&value, bytes->data() + index * elementSize, sizeof(T));
        return value;
    }
};

/// What a client rendered between vaBeginPicture and vaEndPicture.
struct PictureBuffers {
    std::optional<BufferData> picture;   ///< VAPictureParameterBufferType
    std::optional<BufferData> iqMatrix;  ///< VAIQMatrixBufferType
    std::vector<BufferData> sliceParams; ///< VASliceParameterBufferType, in order
    std::vector<BufferData> sliceData;   ///< VASliceDataBufferType, in order

    /// The picture parameters as a VA structure; nothing if there are none, or too few.
    template <typename T>
    [[nodiscard]] std::optional<T> pictureAs() const
    {
        return picture ? picture->element<T>(0) : std::nullopt;
    }
    /// As pictureAs(), of the matrices.
    template <typename T>
    [[nodiscard]] std::optional<T> iqMatrixAs() const
    {
        return iqMatrix ? iqMatrix->element<T>(0) : std::nullopt;
    }
};

/// One slice (H.264), tile (AV1) or frame (VP9) of a picture: its parameters and its bytes.
template <typename T>
struct Slice {
    T params;
    std::span<const uint8_t> data;
};

/// Pairs slice parameters with slice data: the n-th buffer of the one kind
/// belongs to the n-th of the other; where there are fewer data buffers, the last
/// one holds the slices of all the parameters that are left. Slices that are
/// spread over several buffers (VA_SLICE_DATA_FLAG_BEGIN ... END) are not among
/// what VA_DEC_SLICE_MODE_NORMAL allows to a driver that does not ask for it.
///
/// T has the fields that all codecs share: slice_data_size, slice_data_offset,
/// slice_data_flag.
template <typename T>
VaResult<std::vector<Slice<T>>> collectSlices(const PictureBuffers &buffers)
{
    std::vector<Slice<T>> slices;
    if (buffers.sliceData.empty() || buffers.sliceParams.size() < buffers.sliceData.size()) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    for (size_t i = 0; i < buffers.sliceParams.size(); ++i) {
        const BufferData &params = buffers.sliceParams[i];
        const auto &bytes = *buffers.sliceData[std::min(i, buffers.sliceData.size() - 1)].bytes;
        for (size_t element = 0; element < params.count; ++element) {
            const auto slice = params.element<T>(element);
            if (!slice || slice->slice_data_flag != VA_SLICE_DATA_FLAG_ALL ||
                slice->slice_data_offset > bytes.size() || slice->slice_data_size == 0 ||
                slice->slice_data_size > bytes.size() - slice->slice_data_offset) {
                return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
            }
            const auto *first = reinterpret_cast<const uint8_t *>(bytes.data());
            slices.push_back({*slice, {first + slice->slice_data_offset, slice->slice_data_size}});
        }
    }
    return slices;
}

/// A V4L2 stateless decode request: what every backend takes.
struct StatelessRequest {
    ControlSet controls;
    std::vector<uint8_t> bitstream;
    uint32_t codedWidth = 0;  ///< luma samples, as of the V4L2 OUTPUT format
    uint32_t codedHeight = 0; ///< luma rows
    unsigned bitDepth = 0;    ///< of samples; 0: that of the target is taken on trust
    bool fieldPicture = false;
    bool secondField = false; ///< completes the frame that the previous request began
    /// Where the picture goes. Null from a translator: vaBeginPicture's surface.
    std::shared_ptr<Surface> target;
    /// Surfaces besides the target that stand for the picture: later ones may refer to
    /// it by them, and clients may wait for them. Nothing is written to their memory.
    std::vector<std::shared_ptr<Surface>> aliases;
    /// Surfaces that the picture may refer to, which have to live until it is done.
    std::vector<std::shared_ptr<Surface>> references;
};

/// Finds a surface by its handle; null if there is none.
using SurfaceLookup = std::function<std::shared_ptr<Surface>(VASurfaceID)>;

/// Translates the pictures of one VA context into V4L2 stateless requests.
///
/// Used by one thread at a time. It may keep state from picture to picture, where
/// V4L2 wants to know what VA leaves out.
class CodecTranslator {
public:
    virtual ~CodecTranslator() = default;

    /// @returns VA_STATUS_ERROR_INVALID_BUFFER where a buffer is missing or makes no
    /// sense, VA_STATUS_ERROR_DECODING_ERROR where the bitstream makes none,
    /// VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT where the samples are of a kind that is not
    /// decoded
    virtual VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                                 const SurfaceLookup &surfaces) = 0;
};

/// A row of the codec table: one VA profile.
struct CodecInfo {
    VAProfile profile;
    std::string_view name; ///< for people
    uint32_t v4l2;         ///< V4L2_PIX_FMT_* of the OUTPUT queue
    uint32_t rtFormats;    ///< VA_RT_FORMAT_* bits that it decodes to
    std::unique_ptr<CodecTranslator> (*create)(VAProfile profile);
    /// Surfaces that a picture may refer to although its size differs from theirs:
    /// none where only a key frame can change the size.
    std::vector<VASurfaceID> (*references)(const PictureBuffers &buffers);
};

/// All that this driver can translate; what the backend can decode is another matter.
std::span<const CodecInfo> codecTable();
/// The row of a profile; null if there is none.
const CodecInfo *findCodec(VAProfile profile);

} // namespace daedalus::va
