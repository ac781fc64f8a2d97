// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/vp9/header_parser.h"

#include <algorithm>
#include <cstring>

#include "bitstream/bit_reader.h"
#include "bitstream/vp9/compressed_header.h"

namespace daedalus::bitstream {

namespace {

constexpr uint32_t kSyncCode = 0x498342;
constexpr unsigned kColorSpaceRgb = 7;

/// su(n) of 4.10.6: magnitude, then sign.
int32_t signedBits(BitReader &reader, unsigned bits)
{
    const auto value = static_cast<int32_t>(reader.bits(bits));
    return reader.flag() ? -value : value;
}

} // namespace

/// Reads one uncompressed header (6.2) against a copy of the parser's state.
class Vp9UncompressedHeaderReader {
public:
    using State = Vp9HeaderParser::State;

    Vp9UncompressedHeaderReader(std::span<const uint8_t> frame, const State &state)
        : reader_(frame), state_(state)
    {
        state_.loopFilter.flags = 0;
        state_.segmentation.flags &= V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
    }

    Result<void> read();

    [[nodiscard]] const State &state() const { return state_; }
    Vp9FrameHeader &header() { return header_; }

private:
    Result<void> readFrameType();
    Result<void> readIntraFrame();
    Result<void> readInterFrame();
    Result<void> readColorConfig();
    void readFrameSize();
    void readRenderSize();
    Result<void> readFrameSizeWithRefs();
    void readInterpolationFilter();
    void readContextFlags();
    void setupPastIndependence();
    void readLoopFilter();
    void readQuantization();
    void readSegmentation();
    void readSegmentationMap();
    void readSegmentationData();
    void readTileInfo();
    void fillControl();
    void store();
    [[nodiscard]] bool frameIsIntra() const { return header_.keyFrame || header_.intraOnly; }

