// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codecs.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "bitstream/av1/order_hints.h"
#include "va-driver/codec_av1_controls.h"

namespace daedalus::va {

namespace {

using Picture = VADecPictureParameterBufferAV1;
using Tiles = std::vector<Slice<VASliceParameterBufferAV1>>;
using Slots = std::array<std::shared_ptr<Surface>, V4L2_AV1_TOTAL_REFS_PER_FRAME>;

bool isIntra(const Picture &picture)
{
    const unsigned type = picture.pic_info_fields.bits.frame_type;
    return type == V4L2_AV1_KEY_FRAME || type == V4L2_AV1_INTRA_ONLY_FRAME;
}

/// Such a key frame takes all eight slots.
bool isShownKeyFrame(const Picture &picture)
{
    return picture.pic_info_fields.bits.frame_type == V4L2_AV1_KEY_FRAME &&
           picture.pic_info_fields.bits.show_frame;
}

/// Where the samples go, and what else names the picture.
struct Output {
    std::shared_ptr<Surface> target;
    std::vector<VASurfaceID> names; ///< all surfaces of the picture, the target's among them
};

class Av1Translator : public CodecTranslator {
public:
    VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                         const SurfaceLookup &surfaces) override;

private:
    void forget(const Picture &picture, const SurfaceLookup &surfaces);
    void addReferences(const Picture &picture, const Slots &slots, v4l2_ctrl_av1_frame &frame);

    /// Order hints of the pictures in surfaces: VA tells only the current one.
    std::map<VASurfaceID, uint32_t> orderHints_;
};

/// What contradicts itself or cannot be said to V4L2. The rest is the decoder's to
/// judge.
VAStatus check(const Picture &picture)
{
    constexpr uint8_t kProfileMain = 0;
    constexpr uint8_t kTenBits = 1;
    if (picture.pic_info_fields.bits.large_scale_tile) {
        return VA_STATUS_ERROR_UNIMPLEMENTED;
    }
    const bool knownWarps = std::ranges::all_of(picture.wm, [](const auto &warp) {
        return static_cast<unsigned>(warp.wmtype) < VAAV1TransformationCount;
    });
    if (picture.profile != kProfileMain || picture.bit_depth_idx > kTenBits ||
        picture.interp_filter > V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE || !knownWarps) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    const bool knownReferences = std::ranges::all_of(
        picture.ref_frame_idx, [](uint8_t slot) { return slot < V4L2_AV1_TOTAL_REFS_PER_FRAME; });
    return isIntra(picture) || knownReferences ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_BUFFER;
}

/// The surfaces of the picture. Clients begin it on either of them.
VaResult<Output> findOutput(const Picture &picture, VASurfaceID begun,
                            const SurfaceLookup &surfaces)
{
    const VASurfaceID reconstruction = picture.current_frame;
    const VASurfaceID shown =
        av1AppliesGrain(picture) ? picture.current_display_picture : reconstruction;
    Output output{surfaces(shown), {shown}};
    if (reconstruction != shown) {
        output.names.push_back(reconstruction);
    }
    if (!output.target || !surfaces(reconstruction) ||
        std::ranges::find(output.names, begun) == output.names.end()) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    return output;
}

/// The surfaces of all eight slots: which of them a later frame uses is not known
/// yet. Clients put anything into slots that hold nothing, so it is only those in
/// use that have to exist. False: one does not.
bool findSlots(const Picture &picture, const SurfaceLookup &surfaces, Slots &slots)
{
    for (size_t i = 0; i < slots.size(); ++i) {
        slots[i] = surfaces(picture.ref_frame_map[i]);
    }
    return isIntra(picture) || std::ranges::all_of(picture.ref_frame_idx, [&](uint8_t slot) {
               return slots[slot] || picture.ref_frame_map[slot] == VA_INVALID_SURFACE;
           });
}

/// Puts the tiles one after the other, in the order of their numbers. False: there
/// is not exactly one for each place in the frame.
bool addTiles(const Tiles &tiles, const v4l2_av1_tile_info &info, StatelessRequest &request)
{
    const size_t count = size_t{info.tile_cols} * info.tile_rows;
    std::vector<const Tiles::value_type *> ordered(count);
    for (const auto &tile : tiles) {
        if (tile.params.tile_row >= info.tile_rows || tile.params.tile_column >= info.tile_cols) {
            return false;
        }
        auto &place =
            ordered[size_t{tile.params.tile_row} * info.tile_cols + tile.params.tile_column];
        if (std::exchange(place, &tile) != nullptr) {
            return false;
        }
    }
    if (tiles.size() != count) {
        return false;
    }
    std::vector<v4l2_ctrl_av1_tile_group_entry> entries;
    for (const auto *tile : ordered) {
        entries.push_back({static_cast<uint32_t>(request.bitstream.size()),
                           static_cast<uint32_t>(tile->data.size()), tile->params.tile_row,
                           tile->params.tile_column});
        request.bitstream.insert(request.bitstream.end(), tile->data.begin(), tile->data.end());
    }
    request.controls.setBytes(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
                              std::as_bytes(std::span(entries)));
    return true;
}

/// Forgets order hints that no frame will need: those of surfaces that are no longer
/// among the references, or no longer exist where the references are not known.
void Av1Translator::forget(const Picture &picture, const SurfaceLookup &surfaces)
{
    const bool known = picture.pic_info_fields.bits.frame_type != V4L2_AV1_KEY_FRAME;
    std::erase_if(orderHints_, [&](const auto &entry) {
        const VASurfaceID id = entry.first;
        return known
                   ? std::ranges::find(picture.ref_frame_map, id) == std::end(picture.ref_frame_map)
                   : isShownKeyFrame(picture) || !surfaces(id);
    });
}

void Av1Translator::addReferences(const Picture &picture, const Slots &slots,
                                  v4l2_ctrl_av1_frame &frame)
{
    for (size_t i = 0; i < slots.size(); ++i) {
        frame.reference_frame_ts[i] = slots[i] ? slots[i]->reference().timestamp : 0;
    }
    // Shown key frames and switch frames; of others VA does not tell it, and
    // none is what the decoder takes for unknown.
    const unsigned type = picture.pic_info_fields.bits.frame_type;
    frame.refresh_frame_flags =
        isShownKeyFrame(picture) || type == V4L2_AV1_SWITCH_FRAME ? UINT8_MAX : 0;
    if (isIntra(picture)) {
        return;
    }
    bitstream::Av1OrderHints hints;
    for (size_t i = 0; i < hints.size(); ++i) {
        const uint8_t slot = picture.ref_frame_idx[i];
        frame.ref_frame_idx[i] = static_cast<int8_t>(slot);
        const auto known = orderHints_.find(picture.ref_frame_map[slot]);
        if (known != orderHints_.end()) {
            hints[i] = known->second;
            frame.order_hints[V4L2_AV1_REF_LAST_FRAME + i] = known->second;
        }
    }
    if (!picture.seq_info_fields.fields.enable_order_hint ||
        !picture.mode_control_fields.bits.reference_select) {
        return;
    }
    if (const auto frames = bitstream::av1SkipModeFrames(picture.order_hint_bits_minus_1 + 1U,
                                                         picture.order_hint, hints)) {
        frame.skip_mode_frame[0] = static_cast<uint8_t>(V4L2_AV1_REF_LAST_FRAME + frames->first);
        frame.skip_mode_frame[1] = static_cast<uint8_t>(V4L2_AV1_REF_LAST_FRAME + frames->second);
        frame.flags |= V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED;
    }
}

VaResult<StatelessRequest> Av1Translator::translate(const PictureBuffers &buffers,
                                                    VASurfaceID target,
                                                    const SurfaceLookup &surfaces)
{
    const auto picture = buffers.pictureAs<Picture>();
    const auto tiles = collectSlices<VASliceParameterBufferAV1>(buffers);
    if (!picture || !tiles) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    if (const VAStatus status = check(*picture); status != VA_STATUS_SUCCESS) {
        return vaFail(status);
    }
    const auto output = findOutput(*picture, target, surfaces);
    Slots slots;
    if (!output || !findSlots(*picture, surfaces, slots)) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    StatelessRequest request;
    v4l2_ctrl_av1_frame frame = av1Frame(*picture);
    const auto tileInfo = av1TileInfo(*picture, frame.frame_width_minus_1 + 1);
    if (!tileInfo || !addTiles(*tiles, *tileInfo, request)) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }

