// SPDX-License-Identifier: BSD-2-Clause
// H.265 requests: what is refused, and how much is copied.
#include <algorithm>
#include <cerrno>
#include <functional>

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include "tests/engine/engine_player.h"
#include "tools/v4l2-decode/parser/hevc_parser.h"

namespace daedalus::test {
namespace {

std::vector<v4l2decode::StatelessPicture> hevcPictures(int bitDepth = 8)
{
    const Stream stream = encodeStream({.encoder = "libx265",
                                        .options = "x265-params=log-level=error",
                                        .bitDepth = bitDepth,
                                        .frames = 6});
    v4l2decode::HevcStreamParser parser;
    return picturesOf(stream, parser);
}

TEST(HevcSessionTest, copiesAsLittleAsTheTargetAllows)
{
    const auto pictures = hevcPictures();
    ASSERT_GE(pictures.size(), 4U);
    const auto session = makeSession(V4L2_PIX_FMT_HEVC_SLICE);
    const uint32_t luma = 176 * 144;
    const auto copied = [&](size_t picture, Surfaces surfaces) {
        const auto result = submit(*session, pictures[picture], makeSurface(surfaces, 176, 144));
        EXPECT_EQ(result.error, 0);
        return result.bytesCopied;
    };
    EXPECT_EQ(copied(0, Surfaces::I420), 0U);
    EXPECT_EQ(copied(1, Surfaces::I420), 0U);
    EXPECT_EQ(copied(2, Surfaces::Nv12), luma / 2);
    EXPECT_EQ(copied(3, Surfaces::TightNv12), luma * 3 / 2);

    const auto deep = hevcPictures(10);
    const auto other = makeSession(V4L2_PIX_FMT_HEVC_SLICE);
    EXPECT_EQ(submit(*other, deep[0], makeSurface(Surfaces::I420, 176, 144, 10)).bytesCopied, 0U);
    EXPECT_EQ(submit(*other, deep[1], makeSurface(Surfaces::I420, 176, 144, 8)).error, ENOTSUP);
}

TEST(HevcSessionTest, refusesWhatItCannotDecode)
{
    const auto pictures = hevcPictures();
    const auto session = makeSession(V4L2_PIX_FMT_HEVC_SLICE);
    const auto target = makeSurface(Surfaces::I420, 176, 144);
    const auto withSps = [&](const std::function<void(v4l2_ctrl_hevc_sps &)> &edit) {
        v4l2decode::StatelessPicture picture = pictures[0];
        auto sps = *picture.controls.get<v4l2_ctrl_hevc_sps>(V4L2_CID_STATELESS_HEVC_SPS);
        edit(sps);
        picture.controls.set(V4L2_CID_STATELESS_HEVC_SPS, sps);
        return submit(*session, picture, target).error;
    };
    EXPECT_EQ(withSps([](auto &sps) { sps.chroma_format_idc = 2; }), ENOTSUP);
    EXPECT_EQ(withSps([](auto &sps) { sps.bit_depth_luma_minus8 = 4; }), ENOTSUP);
    EXPECT_EQ(withSps([](auto &sps) { sps.pic_width_in_luma_samples = 177; }), EINVAL);
    EXPECT_EQ(withSps([](auto &sps) { sps.pic_width_in_luma_samples = 1024; }), ENOBUFS);
    EXPECT_EQ(withSps([](auto &sps) { sps.log2_min_luma_transform_block_size_minus2 = 9; }),
              EINVAL);
    EXPECT_EQ(withSps([](auto &sps) { sps.flags |= V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED; }),
              EINVAL); // there is no scaling matrix
    EXPECT_EQ(submit(*session, pictures[0], nullptr).error, EINVAL);
    v4l2decode::StatelessPicture bare = pictures[0];
    bare.controls = {};
    EXPECT_EQ(submit(*session, bare, target).error, EINVAL);
    v4l2decode::StatelessPicture empty = pictures[0];
    empty.bitstream.clear();
    EXPECT_EQ(submit(*session, empty, target).error, EBADMSG);
    // Nothing of it does any harm.
    EXPECT_EQ(submit(*session, pictures[0], target).error, 0);
    EXPECT_EQ(submit(*session, pictures[1], makeSurface(Surfaces::I420, 176, 144)).error, 0);
}

TEST(HevcSessionTest, decodesWithReferencesThatAreMissing)
{
    const auto pictures = hevcPictures();
    const auto session = makeSession(V4L2_PIX_FMT_HEVC_SLICE);
    // The stream has them, but not this session.
    EXPECT_EQ(submit(*session, pictures[1], makeSurface(Surfaces::Nv12, 176, 144)).error, EBADMSG);
    session->flush();
    // Nobody has them. As software decoding does, with grey in their place.
    v4l2decode::StatelessPicture unnamed = pictures[1];
    auto params =
        *unnamed.controls.get<v4l2_ctrl_hevc_decode_params>(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    for (v4l2_hevc_dpb_entry &entry : params.dpb) {
        entry.timestamp = 0;
    }
    unnamed.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    EXPECT_EQ(submit(*session, unnamed, makeSurface(Surfaces::Nv12, 176, 144)).error, 0);
    session->flush();
    ASSERT_GT(params.num_poc_st_curr_before, 0);
    std::fill(std::begin(params.poc_st_curr_before), std::end(params.poc_st_curr_before), 0xff);
    unnamed.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    EXPECT_EQ(submit(*session, unnamed, makeSurface(Surfaces::Nv12, 176, 144)).error, 0);
    params.poc_st_curr_before[0] = 16; // there are no more than 16 entries
    unnamed.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    EXPECT_EQ(submit(*session, unnamed, makeSurface(Surfaces::Nv12, 176, 144)).error, EINVAL);
    EXPECT_EQ(submit(*session, pictures[0], makeSurface(Surfaces::Nv12, 176, 144)).error, 0);
}

} // namespace
} // namespace daedalus::test
