// SPDX-License-Identifier: BSD-2-Clause
#include "engine/av1/session.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "bitstream/av1/obu.h"
#include "bitstream/av1/sequence_writer.h"
#include "engine/picture_transfer.h"
#include "engine/target_access.h"

namespace daedalus::engine {
namespace {

/// Overwrites eight bits that start at bit @p position.
void setByteAt(std::span<uint8_t> bytes, size_t position, uint8_t value)
{
    for (unsigned i = 0; i < 8; ++i) {
        const size_t bit = position + i;
        const auto mask = static_cast<uint8_t>(0x80 >> bit % 8);
        const bool set = (value >> (7 - i) & 1) != 0;
        uint8_t &byte = bytes[bit / 8];
        byte = static_cast<uint8_t>(set ? byte | mask : byte & ~mask);
    }
}

/// Appends the tiles of a tile group (5.11.1), sizes in four bytes each.
void appendTiles(std::vector<uint8_t> &obu, std::span<const std::span<const uint8_t>> tiles)
{
    for (size_t i = 0; i < tiles.size(); ++i) {
        if (i + 1 < tiles.size()) {
            const size_t size = tiles[i].size() - 1;
            for (unsigned byte = 0; byte < 4; ++byte) {
                obu.push_back(static_cast<uint8_t>(size >> (8 * byte)));
            }
        }
        obu.insert(obu.end(), tiles[i].begin(), tiles[i].end());
    }
}

size_t sizeOfTiles(std::span<const std::span<const uint8_t>> tiles)
{
    size_t size = 4 * (tiles.size() - 1);
    for (const auto &tile : tiles) {
        size += tile.size();
    }
    return size;
}

} // namespace

Result<std::unique_ptr<DecodeSession>> Av1Session::create(Options options)
{
    auto decoder = Dav1dDecoder::open(options.threads);
    if (!decoder) {
        return tl::unexpected(decoder.error());
    }
    return std::unique_ptr<DecodeSession>(new Av1Session(std::move(options), std::move(*decoder)));
}

Av1Session::Av1Session(Options options, std::unique_ptr<Dav1dDecoder> decoder)
    : options_(std::move(options)), decoder_(std::move(decoder)), started_(options_.logger)
{}

Av1Session::~Av1Session()
{
    drain();
}

void Av1Session::submit(DecodeRequest request, DecodeCompletion done)
{
    const auto read = bitstream::Av1Request::read(request.controls, request.bitstream);
    finishWaiting(read ? &*read : nullptr);
    if (!read) {
        reject(request, done, read.error());
        return;
    }
    if (!request.target) {
        reject(request, done, Error(EINVAL, "the request has no target"));
        return;
    }
    updateSequence(*read);
    updateSlots(*read, *request.target);
    const uint8_t refresh = slotsFor(*read);
    if (refresh == 0) {
        waiting_.emplace(Waiting{std::move(request), std::move(done)});
    } else {
        start(std::move(request), refresh, std::move(done));
    }
}

void Av1Session::finishOldest()
{
    if (started_.empty()) {
        finishWaiting(nullptr);
    }
    if (!started_.empty()) {
        started_.finishOldest(*decoder_);
    }
}

void Av1Session::drain()
{
    finishWaiting(nullptr);
    started_.finishAll(*decoder_);
}

void Av1Session::finishWaiting(const bitstream::Av1Request *next)
{
    if (!waiting_) {
        return;
    }
    Waiting waiting = std::move(*waiting_);
    waiting_.reset();
    uint8_t refresh = 0;
    bool isNamed = true;
    if (next != nullptr && !next->isKeyFrame()) {
        const auto &timestamps = next->frame.reference_frame_ts;
        slots_.learn(timestamps);
        isNamed = std::find(std::begin(timestamps), std::end(timestamps),
                            waiting.request.timestamp) != std::end(timestamps);
        const auto slot = slots_.freeSlot();
        if (isNamed && slot) {
            refresh = static_cast<uint8_t>(1U << *slot);
        }
    }
    start(std::move(waiting.request), refresh, std::move(waiting.done));
    if (!isNamed) {
        // Not in the references of the next frame, so in those of none.
        unstored_.clear();
    }
}

void Av1Session::start(DecodeRequest request, uint8_t refresh, DecodeCompletion done)
{
    if (const auto begun = begin(request, refresh, done); !begun) {
        slots_.forget(refresh);
        reject(request, done, begun.error());
    }
}

void Av1Session::reject(const DecodeRequest &request, const DecodeCompletion &done,
                        const Error &error)
{
    started_.finishAll(*decoder_);
    options_.logger->debug("AV1 request {}: {}", request.timestamp, error.what());
    done(DecodeResult{.error = error.code()});
}

Result<void> Av1Session::begin(DecodeRequest &request, uint8_t refresh, DecodeCompletion &done)
{
    while (request.target && started_.uses(*request.target)) {
        started_.finishOldest(*decoder_);
    }
    auto access = TargetAccess::begin(request.target);
    if (!access) {
        return tl::unexpected(access.error());
    }
    const auto read = bitstream::Av1Request::read(request.controls, request.bitstream);
    if (!read) {
        return tl::unexpected(read.error());
    }
    if (read->width() > request.target->width() || read->height() > request.target->height()) {
        return fail(ENOBUFS, "AV1: the picture is larger than its target");
    }
    auto frame = writeFrame(*read, request.timestamp, refresh);
    if (!frame) {
        return tl::unexpected(frame.error());
    }

    const auto reference = decoder_->start(
        frame->obus, {.target = request.target, .grain = frame->state->grainIsVisible()});
    if (!reference) {
        return tl::unexpected(reference.error());
    }
    started_.collect(*decoder_);
    auto outcome = started_.empty() ? decoder_->takeFinished() : std::nullopt;
    if (outcome && outcome->error != 0) {
        return fail(outcome->error, "the decoder rejects the frame");
    }
    slots_.store({request.timestamp, frame->state, *reference ? (*reference)->target() : nullptr},
                 refresh);
    if (refresh == 0) {
        if (unstored_.size() == Av1ReferenceSlots::kCount) {
            unstored_.erase(unstored_.begin());
        }
        unstored_.push_back(std::move(*frame));
    }
    const auto &names = read->frame.reference_frame_ts;
    started_.add(
        {.request = std::move(request),
         .access = std::move(*access),
         .done = std::move(done),
         .deliver = [this](const DecodeRequest &ended,
                           const Dav1dDecoder::Outcome &how) { return deliver(ended, how); },
         .references = {std::begin(names), std::end(names)}},
        std::move(outcome));
    return {};
}

Result<DecodeResult> Av1Session::deliver(const DecodeRequest &request,
                                         const Dav1dDecoder::Outcome &outcome)
{
    if (outcome.error != 0) {
        slots_.forgetPicture(request.timestamp);
        return fail(outcome.error, "the decoder rejects the frame");
    }
    auto finished = finishInto(*outcome.shown, *request.target);
    if (!finished) {
        slots_.forgetPicture(request.timestamp);
    }
    return finished;
}

void Av1Session::updateSequence(const bitstream::Av1Request &request)
{
    auto obu = bitstream::av1SequenceObu(request.sequence);
    if (obu == sequence_) {
        return;
    }
    // The decoder forgets its references when it sees another sequence header.
    sequence_ = std::move(obu);
    sequenceIsNew_ = true;
    slots_ = {};
    unstored_.clear();
}

void Av1Session::updateSlots(const bitstream::Av1Request &request, const gbm::FrameBuffer &target)
{
    slots_.learnTarget(target);
    // A key frame refers to nothing, and not every client says what it could refer to.
    if (!request.isKeyFrame()) {
        slots_.learn(request.frame.reference_frame_ts);
        storeNamed(request.frame.reference_frame_ts);
        unstored_.clear();
    } else if (request.isShownKeyFrame()) {
        unstored_.clear();
    } else if (!unstored_.empty() && storeNow(unstored_.front())) {
        // As long as what that frame refers to is still there.
        unstored_.erase(unstored_.begin());
    }
}

void Av1Session::storeNamed(std::span<const __u64> timestamps)
{
    for (const Unstored &frame : unstored_) {
        if (std::find(timestamps.begin(), timestamps.end(), frame.timestamp) != timestamps.end()) {
            static_cast<void>(storeNow(frame));
        }
    }
}

bool Av1Session::storeNow(const Unstored &frame)
{
    const auto slot = slots_.freeSlot();
    if (!slot) {
        return false;
    }
    const auto mask = static_cast<uint8_t>(1U << *slot);
    auto obu = std::make_shared<std::vector<uint8_t>>(
        frame.obus->begin() + static_cast<ptrdiff_t>(frame.start), frame.obus->end());
    setByteAt(*obu, frame.refreshPosition - frame.start * 8, mask);
    const auto reference = decoder_->start(std::move(obu), {});
    slots_.forget(mask);
    if (!reference) {
        return true;
    }
    started_.collect(*decoder_);
    const auto outcome = started_.empty() ? decoder_->takeFinished() : std::nullopt;
    if (!outcome) {
        started_.addUnseen();
    }
    if (*reference && (!outcome || outcome->error == 0)) {
        slots_.store({frame.timestamp, frame.state, nullptr}, mask);
    }
    return true;
}

Result<bitstream::Av1References>
Av1Session::findReferences(const bitstream::Av1Request &request) const
{
    bitstream::Av1References references;
    if (request.isIntra()) {
        return references;
    }
    for (unsigned i = 0; i < references.slots.size(); ++i) {
        const auto clientSlot = static_cast<unsigned>(request.frame.ref_frame_idx[i]);
        const auto slot = slots_.find(request.frame.reference_frame_ts[clientSlot]);
        if (!slot) {
            return fail(EBADMSG, "AV1: a reference is missing");
        }
        references.slots[i] = *slot;
        references.states[i] = slots_.picture(*slot)->state.get();
    }
    return references;
}

const bitstream::Av1FrameState *Av1Session::grainSource(const bitstream::Av1Request &request) const
{
    if (!request.grain || request.grain->film_grain_params_ref_idx >= Av1ReferenceSlots::kCount) {
        return nullptr;
    }
    const auto slot =
        slots_.find(request.frame.reference_frame_ts[request.grain->film_grain_params_ref_idx]);
    return slot ? slots_.picture(*slot)->state.get() : nullptr;
}

uint8_t Av1Session::slotsFor(const bitstream::Av1Request &request) const
{
    if (request.isShownKeyFrame()) {
        return Av1ReferenceSlots::kAll;
    }
    if (const auto slot = slots_.freeSlot()) {
        return static_cast<uint8_t>(1U << *slot);
    }
    for (unsigned i = 0; i < Av1ReferenceSlots::kCount; ++i) {
        if ((request.frame.refresh_frame_flags >> i & 1) != 0) {
            const auto slot = slots_.find(request.frame.reference_frame_ts[i]);
            if (slot) {
                return static_cast<uint8_t>(1U << *slot);
            }
        }
    }
    return 0;
}

Result<Av1Session::Unstored> Av1Session::writeFrame(const bitstream::Av1Request &request,
                                                    uint64_t timestamp, uint8_t refresh)
{
    const auto references = findReferences(request);
    if (!references) {
        return tl::unexpected(references.error());
    }
    const auto state = std::make_shared<const bitstream::Av1FrameState>(
        bitstream::Av1FrameState::of(request, references->primary(request), grainSource(request)));
    bitstream::Av1FrameHeaderWriter header(request, *references, *state);
    if (auto written = header.write(refresh); !written) {
        return tl::unexpected(written.error());
    }
    Unstored frame;
    frame.timestamp = timestamp;
    frame.state = state;
    constexpr size_t kObuHeaderRoom = 16;
    const size_t size = header.bytes().size() + sizeOfTiles(request.tiles);
    const auto obus = std::make_shared<std::vector<uint8_t>>();
    obus->reserve(sequence_.size() + kObuHeaderRoom + size);
    if (std::exchange(sequenceIsNew_, false)) {
        obus->insert(obus->end(), sequence_.begin(), sequence_.end());
    }
    frame.start = obus->size();
    bitstream::appendObuHeader(*obus, static_cast<uint8_t>(bitstream::Av1ObuType::Frame), size);
    frame.refreshPosition = obus->size() * 8 + header.refreshPosition();
    obus->insert(obus->end(), header.bytes().begin(), header.bytes().end());
    appendTiles(*obus, request.tiles);
    frame.obus = obus;
    return frame;
}

void Av1Session::flush()
{
    drain();
    decoder_->flush();
    slots_ = {};
    unstored_.clear();
    sequence_.clear();
}

} // namespace daedalus::engine
