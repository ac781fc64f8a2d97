// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/slice_header.h"

#include <algorithm>
#include <bit>
#include <cerrno>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

namespace {

/// Bits of a value below @p count: Ceil(Log2(count)).
unsigned bitsFor(uint32_t count)
{
    return count > 1 ? static_cast<unsigned>(std::bit_width(count - 1)) : 0;
}

class SliceParser {
public:
    SliceParser(std::span<const uint8_t> rbsp, const HevcNalHeader &nal,
                const HevcSliceContext &context)
        : reader_(rbsp), context_(context)
    {
        header_.nal = nal;
    }

    std::optional<HevcSliceHeader> parse();

private:
    [[nodiscard]] bool sps(uint64_t flag) const { return (context_.sps.flags & flag) != 0; }
    [[nodiscard]] bool pps(uint64_t flag) const { return (context_.pps.flags & flag) != 0; }
    [[nodiscard]] bool isB() const { return header_.type == V4L2_HEVC_SLICE_TYPE_B; }
    [[nodiscard]] unsigned pocBits() const
    {
        return context_.sps.log2_max_pic_order_cnt_lsb_minus4 + 4U;
    }
    bool readStart();
    void readIndependent();
    void readReferenceSets();
    void readShortTerm();
    void readShortTermOfSlice();
    void readLongTerm();
    void readLongTermPicture(uint32_t index, uint32_t fromSps);
    void countReferences();
    void readInter(bool temporalMvp);
    void readRefIdx();
    void readListModification(unsigned list);
    void readCollocated();
    void readWeights();
    void readWeightsOf(unsigned list);
    void readQuantization();
    void readDeblocking(bool sao);
    void readEntryPoints();
    [[nodiscard]] uint32_t position() const { return static_cast<uint32_t>(reader_.position()); }
    void damaged() { good_ = false; }

