// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "daedalus/result.h"

struct AVBufferRef;
struct AVPacket;

namespace daedalus::engine {

/// Collects the bytes of one packet in memory that libavcodec can keep, followed by
/// the zeros that its bit readers need (AV_INPUT_BUFFER_PADDING_SIZE).
///
/// Memory is reused as soon as the decoder does not hold it any more.
class AvPacketBuilder {
public:
    AvPacketBuilder() = default;
    AvPacketBuilder(const AvPacketBuilder &) = delete;
    AvPacketBuilder &operator=(const AvPacketBuilder &) = delete;
    ~AvPacketBuilder();

    /// Starts a new packet of about @p expected bytes.
    /// @returns ENOMEM; EMSGSIZE: more than a packet can hold
    Result<void> start(size_t expected);
    /// @returns as start()
    Result<void> append(std::span<const uint8_t> bytes);
    /// A packet of nothing but @p bytes.
    /// @returns as start()
    Result<void> fill(std::span<const uint8_t> bytes)
    {
        auto started = start(bytes.size());
        return started ? append(bytes) : started;
    }
    [[nodiscard]] size_t size() const { return size_; }

    /// Makes @p packet, which is blank, refer to what was collected.
    /// @returns ENOMEM
    Result<void> finish(AVPacket &packet);

private:
    /// Packets that a decoder may hold: more threads than it has.
    static constexpr size_t kMaxBuffers = 32;

    Result<void> reserve(size_t size);

    AVBufferRef *buffer_ = nullptr;      ///< of the packet being collected
    std::vector<AVBufferRef *> earlier_; ///< that the decoder holds, or held
    size_t size_ = 0;
};

} // namespace daedalus::engine
