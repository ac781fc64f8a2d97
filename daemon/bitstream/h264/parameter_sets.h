// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <linux/v4l2-controls.h>

#include "bitstream/h264/scaling.h"
#include "bitstream/visible_rect.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// A sequence parameter set (H.264 7.3.2.1.1).
struct H264Sps {
    v4l2_ctrl_h264_sps control{};
    H264ScalingLists scaling;
    VisibleRect visible; ///< frame cropping rectangle, or the whole frame
    bool bitstreamRestriction = false;
    uint32_t maxNumReorderFrames = 0;  ///< with bitstreamRestriction
    uint32_t maxDecFrameBuffering = 0; ///< with bitstreamRestriction

    [[nodiscard]] bool has(uint32_t flag) const { return (control.flags & flag) != 0; }
    [[nodiscard]] bool frameMbsOnly() const { return has(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY); }
    [[nodiscard]] uint32_t maxFrameNum() const
    {
        return 1U << (control.log2_max_frame_num_minus4 + 4);
    }
    [[nodiscard]] uint32_t widthInMbs() const { return control.pic_width_in_mbs_minus1 + 1U; }
    /// Of a frame (FrameHeightInMbs).
    [[nodiscard]] uint32_t heightInMbs() const
    {
        return (control.pic_height_in_map_units_minus1 + 1U) * (frameMbsOnly() ? 1 : 2);
    }
    /// 0 for monochrome and for separately coded colour planes.
    [[nodiscard]] unsigned chromaArrayType() const
    {
        return has(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE) ? 0U : control.chroma_format_idc;
    }
    /// Frames that the decoded picture buffer holds: max_dec_frame_buffering, or
    /// what the level allows (A.3.1), at least 1 and max_num_ref_frames.
    [[nodiscard]] unsigned dpbFrames() const;
};

/// A picture parameter set (H.264 7.3.2.2).
struct H264Pps {
    v4l2_ctrl_h264_pps control{}; ///< SCALING_MATRIX_PRESENT: the PPS's own flag
    H264ScalingLists scaling;
    uint8_t sliceGroupMapType = 0;
    uint32_t sliceGroupChangeRate = 0; ///< in map units; slice group map types 3 to 5

    [[nodiscard]] bool has(uint32_t flag) const { return (control.flags & flag) != 0; }
};

/// The parameter sets of a stream, by id.
class H264ParameterSets {
public:
    /// Parse a NAL unit (header included, emulation prevention in place) and keep
    /// it. @returns EBADMSG: damaged or out of range
    Result<void> addSps(std::span<const uint8_t> nal);
    Result<void> addPps(std::span<const uint8_t> nal);

    /// Null where there is none of that id.
    [[nodiscard]] const H264Sps *sps(uint32_t id) const;
    [[nodiscard]] const H264Pps *pps(uint32_t id) const;

private:
    std::array<std::optional<H264Sps>, 32> sps_;
    std::array<std::optional<H264Pps>, 256> pps_;
};

/// Parse a payload without NAL header and emulation prevention bytes.
Result<H264Sps> parseH264Sps(std::span<const uint8_t> rbsp);
/// @param chromaFormatIdc of the SPS that it refers to, decides how many lists there are
Result<H264Pps> parseH264Pps(std::span<const uint8_t> rbsp, unsigned chromaFormatIdc);

} // namespace daedalus::bitstream
