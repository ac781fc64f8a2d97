// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/hevc_parser.h"

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include "bitstream/annexb.h"
#include "bitstream/hevc/parameter_sets.h"
#include "bitstream/hevc/slice_header.h"
#include "tools/v4l2-decode/parser/hevc_dpb.h"

namespace daedalus::v4l2decode {

namespace {

SequenceStart describe(const bitstream::HevcSps &sps)
{
    const auto &control = sps.control;
    return {
        .codec = V4L2_PIX_FMT_HEVC_SLICE,
        .codedWidth = control.pic_width_in_luma_samples,
        .codedHeight = control.pic_height_in_luma_samples,
        .visible = sps.visible,
        .profile = static_cast<uint8_t>(control.bit_depth_luma_minus8 == 0 ? 1 : 2),
        .bitDepth = static_cast<uint8_t>(
            8 + std::max(control.bit_depth_luma_minus8, control.bit_depth_chroma_minus8)),
        .chromaFormatIdc = control.chroma_format_idc,
        .progressive = true,
        .pictures = control.sps_max_dec_pic_buffering_minus1 + 2U,
        .independent = true,
    };
}

/// Whether a NAL unit that is no slice can only come in front of a picture (7.4.2.4.4).
bool startsAccessUnit(bitstream::HevcNal type)
{
    const auto number = static_cast<unsigned>(type);
    constexpr unsigned kPrefixSei = 39;
    return (type >= bitstream::HevcNal::Vps && type <= bitstream::HevcNal::EndOfBitstream) ||
           number == kPrefixSei || (number >= 41 && number <= 44) || (number >= 48 && number <= 55);
}

/// The picture whose slices are being collected.
struct Pending {
    bitstream::HevcSps sps;
    bitstream::HevcPps pps;
    HevcPicture picture;
    StatelessPicture request;
};

} // namespace

class HevcStreamParser::Impl {
public:
    void pushNal(std::span<const uint8_t> nal, std::vector<StreamEvent> &events);
    void flush(std::vector<StreamEvent> &events);

private:
    Result<void> pushSlice(std::span<const uint8_t> nal, std::vector<StreamEvent> &events);
    Result<void> startPicture(std::span<const uint8_t> nal, const bitstream::HevcSliceStart &start,
                              std::vector<StreamEvent> &events);
    bool beginSequence(const bitstream::HevcSps &sps, const bitstream::HevcNalHeader &nal,
                       std::vector<StreamEvent> &events);
    int32_t orderCount(const bitstream::HevcSps &sps, const bitstream::HevcSliceHeader &slice,
                       bool resets);
    void buildRequest(const bitstream::HevcSliceHeader &slice, std::vector<StreamEvent> &events);
    void finishPicture(std::vector<StreamEvent> &events);

