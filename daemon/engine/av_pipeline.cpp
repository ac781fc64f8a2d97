// SPDX-License-Identifier: BSD-2-Clause
#include "av_pipeline.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace daedalus::engine {
namespace {

/// Pictures that may be referred to: twice as many as a decoder has.
constexpr size_t kMaxNames = 32;

} // namespace

Result<void> AvPipeline::open(const AvDecoder::Options &options)
{
    auto decoder = AvDecoder::open(options);
    if (!decoder) {
        return tl::unexpected(decoder.error());
    }
    decoder_ = std::move(*decoder);
    return {};
}

void AvPipeline::close()
{
    drain();
    decoder_.reset();
    names_.clear();
}

std::shared_ptr<const FrameBuffer> AvPipeline::find(uint64_t timestamp) const
{
    const auto found = std::find_if(names_.begin(), names_.end(), [timestamp](const Name &name) {
        return name.timestamp == timestamp;
    });
    return found == names_.end() ? nullptr : found->target.lock();
}

bool AvPipeline::uses(const FrameBuffer &target) const
{
    const auto isSame = [&target](const std::shared_ptr<const FrameBuffer> &other) {
        return other->sharesMemory(target);
    };
    return std::any_of(entries_.begin(), entries_.end(), [&isSame](const auto &active) {
        return active && (isSame(active->entry.request.target) ||
                          std::any_of(active->reads.begin(), active->reads.end(), isSame));
    });
}

void AvPipeline::finishUsersOf(const FrameBuffer &target)
{
    while (uses(target)) {
        finishOldest();
    }
}

Result<std::optional<AvPipeline::Outcome>> AvPipeline::start(AvDecoder::Destination destination)
{
    if (auto started = decoder_->start(std::move(destination)); !started) {
        return tl::unexpected(started.error());
    }
    collect();
    return entries_.empty() ? decoder_->takeFinished() : std::nullopt;
}

void AvPipeline::add(Entry entry, std::optional<Outcome> outcome)
{
    Active active{.entry = std::move(entry), .reads = {}};
    if (worksAhead()) {
        for (const uint64_t timestamp : active.entry.references) {
            if (auto target = find(timestamp)) {
                active.reads.push_back(std::move(target));
            }
        }
        names_.push_front({active.entry.request.timestamp, active.entry.request.target});
        if (names_.size() > kMaxNames) {
            names_.pop_back();
        }
    }
    entries_.emplace_back(std::move(active));
    if (outcome) {
        end(std::move(*outcome));
    }
}

void AvPipeline::collect()
{
    while (!entries_.empty()) {
        auto outcome = decoder_->takeFinished();
        if (!outcome) {
            return;
        }
        end(std::move(*outcome));
    }
}

void AvPipeline::end(Outcome outcome)
{
    std::optional<Active> oldest = std::move(entries_.front());
    entries_.pop_front();
    if (!oldest) {
        return;
    }
    Entry &entry = oldest->entry;
    Result<DecodeResult> result;
    {
        // Whoever is told has the target to himself.
        const TargetAccess access = std::move(entry.access);
        result = entry.deliver(entry.request, std::move(outcome));
    }
    if (!result) {
        logger_->debug("request {}: {}", entry.request.timestamp, result.error().what());
    }
    entry.done(result ? *result : DecodeResult{.error = result.error().code()});
}

void AvPipeline::finishOldest()
{
    if (!entries_.empty()) {
        decoder_->finishOldest();
        collect();
    }
}

void AvPipeline::drain()
{
    if (!entries_.empty()) {
        decoder_->finishAll();
        collect();
    }
}

void AvPipeline::flush()
{
    drain();
    decoder_->flush();
}

} // namespace daedalus::engine
