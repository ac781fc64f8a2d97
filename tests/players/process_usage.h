// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <string>

namespace daedalus::test {

/// File descriptors that @p process ("self" or a number) has open; 0 if there is none such.
size_t openFiles(const std::string &process = "self");

/// Our own open files once there are no more than @p wanted, or after a while: a context whose
/// last picture is let go of by its own thread closes its files a moment later.
size_t settledFiles(size_t wanted);

/// Resident memory of @p process in KiB; 0 if there is none such.
long residentMemory(const std::string &process);

/// Our own in KiB, without what the heap keeps for later.
long ownMemory();

} // namespace daedalus::test
