// SPDX-License-Identifier: BSD-2-Clause
// Streams whose slice headers name their references in ways that x265 never does.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"
#include "bitstream/hevc/slice_header.h"
#include "bitstream/rbsp_writer.h"
#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

using bitstream::RbspWriter;
using Sets = std::vector<bitstream::HevcShortTermSet>;

/// Used or not of each picture, by its distance.
std::map<int32_t, bool> byDistance(const bitstream::HevcShortTermSet &set)
{
    std::map<int32_t, bool> result;
    for (const auto *side : {&set.before, &set.after}) {
        for (const auto &entry : *side) {
            result[entry.deltaPoc] = entry.used;
        }
    }
    return result;
}

/// Distances in the order in which prediction goes through them (7-61).
std::vector<int32_t> candidates(const bitstream::HevcShortTermSet &set)
{
    std::vector<int32_t> result;
    for (const auto *side : {&set.before, &set.after}) {
        for (const auto &entry : *side) {
            result.push_back(entry.deltaPoc);
        }
    }
    result.push_back(0);
    return result;
}

/// A delta_rps with which @p reference predicts all of @p set.
std::optional<int32_t> deltaRps(const bitstream::HevcShortTermSet &set,
                                const bitstream::HevcShortTermSet &reference)
{
    const auto wanted = byDistance(set);
    for (const auto &[distance, used] : wanted) {
        for (const int32_t from : candidates(reference)) {
            const int32_t delta = distance - from;
            const auto all = candidates(reference);
            const auto isPredicted = [&](const auto &entry) {
                return std::find(all.begin(), all.end(), entry.first - delta) != all.end();
            };
            if (delta != 0 && std::all_of(wanted.begin(), wanted.end(), isPredicted)) {
                return delta;
            }
        }
    }
    return std::nullopt;
}

void writeExplicit(bitstream::RbspWriter &writer, const bitstream::HevcShortTermSet &set)
{
    writer.ue(static_cast<uint32_t>(set.before.size()));
    writer.ue(static_cast<uint32_t>(set.after.size()));
    for (const auto *side : {&set.before, &set.after}) {
        int32_t previous = 0;
        for (const auto &entry : *side) {
            writer.ue(static_cast<uint32_t>(std::abs(entry.deltaPoc - previous)) - 1);
            writer.flag(entry.used);
            previous = entry.deltaPoc;
        }
    }
}

/// Writes st_ref_pic_set(), predicted from the one of @p known that comes @p back sets
/// before it, if that can be done. @returns whether it was
bool writeSet(bitstream::RbspWriter &writer, const bitstream::HevcShortTermSet &set,
              const Sets &known, bool inSlice)
{
    if (known.empty()) {
        writeExplicit(writer, set);
        return false;
    }
    const size_t choices = inSlice ? known.size() : 1;
    for (size_t back = 0; back < choices; ++back) {
        const bitstream::HevcShortTermSet &reference = known[known.size() - 1 - back];
        const auto delta = deltaRps(set, reference);
        if (!delta) {
            continue;
        }
        writer.flag(true); // inter_ref_pic_set_prediction_flag
        if (inSlice) {
            writer.ue(static_cast<uint32_t>(back));
        }
        writer.flag(*delta < 0);
        writer.ue(static_cast<uint32_t>(std::abs(*delta)) - 1);
        const auto wanted = byDistance(set);
        for (const int32_t from : candidates(reference)) {
            const auto found = wanted.find(from + *delta);
            const bool used = found != wanted.end() && found->second;
            writer.flag(used);
            if (!used) {
                writer.flag(found != wanted.end());
            }
        }
        return true;
    }
    writer.flag(false);
    writeExplicit(writer, set);
    return false;
}

/// What a rewritten stream has in place of what x265 wrote.
struct Style {
    const char *name;
    bool setsInSps = false;     ///< slices name one of the SPS's sets
    bool predicted = false;     ///< sets of slices are predicted from those of the SPS
    bool longTerm = false;      ///< the farthest picture is a long-term one
    bool longTermOfSps = false; ///< whose number the SPS has, where it has one
    bool msb = false;           ///< with the upper bits of its number
};

/// Rewrites a stream of one SPS and one PPS.
class Rewriter {
public:
    explicit Rewriter(const Style &style) : style_(style) {}

