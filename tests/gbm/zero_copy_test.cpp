// SPDX-License-Identifier: BSD-2-Clause
//
// The proof that a decoded picture gets to the screen without a copy: a surface's
// planes become textures as they are (what players do with a PRIME buffer), and what
// the CPU then writes to the surface's mapping (what the decoder does) is what is drawn
// next, although nothing was uploaded in between.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <va/va.h>

#include "gbm/dma_buf.h"
#include "gbm/frame_buffer.h"
#include "gbm/surface_allocator.h"
#include "tests/gbm/nodes.h"
#include "tools/common/egl_device.h"
#include "tools/common/egl_image.h"
#include "tools/common/gl_objects.h"
#include "tools/common/texture_reader.h"

namespace daedalus::test {
namespace {

/// A plane of a surface, as a client sees it that was given a PRIME buffer.
struct ImportedPlane {
    int dmaBuf;
    uint32_t drmFormat; ///< R8, GR88, R16, GR1616
    uint32_t width;     ///< pixels of that format
    uint32_t height;
    uint32_t offset;
    uint32_t stride;
};

/// What a texture shows: red and green of each pixel, in the order of rows.
using Pixels = std::vector<uint32_t>;

/// Textures on a DRM node, and what they show.
class EglContext {
public:
    static Result<std::unique_ptr<EglContext>> create(const std::string &node)
    {
        auto device = tools::EglDevice::open(node);
        if (!device) {
            return tl::unexpected(device.error());
        }
        return std::unique_ptr<EglContext>(new EglContext(std::move(*device)));
    }

    /// The DRM file that EGL draws with.
    [[nodiscard]] int drmFd() const { return device_->drmFd(); }
    /// GL_RENDERER.
    [[nodiscard]] std::string renderer() const { return device_->renderer(); }

    /// A texture that is the plane's memory: nothing is uploaded.
    Result<GLuint> importTexture(const ImportedPlane &plane)
    {
        const tools::ExportedLayer layer{.drmFormat = plane.drmFormat,
                                         .width = plane.width,
                                         .height = plane.height,
                                         .planes = {{.fd = plane.dmaBuf,
                                                     .offset = plane.offset,
                                                     .pitch = plane.stride,
                                                     .modifier = DRM_FORMAT_MOD_LINEAR}}};
        auto image = tools::EglImage::import(*device_, layer, nullptr);
        if (!image) {
            return tl::unexpected(image.error());
        }
        images_.push_back(std::move(*image));
        const GLuint texture = textures_.emplace_back(tools::GlTexture::make()).get();
        ::glBindTexture(GL_TEXTURE_2D, texture);
        if (auto bound = images_.back().bindTo(GL_TEXTURE_2D); !bound) {
            return tl::unexpected(bound.error());
        }
        return texture;
    }

    /// A texture that is a copy of @p width x @p height bytes.
    GLuint uploadTexture(uint32_t width, uint32_t height, const void *bytes)
    {
        const GLuint texture = textures_.emplace_back(tools::GlTexture::make()).get();
        ::glBindTexture(GL_TEXTURE_2D, texture);
        ::glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
        ::glTexStorage2D(GL_TEXTURE_2D, 1, GL_R8, static_cast<GLsizei>(width),
                         static_cast<GLsizei>(height));
        ::glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, static_cast<GLsizei>(width),
                          static_cast<GLsizei>(height), GL_RED, GL_UNSIGNED_BYTE, bytes);
        return texture;
    }

    /// Draws @p texture, pixel for pixel, and reads the drawing back.
    /// @param largest value of a component, 255 or 65535
    /// @return two values a pixel, red and green
    Result<Pixels> draw(GLuint texture, uint32_t width, uint32_t height, uint32_t largest)
    {
        ::glActiveTexture(GL_TEXTURE0);
        ::glBindTexture(GL_TEXTURE_2D, texture);
        const auto drawn = reader_.read(0, {.width = width, .height = height}, largest);
        if (!drawn) {
            return tl::unexpected(drawn.error());
        }
        Pixels pixels;
        pixels.reserve(drawn->size() / 2);
        for (size_t i = 0; i < drawn->size(); i += 4) {
            pixels.push_back((*drawn)[i]);
            pixels.push_back((*drawn)[i + 1]);
        }
        return pixels;
    }

private:
    explicit EglContext(std::unique_ptr<tools::EglDevice> device) : device_(std::move(device)) {}

