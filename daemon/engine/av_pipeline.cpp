// SPDX-License-Identifier: BSD-2-Clause
#include "engine/av_pipeline.h"

namespace daedalus::engine {

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
}

void AvPipeline::finishUsersOf(const gbm::FrameBuffer &target)
{
    while (requests_.uses(target)) {
        requests_.finishOldest(*decoder_);
    }
}

Result<std::optional<AvPipeline::Outcome>> AvPipeline::start(AvDecoder::Destination destination)
{
    if (auto started = decoder_->start(std::move(destination)); !started) {
        return tl::unexpected(started.error());
    }
    requests_.collect(*decoder_);
    return requests_.empty() ? decoder_->takeFinished() : std::nullopt;
}

void AvPipeline::finishOldest()
{
    if (!requests_.empty()) {
        requests_.finishOldest(*decoder_);
    }
}

void AvPipeline::drain()
{
    if (!requests_.empty()) {
        requests_.finishAll(*decoder_);
    }
}

void AvPipeline::flush()
{
    drain();
    if (decoder_) {
        decoder_->flush();
    }
}

} // namespace daedalus::engine
