// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/process_title.h"

#include <algorithm>
#include <cstring>

namespace daedalus::daemon {

ProcessTitle::ProcessTitle(int argc, char **argv)
{
    if (argc < 1) {
        return;
    }
    // The kernel lays the arguments out one behind the other.
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; ++i) {
        end += std::strlen(argv[i]) + 1;
    }
    area_ = {argv[0], end};
}

void ProcessTitle::set(std::string_view title) const
{
    if (area_.empty()) {
        return;
    }
    // The last byte stays zero: the kernel takes anything else for a longer title.
    const size_t length = std::min(title.size(), area_.size() - 1);
    std::fill(area_.begin(), area_.end(), '\0');
    std::copy_n(title.begin(), length, area_.begin());
}

} // namespace daedalus::daemon
