// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/picture_data.h"

#include <cerrno>
#include <optional>

#include "bitstream/annexb.h"

namespace daedalus::bitstream {
namespace {

constexpr unsigned kNalSlice = 1;
constexpr unsigned kNalPartitionA = 2;
constexpr unsigned kNalPartitionC = 4;
constexpr unsigned kNalIdrSlice = 5;

/// Each slice has a macroblock at least; redundant ones come on top.
size_t mostSlices(const H264Parameters &parameters)
{
    constexpr size_t kRedundant = 8;
    return (size_t{parameters.codedWidth()} / 16) * (parameters.codedHeight() / 16) * kRedundant;
}

std::optional<H264Slice> parseSlice(std::span<const uint8_t> nal, const H264Sps &sps, H264Pps &pps)
{
    const auto start = parseH264SliceStart(nal);
    if (!start) {
        return std::nullopt;
    }
    H264Slice slice{.nal = nal, .ppsId = start->ppsId, .header = {}, .headerGood = false};
    pps.control.pic_parameter_set_id = start->ppsId;
    if (auto header = parseH264SliceHeader(nal, sps, pps)) {
        slice.header = std::move(*header);
        slice.header.weights.reset(); // large, and of no use here
        slice.headerGood = true;
        return slice;
    }
    slice.header.nalRefIdc = nal[0] >> 5 & 3;
    slice.header.idr = (nal[0] & 31) == kNalIdrSlice;
    slice.header.firstMbInSlice = start->firstMbInSlice;
    slice.header.sliceType = start->sliceType;
    slice.header.ppsId = start->ppsId;
    return slice;
}

} // namespace

Result<std::vector<H264Slice>> findSlices(std::span<const uint8_t> bitstream,
                                          const H264Parameters &parameters)
{
    H264Sps sps;
    sps.control = parameters.sps;
    H264Pps pps;
    pps.control = parameters.pps;

    std::vector<H264Slice> slices;
    size_t position = 0;
    while (const auto range = nextNalUnit(bitstream, position)) {
        position = range->offset + range->size;
        const auto nal = bitstream.subspan(range->offset, range->size);
        const unsigned type = nal[0] & 31;
        if (type >= kNalPartitionA && type <= kNalPartitionC) {
            return fail(ENOTSUP, "H.264: data partitioning is not supported");
        }
        if (type != kNalSlice && type != kNalIdrSlice) {
            continue;
        }
        if (slices.size() >= mostSlices(parameters)) {
            return fail(EBADMSG, "H.264: there are more slices than macroblocks");
        }
        if (auto slice = parseSlice(nal, sps, pps)) {
            slices.push_back(std::move(*slice));
        }
    }
    if (slices.empty()) {
        return fail(EBADMSG, "H.264: there is no slice in the bitstream");
    }
    return slices;
}

} // namespace daedalus::bitstream
