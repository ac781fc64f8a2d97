// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "daedalus/result.h"
#include "tools/v4l2-decode/frame_view.h"
#include "tools/v4l2-decode/options.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// Packs the visible part of an 8-bit 4:2:0 picture as planar yuv420p without
/// padding: Y, U, V; chroma planes are (width + 1) / 2 by (height + 1) / 2.
/// @param out is resized to fit
void packPlanar(const FrameView &view, const bitstream::VisibleRect &visible,
                std::vector<uint8_t> &out);

/// Where packed frames go.
class FrameOutput {
public:
    /// What OutputKind asks for. Hashes go to stdout.
    static Result<std::unique_ptr<FrameOutput>> create(const Options &options);

    virtual ~FrameOutput() = default;

    /// Takes a frame.
    /// @param number counts displayed frames from 0, those with errors too
    virtual Result<void> write(uint64_t number, std::span<const uint8_t> planar,
                               const bitstream::VisibleRect &visible) = 0;
    /// No frame will follow.
    virtual Result<void> finish() { return {}; }
    /// Whether write() looks at the samples.
    [[nodiscard]] virtual bool wantsSamples() const { return true; }
};

} // namespace daedalus::v4l2decode
