// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"

namespace daedalus::tools {

/// The DRM nodes to work with.
struct Nodes {
    std::string egl; ///< to draw with
    std::string va;  ///< to decode for
};

/// For a window or no screen at all.
/// @param device the node that the user named; empty: the first GPU, else vgem
Result<Nodes> findNodes(const std::string &device);

/// For a screen: EGL draws on the screen's own card, so that it can make buffers for it.
/// @param card node of the card
Result<Nodes> findNodesOfCard(const std::string &card);

} // namespace daedalus::tools
