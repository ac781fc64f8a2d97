// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "av_decoder.h"
#include "daedalus/result.h"
#include "decode_session.h"
#include "target_access.h"

namespace daedalus::engine {

/// An AvDecoder and the requests that it has and is not done with.
///
/// Clients take a surface for a new picture as soon as no request to come refers to the old one.
/// One that is still at work may: finishUsersOf() sees to that.
class AvPipeline {
public:
    using Outcome = AvDecoder::Outcome;

    /// A request whose packet was started.
    struct Entry {
        DecodeRequest request;
        TargetAccess access;
        DecodeCompletion done;
        /// Makes the target hold the picture; called before done.
        std::function<Result<DecodeResult>(const DecodeRequest &, Outcome)> deliver;
        /// Names of the pictures that may be read.
        std::vector<uint64_t> references;
    };

    explicit AvPipeline(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}
    AvPipeline(const AvPipeline &) = delete;
    AvPipeline &operator=(const AvPipeline &) = delete;
    AvPipeline(AvPipeline &&) = delete;
    AvPipeline &operator=(AvPipeline &&) = delete;
    /// Nothing may be under way: drain().
    ~AvPipeline() = default;

    /// @returns as AvDecoder::open()
    Result<void> open(const AvDecoder::Options &options);
    /// Finishes what is under way and closes the decoder.
    void close();
    [[nodiscard]] bool isOpen() const { return decoder_ != nullptr; }
    /// Whether pictures are decoded that follow each other, rather than one.
    [[nodiscard]] bool worksAhead() const { return decoder_ && decoder_->worksAhead(); }
    /// There was no memory: the decoder has to be closed.
    [[nodiscard]] bool isBroken() const { return decoder_ && decoder_->isBroken(); }
    /// The packet to fill before start(). The decoder has to be open.
    AvPacketBuilder &packet() { return decoder_->packet(); }

    /// Finishes the requests that read or write the memory of @p target.
    void finishUsersOf(const FrameBuffer &target);

    /// Starts to decode the packet, and ends the requests that came to their end by that. add()
    /// or addUnseen() has to follow, unless the packet failed already.
    /// @returns how the packet itself ended, if it did already; or as AvDecoder::start()
    Result<std::optional<Outcome>> start(AvDecoder::Destination destination);
    /// The request of the packet that was started, and how that ended if it did.
    void add(Entry entry, std::optional<Outcome> outcome);
    /// The packet that was started, and did not end yet, is the engine's own.
    void addUnseen() { entries_.emplace_back(); }

    /// Finishes the oldest request, at least.
    void finishOldest();
    /// Finishes all requests.
    void drain();
    /// Finishes all requests and has the decoder forget its references.
    void flush();

private:
    struct Active {
        Entry entry;
        std::vector<std::shared_ptr<const FrameBuffer>> reads;
    };
    struct Name {
        uint64_t timestamp = 0;
        std::weak_ptr<const FrameBuffer> target;
    };

    [[nodiscard]] std::shared_ptr<const FrameBuffer> find(uint64_t timestamp) const;
    [[nodiscard]] bool uses(const FrameBuffer &target) const;
    void collect();
    void end(Outcome outcome);

    std::shared_ptr<spdlog::logger> logger_;
    std::unique_ptr<AvDecoder> decoder_;
    std::deque<std::optional<Active>> entries_; ///< oldest first; nothing: of the engine's own
    std::deque<Name> names_;                    ///< newest first
};

} // namespace daedalus::engine
