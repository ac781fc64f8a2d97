// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/media_device.h"

#include <fcntl.h>
#include <linux/media.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "v4l2/fd_calls.h"

namespace daedalus::v4l2 {

namespace {

/// The number behind @p prefix, e.g. 12 of "media12".
std::optional<unsigned> nodeNumber(std::string_view name, std::string_view prefix)
{
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    const std::string_view digits = name.substr(prefix.size());
    unsigned number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return number;
}

/// Paths /dev/<prefix>N in the order of N.
std::vector<std::string> listNodes(std::string_view prefix)
{
    std::vector<std::pair<unsigned, std::string>> found;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator("/dev", error)) {
        if (const auto number = nodeNumber(entry.path().filename().native(), prefix)) {
            found.emplace_back(*number, entry.path().native());
        }
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> paths;
    paths.reserve(found.size());
    for (auto &[number, path] : found) {
        paths.push_back(std::move(path));
    }
    return paths;
}

/// The video nodes that a topology names, as device numbers.
Result<std::vector<dev_t>> videoInterfaces(int fd)
{
    // The first call tells how many interfaces there are, the second lists them.
    media_v2_topology topology{};
    if (ioctlRetry(fd, MEDIA_IOC_G_TOPOLOGY, &topology) < 0) {
        return failErrno("reading the media topology");
    }
    std::vector<media_v2_interface> interfaces(topology.num_interfaces);
    topology = {};
    topology.num_interfaces = static_cast<uint32_t>(interfaces.size());
    topology.ptr_interfaces = reinterpret_cast<uintptr_t>(interfaces.data());
    if (ioctlRetry(fd, MEDIA_IOC_G_TOPOLOGY, &topology) < 0) {
        return failErrno("reading the media topology");
    }
    interfaces.resize(std::min<size_t>(interfaces.size(), topology.num_interfaces));

    std::vector<dev_t> numbers;
    for (const media_v2_interface &interface : interfaces) {
        if (interface.intf_type == MEDIA_INTF_T_V4L_VIDEO) {
            numbers.push_back(makedev(interface.devnode.major, interface.devnode.minor));
        }
    }
    return numbers;
}

} // namespace

Result<MediaDevice> MediaDevice::open(const std::string &path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) {
        return failErrno("opening " + path);
    }
    media_device_info info{};
    if (ioctlRetry(fd.get(), MEDIA_IOC_DEVICE_INFO, &info) < 0) {
        return failErrno("asking " + path + " what it is");
    }
    MediaDevice device(std::move(fd), path);
    device.driver_.assign(info.driver, ::strnlen(info.driver, sizeof(info.driver)));
    device.model_.assign(info.model, ::strnlen(info.model, sizeof(info.model)));
    return device;
}

std::vector<std::string> MediaDevice::enumerate()
{
    return listNodes("media");
}

Result<std::string> MediaDevice::videoNode() const
{
    const auto numbers = videoInterfaces(fd_.get());
    if (!numbers) {
        return tl::unexpected(numbers.error());
    }
    // By device number and not by way of sysfs, which a sandboxed client may lack.
    const std::vector<std::string> nodes = listNodes("video");
    for (const dev_t number : *numbers) {
        for (const std::string &node : nodes) {
            struct stat status = {};
            if (::stat(node.c_str(), &status) == 0 && S_ISCHR(status.st_mode) &&
                status.st_rdev == number) {
                return node;
            }
        }
    }
    return fail(ENODEV, path_ + " has no video node in /dev");
}

Result<MediaRequest> MediaDevice::allocRequest() const
{
    int request = -1;
    if (ioctlRetry(fd_.get(), MEDIA_IOC_REQUEST_ALLOC, &request) < 0) {
        return failErrno("allocating a request from " + path_);
    }
    return MediaRequest(UniqueFd(request));
}

Result<DaedalusNodes> findDaedalus()
{
    bool denied = false;
    bool opened = false;
    for (const std::string &path : MediaDevice::enumerate()) {
        const Result<MediaDevice> device = MediaDevice::open(path);
        if (!device) {
            denied = denied || device.error().code() == EACCES;
            continue;
        }
        opened = true;
        if (device->driver() != kDaedalusDriver) {
            continue;
        }
        Result<std::string> video = device->videoNode();
        if (!video) {
            return tl::unexpected(video.error());
        }
        return DaedalusNodes{.media = path, .video = std::move(*video)};
    }
    if (denied && !opened) {
        return fail(EACCES, "no permission to open any media device: join the group \"video\"");
    }
    return fail(ENODEV, "no Daedalus decoder: load the daedalus_v4l2 module");
}

} // namespace daedalus::v4l2
