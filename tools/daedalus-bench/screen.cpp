// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/screen.h"

#include <array>
#include <cerrno>
#include <map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gbm.h>
#include <unistd.h>

#include "tools/common/egl_device.h"
#include "tools/common/exported_surface.h"
#include "tools/common/imported_surface.h"
#include "tools/common/nodes.h"
#include "tools/common/va_decoding.h"
#include "tools/daedalus-bench/sample_grid.h"

namespace daedalus::bench {
namespace {

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

Result<HeldMapping> HeldMapping::make(const tools::EglDevice &device,
                                      const tools::ExportedLayer &layer)
{
    gbm_import_fd_data data{.fd = layer.planes[0].fd,
                            .width = layer.width,
                            .height = layer.height,
                            .stride = layer.planes[0].pitch,
                            .format = layer.drmFormat};
    HeldMapping held(::gbm_bo_import(device.gbm(), GBM_BO_IMPORT_FD, &data, GBM_BO_USE_LINEAR));
    if (held.buffer_ == nullptr) {
        return failErrno("gbm_bo_import");
    }
    uint32_t stride = 0;
    if (::gbm_bo_map(held.buffer_, 0, 0, data.width, data.height, GBM_BO_TRANSFER_READ, &stride,
                     &held.mapping_) == nullptr) {
        return failErrno("gbm_bo_map");
    }
    return held;
}

HeldMapping::~HeldMapping()
{
    if (buffer_ != nullptr && mapping_ != nullptr) {
        ::gbm_bo_unmap(buffer_, mapping_);
    }
    if (buffer_ != nullptr) {
        ::gbm_bo_destroy(buffer_);
    }
}

constexpr unsigned kPlanes = 3;

/// Keeps Mesa from saying that it has no driver for a device without a GPU, on which it then
/// draws with the CPU. What fails is said by who asked for it.
class MutedStderr {
public:
    MutedStderr() : own_(::dup(STDERR_FILENO))
    {
        const UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        ::dup2(nowhere.get(), STDERR_FILENO);
    }
    MutedStderr(const MutedStderr &) = delete;
    MutedStderr &operator=(const MutedStderr &) = delete;
    ~MutedStderr() { ::dup2(own_.get(), STDERR_FILENO); }

private:
    UniqueFd own_;
};

/// What both kinds have: OpenGL, and the drawing.
class GlScreen : public Screen {
public:
    [[nodiscard]] uint64_t digest() const override { return grid_.digest(); }
    [[nodiscard]] std::string renderer() const override { return device_->renderer(); }

    template <typename Kind>
    static Result<std::unique_ptr<Screen>> open(const std::string &node)
    {
        const MutedStderr muted;
        const auto nodes = tools::findNodes(node);
        if (!nodes) {
            return tl::unexpected(nodes.error());
        }
        auto device = tools::EglDevice::open(nodes->egl);
        if (!device) {
            return tl::unexpected(device.error());
        }
        auto grid = SampleGrid::make();
        if (!grid) {
            return tl::unexpected(grid.error());
        }
        return std::make_unique<Kind>(std::move(*device), std::move(*grid));
    }

protected:
    GlScreen(std::unique_ptr<tools::EglDevice> device, SampleGrid grid)
        : device_(std::move(device)), grid_(std::move(grid))
    {}

    [[nodiscard]] const tools::EglDevice &device() const { return *device_; }
    [[nodiscard]] SampleGrid &grid() { return grid_; }

private:
    std::unique_ptr<tools::EglDevice> device_; ///< goes last
    SampleGrid grid_;
};

class UploadScreen : public GlScreen {
public:
    UploadScreen(std::unique_ptr<tools::EglDevice> device, SampleGrid grid)
        : GlScreen(std::move(device), std::move(grid))
    {}

