// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>
#include <va/va_dec_vp9.h>

#include <array>
#include <cstdint>
#include <vector>

#include "bitstream/vp9/header_parser.h"
#include "tests/va-driver/vp9_clip.h"

namespace daedalus::va {

/// Plays VP9 frames through VA calls, as a client does.
class Vp9Player {
public:
    Vp9Player(VADisplay display, VAContextID context) : display_(display), context_(context)
    {
        references_.fill(VA_INVALID_SURFACE);
    }

    /// Goes on in another context, as clients do when the picture size changes.
    void setContext(VAContextID context) { context_ = context; }

    /// Begins, renders and ends one picture; nothing waits.
    /// @returns the first status that is no success
    VAStatus decode(const std::vector<uint8_t> &frame, VASurfaceID target);

    /// The surfaces that later frames may refer to.
    [[nodiscard]] const std::array<VASurfaceID, 8> &references() const { return references_; }

private:
    VAStatus render(const std::vector<uint8_t> &frame,
                    const VADecPictureParameterBufferVP9 &params);

    VADisplay display_;
    VAContextID context_;
    bitstream::Vp9HeaderParser headers_;
    std::array<VASurfaceID, 8> references_{};
};

} // namespace daedalus::va
