// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/obu.h"

#include "bitstream/av1/bit_reader.h"

namespace daedalus::bitstream {

bool Av1Obu::inOperatingPoint(uint16_t idc) const
{
    if (type == Av1ObuType::SequenceHeader || type == Av1ObuType::TemporalDelimiter || idc == 0 ||
        !hasExtension) {
        return true;
    }
    return (idc >> temporalId & 1) != 0 && (idc >> (spatialId + 8) & 1) != 0;
}

std::optional<Av1Obu> nextAv1Obu(std::span<const uint8_t> data)
{
    Av1BitReader reader(data);
    Av1Obu obu;
    const bool forbidden = reader.flag();
    obu.type = static_cast<Av1ObuType>(reader.bits(4));
    obu.hasExtension = reader.flag();
    const bool hasSize = reader.flag();
    reader.skip(1);
    if (obu.hasExtension) {
        obu.temporalId = static_cast<uint8_t>(reader.bits(3));
        obu.spatialId = static_cast<uint8_t>(reader.bits(2));
        reader.skip(3);
    }
    const size_t declared = hasSize ? reader.leb128() : reader.bitsLeft() / 8;
    if (forbidden || reader.failed() || declared > reader.bitsLeft() / 8) {
        return std::nullopt;
    }
    const size_t start = reader.position() / 8;
    obu.payload = data.subspan(start, declared);
    obu.size = start + declared;
    return obu;
}

} // namespace daedalus::bitstream
