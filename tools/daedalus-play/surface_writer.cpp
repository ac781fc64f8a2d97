// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/surface_writer.h"

#include <cerrno>

#include "tools/common/va_display.h"

namespace daedalus::play {
namespace {

/// A VAImage, destroyed when this goes.
class Image {
public:
    explicit Image(VADisplay display) : display_(display) { image_.image_id = VA_INVALID_ID; }
    Image(const Image &) = delete;
    Image &operator=(const Image &) = delete;
    ~Image()
    {
        if (image_.image_id != VA_INVALID_ID) {
            ::vaDestroyImage(display_, image_.image_id);
        }
    }

    VAStatus derive(VASurfaceID surface) { return ::vaDeriveImage(display_, surface, &image_); }
    VAStatus create(const gbm::FormatInfo &format, uint32_t width, uint32_t height)
    {
        VAImageFormat wanted{};
        wanted.fourcc = format.va;
        wanted.byte_order = VA_LSB_FIRST;
        return ::vaCreateImage(display_, &wanted, static_cast<int>(width), static_cast<int>(height),
                               &image_);
    }
    [[nodiscard]] const VAImage &get() const { return image_; }

private:
    VADisplay display_;
    VAImage image_{};
};

/// Copies samples of 8 or 16 bits into an image's layout.
class Packer {
public:
    Packer(const tools::SurfacePool::Shape &shape, const VAImage &image, uint8_t *memory,
           std::span<const uint8_t> samples)
        : shape_(shape), format_(*shape.format), image_(image), memory_(memory), samples_(samples)
    {}

    /// @return false where there are too few samples
    bool pack()
    {
        const uint32_t chromaWidth = (shape_.width + 1) / 2;
        const uint32_t chromaHeight = (shape_.height + 1) / 2;
        bool enough = component(0, 0, 1, shape_.width, shape_.height);
        for (unsigned chroma = 0; chroma < 2; ++chroma) {
            enough = enough && (format_.semiPlanar()
                                    ? component(1, chroma, 2, chromaWidth, chromaHeight)
                                    : component(1 + chroma, 0, 1, chromaWidth, chromaHeight));
        }
        return enough && samples_.empty();
    }

private:
    bool component(unsigned plane, unsigned first, unsigned step, uint32_t width, uint32_t height)
    {
        const size_t bytes = format_.bytesPerSample;
        if (samples_.size() < size_t{width} * height * bytes) {
            return false;
        }
        for (uint32_t y = 0; y < height; ++y) {
            uint8_t *row = memory_ + image_.offsets[plane] + size_t{y} * image_.pitches[plane];
            for (uint32_t x = 0; x < width; ++x) {
                put(row + (size_t{x} * step + first) * bytes);
            }
        }
        return true;
    }

    void put(uint8_t *to)
    {
        if (format_.bytesPerSample == 1) {
            *to = samples_[0];
        } else {
            const unsigned shift = format_.semiPlanar() ? 16U - format_.bitDepth : 0U;
            const unsigned word = (samples_[0] | unsigned{samples_[1]} << 8U) << shift;
            to[0] = static_cast<uint8_t>(word & 0xffU);
            to[1] = static_cast<uint8_t>(word >> 8U);
        }
        samples_ = samples_.subspan(format_.bytesPerSample);
    }

    const tools::SurfacePool::Shape &shape_;
    const gbm::FormatInfo &format_;
    const VAImage &image_;
    uint8_t *memory_;
    std::span<const uint8_t> samples_;
};

Result<void> fill(VADisplay display, const Image &image, const tools::SurfacePool::Shape &shape,
                  std::span<const uint8_t> samples)
{
    void *memory = nullptr;
    if (const VAStatus status = ::vaMapBuffer(display, image.get().buf, &memory);
        status != VA_STATUS_SUCCESS) {
        return tools::failVa("vaMapBuffer", status);
    }
    const bool complete =
        Packer(shape, image.get(), static_cast<uint8_t *>(memory), samples).pack();
    if (const VAStatus status = ::vaUnmapBuffer(display, image.get().buf);
        status != VA_STATUS_SUCCESS) {
        return tools::failVa("vaUnmapBuffer", status);
    }
    if (!complete) {
        return fail(EINVAL, "the picture has another size than the surface");
    }
    return {};
}

} // namespace

Result<void> writeSurface(VADisplay display, VASurfaceID surface,
                          const tools::SurfacePool::Shape &shape, std::span<const uint8_t> samples)
{
    {
        Image derived(display);
        if (derived.derive(surface) == VA_STATUS_SUCCESS &&
            derived.get().format.fourcc == shape.format->va) {
            return fill(display, derived, shape, samples);
        }
    }
    Image image(display);
    if (const VAStatus status = image.create(*shape.format, shape.width, shape.height);
        status != VA_STATUS_SUCCESS) {
        return tools::failVa("vaCreateImage", status);
    }
    if (auto filled = fill(display, image, shape, samples); !filled) {
        return filled;
    }
    const VAStatus status = ::vaPutImage(display, surface, image.get().image_id, 0, 0, shape.width,
                                         shape.height, 0, 0, shape.width, shape.height);
    if (status != VA_STATUS_SUCCESS) {
        return tools::failVa("vaPutImage", status);
    }
    return {};
}

} // namespace daedalus::play
