// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/scaling.h"

#include <algorithm>
#include <span>

#include "bitstream/scan.h"

namespace daedalus::bitstream {

namespace {

using Source = H264ScalingLists::Source;

// Tables 7-3 and 7-4, in zig-zag order: intra, inter.
constexpr std::array<std::array<uint8_t, 16>, 2> kDefault4x4{{
    {6, 13, 13, 20, 20, 20, 28, 28, 28, 28, 32, 32, 32, 37, 37, 42},
    {10, 14, 14, 20, 20, 20, 24, 24, 24, 24, 27, 27, 27, 30, 30, 34},
}};
constexpr std::array<std::array<uint8_t, 64>, 2> kDefault8x8{{
    {6,  10, 10, 13, 11, 13, 16, 16, 16, 16, 18, 18, 18, 18, 18, 23, 23, 23, 23, 23, 23, 25,
     25, 25, 25, 25, 25, 25, 27, 27, 27, 27, 27, 27, 27, 27, 29, 29, 29, 29, 29, 29, 29, 31,
     31, 31, 31, 31, 31, 33, 33, 33, 33, 33, 36, 36, 36, 36, 38, 38, 38, 40, 40, 42},
    {9,  13, 13, 15, 13, 15, 17, 17, 17, 17, 19, 19, 19, 19, 19, 21, 21, 21, 21, 21, 21, 22,
     22, 22, 22, 22, 22, 22, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 27,
     27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 30, 30, 30, 30, 32, 32, 32, 33, 33, 35},
}};

/// scaling_list() of 7.3.2.1.1.1; false: the default list is meant.
bool readList(BitReader &reader, std::span<uint8_t> list)
{
    int last = 8;
    int next = 8;
    for (size_t i = 0; i < list.size(); ++i) {
        if (next != 0) {
            next = static_cast<int>((int64_t{last} + reader.se()) & 0xff);
            if (i == 0 && next == 0) {
                return false;
            }
        }
        last = next == 0 ? last : next;
        list[i] = static_cast<uint8_t>(last);
    }
    return true;
}

/// All twelve lists after the fall-back rules.
struct Resolved {
    std::array<std::array<uint8_t, 16>, 6> lists4x4{};
    std::array<std::array<uint8_t, 64>, 6> lists8x8{};
};

/// @param distance how many lists back the fall-back of all but the first lies
template <size_t N>
void resolve(std::array<std::array<uint8_t, N>, 6> &out,
             const std::array<std::array<uint8_t, N>, 6> &in, std::span<const Source> sources,
             const std::array<std::array<uint8_t, N>, 2> &defaults,
             const std::array<std::array<uint8_t, N>, 6> *sequence)
{
    constexpr bool kLarge = N == 64;
    for (size_t i = 0; i < out.size(); ++i) {
        // 4x4: three intra lists, three inter lists; 8x8: they alternate.
        const size_t inter = kLarge ? i % 2 : i / 3;
        const bool first = kLarge ? i < 2 : i % 3 == 0;
        switch (sources[i]) {
        case Source::Transmitted:
            out[i] = in[i];
            break;
        case Source::Default:
            out[i] = defaults[inter];
            break;
        case Source::FallBack:
            if (!first) {
                out[i] = out[i - (kLarge ? 2 : 1)];
            } else {
                out[i] = sequence != nullptr ? (*sequence)[i] : defaults[inter];
            }
            break;
        }
    }
}

Resolved resolveLists(const H264ScalingLists &lists, const Resolved *sequence)
{
    Resolved resolved;
    const std::span<const Source> sources(lists.source);
    resolve(resolved.lists4x4, lists.lists4x4, sources.first(6), kDefault4x4,
            sequence != nullptr ? &sequence->lists4x4 : nullptr);
    resolve(resolved.lists8x8, lists.lists8x8, sources.subspan(6), kDefault8x8,
            sequence != nullptr ? &sequence->lists8x8 : nullptr);
    return resolved;
}

Resolved flatLists()
{
    Resolved flat;
    for (auto &list : flat.lists4x4) {
        list.fill(16);
    }
    for (auto &list : flat.lists8x8) {
        list.fill(16);
    }
    return flat;
}

} // namespace

H264ScalingLists readH264ScalingLists(BitReader &reader, unsigned count)
{
    H264ScalingLists lists;
    lists.present = true;
    for (unsigned i = 0; i < std::min(count, 12U); ++i) {
        if (!reader.flag()) {
            continue;
        }
        const std::span<uint8_t> list = i < 6 ? std::span<uint8_t>(lists.lists4x4[i])
                                              : std::span<uint8_t>(lists.lists8x8[i - 6]);
        lists.source[i] = readList(reader, list) ? Source::Transmitted : Source::Default;
    }
    return lists;
}

v4l2_ctrl_h264_scaling_matrix h264ScalingMatrix(const H264ScalingLists &sps,
                                                const H264ScalingLists &pps)
{
    Resolved lists = sps.present ? resolveLists(sps, nullptr) : flatLists();
    if (pps.present) {
        // Rule set B falls back to the sequence's lists, A to the default ones.
        const Resolved sequence = lists;
        lists = resolveLists(pps, sps.present ? &sequence : nullptr);
    }
    v4l2_ctrl_h264_scaling_matrix matrix{};
    for (size_t list = 0; list < 6; ++list) {
        for (size_t i = 0; i < 16; ++i) {
            matrix.scaling_list_4x4[list][kZigzag4x4[i]] = lists.lists4x4[list][i];
        }
        for (size_t i = 0; i < 64; ++i) {
            matrix.scaling_list_8x8[list][kZigzag8x8[i]] = lists.lists8x8[list][i];
        }
    }
    return matrix;
}

} // namespace daedalus::bitstream
