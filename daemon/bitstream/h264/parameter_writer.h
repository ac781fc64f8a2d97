// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <linux/v4l2-controls.h>

#include "daedalus/result.h"

namespace daedalus::bitstream {

/// The parameters of an H.264 picture as its request's controls tell them.
struct H264Parameters {
    v4l2_ctrl_h264_sps sps{};
    v4l2_ctrl_h264_pps pps{};
    v4l2_ctrl_h264_scaling_matrix scaling{}; ///< with SCALING_MATRIX_PRESENT in the PPS
    v4l2_ctrl_h264_decode_params decode{};

    [[nodiscard]] bool spsHas(uint32_t flag) const { return (sps.flags & flag) != 0; }
    [[nodiscard]] bool ppsHas(uint32_t flag) const { return (pps.flags & flag) != 0; }
    /// Bits of a luma sample.
    [[nodiscard]] unsigned bitDepth() const { return sps.bit_depth_luma_minus8 + 8U; }
    /// Luma samples of a coded row.
    [[nodiscard]] uint32_t codedWidth() const { return (sps.pic_width_in_mbs_minus1 + 1U) * 16; }
    /// Luma rows of a coded frame.
    [[nodiscard]] uint32_t codedHeight() const
    {
        const bool frameMbsOnly = spsHas(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
        return (sps.pic_height_in_map_units_minus1 + 1U) * (frameMbsOnly ? 16 : 32);
    }
};

/// Bits of pic_order_cnt_lsb in slices whose picture order count type was 1.
inline constexpr unsigned kRewrittenPicOrderCntBits = 16;

/// Bits of pic_order_cnt_lsb in the slices that the decoder gets to see; not for
/// picture order count type 2.
unsigned picOrderCntBits(const H264Parameters &parameters);

/// Checks every value that is used against its range in H.264 7.4.2.
/// @returns EINVAL: out of range; ENOTSUP: not 8-bit 4:2:0 or monochrome, slice groups
Result<void> checkH264Parameters(const H264Parameters &parameters);

/// Appends a sequence parameter set as a NAL unit (7.3.2.1.1).
///
/// It is of High profile, of which everything that the controls can say is a part,
/// has no cropping and says that pictures are not reordered, so that the decoder
/// keeps none for output. Picture order count type 1 becomes type 0 with
/// kRewrittenPicOrderCntBits (see rewritePicOrderCnt()).
/// @param parameters checked
void appendSps(std::vector<uint8_t> &stream, const H264Parameters &parameters);

/// Appends a picture parameter set as a NAL unit (7.3.2.2), every scaling list
/// written out where there are any.
/// @param parameters checked
/// @param id pic_parameter_set_id to write, as the slices have it
void appendPps(std::vector<uint8_t> &stream, const H264Parameters &parameters, uint8_t id);

} // namespace daedalus::bitstream