    Stream rewrite(const Stream &stream)
    {
        forEachNal(stream, [this](std::span<const uint8_t> nal, size_t) { collect(nal); });
        Stream result{
            .name = stream.name + " " + style_.name, .codecId = stream.codecId, .packets = {}};
        result.packets.resize(stream.packets.size());
        forEachNal(stream, [&](std::span<const uint8_t> nal, size_t packet) {
            append(result.packets[packet], nal);
        });
        return result;
    }

    [[nodiscard]] size_t predictedSets() const { return predicted_; }
    [[nodiscard]] size_t longTermPictures() const { return longTermCount_; }

private:
    using Visitor = std::function<void(std::span<const uint8_t>, size_t)>;

    static void forEachNal(const Stream &stream, const Visitor &visit)
    {
        for (size_t i = 0; i < stream.packets.size(); ++i) {
            const std::span<const uint8_t> packet(stream.packets[i]);
            for (auto nal = bitstream::nextNalUnit(packet, 0); nal;
                 nal = bitstream::nextNalUnit(packet, nal->offset + nal->size)) {
                visit(packet.subspan(nal->offset, nal->size), i);
            }
        }
    }

    [[nodiscard]] bitstream::HevcSliceHeader parse(std::span<const uint8_t> nal) const
    {
        const auto header =
            bitstream::parseHevcSliceHeader(nal, {.sps = sps_.control,
                                                  .pps = pps_.control,
                                                  .shortTermSets = sps_.shortTermSets,
                                                  .longTerm = sps_.longTerm,
                                                  .references = std::nullopt});
        EXPECT_TRUE(header);
        return header ? *header : bitstream::HevcSliceHeader();
    }

    /// Learns which sets the stream has.
    void collect(std::span<const uint8_t> nal)
    {
        const auto header = bitstream::parseHevcNalHeader(nal);
        if (header->type == bitstream::HevcNal::Sps) {
            sps_ = *bitstream::parseHevcSps(
                bitstream::unescapeRbsp(nal.subspan(bitstream::kHevcNalHeaderSize)));
            ASSERT_TRUE(sps_.shortTermSets.empty());
            ASSERT_FALSE(sps_.has(V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT));
        } else if (header->type == bitstream::HevcNal::Pps) {
            pps_ = *bitstream::parseHevcPps(
                bitstream::unescapeRbsp(nal.subspan(bitstream::kHevcNalHeaderSize)));
        } else if (header->isSlice() && !header->isIdr()) {
            const bitstream::HevcSliceHeader slice = parse(nal);
            const bitstream::HevcShortTermSet set = split(*slice.shortTerm).shortTerm;
            const size_t most = style_.setsInSps ? 60 : 3;
            if ((style_.setsInSps || style_.predicted) && sets_.size() < most &&
                indexOf(set) == sets_.size()) {
                sets_.push_back(set);
            }
        }
    }

    [[nodiscard]] size_t indexOf(const bitstream::HevcShortTermSet &set) const
    {
        const auto same = [&](const bitstream::HevcShortTermSet &other) {
            return byDistance(other) == byDistance(set);
        };
        return static_cast<size_t>(std::find_if(sets_.begin(), sets_.end(), same) - sets_.begin());
    }

    struct Split {
        bitstream::HevcShortTermSet shortTerm;
        std::optional<bitstream::HevcShortTermSet::Entry> longTerm;
    };
    [[nodiscard]] Split split(const bitstream::HevcShortTermSet &set) const
    {
        Split result{set, std::nullopt};
        if (style_.longTerm && set.before.size() > 1) {
            result.longTerm = set.before.back();
            result.shortTerm.before.pop_back();
        }
        return result;
    }

    void append(std::vector<uint8_t> &stream, std::span<const uint8_t> nal)
    {
        const auto header = bitstream::parseHevcNalHeader(nal);
        if (header->type == bitstream::HevcNal::Sps) {
            appendSps(stream, nal);
        } else if (header->isSlice() && !header->isIdr() && !parse(nal).dependent) {
            appendSlice(stream, nal);
        } else {
            stream.insert(stream.end(), {0, 0, 1});
            stream.insert(stream.end(), nal.begin(), nal.end());
        }
    }

