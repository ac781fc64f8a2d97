// SPDX-License-Identifier: BSD-2-Clause
// How a frame is coded: tiles, quantization, segmentation, filters.
#include <algorithm>
#include <array>

#include "bitstream/av1/frame_header.h"
#include "bitstream/av1/frame_header_writer.h"

namespace daedalus::bitstream {

void Av1FrameHeaderWriter::tileInfo()
{
    const auto &tiles = request_.frame.tile_info;
    const bool use128 = request_.sequenceHas(V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK);
    const Av1TileLimits limits(request_.codedWidth(), request_.height(), use128);
    if (tiles.tile_cols > Av1TileLimits::kMostColumns ||
        tiles.tile_rows > Av1TileLimits::kMostRows) {
        bits_.refuse();
        return;
    }
    const bool uniform = (tiles.flags & V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING) != 0;
    bits_.flag(uniform);
    if (uniform) {
        uniformTiles(limits);
    } else {
        explicitTiles(limits);
    }
    const unsigned log2 = av1TileLog2(1, tiles.tile_cols) + av1TileLog2(1, tiles.tile_rows);
    if (log2 > 0) {
        constexpr unsigned kTileSizeBytes = 4;
        if (tiles.context_update_tile_id >= request_.tiles.size()) {
            bits_.refuse();
        }
        bits_.number(tiles.context_update_tile_id, log2);
        bits_.number(kTileSizeBytes - 1, 2);
    }
}

void Av1FrameHeaderWriter::uniformTiles(const Av1TileLimits &limits)
{
    const auto &tiles = request_.frame.tile_info;
    const unsigned columnsLog2 = av1TileLog2(1, tiles.tile_cols);
    const unsigned rowsLog2 = av1TileLog2(1, tiles.tile_rows);
    if (av1UniformTiles(limits.sbCols, columnsLog2).size() != tiles.tile_cols ||
        av1UniformTiles(limits.sbRows, rowsLog2).size() != tiles.tile_rows) {
        bits_.refuse();
        return;
    }
    increments(columnsLog2, limits.leastColsLog2, limits.mostColsLog2);
    increments(rowsLog2, limits.leastRowsLog2(columnsLog2), limits.mostRowsLog2);
}

void Av1FrameHeaderWriter::increments(unsigned log2, unsigned least, unsigned most)
{
    if (log2 < least || log2 > most) {
        bits_.refuse();
        return;
    }
    for (unsigned i = least; i < log2; ++i) {
        bits_.flag(true);
    }
    if (log2 < most) {
        bits_.flag(false);
    }
}

void Av1FrameHeaderWriter::explicitTiles(const Av1TileLimits &limits)
{
    const auto &tiles = request_.frame.tile_info;
    const auto widths =
        av1ExplicitTiles(limits.sbCols, tiles.tile_cols, tiles.width_in_sbs_minus_1);
    const auto heights =
        av1ExplicitTiles(limits.sbRows, tiles.tile_rows, tiles.height_in_sbs_minus_1);
    if (widths.empty() || heights.empty()) {
        bits_.refuse();
        return;
    }
    const auto write = [this](const Av1TileSizes &sizes, uint32_t superblocks, uint32_t most) {
        uint32_t left = superblocks;
        for (const uint32_t size : sizes) {
            bits_.ns(size - 1, std::min(left, most));
            left -= size;
        }
    };
    write(widths, limits.sbCols, limits.mostTileWidth);
    const uint32_t widest = *std::max_element(widths.begin(), widths.end());
    write(heights, limits.sbRows, limits.mostTileHeight(widest));
}

void Av1FrameHeaderWriter::deltaQ(int delta)
{
    bits_.flag(delta != 0);
    if (delta != 0) {
        bits_.su(delta, 7);
    }
}

void Av1FrameHeaderWriter::quantization()
{
    const auto &quantization = request_.frame.quantization;
    bits_.number(quantization.base_q_idx, 8);
    deltaQ(quantization.delta_q_y_dc);
    if (!request_.isMonochrome()) {
        const bool different = quantization.delta_q_u_dc != quantization.delta_q_v_dc ||
                               quantization.delta_q_u_ac != quantization.delta_q_v_ac;
        bits_.flag(different);
        deltaQ(quantization.delta_q_u_dc);
        deltaQ(quantization.delta_q_u_ac);
        if (different) {
            deltaQ(quantization.delta_q_v_dc);
            deltaQ(quantization.delta_q_v_ac);
        }
    }
    const bool matrix = (quantization.flags & V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX) != 0;
    bits_.flag(matrix);
    if (matrix) {
        bits_.number(quantization.qm_y, 4);
        bits_.number(quantization.qm_u, 4);
        if (!request_.isMonochrome()) {
            bits_.number(quantization.qm_v, 4);
        }
    }
}

void Av1FrameHeaderWriter::segmentation()
{
    const auto flags = request_.frame.segmentation.flags;
    const bool enabled = (flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED) != 0;
    bits_.flag(enabled);
    if (!enabled) {
        return;
    }
    bool updatesData = true;
    if (references_.primary(request_) != nullptr) {
        const bool updatesMap = (flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP) != 0;
        updatesData = (flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA) != 0;
        bits_.flag(updatesMap);
        if (updatesMap) {
            bits_.flag((flags & V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE) != 0);
        }
        bits_.flag(updatesData);
    }
    if (updatesData) {
        segmentationData();
    }
}

void Av1FrameHeaderWriter::segmentationData()
{
    for (unsigned i = 0; i < state_.featureData.size(); ++i) {
        for (unsigned j = 0; j < kAv1SegmentationFeatures.size(); ++j) {
            const bool enabled = (state_.featureEnabled[i] >> j & 1) != 0;
            bits_.flag(enabled);
            if (!enabled) {
                continue;
            }
            const auto &feature = kAv1SegmentationFeatures[j];
            if (feature.isSigned) {
                bits_.su(state_.featureData[i][j], feature.bits + 1);
            } else if (feature.bits > 0) {
                bits_.number(state_.featureData[i][j], feature.bits);
            }
        }
    }
}

void Av1FrameHeaderWriter::deltaQAndLf()
{
    const auto &quantization = request_.frame.quantization;
    const auto &filter = request_.frame.loop_filter;
    if (quantization.base_q_idx == 0) {
        return;
    }
    const bool deltaQPresent =
        (quantization.flags & V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT) != 0;
    bits_.flag(deltaQPresent);
    if (!deltaQPresent) {
        return;
    }
    bits_.number(quantization.delta_q_res, 2);
    if (has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC)) {
        return;
    }
    const bool deltaLfPresent = (filter.flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT) != 0;
    bits_.flag(deltaLfPresent);
    if (deltaLfPresent) {
        bits_.number(filter.delta_lf_res, 2);
        bits_.flag((filter.flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI) != 0);
    }
}

