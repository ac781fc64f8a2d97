// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <va/va_drmcommon.h>

#include <algorithm>
#include <array>

#include "tests/va-driver/display.h"
#include "tests/va-driver/vp9_player.h"

namespace daedalus::va {
namespace {

constexpr VAGenericID kNonsense = 0x12345678;
/// Deprecated in va.h, which is why it is not named here.
constexpr auto kH264Baseline = static_cast<VAProfile>(5);

class MisuseTest : public testing::Test {
protected:
    void SetUp() override { DAEDALUS_NEED_DISPLAY(display); }

    VABufferID buffer(VAContextID context, VABufferType type, unsigned size)
    {
        VABufferID id = VA_INVALID_ID;
        EXPECT_EQ(VA_STATUS_SUCCESS, vaCreateBuffer(display, context, type, size, 1, nullptr, &id));
        return id;
    }

    VAStatus createSurface(unsigned rtFormat, unsigned width, unsigned height,
                           VASurfaceAttribType type = VASurfaceAttribNone, uint32_t value = 0)
    {
        VASurfaceAttrib attribute{};
        attribute.type = type;
        attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
        attribute.value.type = VAGenericValueTypeInteger;
        attribute.value.value.i = static_cast<int>(value);
        VASurfaceID id = VA_INVALID_SURFACE;
        return vaCreateSurfaces(display, rtFormat, width, height, &id, 1, &attribute,
                                type == VASurfaceAttribNone ? 0 : 1);
    }

    Display display;
};

TEST_F(MisuseTest, VendorStringNamesBackendAndProvider)
{
    const std::string vendor = vaQueryVendorString(display);
    EXPECT_TRUE(vendor.starts_with("Daedalus "));
    EXPECT_TRUE(vendor.find("(kernel, ") != std::string::npos ||
                vendor.find("(inproc, ") != std::string::npos)
        << vendor;
}

TEST_F(MisuseTest, ProfilesAndEntrypoints)
{
    std::vector<VAProfile> profiles(static_cast<size_t>(vaMaxNumProfiles(display)));
    int count = 0;
    ASSERT_EQ(VA_STATUS_SUCCESS, vaQueryConfigProfiles(display, profiles.data(), &count));
    profiles.resize(static_cast<size_t>(count));
    for (const VAProfile profile :
         {VAProfileH264ConstrainedBaseline, VAProfileH264Main, VAProfileH264High,
          VAProfileVP9Profile0, VAProfileVP9Profile2}) {
        EXPECT_EQ(1, std::ranges::count(profiles, profile)) << profile;
    }
    std::array<VAEntrypoint, 8> entrypoints{};
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
              vaQueryConfigEntrypoints(display, VAProfileJPEGBaseline, entrypoints.data(), &count));
    EXPECT_EQ(0, count);
    ASSERT_EQ(VA_STATUS_SUCCESS,
              vaQueryConfigEntrypoints(display, VAProfileH264High, entrypoints.data(), &count));
    ASSERT_EQ(1, count);
    EXPECT_EQ(VAEntrypointVLD, entrypoints[0]);
}

TEST_F(MisuseTest, ConfigArguments)
{
    VAConfigID id = VA_INVALID_ID;
    const auto create = [&](VAProfile profile, VAEntrypoint entrypoint, VAConfigAttrib attribute) {
        return vaCreateConfig(display, profile, entrypoint, &attribute, 1, &id);
    };
    const VAConfigAttrib yuv420{VAConfigAttribRTFormat, VA_RT_FORMAT_YUV420};
    EXPECT_EQ(VA_STATUS_SUCCESS, create(VAProfileH264Main, VAEntrypointVLD, yuv420));
    // H.264 Baseline has slice groups and arbitrary slice order, which are not decoded.
    for (const VAProfile profile :
         {kH264Baseline, VAProfileH264StereoHigh, VAProfileVP9Profile1, VAProfileVP9Profile3,
          VAProfileHEVCMain422_10, VAProfileJPEGBaseline}) {
        EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_PROFILE, create(profile, VAEntrypointVLD, yuv420))
            << profile;
    }
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
              create(VAProfileNone, VAEntrypointVideoProc, yuv420));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT,
              create(VAProfileH264Main, VAEntrypointEncSlice, yuv420));
    EXPECT_EQ(
        VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
        create(VAProfileH264Main, VAEntrypointVLD, {VAConfigAttribRTFormat, VA_RT_FORMAT_YUV444}));
    EXPECT_EQ(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
              create(VAProfileH264Main, VAEntrypointVLD, {VAConfigAttribRateControl, VA_RC_CBR}));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaCreateConfig(display, VAProfileH264Main, VAEntrypointVLD, nullptr, 0, nullptr));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONFIG, vaDestroyConfig(display, kNonsense));
    const VAConfigID config = display.config(VAProfileH264Main);
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyConfig(display, config));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONFIG, vaDestroyConfig(display, config));
}

