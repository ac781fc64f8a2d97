// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace daedalus::bitstream {

/// obu_type (AV1 specification 6.2.2).
enum class Av1ObuType : uint8_t {
    SequenceHeader = 1,
    TemporalDelimiter = 2,
    FrameHeader = 3,
    TileGroup = 4,
    Metadata = 5,
    Frame = 6,
    RedundantFrameHeader = 7,
    TileList = 8,
    Padding = 15,
};

/// An open bitstream unit (5.3).
struct Av1Obu {
    Av1ObuType type{};
    bool hasExtension = false;
    uint8_t temporalId = 0;
    uint8_t spatialId = 0;
    std::span<const uint8_t> payload; ///< behind header and size
    size_t size = 0;                  ///< of all of it, header included

    /// Whether it belongs to an operating point (drop_obu() in 5.9.1).
    [[nodiscard]] bool inOperatingPoint(uint16_t idc) const;
};

/// The first OBU of @p data in low-overhead format; nothing where there is none or it
/// does not fit. One without obu_has_size_field takes all that is there.
std::optional<Av1Obu> nextAv1Obu(std::span<const uint8_t> data);

} // namespace daedalus::bitstream
