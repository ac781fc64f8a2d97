// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/options.h"

#include <initializer_list>

#include <gtest/gtest.h>

#include "tools/common/exit_status.h"

namespace daedalus::play {
namespace {

std::variant<play::Options, int> parse(std::initializer_list<const char *> arguments)
{
    std::vector<std::string> texts{"daedalus-play"};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char *> pointers;
    for (std::string &text : texts) {
        pointers.push_back(text.data());
    }
    return play::parseOptions(static_cast<int>(pointers.size()), pointers.data());
}

TEST(Options, OffscreenPlaysEverythingAsFastAsItGoes)
{
    const auto offscreen = std::get<play::Options>(parse({"--png", "a.png", "film"}));
    EXPECT_EQ(offscreen.output, play::OutputKind::Offscreen);
    EXPECT_TRUE(offscreen.untimed);
    const auto timed = std::get<play::Options>(parse({"--output", "offscreen", "--timed", "film"}));
    EXPECT_FALSE(timed.untimed);
    const auto shown = std::get<play::Options>(parse({"-o", "kms", "--png", "a.png", "film"}));
    EXPECT_EQ(shown.output, play::OutputKind::Kms);
    EXPECT_FALSE(shown.untimed);
    EXPECT_EQ(std::get<play::Options>(parse({"film"})).output, play::OutputKind::Auto);
}

TEST(Options, SizesAndNames)
{
    const auto options =
        std::get<play::Options>(parse({"--size", "640x360", "--sheet-grid", "3x2", "--import",
                                       "planes", "--format", "nv12", "one", "two"}));
    ASSERT_TRUE(options.size);
    EXPECT_EQ(options.size->width, 640);
    EXPECT_EQ(options.size->height, 360);
    EXPECT_EQ(options.sheetGrid.width, 3);
    EXPECT_EQ(options.sheetGrid.height, 2);
    EXPECT_EQ(options.import, tools::ImportMode::Planes);
    EXPECT_EQ(options.format, "nv12");
    EXPECT_EQ(options.files.size(), 2U);
}

TEST(Options, WhatMakesNoSenseIsRefused)
{
    for (const auto &arguments : std::initializer_list<std::initializer_list<const char *>>{
             {},
             {"--size", "640", "film"},
             {"--size", "0x360", "film"},
             {"--size", "640x360x2", "film"},
             {"--size", "99999x10", "film"},
             {"--import", "magic", "film"},
             {"--format", "rgb", "film"},
             {"--output", "x11", "film"},
             {"--frames", "-1", "film"},
             {"--texture-list", "l", "one", "two"},
             {"--timed", "--untimed", "film"},
             {"--overlay", "/does/not/exist.png", "film"}}) {
        const auto parsed = parse(arguments);
        ASSERT_TRUE(std::holds_alternative<int>(parsed));
        EXPECT_EQ(std::get<int>(parsed), tools::kExitUsage);
    }
    EXPECT_EQ(std::get<int>(parse({"--help"})), tools::kExitGood);
}

} // namespace
} // namespace daedalus::play
