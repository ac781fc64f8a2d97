// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/temporary_folder.h"

#include <filesystem>

#include <stdlib.h>

namespace daedalus::conformance {

TemporaryFolder::TemporaryFolder()
{
    std::string pattern =
        (std::filesystem::temp_directory_path() / "daedalus-conformance.XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) {
        path_ = pattern;
    }
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    if (!path_.empty()) {
        std::filesystem::remove_all(path_, ignored);
    }
}

} // namespace daedalus::conformance
