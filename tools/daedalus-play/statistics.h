// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daedalus/unique_fd.h"

namespace daedalus::play {

/// What came of one file.
struct StreamStatistics {
    std::string file;
    std::string codec;
    std::string format; ///< of the surfaces
    std::string import; ///< how they became textures
    uint32_t width = 0;
    uint32_t height = 0;
    uint64_t decoded = 0;
    uint64_t shown = 0;
    uint64_t dropped = 0;
    uint64_t errors = 0;
};

/// What came of playing.
struct Statistics {
    std::vector<StreamStatistics> streams;
    std::string output;
    std::string renderer;
    std::string vaDriver;
    double seconds = 0;
    double cpuSeconds = 0;   ///< of this process: the kernel backend decodes in another one
    uint64_t drawn = 0;      ///< composed pictures
    uint64_t surfaces = 0;   ///< that were imported
    uint64_t images = 0;     ///< EGLImages that were made for them
    uint64_t imagesLate = 0; ///< those of them that were made after a pool's first picture
    /// Copied by the driver to fill surfaces; none where it does not tell.
    std::optional<uint64_t> bytesCopied;
    nlohmann::json driver; ///< the driver's own line of statistics; null where there is none
};

nlohmann::json toJson(const Statistics &statistics);

/// Seconds of CPU time that this process used in all its threads.
double cpuSeconds();

/// The kernel module's count of the bytes that its workers copied. Open for good, for reading it
/// while a file plays makes no descriptor.
class ModuleCounter {
public:
    ModuleCounter();

    /// Bytes since this was made; none without the module or the right to read it.
    [[nodiscard]] std::optional<uint64_t> copied() const;

private:
    [[nodiscard]] std::optional<uint64_t> total() const;

    UniqueFd file_;
    std::optional<uint64_t> before_;
};

} // namespace daedalus::play
