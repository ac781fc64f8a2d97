// SPDX-License-Identifier: BSD-2-Clause
// A session that begins in the middle of a stream, as the one of a worker does that takes the
// place of another: what it says is good is the picture of the stream, and it has all that can
// be had.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>

#include "tests/engine/exactness.h"
#include "tools/common/codecs.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::test {
namespace {

using Pictures = std::vector<v4l2decode::StatelessPicture>;
using Frame = std::shared_ptr<const gbm::FrameBuffer>;

/// What became of the pictures of a stream, in decode order.
struct Outcome {
    std::vector<int> errors;
    std::map<uint64_t, Frame> frames; ///< by timestamp
};

uint32_t codecOf(const Stream &stream)
{
    return tools::codecOf(static_cast<AVCodecID>(stream.codecId))->v4l2;
}

/// Submits all pictures from @p first on to a session of their own.
Outcome decodeFrom(uint32_t codec, const Pictures &pictures, size_t first, unsigned threads,
                   unsigned bitDepth)
{
    const auto session = makeSession(codec, threads);
    Outcome outcome;
    for (size_t i = first; i < pictures.size(); ++i) {
        const v4l2decode::StatelessPicture &picture = pictures[i];
        Frame &frame = outcome.frames[picture.timestamp];
        if (!frame) {
            frame = makeSurface(Surfaces::I420, picture.codedWidth, picture.codedHeight, bitDepth);
        }
        session->submit(
            {.controls = picture.controls,
             .bitstream = picture.bitstream,
             .target = frame,
             .codedWidth = picture.codedWidth,
             .codedHeight = picture.codedHeight,
             .timestamp = picture.timestamp,
             .clientIsAhead = threads > 1},
            [&outcome](const engine::DecodeResult &done) { outcome.errors.push_back(done.error); });
        if (threads == 1) {
            session->drain();
        }
    }
    session->drain();
    EXPECT_EQ(outcome.errors.size(), pictures.size() - first);
    return outcome;
}

bool haveSameSamples(const gbm::FrameBuffer &one, const gbm::FrameBuffer &other,
                     const v4l2decode::StatelessPicture &picture)
{
    for (unsigned plane = 0; plane < one.format().planes; ++plane) {
        const size_t bytes = one.format().rowBytes(plane, picture.codedWidth);
        for (uint32_t y = 0; y < one.format().rows(plane, picture.codedHeight); ++y) {
            const uint8_t *row = one.data(plane) + size_t{y} * one.stride(plane);
            if (!std::equal(row, row + bytes,
                            other.data(plane) + size_t{y} * other.stride(plane))) {
                return false;
            }
        }
    }
    return true;
}

/// Takes over at @p first. @returns whether each picture from there on is good
std::vector<bool> takeOver(uint32_t codec, const Pictures &pictures, const Outcome &whole,
                           size_t first, unsigned threads, unsigned bitDepth)
{
    SCOPED_TRACE(testing::Message() << "from picture " << first << ", " << threads << " threads");
    const Outcome outcome = decodeFrom(codec, pictures, first, threads, bitDepth);
    // A field alone is half a picture.
    std::map<uint64_t, bool> isGood;
    for (size_t i = first; i < pictures.size(); ++i) {
        const bool good = outcome.errors[i - first] == 0;
        const auto [found, isNew] = isGood.try_emplace(pictures[i].timestamp, good);
        found->second = found->second && good;
        if (isNew && pictures[i].secondField) {
            found->second = false;
        }
    }
    std::vector<bool> good;
    for (size_t i = first; i < pictures.size(); ++i) {
        const auto &picture = pictures[i];
        good.push_back(isGood[picture.timestamp]);
        if (good.back() && whole.errors[i] == 0) {
            EXPECT_TRUE(haveSameSamples(*outcome.frames.at(picture.timestamp),
                                        *whole.frames.at(picture.timestamp), picture))
                << "picture " << i << " is said to be good, and is not";
        }
    }
    return good;
}

/// Whether a picture refers to no other, and none behind it in output order to those before.
bool isEntry(const v4l2decode::StatelessPicture &picture)
{
    const auto h264 =
        picture.controls.get<v4l2_ctrl_h264_decode_params>(V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    if (h264) {
        constexpr auto kInter =
            V4L2_H264_DECODE_PARAM_FLAG_PFRAME | V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
        return (h264->flags & kInter) == 0;
    }
    const auto hevc =
        picture.controls.get<v4l2_ctrl_hevc_decode_params>(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    if (hevc) {
        return (hevc->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC) != 0;
    }
    const auto mpeg2 =
        picture.controls.get<v4l2_ctrl_mpeg2_picture>(V4L2_CID_STATELESS_MPEG2_PICTURE);
    return mpeg2 ? mpeg2->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I : picture.keyFrame;
}

/// Whether a picture behind @p entry is shown before it.
bool leads(const v4l2decode::StatelessPicture &picture, const v4l2decode::StatelessPicture &entry)
{
    const auto mpeg2 =
        picture.controls.get<v4l2_ctrl_mpeg2_picture>(V4L2_CID_STATELESS_MPEG2_PICTURE);
    return mpeg2 ? mpeg2->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B
                 : picture.picOrderCnt < entry.picOrderCnt;
}

class TakeoverTest : public testing::TestWithParam<GeneratedStream> {};

TEST_P(TakeoverTest, saysOnlyOfExactPicturesThatTheyAreGood)
{
    const Stream stream = encodeStream(GetParam().options);
    compare(stream, decodeAlone(stream), {.surfaces = Surfaces::I420, .threads = 1, .edit = {}});
    const uint32_t codec = codecOf(stream);
    const auto bitDepth = static_cast<unsigned>(GetParam().options.bitDepth);
    const auto parser = v4l2decode::makeStreamParser(codec);
    const Pictures pictures = picturesOf(stream, *parser);
    const Outcome whole = decodeFrom(codec, pictures, 0, 1, bitDepth);
    for (size_t first = 1; first < pictures.size(); ++first) {
        SCOPED_TRACE(testing::Message() << "from picture " << first);
        const auto good = takeOver(codec, pictures, whole, first, first % 2 == 0 ? 1 : 3, bitDepth);
        const v4l2decode::StatelessPicture *entry = nullptr;
        bool leading = false;
        for (size_t i = first; i < pictures.size(); ++i) {
            if (isEntry(pictures[i])) {
                leading = entry == nullptr;
                entry = &pictures[i];
            } else if (entry != nullptr) {
                leading = leading && leads(pictures[i], *entry);
            }
            // Of those that lead, some need what was before.
            if (entry == nullptr) {
                EXPECT_FALSE(good[i - first]) << "picture " << i;
            } else if (!leading) {
                EXPECT_TRUE(good[i - first]) << "picture " << i;
            }
        }
    }
}

const GeneratedStream kStreams[] = {
    {"h264", "libx264", "bf=0:g=12:refs=3"},
    {"h264Pyramid", "libx264", "bf=4:b_strategy=0:g=16:refs=4:x264-params=b-pyramid=normal"},
    {"h264StrictPyramid", "libx264", "bf=3:b_strategy=0:g=16:x264-params=b-pyramid=strict"},
    {"h264Temporal", "libx264",
     "bf=3:b_strategy=0:g=14:refs=4:direct-pred=temporal:coder=vlc:x264-params=weightb=1"},
    {"h264OpenGroups", "libx264", "bf=3:b_strategy=0:g=12:refs=2:x264-params=open-gop=1"},
    {"h264OpenPyramid", "libx264",
     "bf=4:b_strategy=0:g=12:refs=4:x264-params=open-gop=1\\:b-pyramid=normal"},
    {"h264Slices", "libx264", "bf=2:g=12:slices=3"},
    {"h264Interlaced", "libx264", "bf=3:b_strategy=0:g=12", {.interlaced = true}},
    {"hevc", "libx265", "x265-params=log-level=0\\:keyint=12\\:open-gop=0\\:bframes=4\\:ctu=16"},
    {"hevcOpenGroups", "libx265", "x265-params=log-level=0\\:keyint=12\\:bframes=3\\:ctu=16"},
    {"hevcWavefronts",
     "libx265",
     "x265-params=log-level=0\\:keyint=12\\:bframes=0\\:wpp=1\\:ctu=16",
     {.bitDepth = 10}},
    {"vp8", "libvpx", "deadline=realtime:cpu-used=8:g=12"},
    {"vp9", "libvpx-vp9", "deadline=realtime:speed=8:g=12"},
    {"av1", "libaom-av1", "cpu-used=8:g=12"},
    {"mpeg2", "mpeg2video", "bf=0:g=8"},
    {"mpeg2Groups", "mpeg2video", "bf=2:g=9"},
};

INSTANTIATE_TEST_SUITE_P(Streams, TakeoverTest, testing::ValuesIn(kStreams), kNameOfTest);

/// Other people's streams, from some places on: fields, long-term pictures, lost frames.
class TakeoverVectorTest : public testing::TestWithParam<const char *> {};

TEST_P(TakeoverVectorTest, saysOnlyOfExactPicturesThatTheyAreGood)
{
    forEachVector(GetParam(), [](const std::filesystem::path &path) {
        SCOPED_TRACE(path.filename());
        constexpr size_t kMost = 60;
        const Stream stream = readStream(path);
        const uint32_t codec = codecOf(stream);
        const auto parser = v4l2decode::makeStreamParser(codec);
        Pictures pictures = picturesOf(stream, *parser);
        pictures.resize(std::min(pictures.size(), kMost));
        const Outcome whole = decodeFrom(codec, pictures, 0, 1, 8);
        for (const size_t first : {1, 2, 3, 5, 8, 13, 21, 34}) {
            if (first < pictures.size()) {
                takeOver(codec, pictures, whole, first, first % 2 == 0 ? 1 : 3, 8);
            }
        }
    });
}

INSTANTIATE_TEST_SUITE_P(Codecs, TakeoverVectorTest,
                         testing::Values("h264", "hevc", "vp8", "vp9", "av1", "mpeg2"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
} // namespace daedalus::test
