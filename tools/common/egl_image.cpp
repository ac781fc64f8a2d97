// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/egl_image.h"

#include <cerrno>
#include <vector>

#include <drm_fourcc.h>

namespace daedalus::tools {
namespace {

struct PlaneAttributes {
    EGLAttrib fd;
    EGLAttrib offset;
    EGLAttrib pitch;
    EGLAttrib modifierLow;
    EGLAttrib modifierHigh;
};

constexpr PlaneAttributes kPlanes[] = {
    {EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT,
     EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT},
    {EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT,
     EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT},
    {EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT, EGL_DMA_BUF_PLANE2_PITCH_EXT,
     EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT},
    {EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT, EGL_DMA_BUF_PLANE3_PITCH_EXT,
     EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT},
};

void addColours(std::vector<EGLAttrib> &attributes, const Colours &colours)
{
    EGLAttrib space = EGL_ITU_REC709_EXT;
    if (colours.matrix == Matrix::Bt601) {
        space = EGL_ITU_REC601_EXT;
    } else if (colours.matrix == Matrix::Bt2020) {
        space = EGL_ITU_REC2020_EXT;
    }
    attributes.insert(attributes.end(),
                      {EGL_YUV_COLOR_SPACE_HINT_EXT, space, EGL_SAMPLE_RANGE_HINT_EXT,
                       colours.fullRange ? EGL_YUV_FULL_RANGE_EXT : EGL_YUV_NARROW_RANGE_EXT});
    // EGL has no hint for anything but these two places.
    const auto siting = [](float place) {
        return place == 0.0F ? EGLAttrib{EGL_YUV_CHROMA_SITING_0_5_EXT}
                             : EGLAttrib{EGL_YUV_CHROMA_SITING_0_EXT};
    };
    attributes.insert(attributes.end(),
                      {EGL_YUV_CHROMA_HORIZONTAL_SITING_HINT_EXT, siting(colours.chromaX),
                       EGL_YUV_CHROMA_VERTICAL_SITING_HINT_EXT, siting(colours.chromaY)});
}

} // namespace

Result<EglImage> EglImage::import(const EglDevice &device, const ExportedLayer &layer,
                                  const Colours *colours)
{
    constexpr uint64_t kLowWord = 0xffffffff;
    constexpr unsigned kWordBits = 32;
    if (layer.planes.empty() || layer.planes.size() > std::size(kPlanes)) {
        return fail(EINVAL, "a layer of " + std::to_string(layer.planes.size()) + " planes");
    }
    const bool modifiers = device.hasEglExtension("EGL_EXT_image_dma_buf_import_modifiers");
    std::vector<EGLAttrib> attributes{EGL_WIDTH,
                                      EGLAttrib{layer.width},
                                      EGL_HEIGHT,
                                      EGLAttrib{layer.height},
                                      EGL_LINUX_DRM_FOURCC_EXT,
                                      EGLAttrib{layer.drmFormat}};
    for (size_t i = 0; i < layer.planes.size(); ++i) {
        const ExportedPlane &plane = layer.planes[i];
        const PlaneAttributes &names = kPlanes[i];
        attributes.insert(attributes.end(),
                          {names.fd, EGLAttrib{plane.fd}, names.offset, EGLAttrib{plane.offset},
                           names.pitch, EGLAttrib{plane.pitch}});
        if (modifiers && plane.modifier != DRM_FORMAT_MOD_INVALID) {
            attributes.insert(attributes.end(),
                              {names.modifierLow, static_cast<EGLAttrib>(plane.modifier & kLowWord),
                               names.modifierHigh,
                               static_cast<EGLAttrib>(plane.modifier >> kWordBits)});
        }
    }
    if (colours != nullptr) {
        addColours(attributes, *colours);
    }
    attributes.push_back(EGL_NONE);
    const EGLImage image = ::eglCreateImage(device.display(), EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT,
                                            nullptr, attributes.data());
    if (image == EGL_NO_IMAGE) {
        return failEgl("eglCreateImage");
    }
    return EglImage(device.display(), image);
}

Result<void> EglImage::bindTo(GLenum target) const
{
    // One entry point for all displays of the process.
    static const auto imageTarget = reinterpret_cast<PFNGLEGLIMAGETARGETTEXTURE2DOESPROC>(
        ::eglGetProcAddress("glEGLImageTargetTexture2DOES"));
    if (imageTarget == nullptr) {
        return fail(ENOTSUP, "OpenGL ES has no glEGLImageTargetTexture2DOES");
    }
    imageTarget(target, image_);
    // The initial ones want mipmaps; a texture without them would sample as black.
    ::glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    ::glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    ::glTexParameteri(target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    ::glTexParameteri(target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    return checkGl("glEGLImageTargetTexture2DOES");
}

} // namespace daedalus::tools
