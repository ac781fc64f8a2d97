// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/request.h"

#include <algorithm>
#include <cerrno>

#include "bitstream/av1/tiles.h"

namespace daedalus::bitstream {
namespace {

constexpr uint32_t kLargestSize = 65536;

template <typename Enum>
uint32_t rawValue(const Enum &value)
{
    static_assert(sizeof(Enum) == sizeof(uint32_t));
    uint32_t raw = 0;
    std::memcpy(&raw, &value, sizeof(raw));
    return raw;
}

void readEnumerations(Av1Request &request)
{
    const v4l2_ctrl_av1_frame &frame = request.frame;
    request.frameType = rawValue(frame.frame_type);
    request.interpolationFilter = rawValue(frame.interpolation_filter);
    request.txMode = rawValue(frame.tx_mode);
    std::transform(std::begin(frame.global_motion.type), std::end(frame.global_motion.type),
                   request.warpModel.begin(), rawValue<v4l2_av1_warp_model>);
    std::transform(std::begin(frame.loop_restoration.frame_restoration_type),
                   std::end(frame.loop_restoration.frame_restoration_type),
                   request.restorationType.begin(), rawValue<v4l2_av1_frame_restoration_type>);
}

Result<void> checkSequence(const Av1Request &request)
{
    constexpr uint32_t kSubsampled =
        V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
    const auto &sequence = request.sequence;
    if (sequence.seq_profile != 0 || (sequence.bit_depth != 8 && sequence.bit_depth != 10) ||
        (sequence.flags & kSubsampled) != kSubsampled) {
        return fail(ENOTSUP, "AV1: only 4:2:0 of 8 or 10 bits is supported");
    }
    constexpr unsigned kMostOrderHintBits = 8;
    if (request.sequenceHas(V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT) &&
        (sequence.order_hint_bits == 0 || sequence.order_hint_bits > kMostOrderHintBits)) {
        return fail(EINVAL, "AV1: order_hint_bits out of range");
    }
    return {};
}

Result<void> checkFrame(const Av1Request &request)
{
    constexpr uint32_t kLeastDenominator = 9;
    constexpr uint32_t kMostDenominator = 16;
    const auto &frame = request.frame;
    if (request.frameType > V4L2_AV1_SWITCH_FRAME || frame.upscaled_width == 0 ||
        frame.upscaled_width > kLargestSize || frame.frame_height_minus_1 >= kLargestSize ||
        frame.frame_width_minus_1 >= kLargestSize) {
        return fail(EINVAL, "AV1: frame type or size out of range");
    }
    uint32_t coded = request.width();
    if (request.has(V4L2_AV1_FRAME_FLAG_USE_SUPERRES)) {
        if (frame.superres_denom < kLeastDenominator || frame.superres_denom > kMostDenominator) {
            return fail(EINVAL, "AV1: superres_denom out of range");
        }
        coded = av1CodedWidth(request.width(), frame.superres_denom);
    }
    if (request.codedWidth() != coded) {
        return fail(EINVAL, "AV1: frame width and upscaled width do not match");
    }
    if (request.isIntra()) {
        return {};
    }
    const bool slotsAreGood =
        std::all_of(std::begin(frame.ref_frame_idx), std::end(frame.ref_frame_idx),
                    [](int slot) { return slot >= 0 && slot < V4L2_AV1_TOTAL_REFS_PER_FRAME; });
    if (!slotsAreGood || frame.primary_ref_frame > Av1Request::kNoPrimaryReference) {
        return fail(EINVAL, "AV1: a reference out of range");
    }
    return {};
}

Result<void> readTiles(Av1Request &request, const ControlSet &controls,
                       std::span<const uint8_t> bitstream)
{
    using Entry = v4l2_ctrl_av1_tile_group_entry;
    const auto found = controls.all().find(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY);
    const uint32_t columns = request.frame.tile_info.tile_cols;
    const uint32_t count = columns * request.frame.tile_info.tile_rows;
    if (found == controls.all().end() || count == 0 || count > V4L2_AV1_MAX_TILE_COUNT ||
        found->second.size() < count * sizeof(Entry)) {
        return fail(EINVAL, "AV1: not as many tile group entries as the frame has tiles");
    }
    request.tiles.resize(count);
    for (uint32_t i = 0; i < count; ++i) {
        Entry entry{};
        std::memcpy(&entry, found->second.data() + i * sizeof(Entry), sizeof(Entry));
        const uint64_t end = uint64_t{entry.tile_offset} + entry.tile_size;
        if (entry.tile_size == 0 || end > bitstream.size()) {
            return fail(EBADMSG, "AV1: a tile outside of the bitstream");
        }
        if (entry.tile_row >= request.frame.tile_info.tile_rows || entry.tile_col >= columns) {
            return fail(EINVAL, "AV1: a tile outside of the frame");
        }
        auto &tile = request.tiles[entry.tile_row * columns + entry.tile_col];
        if (!tile.empty()) {
            return fail(EINVAL, "AV1: a tile that is there twice");
        }
        tile = bitstream.subspan(entry.tile_offset, entry.tile_size);
    }
    return {};
}

} // namespace

Result<Av1Request> Av1Request::read(const ControlSet &controls, std::span<const uint8_t> bitstream)
{
    const auto sequence = controls.get<v4l2_ctrl_av1_sequence>(V4L2_CID_STATELESS_AV1_SEQUENCE);
    const auto frame = controls.get<v4l2_ctrl_av1_frame>(V4L2_CID_STATELESS_AV1_FRAME);
    if (!sequence || !frame) {
        return fail(EINVAL, "AV1: the sequence or the frame control is missing");
    }
    Av1Request read;
    read.sequence = *sequence;
    read.frame = *frame;
    const auto grain = controls.get<v4l2_ctrl_av1_film_grain>(V4L2_CID_STATELESS_AV1_FILM_GRAIN);
    if (grain && (grain->flags & V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN) != 0) {
        read.grain = grain;
    }
    readEnumerations(read);
    if (auto good = checkSequence(read); !good) {
        return tl::unexpected(good.error());
    }
    if (auto good = checkFrame(read); !good) {
        return tl::unexpected(good.error());
    }
    if (auto good = readTiles(read, controls, bitstream); !good) {
        return tl::unexpected(good.error());
    }
    return read;
}

} // namespace daedalus::bitstream
