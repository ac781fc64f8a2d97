// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codecs.h"

#include <linux/v4l2-controls.h>

#include <algorithm>
#include <array>

#include "bitstream/vp8/header_parser.h"

namespace daedalus::va {

namespace {

/// first_part_size has 19 bits, a dimension 14 (RFC 6386 9.1).
constexpr uint64_t kMaxFirstPartition = (1U << 19) - 1;
constexpr uint32_t kMaxDimension = (1U << 14) - 1;

class Vp8Translator : public CodecTranslator {
public:
    VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                         const SurfaceLookup &surfaces) override;

private:
    /// Keeps what lasts from frame to frame. VA has that too, but as it is after all
    /// adjustments; V4L2 wants what the header says.
    bitstream::Vp8HeaderParser headers_;
};

/// The one slice of a frame. Clients differ in whether slice_data_size counts the bytes
/// before slice_data_offset (GStreamer's does), so the buffer's end is the limit.
VaResult<Slice<VASliceParameterBufferVP8>> findSlice(const PictureBuffers &buffers)
{
    if (buffers.sliceParams.size() != 1 || buffers.sliceParams[0].count != 1 ||
        buffers.sliceData.size() != 1) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    const auto params = buffers.sliceParams[0].element<VASliceParameterBufferVP8>(0);
    const auto &bytes = *buffers.sliceData[0].bytes;
    if (!params || params->slice_data_flag != VA_SLICE_DATA_FLAG_ALL ||
        params->slice_data_offset >= bytes.size() || params->slice_data_size == 0) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    const auto *first = reinterpret_cast<const uint8_t *>(bytes.data()) + params->slice_data_offset;
    const size_t left = bytes.size() - params->slice_data_offset;
    return Slice<VASliceParameterBufferVP8>{
        *params, {first, std::min<size_t>(params->slice_data_size, left)}};
}

void appendLittleEndian(std::vector<uint8_t> &bytes, uint32_t value, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
}

/// The frame with its uncompressed header, which VA leaves out. Of that, VA does not tell
/// whether the frame is shown and how it is to be scaled: neither matters to decoding.
VaResult<std::vector<uint8_t>> wholeFrame(const VAPictureParameterBufferVP8 &picture,
                                          const Slice<VASliceParameterBufferVP8> &slice)
{
    constexpr uint32_t kShowFrame = 1U << 4;
    const bool keyFrame = picture.pic_fields.bits.key_frame == 0;
    const uint64_t firstPartition = uint64_t{slice.params.partition_size[0]} +
                                    (uint64_t{slice.params.macroblock_offset} + 7) / 8;
    if (firstPartition > kMaxFirstPartition || picture.frame_width > kMaxDimension ||
        picture.frame_height > kMaxDimension) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    std::vector<uint8_t> frame;
    frame.reserve(bitstream::vp8TagSize(keyFrame) + slice.data.size());
    appendLittleEndian(frame,
                       (keyFrame ? 0U : 1U) | picture.pic_fields.bits.version << 1 | kShowFrame |
                           static_cast<uint32_t>(firstPartition) << 5,
                       3);
    if (keyFrame) {
        constexpr uint32_t kStartCode = 0x2a019d;
        appendLittleEndian(frame, kStartCode, 3);
        appendLittleEndian(frame, picture.frame_width, 2);
        appendLittleEndian(frame, picture.frame_height, 2);
    }
    frame.insert(frame.end(), slice.data.begin(), slice.data.end());
    return frame;
}

VaResult<StatelessRequest> Vp8Translator::translate(const PictureBuffers &buffers,
                                                    VASurfaceID /*target*/,
                                                    const SurfaceLookup &surfaces)
{
    const auto picture = buffers.pictureAs<VAPictureParameterBufferVP8>();
    const auto slice = findSlice(buffers);
    if (!picture || !slice) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    auto frame = wholeFrame(*picture, *slice);
    if (!frame) {
        return vaFail(frame.error());
    }
    auto header = headers_.parse(*frame);
    if (!header) {
        return vaFail(VA_STATUS_ERROR_DECODING_ERROR);
    }
    StatelessRequest request;
    if (!header->keyFrame &&
        (!addReference(picture->last_ref_frame, surfaces, header->control.last_frame_ts, request) ||
         !addReference(picture->golden_ref_frame, surfaces, header->control.golden_frame_ts,
                       request) ||
         !addReference(picture->alt_ref_frame, surfaces, header->control.alt_frame_ts, request))) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    request.controls.set(V4L2_CID_STATELESS_VP8_FRAME, header->control);
    request.codedWidth = header->control.width;
    request.codedHeight = header->control.height;
    request.bitstream = std::move(*frame);
    return request;
}

} // namespace

std::unique_ptr<CodecTranslator> createVp8Translator(VAProfile /*profile*/)
{
    return std::make_unique<Vp8Translator>();
}

} // namespace daedalus::va
