// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string_view>

#include <fcntl.h>
#include <libdrm/drm.h>
#include <xf86drm.h>

#include "daedalus/unique_fd.h"

namespace daedalus::va {

/// Somebody who still reads a vgem buffer, as a GPU that draws a picture would: an implicit fence
/// in it, which whoever writes has to wait for. vgem lets go by itself after ten seconds.
class ReaderFence {
public:
    /// Null where the first render node is not vgem's, or on an error.
    static std::unique_ptr<ReaderFence> attach(int dmaBuf)
    {
        auto fence = std::unique_ptr<ReaderFence>(new ReaderFence);
        fence->file_.reset(::open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC));
        const std::unique_ptr<drmVersion, decltype(&::drmFreeVersion)> version(
            ::drmGetVersion(fence->file_.get()), ::drmFreeVersion);
        if (!version || std::string_view(version->name) != "vgem") {
            return nullptr;
        }
        Attach request{};
        if (::drmPrimeFDToHandle(fence->file_.get(), dmaBuf, &request.handle) != 0 ||
            ::drmIoctl(fence->file_.get(), kAttach, &request) != 0) {
            return nullptr;
        }
        fence->fence_ = request.fence;
        return fence;
    }

    ReaderFence(const ReaderFence &) = delete;
    ReaderFence &operator=(const ReaderFence &) = delete;
    ~ReaderFence() { signal(); }

    /// Ends the reading.
    void signal()
    {
        Signal request{.fence = fence_, .flags = 0};
        ::drmIoctl(file_.get(), kSignal, &request);
    }

private:
    // As in the kernel's vgem_drm.h, which libdrm has not.
    struct Attach {
        uint32_t handle;
        uint32_t flags;
        uint32_t fence;
        uint32_t pad;
    };
    struct Signal {
        uint32_t fence;
        uint32_t flags;
    };
    static constexpr unsigned long kAttach = DRM_IOWR(DRM_COMMAND_BASE + 1, Attach);
    static constexpr unsigned long kSignal = DRM_IOW(DRM_COMMAND_BASE + 2, Signal);

    ReaderFence() = default;

    UniqueFd file_;
    uint32_t fence_ = 0;
};

} // namespace daedalus::va
