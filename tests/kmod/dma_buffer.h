// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>

#include "daedalus/unique_fd.h"

namespace daedalus::test {

/// A DMA-BUF of @p size bytes (a multiple of the page size) from the system heap; invalid if
/// the machine has none. With @p writable false its descriptor is read-only.
UniqueFd makeDmaBuf(std::size_t size, bool writable = true);

/// Memory of a descriptor, mapped for reading and writing.
class Mapping {
public:
    Mapping(int fd, std::size_t size, long offset = 0);
    ~Mapping();
    Mapping(const Mapping &) = delete;
    Mapping &operator=(const Mapping &) = delete;

    [[nodiscard]] bool valid() const { return data_ != nullptr; }
    [[nodiscard]] unsigned char *data() const { return data_; }

private:
    unsigned char *data_ = nullptr;
    std::size_t size_;
};

} // namespace daedalus::test
