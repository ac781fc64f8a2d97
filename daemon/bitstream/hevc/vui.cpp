// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/vui.h"

#include <cstdint>

namespace daedalus::bitstream {

namespace {

/// sub_layer_hrd_parameters() (E.2.3).
void skipSubLayerHrd(BitReader &reader, uint32_t cpbCount, bool subPicture)
{
    for (uint32_t i = 0; i < cpbCount && !reader.failed(); ++i) {
        reader.ue(); // bit_rate_value_minus1
        reader.ue(); // cpb_size_value_minus1
        if (subPicture) {
            reader.ue(); // cpb_size_du_value_minus1
            reader.ue(); // bit_rate_du_value_minus1
        }
        reader.skip(1); // cbr_flag
    }
}

/// The part of hrd_parameters() that each sub-layer has.
void skipSubLayer(BitReader &reader, bool nal, bool vcl, bool subPicture)
{
    const bool fixedGeneral = reader.flag(); // fixed_pic_rate_general_flag
    const bool fixed = fixedGeneral || reader.flag();
    bool lowDelay = false;
    if (fixed) {
        reader.ue(); // elemental_duration_in_tc_minus1
    } else {
        lowDelay = reader.flag(); // low_delay_hrd_flag
    }
    const uint32_t cpbCount = lowDelay ? 1 : reader.ue() + 1;
    if (nal) {
        skipSubLayerHrd(reader, cpbCount, subPicture);
    }
    if (vcl) {
        skipSubLayerHrd(reader, cpbCount, subPicture);
    }
}

/// hrd_parameters(1, subLayersMinus1) (E.2.2).
void skipHrd(BitReader &reader, unsigned subLayersMinus1)
{
    const bool nal = reader.flag();
    const bool vcl = reader.flag();
    bool subPicture = false;
    if (nal || vcl) {
        subPicture = reader.flag();
        reader.skip(subPicture ? 19 : 0); // tick divisor, lengths of delays
        reader.skip(8);                   // bit_rate_scale, cpb_size_scale
        reader.skip(subPicture ? 4 : 0);  // cpb_size_du_scale
        reader.skip(15);                  // lengths of delays
    }
    for (unsigned i = 0; i <= subLayersMinus1 && !reader.failed(); ++i) {
        skipSubLayer(reader, nal, vcl, subPicture);
    }
}

void skipTiming(BitReader &reader, unsigned subLayersMinus1)
{
    reader.skip(64);     // vui_num_units_in_tick, vui_time_scale
    if (reader.flag()) { // vui_poc_proportional_to_timing_flag
        reader.ue();
    }
    if (reader.flag()) { // vui_hrd_parameters_present_flag
        skipHrd(reader, subLayersMinus1);
    }
}

void skipNumbers(BitReader &reader, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        reader.ue();
    }
}

/// Aspect ratio, overscan, colours.
void skipVideoSignal(BitReader &reader)
{
    constexpr uint32_t kExtendedSar = 255;
    if (reader.flag() && reader.bits(8) == kExtendedSar) {
        reader.skip(32);
    }
    reader.skip(reader.flag() ? 1 : 0); // overscan_info_present_flag
    if (reader.flag()) {                // video_signal_type_present_flag
        reader.skip(4);
        reader.skip(reader.flag() ? 24 : 0); // colour_description_present_flag
    }
    skipNumbers(reader, reader.flag() ? 2 : 0); // chroma_loc_info_present_flag
}

} // namespace

void skipHevcVui(BitReader &reader, unsigned subLayersMinus1)
{
    skipVideoSignal(reader);
    reader.skip(3);                             // neutral chroma, fields
    skipNumbers(reader, reader.flag() ? 4 : 0); // default_display_window_flag
    if (reader.flag()) {                        // vui_timing_info_present_flag
        skipTiming(reader, subLayersMinus1);
    }
    if (reader.flag()) { // bitstream_restriction_flag
        reader.skip(3);
        skipNumbers(reader, 5);
    }
}

} // namespace daedalus::bitstream
