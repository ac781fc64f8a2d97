// SPDX-License-Identifier: BSD-2-Clause
#include <numeric>

#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include "daedalus_v4l2_proto.h"
#include "tools/common/md5.h"
#include "tools/v4l2-decode/frame_output.h"
#include "tools/v4l2-decode/latency_statistics.h"

namespace daedalus::test {
namespace {

/// A picture whose samples are their own places: x + 16 y, chroma above 100.
class PackTest : public ::testing::Test {
protected:
    static constexpr uint32_t kStride = 16;
    static constexpr size_t kRows = 8;

    PackTest()
        : luma_(kStride * kRows), u_(kStride / 2 * (kRows / 2)), v_(u_.size()), uv_(u_.size() * 2)
    {
        std::iota(luma_.begin(), luma_.end(), uint8_t{0});
        std::iota(u_.begin(), u_.end(), uint8_t{100});
        std::iota(v_.begin(), v_.end(), uint8_t{200});
        for (size_t i = 0; i < u_.size(); ++i) {
            uv_[2 * i] = u_[i];
            uv_[2 * i + 1] = v_[i];
        }
    }

    v4l2decode::FrameView planar() const
    {
        v4l2decode::FrameView view;
        view.format = gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_YUV420);
        view.planes = {{{luma_, kStride}, {u_, kStride / 2}, {v_, kStride / 2}}};
        return view;
    }
    v4l2decode::FrameView semiPlanar() const
    {
        v4l2decode::FrameView view;
        view.format = gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_NV12);
        view.planes = {{{luma_, kStride}, {uv_, kStride}, {}}};
        return view;
    }

    std::vector<uint8_t> luma_;
    std::vector<uint8_t> u_;
    std::vector<uint8_t> v_;
    std::vector<uint8_t> uv_;
};

TEST_F(PackTest, CropsWithOddSizes)
{
    std::vector<uint8_t> packed;
    v4l2decode::packPlanar(planar(), {2, 4, 3, 3}, packed);
    EXPECT_EQ(packed, (std::vector<uint8_t>{66, 67, 68, 82, 83, 84, 98, 99, 100, // rows 4 to 6
                                            117, 118, 125, 126,                  // U
                                            217, 218, 225, 226}));               // V
}

TEST_F(PackTest, FormatsPackAlike)
{
    std::vector<uint8_t> fromPlanar;
    std::vector<uint8_t> fromSemiPlanar;
    for (const bitstream::VisibleRect &visible :
         {bitstream::VisibleRect{0, 0, 16, 8}, bitstream::VisibleRect{2, 2, 7, 5},
          bitstream::VisibleRect{0, 0, 1, 1}}) {
        v4l2decode::packPlanar(planar(), visible, fromPlanar);
        v4l2decode::packPlanar(semiPlanar(), visible, fromSemiPlanar);
        EXPECT_EQ(fromPlanar, fromSemiPlanar);
    }
}

/// The same with ten bits, in the low end (I010) and in the high end (P010) of words.
class DeepPackTest : public PackTest {
protected:
    static std::vector<uint8_t> words(const std::vector<uint8_t> &samples, unsigned shift)
    {
        std::vector<uint8_t> bytes;
        for (const uint8_t sample : samples) {
            const unsigned word = valueOf(sample) << shift;
            bytes.push_back(static_cast<uint8_t>(word));
            bytes.push_back(static_cast<uint8_t>(word >> 8));
        }
        return bytes;
    }
    /// Something of more than eight bits.
    static unsigned valueOf(uint8_t sample) { return sample * 4U + 3; }

    std::vector<uint8_t> packI010(const bitstream::VisibleRect &visible) const
    {
        const auto y = words(luma_, 0);
        const auto u = words(u_, 0);
        const auto v = words(v_, 0);
        v4l2decode::FrameView view;
        view.format = gbm::FormatInfo::fromV4l2(DAEDALUS_PIX_FMT_I010);
        view.planes = {{{y, kStride * 2}, {u, kStride}, {v, kStride}}};
        std::vector<uint8_t> packed;
        v4l2decode::packPlanar(view, visible, packed);
        return packed;
    }
    std::vector<uint8_t> packP010(const bitstream::VisibleRect &visible) const
    {
        const auto y = words(luma_, 6);
        const auto uv = words(uv_, 6);
        v4l2decode::FrameView view;
        view.format = gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_P010);
        view.planes = {{{y, kStride * 2}, {uv, kStride * 2}, {}}};
        std::vector<uint8_t> packed;
        v4l2decode::packPlanar(view, visible, packed);
        return packed;
    }
};

TEST_F(DeepPackTest, FormatsPackAsTheEightBitOnesDo)
{
    std::vector<uint8_t> eight;
    for (const bitstream::VisibleRect &visible :
         {bitstream::VisibleRect{0, 0, 16, 8}, bitstream::VisibleRect{2, 2, 7, 5},
          bitstream::VisibleRect{2, 4, 3, 3}, bitstream::VisibleRect{0, 0, 1, 1}}) {
        v4l2decode::packPlanar(planar(), visible, eight);
        const auto expected = words(eight, 0);
        EXPECT_EQ(packI010(visible), expected);
        EXPECT_EQ(packP010(visible), expected);
    }
}

TEST(Md5, KnownHashes)
{
    // RFC 1321, A.5.
    tools::Md5 md5;
    EXPECT_EQ(md5.finish(), "d41d8cd98f00b204e9800998ecf8427e");
    const std::vector<uint8_t> abc{'a', 'b', 'c'};
    md5.update(abc);
    EXPECT_EQ(md5.finish(), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Latency, Percentiles)
{
    v4l2decode::LatencyStatistics statistics;
    EXPECT_EQ(statistics.summary(), "no requests");
    for (int ms = 100; ms > 0; --ms) {
        statistics.add(std::chrono::milliseconds(ms));
    }
    EXPECT_EQ(statistics.summary(), "100 requests, latency in ms: mean 50.500, p50 50.000, "
                                    "p90 90.000, p99 99.000, max 100.000");
}

} // namespace
} // namespace daedalus::test
