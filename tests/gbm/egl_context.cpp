// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gbm/egl_context.h"

#include <drm_fourcc.h>

namespace daedalus::test {

Result<std::unique_ptr<EglContext>> EglContext::create(const std::string &node)
{
    auto device = tools::EglDevice::open(node);
    if (!device) {
        return tl::unexpected(device.error());
    }
    return std::unique_ptr<EglContext>(new EglContext(std::move(*device)));
}

Result<GLuint> EglContext::importTexture(const ImportedPlane &plane)
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

GLuint EglContext::uploadTexture(uint32_t width, uint32_t height, const void *bytes)
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

Result<Pixels> EglContext::draw(GLuint texture, uint32_t width, uint32_t height, uint32_t largest)
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

} // namespace daedalus::test
