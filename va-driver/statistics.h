// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daedalus/result.h"

namespace daedalus::va {

/// What one VADisplay did, counted over its life.
struct Statistics {
    std::atomic<uint64_t> frames = 0; ///< decodes that ended well (each field of a pair counts)
    std::atomic<uint64_t> errors = 0; ///< decodes that failed
    std::atomic<uint64_t> bytesCopied = 0; ///< by the engine, to fill surfaces
    std::atomic<uint64_t> surfaces = 0;    ///< surfaces created
    std::atomic<uint64_t> exports = 0;     ///< surfaces handed out as DMA-BUFs
    std::atomic<uint64_t> downloads = 0;   ///< vaGetImage: pictures copied to the client
    std::atomic<uint64_t> derived = 0;     ///< vaDeriveImage: pictures mapped in place

    /// Appends one line of JSON to a file.
    /// @param bytesKnown false: the engine runs in another process, so null is written for
    /// bytesCopied
    Result<void> append(const std::string &file, std::string_view backend,
                        std::string_view provider, bool bytesKnown) const;
};

} // namespace daedalus::va
