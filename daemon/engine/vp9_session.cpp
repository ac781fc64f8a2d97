// SPDX-License-Identifier: BSD-2-Clause
#include "vp9_session.h"

#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "picture_transfer.h"
#include "target_access.h"
#include "vp9_header_parser.h"

namespace daedalus::engine {

Result<std::unique_ptr<DecodeSession>> Vp9Session::create(Options options)
{
    auto decoder = AvDecoder::open({.codec = AV_CODEC_ID_VP9, .threads = options.threads});
    if (!decoder) {
        return tl::unexpected(decoder.error());
    }
    return std::unique_ptr<DecodeSession>(new Vp9Session(std::move(options), std::move(*decoder)));
}

Vp9Session::Vp9Session(Options options, std::unique_ptr<AvDecoder> decoder)
    : options_(std::move(options)), decoder_(std::move(decoder))
{}

void Vp9Session::submit(DecodeRequest request, DecodeCompletion done)
{
    auto result = decode(request);
    if (!result) {
        options_.logger->debug("VP9 request {}: {}", request.timestamp, result.error().what());
    }
    done(result.value_or(DecodeResult{.error = result ? 0 : result.error().code()}));
}

Result<DecodeResult> Vp9Session::decode(const DecodeRequest &request)
{
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    if (request.bitstream.empty()) {
        return fail(EBADMSG, "no bitstream");
    }
    if (splitVp9Superframe(request.bitstream).size() > 1) {
        return fail(EBADMSG, "a superframe is more than one request");
    }
    AvPacketBuilder &packet = decoder_->packet();
    if (auto started = packet.start(request.bitstream.size()); !started) {
        return tl::unexpected(started.error());
    }
    if (auto appended = packet.append(request.bitstream); !appended) {
        return tl::unexpected(appended.error());
    }

    AvDecoder::Outcome outcome = decoder_->decode({.target = request.target});
    if (outcome.error != 0) {
        return fail(outcome.error, "the decoder rejects the frame");
    }
    if (outcome.allocated.size() > 1) {
        return fail(EBADMSG, "the frame holds more than one picture");
    }
    // A frame that only shows an earlier one is not a request in V4L2, but harmless.
    const auto &picture = outcome.allocated.empty() ? outcome.shown : outcome.allocated.back();
    if (!picture) {
        return fail(EBADMSG, "the frame holds no picture");
    }
    const auto copied = transfer(*picture, *request.target, PictureRows::All);
    if (!copied) {
        return tl::unexpected(copied.error());
    }
    return DecodeResult{.error = 0, .bytesCopied = *copied};
}

void Vp9Session::flush()
{
    decoder_->flush();
}

} // namespace daedalus::engine
