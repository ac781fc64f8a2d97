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

} // namespace

int av1RelativeDistance(unsigned bits, uint32_t a, uint32_t b)
{
    if (bits == 0) {
        return 0;
    }
    const auto difference = static_cast<int>(a) - static_cast<int>(b);
    const int sign = 1 << (bits - 1);
    return (difference & (sign - 1)) - (difference & sign);
}

std::optional<std::pair<unsigned, unsigned>> av1SkipModeFrames(unsigned bits, uint32_t current,
                                                               const std::array<uint32_t, 7> &hints)
{
    std::optional<unsigned> forward;
    std::optional<unsigned> backward;
    for (unsigned i = 0; i < hints.size(); ++i) {
        const int distance = av1RelativeDistance(bits, hints[i], current);
        if (distance < 0 &&
            (!forward || av1RelativeDistance(bits, hints[i], hints[*forward]) > 0)) {
            forward = i;
        } else if (distance > 0 &&
                   (!backward || av1RelativeDistance(bits, hints[i], hints[*backward]) < 0)) {
            backward = i;
        }
    }
    if (!forward) {
        return std::nullopt;
    }
    if (backward) {
        return std::minmax(*forward, *backward);
    }
    std::optional<unsigned> second;
    for (unsigned i = 0; i < hints.size(); ++i) {
        if (av1RelativeDistance(bits, hints[i], hints[*forward]) < 0 &&
            (!second || av1RelativeDistance(bits, hints[i], hints[*second]) > 0)) {
            second = i;
        }
    }
    if (!second) {
        return std::nullopt;
    }
    return std::minmax(*forward, *second);
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
