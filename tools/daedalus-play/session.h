// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/common/egl_device.h"
#include "tools/common/nodes.h"
#include "tools/common/va_display.h"
#include "tools/daedalus-play/compositor.h"
#include "tools/daedalus-play/observer.h"
#include "tools/daedalus-play/options.h"
#include "tools/daedalus-play/output.h"
#include "tools/daedalus-play/surface_choice.h"
#include "tools/daedalus-play/video_stream.h"

namespace daedalus::play {

/// All that playing needs, made from what the user asked for, in the right order.
class Session {
public:
    /// @return an Error that says what to do about it
    static Result<std::unique_ptr<Session>> create(const Options &options);

    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session() = default;

    /// Opens the files, and begins to decode them.
    Result<std::vector<std::unique_ptr<VideoStream>>> openStreams();
    /// What has to be written besides.
    Result<std::vector<std::unique_ptr<Observer>>> makeObservers(const VideoStream &first);

    [[nodiscard]] const tools::EglDevice &egl() const { return *egl_; }
    [[nodiscard]] const tools::VaDisplay &va() const { return *va_; }
    [[nodiscard]] const SurfaceChoice &choice() const { return *choice_; }
    [[nodiscard]] Output &output() { return *output_; }
    [[nodiscard]] Compositor &compositor() { return *compositor_; }

private:
    explicit Session(const Options &options) : options_(options) {}
    Result<void> findDevices();
    Result<void> chooseSurfaces();
    Result<void> makeOutput();
    Result<void> makeCompositor();

    const Options &options_;
    OutputKind kind_ = OutputKind::Offscreen;
    tools::Nodes nodes_;
    std::unique_ptr<tools::EglDevice> egl_;
    std::shared_ptr<tools::VaDisplay> va_;
    std::unique_ptr<SurfaceChoice> choice_;
    std::unique_ptr<Output> output_;
    std::unique_ptr<Compositor> compositor_;
};

} // namespace daedalus::play
