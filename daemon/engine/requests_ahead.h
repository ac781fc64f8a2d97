// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "daedalus/result.h"
#include "engine/decode_session.h"
#include "engine/target_access.h"

namespace daedalus::engine {

/// The requests that a decoder has not finished yet, oldest first.
///
/// Clients take a surface for a new picture as soon as no request to come refers to the old one.
/// A request that is not finished may still read it: uses() tells.
/// @tparam Decoder starts and finishes decodes in order, one for each entry: AvDecoder, or
/// Dav1dDecoder
template <typename Decoder>
class RequestsAhead {
public:
    using Outcome = typename Decoder::Outcome;

    struct Entry {
        DecodeRequest request;
        TargetAccess access;
        DecodeCompletion done;
        /// Makes the target hold the picture; called before done.
        std::function<Result<DecodeResult>(const DecodeRequest &, Outcome)> deliver;
        /// Names of the pictures that may be read.
        std::vector<uint64_t> references;
    };

    explicit RequestsAhead(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

    /// Adds the request of the decode that was started last, and how that ended if it did.
    void add(Entry entry, std::optional<Outcome> outcome)
    {
        Active active{.entry = std::move(entry), .reads = {}};
        for (const uint64_t timestamp : active.entry.references) {
            if (auto target = find(timestamp)) {
                active.reads.push_back(std::move(target));
            }
        }
        remember(active.entry.request);
        entries_.emplace_back(std::move(active));
        if (outcome) {
            end(std::move(*outcome));
        }
    }

    /// Adds the decode that was started last, and did not end yet: it is the engine's own.
    void addUnseen() { entries_.emplace_back(); }

    [[nodiscard]] bool empty() const { return entries_.empty(); }

    /// Whether one of them reads or writes the memory of @p target.
    [[nodiscard]] bool uses(const gbm::FrameBuffer &target) const
    {
        const auto isSame = [&target](const std::shared_ptr<const gbm::FrameBuffer> &other) {
            return other->sharesMemory(target);
        };
        return std::any_of(entries_.begin(), entries_.end(), [&isSame](const auto &active) {
            return active && (isSame(active->entry.request.target) ||
                              std::any_of(active->reads.begin(), active->reads.end(), isSame));
        });
    }

    /// Completes those that the decoder has finished.
    void collect(Decoder &decoder)
    {
        while (!entries_.empty()) {
            auto outcome = decoder.takeFinished();
            if (!outcome) {
                return;
            }
            end(std::move(*outcome));
        }
    }

    /// Waits for the oldest one, and completes it.
    void finishOldest(Decoder &decoder)
    {
        decoder.finishOldest();
        collect(decoder);
    }

    /// Waits for all, and completes them.
    void finishAll(Decoder &decoder)
    {
        decoder.finishAll();
        collect(decoder);
    }

private:
    /// More than a client has surfaces. There may be any number of pictures between one and
    /// the last that refers to it, but each surface has one of them only.
    static constexpr size_t kMaxNames = 256;

    struct Active {
        Entry entry;
        std::vector<std::shared_ptr<const gbm::FrameBuffer>> reads;
    };
    struct Name {
        uint64_t timestamp = 0;
        std::weak_ptr<const gbm::FrameBuffer> target;
    };

    void remember(const DecodeRequest &request)
    {
        names_.remove_if([&request](const Name &name) {
            const auto target = name.target.lock();
            return !target || target == request.target;
        });
        names_.push_front({request.timestamp, request.target});
        if (names_.size() > kMaxNames) {
            names_.pop_back();
        }
    }

    [[nodiscard]] std::shared_ptr<const gbm::FrameBuffer> find(uint64_t timestamp) const
    {
        const auto found =
            std::find_if(names_.begin(), names_.end(),
                         [timestamp](const Name &name) { return name.timestamp == timestamp; });
        return found == names_.end() ? nullptr : found->target.lock();
    }

    void end(Outcome outcome)
    {
        std::optional<Active> oldest = std::move(entries_.front());
        entries_.pop_front();
        if (!oldest) {
            return;
        }
        Entry &entry = oldest->entry;
        Result<DecodeResult> result;
        {
            // CPU access ends before the client is told: then the target is its own.
            const TargetAccess access = std::move(entry.access);
            result = entry.deliver(entry.request, std::move(outcome));
        }
        if (!result) {
            logger_->debug("request {}: {}", entry.request.timestamp, result.error().what());
        }
        entry.done(result ? *result : DecodeResult{.error = result.error().code()});
    }

    std::shared_ptr<spdlog::logger> logger_;
    std::deque<std::optional<Active>> entries_; ///< nothing: of the engine's own
    std::list<Name> names_;                     ///< newest first
};

} // namespace daedalus::engine
