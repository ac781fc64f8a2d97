// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "v4l2/media_request.h"

namespace daedalus::v4l2 {

/// A media controller device, /dev/mediaN.
///
/// Thread-safety: all methods may be called from any thread at any time.
class MediaDevice {
public:
    /// Opens a node and reads what it is (MEDIA_IOC_DEVICE_INFO).
    static Result<MediaDevice> open(const std::string &path);

    /// Paths of all media nodes, in the order of their numbers. Empty where there
    /// are none.
    static std::vector<std::string> enumerate();

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const std::string &path() const { return path_; }
    /// Name of the kernel driver, e.g. "daedalus_v4l2".
    [[nodiscard]] const std::string &driver() const { return driver_; }
    /// Name of the device, for people.
    [[nodiscard]] const std::string &model() const { return model_; }

    /// Path of the first video node in the device's topology. ENODEV: it has
    /// none, or /dev does not show it.
    [[nodiscard]] Result<std::string> videoNode() const;

    /// A fresh request (MEDIA_IOC_REQUEST_ALLOC). ENOTTY: the driver has no
    /// request API.
    [[nodiscard]] Result<MediaRequest> allocRequest() const;

private:
    MediaDevice(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    UniqueFd fd_;
    std::string path_;
    std::string driver_;
    std::string model_;
};

/// The two nodes of a Daedalus decoder.
struct DaedalusNodes {
    std::string media; ///< /dev/mediaN, requests are allocated from it
    std::string video; ///< /dev/videoM
};

/// Driver name that the kernel module reports.
inline constexpr std::string_view kDaedalusDriver = "daedalus_v4l2";

/// The nodes of the first device whose driver is Daedalus. ENODEV: there is none;
/// EACCES: media nodes were seen, none could be opened.
Result<DaedalusNodes> findDaedalus();

} // namespace daedalus::v4l2
