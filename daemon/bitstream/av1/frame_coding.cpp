// SPDX-License-Identifier: BSD-2-Clause
// How a frame is coded: tiles, quantization, segmentation, filters, modes.
#include <algorithm>
#include <cerrno>

#include "bitstream/av1/frame_header_reader.h"
#include "bitstream/av1/order_hints.h"

namespace daedalus::bitstream {
namespace {

constexpr std::array<int8_t, V4L2_AV1_TOTAL_REFS_PER_FRAME> kDefaultRefDeltas{1,  0, 0,  0,
                                                                              -1, 0, -1, -1};

} // namespace

void Av1FrameHeaderReader::tileInfo()
{
    auto &tiles = header_.control.tile_info;
    const Av1TileLimits limits(header_.control.frame_width_minus_1 + 1, header_.height(),
                               sequence_.has(V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK));
    if (bits_.flag()) {
        tiles.flags |= V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING;
        header_.tileColsLog2 = tileIncrements(limits.leastColsLog2, limits.mostColsLog2);
        header_.tileRowsLog2 =
            tileIncrements(limits.leastRowsLog2(header_.tileColsLog2), limits.mostRowsLog2);
        limits.place(av1UniformTiles(limits.sbCols, header_.tileColsLog2),
                     av1UniformTiles(limits.sbRows, header_.tileRowsLog2), tiles);
    } else {
        const auto widths = tileSizes(limits.sbCols, limits.mostTileWidth);
        const uint32_t widest = *std::max_element(widths.begin(), widths.end());
        limits.place(widths, tileSizes(limits.sbRows, limits.mostTileHeight(widest)), tiles);
        header_.tileColsLog2 = static_cast<uint8_t>(av1TileLog2(1, tiles.tile_cols));
        header_.tileRowsLog2 = static_cast<uint8_t>(av1TileLog2(1, tiles.tile_rows));
    }
    if (error_) {
        return;
    }
    if (header_.tileColsLog2 + header_.tileRowsLog2 > 0) {
        const uint32_t id = bits_.bits(header_.tileColsLog2 + header_.tileRowsLog2);
        if (id >= uint32_t{tiles.tile_cols} * tiles.tile_rows) {
            refuse(EBADMSG, "context_update_tile_id out of range");
        }
        if (tiles.tile_cols * tiles.tile_rows > V4L2_AV1_MAX_TILE_COUNT || id > UINT8_MAX) {
            refuse(ENOTSUP, "too many tiles");
        }
        tiles.context_update_tile_id = static_cast<uint8_t>(id);
        tiles.tile_size_bytes = static_cast<uint8_t>(bits_.bits(2) + 1);
    }
}

uint8_t Av1FrameHeaderReader::tileIncrements(unsigned least, unsigned most)
{
    if (least > most) {
        refuse(ENOTSUP, "a frame that takes more tiles than there may be");
    }
    unsigned log2 = std::min(least, most);
    while (log2 < most && bits_.flag()) {
        ++log2;
    }
    return static_cast<uint8_t>(log2);
}

Av1TileSizes Av1FrameHeaderReader::tileSizes(uint32_t superblocks, uint32_t most)
{
    Av1TileSizes sizes;
    uint32_t left = superblocks;
    while (left > 0 && sizes.size() < Av1TileLimits::kMostColumns) {
        sizes.push_back(bits_.ns(std::min(left, most)) + 1);
        left -= sizes.back();
    }
    if (left > 0) {
        refuse(EBADMSG, "more tiles than there may be");
    }
    return sizes;
}

int8_t Av1FrameHeaderReader::deltaQ()
{
    return static_cast<int8_t>(bits_.flag() ? bits_.su(7) : 0);
}

void Av1FrameHeaderReader::quantization()
{
    auto &quantization = header_.control.quantization;
    quantization.base_q_idx = static_cast<uint8_t>(bits_.bits(8));
    quantization.delta_q_y_dc = deltaQ();
    const bool separate = sequence_.has(V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q);
    if (sequence_.planes() > 1) {
        const bool different = separate && bits_.flag();
        if (different) {
            quantization.flags |= V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA;
        }
        quantization.delta_q_u_dc = deltaQ();
        quantization.delta_q_u_ac = deltaQ();
        quantization.delta_q_v_dc = different ? deltaQ() : quantization.delta_q_u_dc;
        quantization.delta_q_v_ac = different ? deltaQ() : quantization.delta_q_u_ac;
    }
    if (bits_.flag()) {
        quantization.flags |= V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX;
        quantization.qm_y = static_cast<uint8_t>(bits_.bits(4));
        quantization.qm_u = static_cast<uint8_t>(bits_.bits(4));
        quantization.qm_v = separate ? static_cast<uint8_t>(bits_.bits(4)) : quantization.qm_u;
    }
}

void Av1FrameHeaderReader::segmentation()
{
    auto &segmentation = header_.control.segmentation;
    if (!bits_.flag()) {
        return;
    }
    segmentation.flags = V4L2_AV1_SEGMENTATION_FLAG_ENABLED;
    const Av1FrameHeader *primary = primaryReference();
    bool updateData = true;
    if (primary == nullptr) {
        segmentation.flags |= V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP;
    } else {
        if (bits_.flag()) {
            segmentation.flags |= V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP;
            if (bits_.flag()) {
                segmentation.flags |= V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
            }
        }
        updateData = bits_.flag();
    }
    if (updateData) {
        segmentation.flags |= V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA;
        segmentationData();
    } else {
        const auto &loaded = primary->control.segmentation;
        std::copy(std::begin(loaded.feature_enabled), std::end(loaded.feature_enabled),
                  segmentation.feature_enabled);
        std::copy_n(&loaded.feature_data[0][0], sizeof(loaded.feature_data) / sizeof(int16_t),
                    &segmentation.feature_data[0][0]);
    }
    for (uint8_t i = 0; i < V4L2_AV1_MAX_SEGMENTS; ++i) {
        if (segmentation.feature_enabled[i] != 0) {
            segmentation.last_active_seg_id = i;
        }
        if (segmentation.feature_enabled[i] >> V4L2_AV1_SEG_LVL_REF_FRAME != 0) {
            segmentation.flags |= V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
        }
    }
}

void Av1FrameHeaderReader::segmentationData()
{
    auto &segmentation = header_.control.segmentation;
    for (unsigned i = 0; i < V4L2_AV1_MAX_SEGMENTS; ++i) {
        for (unsigned j = 0; j < kAv1SegmentationFeatures.size(); ++j) {
            if (!bits_.flag()) {
                continue;
            }
            const auto [count, isSigned, most] = kAv1SegmentationFeatures[j];
            const int value = isSigned ? bits_.su(count + 1) : static_cast<int>(bits_.bits(count));
            segmentation.feature_enabled[i] |=
                static_cast<uint8_t>(V4L2_AV1_SEGMENT_FEATURE_ENABLED(j));
            segmentation.feature_data[i][j] =
                static_cast<int16_t>(std::clamp(value, isSigned ? -most : 0, most));
        }
    }
}

void Av1FrameHeaderReader::deltaQAndLf()
{
    auto &quantization = header_.control.quantization;
    auto &filter = header_.control.loop_filter;
    if (quantization.base_q_idx == 0 || !bits_.flag()) {
        return;
    }
    quantization.flags |= V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT;
    quantization.delta_q_res = static_cast<uint8_t>(bits_.bits(2));
    if (has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) || !bits_.flag()) {
        return;
    }
    filter.flags |= V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT;
    filter.delta_lf_res = static_cast<uint8_t>(bits_.bits(2));
    if (bits_.flag()) {
        filter.flags |= V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI;
    }
}

