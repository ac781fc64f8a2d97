// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <linux/v4l2-controls.h>

#include "bitstream/hevc/reference_sets.h"
#include "bitstream/visible_rect.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// Bytes of a NAL unit header (H.265 7.3.1.2).
inline constexpr size_t kHevcNalHeaderSize = 2;

/// A long-term picture that the sequence parameter set names.
struct HevcLongTermCandidate {
    uint32_t pocLsb = 0;
    bool used = false; ///< by the current picture
};

/// A sequence parameter set (H.265 7.3.2.2).
struct HevcSps {
    v4l2_ctrl_hevc_sps control{}; ///< of the highest sub-layer
    VisibleRect visible;          ///< conformance window
    std::vector<HevcShortTermSet> shortTermSets;
    std::vector<HevcLongTermCandidate> longTerm;
    /// Those that apply where the picture parameter set has none of its own.
    v4l2_ctrl_hevc_scaling_matrix scaling{};

    [[nodiscard]] bool has(uint64_t flag) const { return (control.flags & flag) != 0; }
};

/// A picture parameter set (H.265 7.3.2.3).
struct HevcPps {
    v4l2_ctrl_hevc_pps control{};
    uint8_t spsId = 0;
    bool hasScaling = false;
    v4l2_ctrl_hevc_scaling_matrix scaling{}; ///< with hasScaling

    [[nodiscard]] bool has(uint64_t flag) const { return (control.flags & flag) != 0; }
};

/// log2 of the width and height of a coding tree block.
unsigned hevcLog2CtbSize(const v4l2_ctrl_hevc_sps &sps);
/// PicWidthInCtbsY and PicHeightInCtbsY.
uint32_t hevcWidthInCtbs(const v4l2_ctrl_hevc_sps &sps);
uint32_t hevcHeightInCtbs(const v4l2_ctrl_hevc_sps &sps);

/// The parameter sets of a stream, by id.
class HevcParameterSets {
public:
    /// Parse a NAL unit (header included, emulation prevention in place) and keep it.
    /// @returns EBADMSG: damaged or out of range; ENOTSUP: with tools that neither Main
    /// nor Main 10 has
    Result<void> addSps(std::span<const uint8_t> nal);
    Result<void> addPps(std::span<const uint8_t> nal);

    /// Null where there is none of that id.
    [[nodiscard]] const HevcSps *sps(uint32_t id) const;
    [[nodiscard]] const HevcPps *pps(uint32_t id) const;

private:
    std::array<std::optional<HevcSps>, 16> sps_;
    std::array<std::optional<HevcPps>, 64> pps_;
};

/// Parse a payload without NAL header and emulation prevention bytes.
Result<HevcSps> parseHevcSps(std::span<const uint8_t> rbsp);
Result<HevcPps> parseHevcPps(std::span<const uint8_t> rbsp);

} // namespace daedalus::bitstream