    std::unique_ptr<tools::EglDevice> device_; ///< goes last
    tools::TextureReader reader_;
    std::vector<tools::EglImage> images_;
    std::vector<tools::GlTexture> textures_;
};

/// Width and height with every kind of remainder in them.
constexpr uint32_t kWidth = 355;
constexpr uint32_t kHeight = 289;

struct Setup {
    const char *driver;   ///< whose card node EGL draws on
    const char *provider; ///< where surfaces come from
    uint32_t vaFourcc;
};

/// A plane of a picture: how many components of how many bytes it has in each row.
struct PlaneShape {
    uint32_t pixels;
    uint32_t rows;
    uint32_t components; ///< of a pixel: 2 for interleaved chroma
    uint32_t maximum;    ///< value of a component
};

PlaneShape shapeOf(const gbm::FormatInfo &format, unsigned plane)
{
    const uint32_t components = plane > 0 && format.semiPlanar() ? 2 : 1;
    const uint32_t pixelBytes = components * format.bytesPerSample;
    return {.pixels = format.rowBytes(plane, kWidth) / pixelBytes,
            .rows = format.rows(plane, kHeight),
            .components = components,
            .maximum = format.bytesPerSample == 1 ? 0xffU : 0xffffU};
}

/// A value for each component of each pixel; another @p seed gives another picture.
uint32_t valueAt(uint32_t seed, unsigned plane, uint32_t column, uint32_t row)
{
    uint32_t hash = (seed * 31 + plane) * 0x9e3779b1U ^ row * 0x85ebca6bU ^ column * 0xc2b2ae35U;
    hash ^= hash >> 15;
    return hash * 0x27d4eb2fU >> 8;
}

void writePicture(const gbm::FrameBuffer &frame, uint32_t seed)
{
    ASSERT_TRUE(frame.beginAccess(gbm::CpuAccess::Write));
    for (unsigned plane = 0; plane < frame.format().planes; ++plane) {
        const PlaneShape shape = shapeOf(frame.format(), plane);
        for (uint32_t row = 0; row < shape.rows; ++row) {
            uint8_t *bytes = frame.data(plane) + size_t{row} * frame.stride(plane);
            for (uint32_t column = 0; column < shape.pixels * shape.components; ++column) {
                const uint32_t value = valueAt(seed, plane, column, row);
                if (shape.maximum == 0xff) {
                    bytes[column] = static_cast<uint8_t>(value);
                } else {
                    reinterpret_cast<uint16_t *>(bytes)[column] = static_cast<uint16_t>(value);
                }
            }
        }
    }
    ASSERT_TRUE(frame.endAccess(gbm::CpuAccess::Write));
}

/// What drawing the plane of that picture has to give.
Pixels expectedPixels(const gbm::FormatInfo &format, unsigned plane, uint32_t seed)
{
    const PlaneShape shape = shapeOf(format, plane);
    Pixels pixels;
    for (uint32_t row = 0; row < shape.rows; ++row) {
        for (uint32_t pixel = 0; pixel < shape.pixels; ++pixel) {
            for (uint32_t component = 0; component < 2; ++component) {
                const uint32_t column = pixel * shape.components + component;
                const bool present = component < shape.components;
                pixels.push_back(present ? valueAt(seed, plane, column, row) & shape.maximum : 0);
            }
        }
    }
    return pixels;
}

class ZeroCopy : public testing::TestWithParam<Setup> {
protected:
    void SetUp() override
    {
        const std::string card = test::cardOf(GetParam().driver);
        if (card.empty()) {
            DAEDALUS_SKIP(std::string("there is no card node of ") + GetParam().driver);
        }
        auto egl = EglContext::create(card);
        ASSERT_TRUE(egl) << egl.error().what();
        egl_ = std::move(*egl);
        auto allocator = gbm::SurfaceAllocator::create(egl_->drmFd(), GetParam().provider);
        ASSERT_TRUE(allocator) << allocator.error().what();
        allocator_ = std::move(*allocator);

        auto surface = allocator_->allocate(format_, kWidth, kHeight);
        ASSERT_TRUE(surface) << surface.error().what();
        surface_ = std::move(*surface);
        auto mapping = gbm::DmaBufMapping::map(surface_.fd.get(), surface_.layout.size,
                                               gbm::CpuAccess::ReadWrite);
        ASSERT_TRUE(mapping) << mapping.error().what();
        auto frame = gbm::FrameBuffer::create(*mapping, surface_.layout);
        ASSERT_TRUE(frame) << frame.error().what();
        frame_ = std::move(*frame);
    }

