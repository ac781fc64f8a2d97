// SPDX-License-Identifier: BSD-2-Clause
// What a session does with requests that are not simply the next picture of a stream.
#include <algorithm>

#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include "bitstream/rbsp_writer.h"
#include "tests/engine/engine_player.h"
#include "tests/engine/frame_list.h"
#include "tools/v4l2-decode/parser/av1_parser.h"
#include "tools/v4l2-decode/parser/h264_parser.h"
#include "tools/v4l2-decode/parser/vp9_parser.h"

namespace daedalus::test {
namespace {

const EncoderOptions kH264{.encoder = "libx264", .options = "bf=2:g=12"};
const EncoderOptions kH264High10{.encoder = "libx264", .options = "bf=2:g=12", .bitDepth = 10};
const EncoderOptions kVp9Profile2{
    .encoder = "libvpx-vp9", .options = "profile=2:g=12:deadline=realtime:speed=8", .bitDepth = 10};
const EncoderOptions kVp9{.encoder = "libvpx-vp9", .options = "g=12:deadline=realtime:speed=8"};

std::vector<v4l2decode::StatelessPicture> h264Pictures(const EncoderOptions &options = kH264)
{
    v4l2decode::H264StreamParser parser;
    return picturesOf(encodeStream(options), parser);
}

std::vector<v4l2decode::StatelessPicture> av1Pictures()
{
    v4l2decode::Av1StreamParser parser;
    return picturesOf(encodeStream({.encoder = "libaom-av1", .options = "cpu-used=8"}), parser);
}

std::vector<v4l2decode::StatelessPicture> vp9Pictures(const EncoderOptions &options = kVp9)
{
    v4l2decode::Vp9StreamParser parser;
    return picturesOf(encodeStream(options), parser);
}

std::shared_ptr<const gbm::FrameBuffer> surfaceFor(const v4l2decode::StatelessPicture &picture,
                                                   Surfaces surfaces = Surfaces::Nv12)
{
    return makeSurface(surfaces, picture.codedWidth, picture.codedHeight);
}

/// Of surfaces of 8 bits whose chroma is interleaved.
bool haveSamePicture(const gbm::FrameBuffer &one, const gbm::FrameBuffer &other,
                     const v4l2decode::StatelessPicture &picture)
{
    for (unsigned plane = 0; plane < 2; ++plane) {
        for (uint32_t y = 0; y < picture.codedHeight >> plane; ++y) {
            const uint8_t *row = one.data(plane) + size_t{y} * one.stride(plane);
            if (!std::equal(row, row + picture.codedWidth,
                            other.data(plane) + size_t{y} * other.stride(plane))) {
                return false;
            }
        }
    }
    return true;
}

TEST(SessionTest, knowsItsCodecs)
{
    const auto codecs = engine::DecodeSession::supportedCodecs();
    EXPECT_NE(std::find(codecs.begin(), codecs.end(), V4L2_PIX_FMT_H264_SLICE), codecs.end());
    EXPECT_NE(std::find(codecs.begin(), codecs.end(), V4L2_PIX_FMT_VP9_FRAME), codecs.end());
    const auto session =
        engine::DecodeSession::create(V4L2_PIX_FMT_MJPEG, {.threads = 1, .logger = {}});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code(), ENOTSUP);
}

/// Submits a stream of which each picture refers to the one before, into \a count surfaces in
/// turns. @returns how many results there were after each request
/// @param codec H.264, or VP9
/// @param ahead what the client says that it does
std::vector<size_t> resultsAfterEach(size_t count, unsigned threads,
                                     uint32_t codec = V4L2_PIX_FMT_H264_SLICE, bool ahead = true)
{
    const auto pictures =
        codec == V4L2_PIX_FMT_H264_SLICE
            ? h264Pictures({.encoder = "libx264", .options = "bf=0:refs=1:g=100"})
            : vp9Pictures({.encoder = "libvpx-vp9", .options = "g=100:deadline=realtime:speed=8"});
    std::vector<std::shared_ptr<const gbm::FrameBuffer>> surfaces;
    for (size_t i = 0; i < count; ++i) {
        surfaces.push_back(surfaceFor(pictures.front()));
    }
    const auto session = makeSession(codec, threads);
    size_t results = 0;
    std::vector<size_t> after;
    for (size_t i = 0; i < pictures.size(); ++i) {
        session->submit({.controls = pictures[i].controls,
                         .bitstream = pictures[i].bitstream,
                         .target = surfaces[i % count],
                         .codedWidth = pictures[i].codedWidth,
                         .codedHeight = pictures[i].codedHeight,
                         .timestamp = pictures[i].timestamp,
                         .clientIsAhead = ahead},
                        [&results](const engine::DecodeResult &result) {
                            EXPECT_EQ(result.error, 0);
                            ++results;
                        });
        after.push_back(results);
    }
    session->finishOldest();
    if (ahead) {
        EXPECT_GT(results, after.back());
    }
    session->drain();
    EXPECT_EQ(results, pictures.size());
    return after;
}

TEST(SessionTest, worksOnAsManyPicturesAsThereAreThreads)
{
    const auto after = resultsAfterEach(8, 4);
    for (size_t i = 0; i < after.size(); ++i) {
        EXPECT_EQ(after[i], i < 3 ? 0 : i - 2) << "after request " << i;
    }
}

TEST(SessionTest, worksOnSeveralPicturesOfVp9ForAClientThatIsAhead)
{
    const auto ahead = resultsAfterEach(64, 4, V4L2_PIX_FMT_VP9_FRAME, true);
    const auto waiting = resultsAfterEach(64, 4, V4L2_PIX_FMT_VP9_FRAME, false);
    for (size_t i = 0; i < ahead.size(); ++i) {
        EXPECT_EQ(ahead[i], i < 3 ? 0 : i - 2) << "after request " << i;
        EXPECT_EQ(waiting[i], i + 1) << "after request " << i;
    }
}

TEST(SessionTest, vp9ChangesItsThreadsWithTheClientAtAKeyFrame)
{
    const auto frames = vp9Pictures({.encoder = "libvpx-vp9",
                                     .options = "g=20:deadline=realtime:speed=8:auto-alt-ref=0",
                                     .frames = 60});
    const auto session = makeSession(V4L2_PIX_FMT_VP9_FRAME, 2);
    const auto reference = makeSession(V4L2_PIX_FMT_VP9_FRAME, 1);
    size_t results = 0;
    std::vector<size_t> underWay;
    std::vector<std::shared_ptr<const gbm::FrameBuffer>> pictures;
    for (size_t i = 0; i < frames.size(); ++i) {
        pictures.push_back(surfaceFor(frames[i]));
        session->submit({.controls = frames[i].controls,
                         .bitstream = frames[i].bitstream,
                         .target = pictures.back(),
                         .codedWidth = frames[i].codedWidth,
                         .codedHeight = frames[i].codedHeight,
                         .timestamp = frames[i].timestamp,
                         .clientIsAhead = i > 0 && i < 25},
                        [&results](const engine::DecodeResult &result) {
                            EXPECT_EQ(result.error, 0);
                            ++results;
                        });
        underWay.push_back(i + 1 - results);
    }
    session->drain();
    EXPECT_EQ(results, frames.size());
    EXPECT_EQ(underWay[19], 0U) << "began for a client that seemed to wait";
    EXPECT_EQ(underWay[39], 1U) << "the first key frame since it was seen to be ahead";
    EXPECT_EQ(underWay[59], 0U) << "the first key frame since it was seen to wait";
    for (size_t i = 0; i < frames.size(); ++i) {
        const auto expected = surfaceFor(frames[i]);
        ASSERT_EQ(submit(*reference, frames[i], expected).error, 0);
        EXPECT_TRUE(haveSamePicture(*expected, *pictures[i], frames[i])) << "picture " << i;
    }
}

TEST(SessionTest, writesToNoPictureThatIsBeingRead)
{
    // The one before the last, which the last one refers to.
    const auto after = resultsAfterEach(2, 4);
    for (size_t i = 2; i < after.size(); ++i) {
        EXPECT_GE(after[i], i) << "after request " << i;
    }
}

TEST(SessionTest, finishesTheOldestHoweverOften)
{
    const auto pictures = av1Pictures();
    const auto session = makeSession(V4L2_PIX_FMT_AV1_FRAME, 4);
    size_t submitted = 0;
    size_t results = 0;
    for (unsigned round = 0; round < 60; ++round) {
        for (const v4l2decode::StatelessPicture &picture : pictures) {
            session->submit({.controls = picture.controls,
                             .bitstream = picture.bitstream,
                             .target = surfaceFor(picture),
                             .codedWidth = picture.codedWidth,
                             .codedHeight = picture.codedHeight,
                             .timestamp = picture.timestamp},
                            [&results](const engine::DecodeResult &result) {
                                EXPECT_EQ(result.error, 0);
                                ++results;
                            });
            if (++submitted % (2 + round % 4) == 0) {
                session->finishOldest();
            }
        }
    }
    session->drain();
    EXPECT_EQ(results, submitted);
}

TEST(SessionTest, copiesNothingOfPlanarAndAThirdOfSemiPlanar)
{
    const auto pictures = h264Pictures();
    const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    const uint32_t luma = pictures[0].codedWidth * pictures[0].codedHeight;
    auto result = submit(*session, pictures[0], surfaceFor(pictures[0], Surfaces::I420));
    EXPECT_EQ(result.error, 0);
    EXPECT_EQ(result.bytesCopied, 0U);
    result = submit(*session, pictures[1], surfaceFor(pictures[1], Surfaces::Nv12));
    EXPECT_EQ(result.error, 0);
    EXPECT_EQ(result.bytesCopied, luma / 2);
    result = submit(*session, pictures[2], surfaceFor(pictures[2], Surfaces::TightNv12));
    EXPECT_EQ(result.error, 0);
    EXPECT_EQ(result.bytesCopied, luma * 3 / 2);

    const auto frames = vp9Pictures();
    const auto vp9 = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    EXPECT_EQ(submit(*vp9, frames[0], surfaceFor(frames[0], Surfaces::I420)).bytesCopied, 0U);
    EXPECT_EQ(submit(*vp9, frames[1], surfaceFor(frames[1])).bytesCopied, 176U * 144 / 2);
}

TEST(SessionTest, copiesNothingOfPlanarAndAllOfSemiPlanarWithTenBits)
{
    constexpr uint32_t kFrame = 176 * 144 * 3; // two bytes a sample
    const auto pictures = h264Pictures(kH264High10);
    const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    const auto frames = vp9Pictures(kVp9Profile2);
    const auto vp9 = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    size_t next = 0;
    for (const auto &[surfaces, copied] :
         {std::pair{Surfaces::I420, 0U}, {Surfaces::Nv12, kFrame}, {Surfaces::TightI420, kFrame}}) {
        const auto target = [&](const v4l2decode::StatelessPicture &picture) {
            return makeSurface(surfaces, picture.codedWidth, picture.codedHeight, 10);
        };
        auto result = submit(*session, pictures[next], target(pictures[next]));
        EXPECT_EQ(result.error, 0);
        EXPECT_EQ(result.bytesCopied, copied);
        result = submit(*vp9, frames[next], target(frames[next]));
        EXPECT_EQ(result.error, 0);
        EXPECT_EQ(result.bytesCopied, copied);
        ++next;
    }
}

TEST(SessionTest, needsATargetOfTheStreamsBitDepth)
{
    struct Case {
        uint32_t codec;
        std::vector<v4l2decode::StatelessPicture> pictures;
        unsigned bitDepth;
    };
    const Case cases[] = {{V4L2_PIX_FMT_H264_SLICE, h264Pictures(kH264High10), 10},
                          {V4L2_PIX_FMT_VP9_FRAME, vp9Pictures(kVp9Profile2), 10},
                          {V4L2_PIX_FMT_H264_SLICE, h264Pictures(), 8},
                          {V4L2_PIX_FMT_VP9_FRAME, vp9Pictures(), 8}};
    for (const Case &test : cases) {
        for (const Surfaces surfaces : {Surfaces::Nv12, Surfaces::I420, Surfaces::TightNv12}) {
            const auto session = makeSession(test.codec);
            EXPECT_EQ(submit(*session, test.pictures[0],
                             makeSurface(surfaces, 176, 144, 18 - test.bitDepth))
                          .error,
                      ENOTSUP);
            // The key frame may come again, with the right target.
            EXPECT_EQ(
                submit(*session, test.pictures[0], makeSurface(surfaces, 176, 144, test.bitDepth))
                    .error,
                0);
        }
    }
}

TEST(SessionTest, bitDepthMayChangeWithAKeyFrame)
{
    for (const uint32_t codec : {V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_VP9_FRAME}) {
        const bool h264 = codec == V4L2_PIX_FMT_H264_SLICE;
        const auto eight = h264 ? h264Pictures() : vp9Pictures();
        const auto ten = h264 ? h264Pictures(kH264High10) : vp9Pictures(kVp9Profile2);
        const auto session = makeSession(codec);
        for (size_t i = 0; i < 4; ++i) {
            EXPECT_EQ(submit(*session, eight[i], makeSurface(Surfaces::I420, 176, 144, 8)).error,
                      0);
        }
        for (size_t i = 0; i < 4; ++i) {
            EXPECT_EQ(submit(*session, ten[i], makeSurface(Surfaces::I420, 176, 144, 10)).error, 0);
        }
        EXPECT_EQ(submit(*session, eight[0], makeSurface(Surfaces::Nv12, 176, 144, 8)).error, 0);
    }
}

TEST(SessionTest, twelveBitsAreNotSupported)
{
    const auto frames =
        vp9Pictures({.encoder = "libvpx-vp9", .options = "profile=2:speed=8", .bitDepth = 12});
    const auto session = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    for (const unsigned depth : {8U, 10U}) {
        EXPECT_EQ(submit(*session, frames[0], makeSurface(Surfaces::I420, 176, 144, depth)).error,
                  ENOTSUP);
    }
}

TEST(SessionTest, needsItsControls)
{
    const auto pictures = h264Pictures();
    for (const uint32_t id : {V4L2_CID_STATELESS_H264_SPS, V4L2_CID_STATELESS_H264_PPS,
                              V4L2_CID_STATELESS_H264_DECODE_PARAMS}) {
        const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
        v4l2decode::StatelessPicture picture = pictures[0];
        picture.controls.setBytes(id, {});
        EXPECT_EQ(submit(*session, picture, surfaceFor(picture)).error, EINVAL);
        EXPECT_EQ(submit(*session, pictures[0], surfaceFor(picture)).error, 0);
    }
}

TEST(SessionTest, needsATargetThatIsLargeEnough)
{
    const auto pictures = h264Pictures();
    const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    EXPECT_EQ(submit(*session, pictures[0], nullptr).error, EINVAL);
    EXPECT_EQ(submit(*session, pictures[0], makeSurface(Surfaces::TightI420, 160, 144)).error,
              ENOBUFS);
    EXPECT_EQ(submit(*session, pictures[0], makeSurface(Surfaces::TightI420, 176, 112)).error,
              ENOBUFS);
    EXPECT_EQ(submit(*session, pictures[0], surfaceFor(pictures[0])).error, 0);

    const auto frames = vp9Pictures();
    const auto vp9 = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    EXPECT_EQ(submit(*vp9, frames[0], makeSurface(Surfaces::TightNv12, 174, 144)).error, ENOBUFS);
    EXPECT_EQ(submit(*vp9, frames[0], makeSurface(Surfaces::TightNv12, 176, 142)).error, ENOBUFS);
    EXPECT_EQ(submit(*vp9, frames[0], surfaceFor(frames[0])).error, 0);
}

TEST(SessionTest, reportsWhatIsNoPicture)
{
    const std::vector<std::vector<uint8_t>> garbage{{},
                                                    {0},
                                                    {0, 0, 1},
                                                    {0, 0, 1, 0x65},
                                                    {0, 0, 1, 0x09, 0x10},
                                                    std::vector<uint8_t>(999, 0xff)};
    v4l2decode::StatelessPicture picture = h264Pictures()[0];
    v4l2decode::StatelessPicture frame = vp9Pictures()[0];
    const auto h264 = makeSession(V4L2_PIX_FMT_H264_SLICE);
    const auto vp9 = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    for (const auto &bytes : garbage) {
        picture.bitstream = bytes;
        frame.bitstream = bytes;
        EXPECT_EQ(submit(*h264, picture, surfaceFor(picture)).error, EBADMSG);
        EXPECT_EQ(submit(*vp9, frame, surfaceFor(frame)).error, EBADMSG);
    }
}

TEST(SessionTest, leavesOutWhatIsNoSlice)
{
    // Other parameter sets of the same ids, an access unit delimiter, an end of
    // sequence, a prefix NAL unit and a slice of another view.
    const std::vector<uint8_t> noise{0,    0,    0,    1,    0x09, 0xf0, 0,    0,    1,    0x67,
                                     0x42, 0xc0, 0x0a, 0xda, 0,    0,    1,    0x68, 0xce, 0x3c,
                                     0x80, 0,    0,    1,    0x0a, 0,    0,    1,    0x6e, 0x40,
                                     0x80, 0x20, 0,    0,    1,    0x74, 0x88, 0x84, 0x21};
    const Stream stream = encodeStream(kH264);
    const auto expected = decodeAlone(stream);
    const Played played = play(stream, {.edit = [&noise](v4l2decode::StatelessPicture &picture) {
                                   auto &bytes = picture.bitstream;
                                   bytes.insert(bytes.begin(), noise.begin(), noise.end());
                                   bytes.insert(bytes.end(), noise.begin(), noise.end());
                               }});
    EXPECT_EQ(played.failures(), 0U);
    EXPECT_EQ(played.frames, expected);
}

TEST(SessionTest, survivesSlicesWithoutEnd)
{
    // A slice for every PPS there can be, after a gap; then more than macroblocks.
    const auto pictures = h264Pictures();
    const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    EXPECT_EQ(submit(*session, pictures[0], surfaceFor(pictures[0])).error, 0);
    v4l2decode::StatelessPicture picture = pictures[3];
    for (uint32_t id = 0; id < 256; ++id) {
        bitstream::RbspWriter writer;
        writer.ue(0);
        writer.ue(5);
        writer.ue(id);
        writer.bits(0x5555, 16);
        writer.trailingBits();
        bitstream::appendNalUnit(picture.bitstream, 0x21, writer.bytes());
    }
    EXPECT_NE(submit(*session, picture, surfaceFor(picture)).error, -1);
    const std::vector<uint8_t> all = picture.bitstream;
    for (int i = 0; i < 10; ++i) {
        picture.bitstream.insert(picture.bitstream.end(), all.begin(), all.end());
    }
    EXPECT_EQ(submit(*session, picture, surfaceFor(picture)).error, EBADMSG);
}

TEST(SessionTest, refusesPartitionedSlices)
{
    v4l2decode::StatelessPicture picture = h264Pictures()[0];
    picture.bitstream.insert(picture.bitstream.end(), {0, 0, 1, 0x42, 0x88, 0x84});
    const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    EXPECT_EQ(submit(*session, picture, surfaceFor(picture)).error, ENOTSUP);
}

TEST(SessionTest, fieldPairsShareATarget)
{
    const auto files = vectorFiles("h264");
    const auto file = std::find_if(files.begin(), files.end(), [](const auto &path) {
        return path.filename() == "mixed-nal-coding.mp4";
    });
    if (file == files.end()) {
        GTEST_SKIP() << "no test vectors beside the checkout";
    }
    size_t fields = 0;
    std::vector<bool> isField;
    const Played played =
        play(readStream(*file), {.edit = [&](v4l2decode::StatelessPicture &picture) {
                 isField.push_back(picture.firstField || picture.secondField);
                 fields += picture.secondField ? 1 : 0;
             }});
    EXPECT_GT(fields, 0U);
    ASSERT_EQ(played.results.size(), isField.size());
    for (size_t i = 0; i < isField.size(); ++i) {
        EXPECT_EQ(played.results[i].bytesCopied, 720U * 480 / (isField[i] ? 4 : 2));
    }
}

/// Plays up to the packet @p until, then goes on at @p from as after a seek.
std::vector<std::string> playWithSeek(const Stream &stream, size_t until, size_t from,
                                      bool tellSession)
{
    Player player(stream.codecId, {});
    for (size_t i = 0; i < until; ++i) {
        player.push(stream.packets[i]);
    }
    player.flush();
    const size_t before = player.framesSoFar();
    if (tellSession) {
        player.session().flush();
    }
    for (size_t i = from; i < stream.packets.size(); ++i) {
        player.push(stream.packets[i]);
    }
    player.flush();
    const Played played = player.finish();
    EXPECT_EQ(played.failures(), 0U);
    return {played.frames.begin() + static_cast<ptrdiff_t>(before), played.frames.end()};
}

TEST(SessionTest, goesOnAtAKeyFrameAfterASeek)
{
    for (const EncoderOptions &options : {kH264, kVp9}) {
        SCOPED_TRACE(options.encoder);
        const Stream stream = encodeStream(options);
        Stream rest = stream;
        rest.packets.erase(rest.packets.begin(), rest.packets.begin() + 24);
        const auto expected = decodeAlone(rest);
        ASSERT_EQ(expected.size(), 16U);
        EXPECT_EQ(playWithSeek(stream, 7, 24, true), expected);
        EXPECT_EQ(playWithSeek(stream, 7, 24, false), expected);
    }
}

TEST(SessionTest, goesOnAtARecoveryPointAfterASeek)
{
    // Open groups of pictures: what follows the I picture 13 or so is decoded with
    // what is there, which must not be the pictures from before the seek.
    const Stream stream = encodeStream(
        {.encoder = "libx264", .options = "bf=2:b_strategy=0:g=12:x264-params=open-gop=1"});
    v4l2decode::H264StreamParser parser;
    const auto pictures = picturesOf(stream, parser);
    const auto isEntry = [](const v4l2decode::StatelessPicture &picture) {
        const auto decode = picture.controls.get<v4l2_ctrl_h264_decode_params>(
            V4L2_CID_STATELESS_H264_DECODE_PARAMS);
        const auto intra = V4L2_H264_DECODE_PARAM_FLAG_PFRAME | V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
        return decode && !picture.keyFrame && (decode->flags & intra) == 0;
    };
    const auto found = std::find_if(pictures.begin(), pictures.end(), isEntry);
    ASSERT_NE(found, pictures.end());
    const auto entry = static_cast<size_t>(found - pictures.begin());
    ASSERT_EQ(pictures.size(), stream.packets.size());

    Stream rest = stream;
    rest.packets.erase(rest.packets.begin(), rest.packets.begin() + static_cast<ptrdiff_t>(entry));
    const auto expected = decodeAlone(rest);
    for (const bool tellSession : {true, false}) {
        const auto frames = playWithSeek(stream, 5, entry, tellSession);
        // libavcodec does not show what lies before the recovery point.
        ASSERT_GE(frames.size(), expected.size());
        ASSERT_GT(expected.size(), 12U);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(),
                               frames.end() - static_cast<ptrdiff_t>(expected.size())));
    }
}

