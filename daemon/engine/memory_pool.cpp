// SPDX-License-Identifier: BSD-2-Clause
#include "engine/memory_pool.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace daedalus::engine {

void MemoryPool::Free::operator()(uint8_t *block) const
{
    std::free(block);
}

std::shared_ptr<MemoryPool> MemoryPool::create()
{
    return std::shared_ptr<MemoryPool>(new MemoryPool);
}

std::shared_ptr<uint8_t> MemoryPool::allocate(size_t size)
{
    if (size == 0 || size > SIZE_MAX - kAlignment) {
        return nullptr;
    }
    size = (size + kAlignment - 1) / kAlignment * kAlignment;
    Block block;
    {
        const std::lock_guard lock(mutex_);
        if (size != blockSize_) {
            // The pictures changed size: the old blocks will not be wanted again.
            idle_.clear();
            blockSize_ = size;
        }
        if (!idle_.empty()) {
            block = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!block) {
        block.reset(static_cast<uint8_t *>(std::aligned_alloc(kAlignment, size)));
        if (!block) {
            return nullptr;
        }
        std::memset(block.get(), 0, size);
    }
    return {block.release(), [pool = weak_from_this(), size](uint8_t *memory) {
                Block returned(memory);
                if (const auto owner = pool.lock()) {
                    owner->giveBack(std::move(returned), size);
                }
            }};
}

void MemoryPool::giveBack(Block block, size_t size) noexcept
{
    const std::lock_guard lock(mutex_);
    if (size != blockSize_) {
        return;
    }
    try {
        idle_.push_back(std::move(block));
    } catch (const std::bad_alloc &) {
        // Then the block itself is what the system gets back.
    }
}

} // namespace daedalus::engine
