// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "bitstream/av1/frame_state.h"
#include "gbm/frame_buffer.h"

namespace daedalus::engine {

/// A decoded picture that may be referred to.
struct Av1StoredPicture {
    uint64_t timestamp = 0;
    std::shared_ptr<const bitstream::Av1FrameState> state;
    /// Where its samples lie, as far as they lie in a target.
    std::shared_ptr<const gbm::FrameBuffer> memory;
};

/// The decoder's eight reference slots, which are the engine's to choose: which picture is
/// in which, and which of them the client can still refer to.
///
/// A request tells what the client's slots hold, not where its own picture will go. The
/// client's numbers do not matter: references are found by timestamp.
class Av1ReferenceSlots {
public:
    static constexpr unsigned kCount = 8;
    static constexpr uint8_t kAll = 0xff;

    /// The client's slots hold these pictures and no others.
    void learn(std::span<const __u64, kCount> timestamps);
    /// A client that decodes into @p target does not refer to what is there any more.
    void learnTarget(const gbm::FrameBuffer &target);

    /// Slot of a picture; nothing where it is not there.
    [[nodiscard]] std::optional<uint8_t> find(uint64_t timestamp) const;
    [[nodiscard]] const Av1StoredPicture *picture(uint8_t slot) const;
    /// A slot that holds nothing that could be referred to.
    [[nodiscard]] std::optional<uint8_t> freeSlot() const;

    /// The picture is in the slots of @p mask, bit i for slot i, and nowhere else.
    void store(const Av1StoredPicture &picture, uint8_t mask);
    /// Nobody knows what is in the slots of @p mask.
    void forget(uint8_t mask);
    /// The picture is of no use: it is in no slot.
    void forgetPicture(uint64_t timestamp);

private:
    struct Slot {
        std::optional<Av1StoredPicture> picture;
        bool live = false; ///< the client may still refer to it
    };

    std::array<Slot, kCount> slots_;
};

} // namespace daedalus::engine
