// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "va-driver/codec.h"
#include "va-driver/surface.h"
#include "va-driver/va_status.h"

namespace daedalus::va {

/// A VABufferID: bytes of our own, or the memory of a surface that an image was
/// derived from. Thread-safe.
class Buffer {
public:
    /// Bytes of our own, zeroed or copied from @p data.
    Buffer(VABufferType type, size_t elementSize, size_t count, const void *data);
    /// A surface's memory, for a derived image.
    explicit Buffer(std::shared_ptr<Surface> surface);

    [[nodiscard]] VABufferType type() const { return type_; }
    [[nodiscard]] size_t elementSize() const { return elementSize_; }
    [[nodiscard]] size_t count() const;
    /// The surface that it shows; null where the bytes are our own.
    [[nodiscard]] const std::shared_ptr<Surface> &surface() const { return surface_; }

    /// vaMapBuffer: maps are counted. Mapping a derived image begins CPU access to
    /// the surface.
    VaResult<void *> map();
    /// vaUnmapBuffer. VA_STATUS_ERROR_INVALID_BUFFER: it is not mapped.
    VAStatus unmap();

    /// vaBufferSetNumElements: grows (with zeros) or shrinks.
    VAStatus setCount(size_t count);

    /// The contents now. Later changes by the client do not show in them, except through a
    /// mapping that the client still has.
    [[nodiscard]] BufferData snapshot() const;

    /// Own bytes, for image copies; null for a surface's memory.
    [[nodiscard]] std::byte *bytes();
    [[nodiscard]] size_t size() const;

    /// vaAcquireBufferHandle and vaReleaseBufferHandle: a DMA-BUF that belongs to
    /// this object.
    /// @returns VA_STATUS_ERROR_INVALID_BUFFER: not a derived image, or not acquired
    VaResult<int> acquireHandle();
    VAStatus releaseHandle();

private:
    VABufferType type_;
    size_t elementSize_;
    std::shared_ptr<Surface> surface_;

    mutable std::mutex mutex_;
    size_t count_;
    std::shared_ptr<std::vector<std::byte>> bytes_;
    unsigned maps_ = 0;
    std::optional<gbm::ScopedCpuAccess> access_; ///< while a surface's memory is mapped
    unsigned handles_ = 0;
};

} // namespace daedalus::va
