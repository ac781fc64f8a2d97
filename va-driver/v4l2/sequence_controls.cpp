// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/sequence_controls.h"

#include <algorithm>
#include <array>

#include <linux/v4l2-controls.h>

#include "daedalus/v4l2_av1.h"

namespace daedalus::v4l2 {
namespace {

constexpr std::array<uint32_t, 4> kSequence{
    V4L2_CID_STATELESS_H264_SPS, V4L2_CID_STATELESS_HEVC_SPS, V4L2_CID_STATELESS_VP9_FRAME,
    V4L2_CID_STATELESS_AV1_SEQUENCE};

} // namespace

ControlSet sequenceControls(const ControlSet &controls)
{
    ControlSet result;
    for (const auto &[id, bytes] : controls.all()) {
        if (std::find(kSequence.begin(), kSequence.end(), id) != kSequence.end()) {
            result.setBytes(id, bytes);
        }
    }
    return result;
}

} // namespace daedalus::v4l2
