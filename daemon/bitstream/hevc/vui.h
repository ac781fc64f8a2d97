// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

/// Passes over vui_parameters() (H.265 E.2.1), which end somewhere only who reads them
/// knows; a damaged one sets the reader's failed().
/// @param subLayersMinus1 sps_max_sub_layers_minus1
void skipHevcVui(BitReader &reader, unsigned subLayersMinus1);

} // namespace daedalus::bitstream
