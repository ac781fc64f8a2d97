// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/md5.h"

#include <array>

namespace daedalus::tools {

std::string Md5::finish()
{
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<uint8_t, MD5_DIGEST_SIZE> digest{};
    md5_digest(&context_, digest.size(), digest.data());
    std::string text;
    for (const uint8_t byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string md5Of(std::span<const uint8_t> bytes)
{
    Md5 md5;
    md5.update(bytes);
    return md5.finish();
}

} // namespace daedalus::tools
