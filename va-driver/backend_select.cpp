// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/backend.h"

namespace daedalus::va {

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

} // namespace daedalus::va