    frame.tile_info = *tileInfo;
    forget(*picture, surfaces);
    addReferences(*picture, slots, frame);
    request.controls.set(V4L2_CID_STATELESS_AV1_SEQUENCE, av1Sequence(*picture));
    request.controls.set(V4L2_CID_STATELESS_AV1_FRAME, frame);
    request.controls.set(V4L2_CID_STATELESS_AV1_FILM_GRAIN, av1FilmGrain(*picture));
    request.codedWidth = frame.upscaled_width;
    request.codedHeight = frame.frame_height_minus_1 + 1;
    request.target = output->target;
    for (const VASurfaceID name : output->names) {
        orderHints_[name] = picture->order_hint;
        if (auto surface = surfaces(name); surface != output->target) {
            request.aliases.push_back(std::move(surface));
        }
    }
    for (auto &surface : slots) {
        if (surface) {
            request.references.push_back(std::move(surface));
        }
    }
    return request;
}

} // namespace

std::unique_ptr<CodecTranslator> createAv1Translator(VAProfile /*profile*/)
{
    return std::make_unique<Av1Translator>();
}

std::vector<VASurfaceID> av1References(const PictureBuffers &buffers)
{
    const auto picture = buffers.pictureAs<Picture>();
    if (!picture || isShownKeyFrame(*picture)) {
        return {};
    }
    return {std::begin(picture->ref_frame_map), std::end(picture->ref_frame_map)};
}

} // namespace daedalus::va
