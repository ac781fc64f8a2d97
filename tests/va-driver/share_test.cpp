// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <drm_fourcc.h>
#include <va/va_drmcommon.h>

#include <algorithm>

#include "gbm/dma_buf.h"
#include "tests/va-driver/display.h"
#include "tests/va-driver/vp9_clip.h"
#include "tests/va-driver/vp9_player.h"

namespace daedalus::va {
namespace {

constexpr uint32_t kWidth = 130;
constexpr uint32_t kHeight = 70;

VASurfaceAttrib attribute(VASurfaceAttribType type, uint32_t value)
{
    VASurfaceAttrib out{};
    out.type = type;
    out.flags = VA_SURFACE_ATTRIB_SETTABLE;
    out.value.type = VAGenericValueTypeInteger;
    out.value.value.i = static_cast<int>(value);
    return out;
}

VASurfaceAttrib attribute(VASurfaceAttribType type, void *value)
{
    VASurfaceAttrib out{};
    out.type = type;
    out.flags = VA_SURFACE_ATTRIB_SETTABLE;
    out.value.type = VAGenericValueTypePointer;
    out.value.value.p = value;
    return out;
}

class ShareTest : public testing::Test {
protected:
    void SetUp() override
    {
        DAEDALUS_NEED_DISPLAY(display);
        clip = Vp9Clip::make(kWidth, kHeight, 4, 4, 3);
        ASSERT_EQ(4U, clip.pictures.size());
    }

    VADRMPRIMESurfaceDescriptor exportSurface(VASurfaceID surface, uint32_t layers)
    {
        VADRMPRIMESurfaceDescriptor descriptor{};
        EXPECT_EQ(VA_STATUS_SUCCESS,
                  vaExportSurfaceHandle(display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                        layers | VA_EXPORT_SURFACE_READ_WRITE, &descriptor));
        files.emplace_back(descriptor.objects[0].fd);
        return descriptor;
    }

    VAStatus importSurface(VADRMPRIMESurfaceDescriptor &descriptor, VASurfaceID &id)
    {
        std::array attributes{
            attribute(VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2),
            attribute(VASurfaceAttribExternalBufferDescriptor, &descriptor)};
        return vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, kWidth, kHeight, &id, 1,
                                attributes.data(), attributes.size());
    }

    VAContextID makeContext()
    {
        return display.context(display.config(VAProfileVP9Profile0), kWidth, kHeight);
    }

    Display display;
    Vp9Clip clip;
    std::vector<UniqueFd> files;
};

TEST_F(ShareTest, ExportDescribesTheSurface)
{
    const auto nv12 = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    const auto composed = exportSurface(nv12[0], VA_EXPORT_SURFACE_COMPOSED_LAYERS);
    EXPECT_EQ(static_cast<uint32_t>(VA_FOURCC_NV12), composed.fourcc);
    EXPECT_EQ(kWidth, composed.width);
    EXPECT_EQ(kHeight, composed.height);
    EXPECT_EQ(1U, composed.num_objects);
    EXPECT_EQ(DRM_FORMAT_MOD_LINEAR, composed.objects[0].drm_format_modifier);
    ASSERT_EQ(1U, composed.num_layers);
    EXPECT_EQ(static_cast<uint32_t>(DRM_FORMAT_NV12), composed.layers[0].drm_format);
    EXPECT_EQ(2U, composed.layers[0].num_planes);

    const auto i420 = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, 1);
    const auto separate = exportSurface(i420[0], VA_EXPORT_SURFACE_SEPARATE_LAYERS);
    ASSERT_EQ(3U, separate.num_layers);
    for (unsigned layer = 0; layer < 3; ++layer) {
        EXPECT_EQ(static_cast<uint32_t>(DRM_FORMAT_R8), separate.layers[layer].drm_format);
        EXPECT_EQ(1U, separate.layers[layer].num_planes);
    }
    EXPECT_LT(separate.layers[0].offset[0], separate.layers[1].offset[0]);
    EXPECT_LT(separate.layers[1].offset[0], separate.layers[2].offset[0]);
}

TEST_F(ShareTest, ExportedBufferHoldsThePictureWithoutACopy)
{
    const auto surfaces = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, 1);
    const auto descriptor = exportSurface(surfaces[0], VA_EXPORT_SURFACE_COMPOSED_LAYERS);
    Vp9Player player(display, makeContext());
    ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[0], surfaces[0]));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[0]));
    // Exported before, mapped after the decode: it is the same memory.
    const auto mapping = gbm::DmaBufMapping::map(descriptor.objects[0].fd, 0, gbm::CpuAccess::Read);
    ASSERT_TRUE(mapping);
    const gbm::ScopedCpuAccess access(*mapping, gbm::CpuAccess::Read);
    const auto &layer = descriptor.layers[0];
    size_t position = 0;
    for (unsigned plane = 0; plane < 3; ++plane) {
        const uint32_t columns = plane == 0 ? kWidth : (kWidth + 1) / 2;
        const uint32_t rows = plane == 0 ? kHeight : (kHeight + 1) / 2;
        for (uint32_t y = 0; y < rows; ++y, position += columns) {
            const auto *row = reinterpret_cast<const uint8_t *>((*mapping)->data()) +
                              layer.offset[plane] + size_t{y} * layer.pitch[plane];
            ASSERT_TRUE(std::equal(row, row + columns,
                                   clip.pictures[0].begin() + static_cast<ptrdiff_t>(position)))
                << plane << " " << y;
        }
    }
}

