// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <optional>
#include <vector>

#include "gbm/format_info.h"
#include "va-driver/driver.h"

namespace daedalus::va {

/// A format that images can have.
struct ImageFormat {
    const gbm::FormatInfo *info = nullptr;
    uint32_t fourcc = 0;     ///< VA_FOURCC_*
    bool swapChroma = false; ///< V comes before U: YV12, which else is I420
};

/// All that vaQueryImageFormats lists. Surface formats come first and in the
/// order of surface formats: clients take the first that suits them.
std::vector<ImageFormat> imageFormats(const Driver &driver);

/// The format of a fourcc; nothing if images cannot have it.
std::optional<ImageFormat> findImageFormat(const Driver &driver, uint32_t fourcc);

/// VA's description of a format.
VAImageFormat describeImageFormat(const ImageFormat &format);

} // namespace daedalus::va
