// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/driver.h"

#include "va-driver/context.h"

namespace daedalus::va {

namespace {

/// The backend that the settings ask for.
Result<std::unique_ptr<Backend>> selectBackend(const BackendEnvironment &environment)
{
    if (environment.settings.backend == BackendChoice::InProcess) {
        return createInProcessBackend(environment);
    }
    auto kernel = createKernelBackend(environment);
    if (kernel || environment.settings.backend == BackendChoice::Kernel) {
        return kernel;
    }
    // A module that is there and cannot be used is worth a warning, its absence is not.
    const auto level = kernel.error().code() == ENODEV ? spdlog::level::info : spdlog::level::warn;
    environment.logger->log(level, "decoding in this process, the kernel module is of no use: {}",
                            kernel.error().what());
    return createInProcessBackend(environment);
}

} // namespace

Driver::Driver(Settings wanted, std::shared_ptr<spdlog::logger> log)
    : settings(std::move(wanted)), logger(std::move(log)),
      statistics(std::make_shared<Statistics>())
{}

Result<std::unique_ptr<Driver>> Driver::create(Settings settings,
                                               std::shared_ptr<spdlog::logger> logger, int drmFd)
{
    std::unique_ptr<Driver> driver(new Driver(std::move(settings), std::move(logger)));
    auto allocator = gbm::SurfaceAllocator::create(drmFd, driver->settings.surfaceProvider);
    if (!allocator) {
        return tl::unexpected(allocator.error());
    }
    driver->allocator_ = std::move(*allocator);
    for (const std::string &line : driver->allocator_->report()) {
        driver->logger->debug("surface memory: {}", line);
    }

    auto backend = selectBackend({driver->settings, *driver->allocator_, driver->logger});
    if (!backend) {
        return tl::unexpected(backend.error());
    }
    driver->backend_ = std::move(*backend);
    driver->vendor_ = "Daedalus " DAEDALUS_VERSION " (" + std::string(driver->backend_->name()) +
                      ", " + std::string(driver->allocator_->providerName()) + ")";
    driver->logger->info(
        "{}, render node {}", driver->vendor_,
        driver->allocator_->renderNode().empty() ? "none" : driver->allocator_->renderNode());
    return driver;
}

Driver::~Driver()
{
    // Contexts first: their jobs use what follows.
    contexts.clear();
    images.clear();
    buffers.clear();
    // A surface holds the stream, which holds the job, which holds the surface.
    for (const auto &surface : surfaces.clear()) {
        surface->waitIdle();
        surface->dropStream();
    }
    if (!backend_) {
        return;
    }
    const std::string backend(backend_->name());
    const bool knowsBytesCopied = backend_->knowsBytesCopied();
    backend_.reset(); // which waits for the last pictures, of surfaces that are gone already
    if (settings.statsFile.empty()) {
        return;
    }
    const auto written = statistics->append(settings.statsFile, backend, allocator_->providerName(),
                                            knowsBytesCopied);
    if (!written) {
        logger->error("DAEDALUS_STATS: {}", written.error().what());
    }
}

uint64_t Driver::nextTimestamp()
{
    // V4L2 carries it as a struct timeval, so whole microseconds survive.
    constexpr uint64_t kStep = 1000;
    return kStep * ++timestamps_;
}

} // namespace daedalus::va
