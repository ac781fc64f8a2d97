// SPDX-License-Identifier: BSD-2-Clause
// Streams, parsed: are frames, sizes, types and output order those of libavcodec?
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>

#include "bitstream/mpeg2/headers.h"
#include "bitstream/vp9/header_parser.h"
#include "tests/support/software_decoder.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::test {
namespace {

/// What libavcodec says of a decoded frame.
struct ReferenceFrame {
    int codedNumber = 0; ///< place in decode order; numbers may be left out
    int width = 0;
    int height = 0;
    bool intra = false;         ///< I picture
    bool bidirectional = false; ///< B picture
};

/// Frames in output order.
std::vector<ReferenceFrame> decodeReference(const Stream &stream)
{
    std::vector<ReferenceFrame> frames;
    decodeSoftware(stream, [&frames](const AVFrame &frame) {
        frames.push_back({.codedNumber = frame.coded_picture_number,
                          .width = frame.width,
                          .height = frame.height,
                          .intra = frame.pict_type == AV_PICTURE_TYPE_I,
                          .bidirectional = frame.pict_type == AV_PICTURE_TYPE_B});
    });
    return frames;
}

/// A stream's events, checked against each other.
struct Parsed {
    std::map<uint64_t, v4l2decode::StatelessPicture> pictures; ///< the last request of each
    std::vector<v4l2decode::ShowPicture> shown;
    std::vector<std::string> errors;
    size_t requests = 0;
};

/// Follows the life of pictures as a client has to.
class EventChecker {
public:
    void handle(const v4l2decode::SequenceStart &sequence)
    {
        EXPECT_GT(sequence.visible.width, 0U);
        EXPECT_LE(sequence.visible.left + sequence.visible.width, sequence.codedWidth);
        EXPECT_LE(sequence.visible.top + sequence.visible.height, sequence.codedHeight);
        held_ = sequence.pictures;
        if (sequence.independent) {
            EXPECT_TRUE(alive_.empty()) << "buffers cannot be exchanged here";
        }
    }
    void handle(const v4l2decode::StatelessPicture &picture)
    {
        ++parsed_.requests;
        EXPECT_EQ(picture.timestamp % 1000, 0U);
        EXPECT_FALSE(picture.bitstream.empty());
        if (picture.secondField) {
            EXPECT_EQ(picture.timestamp, last_);
        } else {
            EXPECT_GT(picture.timestamp, last_);
            alive_.insert(picture.timestamp);
        }
        last_ = picture.timestamp;
        EXPECT_LE(alive_.size(), held_) << "more pictures are held than was announced";
        checkReferences(picture);
        parsed_.pictures[picture.timestamp] = picture;
    }
    void handle(const v4l2decode::ShowPicture &show)
    {
        EXPECT_TRUE(alive_.contains(show.timestamp)) << "shown after its release";
        parsed_.shown.push_back(show);
    }
    void handle(const v4l2decode::ReleasePicture &release)
    {
        EXPECT_EQ(alive_.erase(release.timestamp), 1U) << "released twice, or never decoded";
    }
    void handle(const v4l2decode::StreamError &error) { parsed_.errors.push_back(error.what); }

    Parsed finish()
    {
        EXPECT_TRUE(alive_.empty()) << "never released";
        return std::move(parsed_);
    }

private:
    void checkReferences(const v4l2decode::StatelessPicture &picture)
    {
        const auto params = picture.controls.get<v4l2_ctrl_h264_decode_params>(
            V4L2_CID_STATELESS_H264_DECODE_PARAMS);
        if (params) {
            for (const auto &entry : params->dpb) {
                const bool active = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0;
                if (active && entry.reference_ts != 0) {
                    EXPECT_TRUE(alive_.contains(entry.reference_ts));
                }
            }
        }
        const auto frame = picture.controls.get<v4l2_ctrl_vp9_frame>(V4L2_CID_STATELESS_VP9_FRAME);
        const bool intra =
            frame &&
            (frame->flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY)) != 0;
        if (frame && !intra) {
            EXPECT_TRUE(alive_.contains(frame->last_frame_ts));
            EXPECT_TRUE(alive_.contains(frame->golden_frame_ts));
            EXPECT_TRUE(alive_.contains(frame->alt_frame_ts));
        }
        checkVp8References(picture);
        checkMpeg2References(picture);
        checkHevcReferences(picture);
    }

