// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daedalus/result.h"
#include "tools/common/egl_device.h"
#include "tools/common/imported_surface.h"
#include "tools/common/va_display.h"

namespace daedalus::play {

/// Tries whether surfaces of @p format, imported in @p mode, show what is in them: writes a
/// known picture, imports the surface, draws and reads back, compares; and again with another
/// picture and the same import, for an import that is a copy is none.
///
/// A driver may crash here: see ImportCheck.
/// @return an Error that says what was wrong
Result<void> tryImport(const tools::EglDevice &device,
                       const std::shared_ptr<tools::VaDisplay> &display,
                       const gbm::FormatInfo &format, tools::ImportMode mode);

} // namespace daedalus::play
