// SPDX-License-Identifier: BSD-2-Clause
#include "engine/mpeg2/session.h"

#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "bitstream/mpeg2/headers.h"
#include "engine/picture_transfer.h"
#include "engine/target_access.h"

namespace daedalus::engine {
namespace {

/// Rows of macroblocks of an interlaced sequence come in pairs (6.3.3).
constexpr uint32_t kBlockRows = 32;

Result<void> checkSize(const bitstream::Mpeg2Parameters &parameters, const gbm::FrameBuffer &target)
{
    if (parameters.sequence.horizontal_size > target.width() ||
        parameters.sequence.vertical_size > target.height()) {
        return fail(ENOBUFS, "MPEG-2: the picture is larger than the target");
    }
    return {};
}

} // namespace

void Mpeg2Session::submit(DecodeRequest request, DecodeCompletion done)
{
    const auto result = decode(request);
    if (!result) {
        options_.logger->debug("request {}: {}", request.timestamp, result.error().what());
        fieldPicture_ = nullptr;
        fieldTarget_ = nullptr;
        if (const int error = result.error().code(); error == ENOMEM || error == EIO) {
            flush();
        } else if (!known_.contains(request.timestamp)) {
            // The stream's own faults are concealed in what follows.
            known_.add(request.timestamp, true);
        }
    }
    done(result ? *result : DecodeResult{.error = result.error().code()});
}

Result<void> Mpeg2Session::openDecoder()
{
    if (decoder_) {
        return {};
    }
    // libavcodec refuses a picture whose strides are not those of the ones before. With
    // several threads it conceals errors otherwise than with one.
    auto decoder = AvDecoder::open({.codec = AV_CODEC_ID_MPEG2VIDEO,
                                    .threads = 1,
                                    .sameStrides = true,
                                    .blockRows = kBlockRows});
    if (!decoder) {
        return tl::unexpected(decoder.error());
    }
    decoder_ = std::move(*decoder);
    return {};
}

bool Mpeg2Session::isSecondField(const DecodeRequest &request,
                                 const bitstream::Mpeg2Parameters &parameters) const
{
    const auto &first = fieldParameters_;
    return fieldPicture_ && request.target == fieldTarget_ && parameters.fieldPicture() &&
           parameters.picture.picture_structure != first.picture.picture_structure &&
           parameters.sequence.horizontal_size == first.sequence.horizontal_size &&
           parameters.sequence.vertical_size == first.sequence.vertical_size;
}

bool Mpeg2Session::knowsReferences(const bitstream::Mpeg2Parameters &parameters, uint64_t timestamp,
                                   bool second)
{
    if (second && !known_.isUsable(timestamp)) {
        return false;
    }
    const auto &picture = parameters.picture;
    known_.keep(picture.forward_ref_ts);
    known_.keep(picture.backward_ref_ts);
    // At the start of a stream, clients may name the picture itself where there is no other. What
    // a field so names is the other field of its frame.
    const auto isThere = [&](uint64_t name) {
        return (name == timestamp && !parameters.fieldPicture()) || known_.isUsable(name);
    };
    switch (picture.picture_coding_type) {
    case V4L2_MPEG2_PIC_CODING_TYPE_P:
        // An I frame may have a P field, which refers to the other field alone.
        if (second &&
            fieldParameters_.picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I) {
            return true;
        }
        return isThere(picture.forward_ref_ts);
    case V4L2_MPEG2_PIC_CODING_TYPE_B:
        return isThere(picture.forward_ref_ts) && isThere(picture.backward_ref_ts);
    default:
        return true;
    }
}

Result<void> Mpeg2Session::fillPacket(const DecodeRequest &request,
                                      const bitstream::Mpeg2Parameters &parameters, bool second)
{
    headers_.clear();
    if (!second) {
        bitstream::appendMpeg2Sequence(headers_, parameters);
    }
    bitstream::appendMpeg2Picture(headers_, parameters);
    AvPacketBuilder &packet = decoder_->packet();
    auto result = packet.start(headers_.size() + request.bitstream.size());
    if (result) {
        result = packet.append(headers_);
    }
    // Slices only: headers would contradict those of the controls.
    size_t position = 0;
    bool any = false;
    while (const auto unit = bitstream::nextMpeg2Unit(request.bitstream, position)) {
        if (result && bitstream::isMpeg2SliceCode(unit->code)) {
            result = packet.append(request.bitstream.subspan(unit->offset, unit->size));
            any = true;
        }
        position = unit->offset + unit->size;
    }
    if (result && !any) {
        return fail(EBADMSG, "MPEG-2: no slice in the bitstream");
    }
    return result;
}

Result<DecodeResult> Mpeg2Session::decode(const DecodeRequest &request)
{
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    const auto parameters = bitstream::readMpeg2Parameters(request.controls);
    if (!parameters) {
        return tl::unexpected(parameters.error());
    }
    if (auto checked = checkSize(*parameters, *request.target); !checked) {
        return tl::unexpected(checked.error());
    }
    if (auto opened = openDecoder(); !opened) {
        return tl::unexpected(opened.error());
    }
    const bool second = isSecondField(request, *parameters);
    if (std::exchange(loneField_, false) && !second) {
        known_.add(loneFieldName_, false);
    }
    if (known_.empty() && parameters->fieldPicture()) {
        // It may be a second one, whose other was lost with the session before.
        loneField_ = true;
        loneFieldName_ = request.timestamp;
    }
    const bool isExact = knowsReferences(*parameters, request.timestamp, second);
    if (auto filled = fillPacket(request, *parameters, second); !filled) {
        return tl::unexpected(filled.error());
    }
    known_.add(request.timestamp, isExact);
    // References that are missing are made up: after the picture itself or, since FFmpeg 7.1,
    // for a second field, which has the memory of the first one. They get memory of their own.
    AvDecoder::Outcome outcome = decoder_->decode({.target = second ? nullptr : request.target});
    if (outcome.error != 0) {
        return fail(outcome.error, "MPEG-2: the decoder rejects the picture");
    }
    std::shared_ptr<const Picture> picture = second ? fieldPicture_ : nullptr;
    if (!second && !outcome.allocated.empty()) {
        picture = std::move(outcome.allocated.front());
    }
    if (!picture) {
        return fail(EBADMSG, "MPEG-2: the bitstream holds no picture");
    }
    const bool waits = parameters->fieldPicture() && !second;
    fieldPicture_ = waits ? picture : nullptr;
    fieldTarget_ = waits ? request.target : nullptr;
    fieldParameters_ = *parameters;
    if (!isExact) {
        // No failure of the decoder, which pairs a second field with this one.
        options_.logger->debug("request {}: MPEG-2: a reference is missing", request.timestamp);
        return DecodeResult{.error = EBADMSG};
    }
    // All rows also after a second field: errors of both are concealed then.
    return finishInto(*picture, *request.target);
}

void Mpeg2Session::flush()
{
    decoder_.reset();
    fieldPicture_ = nullptr;
    fieldTarget_ = nullptr;
    known_.clear();
    loneField_ = false;
}

} // namespace daedalus::engine
