// SPDX-License-Identifier: BSD-2-Clause
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "font.h"
#include "statistics.h"
#include "status_line.h"

namespace daedalus::play {
namespace {

TEST(Font, AllThatTheStatusLineSaysCanBeDrawn)
{
    StatusLine status;
    const std::string text = status.text(75.5, 10, 3) + " copied 0123456789 B/frame";
    EXPECT_EQ(text.substr(0, 5), "01:15");
    EXPECT_NE(text.find("3 dropped"), std::string::npos);
    for (const char letter : text) {
        EXPECT_TRUE(letter == ' ' || glyphNumber(letter) != 0) << letter;
    }
}

TEST(Font, LettersDiffer)
{
    std::set<Glyph> seen;
    for (unsigned number = 0; number < fontLetters().size(); ++number) {
        EXPECT_TRUE(seen.insert(glyph(number)).second) << fontLetters()[number];
    }
    EXPECT_EQ(glyphNumber('a'), glyphNumber('A'));
    EXPECT_EQ(glyphNumber('\n'), 0U);
    EXPECT_EQ(glyph(10000), glyph(0));
}

TEST(Statistics, WhatIsNotKnownIsNull)
{
    Statistics statistics;
    StreamStatistics stream;
    stream.format = "I420";
    statistics.streams.push_back(stream);
    EXPECT_TRUE(toJson(statistics)["bytes_copied"].is_null());
    statistics.bytesCopied = 0;
    const auto json = toJson(statistics);
    EXPECT_EQ(json["bytes_copied"], 0);
    EXPECT_EQ(json["streams"][0]["format"], "I420");
}

} // namespace
} // namespace daedalus::play
