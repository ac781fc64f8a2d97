// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "gbm/surface_layout.h"

namespace daedalus::gbm {

/// A freshly allocated surface: one DMA-BUF that holds all planes.
struct SurfaceBuffer {
    UniqueFd fd;
    SurfaceLayout layout;
    uint64_t modifier = 0; ///< DRM_FORMAT_MOD_LINEAR
};

/// One source of surface memory.
class SurfaceProvider {
public:
    SurfaceProvider() = default;
    SurfaceProvider(const SurfaceProvider &) = delete;
    SurfaceProvider &operator=(const SurfaceProvider &) = delete;
    virtual ~SurfaceProvider() = default;

    /// "gbm", "dumb", "dma-heap", "udmabuf", "memfd".
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// A DMA-BUF of at least @p size bytes, all zero, that can be mapped read-write.
    virtual Result<UniqueFd> allocate(size_t size) = 0;
};

/// Allocates surfaces for one render node from the best provider that works.
class SurfaceAllocator {
public:
    /// @param drmFd the client's DRM file, or -1 to look for a render node; not owned
    /// @param wanted name of the provider to use, empty for the best one that works
    ///
    /// Providers are tried for real, in an order that suits the device: allocate, map read-write,
    /// write and read back, import into the render node. The first whose memory
    /// the CPU caches is taken, else the first that works. The Error lists what
    /// was tried and why each failed; EINVAL for a @p wanted that does not exist.
    static Result<std::unique_ptr<SurfaceAllocator>> create(int drmFd,
                                                            std::string_view wanted = {});

    SurfaceAllocator(const SurfaceAllocator &) = delete;
    SurfaceAllocator &operator=(const SurfaceAllocator &) = delete;
    ~SurfaceAllocator();

    /// A surface of the standard layout (SurfaceLayout::standard()), all zero.
    /// EINVAL for a size of nothing or beyond SurfaceLayout::kMaxDimension.
    /// Thread-safe.
    Result<SurfaceBuffer> allocate(const FormatInfo &format, uint32_t width, uint32_t height);

    /// Plain shareable memory, all zero, for other than pictures. EFBIG for more than
    /// a GiB. Thread-safe.
    Result<UniqueFd> allocateBytes(size_t size);

    /// Name of the provider in use.
    [[nodiscard]] std::string_view providerName() const;
    /// Path of the render node in use; of the card node for a device that has
    /// no render node, empty where there is no device (or only the client's file).
    [[nodiscard]] const std::string &renderNode() const { return renderNode_; }
    /// What was tried, one line each, for logs.
    [[nodiscard]] const std::vector<std::string> &report() const { return report_; }

private:
    SurfaceAllocator() = default;

    std::unique_ptr<SurfaceProvider> provider_;
    std::string renderNode_;
    std::vector<std::string> report_;
};

} // namespace daedalus::gbm
