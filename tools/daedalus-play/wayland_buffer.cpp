// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/wayland_buffer.h"

#include <cerrno>
#include <optional>

#include <drm_fourcc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/daedalus-play/scanout_buffer.h"

namespace daedalus::play {
namespace {

constexpr int kBytes = 4; ///< of a pixel

/// What OpenGL drew on is what the compositor reads.
class DmaBufWaylandBuffer : public WaylandBuffer {
public:
    static Result<std::unique_ptr<WaylandBuffer>>
    create(const tools::EglDevice &device, WaylandConnection &connection, const PixelSize &size)
    {
        auto scanout = ScanoutBuffer::create(device, size, ScanoutBuffer::For::Compositor);
        if (!scanout) {
            return tl::unexpected(scanout.error());
        }
        const WaylandPtr<zwp_linux_buffer_params_v1> parameters(
            ::zwp_linux_dmabuf_v1_create_params(connection.dmaBufs()));
        // Linear is what was asked for and what the compositor said that it takes.
        ::zwp_linux_buffer_params_v1_add(parameters.get(), (*scanout)->dmaBuf(), 0, 0,
                                         (*scanout)->stride(), 0, DRM_FORMAT_MOD_LINEAR);
        auto made = std::make_unique<DmaBufWaylandBuffer>();
        made->scanout_ = std::move(*scanout);
        made->setBuffer(::zwp_linux_buffer_params_v1_create_immed(
            parameters.get(), size.width, size.height, DRM_FORMAT_XRGB8888, 0));
        return made;
    }

    [[nodiscard]] const Canvas &canvas() const override { return scanout_->canvas(); }
    [[nodiscard]] bool copies() const override { return false; }
    Result<void> finish() override { return {}; }

private:
    std::unique_ptr<ScanoutBuffer> scanout_;
};

/// Memory of ours that the compositor maps.
class SharedMemory {
public:
    explicit SharedMemory(size_t size)
        : size_(size), file_(::memfd_create("daedalus-play", MFD_CLOEXEC))
    {
        if (file_ && ::ftruncate(file_.get(), static_cast<off_t>(size)) == 0) {
            memory_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
        }
    }
    SharedMemory(const SharedMemory &) = delete;
    SharedMemory &operator=(const SharedMemory &) = delete;
    ~SharedMemory()
    {
        if (valid()) {
            ::munmap(memory_, size_);
        }
    }
    [[nodiscard]] bool valid() const { return memory_ != MAP_FAILED; }
    [[nodiscard]] int fd() const { return file_.get(); }
    [[nodiscard]] uint8_t *data() const { return static_cast<uint8_t *>(memory_); }

private:
    size_t size_;
    UniqueFd file_;
    void *memory_ = MAP_FAILED;
};

/// What OpenGL drew is read back into memory that the compositor maps.
class ShmWaylandBuffer : public WaylandBuffer {
public:
    static Result<std::unique_ptr<WaylandBuffer>> create(WaylandConnection &connection,
                                                         const PixelSize &size)
    {
        auto canvas = Canvas::create(size);
        if (!canvas) {
            return tl::unexpected(canvas.error());
        }
        const size_t bytes =
            static_cast<size_t>(size.width) * static_cast<size_t>(size.height) * kBytes;
        auto made = std::make_unique<ShmWaylandBuffer>(std::move(*canvas), bytes);
        if (!made->memory_.valid()) {
            return failErrno("shared memory for the window");
        }
        const WaylandPtr<wl_shm_pool> pool(::wl_shm_create_pool(
            connection.sharedMemory(), made->memory_.fd(), static_cast<int32_t>(bytes)));
        made->setBuffer(::wl_shm_pool_create_buffer(pool.get(), 0, size.width, size.height,
                                                    size.width * kBytes, WL_SHM_FORMAT_XRGB8888));
        return made;
    }

    ShmWaylandBuffer(Canvas canvas, size_t bytes) : canvas_(std::move(canvas)), memory_(bytes) {}

    [[nodiscard]] const Canvas &canvas() const override { return canvas_; }
    [[nodiscard]] bool copies() const override { return true; }
    Result<void> finish() override
    {
        const auto pixels = canvas_.read();
        if (!pixels) {
            return tl::unexpected(pixels.error());
        }
        // Red, green, blue, alpha here; blue, green, red, nothing there.
        uint8_t *to = memory_.data();
        for (size_t i = 0; i + 3 < pixels->size(); i += kBytes) {
            to[i] = (*pixels)[i + 2];
            to[i + 1] = (*pixels)[i + 1];
            to[i + 2] = (*pixels)[i];
            to[i + 3] = 0;
        }
        return {};
    }

private:
    Canvas canvas_;
    SharedMemory memory_;
};

} // namespace

void WaylandBuffer::setBuffer(wl_buffer *buffer)
{
    static const wl_buffer_listener kListener{.release = &released};
    buffer_.reset(buffer);
    ::wl_buffer_add_listener(buffer, &kListener, this);
}

void WaylandBuffer::released(void *self, wl_buffer * /*buffer*/)
{
    static_cast<WaylandBuffer *>(self)->lent_ = false;
}

Result<std::unique_ptr<WaylandBuffer>> WaylandBuffer::create(const tools::EglDevice &device,
                                                             WaylandConnection &connection,
                                                             const PixelSize &size)
{
    if (connection.dmaBufs() != nullptr) {
        if (auto made = DmaBufWaylandBuffer::create(device, connection, size)) {
            return made;
        }
    }
    return ShmWaylandBuffer::create(connection, size);
}

} // namespace daedalus::play
