// SPDX-License-Identifier: BSD-2-Clause
#include "backend.h"
namespace daedalus::va {
Result<std::unique_ptr<Backend>> createKernelBackend(const BackendEnvironment &)
{
    return fail(ENODEV, "no kernel backend yet");
}
} // namespace daedalus::va
