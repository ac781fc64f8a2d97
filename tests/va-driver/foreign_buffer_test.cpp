// SPDX-License-Identifier: BSD-2-Clause
//
// Decodes into buffers that the client brings, laid out so that they can be decoded into in place.
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include "gbm/surface_allocator.h"
#include "tests/va-driver/display.h"
#include "tests/va-driver/vp9_clip.h"
#include "tests/va-driver/vp9_player.h"

namespace daedalus::va {
namespace {

constexpr uint32_t kWidth = 162;
constexpr uint32_t kHeight = 90;
constexpr unsigned kFrames = 6;

/// Bytes that the module's sessions copied so far; nothing without the module.
std::optional<uint64_t> bytesCopiedByModule()
{
    std::ifstream stats("/sys/kernel/debug/daedalus_v4l2/stats");
    std::string line;
    while (std::getline(stats, line)) {
        std::istringstream words(line);
        std::string name;
        uint64_t value = 0;
        if (words >> name >> value && name.starts_with("bytes_copied")) {
            return value;
        }
    }
    return std::nullopt;
}

class ForeignBufferTest : public testing::TestWithParam<uint32_t> {
protected:
    void SetUp() override
    {
        statistics_ = testing::TempDir() + "daedalus-stats." + std::to_string(::getpid());
        ::unlink(statistics_.c_str());
        ::setenv("DAEDALUS_STATS", statistics_.c_str(), 1);
        display_ = std::make_unique<Display>();
        DAEDALUS_NEED_DISPLAY(*display_);
        clip_ = Vp9Clip::make(kWidth, kHeight, kFrames, 3, 9);
        ASSERT_EQ(kFrames, clip_.pictures.size());
        // Pages of a memfd: of no device, and nothing that the driver knows.
        auto allocator = gbm::SurfaceAllocator::create(-1, "udmabuf");
        if (!allocator && !test::inGuest()) {
            GTEST_SKIP() << allocator.error().what();
        }
        ASSERT_TRUE(allocator) << allocator.error().what();
        for (unsigned i = 0; i < kFrames; ++i) {
            auto buffer =
                (*allocator)->allocate(*gbm::FormatInfo::fromVa(VA_FOURCC_I420), kWidth, kHeight);
            ASSERT_TRUE(buffer) << buffer.error().what();
            buffers_.push_back(std::move(*buffer));
        }
    }

    void TearDown() override
    {
        ::unsetenv("DAEDALUS_STATS");
        ::unlink(statistics_.c_str());
    }

    VASurfaceID import(const gbm::SurfaceBuffer &buffer)
    {
        VASurfaceID id = VA_INVALID_SURFACE;
        const bool prime2 = GetParam() == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
        auto newer = prime2Of(buffer);
        auto file = static_cast<uintptr_t>(buffer.fd.get());
        auto older = primeOf(buffer, file);
        std::array<VASurfaceAttrib, 2> attributes{};
        attributes[0].type = VASurfaceAttribMemoryType;
        attributes[0].value.type = VAGenericValueTypeInteger;
        attributes[0].value.value.i = static_cast<int>(GetParam());
        attributes[1].type = VASurfaceAttribExternalBufferDescriptor;
        attributes[1].value.type = VAGenericValueTypePointer;
        attributes[1].value.value.p =
            prime2 ? static_cast<void *>(&newer) : static_cast<void *>(&older);
        for (auto &attribute : attributes) {
            attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
        }
        EXPECT_EQ(VA_STATUS_SUCCESS,
                  vaCreateSurfaces(*display_, VA_RT_FORMAT_YUV420, kWidth, kHeight, &id, 1,
                                   attributes.data(), attributes.size()));
        return id;
    }

    static VADRMPRIMESurfaceDescriptor prime2Of(const gbm::SurfaceBuffer &buffer)
    {
        VADRMPRIMESurfaceDescriptor descriptor{};
        descriptor.fourcc = VA_FOURCC_I420;
        descriptor.width = kWidth;
        descriptor.height = kHeight;
        descriptor.num_objects = 1;
        descriptor.objects[0] = {.fd = buffer.fd.get(),
                                 .size = static_cast<uint32_t>(buffer.layout.size),
                                 .drm_format_modifier = DRM_FORMAT_MOD_LINEAR};
        descriptor.num_layers = 1;
        descriptor.layers[0].drm_format = DRM_FORMAT_YUV420;
        descriptor.layers[0].num_planes = 3;
        std::ranges::copy(buffer.layout.offset, descriptor.layers[0].offset);
        std::ranges::copy(buffer.layout.stride, descriptor.layers[0].pitch);
        return descriptor;
    }

    /// @param file the buffer's descriptor, which the result points to
    static VASurfaceAttribExternalBuffers primeOf(const gbm::SurfaceBuffer &buffer, uintptr_t &file)
    {
        VASurfaceAttribExternalBuffers descriptor{};
        descriptor.pixel_format = VA_FOURCC_I420;
        descriptor.width = kWidth;
        descriptor.height = kHeight;
        descriptor.data_size = static_cast<uint32_t>(buffer.layout.size);
        descriptor.num_planes = 3;
        std::ranges::copy(buffer.layout.offset, descriptor.offsets);
        std::ranges::copy(buffer.layout.stride, descriptor.pitches);
        descriptor.buffers = &file;
        descriptor.num_buffers = 1;
        return descriptor;
    }

    /// What the driver wrote about the display when it was terminated.
    std::string statistics()
    {
        display_.reset();
        std::ostringstream text;
        text << std::ifstream(statistics_).rdbuf();
        return text.str();
    }

    std::string statistics_;
    std::unique_ptr<Display> display_;
    Vp9Clip clip_;
    std::vector<gbm::SurfaceBuffer> buffers_;
};

TEST_P(ForeignBufferTest, AreDecodedIntoInPlace)
{
    const auto before = bytesCopiedByModule();
    std::vector<VASurfaceID> surfaces;
    for (const gbm::SurfaceBuffer &buffer : buffers_) {
        surfaces.push_back(import(buffer));
    }
    Vp9Player player(*display_,
                     display_->context(display_->config(VAProfileVP9Profile0), kWidth, kHeight));
    for (unsigned i = 0; i < kFrames; ++i) {
        ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip_.frames[i], surfaces[i]));
    }
    for (unsigned i = 0; i < kFrames; ++i) {
        ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(*display_, surfaces[i]));
        EXPECT_EQ(clip_.pictures[i], display_->read(surfaces[i], kWidth, kHeight)) << i;
    }
    const std::string written = statistics();
    EXPECT_NE(written.find("\"frames\":" + std::to_string(kFrames) + ","), std::string::npos)
        << written;
    const bool kernel = written.find("\"backend\":\"kernel\"") != std::string::npos;
    EXPECT_NE(written.find(kernel ? "\"bytes_copied\":null" : "\"bytes_copied\":0,"),
              std::string::npos)
        << written;
    if (kernel) {
        ASSERT_TRUE(before);
        EXPECT_EQ(before, bytesCopiedByModule());
    }
}

INSTANTIATE_TEST_SUITE_P(Prime, ForeignBufferTest,
                         testing::Values(VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
                                         VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2),
                         [](const testing::TestParamInfo<uint32_t> &info) {
                             return info.param == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 ? "two"
                                                                                         : "one";
                         });

} // namespace
} // namespace daedalus::va