TEST_F(MisuseTest, ConfigAttributes)
{
    std::array<VAConfigAttrib, 3> attributes{{{VAConfigAttribRTFormat, 0},
                                              {VAConfigAttribMaxPictureWidth, 0},
                                              {VAConfigAttribEncMaxRefFrames, 0}}};
    ASSERT_EQ(VA_STATUS_SUCCESS,
              vaGetConfigAttributes(display, VAProfileVP9Profile0, VAEntrypointVLD,
                                    attributes.data(), attributes.size()));
    EXPECT_NE(0U, attributes[0].value & VA_RT_FORMAT_YUV420);
    EXPECT_GE(attributes[1].value, 4096U);
    EXPECT_EQ(static_cast<uint32_t>(VA_ATTRIB_NOT_SUPPORTED), attributes[2].value);

    VAProfile profile{};
    VAEntrypoint entrypoint{};
    std::vector<VAConfigAttrib> all(static_cast<size_t>(vaMaxNumConfigAttributes(display)));
    int count = 0;
    const VAConfigID config = display.config(VAProfileH264High);
    ASSERT_EQ(VA_STATUS_SUCCESS,
              vaQueryConfigAttributes(display, config, &profile, &entrypoint, all.data(), &count));
    EXPECT_EQ(VAProfileH264High, profile);
    EXPECT_LE(count, vaMaxNumConfigAttributes(display));
    EXPECT_EQ(
        VA_STATUS_ERROR_INVALID_CONFIG,
        vaQueryConfigAttributes(display, kNonsense, &profile, &entrypoint, all.data(), &count));
}

TEST_F(MisuseTest, SurfaceAttributes)
{
    const VAConfigID config = display.config(VAProfileH264High);
    unsigned count = 0;
    ASSERT_EQ(VA_STATUS_SUCCESS, vaQuerySurfaceAttributes(display, config, nullptr, &count));
    ASSERT_GT(count, 4U);
    std::vector<VASurfaceAttrib> attributes(count);
    unsigned tooFew = count - 1;
    EXPECT_EQ(VA_STATUS_ERROR_MAX_NUM_EXCEEDED,
              vaQuerySurfaceAttributes(display, config, attributes.data(), &tooFew));
    EXPECT_EQ(count, tooFew);
    ASSERT_EQ(VA_STATUS_SUCCESS,
              vaQuerySurfaceAttributes(display, config, attributes.data(), &count));
    EXPECT_GE(std::ranges::count_if(attributes,
                                    [](const VASurfaceAttrib &attribute) {
                                        return attribute.type == VASurfaceAttribPixelFormat;
                                    }),
              1);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONFIG,
              vaQuerySurfaceAttributes(display, kNonsense, nullptr, &count));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaQuerySurfaceAttributes(display, config, nullptr, nullptr));
}

