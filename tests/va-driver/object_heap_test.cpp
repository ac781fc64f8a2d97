// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/object_heap.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace daedalus::va {
namespace {

using Heap = va::ObjectHeap<int, va::ObjectType::Surface>;
using OtherHeap = va::ObjectHeap<int, va::ObjectType::Buffer>;

TEST(ObjectHeap, FindsWhatWasInserted)
{
    Heap heap;
    const VAGenericID a = heap.insert(std::make_shared<int>(1)).value();
    const VAGenericID b = heap.insert(std::make_shared<int>(2)).value();
    EXPECT_EQ(1, *heap.find(a));
    EXPECT_EQ(2, *heap.find(b));
    EXPECT_EQ(2U, heap.size());
}

TEST(ObjectHeap, HandlesAreNoSpecialValues)
{
    Heap heap;
    for (int i = 0; i < 1000; ++i) {
        const VAGenericID id = heap.insert(std::make_shared<int>(i)).value();
        EXPECT_NE(0U, id);
        EXPECT_NE(VA_INVALID_ID, id);
        EXPECT_GT(static_cast<int32_t>(id), 0);
    }
}

TEST(ObjectHeap, NothingBehindRandomHandles)
{
    Heap heap;
    const VAGenericID id = heap.insert(std::make_shared<int>(1)).value();
    for (const VAGenericID wrong : {0U, 1U, id + 1, id ^ 0x80000000U, VA_INVALID_ID}) {
        EXPECT_EQ(nullptr, heap.find(wrong)) << std::hex << wrong;
        EXPECT_EQ(nullptr, heap.remove(wrong)) << std::hex << wrong;
    }
}

TEST(ObjectHeap, HandleOfAnotherKindIsNotFound)
{
    Heap heap;
    OtherHeap other;
    const VAGenericID id = heap.insert(std::make_shared<int>(1)).value();
    ASSERT_TRUE(other.insert(std::make_shared<int>(2)));
    EXPECT_EQ(nullptr, other.find(id));
}

TEST(ObjectHeap, StaleHandleIsNotFoundAlthoughTheSlotIsUsedAgain)
{
    Heap heap;
    std::set<VAGenericID> stale;
    for (int i = 0; i < 5000; ++i) {
        const VAGenericID id = heap.insert(std::make_shared<int>(i)).value();
        EXPECT_EQ(0U, stale.count(id));
        EXPECT_EQ(i, *heap.remove(id));
        stale.insert(id);
    }
    ASSERT_TRUE(heap.insert(std::make_shared<int>(0)));
    for (const VAGenericID id : stale) {
        EXPECT_EQ(nullptr, heap.find(id));
    }
    EXPECT_EQ(1U, heap.size());
}

TEST(ObjectHeap, RemovedObjectLivesAsLongAsItIsUsed)
{
    Heap heap;
    const VAGenericID id = heap.insert(std::make_shared<int>(7)).value();
    const auto user = heap.find(id);
    heap.remove(id);
    EXPECT_EQ(7, *user);
    EXPECT_EQ(1, user.use_count());
}

TEST(ObjectHeap, IsBounded)
{
    Heap heap;
    const auto object = std::make_shared<int>(0);
    VAGenericID last = 0;
    for (size_t i = 0; i < Heap::kCapacity; ++i) {
        last = heap.insert(object).value();
    }
    const auto full = heap.insert(object);
    ASSERT_FALSE(full);
    EXPECT_EQ(VA_STATUS_ERROR_MAX_NUM_EXCEEDED, full.error());
    ASSERT_TRUE(heap.remove(last));
    EXPECT_TRUE(heap.insert(object));
}

TEST(ObjectHeap, ClearTakesAllOut)
{
    Heap heap;
    const VAGenericID id = heap.insert(std::make_shared<int>(3)).value();
    const auto all = heap.clear();
    ASSERT_EQ(1U, all.size());
    EXPECT_EQ(3, *all[0]);
    EXPECT_EQ(nullptr, heap.find(id));
    EXPECT_EQ(0U, heap.size());
}

TEST(ObjectHeap, ThreadsGetDifferentHandles)
{
    constexpr int kThreads = 4;
    constexpr int kRounds = 2000;
    Heap heap;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&heap, t] {
            for (int i = 0; i < kRounds; ++i) {
                const int value = t * kRounds + i;
                const VAGenericID id = heap.insert(std::make_shared<int>(value)).value();
                EXPECT_EQ(value, *heap.find(id));
                EXPECT_EQ(value, *heap.remove(id));
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(0U, heap.size());
}

} // namespace
} // namespace daedalus::va
