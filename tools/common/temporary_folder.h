// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

namespace daedalus::tools {

/// A folder that nobody else has, among the temporary files, which goes with all that is in
/// it when this does.
class TemporaryFolder {
public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;
    ~TemporaryFolder();

    /// Empty where none could be made.
    [[nodiscard]] const std::string &path() const { return path_; }
    /// Where a file named \a name is, or would be, in it.
    [[nodiscard]] std::string file(const std::string &name) const { return path_ + '/' + name; }

private:
    std::string path_;
};

} // namespace daedalus::tools
