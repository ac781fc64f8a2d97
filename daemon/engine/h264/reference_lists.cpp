// SPDX-License-Identifier: BSD-2-Clause
#include "engine/h264/reference_lists.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace daedalus::engine {
namespace {

constexpr uint8_t kTop = V4L2_H264_TOP_FIELD_REF;
constexpr uint8_t kBottom = V4L2_H264_BOTTOM_FIELD_REF;
constexpr uint8_t kFrame = V4L2_H264_FRAME_REF;

class ListBuilder {
public:
    ListBuilder(const bitstream::H264SliceHeader &header,
                const bitstream::H264Parameters &parameters,
                const std::vector<H264Reference> &references, uint64_t timestamp)
        : header_(header), parameters_(parameters), references_(references), timestamp_(timestamp)
    {}

    [[nodiscard]] H264ReferenceList build(unsigned list) const
    {
        H264ReferenceList entries = initial(list);
        // 8.2.4.2.3, 8.2.4.2.5: a second list that would be the same as the first.
        if (list == 1 && entries.size() > 1 && entries == initial(0)) {
            std::swap(entries[0], entries[1]);
        }
        const size_t active = header_.numRefIdxActive[list];
        entries.resize(std::min(entries.size(), active));
        modify(entries, list, active);
        return entries;
    }

private:
    using Pictures = std::vector<const H264Reference *>;

    [[nodiscard]] uint8_t ownParity() const { return header_.bottomField ? kBottom : kTop; }
    [[nodiscard]] bool isB() const { return header_.sliceType == V4L2_H264_SLICE_TYPE_B; }

    [[nodiscard]] int32_t ownOrderCnt() const
    {
        const auto &decode = parameters_.decode;
        if (!header_.fieldPic) {
            return std::min(decode.top_field_order_cnt, decode.bottom_field_order_cnt);
        }
        return header_.bottomField ? decode.bottom_field_order_cnt : decode.top_field_order_cnt;
    }

    [[nodiscard]] int32_t orderCnt(const H264Reference &reference) const
    {
        // Of the current frame there is the first field only.
        if (header_.fieldPic && !reference.madeUp && reference.timestamp == timestamp_) {
            return header_.bottomField ? reference.topOrderCnt : reference.bottomOrderCnt;
        }
        return std::min(reference.topOrderCnt, reference.bottomOrderCnt);
    }

    /// A slice of a frame refers to whole frames only.
    [[nodiscard]] Pictures select(bool longTerm) const
    {
        Pictures pictures;
        for (const H264Reference &reference : references_) {
            if (reference.longTerm == longTerm &&
                (header_.fieldPic ? reference.fields != 0 : reference.fields == kFrame)) {
                pictures.push_back(&reference);
            }
        }
        return pictures;
    }

    [[nodiscard]] Pictures shortTerm(unsigned list) const
    {
        Pictures pictures = select(false);
        if (!isB()) {
            std::ranges::stable_sort(
                pictures, [](const auto *a, const auto *b) { return a->number > b->number; });
            return pictures;
        }
        std::ranges::stable_sort(
            pictures, [this](const auto *a, const auto *b) { return orderCnt(*a) < orderCnt(*b); });
        // The first field of the current frame counts as one before the second, whatever its
        // number.
        const int32_t own = ownOrderCnt();
        const auto after =
            std::ranges::find_if(pictures, [this, own](const H264Reference *reference) {
                return header_.fieldPic ? orderCnt(*reference) > own : orderCnt(*reference) >= own;
            });
        std::reverse(pictures.begin(), after);
        if (list == 1) {
            std::rotate(pictures.begin(), after, pictures.end());
        }
        return pictures;
    }

    [[nodiscard]] Pictures longTerm() const
    {
        Pictures pictures = select(true);
        std::ranges::stable_sort(
            pictures, [](const auto *a, const auto *b) { return a->number < b->number; });
        return pictures;
    }

    static H264ListEntry entryOf(const H264Reference &reference, uint8_t fields)
    {
        return {.picture = reference, .fields = fields};
    }

    /// 8.2.4.2.5: fields of either parity in turns, and what is left of one at the end.
    void appendFields(H264ReferenceList &entries, const Pictures &pictures) const
    {
        const std::array parities{ownParity(), static_cast<uint8_t>(ownParity() ^ kFrame)};
        std::array<H264ReferenceList, 2> fields;
        for (size_t i = 0; i < parities.size(); ++i) {
            for (const H264Reference *reference : pictures) {
                if ((reference->fields & parities[i]) != 0) {
                    fields[i].push_back(entryOf(*reference, parities[i]));
                }
            }
        }
        for (size_t i = 0; i < std::max(fields[0].size(), fields[1].size()); ++i) {
            for (const H264ReferenceList &parity : fields) {
                if (i < parity.size()) {
                    entries.push_back(parity[i]);
                }
            }
        }
    }

