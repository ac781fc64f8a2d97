// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/bitstream_buffers.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace daedalus::va {

namespace {

/// Requests that can be in flight: enough for a decoder with frame threads.
constexpr unsigned kBuffers = 6;
constexpr size_t kMinBytes = size_t{1} << 20;

} // namespace

BitstreamBuffers::BitstreamBuffers(std::shared_ptr<v4l2::V4l2Device> device,
                                   const v4l2::MediaDevice &media)
    : device_(std::move(device)), media_(media),
      queue_(device_, v4l2::QueueType::Output, v4l2::V4l2Memory::Mmap)
{}

Result<void> BitstreamBuffers::configure(uint32_t codec, uint32_t width, uint32_t height)
{
    v4l2::V4l2Format format;
    format.fourcc = codec;
    format.width = width;
    format.height = height;
    // Incompressible content takes about as much as the samples themselves.
    const size_t bytes = std::max(kMinBytes, size_t{width} * height * 3 / 2);
    format.planes.push_back({0, static_cast<uint32_t>(bytes)});
    auto set = device_->setFormat(v4l2::QueueType::Output, format);
    if (!set) {
        return tl::unexpected(set.error());
    }
    if (queue_.count() == 0) {
        const auto count = queue_.allocate(kBuffers);
        if (!count) {
            return tl::unexpected(count.error());
        }
        buffers_.resize(*count);
    }
    return {};
}

std::optional<unsigned> BitstreamBuffers::findFree(size_t bytes, bool &existsBusy)
{
    std::optional<unsigned> best;
    for (unsigned index = 0; index < buffers_.size(); ++index) {
        const size_t size = queue_.plane(index, 0).size();
        if (size < bytes) {
            continue;
        }
        if (buffers_[index].busy) {
            existsBusy = true;
        } else if (!best || size < queue_.plane(*best, 0).size()) {
            best = index; // the smallest that will do
        }
    }
    return best;
}

Result<void> BitstreamBuffers::grow(size_t bytes)
{
    auto format = device_->format(v4l2::QueueType::Output);
    if (!format) {
        return tl::unexpected(format.error());
    }
    if (bytes > UINT32_MAX / 2) {
        return daedalus::fail(EFBIG, "a bitstream of " + std::to_string(bytes) + " bytes");
    }
    format->planes.at(0).size = static_cast<uint32_t>(std::bit_ceil(bytes));
    auto first = queue_.create(1, *format);
    if (!first) {
        return tl::unexpected(first.error());
    }
    buffers_.resize(queue_.count());
    return {};
}

Result<std::optional<unsigned>> BitstreamBuffers::take(size_t bytes)
{
    while (true) {
        bool existsBusy = false;
        if (const auto index = findFree(bytes, existsBusy)) {
            return index;
        }
        const auto reclaimed = existsBusy ? reclaim() : grow(bytes).map([] { return true; });
        if (!reclaimed) {
            return tl::unexpected(reclaimed.error());
        }
        if (!*reclaimed) {
            return std::optional<unsigned>();
        }
    }
}

Result<void> BitstreamBuffers::prepareRequest(Buffer &buffer)
{
    if (buffer.request && buffer.request->reinit()) {
        return {};
    }
    auto request = media_.allocRequest();
    if (!request) {
        return tl::unexpected(request.error());
    }
    buffer.request.emplace(std::move(*request));
    return {};
}

Result<std::optional<unsigned>> BitstreamBuffers::fill(std::span<const uint8_t> bitstream,
                                                       uint64_t timestamp)
{
    const auto taken = take(bitstream.size());
    if (!taken || !*taken) {
        return taken;
    }
    const unsigned index = **taken;
    Buffer &buffer = buffers_[index];
    if (auto prepared = prepareRequest(buffer); !prepared) {
        return tl::unexpected(prepared.error());
    }
    std::memcpy(queue_.plane(index, 0).data(), bitstream.data(), bitstream.size());
    v4l2::V4l2Queue::PlaneArgs plane;
    plane.bytesUsed = static_cast<uint32_t>(bitstream.size());
    v4l2::V4l2Queue::QueueArgs args;
    args.index = index;
    args.planes = {&plane, 1};
    args.timestamp = timestamp;
    args.request = &*buffer.request;
    if (auto queued = queue_.queue(args); !queued) {
        return tl::unexpected(queued.error());
    }
    buffer.busy = true;
    return std::optional(index);
}

void BitstreamBuffers::cancel(unsigned index)
{
    // Closing a request that was not submitted gives its buffer back.
    buffers_[index].request.reset();
    buffers_[index].busy = false;
}

Result<bool> BitstreamBuffers::reclaim()
{
    const auto done = queue_.dequeue();
    if (!done) {
        return tl::unexpected(done.error());
    }
    if (!*done) {
        return false;
    }
    buffers_.at((*done)->index).busy = false;
    return true;
}

Result<void> BitstreamBuffers::streamOff()
{
    for (Buffer &buffer : buffers_) {
        buffer.busy = false;
    }
    return queue_.streamOff();
}

} // namespace daedalus::va
