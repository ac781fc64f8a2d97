// SPDX-License-Identifier: BSD-2-Clause
#include "engine/vp9/session.h"

#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "engine/picture_transfer.h"
#include "engine/target_access.h"

namespace daedalus::engine {
namespace {

/// A frame that shows the picture in slot 0 (6.2: frame_marker, profile 0, show_existing_frame,
/// frame_to_show_map_idx), which changes nothing.
constexpr auto kFiller = std::to_array<uint8_t>({0x88});

Result<DecodeResult> deliver(const DecodeRequest &request, const AvDecoder::Outcome &outcome)
{
    if (outcome.error != 0) {
        return fail(outcome.error, "VP9: the decoder rejects the frame");
    }
    if (outcome.allocated.size() > 1) {
        return fail(EBADMSG, "VP9: the frame holds more than one picture");
    }
    // A frame that only shows an earlier one is not a request in V4L2, but harmless.
    const auto &picture = outcome.allocated.empty() ? outcome.shown : outcome.allocated.back();
    if (!picture) {
        return fail(EBADMSG, "VP9: the frame holds no picture");
    }
    return finishInto(*picture, *request.target);
}

} // namespace

Result<std::unique_ptr<DecodeSession>> Vp9Session::create(Options options)
{
    std::unique_ptr<Vp9Session> session(new Vp9Session(std::move(options)));
    if (auto opened = session->open(false); !opened) {
        return tl::unexpected(opened.error());
    }
    return session;
}

Vp9Session::Vp9Session(Options options) : options_(std::move(options)), pipeline_(options_.logger)
{}

Vp9Session::~Vp9Session()
{
    pipeline_.drain();
}

Result<void> Vp9Session::open(bool ahead)
{
    return pipeline_.open(
        {.codec = AV_CODEC_ID_VP9,
         .threads = options_.threads,
         .filler = ahead ? std::span<const uint8_t>(kFiller) : std::span<const uint8_t>()});
}

void Vp9Session::submit(DecodeRequest request, DecodeCompletion done)
{
    if (const auto begun = begin(request, done); !begun) {
        // Answers come in decode order.
        drain();
        lost_ = lost_ || begun.error().code() == ENOMEM || begun.error().code() == EIO;
        options_.logger->debug("VP9 request {}: {}", request.timestamp, begun.error().what());
        done(DecodeResult{.error = begun.error().code()});
    }
}

Result<void> Vp9Session::begin(DecodeRequest &request, DecodeCompletion &done)
{
    pace_.add(request.clientIsAhead);
    if (request.target) {
        pipeline_.finishUsersOf(*request.target);
    }
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    if (request.bitstream.empty()) {
        return fail(EBADMSG, "VP9: no bitstream");
    }
    if (bitstream::splitVp9Superframe(request.bitstream).size() > 1) {
        return fail(EBADMSG, "VP9: a superframe is more than one request");
    }
    if (std::exchange(lost_, false)) {
        // It must not go on with older frames.
        flush();
    }
    const auto header = parser_.parse(request.bitstream);
    if (auto chosen = chooseDecoder(header); !chosen) {
        return chosen;
    }
    if (header && !knowsWhatItBuildsOn(*header)) {
        return fail(EBADMSG, "VP9: what the frame builds on is missing");
    }
    if (auto filled = pipeline_.packet().fill(request.bitstream); !filled) {
        return filled;
    }
    auto outcome = pipeline_.start({.target = request.target});
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    auto references = header ? advance(*header, request.timestamp) : std::vector<uint64_t>();
    pipeline_.add({.request = std::move(request),
                   .access = std::move(*access),
                   .done = std::move(done),
                   .deliver =
                       [this](const DecodeRequest &ended, const AvDecoder::Outcome &how) {
                           lost_ = lost_ || how.error == ENOMEM;
                           return deliver(ended, how);
                       },
                   .references = std::move(references)},
                  std::move(*outcome));
    if (!header) {
        // What it reads is not known, nor what the slots have afterwards.
        pipeline_.drain();
    }
    return {};
}

Result<void> Vp9Session::chooseDecoder(const Result<bitstream::Vp9FrameHeader> &header)
{
    if (pipeline_.isBroken()) {
        flush();
        pipeline_.close();
    }
    const bool startsAnew = header && header->keyFrame;
    const bool wanted = pace_.isAhead() && threadsFor(options_.threads, SIZE_MAX) > 1;
    if (startsAnew && wanted != pipeline_.worksAhead()) {
        pipeline_.close();
    }
    return pipeline_.isOpen() ? Result<void>() : open(startsAnew && wanted);
}

bool Vp9Session::knowsWhatItBuildsOn(const bitstream::Vp9FrameHeader &header)
{
    if (header.showExistingFrame) {
        return (spoiledSlots_ >> header.frameToShow & 1) == 0;
    }
    // 7.2: a frame without references may go on with the probabilities of those before it.
    const bool intra = header.keyFrame || header.intraOnly;
    const uint8_t reset = header.control.reset_frame_context;
    if (header.keyFrame || header.errorResilient ||
        (intra && reset == V4L2_VP9_RESET_FRAME_CTX_ALL)) {
        contexts_ = 0xf;
    } else if (intra && reset == V4L2_VP9_RESET_FRAME_CTX_SPEC) {
        contexts_ |= static_cast<uint8_t>(1U << header.control.frame_context_idx);
    }
    const unsigned context = intra ? 0 : header.control.frame_context_idx;
    bool isThere = (contexts_ >> context & 1) != 0;
    for (const uint8_t slot : header.refFrameIdx) {
        isThere = isThere && (intra || (spoiledSlots_ >> slot & 1) == 0);
    }
    spoiledSlots_ = static_cast<uint8_t>(isThere ? spoiledSlots_ & ~header.refreshFrameFlags
                                                 : spoiledSlots_ | header.refreshFrameFlags);
    return isThere;
}

std::vector<uint64_t> Vp9Session::advance(const bitstream::Vp9FrameHeader &header,
                                          uint64_t timestamp)
{
    std::vector<uint64_t> names;
    const auto read = [this, &names](uint8_t slot) {
        if (slots_[slot]) {
            names.push_back(*slots_[slot]);
        }
    };
    if (header.showExistingFrame) {
        read(header.frameToShow);
        return names;
    }
    if (!header.keyFrame && !header.intraOnly) {
        for (const uint8_t slot : header.refFrameIdx) {
            read(slot);
        }
    }
    for (unsigned slot = 0; slot < slots_.size(); ++slot) {
        if ((header.refreshFrameFlags >> slot & 1) != 0) {
            slots_[slot] = timestamp;
        }
    }
    return names;
}

void Vp9Session::finishOldest()
{
    pipeline_.finishOldest();
}

void Vp9Session::drain()
{
    pipeline_.drain();
}

void Vp9Session::flush()
{
    pipeline_.flush();
    parser_.reset();
    slots_ = {};
    contexts_ = 0;
    spoiledSlots_ = 0;
}

} // namespace daedalus::engine
