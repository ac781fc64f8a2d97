// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "daedalus/result.h"
#include "v4l2/media_device.h"
#include "v4l2/v4l2_device.h"
#include "v4l2/v4l2_queue.h"

namespace daedalus::va {

/// The OUTPUT queue: buffers for bitstreams, each with the media request that submits
/// it. For one thread.
///
/// Bitstreams may have any size: a bigger buffer is made when one is needed.
class BitstreamBuffers {
public:
    BitstreamBuffers(std::shared_ptr<v4l2::V4l2Device> device, const v4l2::MediaDevice &media);

    /// Sets the codec and the size of coded pictures, and allocates buffers if
    /// there are none. The queue must not be streaming.
    Result<void> configure(uint32_t codec, uint32_t width, uint32_t height);

    /// Fills a free buffer and attaches it to its request. The request is ready for
    /// controls, and not submitted.
    /// @returns nothing if all buffers that are big enough are in use. A buffer that will
    /// not be submitted has to be returned by cancel().
    Result<std::optional<unsigned>> fill(std::span<const uint8_t> bitstream, uint64_t timestamp);

    /// The request of a filled buffer.
    [[nodiscard]] v4l2::MediaRequest &request(unsigned index) { return *buffers_[index].request; }

    /// Frees a filled buffer that will not be submitted.
    void cancel(unsigned index);

    Result<void> streamOn() { return queue_.streamOn(); }
    /// Stops the queue; all buffers are free again.
    Result<void> streamOff();

private:
    struct Buffer {
        std::optional<v4l2::MediaRequest> request;
        bool busy = false;
    };

    Result<void> grow(size_t bytes);
    [[nodiscard]] std::optional<unsigned> findFree(size_t bytes, bool &existsBusy);
    /// A buffer of at least @p bytes that is not in use, nothing if there are only busy ones.
    Result<std::optional<unsigned>> take(size_t bytes);
    /// Takes back one buffer that the kernel is done with. @returns whether there was one
    Result<bool> reclaim();
    Result<void> prepareRequest(Buffer &buffer);

    std::shared_ptr<v4l2::V4l2Device> device_;
    const v4l2::MediaDevice &media_;
    v4l2::V4l2Queue queue_;
    std::vector<Buffer> buffers_;
};

} // namespace daedalus::va
