// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "bitstream/h264/parameter_writer.h"
#include "bitstream/h264/picture_data.h"

namespace daedalus::bitstream {

/// The PPS that a rewritten slice names.
struct RewrittenPps {
    uint8_t id = 0;
    bool redundantPicCnt = false; ///< redundant_pic_cnt_present_flag
};

/// In CAVLC slices I_PCM samples begin at whole bytes (7.3.5), so nothing may move by some
/// bits only. What makes up for the new syntax elements is the length of
/// pic_parameter_set_id and, where an odd number of bits is missing, a redundant_pic_cnt of
/// one bit. At most eight PPSs come of it.
/// @param slice its headerGood is set
RewrittenPps rewrittenPps(const H264Slice &slice, const H264Parameters &parameters);

/// Appends a slice of a stream of picture order count type 1 as one of type 0.
///
/// Type 1 needs offsets from the SPS that VA-API does not tell, but every request
/// tells the picture's order counts themselves. They take the place of
/// delta_pic_order_cnt in the slice header; what follows moves by whole bytes
/// (CAVLC, see rewrittenPps()) or to the next whole byte (CABAC) and is otherwise the same.
/// @param slice its headerGood is set
/// @param parameters those of the SPS and PPS that appendSps() and appendPps() wrote
void appendWithPicOrderCnt(std::vector<uint8_t> &stream, const H264Slice &slice,
                           const H264Parameters &parameters);

} // namespace daedalus::bitstream