TEST_F(MisuseTest, SurfaceArguments)
{
    EXPECT_EQ(VA_STATUS_SUCCESS, createSurface(VA_RT_FORMAT_YUV420, 1, 1));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, createSurface(VA_RT_FORMAT_YUV420, 0, 16));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, createSurface(VA_RT_FORMAT_YUV420, 16, 0));
    EXPECT_EQ(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
              createSurface(VA_RT_FORMAT_YUV420, UINT32_MAX, UINT32_MAX));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, createSurface(VA_RT_FORMAT_RGB32, 16, 16));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, createSurface(0, 16, 16));
    EXPECT_EQ(
        VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
        createSurface(VA_RT_FORMAT_YUV420, 16, 16, VASurfaceAttribPixelFormat, VA_FOURCC_BGRA));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
              createSurface(VA_RT_FORMAT_YUV420, 16, 16, VASurfaceAttribMemoryType,
                            VA_SURFACE_ATTRIB_MEM_TYPE_USER_PTR));
    EXPECT_EQ(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
              createSurface(VA_RT_FORMAT_YUV420, 16, 16, VASurfaceAttribMaxWidth, 16));
    EXPECT_EQ(VA_STATUS_SUCCESS,
              createSurface(VA_RT_FORMAT_YUV420, 16, 16, VASurfaceAttribUsageHint,
                            VA_SURFACE_ATTRIB_USAGE_HINT_DECODER));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, 16, 16, nullptr, 1, nullptr, 0));
}

TEST_F(MisuseTest, DestroyingSurfacesIsAllOrNothing)
{
    auto surfaces = display.surfaces(VA_FOURCC_NV12, 16, 16, 2);
    std::array<VASurfaceID, 3> list{surfaces[0], kNonsense, surfaces[1]};
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces(display, list.data(), 3));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[0]));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), 2));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces(display, surfaces.data(), 2));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface(display, surfaces[0]));
}

TEST_F(MisuseTest, EveryCallKnowsForeignHandles)
{
    const VAConfigID config = display.config(VAProfileVP9Profile0);
    const VAContextID context = display.context(config, 64, 64);
    const VASurfaceID surface = display.surfaces(VA_FOURCC_NV12, 64, 64, 1)[0];
    VABufferID data = buffer(context, VASliceDataBufferType, 16);
    for (const VAGenericID wrong : {kNonsense, VA_INVALID_ID, 0U, config, data}) {
        VASurfaceStatus status{};
        void *pointer = nullptr;
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface(display, wrong));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface2(display, wrong, 0));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaQuerySurfaceStatus(display, wrong, &status));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE,
                  vaQuerySurfaceError(display, wrong, VA_STATUS_ERROR_DECODING_ERROR, &pointer));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaBeginPicture(display, context, wrong));
    }
    for (const VAGenericID wrong : {kNonsense, VA_INVALID_ID, 0U, config, surface, data}) {
        VABufferID id = VA_INVALID_ID;
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONTEXT, vaDestroyContext(display, wrong));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONTEXT, vaBeginPicture(display, wrong, surface));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONTEXT, vaRenderPicture(display, wrong, &data, 1));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONTEXT, vaEndPicture(display, wrong));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONTEXT,
                  vaCreateBuffer(display, wrong, VASliceDataBufferType, 8, 1, nullptr, &id));
    }
    for (const VAGenericID wrong : {kNonsense, VA_INVALID_ID, 0U, config, context, surface}) {
        void *pointer = nullptr;
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaMapBuffer(display, wrong, &pointer));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaUnmapBuffer(display, wrong));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaDestroyBuffer(display, wrong));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaBufferSetNumElements(display, wrong, 1));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaSyncBuffer(display, wrong, 0));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE, vaDestroyImage(display, wrong));
    }
}

