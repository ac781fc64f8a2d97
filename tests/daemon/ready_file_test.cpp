// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/ready_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace daedalus::test {
namespace {

TEST(ReadyFile, IsThereAsLongAsTheObject)
{
    const std::string path = ::testing::TempDir() + "ready-" + std::to_string(::getpid());
    {
        auto file = daemon::ReadyFile::create(path);
        ASSERT_TRUE(file) << file.error().what();
        const daemon::ReadyFile kept = std::move(*file);
        pid_t pid = 0;
        std::ifstream(path) >> pid;
        EXPECT_EQ(pid, ::getpid());
        EXPECT_FALSE(std::filesystem::exists(path + ".new"));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ReadyFile, TellsWhyItCannotBe)
{
    const auto file = daemon::ReadyFile::create("/nonexistent/ready");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), ENOENT);
}

} // namespace
} // namespace daedalus::test
