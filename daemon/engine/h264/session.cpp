// SPDX-License-Identifier: BSD-2-Clause
#include "engine/h264/session.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "bitstream/annexb.h"
#include "bitstream/h264/skipped_picture.h"
#include "bitstream/h264/slice_rewriter.h"
#include "engine/target_access.h"

namespace daedalus::engine {
namespace {

/// An access unit delimiter (7.3.2.4) behind a mark by which libavcodec takes a packet without
/// slices for no error.
constexpr auto kFiller = std::to_array<uint8_t>({'Q', '2', '6', '4', 0, 0, 1, 9, 0xf0});

/// Samples and rows of a coded size that a surface of the visible size may lack: less
/// than a macroblock, or than two where macroblocks are of a field.
constexpr uint32_t kCodedPaddingWidth = 15;
constexpr uint32_t kCodedPaddingHeight = 31;

Result<bitstream::H264Parameters> readControls(const ControlSet &controls)
{
    const auto sps = controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS);
    const auto pps = controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS);
    const auto decode =
        controls.get<v4l2_ctrl_h264_decode_params>(V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    if (!sps || !pps || !decode) {
        return fail(EINVAL, "H.264: SPS, PPS or decode parameters are missing");
    }
    bitstream::H264Parameters parameters{
        .sps = *sps, .pps = *pps, .scaling = {}, .decode = *decode};
    if (parameters.ppsHas(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT)) {
        const auto scaling =
            controls.get<v4l2_ctrl_h264_scaling_matrix>(V4L2_CID_STATELESS_H264_SCALING_MATRIX);
        if (!scaling) {
            return fail(EINVAL, "H.264: the scaling matrix is missing");
        }
        parameters.scaling = *scaling;
    }
    if (auto checked = bitstream::checkH264Parameters(parameters); !checked) {
        return tl::unexpected(checked.error());
    }
    return parameters;
}

Result<void> checkTarget(const bitstream::H264Parameters &parameters,
                         const gbm::FrameBuffer &target)
{
    if (parameters.bitDepth() != target.format().bitDepth) {
        return fail(ENOTSUP, "H.264: the target's samples have another number of bits");
    }
    if (parameters.codedWidth() > target.width() + kCodedPaddingWidth ||
        parameters.codedHeight() > target.height() + kCodedPaddingHeight) {
        return fail(ENOBUFS, "H.264: the picture is larger than the target");
    }
    return {};
}

/// The slice that the decoder starts the picture with.
const bitstream::H264SliceHeader &firstHeader(const std::vector<bitstream::H264Slice> &slices)
{
    const auto isPrimary = [](const bitstream::H264Slice &slice) {
        return slice.headerGood && slice.header.redundantPicCnt == 0;
    };
    const auto found = std::find_if(slices.begin(), slices.end(), isPrimary);
    return found == slices.end() ? slices.front().header : found->header;
}

bool hasReferences(const v4l2_ctrl_h264_decode_params &decode)
{
    return std::any_of(std::begin(decode.dpb), std::end(decode.dpb),
                       [](const v4l2_h264_dpb_entry &entry) {
                           return (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0;
                       });
}

bool hasShortTermReferences(const v4l2_ctrl_h264_decode_params &decode)
{
    return std::any_of(std::begin(decode.dpb), std::end(decode.dpb),
                       [](const v4l2_h264_dpb_entry &entry) {
                           constexpr uint32_t kKinds =
                               V4L2_H264_DPB_ENTRY_FLAG_ACTIVE | V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
                           return (entry.flags & kKinds) == V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
                       });
}

/// The names of the pictures that may be read.
std::vector<uint64_t> referencesOf(const v4l2_ctrl_h264_decode_params &decode)
{
    std::vector<uint64_t> names;
    for (const v4l2_h264_dpb_entry &entry : decode.dpb) {
        if ((entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0) {
            names.push_back(entry.reference_ts);
        }
    }
    return names;
}

/// The picture order count, or its lowest bits, as the decoder sees it.
int32_t picOrderCntOf(const bitstream::H264SliceHeader &header,
                      const bitstream::H264Parameters &parameters)
{
    return parameters.sps.pic_order_cnt_type == 1 ? parameters.decode.top_field_order_cnt
                                                  : static_cast<int32_t>(header.picOrderCntLsb);
}

/// A pic_parameter_set_id that no slice of the picture has.
std::optional<uint8_t> unusedPpsId(const std::vector<bitstream::H264Slice> &slices)
{
    for (unsigned id = 256; id-- > 0;) {
        if (std::none_of(slices.begin(), slices.end(),
                         [id](const bitstream::H264Slice &slice) { return slice.ppsId == id; })) {
            return static_cast<uint8_t>(id);
        }
    }
    return std::nullopt;
}

PictureRows rowsOf(const bitstream::H264SliceHeader &header)
{
    if (!header.fieldPic) {
        return PictureRows::All;
    }
    return header.bottomField ? PictureRows::BottomField : PictureRows::TopField;
}

} // namespace

H264Session::H264Session(Options options) : options_(std::move(options)), pipeline_(options_.logger)
{}

H264Session::~H264Session()
{
    pipeline_.drain();
}

void H264Session::submit(DecodeRequest request, DecodeCompletion done)
{
    if (const auto begun = begin(request, done); !begun) {
        // Answers come in decode order.
        drain();
        references_.reject(request.timestamp, begun.error().code());
        options_.logger->debug("request {}: {}", request.timestamp, begun.error().what());
        done(DecodeResult{.error = begun.error().code()});
    }
}

Result<void> H264Session::begin(DecodeRequest &request, DecodeCompletion &done)
{
    if (request.target) {
        pipeline_.finishUsersOf(*request.target);
    }
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    const auto parameters = readControls(request.controls);
    if (!parameters) {
        return tl::unexpected(parameters.error());
    }
    if (auto checked = checkTarget(*parameters, *request.target); !checked) {
        return tl::unexpected(checked.error());
    }
    const auto slices = bitstream::findSlices(request.bitstream, *parameters);
    if (!slices) {
        return tl::unexpected(slices.error());
    }
    const bitstream::H264SliceHeader &first = firstHeader(*slices);
    restartIfNeeded(first, *parameters);
    if (auto opened = openDecoder(slices->size(), *parameters); !opened) {
        return opened;
    }
    const auto references =
        references_.begin(request.timestamp, *slices, first, *parameters, !hasReferences_,
                          frameNumbers_.predict(first, *parameters).secondField);
    const H264FrameNumbers::Prediction prediction = prepare(first, *parameters, *slices);
    if (auto filled = fillPacket(request, *parameters, *slices); !filled) {
        forgetParameterSets();
        return filled;
    }
    // A field that does not pair with the one in the target must not get its memory:
    // that may be a reference.
    const bool shared = first.fieldPic && request.target == fieldTarget_;
    auto outcome = pipeline_.start({.target = shared ? nullptr : request.target,
                                    .privateBefore = prediction.madeUp,
                                    .repeats = false,
                                    .keepsIdentity = first.nalRefIdc != 0,
                                    .freesStrides = first.idr && !prediction.secondField});
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (*outcome && (*outcome)->error != 0) {
        forgetParameterSets();
        return fail((*outcome)->error, "H.264: the decoder rejects the picture");
    }
    frameNumbers_.advance(first, *parameters, prediction);
    if (first.nalRefIdc != 0) {
        hasReferences_ = true;
        lastPicOrderCnt_ = picOrderCntOf(first, *parameters);
    }
    if (prediction.refused) {
        return fail(ENOTSUP, "H.264: only one of the fields of a frame is a reference");
    }
    const Delivery delivery{.rows = rowsOf(first),
                            .firstField = first.fieldPic && !prediction.secondField,
                            .secondField = prediction.secondField,
                            .references = references};
    pipeline_.add({.request = std::move(request),
                   .access = std::move(*access),
                   .done = std::move(done),
                   .deliver =
                       [this, delivery](const DecodeRequest &ended, AvDecoder::Outcome how) {
                           return deliver(ended, delivery, std::move(how));
                       },
                   .references = referencesOf(parameters->decode)},
                  std::move(*outcome));
    return {};
}

void H264Session::finishOldest()
{
    pipeline_.finishOldest();
}

void H264Session::drain()
{
    pipeline_.drain();
}

H264FrameNumbers::Prediction H264Session::prepare(const bitstream::H264SliceHeader &first,
                                                  const bitstream::H264Parameters &parameters,
                                                  const Slices &slices)
{
    auto prediction = frameNumbers_.predict(first, parameters);
    if (prediction.madeUp > 0 && !first.idr) {
        replaceLostFrames(first, parameters, prediction.madeUp, slices);
        prediction = frameNumbers_.predict(first, parameters);
    }
    return prediction;
}

Result<void> H264Session::openDecoder(size_t slices, const bitstream::H264Parameters &parameters)
{
    const bool framesOnly = parameters.spsHas(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    if (pipeline_.isBroken() || (pipeline_.worksAhead() && !framesOnly)) {
        flush();
    }
    if (pipeline_.isOpen()) {
        return {};
    }
    // Where there is one slice a picture only pictures can be decoded at the same time. Fields
    // cannot: they come in packets of their own, and the second one needs the first.
    const bool ahead = slices == 1 && framesOnly;
    return pipeline_.open(
        {.codec = AV_CODEC_ID_H264,
         .threads = ahead ? options_.threads : threadsFor(options_.threads, slices),
         .filler = ahead ? std::span<const uint8_t>(kFiller) : std::span<const uint8_t>(),
         .sameStrides = true,
         .paddingWidth = kCodedPaddingWidth,
         .paddingHeight = kCodedPaddingHeight});
}

void H264Session::restartIfNeeded(const bitstream::H264SliceHeader &first,
                                  const bitstream::H264Parameters &parameters)
{
    if (references_.isLost()) {
        flush();
    }
    // Once there was a reference there always is one, the last one at least. A client
    // that names none has flushed; what the decoder still has must not be used.
    const auto prediction = frameNumbers_.predict(first, parameters);
    const bool second = prediction.secondField || prediction.refused;
    if (hasReferences_ && !first.idr && !second && !hasReferences(parameters.decode)) {
        closeDecoder();
    }
}

void H264Session::replaceLostFrames(const bitstream::H264SliceHeader &first,
                                    const bitstream::H264Parameters &parameters, unsigned lost,
                                    const Slices &slices)
{
    // libavcodec has a lost frame share the memory of the one before it. That is the
    // client's, who knows nothing of this and may decode into it again. A repetition
    // of our own has memory of its own and is the same otherwise.
    const bool framesOnly = parameters.spsHas(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    const bool wanted = parameters.spsHas(V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED);
    const auto ppsId = unusedPpsId(slices);
    if (!framesOnly || wanted || !ppsId || !hasReferences_ ||
        !hasShortTermReferences(parameters.decode)) {
        return;
    }
    const uint32_t maxFrameNum = 1U << (parameters.sps.log2_max_frame_num_minus4 + 4);
    scratch_.clear();
    appendParameterSets(scratch_, parameters, slices);
    bitstream::appendSkippedPicturePps(scratch_, parameters, *ppsId);
    sentPps_[*ppsId].clear();
    for (unsigned back = lost; back > 0; --back) {
        // Two more than the picture before, as libavcodec has it.
        lastPicOrderCnt_ += 2;
        const uint32_t frameNum = (first.frameNum + maxFrameNum - back) % maxFrameNum;
        bitstream::appendSkippedPicture(
            scratch_, parameters,
            {.ppsId = *ppsId, .frameNum = frameNum, .picOrderCnt = lastPicOrderCnt_});
        AvPacketBuilder &packet = pipeline_.packet();
        if (!packet.start(scratch_.size()) || !packet.append(scratch_) || !startRepetition()) {
            options_.logger->debug("H.264: a lost frame could not be replaced");
            forgetParameterSets();
            return;
        }
        frameNumbers_.advanceTo(frameNum);
        scratch_.clear();
    }
}

bool H264Session::startRepetition()
{
    const auto outcome = pipeline_.start({.target = nullptr, .privateBefore = 0, .repeats = true});
    if (outcome && !*outcome) {
        pipeline_.addUnseen();
    }
    return outcome && (!*outcome || (*outcome)->error == 0);
}

Result<void> H264Session::fillPacket(const DecodeRequest &request,
                                     const bitstream::H264Parameters &parameters,
                                     const Slices &slices)
{
    scratch_.clear();
    appendParameterSets(scratch_, parameters, slices);
    const bool rewrite = parameters.sps.pic_order_cnt_type == 1;
    for (const bitstream::H264Slice &slice : slices) {
        if (rewrite && slice.headerGood) {
            bitstream::appendWithPicOrderCnt(scratch_, slice, parameters);
        }
    }
    AvPacketBuilder &packet = pipeline_.packet();
    auto result = packet.start(scratch_.size() + request.bitstream.size());
    if (result) {
        result = packet.append(scratch_);
    }
    for (const bitstream::H264Slice &slice : slices) {
        if (result && !rewrite) {
            result = packet.append(bitstream::kStartCode);
        }
        if (result && !rewrite) {
            result = packet.append(slice.nal);
        }
    }
    return result;
}

void H264Session::appendParameterSets(std::vector<uint8_t> &stream,
                                      const bitstream::H264Parameters &parameters,
                                      const Slices &slices)
{
    std::vector<uint8_t> bytes;
    bitstream::appendSps(bytes, parameters);
    auto &sentSps = sentSps_[parameters.sps.seq_parameter_set_id];
    if (bytes != sentSps) {
        stream.insert(stream.end(), bytes.begin(), bytes.end());
        sentSps = bytes;
        // In the decoder, a PPS goes on to refer to the SPS that was there before.
        std::fill(sentPps_.begin(), sentPps_.end(), std::vector<uint8_t>());
    }
    // Slices of a picture may name different PPSs; the request has but one for all.
    const bool rewrite = parameters.sps.pic_order_cnt_type == 1;
    int previous = -1;
    for (const bitstream::H264Slice &slice : slices) {
        bitstream::H264Parameters own = parameters;
        uint8_t id = slice.ppsId;
        if (rewrite && slice.headerGood) {
            const bitstream::RewrittenPps pps = bitstream::rewrittenPps(slice, parameters);
            constexpr auto kFlag = uint8_t{V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT};
            own.pps.flags = (own.pps.flags & ~kFlag) | (pps.redundantPicCnt ? kFlag : 0);
            id = pps.id;
        }
        if (id == std::exchange(previous, id)) {
            continue;
        }
        bytes.clear();
        bitstream::appendPps(bytes, own, id);
        auto &sentPps = sentPps_[id];
        if (bytes != sentPps) {
            stream.insert(stream.end(), bytes.begin(), bytes.end());
            sentPps = bytes;
        }
    }
}

void H264Session::forgetParameterSets()
{
    std::fill(sentSps_.begin(), sentSps_.end(), std::vector<uint8_t>());
    std::fill(sentPps_.begin(), sentPps_.end(), std::vector<uint8_t>());
}

Result<DecodeResult> H264Session::deliver(const DecodeRequest &request, const Delivery &delivery,
                                          AvDecoder::Outcome outcome)
{
    const bool isExact = references_.end(delivery.references, outcome.error);
    if (outcome.error != 0) {
        forgetParameterSets();
        return fail(outcome.error, "H.264: the decoder rejects the picture");
    }
    std::shared_ptr<const Picture> picture;
    PictureRows rows = delivery.rows;
    if (!outcome.allocated.empty()) {
        picture = std::move(outcome.allocated.back());
        outcome.allocated.pop_back();
    } else if (delivery.secondField) {
        picture = fieldPicture_;
        rows = request.target == fieldTarget_ ? rows : PictureRows::All;
    }
    fieldPicture_ = delivery.firstField ? picture : nullptr;
    fieldTarget_ = delivery.firstField ? request.target : nullptr;
    if (!picture) {
        return fail(EBADMSG, "H.264: the bitstream holds no picture");
    }
    if (!isExact) {
        return fail(EBADMSG, "H.264: a reference is missing");
    }
    for (const auto &other : outcome.allocated) {
        // Nothing but the picture itself may lie in the target; the decoder may refer
        // to what it made up.
        if (other->target() == request.target && other.use_count() > 1) {
            options_.logger->warn("request {}: the decoder made up pictures unexpectedly",
                                  request.timestamp);
            return fail(EIO, "H.264: the target holds a picture that was made up");
        }
    }
    return finishInto(*picture, *request.target, rows);
}

void H264Session::flush()
{
    closeDecoder();
    references_.reset();
}

void H264Session::closeDecoder()
{
    // Not avcodec_flush_buffers(): coefficients of a macroblock whose decoding failed
    // stay behind then and are added to one of the next picture.
    pipeline_.close();
    forgetParameterSets();
    frameNumbers_.reset();
    fieldPicture_ = nullptr;
    fieldTarget_ = nullptr;
    hasReferences_ = false;
}

} // namespace daedalus::engine
