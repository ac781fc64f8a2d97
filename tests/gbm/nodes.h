// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include <fcntl.h>
#include <xf86drm.h>

#include "daedalus/unique_fd.h"
#include "tests/support/guest.h"

namespace daedalus::test {

/// Why @p path cannot be opened; empty if it can.
inline std::string unavailable(const std::string &path)
{
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    return fd ? std::string() : path + " cannot be opened";
}

/// Name of the kernel driver behind a DRM file; empty for another file.
inline std::string driverOf(int drmFd)
{
    const std::unique_ptr<drmVersion, decltype(&::drmFreeVersion)> version(::drmGetVersion(drmFd),
                                                                           ::drmFreeVersion);
    return version ? std::string(version->name, static_cast<size_t>(version->name_len)) : "";
}

/// Path of the card node that @p driver has; empty where there is none. In the guest,
/// where vkms is a module, loads it; elsewhere nobody's devices are touched.
inline std::string cardOf(const std::string &driver)
{
    if (inGuest() && driver == "vkms" && std::system("modprobe vkms") != 0) {
        return {};
    }
    constexpr int kCards = 16;
    for (int card = 0; card < kCards; ++card) {
        std::string path = "/dev/dri/card" + std::to_string(card);
        const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        if (file && driverOf(file.get()) == driver) {
            return path;
        }
    }
    return {};
}

} // namespace daedalus::test

/// Skips a test that needs the node @p path where it cannot be opened.
#define DAEDALUS_NEED_NODE(path)                                                                   \
    do {                                                                                           \
        if (const std::string missing = daedalus::test::unavailable(path); !missing.empty()) {     \
            DAEDALUS_SKIP(missing);                                                                \
        }                                                                                          \
    } while (false)