    Result<GLuint> importPlane(unsigned plane)
    {
        const PlaneShape shape = shapeOf(format_, plane);
        return egl_->importTexture({.dmaBuf = surface_.fd.get(),
                                    .drmFormat = format_.drmLayers[plane],
                                    .width = shape.pixels,
                                    .height = shape.rows,
                                    .offset = surface_.layout.offset[plane],
                                    .stride = surface_.layout.stride[plane]});
    }

    void expectDrawn(GLuint texture, unsigned plane, uint32_t seed)
    {
        const PlaneShape shape = shapeOf(format_, plane);
        const auto drawn = egl_->draw(texture, shape.pixels, shape.rows, shape.maximum);
        ASSERT_TRUE(drawn) << drawn.error().what();
        const auto expected = expectedPixels(format_, plane, seed);
        ASSERT_EQ(drawn->size(), expected.size());
        size_t differing = 0;
        for (size_t i = 0; i < expected.size(); ++i) {
            differing += (*drawn)[i] != expected[i] ? 1 : 0;
        }
        EXPECT_EQ(differing, 0U) << "of " << expected.size() << " components of plane " << plane
                                 << ", picture " << seed;
    }

    const gbm::FormatInfo &format_ = *gbm::FormatInfo::fromVa(GetParam().vaFourcc);
    std::unique_ptr<EglContext> egl_;
    std::unique_ptr<gbm::SurfaceAllocator> allocator_;
    gbm::SurfaceBuffer surface_;
    std::shared_ptr<const gbm::FrameBuffer> frame_;
};

TEST_P(ZeroCopy, WhatIsWrittenLaterIsDrawnWithoutAnUpload)
{
    writePicture(*frame_, 1);
    std::array<GLuint, 3> textures{};
    for (unsigned plane = 0; plane < format_.planes; ++plane) {
        const auto texture = importPlane(plane);
        ASSERT_TRUE(texture) << texture.error().what() << " on " << egl_->renderer();
        textures[plane] = *texture;
        expectDrawn(*texture, plane, 1);
    }
    // As a decoder goes on: the same surfaces, again and again, imported once.
    for (uint32_t picture = 2; picture < 5; ++picture) {
        writePicture(*frame_, picture);
        for (unsigned plane = 0; plane < format_.planes; ++plane) {
            expectDrawn(textures[plane], plane, picture);
        }
    }
}

TEST_P(ZeroCopy, ACopyDoesNotChange)
{
    // The counter-proof: a texture that was uploaded keeps showing the old picture, so
    // the proof above cannot come from how it is drawn.
    constexpr uint32_t kSide = 16;
    std::array<uint8_t, size_t{kSide} * kSide> bytes{};
    bytes.fill(10);
    const GLuint texture = egl_->uploadTexture(kSide, kSide, bytes.data());
    bytes.fill(20);
    const auto drawn = egl_->draw(texture, kSide, kSide, 0xff);
    ASSERT_TRUE(drawn) << drawn.error().what();
    for (size_t pixel = 0; pixel < drawn->size(); pixel += 2) {
        ASSERT_EQ((*drawn)[pixel], 10U);
    }
}

TEST_P(ZeroCopy, TheMemoryOutlivesTheAllocatorAndTheDescriptor)
{
    const auto texture = importPlane(0);
    ASSERT_TRUE(texture) << texture.error().what();
    allocator_.reset();
    surface_.fd.reset();
    writePicture(*frame_, 7);
    expectDrawn(*texture, 0, 7);
}

std::string testName(const testing::TestParamInfo<Setup> &info)
{
    const gbm::FormatInfo &format = *gbm::FormatInfo::fromVa(info.param.vaFourcc);
    std::string name =
        std::string(info.param.driver) + "_" + info.param.provider + "_" + std::string(format.name);
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(
    Egl, ZeroCopy,
    testing::Values(Setup{"vgem", "dumb", VA_FOURCC_NV12}, Setup{"vgem", "dumb", VA_FOURCC_I420},
                    Setup{"vgem", "dumb", VA_FOURCC_P010}, Setup{"vgem", "dumb", VA_FOURCC_I010},
                    Setup{"vkms", "dumb", VA_FOURCC_NV12}, Setup{"vkms", "dumb", VA_FOURCC_I420},
                    Setup{"vkms", "gbm", VA_FOURCC_NV12}, Setup{"vkms", "gbm", VA_FOURCC_I420}),
    testName);

} // namespace
} // namespace daedalus::test
