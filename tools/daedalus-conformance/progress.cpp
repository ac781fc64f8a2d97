// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/progress.h"

#include <cstdio>

namespace daedalus::conformance {

Progress::~Progress()
{
    if (shown_) {
        std::fprintf(stderr, "\r\033[K");
    }
}

void Progress::done(const std::string &what, bool good)
{
    const std::scoped_lock lock(mutex_);
    ++done_;
    bad_ += good ? 0 : 1;
    if (!shown_) {
        return;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now() - started_);
    std::fprintf(stderr, "\r\033[K%zu of %zu, %zu bad, %lld s: %.50s", done_, total_, bad_,
                 static_cast<long long>(seconds.count()), what.c_str());
    (void)std::fflush(stderr);
}

} // namespace daedalus::conformance
