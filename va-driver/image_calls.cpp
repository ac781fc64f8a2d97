// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <optional>
#include <vector>

#include "va-driver/entry_points.h"
#include "va-driver/image_copy.h"
#include "va-driver/surface_formats.h"

namespace daedalus::va {

namespace {

/// A format that images can have.
struct ImageFormat {
    const gbm::FormatInfo *info = nullptr;
    uint32_t fourcc = 0;     ///< VA_FOURCC_*
    bool swapChroma = false; ///< V comes before U: YV12, which else is I420
};

/// All that vaQueryImageFormats lists. Surface formats come first and in the
/// order of surface formats: clients take the first that suits them.
std::vector<ImageFormat> imageFormats(const Driver &driver)
{
    std::vector<ImageFormat> formats;
    const gbm::FormatInfo *i420 = nullptr;
    for (const gbm::FormatInfo *info : surfaceFormats(supportedRtFormats(driver))) {
        formats.push_back({info, info->va, false});
        i420 = info->va == VA_FOURCC_I420 ? info : i420;
    }
    if (i420 != nullptr) {
        formats.push_back({i420, VA_FOURCC_YV12, true});
    }
    return formats;
}

/// The format of a fourcc; nothing if images cannot have it.
std::optional<ImageFormat> findImageFormat(const Driver &driver, uint32_t fourcc)
{
    const auto formats = imageFormats(driver);
    const auto it = std::ranges::find_if(
        formats, [=](const ImageFormat &format) { return format.fourcc == fourcc; });
    return it != formats.end() ? std::optional(*it) : std::nullopt;
}

/// VA's description of a format.
VAImageFormat describeImageFormat(const ImageFormat &format)
{
    const gbm::FormatInfo &info = *format.info;
    const unsigned chroma = 16U >> (info.horizontalShift + info.verticalShift); // both, of 8 bits
    VAImageFormat description{};
    description.fourcc = format.fourcc;
    description.byte_order = VA_LSB_FIRST;
    description.bits_per_pixel = (8U + chroma) * info.bytesPerSample;
    return description;
}

/// Registers an image and its buffer, and describes both to the client.
VAStatus publish(Driver &driver, VAImage description, std::shared_ptr<Buffer> buffer, VAImage *out)
{
    const auto bufferId = driver.buffers.insert(buffer);
    if (!bufferId) {
        return bufferId.error();
    }
    description.buf = *bufferId;
    auto image = std::make_shared<Image>();
    image->buffer = std::move(buffer);
    const auto imageId = driver.images.insert(image);
    if (!imageId) {
        driver.buffers.remove(*bufferId);
        return imageId.error();
    }
    description.image_id = *imageId;
    image->description = description;
    *out = description;
    return VA_STATUS_SUCCESS;
}

/// An image in memory of our own, laid out as a surface of its size is: GStreamer maps
/// images that it derived from surfaces and takes the pitches of one that it created for
/// theirs.
VAImage layoutImage(const ImageFormat &format, uint32_t width, uint32_t height)
{
    const gbm::SurfaceLayout layout = gbm::SurfaceLayout::standard(*format.info, width, height);
    VAImage image{};
    image.format = describeImageFormat(format);
    image.width = static_cast<uint16_t>(width);
    image.height = static_cast<uint16_t>(height);
    image.data_size = static_cast<uint32_t>(layout.size);
    image.num_planes = format.info->planes;
    std::ranges::copy(layout.stride, image.pitches);
    std::ranges::copy(layout.offset, image.offsets);
    return image;
}

PictureView imageView(const VAImage &image, const ImageFormat &format, std::byte *data)
{
    PictureView view{format.info, image.width, image.height, {}, {}};
    for (unsigned plane = 0; plane < image.num_planes; ++plane) {
        const unsigned colour = format.swapChroma && plane > 0 ? 3 - plane : plane;
        view.plane[colour] = data + image.offsets[plane];
        view.stride[colour] = image.pitches[plane];
    }
    return view;
}

bool inside(int x, int y, unsigned width, unsigned height, uint32_t outerWidth,
            uint32_t outerHeight)
{
    return x >= 0 && y >= 0 && width > 0 && height > 0 && width <= outerWidth &&
           height <= outerHeight && static_cast<unsigned>(x) <= outerWidth - width &&
           static_cast<unsigned>(y) <= outerHeight - height;
}

/// A surface and an image between which to copy, with the memory of both.
struct CopyPair {
    std::shared_ptr<Surface> surface;
    std::shared_ptr<Image> image;
    ImageFormat format;
    std::shared_ptr<gbm::DmaBufMapping> surfaceMapping;
    std::shared_ptr<gbm::DmaBufMapping> imageMapping; ///< of a derived image

