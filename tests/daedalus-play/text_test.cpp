// SPDX-License-Identifier: BSD-2-Clause
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tools/daedalus-play/font.h"
#include "tools/daedalus-play/statistics.h"
#include "tools/daedalus-play/status_line.h"

namespace daedalus::play {
namespace {

TEST(Font, AllThatTheStatusLineSaysCanBeDrawn)
{
    play::StatusLine status;
    const std::string text = status.text(75.5, 10, 3) + " copied 0123456789 B/frame";
    EXPECT_EQ(text.substr(0, 5), "01:15");
    EXPECT_NE(text.find("3 dropped"), std::string::npos);
    for (const char letter : text) {
        EXPECT_TRUE(letter == ' ' || play::glyphNumber(letter) != 0) << letter;
    }
}

TEST(Font, LettersDiffer)
{
    std::set<play::Glyph> seen;
    for (unsigned number = 0; number < play::fontLetters().size(); ++number) {
        EXPECT_TRUE(seen.insert(play::glyph(number)).second) << play::fontLetters()[number];
    }
    EXPECT_EQ(play::glyphNumber('a'), play::glyphNumber('A'));
    EXPECT_EQ(play::glyphNumber('\n'), 0U);
    EXPECT_EQ(play::glyph(10000), play::glyph(0));
}

TEST(Statistics, WhatIsNotKnownIsNull)
{
    play::Statistics statistics;
    play::StreamStatistics stream;
    stream.format = "I420";
    statistics.streams.push_back(stream);
    EXPECT_TRUE(play::toJson(statistics)["bytes_copied"].is_null());
    statistics.bytesCopied = 0;
    const auto json = play::toJson(statistics);
    EXPECT_EQ(json["bytes_copied"], 0);
    EXPECT_EQ(json["streams"][0]["format"], "I420");
}

} // namespace
} // namespace daedalus::play
