// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daedalus/control_set.h"
#include "v4l2/media_device.h"
#include "v4l2/v4l2_device.h"
#include "v4l2/v4l2_queue.h"

namespace daedalus::test {

/// A V4L2 client that decodes one VP9 key frame, a plain grey-brown picture of
/// 64 x 64 samples, as often as wanted. Every frame being a key frame, each request
/// succeeds as soon as there is a worker.
class KeyFrameClient {
public:
    struct Settings {
        v4l2::V4l2Memory captureMemory = v4l2::V4l2Memory::Mmap;
        unsigned buffers = 2; ///< of each queue
    };

    /// Opens the device, sets formats, starts streaming.
    static Result<std::unique_ptr<KeyFrameClient>> open() { return open(Settings()); }
    static Result<std::unique_ptr<KeyFrameClient>> open(const Settings &settings);

    /// How a request ended.
    enum class Outcome {
        Decoded,      ///< and the picture is what it has to be
        Failed,       ///< the buffer came back with its error flag
        WrongPicture, ///< no error flag, but other samples
    };

    /// Submits a request on buffer @p index.
    Result<void> submit(unsigned index = 0);
    /// Waits for the request on buffer @p index. ETIMEDOUT: it does not end.
    Result<Outcome> finish(unsigned index = 0,
                           std::chrono::milliseconds limit = std::chrono::seconds(10));
    /// Both.
    Result<Outcome> decode();

    /// Stops streaming and starts again, with new CAPTURE buffers.
    Result<void> restart();

    [[nodiscard]] v4l2::V4l2Device &device() { return *device_; }

private:
    KeyFrameClient(v4l2::MediaDevice media, std::shared_ptr<v4l2::V4l2Device> device,
                   const Settings &settings);

    Result<void> loadFrame();
    Result<void> setFormats();
    Result<void> allocateOutput();
    Result<void> allocateCapture();
    Result<void> queueCapture(unsigned index);
    Result<void> start();
    [[nodiscard]] bool pictureIsRight(unsigned index) const;

    v4l2::MediaDevice media_;
    std::shared_ptr<v4l2::V4l2Device> device_;
    Settings settings_;
    v4l2::V4l2Queue output_;
    v4l2::V4l2Queue capture_;
    v4l2::V4l2Format captureFormat_;
    ControlSet controls_;
    std::vector<uint8_t> frame_;
    std::vector<v4l2::MediaRequest> requests_;
    std::vector<UniqueFd> dmaBufs_;
    uint64_t timestamp_ = 0;
};

} // namespace daedalus::test
