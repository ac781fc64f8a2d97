// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/surface_allocator.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <va/va.h>
#include <xf86drm.h>

#include "gbm/frame_buffer.h"
#include "gbm/prime.h"
#include "tests/gbm/nodes.h"
#include "tests/support/memory_file.h"

namespace daedalus::test {
namespace {

constexpr const char *kCard = "/dev/dri/card0";
constexpr const char *kRender = "/dev/dri/renderD128";

const gbm::FormatInfo &nv12()
{
    return *gbm::FormatInfo::fromVa(VA_FOURCC_NV12);
}

std::string text(const std::vector<std::string> &report)
{
    std::string all;
    for (const std::string &line : report) {
        all += line + "\n";
    }
    return all;
}

bool contains(const std::string &all, std::string_view part)
{
    return all.find(part) != std::string::npos;
}

TEST(RasterFor, HoldsTheBytesAndStaysSmall)
{
    for (const size_t size : {size_t{1}, size_t{4096}, size_t{4097}, size_t{3} << 20,
                              size_t{16} << 20, (size_t{16} << 20) + 1, size_t{256} << 20}) {
        const auto raster = gbm::rasterFor(size);
        ASSERT_TRUE(raster) << size;
        EXPECT_GE(size_t{raster->width} * raster->height, size);
        EXPECT_LT(size_t{raster->width} * (raster->height - 1), size);
        EXPECT_LE(raster->height, raster->width);
        EXPECT_LE(raster->width, size <= (size_t{16} << 20) ? 4096U : 16384U);
    }
    EXPECT_EQ(gbm::rasterFor(0).error().code(), EINVAL);
    EXPECT_EQ(gbm::rasterFor((size_t{256} << 20) + 1).error().code(), EFBIG);
    EXPECT_EQ(gbm::rasterFor(SIZE_MAX).error().code(), EFBIG);
}

TEST(SurfaceAllocator, UnknownProviderIsAnErrorThatNamesTheKnownOnes)
{
    const auto allocator = gbm::SurfaceAllocator::create(-1, "no-such-provider");
    ASSERT_FALSE(allocator);
    EXPECT_EQ(allocator.error().code(), EINVAL);
    for (const auto *const name : {"no-such-provider", "gbm", "dumb", "dma-heap", "udmabuf"}) {
        EXPECT_TRUE(contains(allocator.error().what(), name)) << allocator.error().what();
    }
}

TEST(SurfaceAllocator, MemoryThatNoDeviceCanUseIsThereByNameOnly)
{
    // A file that is no DRM device: there is nothing that would have to import.
    const UniqueFd file = test::memoryFile(1);
    ASSERT_TRUE(file);
    const auto named = gbm::SurfaceAllocator::create(file.get(), "memfd");
    ASSERT_TRUE(named) << named.error().what();
    EXPECT_EQ((*named)->providerName(), "memfd");
    const auto surface = (*named)->allocate(*gbm::FormatInfo::fromVa(VA_FOURCC_I420), 64, 64);
    ASSERT_TRUE(surface) << surface.error().what();
    EXPECT_TRUE(gbm::DmaBufMapping::map(surface->fd.get(), surface->layout.size,
                                        gbm::CpuAccess::ReadWrite));

    const auto chosen = gbm::SurfaceAllocator::create(file.get());
    EXPECT_TRUE(!chosen || (*chosen)->providerName() != "memfd");
    // A device could not import it.
    if (test::unavailable(kRender).empty()) {
        EXPECT_FALSE(gbm::SurfaceAllocator::create(-1, "memfd"));
    }
}

TEST(SurfaceAllocator, AFailureTellsWhatWasTried)
{
    // A client's file that is no DRM device leaves no device to allocate from.
    const UniqueFd file = test::memoryFile(1);
    ASSERT_TRUE(file);
    const auto allocator = gbm::SurfaceAllocator::create(file.get(), "dumb");
    ASSERT_FALSE(allocator);
    EXPECT_EQ(allocator.error().code(), ENODEV);
    EXPECT_TRUE(contains(allocator.error().what(), "no DRM device")) << allocator.error().what();
    EXPECT_TRUE(contains(allocator.error().what(), "dumb: ")) << allocator.error().what();
}

/// A provider and the node that it needs.
struct Source {
    const char *provider;
    const char *node;
};

std::string testName(const testing::TestParamInfo<Source> &info)
{
    std::string name = info.param.provider;
    std::ranges::replace(name, '-', '_');
    return name;
}

class EveryProvider : public testing::TestWithParam<Source> {
protected:
    void SetUp() override
    {
        std::string node = GetParam().node;
        if (test::inGuest() && node == kRender) {
            // Mesa draws on the CPU there, for which it takes buffers of a card node.
            node = test::cardOf("vkms");
            drmFile_.reset(::open(node.c_str(), O_RDWR | O_CLOEXEC));
        }
        DAEDALUS_NEED_NODE(node);
        auto created = gbm::SurfaceAllocator::create(drmFile_.get(), GetParam().provider);
        ASSERT_TRUE(created) << created.error().what();
        allocator_ = std::move(*created);
    }

