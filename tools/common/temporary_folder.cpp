// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/temporary_folder.h"

#include <filesystem>

#include <stdlib.h>

namespace daedalus::tools {

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "daedalus.XXXXXX").string();
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

} // namespace daedalus::tools
