// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "daedalus/result.h"
#include "gbm/dma_buf.h"
#include "gbm/surface_allocator.h"
#include "tools/v4l2-decode/capture_buffers.h"
#include "tools/v4l2-decode/options.h"
#include "tools/v4l2-decode/parser/stream_event.h"
#include "tools/v4l2-decode/stream_plan.h"
#include "v4l2/media_device.h"
#include "v4l2/v4l2_device.h"
#include "v4l2/v4l2_queue.h"

namespace daedalus::v4l2decode {

/// A stateless V4L2 decoder: submits requests, several at once, and gives back the
/// pictures by their timestamps.
class RequestDecoder {
public:
    /// A request that is finished.
    struct Completion {
        uint64_t timestamp = 0;
        bool pictureDone = false; ///< false for the first field of a pair
        std::chrono::nanoseconds latency{0};
    };

    /// Opens the device. ENODEV: there is none.
    static Result<std::unique_ptr<RequestDecoder>> open(const Options &options);

    /// Sets formats and buffers up for a part of the stream and starts streaming;
    /// nothing may be in flight. All pictures so far are gone.
    /// @param first the part's first picture: its controls tell the sample format
    Result<void> configure(const SequencePlan &plan, const StatelessPicture &first);

    [[nodiscard]] size_t inFlight() const { return inFlight_.size(); }
    [[nodiscard]] bool full() const { return freeSlots_.empty(); }

    /// Submits a request; full() must not hold.
    Result<void> submit(const StatelessPicture &picture);

    /// Waits for the oldest request in flight. ETIMEDOUT: it took too long.
    Result<Completion> complete();

    /// Whether a picture that is done has errors; nothing for one that is not there.
    [[nodiscard]] std::optional<bool> hasError(uint64_t timestamp) const;
    /// The samples of a picture that is done; valid until release().
    Result<FrameView> view(uint64_t timestamp);
    /// The picture's buffer may be decoded into again.
    Result<void> release(uint64_t timestamp);

    /// Stops and starts streaming: forgets all requests and pictures.
    Result<void> restart();

private:
    using Clock = std::chrono::steady_clock;

    /// An OUTPUT buffer and the request that it is submitted with.
    struct Slot {
        std::optional<v4l2::MediaRequest> request;
        UniqueFd fd; ///< DMABUF only
        std::shared_ptr<gbm::DmaBufMapping> mapping;
        bool returned = false; ///< the driver gave the OUTPUT buffer back
    };
    struct InFlight {
        unsigned slot = 0;
        uint64_t timestamp = 0;
        bool pictureDone = false;
        Clock::time_point submitted;
    };
    struct Picture {
        unsigned index = 0;
        bool error = false;
    };

    RequestDecoder(const Options &options, v4l2::MediaDevice media,
                   std::shared_ptr<v4l2::V4l2Device> device,
                   std::unique_ptr<gbm::SurfaceAllocator> allocator)
        : options_(options), media_(std::move(media)), device_(std::move(device)),
          allocator_(std::move(allocator))
    {}

    Result<void> setUpOutput(const SequencePlan &plan, const StatelessPicture &first);
    Result<void> setUpSlots();
    Result<void> allocateSlotMemory(Slot &slot);
    Result<void> start();
    [[nodiscard]] ControlSet supported(const ControlSet &controls) const;
    std::span<std::byte> memory(unsigned slot);
    Result<void> fill(unsigned slot, std::span<const uint8_t> bitstream);
    Result<void> collectPictures();
    Result<void> awaitPicture(uint64_t timestamp);
    Result<void> recycle(const InFlight &finished);
    [[nodiscard]] Error timedOut(uint64_t timestamp) const;

    const Options &options_;
    v4l2::MediaDevice media_;
    std::shared_ptr<v4l2::V4l2Device> device_;
    std::unique_ptr<gbm::SurfaceAllocator> allocator_; ///< null for MMAP
    std::unique_ptr<v4l2::V4l2Queue> output_;
    std::unique_ptr<CaptureBuffers> capture_;
    uint32_t outputSize_ = 0; ///< bytes of an OUTPUT buffer
    std::vector<Slot> slots_;
    std::vector<unsigned> freeSlots_;
    std::deque<InFlight> inFlight_;
    std::map<uint64_t, Picture> pictures_;
};

} // namespace daedalus::v4l2decode