TEST_F(MisuseTest, ContextArguments)
{
    const VAConfigID config = display.config(VAProfileH264High);
    VAContextID id = VA_INVALID_ID;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONFIG,
              vaCreateContext(display, kNonsense, 64, 64, 0, nullptr, 0, &id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaCreateContext(display, config, 0, 64, 0, nullptr, 0, &id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaCreateContext(display, config, 64, -5, 0, nullptr, 0, &id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaCreateContext(display, config, 64, 64, 0, nullptr, 3, &id));
    EXPECT_EQ(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
              vaCreateContext(display, config, 100000, 64, 0, nullptr, 0, &id));
    VASurfaceID wrong = kNonsense;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE,
              vaCreateContext(display, config, 64, 64, 0, &wrong, 1, &id));
    // A config may go before its context.
    id = display.context(config, 64, 64);
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyConfig(display, config));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyContext(display, id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_CONTEXT, vaDestroyContext(display, id));
}

TEST_F(MisuseTest, BufferArguments)
{
    const VAContextID context = display.context(display.config(VAProfileH264High), 64, 64);
    VABufferID id = VA_INVALID_ID;
    const auto create = [&](VABufferType type, unsigned size, unsigned count) {
        return vaCreateBuffer(display, context, type, size, count, nullptr, &id);
    };
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, create(VASliceDataBufferType, 0, 1));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, create(VASliceDataBufferType, 1, 0));
    EXPECT_EQ(VA_STATUS_ERROR_ALLOCATION_FAILED,
              create(VASliceDataBufferType, UINT32_MAX, UINT32_MAX));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE, create(VAEncCodedBufferType, 16, 1));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE, create(VABufferTypeMax, 16, 1));

    id = buffer(context, VASliceDataBufferType, 16);
    void *data = nullptr;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaUnmapBuffer(display, id));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaMapBuffer(display, id, &data));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaBufferSetNumElements(display, id, 2)); // mapped
    EXPECT_EQ(VA_STATUS_SUCCESS, vaUnmapBuffer(display, id));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaBufferSetNumElements(display, id, 2));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaBufferSetNumElements(display, id, 0));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaMapBuffer(display, id, &data));
    std::fill_n(static_cast<uint8_t *>(data), 32, uint8_t{1});
    // Destroyed while it is mapped: the handle is gone.
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyBuffer(display, id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaUnmapBuffer(display, id));
}

TEST_F(MisuseTest, CallsInTheWrongOrder)
{
    const VAContextID context = display.context(display.config(VAProfileVP9Profile0), 64, 64);
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, 64, 64, 2);
    VABufferID params =
        buffer(context, VAPictureParameterBufferType, sizeof(VADecPictureParameterBufferVP9));
    EXPECT_EQ(VA_STATUS_ERROR_OPERATION_FAILED, vaEndPicture(display, context));
    EXPECT_EQ(VA_STATUS_ERROR_OPERATION_FAILED, vaRenderPicture(display, context, &params, 1));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaBeginPicture(display, context, surfaces[0]));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaBeginPicture(display, context, surfaces[1])); // starts anew
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaRenderPicture(display, context, nullptr, 1));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaRenderPicture(display, context, &params, -1));
    VABufferID wrong = kNonsense;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaRenderPicture(display, context, &wrong, 1));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaRenderPicture(display, context, &params, 1));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaEndPicture(display, context)); // no slices
    EXPECT_EQ(VA_STATUS_ERROR_OPERATION_FAILED, vaEndPicture(display, context));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[0]));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[1]));
}

TEST_F(MisuseTest, ShortParameterBuffersAreRefused)
{
    for (const VAProfile profile : {VAProfileVP9Profile0, VAProfileH264Main}) {
        const VAContextID context = display.context(display.config(profile), 64, 64);
        const auto surfaces = display.surfaces(VA_FOURCC_NV12, 64, 64, 1);
        std::array ids{buffer(context, VAPictureParameterBufferType, 4),
                       buffer(context, VASliceParameterBufferType, 4),
                       buffer(context, VASliceDataBufferType, 64)};
        ASSERT_EQ(VA_STATUS_SUCCESS, vaBeginPicture(display, context, surfaces[0]));
        ASSERT_EQ(VA_STATUS_SUCCESS, vaRenderPicture(display, context, ids.data(), 3));
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaEndPicture(display, context));
    }
}