    Result<void> show(const AVFrame &frame) override
    {
        const bool words = frame.format == AV_PIX_FMT_YUV420P10;
        if (!words && frame.format != AV_PIX_FMT_YUV420P && frame.format != AV_PIX_FMT_YUVJ420P) {
            return fail(ENOTSUP, "pictures of this format are not uploaded");
        }
        if (words && !device().hasGlExtension("GL_EXT_texture_norm16")) {
            return fail(ENOTSUP, "OpenGL ES has no GL_EXT_texture_norm16");
        }
        if (frame.width != width_ || frame.height != height_) {
            allocate(frame, words);
        }
        for (unsigned plane = 0; plane < kPlanes; ++plane) {
            upload(frame, plane, words);
        }
        return grid().draw(frame.width, frame.height, words ? UINT16_MAX : UINT8_MAX);
    }

private:
    static int columns(const AVFrame &frame, unsigned plane)
    {
        return plane == 0 ? frame.width : (frame.width + 1) / 2;
    }
    static int rows(const AVFrame &frame, unsigned plane)
    {
        return plane == 0 ? frame.height : (frame.height + 1) / 2;
    }

    void allocate(const AVFrame &frame, bool words)
    {
        for (unsigned plane = 0; plane < kPlanes; ++plane) {
            textures_[plane] = tools::GlTexture::make();
            ::glActiveTexture(GL_TEXTURE0 + plane);
            ::glBindTexture(GL_TEXTURE_2D, textures_[plane].get());
            ::glTexStorage2D(GL_TEXTURE_2D, 1, words ? GL_R16_EXT : GL_R8, columns(frame, plane),
                             rows(frame, plane));
        }
        width_ = frame.width;
        height_ = frame.height;
    }

    /// As players do: from where the decoder has it, without a copy of their own.
    void upload(const AVFrame &frame, unsigned plane, bool words)
    {
        ::glActiveTexture(GL_TEXTURE0 + plane);
        ::glBindTexture(GL_TEXTURE_2D, textures_[plane].get());
        ::glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
        ::glPixelStorei(GL_UNPACK_ROW_LENGTH, frame.linesize[plane] / (words ? 2 : 1));
        ::glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, columns(frame, plane), rows(frame, plane), GL_RED,
                          words ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE, frame.data[plane]);
    }

    int width_ = 0;
    int height_ = 0;
    std::array<tools::GlTexture, kPlanes> textures_;
};

class ImportScreen : public GlScreen {
public:
    ImportScreen(std::unique_ptr<tools::EglDevice> device, SampleGrid grid)
        : GlScreen(std::move(device), std::move(grid))
    {}

    Result<void> show(const AVFrame &frame) override
    {
        const auto pool = tools::SurfacePool::of(frame);
        if (!pool || pool->shape().format->planes != kPlanes) {
            return fail(ENOTSUP, "only planar surfaces are shown");
        }
        const auto surface = tools::surfaceOf(frame);
        auto known = surfaces_.find(surface);
        if (known == surfaces_.end()) {
            if (auto imported = import(*pool, surface); !imported) {
                return imported;
            }
            known = surfaces_.find(surface);
        }
        known->second.bind();
        const bool words = pool->shape().format->bytesPerSample == 2;
        return grid().draw(frame.width, frame.height, words ? UINT16_MAX : UINT8_MAX);
    }

private:
    Result<void> import(const tools::SurfacePool &pool, VASurfaceID surface)
    {
        const auto &shape = pool.shape();
        auto imported = tools::ImportedSurface::import(device(), pool.display(), surface, shape,
                                                       tools::ImportMode::Planes, {});
        if (!imported) {
            return tl::unexpected(imported.error());
        }
        surfaces_.emplace(surface, std::move(*imported));
        if (renderer().rfind("llvmpipe", 0) != 0) {
            return {};
        }
        const auto exported =
            tools::exportSurface(pool.display(), surface, tools::ExportLayers::Separate,
                                 shape.format->va, shape.width, shape.height);
        if (!exported) {
            return tl::unexpected(exported.error());
        }
        auto held = HeldMapping::make(device(), exported->layers[0]);
        if (!held) {
            return tl::unexpected(held.error());
        }
        held_.push_back(std::move(*held));
        return {};
    }

    std::map<VASurfaceID, tools::ImportedSurface> surfaces_;
    std::vector<HeldMapping> held_; ///< of a renderer that needs it, one for each surface
};

} // namespace

Result<std::unique_ptr<Screen>> openUploadScreen(const std::string &node)
{
    return GlScreen::open<UploadScreen>(node);
}

Result<std::unique_ptr<Screen>> openImportScreen(const std::string &node)
{
    return GlScreen::open<ImportScreen>(node);
}

} // namespace daedalus::bench
