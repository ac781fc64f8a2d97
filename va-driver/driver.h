// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <spdlog/logger.h>
#include <va/va.h>
#include <va/va_backend.h>

#include <atomic>
#include <memory>
#include <string>

#include "gbm/surface_allocator.h"
#include "va-driver/backend.h"
#include "va-driver/buffer.h"
#include "va-driver/object_heap.h"
#include "va-driver/settings.h"
#include "va-driver/statistics.h"
#include "va-driver/surface.h"

namespace daedalus::va {

class Context;

/// Largest picture that is accepted, samples and rows.
inline constexpr uint32_t kMaxPictureSize = 8192;

/// A VAConfigID.
struct Config {
    const CodecInfo *codec = nullptr;
    VAEntrypoint entrypoint = VAEntrypointVLD;
    uint32_t rtFormat = 0; ///< VA_RT_FORMAT_* bits that the client asked for
};

/// A VAImageID.
struct Image {
    VAImage description{};
    std::shared_ptr<Buffer> buffer;
};

/// All that belongs to one VADisplay; nothing is shared between displays.
///
/// Thread-safe: clients call in from several threads.
class Driver {
public:
    /// @param drmFd the display's DRM file, not owned; -1 to look for a render node
    static Result<std::unique_ptr<Driver>>
    create(Settings settings, std::shared_ptr<spdlog::logger> logger, int drmFd);

    Driver(const Driver &) = delete;
    Driver &operator=(const Driver &) = delete;
    /// Ends all contexts, which waits for the pictures that are being decoded, then writes
    /// the statistics.
    ~Driver();

    const Settings settings;
    const std::shared_ptr<spdlog::logger> logger;
    /// Shared with jobs in flight.
    const std::shared_ptr<Statistics> statistics;

    ObjectHeap<Config, ObjectType::Config> configs;
    ObjectHeap<Surface, ObjectType::Surface> surfaces;
    ObjectHeap<Context, ObjectType::Context> contexts;
    ObjectHeap<Buffer, ObjectType::Buffer> buffers;
    ObjectHeap<Image, ObjectType::Image> images;

    [[nodiscard]] gbm::SurfaceAllocator &allocator() const { return *allocator_; }
    [[nodiscard]] Backend &backend() const { return *backend_; }
    /// For people: "Daedalus 0.1.0 (kernel, dma-heap)".
    [[nodiscard]] const std::string &vendor() const { return vendor_; }

    /// A timestamp that no other picture of this display has, ns, a multiple of 1000.
    uint64_t nextTimestamp();

private:
    Driver(Settings settings, std::shared_ptr<spdlog::logger> logger);

    std::unique_ptr<gbm::SurfaceAllocator> allocator_;
    std::unique_ptr<Backend> backend_;
    std::string vendor_;
    std::atomic<uint64_t> timestamps_ = 0;
};

} // namespace daedalus::va
