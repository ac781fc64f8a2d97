// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::gbm {

/// The DRM device that surfaces are made for: where clients will import them.
struct DrmDevice {
    UniqueFd file;           ///< an open file of it, with handles of its own where possible
    std::string node;        ///< path of what is open, empty when only the client's file is known
    std::string primaryNode; ///< path of its card node, empty when unknown
    std::string driver;      ///< name of the kernel driver
    bool renders = true;     ///< has a render node, as far as is known

    /// For messages: path and driver.
    [[nodiscard]] std::string description() const;

    /// Another open file of the device, so that buffer handles do not mix.
    [[nodiscard]] Result<UniqueFd> openAgain() const;

    /// An open file of the device's card node, which is never its DRM master.
    [[nodiscard]] Result<UniqueFd> openPrimary() const;

    /// True for displays without a render node and for vgem, which has one: Mesa has
    /// no driver for them and draws on the CPU.
    [[nodiscard]] bool withoutGpu() const;

    /// True where the GPU's own buffers are known to be write-combined for the CPU.
    [[nodiscard]] bool writeCombined() const;
};

/// Finds the device to make surfaces for.
///
/// With a client's file that is the client's device, by its render node. A display
/// without a render node of its own (vc4 beside v3d) is rendered for by the
/// machine's GPU, if it has one. Without a client's file it is the first
/// device with a render node that may be opened, GPUs first.
/// @param drmFd the client's file, or -1; not owned
/// @param report gets a line for each decision and each failure, for logs
/// @return none where the machine has no usable device
std::optional<DrmDevice> findDrmDevice(int drmFd, std::vector<std::string> &report);

} // namespace daedalus::gbm