    bitstream::HevcParameterSets parameterSets_;
    HevcDpb dpb_;
    SequenceStart sequence_;
    std::optional<Pending> pending_;
    bool atStart_ = true;   ///< the next picture is the first one, or behind an end of sequence
    bool skipRasl_ = true;  ///< what RASL pictures refer to is not there
    bool skipping_ = false; ///< the slices of a picture that is left out
    int32_t anchorPoc_ = 0; ///< of prevTid0Pic
    uint64_t nextTimestamp_ = 1000;
};

void HevcStreamParser::Impl::pushNal(std::span<const uint8_t> nal, std::vector<StreamEvent> &events)
{
    const auto header = bitstream::parseHevcNalHeader(nal);
    if (!header) {
        // An end of sequence has nothing but a header.
        const auto type = static_cast<bitstream::HevcNal>(nal[0] >> 1);
        if (type == bitstream::HevcNal::EndOfSequence ||
            type == bitstream::HevcNal::EndOfBitstream) {
            finishPicture(events);
            atStart_ = true;
        }
        return;
    }
    if (header->layerId != 0) {
        return;
    }
    Result<void> result;
    if (header->isSlice()) {
        result = pushSlice(nal, events);
    } else if (startsAccessUnit(header->type)) {
        finishPicture(events);
        if (header->type == bitstream::HevcNal::Sps) {
            result = parameterSets_.addSps(nal);
        } else if (header->type == bitstream::HevcNal::Pps) {
            result = parameterSets_.addPps(nal);
        } else if (header->type == bitstream::HevcNal::EndOfSequence ||
                   header->type == bitstream::HevcNal::EndOfBitstream) {
            atStart_ = true;
        }
    }
    if (!result) {
        events.emplace_back(StreamError{result.error().what()});
    }
}

Result<void> HevcStreamParser::Impl::pushSlice(std::span<const uint8_t> nal,
                                               std::vector<StreamEvent> &events)
{
    const auto start = bitstream::parseHevcSliceStart(nal);
    if (!start) {
        return tl::unexpected(start.error());
    }
    if (start->firstSliceInPic) {
        finishPicture(events);
        skipping_ = false;
        if (auto started = startPicture(nal, *start, events); !started) {
            return started;
        }
    }
    if (!pending_) {
        return skipping_ ? Result<void>()
                         : fail(EBADMSG, "H.265: the first slice of a picture is missing");
    }
    bitstream::appendWithStartCode(pending_->request.bitstream, nal);
    return {};
}

Result<void> HevcStreamParser::Impl::startPicture(std::span<const uint8_t> nal,
                                                  const bitstream::HevcSliceStart &start,
                                                  std::vector<StreamEvent> &events)
{
    const bitstream::HevcPps *pps = parameterSets_.pps(start.ppsId);
    const bitstream::HevcSps *sps = pps != nullptr ? parameterSets_.sps(pps->spsId) : nullptr;
    if (sps == nullptr) {
        return fail(EBADMSG, "H.265: a slice refers to parameter sets that are not there");
    }
    const auto slice = bitstream::parseHevcSliceHeader(nal, {.sps = sps->control,
                                                             .pps = pps->control,
                                                             .shortTermSets = sps->shortTermSets,
                                                             .longTerm = sps->longTerm,
                                                             .references = std::nullopt});
    if (!slice) {
        return tl::unexpected(slice.error());
    }
    if (slice->nal.isRasl() && (skipRasl_ || atStart_)) {
        skipping_ = true;
        return {};
    }
    const bool begins = beginSequence(*sps, slice->nal, events);
    pending_.emplace();
    pending_->sps = *sps;
    pending_->pps = *pps;
    pending_->picture = {.timestamp = std::exchange(nextTimestamp_, nextTimestamp_ + 1000),
                         .visible = sps->visible,
                         .poc = orderCount(*sps, *slice, begins && slice->nal.isIrap()),
                         .reference = true,
                         .neededForOutput = slice->picOutput};
    buildRequest(*slice, events);
    return {};
}

/// @returns whether a coded video sequence begins: nothing before it is referred to
bool HevcStreamParser::Impl::beginSequence(const bitstream::HevcSps &sps,
                                           const bitstream::HevcNalHeader &nal,
                                           std::vector<StreamEvent> &events)
{
    const SequenceStart sequence = describe(sps);
    const bool changed = sequence != sequence_;
    const bool begins = atStart_ || changed || nal.isIdr() || nal.isBla();
    if (nal.isIrap()) {
        skipRasl_ = begins;
    }
    atStart_ = false;
    if (begins) {
        // All that was decoded is shown, whatever no_output_of_prior_pics_flag says: it
        // is for decoders that run out of memory.
        dpb_.flush(events);
        dpb_.configure(sps.control);
    }
    if (changed) {
        sequence_ = sequence;
        events.emplace_back(sequence);
    }
    return begins;
}

/// 8.3.1.
int32_t HevcStreamParser::Impl::orderCount(const bitstream::HevcSps &sps,
                                           const bitstream::HevcSliceHeader &slice, bool resets)
{
    const auto lsb = static_cast<int32_t>(slice.picOrderCntLsb);
    const int32_t poc =
        resets ? lsb
               : bitstream::hevcPicOrderCnt(lsb, anchorPoc_,
                                            sps.control.log2_max_pic_order_cnt_lsb_minus4 + 4U);
    if (slice.nal.isOrderAnchor()) {
        anchorPoc_ = poc;
    }
    return poc;
}

void HevcStreamParser::Impl::buildRequest(const bitstream::HevcSliceHeader &slice,
                                          std::vector<StreamEvent> &events)
{
    const bitstream::HevcSps &sps = pending_->sps;
    const bitstream::HevcPps &pps = pending_->pps;
    const HevcPicture &picture = pending_->picture;
    v4l2_ctrl_hevc_decode_params params{};
    params.pic_order_cnt_val = picture.poc;
    params.short_term_ref_pic_set_size = static_cast<uint16_t>(slice.shortTermBits);
    params.long_term_ref_pic_set_size = static_cast<uint16_t>(slice.longTermBits);
    params.flags =
        (slice.nal.isIrap() ? V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC : 0U) |
        (slice.nal.isIdr() ? V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC : 0U) |
        (slice.noOutputOfPriorPics ? V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR : 0U);
    if (slice.shortTerm && !slice.shortTermFromSps) {
        params.num_delta_pocs_of_ref_rps_idx = slice.shortTerm->predictedFrom;
    }
    dpb_.applyReferences(sps, slice, picture.poc, params);
    dpb_.makeRoom(events);

    StatelessPicture &request = pending_->request;
    request.controls.set(V4L2_CID_STATELESS_HEVC_SPS, sps.control);
    request.controls.set(V4L2_CID_STATELESS_HEVC_PPS, pps.control);
    request.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    if (sps.has(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED)) {
        request.controls.set(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
                             pps.hasScaling ? pps.scaling : sps.scaling);
    }
    request.timestamp = picture.timestamp;
    request.codedWidth = sequence_.codedWidth;
    request.codedHeight = sequence_.codedHeight;
    request.visible = sequence_.visible;
    request.keyFrame = slice.nal.isIrap();
    request.picOrderCnt = picture.poc;
}

void HevcStreamParser::Impl::finishPicture(std::vector<StreamEvent> &events)
{
    if (!pending_) {
        return;
    }
    events.emplace_back(std::move(pending_->request));
    dpb_.add(pending_->picture, events);
    pending_.reset();
}

void HevcStreamParser::Impl::flush(std::vector<StreamEvent> &events)
{
    finishPicture(events);
    dpb_.flush(events);
    parameterSets_ = {};
    sequence_ = {};
    atStart_ = true;
    skipRasl_ = true;
    skipping_ = false;
    anchorPoc_ = 0;
}

HevcStreamParser::HevcStreamParser() : impl_(std::make_unique<Impl>()) {}
HevcStreamParser::~HevcStreamParser() = default;
HevcStreamParser::HevcStreamParser(HevcStreamParser &&) noexcept = default;
HevcStreamParser &HevcStreamParser::operator=(HevcStreamParser &&) noexcept = default;

void HevcStreamParser::push(std::span<const uint8_t> data, std::vector<StreamEvent> &events)
{
    for (auto nal = bitstream::nextNalUnit(data, 0); nal;
         nal = bitstream::nextNalUnit(data, nal->offset + nal->size)) {
        impl_->pushNal(data.subspan(nal->offset, nal->size), events);
    }
}

void HevcStreamParser::flush(std::vector<StreamEvent> &events)
{
    impl_->flush(events);
}

} // namespace daedalus::v4l2decode
