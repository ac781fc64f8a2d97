// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/references.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <span>

#include "bitstream/hevc/parameter_writer.h"

namespace daedalus::bitstream {
namespace {

using Entry = HevcShortTermSet::Entry;

constexpr uint8_t kNoPicture = 0xff;

bool contains(std::span<const uint8_t> list, unsigned count, unsigned index)
{
    const auto used = list.first(count);
    return std::find(used.begin(), used.end(), index) != used.end();
}

class Collector {
public:
    Collector(const v4l2_ctrl_hevc_decode_params &decode,
              const std::vector<HevcPictureName> &decoded)
        : decode_(decode), decoded_(decoded)
    {}

    Result<HevcReferences> collect();

private:
    [[nodiscard]] bool isDecoded(const HevcPictureName &name) const
    {
        return std::find(decoded_.begin(), decoded_.end(), name) != decoded_.end();
    }
    [[nodiscard]] HevcPictureName nameOf(unsigned index) const
    {
        return {decode_.dpb[index].pic_order_cnt_val, decode_.dpb[index].timestamp};
    }
    [[nodiscard]] bool isUsed(unsigned index) const;
    void addUsed(std::span<const uint8_t> list, unsigned count, std::vector<Entry> &side);
    void addUsedLongTerm();
    void addOthers();
    void keep(const HevcPictureName &name);
    void addMissing(unsigned before, unsigned after);
    bool sortSide(std::vector<Entry> &side, int sign);

    const v4l2_ctrl_hevc_decode_params &decode_;
    const std::vector<HevcPictureName> &decoded_;
    HevcReferences references_;
};

void Collector::keep(const HevcPictureName &name)
{
    references_.pictures.push_back(name);
    references_.known = references_.known || isDecoded(name);
}

bool Collector::isUsed(unsigned index) const
{
    return contains(decode_.poc_st_curr_before, decode_.num_poc_st_curr_before, index) ||
           contains(decode_.poc_st_curr_after, decode_.num_poc_st_curr_after, index) ||
           contains(decode_.poc_lt_curr, decode_.num_poc_lt_curr, index);
}

void Collector::addUsed(std::span<const uint8_t> list, unsigned count, std::vector<Entry> &side)
{
    for (const uint8_t index : list.first(count)) {
        if (index != kNoPicture) {
            const int64_t delta =
                int64_t{decode_.dpb[index].pic_order_cnt_val} - decode_.pic_order_cnt_val;
            // What is too far away is found out when the side is sorted.
            constexpr int64_t kMost = 1 << 20;
            side.push_back(
                {.deltaPoc = static_cast<int32_t>(std::clamp(delta, -kMost, kMost)), .used = true});
            keep(nameOf(index));
        }
    }
}

void Collector::addUsedLongTerm()
{
    constexpr uint32_t kLsbMask = (1U << kHevcPicOrderCntBits) - 1;
    for (const uint8_t index : std::span(decode_.poc_lt_curr).first(decode_.num_poc_lt_curr)) {
        // A missing one has some number; nothing can tell which.
        const uint32_t poc = index != kNoPicture
                                 ? static_cast<uint32_t>(decode_.dpb[index].pic_order_cnt_val)
                                 : static_cast<uint32_t>(decode_.pic_order_cnt_val) + 0x8000;
        references_.longTerm.push_back({.pocLsb = poc & kLsbMask, .used = true});
        if (index != kNoPicture) {
            keep(nameOf(index));
        }
    }
}

/// Pictures that only later ones refer to.
void Collector::addOthers()
{
    constexpr uint32_t kLsbMask = (1U << kHevcPicOrderCntBits) - 1;
    for (unsigned index = 0; index < decode_.num_active_dpb_entries; ++index) {
        const HevcPictureName name = nameOf(index);
        if (isUsed(index) || !isDecoded(name) || name.poc == decode_.pic_order_cnt_val) {
            continue;
        }
        if ((decode_.dpb[index].flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) != 0) {
            references_.longTerm.push_back({.pocLsb = static_cast<uint32_t>(name.poc) & kLsbMask});
        } else {
            const int64_t delta = int64_t{name.poc} - decode_.pic_order_cnt_val;
            if (std::abs(delta) >= 1 << 15) {
                continue; // as good as gone: no set could name it
            }
            auto &side = delta < 0 ? references_.shortTerm.before : references_.shortTerm.after;
            side.push_back({.deltaPoc = static_cast<int32_t>(delta), .used = false});
        }
        keep(name);
    }
}

/// Nearest first. False: two are the same, or one is on the wrong side or too far away.
bool Collector::sortSide(std::vector<Entry> &side, int sign)
{
    std::sort(side.begin(), side.end(), [](const Entry &a, const Entry &b) {
        return std::abs(a.deltaPoc) < std::abs(b.deltaPoc);
    });
    int32_t previous = 0;
    for (const Entry &entry : side) {
        const int32_t step = (entry.deltaPoc - previous) * sign;
        if (step <= 0 || step > 1 << 15) {
            return false;
        }
        previous = entry.deltaPoc;
    }
    return true;
}

/// References that are missing come last: they have to be there, or the others would be
/// counted wrongly.
void Collector::addMissing(unsigned before, unsigned after)
{
    const auto extend = [](std::vector<Entry> &side, unsigned count, int sign) {
        for (; count > 0; --count) {
            const int32_t last = side.empty() ? 0 : side.back().deltaPoc;
            side.push_back({.deltaPoc = last + sign, .used = true});
        }
    };
    extend(references_.shortTerm.before, before, -1);
    extend(references_.shortTerm.after, after, 1);
}

Result<HevcReferences> Collector::collect()
{
    HevcShortTermSet &set = references_.shortTerm;
    addUsed(decode_.poc_st_curr_before, decode_.num_poc_st_curr_before, set.before);
    addUsed(decode_.poc_st_curr_after, decode_.num_poc_st_curr_after, set.after);
    const auto missingBefore =
        decode_.num_poc_st_curr_before - static_cast<unsigned>(set.before.size());
    const auto missingAfter =
        decode_.num_poc_st_curr_after - static_cast<unsigned>(set.after.size());
    addUsedLongTerm();
    addOthers();
    if (!sortSide(set.before, -1) || !sortSide(set.after, 1)) {
        return fail(EINVAL, "H.265: the picture order counts of the references make no sense");
    }
    addMissing(missingBefore, missingAfter);
    if (set.before.size() + set.after.size() + references_.longTerm.size() > kHevcMaxPictures) {
        return fail(EINVAL, "H.265: there are too many references");
    }
    return std::move(references_);
}

} // namespace

uint32_t HevcReferences::usedCount() const
{
    return shortTerm.usedCount() + static_cast<uint32_t>(std::count_if(
                                       longTerm.begin(), longTerm.end(),
                                       [](const LongTerm &picture) { return picture.used; }));
}

Result<HevcReferences> collectHevcReferences(const v4l2_ctrl_hevc_decode_params &decode,
                                             const std::vector<HevcPictureName> &decoded)
{
    return Collector(decode, decoded).collect();
}

} // namespace daedalus::bitstream
