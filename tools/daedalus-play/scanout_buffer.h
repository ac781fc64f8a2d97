// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>

#include "daedalus/unique_fd.h"
#include "tools/common/egl_device.h"
#include "tools/daedalus-play/canvas.h"

struct gbm_bo;

namespace daedalus::play {

/// An XRGB8888 buffer that OpenGL draws on and a display or compositor shows.
class ScanoutBuffer {
public:
    enum class For {
        Display,    ///< KMS
        Compositor, ///< another process
    };

    static Result<std::unique_ptr<ScanoutBuffer>> create(const tools::EglDevice &device,
                                                         const PixelSize &size, For whom);

    ScanoutBuffer(const ScanoutBuffer &) = delete;
    ScanoutBuffer &operator=(const ScanoutBuffer &) = delete;
    ~ScanoutBuffer();

    [[nodiscard]] const Canvas &canvas() const { return *canvas_; }
    [[nodiscard]] int dmaBuf() const { return dmaBuf_.get(); }
    [[nodiscard]] uint32_t stride() const;
    [[nodiscard]] uint64_t modifier() const;
    /// GEM handle on the device's file.
    [[nodiscard]] uint32_t handle() const;

private:
    ScanoutBuffer() = default;

    gbm_bo *buffer_ = nullptr;
    UniqueFd dmaBuf_;
    std::optional<Canvas> canvas_;
};

} // namespace daedalus::play
