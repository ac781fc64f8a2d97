// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/picture_data.h"

#include <cerrno>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"
#include "bitstream/rbsp_writer.h"

namespace daedalus::bitstream {
namespace {

/// An explicit st_ref_pic_set() (7.3.7) of an SPS that has none.
void writeShortTermSet(RbspWriter &writer, const HevcShortTermSet &set)
{
    writer.ue(static_cast<uint32_t>(set.before.size()));
    writer.ue(static_cast<uint32_t>(set.after.size()));
    for (const auto *side : {&set.before, &set.after}) {
        int32_t previous = 0;
        for (const auto &entry : *side) {
            const int32_t step = entry.deltaPoc - previous;
            writer.ue(static_cast<uint32_t>(step < 0 ? -step : step) - 1);
            writer.flag(entry.used);
            previous = entry.deltaPoc;
        }
    }
}

void writeReferences(RbspWriter &writer, const HevcReferences &references, int32_t poc)
{
    constexpr uint32_t kLsbMask = (1U << kHevcPicOrderCntBits) - 1;
    writer.bits(static_cast<uint32_t>(poc) & kLsbMask, kHevcPicOrderCntBits);
    writer.flag(false); // short_term_ref_pic_set_sps_flag
    writeShortTermSet(writer, references.shortTerm);
    writer.ue(static_cast<uint32_t>(references.longTerm.size())); // num_long_term_pics
    for (const auto &picture : references.longTerm) {
        writer.bits(picture.pocLsb, kHevcPicOrderCntBits);
        writer.flag(picture.used);
        writer.flag(false); // delta_poc_msb_present_flag
    }
}

/// The NAL unit type that the decoder sees. It would leave RASL pictures out behind some
/// random access points; whether to send them is the client's decision. RADL pictures
/// are decoded in the same way.
HevcNal decodedType(HevcNal type)
{
    switch (type) {
    case HevcNal::RaslN:
        return HevcNal::RadlN;
    case HevcNal::RaslR:
        return HevcNal::RadlR;
    default:
        return type;
    }
}

bool belongsTo(const HevcSliceStart &slice, const HevcSlice &first)
{
    return !slice.firstSliceInPic && slice.nal.type == first.header.nal.type &&
           slice.ppsId == first.header.ppsId;
}

} // namespace

Result<std::vector<HevcSlice>> findHevcSlices(std::span<const uint8_t> bitstream,
                                              const HevcParameters &parameters,
                                              const HevcReferences &references)
{
    const HevcSliceContext context{.sps = parameters.sps,
                                   .pps = parameters.pps,
                                   .shortTermSets = {},
                                   .longTerm = {},
                                   .shortTermBits = parameters.decode.short_term_ref_pic_set_size,
                                   .numDeltaPocsOfRefSet =
                                       parameters.decode.num_delta_pocs_of_ref_rps_idx,
                                   .references = references.usedCount()};
    // Each slice segment has a block at least.
    const size_t most = size_t{hevcWidthInCtbs(parameters.sps)} * hevcHeightInCtbs(parameters.sps);
    std::vector<HevcSlice> slices;
    size_t position = 0;
    while (const auto range = nextNalUnit(bitstream, position)) {
        position = range->offset + range->size;
        const auto nal = bitstream.subspan(range->offset, range->size);
        const auto start = parseHevcSliceStart(nal);
        if (!start || start->nal.layerId != 0 ||
            (slices.empty() ? !start->firstSliceInPic : !belongsTo(*start, slices.front()))) {
            continue;
        }
        auto header = parseHevcSliceHeader(nal, context);
        if (!header || header->dataOffset >= nal.size()) {
            continue;
        }
        if (slices.size() >= most) {
            return fail(EBADMSG, "H.265: there are more slices than blocks");
        }
        slices.push_back({.nal = nal, .header = std::move(*header)});
    }
    if (slices.empty()) {
        return fail(EBADMSG, "H.265: the first slice of the picture is missing");
    }
    return slices;
}

void appendHevcSliceHeader(std::vector<uint8_t> &stream, const HevcSlice &slice,
                           const HevcParameters &parameters, const HevcReferences &references)
{
    const HevcSliceHeader &header = slice.header;
    const auto rbsp = unescapeRbsp(slice.nal.first(header.dataOffset));
    BitReader reader(rbsp);
    RbspWriter writer;
    reader.skip(8);
    if (header.dependent) {
        copyBits(reader, writer, header.headerBits - 8);
    } else {
        copyBits(reader, writer, header.outputFlagPosition - 8);
        writer.flag(false); // pic_output_flag
        if (!header.nal.isIdr()) {
            writeReferences(writer, references, parameters.decode.pic_order_cnt_val);
        }
        reader.skip(header.referencesEnd - header.outputFlagPosition);
        copyBits(reader, writer, header.headerBits - header.referencesEnd);
    }
    // byte_alignment(): the last byte is not zero, so emulation prevention begins anew
    // behind it, as it did in the original.
    writer.trailingBits();
    const auto type = static_cast<unsigned>(decodedType(header.nal.type));
    appendNalUnit(stream, static_cast<uint8_t>(type << 1), writer.bytes());
}

} // namespace daedalus::bitstream
