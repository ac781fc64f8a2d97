// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/surface_textures.h"

#include <cerrno>

namespace daedalus::play {
namespace {

bool same(const tools::Colours &a, const tools::Colours &b)
{
    return a.matrix == b.matrix && a.fullRange == b.fullRange && a.chromaX == b.chromaX &&
           a.chromaY == b.chromaY;
}

} // namespace

Result<const tools::ImportedSurface *> SurfaceTextures::of(const VideoFrame &frame)
{
    auto known = entries_.find(frame.pool.get());
    // The address of a pool that is gone may be another's now.
    if (known != entries_.end() && known->second.pool.expired()) {
        entries_.erase(known);
        known = entries_.end();
    }
    const bool late = known != entries_.end();
    if (!late) {
        forgetUnused();
        Entry entry{.pool = frame.pool, .colours = frame.colours, .surfaces = {}};
        known = entries_.emplace(frame.pool.get(), std::move(entry)).first;
    }
    Entry &entry = known->second;
    const auto surface = entry.surfaces.find(frame.surface);
    if (surface != entry.surfaces.end() && (surface->second.mode() == tools::ImportMode::Planes ||
                                            same(entry.colours, frame.colours))) {
        return &surface->second;
    }
    if (!same(entry.colours, frame.colours)) {
        entry.surfaces.clear();
        entry.colours = frame.colours;
    }
    const uint64_t before = imagesMade_;
    if (auto imported = importAll(entry, *frame.pool, frame.colours); !imported) {
        return tl::unexpected(imported.error());
    }
    imagesMadeLate_ += late ? imagesMade_ - before : 0;
    const auto found = entry.surfaces.find(frame.surface);
    if (found == entry.surfaces.end()) {
        return fail(EINVAL, "a picture in a surface that is not its pool's");
    }
    return &found->second;
}

Result<void> SurfaceTextures::importAll(Entry &entry, tools::SurfacePool &pool,
                                        const tools::Colours &colours)
{
    const auto mode = choice_.modeFor(*pool.shape().format);
    if (!mode) {
        return fail(ENOTSUP, std::string(pool.shape().format->name) + " surfaces cannot be shown");
    }
    for (const VASurfaceID surface : pool.surfaces()) {
        if (entry.surfaces.contains(surface)) {
            continue;
        }
        auto imported = tools::ImportedSurface::import(device_, pool.display(), surface,
                                                       pool.shape(), *mode, colours);
        if (!imported) {
            return fail(imported.error().code(), "importing a surface: " + imported.error().what());
        }
        imagesMade_ += imported->images();
        ++surfaces_;
        entry.surfaces.emplace(surface, std::move(*imported));
    }
    return {};
}

void SurfaceTextures::forgetUnused()
{
    std::erase_if(entries_, [](const auto &entry) { return entry.second.pool.expired(); });
}

} // namespace daedalus::play
