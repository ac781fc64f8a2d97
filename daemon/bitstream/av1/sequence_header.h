// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "daedalus/result.h"
#include "daedalus/v4l2_av1.h"

namespace daedalus::bitstream {

/// What an AV1 sequence header says (AV1 specification 5.5), as far as frame headers
/// or requests depend on it.
struct Av1SequenceHeader {
    /// SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV: each frame says it.
    static constexpr uint8_t kSelect = 2;

    struct OperatingPoint {
        uint16_t idc = 0; ///< layers that belong to it; 0: all
        bool hasDecoderModel = false;

        bool operator==(const OperatingPoint &) const = default;
    };

    v4l2_ctrl_av1_sequence control{};
    bool reducedStillPictureHeader = false;
    uint8_t operatingPointCount = 1;
    std::array<OperatingPoint, 32> operatingPoints{};
    bool hasDecoderModelInfo = false;
    bool equalPictureInterval = false;
    uint8_t bufferRemovalTimeBits = 0;
    uint8_t framePresentationTimeBits = 0;
    uint8_t frameWidthBits = 0;
    uint8_t frameHeightBits = 0;
    bool hasFrameIds = false;
    uint8_t deltaFrameIdBits = 0;
    uint8_t frameIdBits = 0;
    uint8_t forceScreenContentTools = kSelect;
    uint8_t forceIntegerMv = kSelect;

    [[nodiscard]] bool has(uint32_t flag) const { return (control.flags & flag) != 0; }
    [[nodiscard]] unsigned planes() const
    {
        return has(V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME) ? 1 : 3;
    }

    /// @returns EBADMSG: damaged, or reserved values
    static Result<Av1SequenceHeader> parse(std::span<const uint8_t> payload);
};

} // namespace daedalus::bitstream
