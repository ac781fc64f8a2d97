// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/hevc_dpb.h"

#include <algorithm>

#include "tools/v4l2-decode/parser/output_order.h"

namespace daedalus::v4l2decode {

namespace {

size_t waiting(const std::vector<HevcPicture> &pictures)
{
    return static_cast<size_t>(
        std::count_if(pictures.begin(), pictures.end(),
                      [](const HevcPicture &picture) { return picture.neededForOutput; }));
}

/// Appends @p index to the list that a picture in use belongs to.
void list(v4l2_ctrl_hevc_decode_params &params, uint8_t index, bool longTerm, bool before)
{
    if (longTerm) {
        params.poc_lt_curr[params.num_poc_lt_curr++] = index;
    } else if (before) {
        params.poc_st_curr_before[params.num_poc_st_curr_before++] = index;
    } else {
        params.poc_st_curr_after[params.num_poc_st_curr_after++] = index;
    }
}

} // namespace

void HevcDpb::configure(const v4l2_ctrl_hevc_sps &sps)
{
    capacity_ = sps.sps_max_dec_pic_buffering_minus1 + 1U;
    maxReorder_ = sps.sps_max_num_reorder_pics;
    maxLatency_ = sps.sps_max_latency_increase_plus1 == 0
                      ? 0
                      : sps.sps_max_num_reorder_pics + sps.sps_max_latency_increase_plus1 - 1U;
}

/// The pictures of the reference picture set, in its order (8-5).
std::vector<HevcDpb::Wanted> HevcDpb::wantedBy(const bitstream::HevcSps &sps,
                                               const bitstream::HevcSliceHeader &slice,
                                               int32_t poc) const
{
    std::vector<Wanted> wanted;
    if (slice.shortTerm) {
        for (const auto *side : {&slice.shortTerm->before, &slice.shortTerm->after}) {
            for (const auto &entry : *side) {
                wanted.push_back({.poc = int64_t{poc} + entry.deltaPoc, .used = entry.used});
            }
        }
    }
    const int64_t maxLsb = int64_t{1} << (sps.control.log2_max_pic_order_cnt_lsb_minus4 + 4);
    for (const bitstream::HevcLongTermPicture &picture : slice.longTerm) {
        int64_t value = picture.pocLsb;
        if (picture.msbPresent) {
            value += poc - picture.deltaPocMsbCycle * maxLsb - (poc & (maxLsb - 1));
        }
        wanted.push_back(
            {.poc = value, .wholePoc = picture.msbPresent, .used = picture.used, .longTerm = true});
    }
    return wanted;
}

HevcPicture *HevcDpb::find(const Wanted &wanted, uint32_t pocMask)
{
    const auto matches = [&](const HevcPicture &picture) {
        if (!picture.reference) {
            return false;
        }
        return wanted.wholePoc ? picture.poc == wanted.poc
                               : (static_cast<uint32_t>(picture.poc) & pocMask) == wanted.poc;
    };
    const auto found = std::find_if(pictures_.begin(), pictures_.end(), matches);
    return found == pictures_.end() ? nullptr : &*found;
}

void HevcDpb::applyReferences(const bitstream::HevcSps &sps,
                              const bitstream::HevcSliceHeader &slice, int32_t poc,
                              v4l2_ctrl_hevc_decode_params &params)
{
    const uint32_t mask = (1U << (sps.control.log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;
    std::vector<HevcPicture *> kept;
    for (const Wanted &wanted : wantedBy(sps, slice, poc)) {
        HevcPicture *picture = find(wanted, mask);
        if (params.num_active_dpb_entries == V4L2_HEVC_DPB_ENTRIES_NUM_MAX ||
            (picture == nullptr && !wanted.used)) {
            continue;
        }
        const uint8_t index = params.num_active_dpb_entries++;
        auto &entry = params.dpb[index];
        entry.pic_order_cnt_val =
            picture != nullptr ? picture->poc : static_cast<int32_t>(wanted.poc);
        entry.timestamp = picture != nullptr ? picture->timestamp : 0;
        entry.flags = wanted.longTerm ? V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE : 0;
        if (wanted.used) {
            list(params, index, wanted.longTerm, entry.pic_order_cnt_val < poc);
        }
        if (picture != nullptr) {
            picture->longTerm = wanted.longTerm;
            kept.push_back(picture);
        }
    }
    for (HevcPicture &picture : pictures_) {
        picture.reference = std::find(kept.begin(), kept.end(), &picture) != kept.end();
    }
}

void HevcDpb::bumpWhileDue(std::vector<StreamEvent> &events)
{
    const auto late = [this] {
        return maxLatency_ != 0 &&
               std::any_of(pictures_.begin(), pictures_.end(), [this](const HevcPicture &picture) {
                   return picture.neededForOutput && picture.latency >= maxLatency_;
               });
    };
    while ((waiting(pictures_) > maxReorder_ || late()) && bump(pictures_, events)) {
    }
}

void HevcDpb::makeRoom(std::vector<StreamEvent> &events)
{
    releaseUnused(pictures_, events);
    bumpWhileDue(events);
    while (pictures_.size() >= capacity_ && bump(pictures_, events)) {
    }
}

void HevcDpb::add(const HevcPicture &picture, std::vector<StreamEvent> &events)
{
    if (picture.neededForOutput) {
        for (HevcPicture &other : pictures_) {
            other.latency += other.neededForOutput ? 1 : 0;
        }
    }
    pictures_.push_back(picture);
    bumpWhileDue(events);
}

void HevcDpb::flush(std::vector<StreamEvent> &events)
{
    for (HevcPicture &picture : pictures_) {
        picture.reference = false;
    }
    flushOutput(pictures_, events);
}

} // namespace daedalus::v4l2decode