    /// Bits of an SPS of x265 in front of num_short_term_ref_pic_sets.
    static size_t setsPosition(const std::vector<uint8_t> &rbsp)
    {
        bitstream::BitReader reader(rbsp);
        reader.skip(8 + 96); // ids, profile_tier_level() of one sub-layer
        for (int i = 0; i < 4; ++i) {
            reader.ue(); // id, format, size
        }
        if (reader.flag()) {
            for (int i = 0; i < 4; ++i) {
                reader.ue(); // conformance window
            }
        }
        for (int i = 0; i < 3; ++i) {
            reader.ue(); // depths, log2_max_pic_order_cnt_lsb_minus4
        }
        reader.skip(1);
        for (int i = 0; i < 9; ++i) {
            reader.ue(); // buffering, block sizes
        }
        EXPECT_FALSE(reader.flag()); // scaling_list_enabled_flag
        reader.skip(2);
        EXPECT_FALSE(reader.flag()); // pcm_enabled_flag
        return reader.position();
    }

    void appendSps(std::vector<uint8_t> &stream, std::span<const uint8_t> nal)
    {
        const auto rbsp = bitstream::unescapeRbsp(nal.subspan(bitstream::kHevcNalHeaderSize));
        bitstream::BitReader reader(rbsp);
        bitstream::RbspWriter writer;
        writer.bits(nal[1], 8);
        copyBits(reader, writer, setsPosition(rbsp));
        EXPECT_EQ(reader.ue(), 0U);
        writer.ue(static_cast<uint32_t>(sets_.size()));
        Sets written;
        for (const bitstream::HevcShortTermSet &set : sets_) {
            predicted_ += writeSet(writer, set, written, false) ? 1 : 0;
            written.push_back(set);
        }
        EXPECT_FALSE(reader.flag()); // long_term_ref_pics_present_flag
        writer.flag(style_.longTerm);
        if (style_.longTerm) {
            const unsigned count = style_.longTermOfSps ? kCandidates : 0;
            writer.ue(count);
            for (unsigned i = 0; i < count; ++i) {
                writer.bits(2 * i, pocBits()); // even numbers, used
                writer.flag(true);
            }
        }
        copyBits(reader, writer, rbsp.size() * 8 - reader.position());
        bitstream::appendNalUnit(stream, nal[0], writer.bytes());
    }

    [[nodiscard]] unsigned pocBits() const
    {
        return sps_.control.log2_max_pic_order_cnt_lsb_minus4 + 4U;
    }

    void writeLongTerm(bitstream::RbspWriter &writer,
                       const std::optional<bitstream::HevcShortTermSet::Entry> &entry,
                       uint32_t pocLsb)
    {
        if (!style_.longTerm) {
            return;
        }
        const uint32_t maxLsb = 1U << pocBits();
        const int32_t number = static_cast<int32_t>(pocLsb) + (entry ? entry->deltaPoc : 0);
        const uint32_t lsb = static_cast<uint32_t>(number) & (maxLsb - 1);
        const bool candidate =
            style_.longTermOfSps && entry && entry->used && lsb % 2 == 0 && lsb / 2 < kCandidates;
        if (style_.longTermOfSps) {
            writer.ue(candidate ? 1 : 0); // num_long_term_sps
        }
        writer.ue(entry && !candidate ? 1 : 0); // num_long_term_pics
        if (!entry) {
            return;
        }
        ++longTermCount_;
        if (candidate) {
            writer.bits(lsb / 2, kCandidateBits);
        } else {
            writer.bits(lsb, pocBits());
            writer.flag(entry->used);
        }
        writer.flag(style_.msb);
        if (style_.msb) {
            writer.ue(number < 0 ? (static_cast<uint32_t>(-number) + maxLsb - 1) / maxLsb : 0);
        }
    }