bool Av1FrameHeaderReader::isCodedLossless() const
{
    const auto &quantization = header_.control.quantization;
    const auto &segmentation = header_.control.segmentation;
    if (quantization.delta_q_y_dc != 0 || quantization.delta_q_u_dc != 0 ||
        quantization.delta_q_u_ac != 0 || quantization.delta_q_v_dc != 0 ||
        quantization.delta_q_v_ac != 0) {
        return false;
    }
    for (unsigned i = 0; i < V4L2_AV1_MAX_SEGMENTS; ++i) {
        int index = quantization.base_q_idx;
        if ((segmentation.flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED) != 0 &&
            (segmentation.feature_enabled[i] & 1) != 0) {
            index += segmentation.feature_data[i][V4L2_AV1_SEG_LVL_ALT_Q];
        }
        if (index > 0) {
            return false;
        }
    }
    return true;
}

void Av1FrameHeaderReader::loopFilter()
{
    auto &filter = header_.control.loop_filter;
    std::copy(kDefaultRefDeltas.begin(), kDefaultRefDeltas.end(), filter.ref_deltas);
    if (codedLossless_ || has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC)) {
        return;
    }
    if (const Av1FrameHeader *primary = primaryReference()) {
        const auto &loaded = primary->control.loop_filter;
        std::copy(std::begin(loaded.ref_deltas), std::end(loaded.ref_deltas), filter.ref_deltas);
        std::copy(std::begin(loaded.mode_deltas), std::end(loaded.mode_deltas), filter.mode_deltas);
    }
    filter.level[0] = static_cast<uint8_t>(bits_.bits(6));
    filter.level[1] = static_cast<uint8_t>(bits_.bits(6));
    if (sequence_.planes() > 1 && (filter.level[0] != 0 || filter.level[1] != 0)) {
        filter.level[2] = static_cast<uint8_t>(bits_.bits(6));
        filter.level[3] = static_cast<uint8_t>(bits_.bits(6));
    }
    filter.sharpness = static_cast<uint8_t>(bits_.bits(3));
    if (!bits_.flag()) {
        return;
    }
    filter.flags |= V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED;
    if (!bits_.flag()) {
        return;
    }
    filter.flags |= V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE;
    const auto update = [this](int8_t &delta) {
        if (bits_.flag()) {
            delta = static_cast<int8_t>(bits_.su(7));
        }
    };
    std::for_each(std::begin(filter.ref_deltas), std::end(filter.ref_deltas), update);
    std::for_each(std::begin(filter.mode_deltas), std::end(filter.mode_deltas), update);
}