    BitReader reader_;
    const HevcSliceContext &context_;
    HevcSliceHeader header_;
    uint32_t references_ = 0; ///< NumPicTotalCurr
    bool good_ = true;
};

bool SliceParser::readStart()
{
    reader_.skip(kHevcNalHeaderSize * 8);
    header_.firstSliceInPic = reader_.flag();
    if (header_.nal.isIrap()) {
        header_.noOutputOfPriorPics = reader_.flag();
    }
    const uint32_t ppsId = reader_.ue();
    header_.ppsId = static_cast<uint8_t>(ppsId);
    if (!header_.firstSliceInPic) {
        header_.dependent =
            pps(V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED) && reader_.flag();
        const uint32_t ctbs = hevcWidthInCtbs(context_.sps) * hevcHeightInCtbs(context_.sps);
        header_.segmentAddress = reader_.bits(bitsFor(ctbs));
        if (header_.segmentAddress >= ctbs) {
            return false;
        }
    }
    return ppsId < 64 && !reader_.failed();
}

void SliceParser::readReferenceSets()
{
    header_.picOrderCntLsb = reader_.bits(pocBits());
    readShortTerm();
    if (good_ && sps(V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT)) {
        const uint32_t start = position();
        readLongTerm();
        header_.longTermBits = position() - start;
    }
    countReferences();
}

void SliceParser::readShortTerm()
{
    header_.shortTermFromSps = reader_.flag();
    const uint32_t count = context_.sps.num_short_term_ref_pic_sets;
    if (!header_.shortTermFromSps) {
        const uint32_t start = position();
        readShortTermOfSlice();
        header_.shortTermBits = position() - start;
        return;
    }
    const uint32_t index = reader_.bits(bitsFor(count));
    if (index >= count) {
        damaged();
    } else if (index < context_.shortTermSets.size()) {
        header_.shortTerm = context_.shortTermSets[index];
    }
}

void SliceParser::readShortTermOfSlice()
{
    const uint32_t count = context_.sps.num_short_term_ref_pic_sets;
    if (context_.shortTermSets.size() == count) {
        header_.shortTerm = readHevcShortTermSet(reader_, context_.shortTermSets, true);
        good_ = good_ && header_.shortTerm.has_value();
        return;
    }
    // The sets that it may be predicted from are not known.
    if (!reader_.flag()) { // inter_ref_pic_set_prediction_flag
        header_.shortTerm = readHevcShortTermSet(reader_, {}, true);
        good_ = good_ && header_.shortTerm.has_value();
    } else if (context_.shortTermBits > 0) {
        reader_.skip(context_.shortTermBits - 1);
    } else {
        good_ = good_ && skipHevcPredictedSet(reader_, context_.numDeltaPocsOfRefSet);
    }
}

void SliceParser::readLongTerm()
{
    constexpr uint32_t kMost = 32;
    const uint32_t candidates = context_.sps.num_long_term_ref_pics_sps;
    const uint32_t fromSps = candidates > 0 ? reader_.ue() : 0;
    const uint32_t own = reader_.ue();
    if (fromSps > kMost || own > kMost || fromSps + own > kMost) {
        damaged();
        return;
    }
    for (uint32_t i = 0; i < fromSps + own && !reader_.failed(); ++i) {
        readLongTermPicture(i, fromSps);
    }
}

void SliceParser::readLongTermPicture(uint32_t index, uint32_t fromSps)
{
    HevcLongTermPicture picture;
    if (index < fromSps) {
        const uint32_t candidate = reader_.bits(bitsFor(context_.sps.num_long_term_ref_pics_sps));
        if (candidate < context_.longTerm.size()) {
            picture.pocLsb = context_.longTerm[candidate].pocLsb;
            picture.used = context_.longTerm[candidate].used;
        }
    } else {
        picture.pocLsb = reader_.bits(pocBits());
        picture.used = reader_.flag();
    }
    picture.msbPresent = reader_.flag();
    if (picture.msbPresent) {
        picture.deltaPocMsbCycle = reader_.ue();
    }
    if (index != 0 && index != fromSps) {
        picture.deltaPocMsbCycle += header_.longTerm.back().deltaPocMsbCycle;
    }
    header_.longTerm.push_back(picture);
}

void SliceParser::countReferences()
{
    if (context_.references) {
        references_ = *context_.references;
        return;
    }
    references_ = header_.shortTerm ? header_.shortTerm->usedCount() : 0;
    references_ += static_cast<uint32_t>(
        std::count_if(header_.longTerm.begin(), header_.longTerm.end(),
                      [](const HevcLongTermPicture &picture) { return picture.used; }));
}

void SliceParser::readRefIdx()
{
    constexpr uint32_t kMost = 15;
    std::array<uint32_t, 2> active{context_.pps.num_ref_idx_l0_default_active_minus1 + 1U,
                                   context_.pps.num_ref_idx_l1_default_active_minus1 + 1U};
    if (reader_.flag()) { // num_ref_idx_active_override_flag
        active[0] = reader_.ue() + 1;
        active[1] = isB() ? reader_.ue() + 1 : 0;
    }
    if (!isB()) {
        active[1] = 0;
    }
    // 0: so large a number that it wrapped.
    if (active[0] == 0 || active[0] > kMost || active[1] > kMost || (isB() && active[1] == 0)) {
        damaged();
        return;
    }
    header_.numRefIdxActive = {static_cast<uint8_t>(active[0]), static_cast<uint8_t>(active[1])};
}

void SliceParser::readListModification(unsigned list)
{
    if (!reader_.flag()) { // ref_pic_list_modification_flag_lX
        return;
    }
    for (unsigned i = 0; i < header_.numRefIdxActive[list]; ++i) {
        const uint32_t entry = reader_.bits(bitsFor(references_));
        good_ = good_ && entry < references_;
        header_.listEntries[list].push_back(static_cast<uint8_t>(entry));
    }
}

void SliceParser::readCollocated()
{
    const bool fromL0 = !isB() || reader_.flag(); // collocated_from_l0_flag
    if (header_.numRefIdxActive[fromL0 ? 0 : 1] > 1) {
        reader_.ue(); // collocated_ref_idx
    }
}

/// pred_weight_table() (7.3.6.3), for one list.
void SliceParser::readWeightsOf(unsigned list)
{
    const unsigned count = header_.numRefIdxActive[list];
    const uint32_t luma = reader_.bits(count);
    const uint32_t chroma = context_.sps.chroma_format_idc != 0 ? reader_.bits(count) : 0;
    for (unsigned i = count; i-- > 0;) {
        const unsigned values =
            ((luma >> i & 1) != 0 ? 2U : 0U) + ((chroma >> i & 1) != 0 ? 4U : 0U);
        for (unsigned value = 0; value < values; ++value) {
            reader_.se();
        }
    }
}

void SliceParser::readWeights()
{
    reader_.ue(); // luma_log2_weight_denom
    if (context_.sps.chroma_format_idc != 0) {
        reader_.se(); // delta_chroma_log2_weight_denom
    }
    readWeightsOf(0);
    if (isB()) {
        readWeightsOf(1);
    }
}

void SliceParser::readInter(bool temporalMvp)
{
    readRefIdx();
    if (!good_ || references_ == 0) {
        damaged();
        return;
    }
    if (pps(V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT) && references_ > 1) {
        readListModification(0);
        if (isB()) {
            readListModification(1);
        }
    }
    if (isB()) {
        reader_.skip(1); // mvd_l1_zero_flag
    }
    if (pps(V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT)) {
        reader_.skip(1); // cabac_init_flag
    }
    if (temporalMvp) {
        readCollocated();
    }
    if (pps(isB() ? V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED : V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED)) {
        readWeights();
    }
    reader_.ue(); // five_minus_max_num_merge_cand
}

void SliceParser::readQuantization()
{
    reader_.se(); // slice_qp_delta
    if (pps(V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT)) {
        reader_.se(); // slice_cb_qp_offset
        reader_.se(); // slice_cr_qp_offset
    }
}

void SliceParser::readDeblocking(bool sao)
{
    bool disabled = pps(V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
    const bool overridden =
        pps(V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED) && reader_.flag();
    if (overridden) {
        disabled = reader_.flag(); // slice_deblocking_filter_disabled_flag
        if (!disabled) {
            reader_.se(); // slice_beta_offset_div2
            reader_.se(); // slice_tc_offset_div2
        }
    }
    if (pps(V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED) && (sao || !disabled)) {
        reader_.skip(1); // slice_loop_filter_across_slices_enabled_flag
    }
}

void SliceParser::readIndependent()
{
    reader_.skip(context_.pps.num_extra_slice_header_bits);
    const uint32_t type = reader_.ue();
    if (type > V4L2_HEVC_SLICE_TYPE_I) {
        damaged();
        return;
    }
    header_.type = static_cast<uint8_t>(type);
    header_.outputFlagPosition = position();
    if (pps(V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT)) {
        header_.picOutput = reader_.flag();
    }
    if (!header_.nal.isIdr()) {
        readReferenceSets();
    }
    header_.referencesEnd = position();
    const bool temporalMvp =
        !header_.nal.isIdr() && sps(V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED) && reader_.flag();
    bool sao = false;
    if (sps(V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET)) {
        sao = reader_.flag(); // slice_sao_luma_flag
        if (context_.sps.chroma_format_idc != 0) {
            sao = reader_.flag() || sao; // slice_sao_chroma_flag
        }
    }
    if (good_ && header_.type != V4L2_HEVC_SLICE_TYPE_I) {
        readInter(temporalMvp);
    }
    readQuantization();
    readDeblocking(sao);
}

void SliceParser::readEntryPoints()
{
    header_.entryPoints = reader_.ue();
    if (header_.entryPoints == 0) {
        return;
    }
    const uint32_t length = reader_.ue() + 1; // offset_len_minus1
    const uint64_t bits = uint64_t{header_.entryPoints} * length;
    if (length == 0 || length > 32 || bits > reader_.bitsLeft()) {
        damaged();
        return;
    }
    reader_.skip(static_cast<unsigned>(bits));
}

std::optional<HevcSliceHeader> SliceParser::parse()
{
    if (!readStart()) {
        return std::nullopt;
    }
    if (!header_.dependent) {
        readIndependent();
    }
    if (good_ &&
        pps(V4L2_HEVC_PPS_FLAG_TILES_ENABLED | V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED)) {
        readEntryPoints();
    }
    if (good_ && pps(V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT)) {
        const uint32_t length = reader_.ue();
        reader_.skip(8 * std::min<uint32_t>(length, 1U << 16));
    }
    header_.headerBits = position();
    reader_.skip(1); // byte_alignment() begins with a one
    if (!good_ || reader_.failed()) {
        return std::nullopt;
    }
    return std::move(header_);
}

/// Bytes of @p nal that hold the first @p count bytes of its payload, with emulation
/// prevention bytes in between.
size_t escapedSize(std::span<const uint8_t> nal, size_t count)
{
    unsigned zeros = 0;
    size_t i = 0;
    for (; i < nal.size() && count > 0; ++i) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal[i] == 0 ? zeros + 1 : 0;
        --count;
    }
    return i;
}

} // namespace

