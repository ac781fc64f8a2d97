// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <string>
#include <vector>

#include "daedalus/unique_fd.h"
#include "tests/support/guest.h"

namespace daedalus::va {

/// A VADisplay on the first render node, with our driver loaded by libva.
class Display {
public:
    Display();
    Display(const Display &) = delete;
    Display &operator=(const Display &) = delete;
    ~Display();

    /// Terminates the display before its time.
    void terminate();

    /// Whether there is a render node at all.
    [[nodiscard]] bool hasNode() const { return fd_.valid(); }
    /// What vaInitialize() said.
    [[nodiscard]] VAStatus status() const { return status_; }
    /// What libva and the driver reported as errors since.
    [[nodiscard]] const std::string &errors() const { return errors_; }
    operator VADisplay() const { return display_; } // NOLINT(google-explicit-constructor)

    /// Surfaces of one format. Fails the test if there are none.
    [[nodiscard]] std::vector<VASurfaceID> surfaces(uint32_t fourcc, uint32_t width,
                                                    uint32_t height, unsigned count) const;
    [[nodiscard]] VAConfigID config(VAProfile profile) const;
    [[nodiscard]] VAContextID context(VAConfigID config, uint32_t width, uint32_t height) const;

    /// What a surface holds, as tight I420, or I010 for ten bits.
    [[nodiscard]] std::vector<uint8_t> read(VASurfaceID surface, uint32_t width, uint32_t height,
                                            unsigned bitDepth = 8) const;

private:
    UniqueFd fd_;
    VADisplay display_ = nullptr;
    VAStatus status_ = VA_STATUS_ERROR_INVALID_DISPLAY;
    std::string errors_;
};

/// Skips a test where there is no render node to run it on.
#define DAEDALUS_NEED_DISPLAY(display)                                                             \
    if (!(display).hasNode() && !test::inGuest()) {                                                \
        GTEST_SKIP() << "no render node";                                                          \
    }                                                                                              \
    ASSERT_EQ(VA_STATUS_SUCCESS, (display).status()) << (display).errors()

} // namespace daedalus::va
