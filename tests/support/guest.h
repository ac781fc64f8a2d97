// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdlib>

#include <gtest/gtest.h>

namespace daedalus::test {

/// In the guest every device node is there, so that nothing may be skipped.
inline bool inGuest()
{
    return std::getenv("DAEDALUS_GUEST") != nullptr;
}

} // namespace daedalus::test

/// Skips a test for a reason that the guest never has: there it fails.
#define DAEDALUS_SKIP(reason)                                                                      \
    do {                                                                                           \
        if (daedalus::test::inGuest()) {                                                           \
            FAIL() << "skipped in the guest: " << (reason);                                        \
        }                                                                                          \
        GTEST_SKIP() << (reason);                                                                  \
    } while (false)