    BitReader reader_;
    State state_;
    Vp9FrameHeader header_;
};

Result<void> Vp9UncompressedHeaderReader::read()
{
    if (reader_.bits(2) != 2) {
        return fail(EBADMSG, "VP9: no frame marker");
    }
    const unsigned low = reader_.bits(1);
    header_.profile = static_cast<uint8_t>(reader_.bits(1) << 1 | low);
    if (header_.profile == 3 && reader_.flag()) {
        return fail(ENOTSUP, "VP9: reserved profile");
    }
    header_.showExistingFrame = reader_.flag();
    if (header_.showExistingFrame) {
        header_.frameToShow = static_cast<uint8_t>(reader_.bits(3));
        if (reader_.failed() || !state_.slots[header_.frameToShow].valid) {
            return fail(EBADMSG, "VP9: shows a reference slot that holds no picture");
        }
        return {};
    }
    if (auto result = readFrameType(); !result) {
        return result;
    }
    readContextFlags();
    readLoopFilter();
    readQuantization();
    readSegmentation();
    readTileInfo();
    header_.control.compressed_header_size = static_cast<uint16_t>(reader_.bits(16));
    header_.control.uncompressed_header_size = static_cast<uint16_t>((reader_.position() + 7) / 8);
    if (reader_.failed()) {
        return fail(EBADMSG, "VP9: the frame ends inside its header");
    }
    if (header_.control.compressed_header_size == 0) {
        return fail(EBADMSG, "VP9: no compressed header");
    }
    fillControl();
    store();
    return {};
}

Result<void> Vp9UncompressedHeaderReader::readFrameType()
{
    header_.keyFrame = !reader_.flag();
    header_.showFrame = reader_.flag();
    header_.errorResilient = reader_.flag();
    if (!header_.keyFrame) {
        header_.intraOnly = !header_.showFrame && reader_.flag();
        // 0 and 1 both mean that no context is reset; V4L2 numbers from there.
        const uint32_t reset = header_.errorResilient ? 0 : reader_.bits(2);
        header_.control.reset_frame_context = static_cast<uint8_t>(reset > 0 ? reset - 1 : 0);
    }
    return frameIsIntra() ? readIntraFrame() : readInterFrame();
}

Result<void> Vp9UncompressedHeaderReader::readIntraFrame()
{
    if (reader_.bits(24) != kSyncCode) {
        return fail(EBADMSG, "VP9: wrong sync code");
    }
    if (header_.keyFrame || header_.profile > 0) {
        if (auto result = readColorConfig(); !result) {
            return result;
        }
    } else {
        state_.bitDepth = 8;
        state_.subsamplingX = true;
        state_.subsamplingY = true;
    }
    header_.refreshFrameFlags = header_.keyFrame ? 0xff : static_cast<uint8_t>(reader_.bits(8));
    readFrameSize();
    readRenderSize();
    return {};
}

Result<void> Vp9UncompressedHeaderReader::readColorConfig()
{
    state_.bitDepth = 8;
    if (header_.profile >= 2) {
        state_.bitDepth = reader_.flag() ? 12 : 10;
    }
    const bool oddProfile = header_.profile % 2 != 0;
    if (reader_.bits(3) != kColorSpaceRgb) {
        if (reader_.flag()) {
            header_.control.flags |= V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
        }
        state_.subsamplingX = oddProfile ? reader_.flag() : true;
        state_.subsamplingY = oddProfile ? reader_.flag() : true;
        if (oddProfile && state_.subsamplingX && state_.subsamplingY) {
            return fail(EBADMSG, "VP9: profiles 1 and 3 have no 4:2:0");
        }
    } else {
        if (!oddProfile) {
            return fail(EBADMSG, "VP9: RGB needs profile 1 or 3");
        }
        header_.control.flags |= V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
        state_.subsamplingX = false;
        state_.subsamplingY = false;
    }
    if (oddProfile && reader_.flag()) {
        return fail(ENOTSUP, "VP9: reserved bit of the colour configuration is set");
    }
    return {};
}

Result<void> Vp9UncompressedHeaderReader::readInterFrame()
{
    header_.refreshFrameFlags = static_cast<uint8_t>(reader_.bits(8));
    for (unsigned i = 0; i < 3; ++i) {
        header_.refFrameIdx[i] = static_cast<uint8_t>(reader_.bits(3));
        if (reader_.flag()) {
            header_.control.ref_frame_sign_bias |=
                static_cast<uint8_t>(V4L2_VP9_SIGN_BIAS_LAST << i);
        }
    }
    for (const uint8_t index : header_.refFrameIdx) {
        const auto &slot = state_.slots[index];
        if (!slot.valid) {
            return fail(EAGAIN, "VP9: refers to a picture that was never decoded; a key frame "
                                "has to come first");
        }
        if (slot.bitDepth != state_.bitDepth || slot.subsamplingX != state_.subsamplingX ||
            slot.subsamplingY != state_.subsamplingY) {
            return fail(EBADMSG, "VP9: refers to a picture of another sample format");
        }
    }
    if (auto result = readFrameSizeWithRefs(); !result) {
        return result;
    }
    if (reader_.flag()) {
        header_.control.flags |= V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV;
    }
    readInterpolationFilter();
    return {};
}

void Vp9UncompressedHeaderReader::readFrameSize()
{
    header_.width = reader_.bits(16) + 1;
    header_.height = reader_.bits(16) + 1;
}

void Vp9UncompressedHeaderReader::readRenderSize()
{
    header_.renderWidth = header_.width;
    header_.renderHeight = header_.height;
    if (reader_.flag()) {
        header_.renderWidth = reader_.bits(16) + 1;
        header_.renderHeight = reader_.bits(16) + 1;
    }
}

Result<void> Vp9UncompressedHeaderReader::readFrameSizeWithRefs()
{
    bool found = false;
    for (unsigned i = 0; i < 3 && !found; ++i) {
        found = reader_.flag();
        if (found) {
            const auto &slot = state_.slots[header_.refFrameIdx[i]];
            header_.width = slot.width;
            header_.height = slot.height;
        }
    }
    if (!found) {
        readFrameSize();
    }
    readRenderSize();
    // 7.2.5: a reference may be at most twice as large and sixteen times as small.
    const bool usable =
        std::any_of(header_.refFrameIdx.begin(), header_.refFrameIdx.end(), [this](uint8_t index) {
            const auto &slot = state_.slots[index];
            return 2 * header_.width >= slot.width && 2 * header_.height >= slot.height &&
                   header_.width <= 16 * slot.width && header_.height <= 16 * slot.height;
        });
    if (!usable) {
        return fail(EBADMSG, "VP9: no reference has a size that can be scaled to the frame's");
    }
    return {};
}

void Vp9UncompressedHeaderReader::readInterpolationFilter()
{
    if (reader_.flag()) {
        header_.control.interpolation_filter = V4L2_VP9_INTERP_FILTER_SWITCHABLE;
        return;
    }
    static constexpr std::array<uint8_t, 4> kLiteralToType{
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR};
    header_.control.interpolation_filter = kLiteralToType[reader_.bits(2)];
}

void Vp9UncompressedHeaderReader::readContextFlags()
{
    if (header_.errorResilient) {
        header_.control.flags |= V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE;
    } else {
        if (reader_.flag()) {
            header_.control.flags |= V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
        }
        if (reader_.flag()) {
            header_.control.flags |= V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE;
        }
    }
    header_.control.frame_context_idx = static_cast<uint8_t>(reader_.bits(2));
    if (frameIsIntra() || header_.errorResilient) {
        setupPastIndependence();
    }
}

void Vp9UncompressedHeaderReader::setupPastIndependence()
{
    static constexpr std::array<int8_t, 4> kDefaultRefDeltas{1, 0, -1, -1};
    std::copy(kDefaultRefDeltas.begin(), kDefaultRefDeltas.end(), state_.loopFilter.ref_deltas);
    std::fill_n(state_.loopFilter.mode_deltas, 2, int8_t{0});
    state_.segmentation = {};
}

void Vp9UncompressedHeaderReader::readLoopFilter()
{
    auto &filter = state_.loopFilter;
    filter.level = static_cast<uint8_t>(reader_.bits(6));
    filter.sharpness = static_cast<uint8_t>(reader_.bits(3));
    if (!reader_.flag()) {
        return;
    }
    filter.flags |= V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;
    if (!reader_.flag()) {
        return;
    }
    filter.flags |= V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
    for (int8_t &delta : filter.ref_deltas) {
        if (reader_.flag()) {
            delta = static_cast<int8_t>(signedBits(reader_, 6));
        }
    }
    for (int8_t &delta : filter.mode_deltas) {
        if (reader_.flag()) {
            delta = static_cast<int8_t>(signedBits(reader_, 6));
        }
    }
}

void Vp9UncompressedHeaderReader::readQuantization()
{
    auto &quant = header_.control.quant;
    quant.base_q_idx = static_cast<uint8_t>(reader_.bits(8));
    for (int8_t *delta : {&quant.delta_q_y_dc, &quant.delta_q_uv_dc, &quant.delta_q_uv_ac}) {
        *delta = static_cast<int8_t>(reader_.flag() ? signedBits(reader_, 4) : 0);
    }
}

void Vp9UncompressedHeaderReader::readSegmentation()
{
    if (!reader_.flag()) {
        return;
    }
    state_.segmentation.flags |= V4L2_VP9_SEGMENTATION_FLAG_ENABLED;
    if (reader_.flag()) {
        readSegmentationMap();
    }
    if (reader_.flag()) {
        readSegmentationData();
    }
}

void Vp9UncompressedHeaderReader::readSegmentationMap()
{
    auto &segmentation = state_.segmentation;
    segmentation.flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP;
    for (uint8_t &probability : segmentation.tree_probs) {
        probability = static_cast<uint8_t>(reader_.flag() ? reader_.bits(8) : 255);
    }
    const bool temporal = reader_.flag();
    if (temporal) {
        segmentation.flags |= V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
    }
    for (uint8_t &probability : segmentation.pred_probs) {
        probability = static_cast<uint8_t>(temporal && reader_.flag() ? reader_.bits(8) : 255);
    }
}

void Vp9UncompressedHeaderReader::readSegmentationData()
{
    static constexpr std::array<unsigned, V4L2_VP9_SEG_LVL_MAX> kFeatureBits{8, 6, 2, 0};
    static constexpr std::array<bool, V4L2_VP9_SEG_LVL_MAX> kFeatureSigned{true, true, false,
                                                                           false};
    auto &segmentation = state_.segmentation;
    segmentation.flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
    segmentation.flags &= static_cast<uint8_t>(~V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE);
    if (reader_.flag()) {
        segmentation.flags |= V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
    }
    for (unsigned segment = 0; segment < 8; ++segment) {
        segmentation.feature_enabled[segment] = 0;
        for (unsigned feature = 0; feature < V4L2_VP9_SEG_LVL_MAX; ++feature) {
            int16_t value = 0;
            if (reader_.flag()) {
                segmentation.feature_enabled[segment] |=
                    static_cast<uint8_t>(V4L2_VP9_SEGMENT_FEATURE_ENABLED(feature));
                value = static_cast<int16_t>(reader_.bits(kFeatureBits[feature]));
                if (kFeatureSigned[feature] && reader_.flag()) {
                    value = static_cast<int16_t>(-value);
                }
            }
            segmentation.feature_data[segment][feature] = value;
        }
    }
}

void Vp9UncompressedHeaderReader::readTileInfo()
{
    // 6.2.14: tile columns are 4 to 64 superblocks (of 64 samples) wide.
    const uint32_t superblockColumns = (header_.width + 63) / 64;
    unsigned smallest = 0;
    while ((64U << smallest) < superblockColumns) {
        ++smallest;
    }
    unsigned largest = 1;
    while ((superblockColumns >> largest) >= 4) {
        ++largest;
    }
    --largest;
    unsigned columns = smallest;
    while (columns < largest && reader_.flag()) {
        ++columns;
    }
    unsigned rows = reader_.bits(1);
    if (rows != 0) {
        rows += reader_.bits(1);
    }
    header_.control.tile_cols_log2 = static_cast<uint8_t>(columns);
    header_.control.tile_rows_log2 = static_cast<uint8_t>(rows);
}

void Vp9UncompressedHeaderReader::fillControl()
{
    header_.bitDepth = state_.bitDepth;
    header_.subsamplingX = state_.subsamplingX;
    header_.subsamplingY = state_.subsamplingY;

    auto &control = header_.control;
    control.lf = state_.loopFilter;
    control.seg = state_.segmentation;
    const auto set = [&control](bool condition, uint32_t flag) {
        control.flags |= condition ? flag : 0;
    };
    set(header_.keyFrame, V4L2_VP9_FRAME_FLAG_KEY_FRAME);
    set(header_.showFrame, V4L2_VP9_FRAME_FLAG_SHOW_FRAME);
    set(header_.errorResilient, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
    set(header_.intraOnly, V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
    set(header_.subsamplingX, V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING);
    set(header_.subsamplingY, V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING);
    control.frame_width_minus_1 = static_cast<uint16_t>(header_.width - 1);
    control.frame_height_minus_1 = static_cast<uint16_t>(header_.height - 1);
    control.render_width_minus_1 = static_cast<uint16_t>(header_.renderWidth - 1);
    control.render_height_minus_1 = static_cast<uint16_t>(header_.renderHeight - 1);
    control.profile = header_.profile;
    control.bit_depth = header_.bitDepth;
}

void Vp9UncompressedHeaderReader::store()
{
    for (unsigned i = 0; i < state_.slots.size(); ++i) {
        if ((header_.refreshFrameFlags >> i & 1) != 0) {
            state_.slots[i] = {true,
                               header_.width,
                               header_.height,
                               header_.bitDepth,
                               header_.subsamplingX,
                               header_.subsamplingY};
        }
    }
}

Result<Vp9FrameHeader> Vp9HeaderParser::parse(std::span<const uint8_t> frame)
{
    Vp9UncompressedHeaderReader reader(frame, state_);
    if (auto result = reader.read(); !result) {
        return tl::unexpected(result.error());
    }
    Vp9FrameHeader &header = reader.header();
    if (header.showExistingFrame) {
        return header;
    }
    auto &control = header.control;
    const size_t headerSize =
        size_t{control.uncompressed_header_size} + control.compressed_header_size;
    if (headerSize >= frame.size()) {
        return fail(EBADMSG, "VP9: the frame ends before its first tile");
    }
    const auto &quant = control.quant;
    const uint8_t bias = control.ref_frame_sign_bias;
    const Vp9CompressedContext context{
        .lossless = quant.base_q_idx == 0 && quant.delta_q_y_dc == 0 && quant.delta_q_uv_dc == 0 &&
                    quant.delta_q_uv_ac == 0,
        .frameIsIntra = header.keyFrame || header.intraOnly,
        .switchableInterpolation =
            control.interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE,
        .highPrecisionMv = (control.flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV) != 0,
        .compoundAllowed = bias != 0 && bias != 7,
    };
    const auto compressed = parseVp9CompressedHeader(
        frame.subspan(control.uncompressed_header_size, control.compressed_header_size), context);
    if (!compressed) {
        return tl::unexpected(compressed.error());
    }
    header.compressed = compressed->updates;
    control.reference_mode = compressed->referenceMode;
    state_ = reader.state();
    return header;
}

} // namespace daedalus::bitstream
