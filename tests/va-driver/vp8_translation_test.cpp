// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>

#include "bitstream/vp8/header_parser.h"
#include "tests/support/vectors.h"
#include "tests/va-driver/translation_test.h"
#include "va-driver/codecs.h"

namespace daedalus::va {
namespace {

constexpr VASurfaceID kReference = 101;
constexpr uint8_t kShowFrame = 1 << 4;

test::Stream clip()
{
    auto stream = test::encodeStream({.encoder = "libvpx",
                                      .options = "b=200000:slices=4",
                                      .width = 130,
                                      .height = 98,
                                      .frames = 30});
    stream.packets[5][0] &= static_cast<uint8_t>(~kShowFrame);
    return stream;
}

class Vp8Translation : public testing::Test {
protected:
    /// What FFmpeg renders for a frame.
    va::PictureBuffers buffersFor(std::span<const uint8_t> frame)
    {
        const auto header = parser.parse(frame);
        EXPECT_TRUE(header);
        const auto &control = header->control;
        const size_t tagSize = bitstream::vp8TagSize(header->keyFrame);
        VAPictureParameterBufferVP8 picture{};
        picture.frame_width = control.width;
        picture.frame_height = control.height;
        picture.pic_fields.bits.key_frame = header->keyFrame ? 0 : 1;
        picture.pic_fields.bits.version = control.version;
        picture.last_ref_frame = header->keyFrame ? VA_INVALID_SURFACE : kReference;
        picture.golden_ref_frame = picture.last_ref_frame;
        picture.alt_ref_frame = picture.last_ref_frame;
        VASliceParameterBufferVP8 slice{};
        slice.slice_data_size = static_cast<uint32_t>(frame.size() - tagSize);
        slice.macroblock_offset = control.first_part_header_bits;
        slice.num_of_partitions = static_cast<uint8_t>(control.num_dct_parts + 1);
        slice.partition_size[0] =
            control.first_part_size - (control.first_part_header_bits + 7) / 8;
        params = slice;
        va::PictureBuffers buffers;
        buffers.picture = bufferOf(picture);
        buffers.sliceParams.push_back(bufferOf(slice));
        buffers.sliceData.push_back(bufferOf(frame.subspan(tagSize)));
        return buffers;
    }

    va::VaResult<va::StatelessRequest> translate(const va::PictureBuffers &buffers)
    {
        return translator->translate(buffers, 100, [this](VASurfaceID id) {
            return id == kReference ? reference : nullptr;
        });
    }

    bitstream::Vp8HeaderParser parser;
    VASliceParameterBufferVP8 params{};
    std::unique_ptr<va::CodecTranslator> translator =
        va::createVp8Translator(VAProfileVP8Version0_3);
    std::shared_ptr<va::Surface> reference = fileSurface(64, 48);
};

TEST_F(Vp8Translation, GivesFramesBack)
{
    setDecoded(*reference, 7000);
    for (const auto &packet : clip().packets) {
        const auto request = translate(buffersFor(packet));
        ASSERT_TRUE(request);
        auto expected = packet;
        expected[0] |= kShowFrame; // VA does not tell
        EXPECT_EQ(expected, request->bitstream);
        EXPECT_EQ(130U, request->codedWidth);
        EXPECT_EQ(98U, request->codedHeight);
        const auto control =
            request->controls.get<v4l2_ctrl_vp8_frame>(V4L2_CID_STATELESS_VP8_FRAME);
        ASSERT_TRUE(control);
        EXPECT_EQ(4, control->num_dct_parts);
        const bool keyFrame = (control->flags & V4L2_VP8_FRAME_FLAG_KEY_FRAME) != 0;
        EXPECT_EQ(keyFrame ? 0U : 7000U, control->last_frame_ts);
        EXPECT_EQ(control->last_frame_ts, control->golden_frame_ts);
        EXPECT_EQ(control->last_frame_ts, control->alt_frame_ts);
    }
}

TEST_F(Vp8Translation, TakesTheTagInFrontOfTheData)
{
    const auto packet = clip().packets.front();
    auto buffers = buffersFor(packet);
    params.slice_data_offset = static_cast<uint32_t>(bitstream::vp8TagSize(true));
    params.slice_data_size = static_cast<uint32_t>(packet.size()); // as GStreamer counts
    buffers.sliceParams = {bufferOf(params)};
    buffers.sliceData = {bufferOf(std::span(packet))};
    const auto request = translate(buffers);
    ASSERT_TRUE(request);
    EXPECT_EQ(packet, request->bitstream);
}

TEST_F(Vp8Translation, RefusesWhatMakesNoSense)
{
    const auto packets = clip().packets;
    const auto good = buffersFor(packets.front());
    auto bad = good;
    bad.picture.reset();
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate(bad).error());
    bad = good;
    bad.sliceParams.push_back(bad.sliceParams.front());
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate(bad).error());
    params.partition_size[0] = UINT32_MAX;
    bad = good;
    bad.sliceParams = {bufferOf(params)};
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate(bad).error());
    params.partition_size[0] = static_cast<uint32_t>(packets.front().size());
    bad.sliceParams = {bufferOf(params)};
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, translate(bad).error());
    params.slice_data_offset = static_cast<uint32_t>(packets.front().size());
    bad.sliceParams = {bufferOf(params)};
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate(bad).error());

    ASSERT_TRUE(translate(good));
    reference.reset();
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate(buffersFor(packets[1])).error());
}

} // namespace
} // namespace daedalus::va
