// SPDX-License-Identifier: BSD-2-Clause
#include "engine/av_packet_builder.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace daedalus::engine {
namespace {

/// AVPacket.size is an int; leave room for growth and padding.
constexpr size_t kMaxPacketBytes = INT_MAX / 2;

} // namespace

AvPacketBuilder::~AvPacketBuilder()
{
    av_buffer_unref(&buffer_);
    for (AVBufferRef *buffer : earlier_) {
        av_buffer_unref(&buffer);
    }
}

Result<void> AvPacketBuilder::start(size_t expected)
{
    size_ = 0;
    if (buffer_ != nullptr && av_buffer_is_writable(buffer_) == 0) {
        earlier_.push_back(buffer_);
        const auto idle = std::find_if(earlier_.begin(), earlier_.end(), [](AVBufferRef *buffer) {
            return av_buffer_is_writable(buffer) != 0;
        });
        buffer_ = idle == earlier_.end() ? nullptr : *idle;
        if (idle != earlier_.end()) {
            earlier_.erase(idle);
        } else if (earlier_.size() > kMaxBuffers) {
            av_buffer_unref(&earlier_.front());
            earlier_.erase(earlier_.begin());
        }
    }
    return reserve(expected);
}

Result<void> AvPacketBuilder::reserve(size_t size)
{
    if (size > kMaxPacketBytes) {
        return fail(EMSGSIZE, "a bitstream of " + std::to_string(size) + " bytes is too long");
    }
    const size_t wanted = size + AV_INPUT_BUFFER_PADDING_SIZE;
    if (buffer_ != nullptr && buffer_->size >= wanted) {
        return {};
    }
    AVBufferRef *larger = av_buffer_alloc(wanted + wanted / 2);
    if (larger == nullptr) {
        return fail(ENOMEM, "no memory for a packet");
    }
    if (buffer_ != nullptr && size_ > 0) {
        std::memcpy(larger->data, buffer_->data, size_);
    }
    av_buffer_unref(&buffer_);
    buffer_ = larger;
    return {};
}

Result<void> AvPacketBuilder::append(std::span<const uint8_t> bytes)
{
    if (bytes.size() > kMaxPacketBytes) {
        return fail(EMSGSIZE, "a bitstream of that size is too long");
    }
    if (auto reserved = reserve(size_ + bytes.size()); !reserved) {
        return reserved;
    }
    if (!bytes.empty()) {
        std::memcpy(buffer_->data + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    return {};
}

Result<void> AvPacketBuilder::finish(AVPacket &packet)
{
    std::memset(buffer_->data + size_, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    packet.buf = av_buffer_ref(buffer_);
    if (packet.buf == nullptr) {
        return fail(ENOMEM, "no memory for a packet");
    }
    packet.data = buffer_->data;
    packet.size = static_cast<int>(size_);
    return {};
}

} // namespace daedalus::engine