void Av1FrameHeaderReader::cdef()
{
    auto &cdef = header_.control.cdef;
    if (codedLossless_ || has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) ||
        !sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF)) {
        return;
    }
    const auto secondary = [this] {
        const uint32_t strength = bits_.bits(2);
        return static_cast<uint8_t>(strength == 3 ? 4 : strength);
    };
    cdef.damping_minus_3 = static_cast<uint8_t>(bits_.bits(2));
    cdef.bits = static_cast<uint8_t>(bits_.bits(2));
    for (unsigned i = 0; i < 1U << cdef.bits; ++i) {
        cdef.y_pri_strength[i] = static_cast<uint8_t>(bits_.bits(4));
        cdef.y_sec_strength[i] = secondary();
        if (sequence_.planes() > 1) {
            cdef.uv_pri_strength[i] = static_cast<uint8_t>(bits_.bits(4));
            cdef.uv_sec_strength[i] = secondary();
        }
    }
}

void Av1FrameHeaderReader::loopRestoration()
{
    constexpr std::array kTypes{V4L2_AV1_FRAME_RESTORE_NONE, V4L2_AV1_FRAME_RESTORE_SWITCHABLE,
                                V4L2_AV1_FRAME_RESTORE_WIENER, V4L2_AV1_FRAME_RESTORE_SGRPROJ};
    constexpr uint32_t kSmallestUnit = 64;
    auto &restoration = header_.control.loop_restoration;
    const bool allLossless =
        codedLossless_ && header_.control.upscaled_width == header_.control.frame_width_minus_1 + 1;
    if (allLossless || has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) ||
        !sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION)) {
        return;
    }
    for (unsigned plane = 0; plane < sequence_.planes(); ++plane) {
        restoration.frame_restoration_type[plane] = kTypes[bits_.bits(2)];
        if (restoration.frame_restoration_type[plane] != V4L2_AV1_FRAME_RESTORE_NONE) {
            restoration.flags |= V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR;
            if (plane > 0) {
                restoration.flags |= V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR;
            }
        }
    }
    if (restoration.flags == 0) {
        return;
    }
    uint32_t shift = bits_.bits(1);
    if (sequence_.has(V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK)) {
        ++shift;
    } else if (shift != 0) {
        shift += bits_.bits(1);
    }
    restoration.lr_unit_shift = static_cast<uint8_t>(shift);
    if (sequence_.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X) &&
        sequence_.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y) &&
        (restoration.flags & V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR) != 0) {
        restoration.lr_uv_shift = static_cast<uint8_t>(bits_.bits(1));
    }
    restoration.loop_restoration_size[0] = kSmallestUnit << shift;
    restoration.loop_restoration_size[1] = (kSmallestUnit << shift) >> restoration.lr_uv_shift;
    restoration.loop_restoration_size[2] = restoration.loop_restoration_size[1];
}

void Av1FrameHeaderReader::transformsAndModes()
{
    auto &control = header_.control;
    if (codedLossless_) {
        control.tx_mode = V4L2_AV1_TX_MODE_ONLY_4X4;
    } else {
        control.tx_mode = bits_.flag() ? V4L2_AV1_TX_MODE_SELECT : V4L2_AV1_TX_MODE_LARGEST;
    }
    if (!header_.isIntra() && flag(V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT)) {
        Av1OrderHints hints;
        std::copy_n(&control.order_hints[1], hints.size(), hints.begin());
        const auto frames =
            av1SkipModeFrames(sequence_.control.order_hint_bits, control.order_hint, hints);
        if (frames) {
            control.flags |= V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED;
            control.skip_mode_frame[0] = static_cast<uint8_t>(frames->first + 1);
            control.skip_mode_frame[1] = static_cast<uint8_t>(frames->second + 1);
            flag(V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT);
        }
    }
    if (!header_.isIntra() && !has(V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE) &&
        sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION)) {
        flag(V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION);
    }
    flag(V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET);
}

} // namespace daedalus::bitstream
