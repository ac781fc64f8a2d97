// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/reference_sets.h"

#include <algorithm>

namespace daedalus::bitstream {

namespace {

constexpr uint32_t kMaxDelta = 1U << 15;

using Entry = HevcShortTermSet::Entry;

unsigned countUsed(const std::vector<Entry> &entries)
{
    return static_cast<unsigned>(std::count_if(entries.begin(), entries.end(),
                                               [](const Entry &entry) { return entry.used; }));
}

/// The explicit half of a set: pictures on one side of the current one.
bool readSide(BitReader &reader, uint32_t count, int32_t sign, std::vector<Entry> &entries)
{
    int32_t delta = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t step = reader.ue(); // delta_poc_s0_minus1, delta_poc_s1_minus1
        if (step >= kMaxDelta) {
            return false;
        }
        delta += sign * static_cast<int32_t>(step + 1);
        entries.push_back({.deltaPoc = delta, .used = reader.flag()});
    }
    return !reader.failed();
}

/// What inter RPS prediction says of each picture of the reference set, and of the
/// current picture's own reference point, which comes last.
struct Prediction {
    int32_t deltaRps = 0;
    std::vector<bool> used;
    std::vector<bool> kept; ///< use_delta_flag
};

std::optional<Prediction> readPrediction(BitReader &reader, size_t numDeltaPocs)
{
    Prediction prediction;
    const bool negative = reader.flag();
    const uint32_t magnitude = reader.ue(); // abs_delta_rps_minus1
    if (magnitude >= kMaxDelta) {
        return std::nullopt;
    }
    prediction.deltaRps = static_cast<int32_t>(magnitude + 1) * (negative ? -1 : 1);
    for (size_t j = 0; j <= numDeltaPocs; ++j) {
        prediction.used.push_back(reader.flag());
        prediction.kept.push_back(prediction.used.back() || reader.flag());
    }
    return reader.failed() ? std::nullopt : std::optional(std::move(prediction));
}

/// (7-61) and (7-62): both take the same candidates, sorted by distance.
HevcShortTermSet predict(const HevcShortTermSet &reference, const Prediction &prediction)
{
    std::vector<Entry> candidates;
    size_t j = 0;
    const auto consider = [&](int32_t delta) {
        if (prediction.kept[j]) {
            candidates.push_back(
                {.deltaPoc = delta + prediction.deltaRps, .used = prediction.used[j]});
        }
        ++j;
    };
    for (const Entry &entry : reference.before) {
        consider(entry.deltaPoc);
    }
    for (const Entry &entry : reference.after) {
        consider(entry.deltaPoc);
    }
    consider(0);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Entry &a, const Entry &b) { return a.deltaPoc < b.deltaPoc; });
    HevcShortTermSet set;
    set.predictedFrom = static_cast<uint8_t>(reference.size());
    for (const Entry &entry : candidates) {
        if (entry.deltaPoc < 0) {
            set.before.insert(set.before.begin(), entry);
        } else if (entry.deltaPoc > 0) {
            set.after.push_back(entry);
        }
    }
    return set;
}

std::optional<HevcShortTermSet> readPredicted(BitReader &reader,
                                              std::span<const HevcShortTermSet> known, bool inSlice)
{
    const uint32_t back = inSlice ? reader.ue() : 0; // delta_idx_minus1
    if (back >= known.size()) {
        return std::nullopt;
    }
    const HevcShortTermSet &reference = known[known.size() - 1 - back];
    const auto prediction = readPrediction(reader, reference.size());
    return prediction ? std::optional(predict(reference, *prediction)) : std::nullopt;
}

} // namespace

unsigned HevcShortTermSet::usedCount() const
{
    return countUsed(before) + countUsed(after);
}

std::optional<HevcShortTermSet>
readHevcShortTermSet(BitReader &reader, std::span<const HevcShortTermSet> known, bool inSlice)
{
    const bool predicted = !known.empty() && reader.flag(); // inter_ref_pic_set_prediction_flag
    std::optional<HevcShortTermSet> set;
    if (predicted) {
        set = readPredicted(reader, known, inSlice);
    } else {
        const uint32_t before = reader.ue();
        const uint32_t after = reader.ue();
        set.emplace();
        if (before > kHevcMaxPictures || after > kHevcMaxPictures ||
            !readSide(reader, before, -1, set->before) || !readSide(reader, after, 1, set->after)) {
            return std::nullopt;
        }
    }
    return set && set->size() < kHevcMaxPictures && !reader.failed() ? std::move(set)
                                                                     : std::nullopt;
}

bool skipHevcPredictedSet(BitReader &reader, unsigned numDeltaPocs)
{
    reader.ue(); // delta_idx_minus1
    return readPrediction(reader, numDeltaPocs).has_value();
}

} // namespace daedalus::bitstream
