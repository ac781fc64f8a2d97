// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace daedalus::engine {

/// Reuses the memory of private pictures, which are all alike within a stream.
///
/// Thread-safe: decoder threads may drop their last reference to a picture. Blocks
/// may outlive the pool.
class MemoryPool : public std::enable_shared_from_this<MemoryPool> {
public:
    /// Alignment of every block, enough for any vector instruction.
    static constexpr size_t kAlignment = 128;

    static std::shared_ptr<MemoryPool> create();

    /// A block of at least @p size bytes; new ones hold zeros, reused ones what they
    /// held. Null where there is no memory.
    std::shared_ptr<uint8_t> allocate(size_t size);

private:
    struct Free {
        void operator()(uint8_t *block) const;
    };
    using Block = std::unique_ptr<uint8_t, Free>;

    MemoryPool() = default;
    void giveBack(Block block, size_t size) noexcept;

    std::mutex mutex_;
    size_t blockSize_ = 0; ///< of the blocks in idle_
    std::vector<Block> idle_;
};

} // namespace daedalus::engine
