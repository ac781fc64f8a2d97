// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/skipped_picture.h"

#include "bitstream/rbsp_writer.h"

namespace daedalus::bitstream {

void appendSkippedPicturePps(std::vector<uint8_t> &stream, const H264Parameters &parameters,
                             uint8_t id)
{
    H264Parameters own = parameters;
    own.pps = {};
    // CAVLC, where a run of skipped macroblocks is one number.
    own.pps.flags = V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
    appendPps(stream, own, id);
}

void appendSkippedPicture(std::vector<uint8_t> &stream, const H264Parameters &parameters,
                          const H264SkippedPicture &picture)
{
    constexpr uint8_t kNalReferenceSlice = 0x21; // nal_ref_idc 1, nal_unit_type 1
    constexpr uint32_t kAllP = 5;
    const v4l2_ctrl_h264_sps &sps = parameters.sps;
    RbspWriter writer;
    writer.ue(0); // first_mb_in_slice
    writer.ue(kAllP);
    writer.ue(picture.ppsId);
    const unsigned frameNumBits = sps.log2_max_frame_num_minus4 + 4U;
    writer.bits(picture.frameNum & ((1U << frameNumBits) - 1), frameNumBits);
    if (sps.pic_order_cnt_type != 2) {
        const unsigned bits = picOrderCntBits(parameters);
        writer.bits(static_cast<uint32_t>(picture.picOrderCnt) & ((1U << bits) - 1), bits);
    }
    if (sps.pic_order_cnt_type == 1) {
        writer.se(0); // delta_pic_order_cnt_bottom, see appendPps()
    }
    writer.flag(false); // num_ref_idx_active_override_flag
    writer.flag(false); // ref_pic_list_modification_flag_l0
    writer.flag(false); // adaptive_ref_pic_marking_mode_flag
    writer.se(0);       // slice_qp_delta
    writer.ue(1);       // disable_deblocking_filter_idc
    writer.ue(parameters.codedWidth() / 16 * (parameters.codedHeight() / 16)); // mb_skip_run
    writer.trailingBits();
    appendNalUnit(stream, kNalReferenceSlice, writer.bytes());
}

} // namespace daedalus::bitstream
