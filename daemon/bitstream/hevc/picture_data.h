// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitstream/hevc/parameter_writer.h"
#include "bitstream/hevc/references.h"
#include "bitstream/hevc/slice_header.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// One slice segment of a request's bitstream.
struct HevcSlice {
    std::span<const uint8_t> nal; ///< header included, no start code
    HevcSliceHeader header;
};

/// The slice segments of a picture in a bitstream with Annex B start codes, the
/// picture's first one first. Whatever else is in it is left out, and so is a slice
/// whose header is damaged or of another picture.
/// @returns EBADMSG: the first slice is missing, or there are far too many
Result<std::vector<HevcSlice>> findHevcSlices(std::span<const uint8_t> bitstream,
                                              const HevcParameters &parameters,
                                              const HevcReferences &references);

/// Appends a slice segment's NAL unit up to its slice data, with start code, and with the
/// picture's references in the header. What comes behind it is
/// slice.nal.subspan(slice.header.dataOffset), byte for byte: entry points stay right.
void appendHevcSliceHeader(std::vector<uint8_t> &stream, const HevcSlice &slice,
                           const HevcParameters &parameters, const HevcReferences &references);

} // namespace daedalus::bitstream
