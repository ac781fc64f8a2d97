// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daedalus/result.h"
#include "va-driver/backend.h"
#include "va-driver/capture_layout.h"
#include "va-driver/surface_memory.h"

namespace daedalus::va {

/// Which CAPTURE buffer index stands for which surface.
///
/// A surface keeps its index as long as possible, so that the kernel attaches its
/// buffer, and the worker maps it, once. There are fewer indexes than a client may
/// have surfaces: then the surface that was not used for longest loses its index.
///
/// A surface whose planes are not where the CAPTURE format wants them is decoded
/// into a shadow, a buffer of our own, and copied.
class CaptureSlots {
public:
    /// What is being decoded into an index.
    struct Slot {
        std::weak_ptr<SurfaceMemory> owner;    ///< the surface's memory
        std::shared_ptr<SurfaceMemory> shadow; ///< null where the surface itself is decoded into
        std::shared_ptr<DecodeJob> job;        ///< in flight, or null
        uint32_t bytes = 0;                    ///< of the DMA-BUF to queue
        uint64_t lastUse = 0;
    };

    /// Forgets all surfaces. @param count how many indexes there are
    void reset(unsigned count, const CaptureLayout &layout);

    /// The index for a job: the one that its surface has, or a new one.
    /// @returns nothing if a decode has to be finished first; an Error: no memory for a shadow
    Result<std::optional<unsigned>> acquire(const std::shared_ptr<SurfaceMemory> &memory,
                                            gbm::SurfaceAllocator &allocator);

    [[nodiscard]] Slot &operator[](unsigned index) { return slots_[index]; }
    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(slots_.size()); }

    /// The DMA-BUF to queue for an index that was acquired.
    [[nodiscard]] int fd(unsigned index) const;

private:
    std::optional<unsigned> find(const std::shared_ptr<SurfaceMemory> &memory) const;
    /// An index for a new surface: a free one, or the one that was not used for longest.
    std::optional<unsigned> chooseIndex() const;

    std::vector<Slot> slots_;
    CaptureLayout layout_;
    uint64_t uses_ = 0;
};

/// Copies a decoded picture from a slot's shadow to the surface.
Result<void> copyShadow(SurfaceMemory &shadow, SurfaceMemory &surface);

} // namespace daedalus::va