TEST_F(MisuseTest, WhatThereIsNot)
{
    VASubpictureID subpicture = VA_INVALID_ID;
    VAImageFormat format{};
    unsigned flags = 0;
    unsigned count = 99;
    EXPECT_EQ(VA_STATUS_ERROR_UNIMPLEMENTED, vaCreateSubpicture(display, 1, &subpicture));
    EXPECT_EQ(VA_STATUS_ERROR_UNIMPLEMENTED, vaDestroySubpicture(display, 1));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaQuerySubpictureFormats(display, &format, &flags, &count));
    EXPECT_EQ(0U, count);
    std::vector<VADisplayAttribute> attributes(
        static_cast<size_t>(vaMaxNumDisplayAttributes(display)));
    int number = 99;
    EXPECT_EQ(VA_STATUS_SUCCESS, vaQueryDisplayAttributes(display, attributes.data(), &number));
    EXPECT_EQ(0, number);
    void *info = nullptr;
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, 64, 64, 1);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaQuerySurfaceError(display, surfaces[0], VA_STATUS_SUCCESS, &info));
    ASSERT_EQ(VA_STATUS_SUCCESS,
              vaQuerySurfaceError(display, surfaces[0], VA_STATUS_ERROR_DECODING_ERROR, &info));
    EXPECT_EQ(-1, static_cast<VASurfaceDecodeMBErrors *>(info)->status);
}

/// Sets an environment variable for as long as it lives.
class Variable {
public:
    Variable(const char *name, const char *value) : name_(name)
    {
        if (const char *old = std::getenv(name); old != nullptr) {
            old_ = old;
        }
        ::setenv(name, value, 1);
    }
    Variable(const Variable &) = delete;
    Variable &operator=(const Variable &) = delete;
    ~Variable()
    {
        if (old_) {
            ::setenv(name_, old_->c_str(), 1);
        } else {
            ::unsetenv(name_);
        }
    }

private:
    const char *name_;
    std::optional<std::string> old_;
};

TEST_F(MisuseTest, NonsenseInTheEnvironmentIsNoDriver)
{
    for (const auto &[name, value] : {std::pair{"DAEDALUS_BACKEND", "gpu"},
                                      {"DAEDALUS_SURFACE_FORMAT", "rgb"},
                                      {"DAEDALUS_THREADS", "many"},
                                      {"DAEDALUS_SURFACE_PROVIDER", "none-such"}}) {
        const Variable variable(name, value);
        const Display other;
        EXPECT_NE(VA_STATUS_SUCCESS, other.status()) << name;
        EXPECT_NE(std::string::npos, other.errors().find(value)) << other.errors();
    }
}

TEST_F(MisuseTest, SurfaceFormatCanBeForced)
{
    for (const auto &[name, fourcc] :
         {std::pair<const char *, uint32_t>{"nv12", VA_FOURCC_NV12}, {"I420", VA_FOURCC_I420}}) {
        const Variable variable("DAEDALUS_SURFACE_FORMAT", name);
        const Display other;
        ASSERT_EQ(VA_STATUS_SUCCESS, other.status());
        const VAConfigID config = other.config(VAProfileH264High);
        std::array<VASurfaceAttrib, 16> attributes{};
        unsigned count = attributes.size();
        ASSERT_EQ(VA_STATUS_SUCCESS,
                  vaQuerySurfaceAttributes(other, config, attributes.data(), &count));
        for (const VASurfaceAttrib &attribute : std::span(attributes).first(count)) {
            if (attribute.type == VASurfaceAttribPixelFormat) {
                EXPECT_EQ(fourcc, static_cast<uint32_t>(attribute.value.value.i));
            }
        }
    }
}

} // namespace
} // namespace daedalus::va
