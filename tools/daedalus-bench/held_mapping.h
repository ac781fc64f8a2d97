// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <utility>

#include "daedalus/result.h"
#include "tools/common/egl_device.h"
#include "tools/common/exported_surface.h"

struct gbm_bo;

namespace daedalus::bench {

/// Has Mesa's software renderer keep a buffer mapped for as long as this lives.
///
/// It maps what it draws from for each drawing and unmaps it afterwards, so that each page that a
/// drawing touches costs a page fault. A GPU has the pages in its own tables from the import on;
/// with a mapping that is held, so has the renderer.
class HeldMapping {
public:
    /// @param layer of the buffer that @p device has textures of
    static Result<HeldMapping> make(const tools::EglDevice &device,
                                    const tools::ExportedLayer &layer);

    HeldMapping(HeldMapping &&other) noexcept
        : buffer_(std::exchange(other.buffer_, nullptr)), mapping_(other.mapping_)
    {}
    HeldMapping(const HeldMapping &) = delete;
    HeldMapping &operator=(const HeldMapping &) = delete;
    ~HeldMapping();

private:
    explicit HeldMapping(gbm_bo *buffer) : buffer_(buffer) {}

    gbm_bo *buffer_;
    void *mapping_ = nullptr; ///< GBM's handle of it
};

} // namespace daedalus::bench
