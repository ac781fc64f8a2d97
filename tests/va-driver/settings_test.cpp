// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/settings.h"

#include <gtest/gtest.h>
#include <va/va.h>

#include <cstdlib>

namespace daedalus::va {
namespace {

class SettingsTest : public testing::Test {
protected:
    void SetUp() override { clear(); }
    void TearDown() override { clear(); }

    static void clear()
    {
        for (const char *name :
             {"DAEDALUS_BACKEND", "DAEDALUS_SURFACE_FORMAT", "DAEDALUS_SURFACE_PROVIDER",
              "DAEDALUS_LOG", "DAEDALUS_STATS", "DAEDALUS_THREADS"}) {
            ::unsetenv(name);
        }
    }
};

TEST_F(SettingsTest, Defaults)
{
    const auto settings = va::Settings::fromEnvironment();
    ASSERT_TRUE(settings);
    EXPECT_EQ(va::BackendChoice::Auto, settings->backend);
    EXPECT_EQ(0U, settings->surfaceFormat);
    EXPECT_EQ("warning", settings->logLevel);
    EXPECT_EQ("", settings->surfaceProvider);
    EXPECT_EQ("", settings->statsFile);
    EXPECT_EQ(0U, settings->threads);
}

TEST_F(SettingsTest, Values)
{
    ::setenv("DAEDALUS_BACKEND", "InProc", 1);
    ::setenv("DAEDALUS_SURFACE_FORMAT", "i420", 1);
    ::setenv("DAEDALUS_SURFACE_PROVIDER", "udmabuf", 1);
    ::setenv("DAEDALUS_LOG", "debug", 1);
    ::setenv("DAEDALUS_STATS", "stats", 1);
    ::setenv("DAEDALUS_THREADS", "3", 1);
    const auto settings = va::Settings::fromEnvironment();
    ASSERT_TRUE(settings);
    EXPECT_EQ(va::BackendChoice::InProcess, settings->backend);
    EXPECT_EQ(static_cast<uint32_t>(VA_FOURCC_I420), settings->surfaceFormat);
    EXPECT_EQ("udmabuf", settings->surfaceProvider);
    EXPECT_EQ("debug", settings->logLevel);
    EXPECT_EQ("stats", settings->statsFile);
    EXPECT_EQ(3U, settings->threads);
}

TEST_F(SettingsTest, NonsenseIsAnErrorThatNamesIt)
{
    for (const auto &[name, value] : {std::pair{"DAEDALUS_BACKEND", "kernels"},
                                      {"DAEDALUS_SURFACE_FORMAT", "nv21"},
                                      {"DAEDALUS_THREADS", "2x"},
                                      {"DAEDALUS_THREADS", "-1"}}) {
        ::setenv(name, value, 1);
        const auto settings = va::Settings::fromEnvironment();
        ASSERT_FALSE(settings) << name;
        EXPECT_NE(std::string::npos, settings.error().what().find(name));
        EXPECT_NE(std::string::npos, settings.error().what().find(value));
        ::unsetenv(name);
    }
}

TEST(ClientQuirks, FirefoxGetsWhatItCanImport)
{
    EXPECT_EQ(static_cast<uint32_t>(VA_FOURCC_NV12), va::onlySurfaceFormat("firefox-bin"));
    EXPECT_EQ(static_cast<uint32_t>(VA_FOURCC_NV12), va::onlySurfaceFormat("firefox"));
    EXPECT_EQ(0U, va::onlySurfaceFormat("mpv"));
    EXPECT_EQ(0U, va::onlySurfaceFormat(""));
}

} // namespace
} // namespace daedalus::va
