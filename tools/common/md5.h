// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <nettle/md5.h>

namespace daedalus::tools {

/// A running MD5 hash.
class Md5 {
public:
    Md5() { md5_init(&context_); }

    void update(std::span<const uint8_t> bytes)
    {
        md5_update(&context_, bytes.size(), bytes.data());
    }

    /// The hash of everything since the last call, in hexadecimal.
    std::string finish();

private:
    md5_ctx context_{};
};

/// The MD5 of @p bytes, in hexadecimal.
std::string md5Of(std::span<const uint8_t> bytes);

} // namespace daedalus::tools