    void checkHevcReferences(const v4l2decode::StatelessPicture &picture)
    {
        const auto params = picture.controls.get<v4l2_ctrl_hevc_decode_params>(
            V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
        for (unsigned i = 0; params && i < params->num_active_dpb_entries; ++i) {
            EXPECT_TRUE(alive_.contains(params->dpb[i].timestamp));
        }
    }

    void checkVp8References(const v4l2decode::StatelessPicture &picture)
    {
        const auto frame = picture.controls.get<v4l2_ctrl_vp8_frame>(V4L2_CID_STATELESS_VP8_FRAME);
        if (frame && !V4L2_VP8_FRAME_IS_KEY_FRAME(&*frame)) {
            EXPECT_TRUE(alive_.contains(frame->last_frame_ts));
            EXPECT_TRUE(alive_.contains(frame->golden_frame_ts));
            EXPECT_TRUE(alive_.contains(frame->alt_frame_ts));
        }
    }

    void checkMpeg2References(const v4l2decode::StatelessPicture &picture)
    {
        const auto control =
            picture.controls.get<v4l2_ctrl_mpeg2_picture>(V4L2_CID_STATELESS_MPEG2_PICTURE);
        if (!control) {
            return;
        }
        if (control->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I) {
            EXPECT_TRUE(alive_.contains(control->forward_ref_ts));
        }
        if (control->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B) {
            EXPECT_TRUE(alive_.contains(control->backward_ref_ts));
        }
    }

    Parsed parsed_;
    std::set<uint64_t> alive_;
    uint64_t last_ = 0;
    size_t held_ = 0;
};

Parsed parse(std::vector<uint8_t> bytes)
{
    EventChecker checker;
    auto stream = v4l2decode::ElementaryStream::fromBytes(std::move(bytes));
    if (!stream) {
        ADD_FAILURE() << stream.error().what();
        return {};
    }
    while (auto event = stream->next()) {
        std::visit([&](const auto &value) { checker.handle(value); }, *event);
    }
    return checker.finish();
}

/// Numbers to their ranks: coded picture numbers may have holes.
std::vector<size_t> ranks(const std::vector<uint64_t> &numbers)
{
    auto sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    std::vector<size_t> result;
    result.reserve(numbers.size());
    for (const uint64_t number : numbers) {
        result.push_back(static_cast<size_t>(
            std::lower_bound(sorted.begin(), sorted.end(), number) - sorted.begin()));
    }
    return result;
}

bool isBidirectional(const v4l2decode::StatelessPicture &picture)
{
    const auto params =
        picture.controls.get<v4l2_ctrl_h264_decode_params>(V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    const auto mpeg2 =
        picture.controls.get<v4l2_ctrl_mpeg2_picture>(V4L2_CID_STATELESS_MPEG2_PICTURE);
    return (params && (params->flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME) != 0) ||
           (mpeg2 && mpeg2->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B);
}

/// A codec whose pictures are shown in another order than they are decoded in.
void compareReordered(const Stream &stream)
{
    SCOPED_TRACE(stream.name);
    const auto expected = decodeReference(stream);
    const Parsed parsed = parse(stream.bytes());
    EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front();
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(parsed.shown.size(), expected.size());
    std::vector<uint64_t> expectedNumbers;
    std::vector<uint64_t> numbers;
    expectedNumbers.reserve(expected.size());
    numbers.reserve(expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        expectedNumbers.push_back(static_cast<uint64_t>(expected[i].codedNumber));
        numbers.push_back(parsed.shown[i].timestamp);
    }
    EXPECT_EQ(ranks(numbers), ranks(expectedNumbers));
    for (size_t i = 0; i < expected.size(); ++i) {
        const v4l2decode::StatelessPicture &picture = parsed.pictures.at(parsed.shown[i].timestamp);
        EXPECT_EQ(static_cast<int>(parsed.shown[i].visible.width), expected[i].width);
        EXPECT_EQ(static_cast<int>(parsed.shown[i].visible.height), expected[i].height);
        EXPECT_EQ(isBidirectional(picture), expected[i].bidirectional) << "frame " << i;
    }
}

void compareSizes(const Stream &stream, std::vector<uint8_t> bytes)
{
    SCOPED_TRACE(stream.name);
    const auto expected = decodeReference(stream);
    const Parsed parsed = parse(std::move(bytes));
    EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front();
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(parsed.shown.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(static_cast<int>(parsed.shown[i].visible.width), expected[i].width);
        EXPECT_EQ(static_cast<int>(parsed.shown[i].visible.height), expected[i].height);
    }
}

/// A codec in IVF.
void compareIvf(const Stream &stream)
{
    compareSizes(stream, stream.ivf());
}

TEST(HevcConformance, Vectors)
{
    const auto files = vectorFiles("hevc");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors in " DAEDALUS_VECTORS_DIR "/hevc";
    }
    for (const auto &file : files) {
        Stream stream = readStream(file);
        if (file.filename() == "two_first_slice.mp4") {
            // The first picture that is damaged: what it is depends on the container.
            constexpr size_t kDamaged = 30;
            stream.packets.resize(kDamaged);
        }
        compareSizes(stream, stream.bytes());
    }
}

TEST(HevcConformance, Encoded)
{
    for (const char *options : {
             "keyint=12:open-gop=1:bframes=4",
             "keyint=10:no-open-gop=1:bframes=8:ref=5:b-adapt=0",
             "bframes=0:slices=2:ctu=16:repeat-headers=1",
             "temporal-layers=3:bframes=3:b-adapt=0:hrd=1:vbv-maxrate=500:vbv-bufsize=500:aud=1",
         }) {
        std::string escaped = std::string("log-level=error:") + options;
        // The encoder's own separator has to be kept from being taken for libavcodec's.
        for (size_t i = escaped.find(':'); i != std::string::npos; i = escaped.find(':', i + 2)) {
            escaped.insert(i, 1, '\\');
        }
        const Stream stream = encodeStream({.encoder = "libx265",
                                            .options = "x265-params=" + escaped,
                                            .width = 170,
                                            .height = 98});
        compareSizes(stream, stream.bytes());
    }
}

TEST(Mpeg2Conformance, Vectors)
{
    const auto files = vectorFiles("mpeg2");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors in " DAEDALUS_VECTORS_DIR "/mpeg2";
    }
    for (const auto &file : files) {
        Stream stream = readStream(file);
        // What a cut left of pictures in front of the first sequence header.
        const auto start = std::ranges::find_if(stream.packets, [](const auto &packet) {
            const auto unit = bitstream::nextMpeg2Unit(packet, 0);
            return unit &&
                   unit->code == static_cast<uint8_t>(bitstream::Mpeg2StartCode::SequenceHeader);
        });
        stream.packets.erase(stream.packets.begin(), start);
        compareReordered(stream);
    }
}

