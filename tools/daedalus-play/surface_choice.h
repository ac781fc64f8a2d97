// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/daedalus-play/import_check.h"

namespace daedalus::play {

/// Which surfaces to decode into and how to import them, from what was found to work.
class SurfaceChoice {
public:
    struct Wishes {
        std::optional<tools::ImportMode> mode; ///< this one only
        std::string format;                    ///< this one only ("i420"), for its bit depth

        /// False for what can never be chosen with these.
        [[nodiscard]] bool allow(const gbm::FormatInfo &candidate, tools::ImportMode way) const;
    };

    /// @param vendor the VA driver's description: ours is asked for planar surfaces, which it
    /// fills without copying; others are asked for the semi-planar ones that all have
    SurfaceChoice(std::vector<ImportVerdict> verdicts, std::string_view vendor, Wishes wishes);

    /// The format for samples of @p bitDepth bits; null where none can be shown.
    [[nodiscard]] const gbm::FormatInfo *formatFor(unsigned bitDepth) const;
    /// How to import it: as one image where the driver does that right.
    [[nodiscard]] std::optional<tools::ImportMode> modeFor(const gbm::FormatInfo &format) const;
    /// True where at least one format of 8 bits can be shown.
    [[nodiscard]] bool usable() const { return formatFor(8) != nullptr; }

    /// A line for each format: how it is imported, and why not otherwise.
    [[nodiscard]] std::vector<std::string> report() const;

private:
    [[nodiscard]] const ImportVerdict *verdictOn(const gbm::FormatInfo &format,
                                                 tools::ImportMode mode) const;

    std::vector<ImportVerdict> verdicts_;
    bool planarFirst_;
    Wishes wishes_;
};

} // namespace daedalus::play
