// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "daedalus/result.h"
#include "engine/av_decoder.h"
#include "engine/requests_ahead.h"

namespace daedalus::engine {

/// An AvDecoder and the requests that it has not finished yet.
class AvPipeline {
public:
    using Outcome = AvDecoder::Outcome;

    using Entry = RequestsAhead<AvDecoder>::Entry;

    explicit AvPipeline(std::shared_ptr<spdlog::logger> logger) : requests_(std::move(logger)) {}
    AvPipeline(const AvPipeline &) = delete;
    AvPipeline &operator=(const AvPipeline &) = delete;
    /// Nothing may be under way: drain().
    ~AvPipeline() = default;

    /// @returns as AvDecoder::open()
    Result<void> open(const AvDecoder::Options &options);
    /// Finishes what is under way and closes the decoder.
    void close();
    [[nodiscard]] bool isOpen() const { return decoder_ != nullptr; }
    /// Whether threads decode pictures that follow each other.
    [[nodiscard]] bool worksAhead() const { return decoder_ && decoder_->worksAhead(); }
    /// Whether memory ran out: the decoder has to be closed.
    [[nodiscard]] bool isBroken() const { return decoder_ && decoder_->isBroken(); }
    /// The packet to fill before start(). The decoder has to be open.
    AvPacketBuilder &packet() { return decoder_->packet(); }

    /// Finishes the requests that read or write the memory of @p target.
    void finishUsersOf(const gbm::FrameBuffer &target);

    /// Starts to decode the packet, and completes the requests that are finished by that. add()
    /// or addUnseen() has to follow, unless the packet failed already.
    /// @returns how the packet itself ended, if it did already; or as AvDecoder::start()
    Result<std::optional<Outcome>> start(AvDecoder::Destination destination);
    /// The request of the packet that was started, and how that ended if it did.
    void add(Entry entry, std::optional<Outcome> outcome)
    {
        requests_.add(std::move(entry), std::move(outcome));
    }
    /// The packet that was started, and did not end yet, is the engine's own.
    void addUnseen() { requests_.addUnseen(); }

    /// Finishes the oldest request, at least.
    void finishOldest();
    /// Finishes all requests.
    void drain();
    /// Finishes all requests and has the decoder forget its references.
    void flush();

private:
    std::unique_ptr<AvDecoder> decoder_;
    RequestsAhead<AvDecoder> requests_;
};

} // namespace daedalus::engine