TEST(Mpeg2Conformance, Encoded)
{
    for (const char *options :
         {"bf=0:g=5", "bf=2:g=6", "bf=2:g=6:flags=+cgop:sc_threshold=1000000000", "bf=1:g=1"}) {
        compareReordered(encodeStream({.encoder = "mpeg2video", .options = options}));
    }
    compareReordered(
        encodeStream({.encoder = "mpeg2video", .options = "bf=2:g=9", .interlaced = true}));
}

TEST(Vp8Conformance, Vectors)
{
    const auto files = vectorFiles("vp8");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors in " DAEDALUS_VECTORS_DIR "/vp8";
    }
    for (const auto &file : files) {
        compareIvf(readStream(file));
    }
}

TEST(H264Conformance, Vectors)
{
    const auto files = vectorFiles("h264");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors in " DAEDALUS_VECTORS_DIR "/h264";
    }
    for (const auto &file : files) {
        compareReordered(readStream(file));
    }
}

TEST(Vp9Conformance, Vectors)
{
    const auto files = vectorFiles("vp9");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors in " DAEDALUS_VECTORS_DIR "/vp9";
    }
    for (const auto &file : files) {
        compareIvf(readStream(file));
    }
}

TEST(H264Conformance, EncodedProgressive)
{
    for (const char *options : {
             "profile=baseline:preset=fast:refs=3",
             "bf=3:b-pyramid=normal:refs=5:weightp=2:g=12",
             "bf=3:b-pyramid=strict:refs=2:slices=4:aud=1:x264-params=open-gop=1",
             "bf=0:x264-params=force-cfr=1:intra-refresh=1",
             "bf=2:coder=vlc:8x8dct=1:x264-params=cqm=jvt",
         }) {
        compareReordered(encodeStream({.encoder = "libx264", .options = options}));
    }
}

TEST(H264Conformance, EncodedHigh10)
{
    compareReordered(encodeStream(
        {.encoder = "libx264", .options = "bf=3:b-pyramid=normal:refs=4", .bitDepth = 10}));
    compareReordered(encodeStream({.encoder = "libx264", .bitDepth = 10, .interlaced = true}));
}

TEST(H264Conformance, EncodedMbaff)
{
    compareReordered(encodeStream(
        {.encoder = "libx264", .options = "bf=3:b-pyramid=normal:refs=4", .interlaced = true}));
}

TEST(H264Conformance, CroppedSize)
{
    compareReordered(
        encodeStream({.encoder = "libx264", .options = "bf=2", .width = 170, .height = 98}));
}

TEST(Vp9Conformance, Encoded)
{
    compareIvf(encodeStream({.encoder = "libvpx-vp9",
                             .options = "lag-in-frames=16:cpu-used=5:tile-columns=1:g=15",
                             .width = 512}));
    compareIvf(encodeStream({.encoder = "libvpx-vp9",
                             .options = "error-resilient=1:cpu-used=8:deadline=realtime:aq-mode=3",
                             .width = 90,
                             .height = 50}));
    compareIvf(encodeStream({.encoder = "libvpx-vp9",
                             .options = "profile=2:lag-in-frames=16:cpu-used=5",
                             .bitDepth = 10}));
}

} // namespace
} // namespace daedalus::test
