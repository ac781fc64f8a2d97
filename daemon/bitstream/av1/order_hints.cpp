// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/order_hints.h"

#include <algorithm>

namespace daedalus::bitstream {
namespace {

/// Indexes of the references, LAST first.
enum Reference : uint8_t { Last, Last2, Last3, Golden, Bwdref, Altref2, Altref };

/// Hands out the slots of an av1FrameRefs() call, each at most once.
class SlotChooser {
public:
    SlotChooser(unsigned bits, uint32_t current, const std::array<uint32_t, 8> &hints)
    {
        for (unsigned i = 0; i < hints.size(); ++i) {
            distance_[i] = av1RelativeDistance(bits, hints[i], current);
        }
    }

    void use(int8_t slot) { used_[static_cast<unsigned>(slot)] = true; }
    /// find_latest_backward(): shown last of those not shown before the current frame.
    int8_t latestBackward()
    {
        return pick([](int candidate, int best) { return candidate >= best; }, true);
    }
    /// find_earliest_backward()
    int8_t earliestBackward()
    {
        return pick([](int candidate, int best) { return candidate < best; }, true);
    }
    /// find_latest_forward(): shown last of those shown before the current frame.
    int8_t latestForward()
    {
        return pick([](int candidate, int best) { return candidate >= best; }, false);
    }
    /// The one shown first of all, used or not.
    [[nodiscard]] int8_t earliest() const
    {
        return static_cast<int8_t>(std::min_element(distance_.begin(), distance_.end()) -
                                   distance_.begin());
    }

private:
    template <typename Better>
    int8_t pick(Better better, bool backward)
    {
        int8_t best = -1;
        for (unsigned i = 0; i < distance_.size(); ++i) {
            if (!used_[i] && (distance_[i] >= 0) == backward &&
                (best < 0 || better(distance_[i], distance_[static_cast<unsigned>(best)]))) {
                best = static_cast<int8_t>(i);
            }
        }
        if (best >= 0) {
            use(best);
        }
        return best;
    }

    std::array<int, 8> distance_{};
    std::array<bool, 8> used_{};
};

/// Of the references that @p suits, the first of those for which no other is better.
template <typename Suits, typename Better>
std::optional<unsigned> pick(const Av1OrderHints &hints, Suits suits, Better better)
{
    std::optional<unsigned> best;
    for (unsigned i = 0; i < hints.size(); ++i) {
        if (hints[i] && suits(*hints[i]) && (!best || better(*hints[i], *hints[*best]))) {
            best = i;
        }
    }
    return best;
}

} // namespace

int av1RelativeDistance(unsigned bits, uint32_t a, uint32_t b)
{
    if (bits == 0) {
        return 0;
    }
    const uint32_t difference = a - b;
    const uint32_t sign = 1U << (bits - 1);
    return static_cast<int>(difference & (sign - 1)) - static_cast<int>(difference & sign);
}

std::optional<std::pair<unsigned, unsigned>> av1SkipModeFrames(unsigned bits, uint32_t current,
                                                               const Av1OrderHints &hints)
{
    const auto earlier = [bits](uint32_t a, uint32_t b) {
        return av1RelativeDistance(bits, a, b) < 0;
    };
    const auto later = [bits](uint32_t a, uint32_t b) {
        return av1RelativeDistance(bits, a, b) > 0;
    };
    const auto forward = pick(
        hints, [&](uint32_t hint) { return earlier(hint, current); }, later);
    if (!forward) {
        return std::nullopt;
    }
    auto other = pick(
        hints, [&](uint32_t hint) { return later(hint, current); }, earlier);
    if (!other) { // then both come before
        other = pick(
            hints, [&](uint32_t hint) { return earlier(hint, *hints[*forward]); }, later);
    }
    if (!other) {
        return std::nullopt;
    }
    return std::minmax(*forward, *other);
}

std::array<int8_t, 7> av1FrameRefs(unsigned bits, uint32_t current,
                                   const std::array<uint32_t, 8> &slotHints, uint8_t last,
                                   uint8_t golden)
{
    SlotChooser chooser(bits, current, slotHints);
    std::array<int8_t, 7> slots{};
    slots.fill(-1);
    slots[Last] = static_cast<int8_t>(last);
    slots[Golden] = static_cast<int8_t>(golden);
    chooser.use(slots[Last]);
    chooser.use(slots[Golden]);
    slots[Altref] = chooser.latestBackward();
    slots[Bwdref] = chooser.earliestBackward();
    slots[Altref2] = chooser.earliestBackward();
    for (const Reference reference : {Last2, Last3, Bwdref, Altref2, Altref}) {
        if (slots[reference] < 0) {
            slots[reference] = chooser.latestForward();
        }
    }
    const int8_t fallback = chooser.earliest();
    std::replace(slots.begin(), slots.end(), int8_t{-1}, fallback);
    return slots;
}

} // namespace daedalus::bitstream