    UniqueFd drmFile_;
    std::unique_ptr<gbm::SurfaceAllocator> allocator_;
};

TEST_P(EveryProvider, IsTheOneThatWasAskedFor)
{
    EXPECT_EQ(allocator_->providerName(), GetParam().provider);
    EXPECT_TRUE(contains(text(allocator_->report()), std::string(GetParam().provider) + ": works"))
        << text(allocator_->report());
}

TEST_P(EveryProvider, SurfacesAreEmptyWritableAndPrivate)
{
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        SCOPED_TRACE(format.name);
        const auto first = allocator_->allocate(format, 321, 243);
        ASSERT_TRUE(first) << first.error().what();
        const auto second = allocator_->allocate(format, 321, 243);
        ASSERT_TRUE(second) << second.error().what();
        EXPECT_EQ(first->modifier, uint64_t{DRM_FORMAT_MOD_LINEAR});
        EXPECT_NE(::fcntl(first->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
        EXPECT_EQ(first->layout.size, gbm::SurfaceLayout::standard(format, 321, 243).size);

        const auto mapping =
            gbm::DmaBufMapping::map(first->fd.get(), first->layout.size, gbm::CpuAccess::ReadWrite);
        ASSERT_TRUE(mapping) << mapping.error().what();
        const auto other = gbm::DmaBufMapping::map(second->fd.get(), second->layout.size,
                                                   gbm::CpuAccess::ReadWrite);
        ASSERT_TRUE(other) << other.error().what();
        EXPECT_TRUE(gbm::FrameBuffer::create(*mapping, first->layout));

        const auto isZero = [](std::byte byte) { return byte == std::byte{0}; };
        const gbm::ScopedCpuAccess access(*mapping, gbm::CpuAccess::ReadWrite);
        ASSERT_TRUE(access.begun()) << access.begun().error().what();
        EXPECT_TRUE(std::ranges::all_of((*mapping)->bytes(), isZero));
        std::ranges::fill((*mapping)->bytes(), std::byte{0xa5});
        EXPECT_TRUE(std::ranges::all_of((*other)->bytes(), isZero));
    }
}

TEST_P(EveryProvider, FreedMemoryIsNotSeenAgain)
{
    for (int round = 0; round < 4; ++round) {
        const auto buffer = allocator_->allocateBytes(100'000);
        ASSERT_TRUE(buffer) << buffer.error().what();
        const auto mapping =
            gbm::DmaBufMapping::map(buffer->get(), 100'000, gbm::CpuAccess::ReadWrite);
        ASSERT_TRUE(mapping) << mapping.error().what();
        const auto isZero = [](std::byte byte) { return byte == std::byte{0}; };
        EXPECT_TRUE(std::ranges::all_of((*mapping)->bytes(), isZero));
        std::ranges::fill((*mapping)->bytes(), std::byte{0x5a});
    }
}

TEST_P(EveryProvider, TwoMappingsShowTheSameMemory)
{
    const auto buffer = allocator_->allocateBytes(12345);
    ASSERT_TRUE(buffer) << buffer.error().what();
    const auto writer = gbm::DmaBufMapping::map(buffer->get(), 0, gbm::CpuAccess::ReadWrite);
    const auto reader = gbm::DmaBufMapping::map(buffer->get(), 0, gbm::CpuAccess::Read);
    ASSERT_TRUE(writer && reader);
    ASSERT_GE((*writer)->size(), 12345U);
    {
        const gbm::ScopedCpuAccess access(*writer, gbm::CpuAccess::Write);
        (*writer)->bytes()[12344] = std::byte{99};
    }
    const gbm::ScopedCpuAccess access(*reader, gbm::CpuAccess::Read);
    EXPECT_EQ((*reader)->bytes()[12344], std::byte{99});
}

TEST_P(EveryProvider, SizesAtTheEnds)
{
    EXPECT_TRUE(allocator_->allocate(nv12(), 1, 1));
    const auto large = allocator_->allocate(nv12(), 4096, 2304);
    EXPECT_TRUE(large) << large.error().what();

    constexpr uint32_t kTooMuch = gbm::SurfaceLayout::kMaxDimension + 1;
    EXPECT_EQ(allocator_->allocate(nv12(), 0, 16).error().code(), EINVAL);
    EXPECT_EQ(allocator_->allocate(nv12(), 16, 0).error().code(), EINVAL);
    EXPECT_EQ(allocator_->allocate(nv12(), kTooMuch, 16).error().code(), EINVAL);
    EXPECT_EQ(allocator_->allocate(nv12(), 16, kTooMuch).error().code(), EINVAL);
    EXPECT_EQ(allocator_->allocateBytes(0).error().code(), EINVAL);
    for (const size_t size : {SIZE_MAX, SIZE_MAX / 2, (size_t{1} << 30) + 1}) {
        EXPECT_EQ(allocator_->allocateBytes(size).error().code(), EFBIG) << size;
    }
}

TEST_P(EveryProvider, SeveralThreadsMayAllocate)
{
    constexpr int kThreads = 4;
    constexpr int kEach = 8;
    std::array<int, kThreads> good{};
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int &count : good) {
        threads.emplace_back([this, &count] {
            for (int i = 0; i < kEach; ++i) {
                count += allocator_->allocate(nv12(), 320, 240) ? 1 : 0;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(good, (std::array<int, kThreads>{kEach, kEach, kEach, kEach}));
}

INSTANTIATE_TEST_SUITE_P(Ladder, EveryProvider,
                         testing::Values(Source{"gbm", kRender}, Source{"dumb", kCard},
                                         Source{"dma-heap", "/dev/dma_heap/system"},
                                         Source{"udmabuf", "/dev/udmabuf"}),
                         testName);

TEST(SurfaceAllocator, ClimbsToAProviderThatTheNodeImports)
{
    DAEDALUS_NEED_NODE(kRender);
    const auto allocator = gbm::SurfaceAllocator::create(-1);
    ASSERT_TRUE(allocator) << allocator.error().what();
    EXPECT_FALSE((*allocator)->renderNode().empty());
    const auto surface = (*allocator)->allocate(nv12(), 640, 480);
    ASSERT_TRUE(surface) << surface.error().what();

    const UniqueFd node(::open((*allocator)->renderNode().c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(node);
    const auto imported = gbm::tryImport(node.get(), surface->fd.get());
    EXPECT_TRUE(imported) << imported.error().what();
    EXPECT_TRUE(contains(text((*allocator)->report()),
                         "surfaces come from " + std::string((*allocator)->providerName())));
}

std::string renderNodeOf(int drmFd)
{
    const std::unique_ptr<char, decltype(&std::free)> path(::drmGetRenderDeviceNameFromFd(drmFd),
                                                           std::free);
    return path ? path.get() : "";
}

TEST(SurfaceAllocator, FollowsTheClientsFile)
{
    DAEDALUS_NEED_NODE(kRender);
    DAEDALUS_NEED_NODE(kCard);
    if (const UniqueFd card(::open(kCard, O_RDWR | O_CLOEXEC)); renderNodeOf(card.get()).empty()) {
        DAEDALUS_SKIP("the first card node is only a display");
    }
    for (const auto *const path : {kRender, kCard}) {
        SCOPED_TRACE(path);
        const UniqueFd file(::open(path, O_RDWR | O_CLOEXEC));
        ASSERT_TRUE(file);
        const auto allocator = gbm::SurfaceAllocator::create(file.get());
        ASSERT_TRUE(allocator) << allocator.error().what();
        // The card node's render node, if that is what the client has.
        EXPECT_EQ((*allocator)->renderNode(), renderNodeOf(file.get()))
            << text((*allocator)->report());
        EXPECT_TRUE((*allocator)->allocate(nv12(), 64, 64));
        EXPECT_GE(::fcntl(file.get(), F_GETFD), 0) << "the client's file is the client's";
    }
}

/// Ends the process: 0 if @p drmFd is enough for surfaces where no node can be opened.
[[noreturn]] void allocateWithoutNodes(int drmFd)
{
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/dev/dri", "tmpfs", 0, nullptr) != 0) {
        std::perror("hiding the nodes");
        std::_Exit(2);
    }
    const auto allocator = gbm::SurfaceAllocator::create(drmFd);
    if (!allocator || !(*allocator)->allocate(nv12(), 64, 64)) {
        std::fputs(allocator ? "no surface\n" : allocator.error().what().c_str(), stderr);
        std::_Exit(1);
    }
    std::fputs(text((*allocator)->report()).c_str(), stderr);
    std::_Exit((*allocator)->renderNode().empty() ? 0 : 3);
}

TEST(SurfaceAllocator, TheClientsFileIsEnoughInASandbox)
{
    if (!test::inGuest()) {
        GTEST_SKIP() << "hides the machine's graphics nodes: for the guest";
    }
    // A card node gives memory itself, a render node has none: other memory is imported.
    for (const auto &[path, provider] :
         {std::pair{kCard, "dumb"}, std::pair{kRender, "dma-heap"}}) {
        SCOPED_TRACE(path);
        const UniqueFd file(::open(path, O_RDWR | O_CLOEXEC));
        ASSERT_TRUE(file);
        EXPECT_EXIT(allocateWithoutNodes(file.get()), testing::ExitedWithCode(0),
                    "the client's DRM file.*imports it.*\nsurfaces come from " +
                        std::string(provider));
    }
}

TEST(SurfaceAllocator, NeverStaysMasterOfTheDisplay)
{
    DAEDALUS_NEED_NODE(kCard);
    if (const UniqueFd probe(::open(kCard, O_RDWR | O_CLOEXEC)); ::drmIsMaster(probe.get()) == 0) {
        DAEDALUS_SKIP("a display server is running");
    }
    const auto allocator = gbm::SurfaceAllocator::create(-1, "dumb");
    ASSERT_TRUE(allocator) << allocator.error().what();
    // Whoever opens the card node now becomes its master, as nobody is.
    const UniqueFd display(::open(kCard, O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(display);
    EXPECT_NE(::drmIsMaster(display.get()), 0);
}

TEST(SurfaceAllocator, WithoutAnyNodeItSaysSo)
{
    if (test::unavailable(kRender).empty() || test::unavailable("/dev/udmabuf").empty() ||
        test::unavailable("/dev/dma_heap/system").empty()) {
        GTEST_SUCCEED() << "this machine can allocate surfaces";
        return;
    }
    const auto allocator = gbm::SurfaceAllocator::create(-1);
    ASSERT_FALSE(allocator);
    EXPECT_TRUE(contains(allocator.error().what(), "no render node")) << allocator.error().what();
    EXPECT_TRUE(contains(allocator.error().what(), "/dev/udmabuf")) << allocator.error().what();
}

} // namespace
} // namespace daedalus::test