TEST(SessionTest, vp9InterFrameWithoutReferencesFails)
{
    const auto frames = vp9Pictures();
    const auto session = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    EXPECT_EQ(submit(*session, frames[1], surfaceFor(frames[1])).error, EBADMSG);
    EXPECT_EQ(submit(*session, frames[0], surfaceFor(frames[0])).error, 0);
    EXPECT_EQ(submit(*session, frames[1], surfaceFor(frames[1])).error, 0);
    session->flush();
    EXPECT_EQ(submit(*session, frames[2], surfaceFor(frames[2])).error, EBADMSG);
}

/// A frame without references of 176x144 that goes on with the probabilities of those before.
std::vector<uint8_t> vp9IntraOnlyFrame()
{
    bitstream::RbspWriter writer;
    writer.bits(0b10'00'0'1'0'0'1'00, 11); // frame_marker ... intra_only, reset_frame_context
    writer.bits(0x498342, 24);
    writer.bits(0xff, 8); // refresh_frame_flags
    writer.bits(176 - 1, 16);
    writer.bits(144 - 1, 16);
    writer.bits(0b0'1'0'00, 5); // render size, refresh_frame_context, parallel, frame_context_idx
    writer.bits(0, 6 + 3 + 1);  // loop filter
    writer.bits(60, 8);         // base_q_idx
    writer.bits(0, 3 + 1 + 1);  // no differences, no segmentation, one row of tiles
    writer.bits(16, 16);        // header_size_in_bytes
    writer.bits(0, 1);
    const auto header = writer.bytes();
    std::vector<uint8_t> frame(header.begin(), header.end());
    frame.resize(frame.size() + 16 + 200);
    return frame;
}

TEST(SessionTest, vp9IntraOnlyFrameNeedsProbabilities)
{
    auto frames = vp9Pictures();
    v4l2decode::StatelessPicture intra = frames[1];
    intra.bitstream = vp9IntraOnlyFrame();
    const auto session = makeSession(V4L2_PIX_FMT_VP9_FRAME);
    EXPECT_EQ(submit(*session, intra, surfaceFor(intra)).error, EBADMSG);
    EXPECT_EQ(submit(*session, frames[2], surfaceFor(intra)).error, EBADMSG);
    EXPECT_EQ(submit(*session, frames[0], surfaceFor(intra)).error, 0);
    EXPECT_EQ(submit(*session, intra, surfaceFor(intra)).error, 0);
}

TEST(SessionTest, vp9FrameThatShowsAnotherIsACopy)
{
    for (const bool ahead : {false, true}) {
        auto frames = vp9Pictures();
        const auto session = makeSession(V4L2_PIX_FMT_VP9_FRAME, 2);
        // frame_marker 2, profile 0, show_existing_frame, frame_to_show_map_idx 0
        frames[1].bitstream = {0x88};
        std::array<engine::DecodeResult, 2> results{};
        const std::array pictures{surfaceFor(frames[0]), surfaceFor(frames[1])};
        for (size_t i = 0; i < pictures.size(); ++i) {
            session->submit(
                {.controls = frames[i].controls,
                 .bitstream = frames[i].bitstream,
                 .target = pictures[i],
                 .codedWidth = frames[i].codedWidth,
                 .codedHeight = frames[i].codedHeight,
                 .timestamp = frames[i].timestamp,
                 .clientIsAhead = ahead},
                [&results, i](const engine::DecodeResult &result) { results[i] = result; });
        }
        session->drain();
        EXPECT_EQ(results[0].error, 0);
        EXPECT_EQ(results[1].error, 0);
        EXPECT_EQ(results[1].bytesCopied, 176U * 144 * 3 / 2);
        EXPECT_TRUE(haveSamePicture(*pictures[0], *pictures[1], frames[0]));
    }
}

TEST(SessionTest, changesSize)
{
    const auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    for (const int width : {176, 352, 64, 352}) {
        EncoderOptions options = kH264;
        options.width = width;
        options.frames = 5;
        for (const auto &picture : h264Pictures(options)) {
            EXPECT_EQ(submit(*session, picture, surfaceFor(picture)).error, 0);
        }
    }
}

TEST(SessionTest, mappingsOutliveTheirSurfacesAndTheSession)
{
    const auto pictures = h264Pictures();
    auto session = makeSession(V4L2_PIX_FMT_H264_SLICE);
    std::weak_ptr<const gbm::FrameBuffer> key;
    for (const auto &picture : pictures) {
        auto surface = surfaceFor(picture, Surfaces::I420);
        if (key.expired()) {
            key = surface;
        }
        EXPECT_EQ(submit(*session, picture, surface).error, 0);
        if (&picture == &pictures[1]) {
            EXPECT_FALSE(key.expired()) << "a reference lost its memory";
        }
    }
    session.reset();
    EXPECT_TRUE(key.expired());
}

} // namespace
} // namespace daedalus::test
