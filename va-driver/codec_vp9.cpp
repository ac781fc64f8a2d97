// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codecs.h"

#include <linux/v4l2-controls.h>

#include <array>

#include "bitstream/vp9/header_parser.h"

namespace daedalus::va {

namespace {

class Vp9Translator : public CodecTranslator {
public:
    VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                         const SurfaceLookup &surfaces) override;

private:
    /// Keeps what lasts from frame to frame and is not in VA's parameters: loop
    /// filter deltas and segmentation features.
    bitstream::Vp9HeaderParser headers_;
};

/// Collects the surfaces of all eight slots: which of them a later frame uses is
/// not known yet. False: one does not exist.
bool findReferences(const VADecPictureParameterBufferVP9 &picture, const SurfaceLookup &surfaces,
                    std::array<std::shared_ptr<Surface>, 8> &slots)
{
    for (size_t i = 0; i < slots.size(); ++i) {
        if (picture.reference_frames[i] == VA_INVALID_SURFACE) {
            continue;
        }
        slots[i] = surfaces(picture.reference_frames[i]);
        if (!slots[i]) {
            return false;
        }
    }
    return true;
}

uint64_t timestampOf(const std::shared_ptr<Surface> &surface)
{
    return surface ? surface->reference().timestamp : 0;
}

VaResult<StatelessRequest> Vp9Translator::translate(const PictureBuffers &buffers,
                                                    VASurfaceID /*target*/,
                                                    const SurfaceLookup &surfaces)
{
    const auto picture = buffers.pictureAs<VADecPictureParameterBufferVP9>();
    const auto slices = collectSlices<VASliceParameterBufferVP9>(buffers);
    if (!picture || !slices || slices->size() != 1) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    const auto frame = slices->front().data;
    auto header = headers_.parse(frame);
    if (!header || header->showExistingFrame) {
        return vaFail(VA_STATUS_ERROR_DECODING_ERROR);
    }
    if (!header->subsamplingX || !header->subsamplingY || header->bitDepth > 10) {
        return vaFail(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
    }
    std::array<std::shared_ptr<Surface>, 8> slots;
    if (!findReferences(*picture, surfaces, slots)) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }

    if (!header->keyFrame && !header->intraOnly) {
        header->control.last_frame_ts = timestampOf(slots[header->refFrameIdx[0]]);
        header->control.golden_frame_ts = timestampOf(slots[header->refFrameIdx[1]]);
        header->control.alt_frame_ts = timestampOf(slots[header->refFrameIdx[2]]);
    }
    StatelessRequest request;
    for (auto &surface : slots) {
        if (surface) {
            request.references.push_back(std::move(surface));
        }
    }
    request.controls.set(V4L2_CID_STATELESS_VP9_FRAME, header->control);
    request.controls.set(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, header->compressed);
    request.bitstream.assign(frame.begin(), frame.end());
    request.codedWidth = header->width;
    request.codedHeight = header->height;
    request.bitDepth = header->bitDepth;
    return request;
}

} // namespace

std::unique_ptr<CodecTranslator> createVp9Translator(VAProfile /*profile*/)
{
    return std::make_unique<Vp9Translator>();
}

std::vector<VASurfaceID> vp9References(const PictureBuffers &buffers)
{
    const auto picture = buffers.pictureAs<VADecPictureParameterBufferVP9>();
    if (!picture || picture->pic_fields.bits.frame_type == 0) { // a key frame
        return {};
    }
    return {std::begin(picture->reference_frames), std::end(picture->reference_frames)};
}

} // namespace daedalus::va
