// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/kms_display.h"

#include <cerrno>

#include <fcntl.h>
#include <xf86drm.h>

#include "daedalus/unique_fd.h"

namespace daedalus::play {
namespace {

constexpr int kCards = 16;

std::string nameOf(const drmModeConnector &connector)
{
    const char *type = ::drmModeGetConnectorTypeName(connector.connector_type);
    return std::string(type != nullptr ? type : "Unknown") + "-" +
           std::to_string(connector.connector_type_id);
}

drmModeModeInfo preferredMode(const drmModeConnector &connector)
{
    for (int i = 0; i < connector.count_modes; ++i) {
        if ((connector.modes[i].type & DRM_MODE_TYPE_PREFERRED) != 0) {
            return connector.modes[i];
        }
    }
    return connector.modes[0];
}

/// A CRTC that can drive the connector, the one that does so already first; 0 for none.
uint32_t crtcFor(int cardFd, const drmModeRes &resources, const drmModeConnector &connector)
{
    if (const DrmModePtr<drmModeEncoder> now(::drmModeGetEncoder(cardFd, connector.encoder_id));
        now && now->crtc_id != 0) {
        return now->crtc_id;
    }
    for (int e = 0; e < connector.count_encoders; ++e) {
        const DrmModePtr<drmModeEncoder> encoder(
            ::drmModeGetEncoder(cardFd, connector.encoders[e]));
        for (int c = 0; encoder && c < resources.count_crtcs; ++c) {
            if ((encoder->possible_crtcs & 1U << static_cast<unsigned>(c)) != 0) {
                return resources.crtcs[c];
            }
        }
    }
    return 0;
}

} // namespace

Result<KmsDisplay> findKmsDisplay(int cardFd, const std::string &wanted)
{
    const DrmModePtr<drmModeRes> resources(::drmModeGetResources(cardFd));
    if (!resources) {
        return failErrno("the node has no screens");
    }
    std::string seen;
    for (int i = 0; i < resources->count_connectors; ++i) {
        const DrmModePtr<drmModeConnector> connector(
            ::drmModeGetConnector(cardFd, resources->connectors[i]));
        if (!connector) {
            continue;
        }
        const std::string name = nameOf(*connector);
        seen += " " + name;
        const bool usable =
            connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0;
        if (!usable || (!wanted.empty() && wanted != name)) {
            continue;
        }
        if (const uint32_t crtc = crtcFor(cardFd, *resources, *connector); crtc != 0) {
            return KmsDisplay{.connector = connector->connector_id,
                              .crtc = crtc,
                              .mode = preferredMode(*connector),
                              .name = name};
        }
    }
    return fail(ENODEV, (wanted.empty() ? "no screen" : wanted) +
                            " is connected; the card has:" + (seen.empty() ? " none" : seen));
}

std::string findCard()
{
    for (int card = 0; card < kCards; ++card) {
        std::string path = "/dev/dri/card" + std::to_string(card);
        const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        if (!file) {
            continue;
        }
        const bool found = findKmsDisplay(file.get(), {}).has_value();
        if (::drmIsMaster(file.get()) != 0) {
            ::drmDropMaster(file.get());
        }
        if (found) {
            return path;
        }
    }
    return {};
}

} // namespace daedalus::play
