// SPDX-License-Identifier: BSD-2-Clause
//
// In the guest: what the start-up trial finds, and that a driver that crashes is found out.
#include "tools/daedalus-play/import_check.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tools/common/nodes.h"

namespace daedalus::play {
namespace {

const play::ImportVerdict *find(const std::vector<play::ImportVerdict> &verdicts,
                                std::string_view format, tools::ImportMode mode)
{
    for (const play::ImportVerdict &verdict : verdicts) {
        if (verdict.format->name == format && verdict.mode == mode) {
            return &verdict;
        }
    }
    return nullptr;
}

TEST(ImportCheck, EachPlaneOfEachFormatIsShown)
{
    const auto nodes = tools::findNodes({});
    ASSERT_TRUE(nodes) << nodes.error().what();
    const auto verdicts = play::checkImports(nodes->egl, nodes->va);
    ASSERT_TRUE(verdicts) << verdicts.error().what();
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        const auto *verdict = find(verdicts->list, format.name, tools::ImportMode::Planes);
        ASSERT_NE(verdict, nullptr);
        EXPECT_TRUE(verdict->works) << format.name << ": " << verdict->why;
    }
}

TEST(ImportCheck, WrongColoursAreNoticed)
{
    // What Mesa's software renderer makes of an image with two planes is wrong; a check that
    // lets it pass checks nothing.
    const auto nodes = tools::findNodes({});
    ASSERT_TRUE(nodes) << nodes.error().what();
    const auto verdicts = play::checkImports(nodes->egl, nodes->va);
    ASSERT_TRUE(verdicts) << verdicts.error().what();
    const auto *verdict = find(verdicts->list, "NV12", tools::ImportMode::OneImage);
    ASSERT_NE(verdict, nullptr);
    EXPECT_FALSE(verdict->works);
    EXPECT_FALSE(verdict->why.empty());
}

TEST(ImportCheck, MemoryThatTheNodeDidNotMakeIsAnErrorAndNotACrash)
{
    // Mesa's software renderer maps buffers as its node's own; those of a heap are not.
    const auto nodes = tools::findNodes({});
    ASSERT_TRUE(nodes) << nodes.error().what();
    ASSERT_EQ(::setenv("DAEDALUS_SURFACE_PROVIDER", "dma-heap", 1), 0);
    const auto verdicts = play::checkImports(nodes->egl, nodes->va);
    ASSERT_EQ(::unsetenv("DAEDALUS_SURFACE_PROVIDER"), 0);
    ASSERT_TRUE(verdicts) << verdicts.error().what();
    for (const play::ImportVerdict &verdict : verdicts->list) {
        EXPECT_FALSE(verdict.works) << verdict.format->name;
        EXPECT_FALSE(verdict.why.empty()) << verdict.format->name;
    }
}

TEST(ImportCheck, NoDeviceIsAnError)
{
    const auto verdicts = play::checkImports("/dev/null", "/dev/null");
    ASSERT_FALSE(verdicts);
    EXPECT_FALSE(verdicts.error().what().empty());
}

} // namespace
} // namespace daedalus::play
