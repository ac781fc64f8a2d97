// SPDX-License-Identifier: BSD-2-Clause
#include "engine/requests_ahead.h"

#include <gtest/gtest.h>

#include "tests/engine/engine_player.h"
#include "tests/support/silent_logger.h"

namespace daedalus::test {
namespace {

/// Finishes nothing by itself.
struct IdleDecoder {
    struct Outcome {};
};

using Requests = engine::RequestsAhead<IdleDecoder>;

std::shared_ptr<const gbm::FrameBuffer> surface()
{
    return makeSurface(Surfaces::I420, 64, 64);
}

/// A picture that refers to others.
/// @param finished it is, already
void add(Requests &requests, const std::shared_ptr<const gbm::FrameBuffer> &target,
         uint64_t timestamp, std::vector<uint64_t> references, bool finished)
{
    engine::DecodeRequest request;
    request.target = target;
    request.timestamp = timestamp;
    auto access = engine::TargetAccess::begin(target);
    ASSERT_TRUE(access);
    Requests::Entry entry{
        .request = std::move(request),
        .access = std::move(*access),
        .done = [](const engine::DecodeResult & /*result*/) {},
        .deliver = [](const engine::DecodeRequest & /*request*/, IdleDecoder::Outcome /*outcome*/)
            -> Result<engine::DecodeResult> { return engine::DecodeResult{}; },
        .references = std::move(references)};
    requests.add(std::move(entry), finished ? std::optional(IdleDecoder::Outcome()) : std::nullopt);
}

TEST(RequestsAheadTest, aPictureMayBeReferredToManyPicturesLater)
{
    constexpr uint64_t kMany = 100;
    Requests requests(silentLogger());
    const auto old = surface();
    const std::array others{surface(), surface()};
    add(requests, old, 1, {}, true);
    for (uint64_t i = 0; i < kMany; ++i) {
        add(requests, others[i % 2], 2 + i, {}, true);
    }
    EXPECT_FALSE(requests.uses(*old));
    add(requests, surface(), 2 + kMany, {1}, false);
    EXPECT_TRUE(requests.uses(*old));
    EXPECT_FALSE(requests.uses(*others[0]));
}

TEST(RequestsAheadTest, aSurfaceHasTheLastPictureOnly)
{
    Requests requests(silentLogger());
    const auto target = surface();
    add(requests, target, 1, {}, true);
    add(requests, target, 2, {}, true);
    add(requests, surface(), 3, {1}, false);
    EXPECT_FALSE(requests.uses(*target));
    add(requests, surface(), 4, {2}, false);
    EXPECT_TRUE(requests.uses(*target));
}

} // namespace
} // namespace daedalus::test
