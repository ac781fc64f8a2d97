// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/stateless_setup.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>

#include "daedalus/v4l2_av1.h"

namespace daedalus::v4l2 {

namespace {

/// The menu controls of a codec and the values that stand for whole frames.
struct Menus {
    uint32_t codec;
    uint32_t modeId;
    int32_t mode;
    uint32_t startCodeId;
    int32_t startCode;
};

constexpr auto kMenus = std::to_array<Menus>({
    {V4L2_PIX_FMT_H264_SLICE, V4L2_CID_STATELESS_H264_DECODE_MODE,
     V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED, V4L2_CID_STATELESS_H264_START_CODE,
     V4L2_STATELESS_H264_START_CODE_ANNEX_B},
    {V4L2_PIX_FMT_HEVC_SLICE, V4L2_CID_STATELESS_HEVC_DECODE_MODE,
     V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED, V4L2_CID_STATELESS_HEVC_START_CODE,
     V4L2_STATELESS_HEVC_START_CODE_ANNEX_B},
});

constexpr std::array<uint32_t, 4> kSequence{
    V4L2_CID_STATELESS_H264_SPS, V4L2_CID_STATELESS_HEVC_SPS, V4L2_CID_STATELESS_VP9_FRAME,
    V4L2_CID_STATELESS_AV1_SEQUENCE};

} // namespace

Result<void> selectWholeFrames(V4l2Device &device, uint32_t codec)
{
    for (const Menus &menus : kMenus) {
        if (menus.codec != codec) {
            continue;
        }
        if (auto set = device.setControl(menus.modeId, menus.mode); !set) {
            return set;
        }
        return device.setControl(menus.startCodeId, menus.startCode);
    }
    return {};
}

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
