// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daedalus/result.h"
#include "egl_device.h"
#include "imported_surface.h"
#include "va_display.h"

namespace daedalus::play {

/// Tries whether surfaces of @p format, imported in @p mode, show what is in them: writes a
/// known picture, imports the surface, draws and reads back, compares; and again with another
/// picture and the same import, for an import that is a copy is none.
///
/// A driver may crash here: see ImportCheck.
/// @return an Error that says what was wrong
Result<void> tryImport(const EglDevice &device, const std::shared_ptr<VaDisplay> &display,
                       const FormatInfo &format, ImportMode mode);

} // namespace daedalus::play
