// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

#include "gbm/providers.h"

namespace daedalus::gbm {
namespace {

class MemfdProvider final : public SurfaceProvider {
public:
    [[nodiscard]] std::string_view name() const override { return "memfd"; }

    Result<UniqueFd> allocate(size_t size) override
    {
        if (size == 0 || size > INT64_MAX) {
            return fail(EINVAL, "a memfd cannot have " + std::to_string(size) + " bytes");
        }
        UniqueFd memory(::memfd_create("daedalus-surface", MFD_CLOEXEC));
        if (!memory) {
            return failErrno("memfd_create");
        }
        if (::ftruncate(memory.get(), static_cast<off_t>(size)) != 0) {
            return failErrno("giving a memfd its size");
        }
        return memory;
    }
};

} // namespace

Result<std::unique_ptr<SurfaceProvider>> openMemfdProvider()
{
    return std::make_unique<MemfdProvider>();
}

} // namespace daedalus::gbm
