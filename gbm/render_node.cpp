// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/render_node.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <xf86drm.h>

namespace daedalus::gbm {
namespace {

/// All DRM devices of the machine, as libdrm finds them.
class DeviceList {
public:
    DeviceList()
    {
        const int count = ::drmGetDevices2(0, nullptr, 0);
        if (count <= 0) {
            return;
        }
        devices_.resize(static_cast<size_t>(count));
        const int found = ::drmGetDevices2(0, devices_.data(), count);
        devices_.resize(static_cast<size_t>(std::clamp(found, 0, count)));
    }
    DeviceList(const DeviceList &) = delete;
    DeviceList &operator=(const DeviceList &) = delete;
    ~DeviceList() { ::drmFreeDevices(devices_.data(), static_cast<int>(devices_.size())); }

    [[nodiscard]] auto begin() const { return devices_.begin(); }
    [[nodiscard]] auto end() const { return devices_.end(); }

private:
    std::vector<drmDevicePtr> devices_;
};

struct DeviceDeleter {
    void operator()(drmDevicePtr device) const { ::drmFreeDevice(&device); }
};
using DeviceHandle = std::unique_ptr<drmDevice, DeviceDeleter>;

DeviceHandle deviceOf(int drmFd)
{
    drmDevicePtr device = nullptr;
    if (::drmGetDevice2(drmFd, 0, &device) != 0) {
        return nullptr;
    }
    return DeviceHandle(device);
}

std::string nodePath(const drmDevice &device, int type)
{
    return (device.available_nodes & (1 << type)) != 0 ? device.nodes[type] : std::string();
}

std::string driverName(int drmFd)
{
    const std::unique_ptr<drmVersion, decltype(&::drmFreeVersion)> version(::drmGetVersion(drmFd),
                                                                           ::drmFreeVersion);
    if (!version) {
        return {};
    }
    return {version->name, static_cast<size_t>(version->name_len)};
}

/// libdrm since 2.4.117 looks for the node in /dev/dri, which sandboxes do not have; numbers
/// tell as well.
bool isCardNode(int drmFd)
{
    constexpr unsigned kDrmMajor = 226;
    constexpr unsigned kCardNodes = 64;
    struct stat status {};
    return ::drmGetNodeTypeFromFd(drmFd) == DRM_NODE_PRIMARY ||
           (::fstat(drmFd, &status) == 0 && S_ISCHR(status.st_mode) &&
            major(status.st_rdev) == kDrmMajor && minor(status.st_rdev) < kCardNodes);
}

Result<UniqueFd> openNode(const std::string &path)
{
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file) {
        return failErrno("opening " + path);
    }
    // Whoever opens a card node first becomes its master, which a display server
    // that starts later would miss.
    if (isCardNode(file.get()) && ::drmIsMaster(file.get()) != 0) {
        ::drmDropMaster(file.get());
    }
    return file;
}

std::optional<DrmDevice> openDevice(const drmDevice &device, int type,
                                    std::vector<std::string> &report)
{
    const std::string path = nodePath(device, type);
    if (path.empty()) {
        return std::nullopt;
    }
    auto file = openNode(path);
    if (!file) {
        report.push_back(file.error().what());
        return std::nullopt;
    }
    std::string driver = driverName(file->get());
    return DrmDevice{.file = std::move(*file),
                     .node = path,
                     .primaryNode = nodePath(device, DRM_NODE_PRIMARY),
                     .driver = std::move(driver),
                     .renders = !nodePath(device, DRM_NODE_RENDER).empty()};
}

/// The first render node that may be opened; those without a GPU only if asked for.
std::optional<DrmDevice> firstRenderNode(bool withoutGpu, std::vector<std::string> &report)
{
    const DeviceList devices;
    std::optional<DrmDevice> spare;
    for (const drmDevicePtr device : devices) {
        auto opened = openDevice(*device, DRM_NODE_RENDER, report);
        if (opened && !opened->withoutGpu()) {
            return opened;
        }
        if (opened && !spare) {
            spare = std::move(opened);
        }
    }
    return withoutGpu ? std::move(spare) : std::nullopt;
}

/// The client's own file, where its node cannot be opened again (a sandbox). Handles
/// are then shared with the client; none of ours lives beyond the call that makes it,
/// and no buffer of ours is known to the client by then.
std::optional<DrmDevice> sharedFile(int drmFd, std::vector<std::string> &report)
{
    UniqueFd file(::fcntl(drmFd, F_DUPFD_CLOEXEC, 0));
    std::string driver = file ? driverName(file.get()) : std::string();
    if (driver.empty()) {
        report.emplace_back("the client's file is no DRM device");
        return std::nullopt;
    }
    return DrmDevice{.file = std::move(file),
                     .node = {},
                     .primaryNode = {},
                     .driver = std::move(driver),
                     .renders = true};
}

std::optional<DrmDevice> deviceOfClient(int drmFd, std::vector<std::string> &report)
{
    const DeviceHandle device = deviceOf(drmFd);
    if (!device) {
        return sharedFile(drmFd, report);
    }
    if (!nodePath(*device, DRM_NODE_RENDER).empty()) {
        auto render = openDevice(*device, DRM_NODE_RENDER, report);
        return render ? std::move(render) : sharedFile(drmFd, report);
    }
    if (auto gpu = firstRenderNode(false, report)) {
        return gpu;
    }
    auto primary = openDevice(*device, DRM_NODE_PRIMARY, report);
    return primary ? std::move(primary) : sharedFile(drmFd, report);
}

} // namespace

std::string DrmDevice::description() const
{
    return (node.empty() ? std::string("the client's DRM file") : node) + " (" + driver + ")";
}

Result<UniqueFd> DrmDevice::openAgain() const
{
    if (!node.empty()) {
        return openNode(node);
    }
    UniqueFd duplicate(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
    if (!duplicate) {
        return failErrno("duplicating the client's DRM file");
    }
    return duplicate;
}

Result<UniqueFd> DrmDevice::openPrimary() const
{
    if (!primaryNode.empty()) {
        return openNode(primaryNode);
    }
    if (isCardNode(file.get())) {
        return openAgain();
    }
    return fail(ENODEV, description() + " has no card node");
}

bool DrmDevice::withoutGpu() const
{
    return driver == "vgem" || driver == "vkms";
}

bool DrmDevice::writeCombined() const
{
    return driver == "v3d" || driver == "vc4";
}

std::optional<DrmDevice> findDrmDevice(int drmFd, std::vector<std::string> &report)
{
    auto device = drmFd >= 0 ? deviceOfClient(drmFd, report) : firstRenderNode(true, report);
    report.push_back(device ? "surfaces are for " + device->description()
                            : "no render node: surfaces are plain memory");
    return device;
}

} // namespace daedalus::gbm