    [[nodiscard]] H264ReferenceList initial(unsigned list) const
    {
        H264ReferenceList entries;
        for (const Pictures &pictures : {shortTerm(list), longTerm()}) {
            if (header_.fieldPic) {
                appendFields(entries, pictures);
                continue;
            }
            for (const H264Reference *reference : pictures) {
                entries.push_back(entryOf(*reference, kFrame));
            }
        }
        return entries;
    }

    /// The picture with a PicNum or LongTermPicNum (8.2.4.1).
    [[nodiscard]] H264ListEntry find(int64_t number, bool longTerm) const
    {
        for (const H264Reference &reference : references_) {
            if (reference.longTerm != longTerm || reference.madeUp) {
                continue;
            }
            if (!header_.fieldPic) {
                if (reference.fields == kFrame && reference.number == number) {
                    return entryOf(reference, kFrame);
                }
                continue;
            }
            for (const uint8_t parity : {kTop, kBottom}) {
                if ((reference.fields & parity) != 0 &&
                    2 * reference.number + (parity == ownParity() ? 1 : 0) == number) {
                    return entryOf(reference, parity);
                }
            }
        }
        return {};
    }

    /// 8.2.4.3.
    void modify(H264ReferenceList &entries, unsigned list, size_t active) const
    {
        const int64_t maxFrameNum = int64_t{1} << (parameters_.sps.log2_max_frame_num_minus4 + 4);
        const int64_t maxPicNum = header_.fieldPic ? 2 * maxFrameNum : maxFrameNum;
        const int64_t current =
            header_.fieldPic ? 2 * int64_t{header_.frameNum} + 1 : int64_t{header_.frameNum};
        int64_t predicted = current;
        size_t position = 0;
        for (const auto &[idc, value] : header_.refListModifications[list]) {
            H264ListEntry entry;
            if (idc == 2) {
                entry = find(value, true);
            } else {
                const int64_t step = idc == 0 ? -(int64_t{value} + 1) : int64_t{value} + 1;
                predicted = (predicted + step % maxPicNum + maxPicNum) % maxPicNum;
                entry = find(predicted > current ? predicted - maxPicNum : predicted, false);
            }
            if (position >= active) {
                return;
            }
            place(entries, position++, entry, active);
        }
    }

    static void place(H264ReferenceList &entries, size_t position, const H264ListEntry &entry,
                      size_t active)
    {
        entries.resize(std::max(entries.size(), position));
        const auto placed =
            entries.insert(entries.begin() + static_cast<ptrdiff_t>(position), entry);
        entries.erase(std::remove(placed + 1, entries.end(), entry), entries.end());
        entries.resize(std::min(entries.size(), active));
    }

    const bitstream::H264SliceHeader &header_;
    const bitstream::H264Parameters &parameters_;
    const std::vector<H264Reference> &references_;
    uint64_t timestamp_;
};

} // namespace

std::vector<H264Reference> h264ReferencesOf(const bitstream::H264SliceHeader &header,
                                            const bitstream::H264Parameters &parameters)
{
    const int64_t maxFrameNum = int64_t{1} << (parameters.sps.log2_max_frame_num_minus4 + 4);
    std::vector<H264Reference> references;
    for (const v4l2_h264_dpb_entry &entry : parameters.decode.dpb) {
        if ((entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) == 0) {
            continue;
        }
        const bool longTerm = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0;
        const bool wraps = !longTerm && entry.frame_num > header.frameNum;
        references.push_back({.timestamp = entry.reference_ts,
                              .number = entry.frame_num - (wraps ? maxFrameNum : 0),
                              .longTerm = longTerm,
                              .fields = static_cast<uint8_t>(entry.fields & kFrame),
                              .topOrderCnt = entry.top_field_order_cnt,
                              .bottomOrderCnt = entry.bottom_field_order_cnt});
    }
    return references;
}

H264ReferenceList h264ReferenceList(const bitstream::H264SliceHeader &header,
                                    const bitstream::H264Parameters &parameters,
                                    const std::vector<H264Reference> &references, unsigned list,
                                    uint64_t timestamp)
{
    return ListBuilder(header, parameters, references, timestamp).build(list);
}

} // namespace daedalus::engine