TEST_F(ShareTest, ImportedSurfaceIsTheExportedOne)
{
    for (const uint32_t layers :
         {VA_EXPORT_SURFACE_COMPOSED_LAYERS, VA_EXPORT_SURFACE_SEPARATE_LAYERS}) {
        auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
        auto descriptor = exportSurface(surfaces[0], layers);
        VASurfaceID imported = VA_INVALID_SURFACE;
        ASSERT_EQ(VA_STATUS_SUCCESS, importSurface(descriptor, imported));
        Vp9Player player(display, makeContext());
        ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[0], imported));
        ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, imported));
        EXPECT_EQ(clip.pictures[0], display.read(surfaces[0], kWidth, kHeight));
        // It lives on without the surface and the descriptor that it came from.
        ASSERT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), 1));
        files.clear();
        EXPECT_EQ(clip.pictures[0], display.read(imported, kWidth, kHeight));
    }
}

TEST_F(ShareTest, DecodesIntoForeignLayouts)
{
    // A tight layout inside a larger surface's memory.
    for (const uint32_t pitch : {kWidth + 2, 192U}) {
        const auto roomy = display.surfaces(VA_FOURCC_NV12, 512, 512, 4);
        std::vector<VASurfaceID> tight;
        for (const VASurfaceID surface : roomy) {
            auto descriptor = exportSurface(surface, VA_EXPORT_SURFACE_COMPOSED_LAYERS);
            descriptor.width = kWidth;
            descriptor.height = kHeight;
            descriptor.layers[0].pitch[0] = descriptor.layers[0].pitch[1] = pitch;
            descriptor.layers[0].offset[0] = 0;
            descriptor.layers[0].offset[1] = pitch * (kHeight + 2);
            tight.push_back(VA_INVALID_SURFACE);
            ASSERT_EQ(VA_STATUS_SUCCESS, importSurface(descriptor, tight.back()));
        }
        Vp9Player player(display, makeContext());
        for (unsigned i = 0; i < tight.size(); ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], tight[i]));
        }
        for (unsigned i = 0; i < tight.size(); ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, tight[i]));
            EXPECT_EQ(clip.pictures[i], display.read(tight[i], kWidth, kHeight)) << i;
        }
    }
}

TEST_F(ShareTest, BadImportsAreRefused)
{
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    const auto good = exportSurface(surfaces[0], VA_EXPORT_SURFACE_COMPOSED_LAYERS);
    VASurfaceID id = VA_INVALID_SURFACE;
    auto tiled = good;
    tiled.objects[0].drm_format_modifier = DRM_FORMAT_MOD_BROADCOM_UIF;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, importSurface(tiled, id));
    auto closed = good;
    closed.objects[0].fd = 1000000;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, importSurface(closed, id));
    auto beyond = good;
    beyond.layers[0].offset[1] = good.objects[0].size;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, importSurface(beyond, id));
    auto rgb = good;
    rgb.fourcc = VA_FOURCC_BGRA;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, importSurface(rgb, id));
}

TEST_F(ShareTest, BadExportsAreRefused)
{
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    VADRMPRIMESurfaceDescriptor descriptor{};
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
              vaExportSurfaceHandle(display, surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM,
                                    VA_EXPORT_SURFACE_READ_ONLY, &descriptor));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaExportSurfaceHandle(display, surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                    VA_EXPORT_SURFACE_READ_ONLY, nullptr));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE,
              vaExportSurfaceHandle(display, 7, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                    VA_EXPORT_SURFACE_READ_ONLY, &descriptor));
}

TEST_F(ShareTest, DerivedImagesHaveABufferHandle)
{
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    VAImage image{};
    ASSERT_EQ(VA_STATUS_SUCCESS, vaDeriveImage(display, surfaces[0], &image));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaReleaseBufferHandle(display, image.buf));
    VABufferInfo info{};
    info.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME;
    ASSERT_EQ(VA_STATUS_SUCCESS, vaAcquireBufferHandle(display, image.buf, &info));
    EXPECT_TRUE(gbm::DmaBufMapping::map(static_cast<int>(info.handle), info.mem_size,
                                        gbm::CpuAccess::Read));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaReleaseBufferHandle(display, image.buf));
    info.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
              vaAcquireBufferHandle(display, image.buf, &info));
}

TEST_F(ShareTest, OnlyLinearMemoryIsAllocated)
{
    VASurfaceID id = VA_INVALID_SURFACE;
    std::array<uint64_t, 2> modifiers{DRM_FORMAT_MOD_BROADCOM_UIF, DRM_FORMAT_MOD_LINEAR};
    VADRMFormatModifierList list{2, modifiers.data()};
    VASurfaceAttrib wanted = attribute(VASurfaceAttribDRMFormatModifiers, &list);
    EXPECT_EQ(VA_STATUS_SUCCESS,
              vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, 64, 64, &id, 1, &wanted, 1));
    list.num_modifiers = 1;
    EXPECT_EQ(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
              vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, 64, 64, &id, 1, &wanted, 1));
}

} // namespace
} // namespace daedalus::va
