// SPDX-License-Identifier: BSD-2-Clause
#include "engine/vp8/session.h"

#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "bitstream/vp8/header_parser.h"
#include "engine/picture_transfer.h"
#include "engine/target_access.h"

namespace daedalus::engine {
namespace {

/// Where the size stands in a key frame's uncompressed header (RFC 6386 9.1).
constexpr size_t kWidthOffset = 6;
constexpr size_t kHeightOffset = 8;
/// Above these bits is how much the picture is to be scaled when it is shown.
constexpr uint32_t kSizeMask = 0x3fff;

bool isKeyFrame(std::span<const uint8_t> frame)
{
    return (frame[0] & 1) == 0;
}

uint32_t sizeAt(std::span<const uint8_t> frame, size_t offset)
{
    return (frame[offset] | uint32_t{frame[offset + 1]} << 8) & kSizeMask;
}

} // namespace

Result<std::unique_ptr<DecodeSession>> Vp8Session::create(Options options)
{
    // libavcodec's VP8 decoder reads references with the stride of the current picture.
    auto decoder = AvDecoder::open(
        {.codec = AV_CODEC_ID_VP8, .threads = options.threads, .sameStrides = true});
    if (!decoder) {
        return tl::unexpected(decoder.error());
    }
    return std::unique_ptr<DecodeSession>(new Vp8Session(std::move(options), std::move(*decoder)));
}

Vp8Session::Vp8Session(Options options, std::unique_ptr<AvDecoder> decoder)
    : options_(std::move(options)), decoder_(std::move(decoder))
{}

void Vp8Session::submit(DecodeRequest request, DecodeCompletion done)
{
    auto result = decode(request);
    if (!result) {
        options_.logger->debug("VP8 request {}: {}", request.timestamp, result.error().what());
        if (const int error = result.error().code(); error == ENOMEM || error == EIO) {
            // The stream has a frame that the decoder has not: it must not go on with older ones.
            decoder_->flush();
        }
    }
    done(result ? *result : DecodeResult{.error = result.error().code()});
}

Result<void> Vp8Session::startKeyFrame(std::span<const uint8_t> frame,
                                       const gbm::FrameBuffer &target)
{
    // Before libavcodec allocates its tables for a size that nobody has memory for.
    if (frame.size() >= bitstream::vp8TagSize(true) &&
        (sizeAt(frame, kWidthOffset) > target.width() ||
         sizeAt(frame, kHeightOffset) > target.height())) {
        // What follows must not take older pictures for this one.
        decoder_->flush();
        return fail(ENOBUFS, "the picture is larger than the target");
    }
    return {};
}

Result<DecodeResult> Vp8Session::decode(const DecodeRequest &request)
{
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    const auto frame = request.bitstream;
    if (frame.size() < bitstream::vp8TagSize(false)) {
        return fail(EBADMSG, "no frame in the bitstream");
    }
    const bool isKey = isKeyFrame(frame);
    if (isKey) {
        if (auto started = startKeyFrame(frame, *request.target); !started) {
            return tl::unexpected(started.error());
        }
    }
    if (auto filled = decoder_->packet().fill(frame); !filled) {
        return tl::unexpected(filled.error());
    }

    // A key frame refers to nothing older. (A flush would forget too much: the segment map
    // lasts until a frame brings another.)
    const AvDecoder::Outcome outcome =
        decoder_->decode({.target = request.target, .freesStrides = isKey});
    if (outcome.error != 0) {
        return fail(outcome.error, "the decoder rejects the frame");
    }
    if (outcome.allocated.size() != 1) {
        return fail(EBADMSG, "the frame holds no picture");
    }
    return finishInto(*outcome.allocated.front(), *request.target);
}

void Vp8Session::flush()
{
    decoder_->flush();
}

} // namespace daedalus::engine
