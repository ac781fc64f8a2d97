// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"

namespace daedalus::daemon {

/// A file that is there as long as the daemon serves; holds its process id.
class ReadyFile {
public:
    /// No file.
    ReadyFile() = default;
    /// Writes the file, instead of one that is there.
    static Result<ReadyFile> create(const std::string &path);

    ReadyFile(ReadyFile &&other) noexcept;
    ReadyFile &operator=(ReadyFile &&other) noexcept;
    ReadyFile(const ReadyFile &) = delete;
    ReadyFile &operator=(const ReadyFile &) = delete;
    /// Removes the file.
    ~ReadyFile();

private:
    explicit ReadyFile(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

} // namespace daedalus::daemon