bool HevcNalHeader::isSlice() const
{
    return type <= HevcNal::LastLeading || (type >= HevcNal::BlaWLp && type <= HevcNal::Cra);
}

bool HevcNalHeader::isIrap() const
{
    return type >= HevcNal::BlaWLp && type <= HevcNal::LastIrap;
}

bool HevcNalHeader::isIdr() const
{
    return type == HevcNal::IdrWRadl || type == HevcNal::IdrNLp;
}

bool HevcNalHeader::isBla() const
{
    return type >= HevcNal::BlaWLp && type <= HevcNal::BlaNLp;
}

bool HevcNalHeader::isRasl() const
{
    return type == HevcNal::RaslN || type == HevcNal::RaslR;
}

bool HevcNalHeader::isOrderAnchor() const
{
    const bool leading = type >= HevcNal::RadlN && type <= HevcNal::RaslR;
    const bool subLayerNonReference =
        type == HevcNal::TrailN || type == HevcNal::TsaN || type == HevcNal::StsaN;
    return temporalId == 0 && !leading && !subLayerNonReference;
}

std::optional<HevcNalHeader> parseHevcNalHeader(std::span<const uint8_t> nal)
{
    if (nal.size() <= kHevcNalHeaderSize || (nal[0] & 0x80) != 0 || (nal[1] & 7) == 0) {
        return std::nullopt;
    }
    return HevcNalHeader{.type = static_cast<HevcNal>(nal[0] >> 1),
                         .layerId = static_cast<uint8_t>((nal[0] & 1) << 5 | nal[1] >> 3),
                         .temporalId = static_cast<uint8_t>((nal[1] & 7) - 1)};
}

