// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitstream/h264/parameter_writer.h"
#include "bitstream/h264/slice_header.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// One slice of a request's bitstream.
struct H264Slice {
    std::span<const uint8_t> nal; ///< header byte included, no start code
    uint8_t ppsId = 0;
    /// Without weights. Of the whole header if it could be parsed, else only nalRefIdc, idr,
    /// firstMbInSlice, sliceType and ppsId.
    H264SliceHeader header;
    bool headerGood = false;
};

/// The slices of a bitstream with Annex B start codes. Whatever else is in it is left
/// out: the request's controls say what parameter sets would.
/// @returns EBADMSG: not one slice whose header begins well, or far too many; ENOTSUP: partitioned
/// slices
Result<std::vector<H264Slice>> findSlices(std::span<const uint8_t> bitstream,
                                          const H264Parameters &parameters);

} // namespace daedalus::bitstream
