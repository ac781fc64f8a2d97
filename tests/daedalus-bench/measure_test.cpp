// SPDX-License-Identifier: BSD-2-Clause
#include <string>

#include <gtest/gtest.h>

#include "tools/daedalus-bench/play_process.h"
#include "tools/daedalus-bench/round_trip.h"

namespace daedalus::bench {
namespace {

TEST(PlayProcess, AFailureIsAnError)
{
    Film film;
    film.name = "nothing";
    film.parameters.reset(avcodec_parameters_alloc());
    Job job;
    job.path = "bare";
    const auto result = PlayProcess::start(film, job);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what().find("no decoder for nothing"), std::string::npos)
        << result.error().what();
}

TEST(PipeRoundTrip, TakesTime)
{
    const auto time = pipeRoundTrip();
    ASSERT_TRUE(time) << time.error().what();
    EXPECT_GT(*time, 0);
}

} // namespace
} // namespace daedalus::bench
