// SPDX-License-Identifier: BSD-2-Clause
#include "engine/hevc/session.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "engine/picture_transfer.h"
#include "engine/target_access.h"

namespace daedalus::engine {
namespace {

/// An access unit delimiter (7.3.2.5), which the decoder passes over.
constexpr auto kFiller = std::to_array<uint8_t>({0, 0, 1, 0x46, 1, 0x50});

/// What the coded size may have beyond the visible one: less than the largest of the
/// smallest coding blocks.
constexpr uint32_t kCodedPadding = 63;

Result<void> checkSize(const v4l2_ctrl_hevc_sps &sps, const gbm::FrameBuffer &target)
{
    if (sps.pic_width_in_luma_samples > target.width() + kCodedPadding ||
        sps.pic_height_in_luma_samples > target.height() + kCodedPadding) {
        return fail(ENOBUFS, "H.265: the picture is larger than the target");
    }
    return {};
}

/// Rows of blocks that can be decoded at the same time.
size_t parallelParts(const std::vector<bitstream::HevcSlice> &slices,
                     const bitstream::HevcParameters &parameters)
{
    // Older ones forget about deblocking offsets, and about filtering across slices,
    // where they decode rows at the same time: 59 (FFmpeg 5.1) does, 61 (7.1) does not.
    constexpr unsigned kExactWavefronts = AV_VERSION_INT(61, 0, 0);
    if (avcodec_version() < kExactWavefronts) {
        return 1;
    }
    // Of wavefronts only: libavcodec decodes tiles one after the other.
    if (!parameters.ppsHas(V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED) ||
        parameters.ppsHas(V4L2_HEVC_PPS_FLAG_TILES_ENABLED)) {
        return 1;
    }
    size_t most = 1;
    for (const bitstream::HevcSlice &slice : slices) {
        most = std::max<size_t>(most, slice.header.entryPoints + size_t{1});
    }
    return most;
}

/// The names of the pictures that a slice may read, as far as they have any (8.3.4).
void appendNames(std::vector<uint64_t> &names, const bitstream::HevcSliceHeader &header,
                 const v4l2_ctrl_hevc_decode_params &decode)
{
    const std::span before(decode.poc_st_curr_before, decode.num_poc_st_curr_before);
    const std::span after(decode.poc_st_curr_after, decode.num_poc_st_curr_after);
    const std::span longTerm(decode.poc_lt_curr, decode.num_poc_lt_curr);
    for (unsigned list = 0; list < header.numRefIdxActive.size(); ++list) {
        std::vector<uint8_t> all;
        for (const auto part : {list == 0 ? before : after, list == 0 ? after : before, longTerm}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        const auto &entries = header.listEntries[list];
        for (size_t i = 0; i < header.numRefIdxActive[list] && !all.empty(); ++i) {
            const uint8_t index = all[(i < entries.size() ? entries[i] : i) % all.size()];
            if (index < V4L2_HEVC_DPB_ENTRIES_NUM_MAX) {
                names.push_back(decode.dpb[index].timestamp);
            }
        }
    }
}

} // namespace

HevcSession::HevcSession(Options options) : options_(std::move(options)), pipeline_(options_.logger)
{}

HevcSession::~HevcSession()
{
    pipeline_.drain();
}

void HevcSession::submit(DecodeRequest request, DecodeCompletion done)
{
    if (const auto begun = begin(request, done); !begun) {
        // Answers come in decode order.
        pipeline_.drain();
        if (const int error = begun.error().code(); error == ENOMEM || error == EIO) {
            lost_ = true;
        } else if (!known_.contains(request.timestamp)) {
            // The stream's own faults are concealed in what follows.
            known_.add(request.timestamp, true);
        }
        options_.logger->debug("request {}: {}", request.timestamp, begun.error().what());
        done(DecodeResult{.error = begun.error().code()});
    }
}

Result<void> HevcSession::begin(DecodeRequest &request, DecodeCompletion &done)
{
    if (request.target) {
        pipeline_.finishUsersOf(*request.target);
    }
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    const auto parameters = bitstream::readHevcControls(request.controls);
    if (!parameters) {
        return tl::unexpected(parameters.error());
    }
    if (auto checked = checkSize(parameters->sps, *request.target); !checked) {
        return checked;
    }
    const auto references = bitstream::collectHevcReferences(parameters->decode, decoded_);
    if (!references) {
        return tl::unexpected(references.error());
    }
    const auto slices = bitstream::findHevcSlices(request.bitstream, *parameters, *references);
    if (!slices) {
        return tl::unexpected(slices.error());
    }
    const bitstream::HevcSliceHeader &first = slices->front().header;
    if (std::exchange(lost_, false)) {
        known_.clear();
    }
    beginSequence(first, *parameters, *references);
    if (auto opened = openDecoder(*slices, *parameters); !opened) {
        return opened;
    }
    if (auto filled = fillPacket(request, *parameters, *references, *slices); !filled) {
        forgetParameterSets();
        return filled;
    }
    auto outcome = pipeline_.start({.target = request.target});
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    advance(request, first, *parameters, *references);
    const bool isExact = knowsReferences(*slices, *parameters);
    known_.add(request.timestamp, isExact);
    std::vector<uint64_t> names;
    for (const bitstream::HevcPictureName &picture : references->pictures) {
        names.push_back(picture.timestamp);
    }
    pipeline_.add({.request = std::move(request),
                   .access = std::move(*access),
                   .done = std::move(done),
                   .deliver =
                       [this, isExact](const DecodeRequest &ended, const AvDecoder::Outcome &how) {
                           return deliver(ended, isExact, how);
                       },
                   .references = std::move(names)},
                  std::move(*outcome));
    return {};
}

bool HevcSession::knowsReferences(const Slices &slices, const bitstream::HevcParameters &parameters)
{
    for (const v4l2_hevc_dpb_entry &entry :
         std::span(parameters.decode.dpb, parameters.decode.num_active_dpb_entries)) {
        known_.keep(entry.timestamp);
    }
    std::vector<uint64_t> names;
    for (const bitstream::HevcSlice &slice : slices) {
        appendNames(names, slice.header, parameters.decode);
    }
    return known_.areUsable(names);
}

Result<DecodeResult> HevcSession::deliver(const DecodeRequest &request, bool isExact,
                                          const AvDecoder::Outcome &outcome)
{
    if (outcome.error != 0) {
        lost_ = lost_ || outcome.error == ENOMEM;
        forgetParameterSets();
        return fail(outcome.error, "H.265: the decoder rejects the picture");
    }
    if (outcome.allocated.empty()) {
        forgetParameterSets();
        return fail(EBADMSG, "H.265: the bitstream holds no picture");
    }
    if (!isExact) {
        return fail(EBADMSG, "H.265: a reference is missing");
    }
    // Pictures that the decoder makes up for missing references come behind it.
    return finishInto(*outcome.allocated.front(), *request.target);
}

void HevcSession::finishOldest()
{
    pipeline_.finishOldest();
}

void HevcSession::drain()
{
    pipeline_.drain();
}

int32_t HevcSession::decodersOrderCount(const bitstream::HevcSliceHeader &first, int32_t poc) const
{
    if (first.nal.isIdr()) {
        return 0;
    }
    constexpr int64_t kMax = int64_t{1} << bitstream::kHevcPicOrderCntBits;
    const int64_t lsb = poc & (kMax - 1);
    if (first.nal.isBla()) {
        return static_cast<int32_t>(lsb);
    }
    return bitstream::hevcPicOrderCnt(lsb, anchorPoc_, bitstream::kHevcPicOrderCntBits);
}

void HevcSession::beginSequence(const bitstream::HevcSliceHeader &first,
                                const bitstream::HevcParameters &parameters,
                                const bitstream::HevcReferences &references)
{
    if (!pipeline_.isOpen() || first.nal.isIdr() || (references.known && !first.nal.isBla())) {
        return;
    }
    // A client that has flushed, or a random access point. Pictures that are left over
    // might have the names of new ones: decoders since 7.1 tell sequences apart by flushing
    // only, and refuse two pictures with one order count.
    decoded_.clear();
    const int32_t poc = parameters.decode.pic_order_cnt_val;
    if (decodersOrderCount(first, poc) == poc) {
        pipeline_.flush();
    } else {
        // Counting on from the wrong picture could go wrong on half the way.
        closeDecoder();
    }
}

Result<void> HevcSession::openDecoder(const Slices &slices,
                                      const bitstream::HevcParameters &parameters)
{
    if (pipeline_.isBroken()) {
        flush();
    }
    if (pipeline_.isOpen()) {
        return {};
    }
    const size_t parts = parallelParts(slices, parameters);
    const bool ahead = parts == 1;
    return pipeline_.open(
        {.codec = AV_CODEC_ID_HEVC,
         .threads = ahead ? options_.threads : threadsFor(options_.threads, parts),
         .filler = ahead ? std::span<const uint8_t>(kFiller) : std::span<const uint8_t>(),
         .sameStrides = false,
         .paddingWidth = kCodedPadding,
         .paddingHeight = kCodedPadding});
}

Result<void> HevcSession::fillPacket(const DecodeRequest &request,
                                     const bitstream::HevcParameters &parameters,
                                     const bitstream::HevcReferences &references,
                                     const Slices &slices)
{
    constexpr size_t kHeaderRoom = 4096;
    scratch_.clear();
    appendParameterSets(parameters, slices.front().header.ppsId);
    AvPacketBuilder &packet = pipeline_.packet();
    auto result = packet.start(scratch_.size() + request.bitstream.size() + kHeaderRoom);
    for (const bitstream::HevcSlice &slice : slices) {
        bitstream::appendHevcSliceHeader(scratch_, slice, parameters, references);
        if (result) {
            result = packet.append(scratch_);
        }
        if (result) {
            result = packet.append(slice.nal.subspan(slice.header.dataOffset));
        }
        scratch_.clear();
    }
    return result;
}

void HevcSession::appendParameterSets(const bitstream::HevcParameters &parameters, uint8_t ppsId)
{
    std::vector<uint8_t> bytes;
    bitstream::appendHevcSequence(bytes, parameters);
    if (bytes != sentSequence_) {
        scratch_.insert(scratch_.end(), bytes.begin(), bytes.end());
        sentSequence_ = bytes;
        // The decoder drops them along with the SPS that they refer to, and all pictures
        // of the old one.
        std::fill(sentPps_.begin(), sentPps_.end(), std::vector<uint8_t>());
    }
    bytes.clear();
    bitstream::appendHevcPps(bytes, parameters, ppsId);
    if (bytes != sentPps_[ppsId]) {
        scratch_.insert(scratch_.end(), bytes.begin(), bytes.end());
        sentPps_[ppsId] = bytes;
    }
}

void HevcSession::forgetParameterSets()
{
    sentSequence_.clear();
    std::fill(sentPps_.begin(), sentPps_.end(), std::vector<uint8_t>());
}

void HevcSession::advance(const DecodeRequest &request, const bitstream::HevcSliceHeader &first,
                          const bitstream::HevcParameters &parameters,
                          const bitstream::HevcReferences &references)
{
    const int32_t poc = parameters.decode.pic_order_cnt_val;
    if (first.nal.isOrderAnchor()) {
        anchorPoc_ = decodersOrderCount(first, poc);
    }
    decoded_.clear();
    if (!first.nal.isIdr()) {
        decoded_ = references.pictures;
    }
    decoded_.push_back({poc, request.timestamp});
}

void HevcSession::flush()
{
    closeDecoder();
    known_.clear();
}

void HevcSession::closeDecoder()
{
    pipeline_.close();
    forgetParameterSets();
    decoded_.clear();
    anchorPoc_ = 0;
}

} // namespace daedalus::engine
