// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <map>
#include <memory>

#include "tools/common/imported_surface.h"
#include "tools/daedalus-play/surface_choice.h"
#include "tools/daedalus-play/video_frame.h"

namespace daedalus::play {

/// The textures of all surfaces that are being shown. A surface is imported once: with its whole
/// pool, when the first picture of that arrives.
class SurfaceTextures {
public:
    SurfaceTextures(const tools::EglDevice &device, const SurfaceChoice &choice)
        : device_(device), choice_(choice)
    {}

    /// The textures of @p frame's surface. They stay until its pool is no longer used.
    Result<const tools::ImportedSurface *> of(const VideoFrame &frame);

    /// EGLImages that were made so far.
    [[nodiscard]] uint64_t imagesMade() const { return imagesMade_; }
    /// Those of them that were made for a pool whose first picture had been shown before.
    [[nodiscard]] uint64_t imagesMadeLate() const { return imagesMadeLate_; }
    [[nodiscard]] uint64_t surfaces() const { return surfaces_; }

private:
    struct Entry {
        std::weak_ptr<tools::SurfacePool> pool;
        tools::Colours colours;
        std::map<VASurfaceID, tools::ImportedSurface> surfaces;
    };
    Result<void> importAll(Entry &entry, tools::SurfacePool &pool, const tools::Colours &colours);
    void forgetUnused();

    const tools::EglDevice &device_;
    const SurfaceChoice &choice_;
    std::map<const tools::SurfacePool *, Entry> entries_;
    uint64_t imagesMade_ = 0;
    uint64_t imagesMadeLate_ = 0;
    uint64_t surfaces_ = 0;
};

} // namespace daedalus::play
