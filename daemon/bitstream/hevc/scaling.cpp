// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/scaling.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "bitstream/scan.h"

namespace daedalus::bitstream {

namespace {

constexpr uint8_t kFlat = 16;
constexpr unsigned kSizes = 4;       ///< 4x4, 8x8, 16x16, 32x32
constexpr unsigned kMatrices = 6;    ///< intra Y, Cb, Cr, inter Y, Cb, Cr
constexpr unsigned kLargestSize = 3; ///< 32x32, which chroma of 4:2:0 does not have

/// Table 7-6, in the order of the scan.
constexpr std::array<uint8_t, 64> kDefaultIntra{
    16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 16, 17, 16, 17, 18, 17, 18, 18, 17, 18, 21,
    19, 20, 21, 20, 19, 21, 24, 22, 22, 24, 24, 22, 22, 24, 25, 25, 27, 30, 27, 25, 25, 29,
    31, 35, 35, 31, 29, 36, 41, 44, 41, 36, 47, 54, 54, 47, 65, 70, 65, 88, 88, 115};
constexpr std::array<uint8_t, 64> kDefaultInter{
    16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 20,
    20, 20, 20, 20, 20, 20, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 28,
    28, 28, 28, 28, 28, 33, 33, 33, 33, 33, 41, 41, 41, 41, 54, 54, 54, 71, 71, 91};

/// One list and its DC coefficient, wherever the control has them.
struct List {
    std::span<uint8_t> values;
    uint8_t *dc = nullptr; ///< null for 4x4 and 8x8, which have none of their own
};

List listOf(v4l2_ctrl_hevc_scaling_matrix &matrix, unsigned size, unsigned id)
{
    switch (size) {
    case 0:
        return {matrix.scaling_list_4x4[id], nullptr};
    case 1:
        return {matrix.scaling_list_8x8[id], nullptr};
    case 2:
        return {matrix.scaling_list_16x16[id], &matrix.scaling_list_dc_coef_16x16[id]};
    default:
        return {matrix.scaling_list_32x32[id / 3], &matrix.scaling_list_dc_coef_32x32[id / 3]};
    }
}

void setDefault(const List &list, unsigned id)
{
    if (list.values.size() == kDiagonal4x4.size()) {
        std::fill(list.values.begin(), list.values.end(), kFlat);
        return;
    }
    const auto &values = id < 3 ? kDefaultIntra : kDefaultInter;
    for (size_t i = 0; i < values.size(); ++i) {
        list.values[kDiagonal8x8[i]] = values[i];
    }
    if (list.dc != nullptr) {
        *list.dc = kFlat;
    }
}

bool readExplicit(BitReader &reader, const List &list)
{
    int32_t next = 8;
    if (list.dc != nullptr) {
        next = reader.se() + 8; // scaling_list_dc_coef_minus8
        if (next < 1 || next > 255) {
            return false;
        }
        *list.dc = static_cast<uint8_t>(next);
    }
    const std::span<const uint8_t> scan = list.values.size() == kDiagonal4x4.size()
                                              ? std::span<const uint8_t>(kDiagonal4x4)
                                              : kDiagonal8x8;
    for (const uint8_t position : scan) {
        next = (next + reader.se()) & 255;
        list.values[position] = static_cast<uint8_t>(next);
    }
    return !reader.failed();
}

bool readList(BitReader &reader, v4l2_ctrl_hevc_scaling_matrix &matrix, unsigned size, unsigned id)
{
    const List list = listOf(matrix, size, id);
    if (reader.flag()) { // scaling_list_pred_mode_flag
        return readExplicit(reader, list);
    }
    const unsigned step = size == kLargestSize ? 3 : 1;
    const uint32_t delta = reader.ue(); // scaling_list_pred_matrix_id_delta
    if (delta > id / step) {
        return false;
    }
    if (delta == 0) {
        setDefault(list, id);
        return true;
    }
    const List reference = listOf(matrix, size, id - delta * step);
    std::copy(reference.values.begin(), reference.values.end(), list.values.begin());
    if (list.dc != nullptr) {
        *list.dc = *reference.dc;
    }
    return true;
}

} // namespace

v4l2_ctrl_hevc_scaling_matrix hevcDefaultScalingMatrix()
{
    v4l2_ctrl_hevc_scaling_matrix matrix{};
    for (unsigned size = 0; size < kSizes; ++size) {
        for (unsigned id = 0; id < kMatrices; id += size == kLargestSize ? 3 : 1) {
            setDefault(listOf(matrix, size, id), id);
        }
    }
    return matrix;
}

bool readHevcScalingLists(BitReader &reader, v4l2_ctrl_hevc_scaling_matrix &matrix)
{
    for (unsigned size = 0; size < kSizes; ++size) {
        for (unsigned id = 0; id < kMatrices; id += size == kLargestSize ? 3 : 1) {
            if (!readList(reader, matrix, size, id) || reader.failed()) {
                return false;
            }
        }
    }
    return true;
}

} // namespace daedalus::bitstream
