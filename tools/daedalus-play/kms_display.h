// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>

#include <xf86drmMode.h>

#include "daedalus/result.h"

namespace daedalus::play {

struct DrmModeDeleter {
    void operator()(drmModeRes *resources) const { ::drmModeFreeResources(resources); }
    void operator()(drmModeConnector *connector) const { ::drmModeFreeConnector(connector); }
    void operator()(drmModeEncoder *encoder) const { ::drmModeFreeEncoder(encoder); }
    void operator()(drmModeCrtc *crtc) const { ::drmModeFreeCrtc(crtc); }
};
template <typename T>
using DrmModePtr = std::unique_ptr<T, DrmModeDeleter>;

/// A connected screen and what drives it.
struct KmsDisplay {
    uint32_t connector = 0;
    uint32_t crtc = 0;
    drmModeModeInfo mode{};
    std::string name; ///< "HDMI-A-1"
};

/// The first screen of a card that is connected, in its preferred mode.
/// @param connector "HDMI-A-1"; empty for the first one
Result<KmsDisplay> findKmsDisplay(int cardFd, const std::string &connector);

/// Path of the first card node with a connected screen; empty where there is none.
std::string findCard();

} // namespace daedalus::play
