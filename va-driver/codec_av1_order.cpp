// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codec_av1_order.h"

#include <algorithm>

namespace daedalus::va {

namespace {

struct Candidate {
    unsigned index;
    uint32_t hint;
};

/// Of the references that @p suits, the first of those for which no other is
/// better.
template <typename Suits, typename Better>
std::optional<Candidate> pick(const Av1OrderHints &references, Suits suits, Better better)
{
    std::optional<Candidate> best;
    for (unsigned i = 0; i < references.size(); ++i) {
        const auto hint = references[i];
        if (hint && suits(*hint) && (!best || better(*hint, best->hint))) {
            best = Candidate{i, *hint};
        }
    }
    return best;
}

} // namespace

int av1RelativeDistance(unsigned orderHintBits, uint32_t a, uint32_t b)
{
    if (orderHintBits == 0) {
        return 0;
    }
    const uint32_t difference = a - b;
    const uint32_t sign = 1U << (orderHintBits - 1);
    return static_cast<int>(difference & (sign - 1)) - static_cast<int>(difference & sign);
}

std::optional<std::array<uint8_t, 2>> av1SkipModeFrames(unsigned orderHintBits, uint32_t current,
                                                        const Av1OrderHints &references)
{
    const auto later = [=](uint32_t a, uint32_t b) {
        return av1RelativeDistance(orderHintBits, a, b) > 0;
    };
    const auto earlier = [=](uint32_t a, uint32_t b) { return later(b, a); };
    const auto forward = pick(
        references, [&](uint32_t hint) { return later(current, hint); }, later);
    if (!forward) {
        return std::nullopt;
    }
    auto other = pick(
        references, [&](uint32_t hint) { return later(hint, current); }, earlier);
    if (!other) { // then both come before
        other = pick(
            references, [&](uint32_t hint) { return later(forward->hint, hint); }, later);
    }
    if (!other) {
        return std::nullopt;
    }
    const auto [low, high] = std::minmax(forward->index, other->index);
    return std::array{static_cast<uint8_t>(V4L2_AV1_REF_LAST_FRAME + low),
                      static_cast<uint8_t>(V4L2_AV1_REF_LAST_FRAME + high)};
}

} // namespace daedalus::va