    [[nodiscard]] PictureView viewOfSurface() const
    {
        return viewOf(surface->layout(), *surfaceMapping);
    }
    [[nodiscard]] PictureView viewOfImage() const
    {
        std::byte *data = imageMapping ? imageMapping->data() : image->buffer->bytes();
        return imageView(image->description, format, data);
    }
};

VaResult<CopyPair> findPair(Driver &driver, VASurfaceID surfaceId, VAImageID imageId)
{
    CopyPair pair;
    pair.surface = driver.surfaces.find(surfaceId);
    if (!pair.surface) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    pair.image = driver.images.find(imageId);
    if (!pair.image) {
        return vaFail(VA_STATUS_ERROR_INVALID_IMAGE);
    }
    const auto format = findImageFormat(driver, pair.image->description.format.fourcc);
    if (!format || !canCopy(*format->info, pair.surface->format())) {
        return vaFail(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
    }
    pair.format = *format;
    auto mapping = pair.surface->memory().mapping();
    if (!mapping) {
        return vaFail(VA_STATUS_ERROR_OPERATION_FAILED);
    }
    pair.surfaceMapping = std::move(*mapping);
    if (const auto &derived = pair.image->buffer->surface()) {
        auto other = derived->memory().mapping();
        if (!other) {
            return vaFail(VA_STATUS_ERROR_OPERATION_FAILED);
        }
        pair.imageMapping = std::move(*other);
    }
    return pair;
}

} // namespace

VAStatus queryImageFormats(Driver &driver, VAImageFormat *list, int *count)
{
    if (list == nullptr || count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *count = 0;
    for (const ImageFormat &format : imageFormats(driver)) {
        list[(*count)++] = describeImageFormat(format);
    }
    return VA_STATUS_SUCCESS;
}

VAStatus createImage(Driver &driver, VAImageFormat *format, int width, int height, VAImage *image)
{
    if (format == nullptr || image == nullptr || width <= 0 || height <= 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    image->image_id = VA_INVALID_ID;
    image->buf = VA_INVALID_ID;
    const auto known = findImageFormat(driver, format->fourcc);
    if (!known) {
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    }
    if (static_cast<uint32_t>(width) > kMaxPictureSize ||
        static_cast<uint32_t>(height) > kMaxPictureSize) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    const VAImage description =
        layoutImage(*known, static_cast<uint32_t>(width), static_cast<uint32_t>(height));
    auto buffer = std::make_shared<Buffer>(VAImageBufferType, description.data_size, 1, nullptr);
    return publish(driver, description, std::move(buffer), image);
}

VAStatus deriveImage(Driver &driver, VASurfaceID surfaceId, VAImage *image)
{
    const auto surface = driver.surfaces.find(surfaceId);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (image == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const gbm::SurfaceLayout &layout = surface->layout();
    VAImage description{};
    description.format = describeImageFormat({layout.format, layout.format->va, false});
    description.width = static_cast<uint16_t>(layout.width);
    description.height = static_cast<uint16_t>(layout.height);
    description.data_size = static_cast<uint32_t>(layout.size);
    description.num_planes = layout.format->planes;
    std::ranges::copy(layout.stride, description.pitches);
    std::ranges::copy(layout.offset, description.offsets);
    const VAStatus status = publish(driver, description, std::make_shared<Buffer>(surface), image);
    driver.statistics->derived += status == VA_STATUS_SUCCESS ? 1 : 0;
    return status;
}

VAStatus destroyImage(Driver &driver, VAImageID id)
{
    const auto image = driver.images.remove(id);
    if (!image) {
        return VA_STATUS_ERROR_INVALID_IMAGE;
    }
    driver.buffers.remove(image->description.buf);
    return VA_STATUS_SUCCESS;
}

namespace {

VAStatus accessFailed(Driver &driver, const Error &error)
{
    driver.logger->error("a surface cannot be accessed: {}", error.what());
    return VA_STATUS_ERROR_OPERATION_FAILED;
}

} // namespace

VAStatus getImage(Driver &driver, VASurfaceID surfaceId, int x, int y, unsigned int width,
                  unsigned int height, VAImageID imageId)
{
    const auto pair = findPair(driver, surfaceId, imageId);
    if (!pair) {
        return pair.error();
    }
    const gbm::SurfaceLayout &layout = pair->surface->layout();
    const VAImage &image = pair->image->description;
    if (!inside(x, y, width, height, layout.width, layout.height) || width > image.width ||
        height > image.height) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    pair->surface->waitIdle();
    const gbm::ScopedCpuAccess access(pair->surfaceMapping, gbm::CpuAccess::Read);
    if (!access.begun()) {
        return accessFailed(driver, access.begun().error());
    }
    copyPicture(pair->viewOfSurface(), pair->viewOfImage(),
                {static_cast<uint32_t>(x), static_cast<uint32_t>(y), 0, 0, width, height});
    ++driver.statistics->downloads;
    return VA_STATUS_SUCCESS;
}

VAStatus putImage(Driver &driver, VASurfaceID surfaceId, VAImageID imageId, int srcX, int srcY,
                  unsigned int srcWidth, unsigned int srcHeight, int destX, int destY,
                  unsigned int destWidth, unsigned int destHeight)
{
    const auto pair = findPair(driver, surfaceId, imageId);
    if (!pair) {
        return pair.error();
    }
    const gbm::SurfaceLayout &layout = pair->surface->layout();
    const VAImage &image = pair->image->description;
    if (!inside(srcX, srcY, srcWidth, srcHeight, image.width, image.height) ||
        !inside(destX, destY, destWidth, destHeight, layout.width, layout.height)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (srcWidth != destWidth || srcHeight != destHeight) { // would need scaling
        return VA_STATUS_ERROR_UNIMPLEMENTED;
    }
    pair->surface->waitIdle();
    const gbm::ScopedCpuAccess access(pair->surfaceMapping, gbm::CpuAccess::ReadWrite);
    if (!access.begun()) {
        return accessFailed(driver, access.begun().error());
    }
    copyPicture(pair->viewOfImage(), pair->viewOfSurface(),
                {static_cast<uint32_t>(srcX), static_cast<uint32_t>(srcY),
                 static_cast<uint32_t>(destX), static_cast<uint32_t>(destY), srcWidth, srcHeight});
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
