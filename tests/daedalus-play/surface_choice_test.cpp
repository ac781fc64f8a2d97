// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/surface_choice.h"

#include <set>

#include <gtest/gtest.h>

namespace daedalus::play {
namespace {

/// Verdicts in which these work: "I420 planes", "NV12 external".
std::vector<play::ImportVerdict> verdicts(const std::set<std::string> &working)
{
    std::vector<play::ImportVerdict> all;
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        for (const tools::ImportMode mode :
             {tools::ImportMode::Planes, tools::ImportMode::OneImage}) {
            const std::string name = std::string(format.name) +
                                     (mode == tools::ImportMode::Planes ? " planes" : " external");
            const bool works = working.contains(name);
            all.push_back({.format = &format,
                           .mode = mode,
                           .works = works,
                           .why = works ? "" : "it does not"});
        }
    }
    return all;
}

std::string formatFor(const play::SurfaceChoice &choice, unsigned bits)
{
    const gbm::FormatInfo *format = choice.formatFor(bits);
    return format != nullptr ? std::string(format->name) : "none";
}

const std::set<std::string> kPlanes{"NV12 planes", "I420 planes", "P010 planes", "I010 planes"};

TEST(SurfaceChoice, OurDriverIsAskedForWhatItFillsWithoutCopying)
{
    const play::SurfaceChoice ours(verdicts(kPlanes), "Daedalus 0.1.0 (inproc, dumb)", {});
    EXPECT_EQ(formatFor(ours, 8), "I420");
    EXPECT_EQ(formatFor(ours, 10), "I010");
    EXPECT_TRUE(ours.usable());
    const play::SurfaceChoice other(verdicts(kPlanes), "Intel iHD driver", {});
    EXPECT_EQ(formatFor(other, 8), "NV12");
    EXPECT_EQ(formatFor(other, 10), "P010");
}

TEST(SurfaceChoice, WhatIsNotShownIsNotTaken)
{
    const play::SurfaceChoice choice(verdicts({"NV12 planes"}), "Daedalus", {});
    EXPECT_EQ(formatFor(choice, 8), "NV12");
    EXPECT_EQ(formatFor(choice, 10), "none");
    const play::SurfaceChoice none(verdicts({}), "Daedalus", {});
    EXPECT_FALSE(none.usable());
    const play::SurfaceChoice planar(verdicts({"I420 planes"}), "Intel iHD driver", {});
    EXPECT_FALSE(planar.usable());
}

TEST(SurfaceChoice, OneImageIsPreferredWhereItIsRight)
{
    const std::set<std::string> both{"I420 planes", "I420 external"};
    const gbm::FormatInfo *i420 = play::SurfaceChoice(verdicts(both), "Daedalus", {}).formatFor(8);
    ASSERT_NE(i420, nullptr);
    EXPECT_EQ(play::SurfaceChoice(verdicts(both), "Daedalus", {}).modeFor(*i420),
              tools::ImportMode::OneImage);
    const play::SurfaceChoice forced(verdicts(both), "Daedalus",
                                     {.mode = tools::ImportMode::Planes, .format = {}});
    EXPECT_EQ(forced.modeFor(*i420), tools::ImportMode::Planes);
    const play::SurfaceChoice wrong(verdicts({"I420 planes"}), "Daedalus",
                                    {.mode = tools::ImportMode::OneImage, .format = {}});
    EXPECT_FALSE(wrong.modeFor(*i420));
    EXPECT_FALSE(wrong.usable());
}

TEST(SurfaceChoice, AFormatThatIsAskedForHoldsForItsDepth)
{
    const play::SurfaceChoice choice(verdicts(kPlanes), "Daedalus", {.mode = {}, .format = "nv12"});
    EXPECT_EQ(formatFor(choice, 8), "NV12");
    EXPECT_EQ(formatFor(choice, 10), "I010");
    const play::SurfaceChoice broken(verdicts({"I420 planes"}), "Daedalus",
                                     {.mode = {}, .format = "nv12"});
    EXPECT_EQ(formatFor(broken, 8), "none");
}

TEST(SurfaceChoice, TheReportSaysWhyNot)
{
    const auto lines = play::SurfaceChoice(verdicts({"NV12 planes"}), "Daedalus", {}).report();
    ASSERT_EQ(lines.size(), gbm::FormatInfo::all().size());
    EXPECT_EQ(lines[0], "NV12  one image a plane; one external image: it does not");
    EXPECT_EQ(lines[1].substr(0, 15), "I420  not shown");
}

} // namespace
} // namespace daedalus::play