Result<HevcSliceStart> parseHevcSliceStart(std::span<const uint8_t> nal)
{
    const auto header = parseHevcNalHeader(nal);
    if (!header || !header->isSlice()) {
        return fail(EBADMSG, "H.265: not a slice");
    }
    constexpr size_t kEnough = 16;
    const auto rbsp = unescapeRbsp(nal.first(std::min(nal.size(), kEnough)));
    BitReader reader(rbsp);
    reader.skip(kHevcNalHeaderSize * 8);
    HevcSliceStart start{.nal = *header, .firstSliceInPic = reader.flag(), .ppsId = 0};
    if (header->isIrap()) {
        reader.skip(1); // no_output_of_prior_pics_flag
    }
    const uint32_t ppsId = reader.ue();
    if (reader.failed() || ppsId > 63) {
        return fail(EBADMSG, "H.265: a slice header is damaged");
    }
    start.ppsId = static_cast<uint8_t>(ppsId);
    return start;
}

Result<HevcSliceHeader> parseHevcSliceHeader(std::span<const uint8_t> nal,
                                             const HevcSliceContext &context)
{
    const auto nalHeader = parseHevcNalHeader(nal);
    if (!nalHeader || !nalHeader->isSlice()) {
        return fail(EBADMSG, "H.265: not a slice");
    }
    // Only entry points and extensions make a header long.
    constexpr size_t kMostlyEnough = 4096;
    for (size_t size = std::min(nal.size(), kMostlyEnough);; size = nal.size()) {
        const auto rbsp = unescapeRbsp(nal.first(size));
        if (auto header = SliceParser(rbsp, *nalHeader, context).parse()) {
            header->dataOffset = escapedSize(nal, header->headerBits / 8 + 1);
            return std::move(*header);
        }
        if (size == nal.size()) {
            return fail(EBADMSG, "H.265: a slice header is damaged");
        }
    }
}

int32_t hevcPicOrderCnt(int64_t lsb, int64_t anchor, unsigned lsbBits)
{
    const int64_t maxLsb = int64_t{1} << lsbBits;
    const int64_t anchorLsb = anchor & (maxLsb - 1);
    int64_t msb = anchor - anchorLsb;
    if (lsb < anchorLsb && anchorLsb - lsb >= maxLsb / 2) {
        msb += maxLsb;
    } else if (lsb > anchorLsb && lsb - anchorLsb > maxLsb / 2) {
        msb -= maxLsb;
    }
    return static_cast<int32_t>(msb + lsb);
}

} // namespace daedalus::bitstream
