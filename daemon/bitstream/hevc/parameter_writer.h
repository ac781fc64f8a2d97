// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <linux/v4l2-controls.h>

#include "daedalus/control_set.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// The controls of one H.265 request.
struct HevcParameters {
    v4l2_ctrl_hevc_sps sps{};
    v4l2_ctrl_hevc_pps pps{};
    v4l2_ctrl_hevc_scaling_matrix scaling{}; ///< used with SCALING_LIST_ENABLED
    v4l2_ctrl_hevc_decode_params decode{};

    [[nodiscard]] bool spsHas(uint64_t flag) const { return (sps.flags & flag) != 0; }
    [[nodiscard]] bool ppsHas(uint64_t flag) const { return (pps.flags & flag) != 0; }
};

/// Bits of slice_pic_order_cnt_lsb in rewritten slice headers.
inline constexpr unsigned kHevcPicOrderCntBits = 16;

/// @returns EINVAL: a control is missing, or has a value that is out of range; ENOTSUP:
/// neither 8 nor 10 bit 4:2:0
Result<HevcParameters> readHevcControls(const ControlSet &controls);

/// Appends VPS and SPS NAL units. They differ from the original ones where slice
/// headers are rewritten: no reference picture sets, 16 bits of picture order count.
/// Ids are 0.
void appendHevcSequence(std::vector<uint8_t> &stream, const HevcParameters &parameters);

/// Appends a PPS NAL unit, with all scaling lists.
/// @param id pic_parameter_set_id, less than 64
void appendHevcPps(std::vector<uint8_t> &stream, const HevcParameters &parameters, uint8_t id);

} // namespace daedalus::bitstream