void Av1FrameHeaderWriter::loopFilter()
{
    const auto &filter = request_.frame.loop_filter;
    if (state_.isCodedLossless(request_) || has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC)) {
        return;
    }
    bits_.number(filter.level[0], 6);
    bits_.number(filter.level[1], 6);
    if (!request_.isMonochrome() && (filter.level[0] != 0 || filter.level[1] != 0)) {
        bits_.number(filter.level[2], 6);
        bits_.number(filter.level[3], 6);
    }
    bits_.number(filter.sharpness, 3);
    const bool enabled = (filter.flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED) != 0;
    bits_.flag(enabled);
    if (!enabled) {
        return;
    }
    // Where nothing is updated, the decoder has the values from the primary reference.
    const bool updates = (filter.flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE) != 0;
    bits_.flag(updates);
    if (!updates) {
        return;
    }
    const auto write = [this](int delta) {
        bits_.flag(true);
        bits_.su(delta, 7);
    };
    std::for_each(std::begin(filter.ref_deltas), std::end(filter.ref_deltas), write);
    std::for_each(std::begin(filter.mode_deltas), std::end(filter.mode_deltas), write);
}

void Av1FrameHeaderWriter::cdef()
{
    const auto &cdef = request_.frame.cdef;
    if (state_.isCodedLossless(request_) || has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) ||
        !request_.sequenceHas(V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF)) {
        return;
    }
    bits_.number(cdef.damping_minus_3, 2);
    bits_.number(cdef.bits, 2);
    if (!bits_.valid()) {
        return;
    }
    const auto write = [this](uint8_t primary, uint8_t secondary) {
        // 3 stands for a strength of 4, which is what the control has.
        constexpr uint8_t kStrongest = 4;
        bits_.number(primary, 4);
        bits_.number(secondary == kStrongest ? kStrongest - 1 : secondary, 2);
    };
    for (unsigned i = 0; i < 1U << cdef.bits; ++i) {
        write(cdef.y_pri_strength[i], cdef.y_sec_strength[i]);
        if (!request_.isMonochrome()) {
            write(cdef.uv_pri_strength[i], cdef.uv_sec_strength[i]);
        }
    }
}

void Av1FrameHeaderWriter::loopRestoration()
{
    // lr_type by V4L2's enumeration (Remap_Lr_Type in 5.9.20 the other way round).
    constexpr std::array<uint8_t, 4> kTypes{0, 2, 3, 1};
    const bool scaled = request_.codedWidth() != request_.width();
    if ((state_.isCodedLossless(request_) && !scaled) || has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC)) {
        return;
    }
    bool uses = false;
    bool usesChroma = false;
    for (unsigned plane = 0; plane < (request_.isMonochrome() ? 1U : 3U); ++plane) {
        const uint32_t type = request_.restorationType[plane];
        if (type >= kTypes.size()) {
            bits_.refuse();
            return;
        }
        bits_.number(kTypes[type], 2);
        uses = uses || type != 0;
        usesChroma = usesChroma || (type != 0 && plane > 0);
    }
    if (uses) {
        loopRestorationUnits(usesChroma);
    }
}

void Av1FrameHeaderWriter::loopRestorationUnits(bool usesChroma)
{
    constexpr uint32_t kSmallest = 64;
    const auto &sizes = request_.frame.loop_restoration.loop_restoration_size;
    const bool use128 = request_.sequenceHas(V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK);
    unsigned shift = 0;
    while (shift < 2 && sizes[0] != kSmallest << shift) {
        ++shift;
    }
    if (sizes[0] != kSmallest << shift || (use128 && shift == 0)) {
        bits_.refuse();
        return;
    }
    if (use128) {
        bits_.flag(shift == 2); // lr_unit_shift
    } else {
        bits_.flag(shift > 0);
        if (shift > 0) {
            bits_.flag(shift == 2); // lr_unit_extra_shift
        }
    }
    if (usesChroma) {
        if (sizes[1] != sizes[0] && sizes[1] != sizes[0] / 2) {
            bits_.refuse();
        }
        bits_.flag(sizes[1] != sizes[0]); // lr_uv_shift
    }
}

} // namespace daedalus::bitstream
