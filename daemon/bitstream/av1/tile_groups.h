// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitstream/av1/frame_header.h"

namespace daedalus::bitstream {

/// Collects the tile groups of one frame: what goes into a request's OUTPUT buffer, and
/// where its tiles are.
class Av1TileGroups {
public:
    explicit Av1TileGroups(const Av1FrameHeader &header);

    /// Appends a tile group (AV1 specification 5.11.1).
    /// @param payload from tile_start_and_end_present_flag on
    /// @returns EBADMSG: damaged, or not the one that follows
    Result<void> append(std::span<const uint8_t> payload);

    /// Whether every tile is there.
    [[nodiscard]] bool complete() const { return entries_.size() == tiles_; }
    [[nodiscard]] const std::vector<v4l2_ctrl_av1_tile_group_entry> &entries() const
    {
        return entries_;
    }
    [[nodiscard]] const std::vector<uint8_t> &bytes() const { return bytes_; }

private:
    uint32_t columns_;
    uint32_t tiles_;
    unsigned tileBits_;
    unsigned sizeBytes_;
    std::vector<v4l2_ctrl_av1_tile_group_entry> entries_;
    std::vector<uint8_t> bytes_;
};

} // namespace daedalus::bitstream