    void appendSlice(std::vector<uint8_t> &stream, std::span<const uint8_t> nal)
    {
        const bitstream::HevcSliceHeader header = parse(nal);
        const auto rbsp = bitstream::unescapeRbsp(nal.first(header.dataOffset));
        bitstream::BitReader reader(rbsp);
        bitstream::RbspWriter writer;
        reader.skip(8);
        const bool hasOutputFlag = pps_.has(V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT);
        copyBits(reader, writer,
                 header.outputFlagPosition - 8 + (hasOutputFlag ? 1 : 0) + pocBits());
        const Split references = split(*header.shortTerm);
        const size_t index = indexOf(references.shortTerm);
        const bool fromSps = style_.setsInSps && index < sets_.size();
        writer.flag(fromSps);
        if (fromSps) {
            unsigned bits = 0;
            while ((size_t{1} << bits) < sets_.size()) {
                ++bits;
            }
            writer.bits(static_cast<uint32_t>(index), bits);
        } else {
            predicted_ += writeSet(writer, references.shortTerm, sets_, true) ? 1 : 0;
        }
        writeLongTerm(writer, references.longTerm, header.picOrderCntLsb);
        reader.skip(header.referencesEnd - static_cast<uint32_t>(reader.position()));
        copyBits(reader, writer, header.headerBits - header.referencesEnd);
        writer.trailingBits();
        bitstream::appendNalUnit(stream, nal[0], writer.bytes());
        const auto data = nal.subspan(header.dataOffset);
        stream.insert(stream.end(), data.begin(), data.end());
    }

    static constexpr unsigned kCandidates = 8;
    static constexpr unsigned kCandidateBits = 3;

    Style style_;
    bitstream::HevcSps sps_;
    bitstream::HevcPps pps_;
    Sets sets_; ///< of the new SPS
    size_t predicted_ = 0;
    size_t longTermCount_ = 0;
};

/// A client that leaves the size of the set out, and tells the other number.
void tellNumberOfPictures(v4l2decode::StatelessPicture &picture)
{
    auto params =
        *picture.controls.get<v4l2_ctrl_hevc_decode_params>(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    params.short_term_ref_pic_set_size = 0;
    picture.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
}

void tellSize(v4l2decode::StatelessPicture &picture)
{
    auto params =
        *picture.controls.get<v4l2_ctrl_hevc_decode_params>(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    params.num_delta_pocs_of_ref_rps_idx = 0;
    picture.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
}

class HevcReferencesTest : public testing::TestWithParam<Style> {};

TEST_P(HevcReferencesTest, isExact)
{
    const Stream original = encodeStream(
        {.encoder = "libx265",
         .options = "x265-params=log-level=error\\:ref=4\\:bframes=4\\:b-adapt=0\\:keyint=30\\:"
                    "min-keyint=30\\:open-gop=1\\:log2-max-poc-lsb=5\\:slices=2\\:ctu=16",
         .frames = 75});
    Rewriter rewriter(GetParam());
    const Stream stream = rewriter.rewrite(original);
    const auto expected = decodeAlone(stream);
    ASSERT_EQ(expected.size(), 75U);
    if (GetParam().longTerm) {
        EXPECT_GT(rewriter.longTermPictures(), 30U);
    } else {
        EXPECT_GT(rewriter.predictedSets(), 2U);
        ASSERT_EQ(expected, decodeAlone(original)) << "the stream was not rewritten well";
    }
    for (const auto &edit :
         {std::function<void(v4l2decode::StatelessPicture &)>(tellNumberOfPictures),
          std::function<void(v4l2decode::StatelessPicture &)>(tellSize)}) {
        const Played played =
            play(stream, {.surfaces = Surfaces::I420, .threads = 1, .edit = edit});
        EXPECT_EQ(played.failures(), 0U);
        ASSERT_EQ(played.frames.size(), expected.size());
        for (size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(played.frames[i], expected[i]) << "frame " << i;
        }
    }
}

const Style kStyles[] = {
    {.name = "setsInSps", .setsInSps = true},
    {.name = "predicted", .predicted = true},
    {.name = "longTerm", .longTerm = true},
    {.name = "longTermMsb", .longTerm = true, .msb = true},
    {.name = "longTermOfSps", .longTerm = true, .longTermOfSps = true},
    {.name = "longTermOfSpsMsb",
     .setsInSps = true,
     .longTerm = true,
     .longTermOfSps = true,
     .msb = true},
    {.name = "predictedLongTerm", .predicted = true, .longTerm = true},
};

INSTANTIATE_TEST_SUITE_P(Styles, HevcReferencesTest, testing::ValuesIn(kStyles), kNameOfTest);

} // namespace
} // namespace daedalus::test
