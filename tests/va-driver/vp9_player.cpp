// SPDX-License-Identifier: BSD-2-Clause
#include "tests/va-driver/vp9_player.h"

#include <algorithm>

namespace daedalus::va {

VAStatus Vp9Player::render(const std::vector<uint8_t> &frame,
                           const VADecPictureParameterBufferVP9 &params)
{
    VASliceParameterBufferVP9 slice{};
    slice.slice_data_size = static_cast<uint32_t>(frame.size());
    auto picture = params;
    auto data = frame;
    std::array<VABufferID, 3> ids{VA_INVALID_ID, VA_INVALID_ID, VA_INVALID_ID};
    VAStatus status = vaCreateBuffer(display_, context_, VAPictureParameterBufferType,
                                     sizeof(picture), 1, &picture, &ids[0]);
    if (status == VA_STATUS_SUCCESS) {
        status = vaCreateBuffer(display_, context_, VASliceParameterBufferType, sizeof(slice), 1,
                                &slice, &ids[1]);
    }
    if (status == VA_STATUS_SUCCESS) {
        status = vaCreateBuffer(display_, context_, VASliceDataBufferType,
                                static_cast<unsigned>(data.size()), 1, data.data(), &ids[2]);
    }
    if (status == VA_STATUS_SUCCESS) {
        status = vaRenderPicture(display_, context_, ids.data(), static_cast<int>(ids.size()));
    }
    // Destroyed before vaEndPicture() on purpose: that is allowed.
    for (const VABufferID id : ids) {
        if (id != VA_INVALID_ID) {
            vaDestroyBuffer(display_, id);
        }
    }
    return status;
}

VAStatus Vp9Player::decode(const std::vector<uint8_t> &frame, VASurfaceID target)
{
    const auto header = headers_.parse(frame);
    VADecPictureParameterBufferVP9 params{};
    std::ranges::copy(references_, params.reference_frames);
    if (header) {
        params.frame_width = static_cast<uint16_t>(header->width);
        params.frame_height = static_cast<uint16_t>(header->height);
        params.pic_fields.bits.frame_type = header->keyFrame ? 0 : 1;
    }
    VAStatus status = vaBeginPicture(display_, context_, target);
    if (status == VA_STATUS_SUCCESS) {
        status = render(frame, params);
    }
    if (status == VA_STATUS_SUCCESS) {
        status = vaEndPicture(display_, context_);
    }
    for (unsigned slot = 0; header && slot < references_.size(); ++slot) {
        if ((header->refreshFrameFlags >> slot & 1) != 0) {
            references_[slot] = target;
        }
    }
    return status;
}

} // namespace daedalus::va
