// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/statistics.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"

namespace daedalus::va {

Result<void> Statistics::append(const std::string &file, std::string_view backend,
                                std::string_view provider, bool bytesKnown) const
{
    const std::string copied = bytesKnown ? std::to_string(bytesCopied.load()) : "null";
    const std::string line =
        fmt::format(R"({{"backend":"{}","provider":"{}","frames":{},"errors":{},"bytes_copied":{},)"
                    R"("surfaces":{},"exports":{},"downloads":{},"derived":{}}})"
                    "\n",
                    backend, provider, frames.load(), errors.load(), copied, surfaces.load(),
                    exports.load(), downloads.load(), derived.load());
    const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!fd) {
        return failErrno("open " + file);
    }
    // One write, so that lines of several processes do not mix.
    if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        return failErrno("write " + file);
    }
    return {};
}

} // namespace daedalus::va
