// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/ready_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "daedalus/unique_fd.h"

namespace daedalus::daemon {

namespace {

constexpr mode_t kReadableByAll = 0644;

} // namespace

Result<ReadyFile> ReadyFile::create(const std::string &path)
{
    // Whoever waits for the file must not see it before it is whole.
    const std::string draft = path + ".new";
    {
        const UniqueFd fd(::open(
            draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kReadableByAll));
        if (!fd) {
            return failErrno("creating " + draft);
        }
        const std::string text = std::to_string(::getpid()) + "\n";
        if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            return failErrno("writing " + draft);
        }
    }
    if (std::rename(draft.c_str(), path.c_str()) != 0) {
        return failErrno("creating " + path);
    }
    return ReadyFile(path);
}

ReadyFile::ReadyFile(ReadyFile &&other) noexcept : path_(std::exchange(other.path_, {})) {}

ReadyFile &ReadyFile::operator=(ReadyFile &&other) noexcept
{
    std::swap(path_, other.path_);
    return *this;
}

ReadyFile::~ReadyFile()
{
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

} // namespace daedalus::daemon
