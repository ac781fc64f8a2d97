// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/decode_session.h"
#include "va-driver/surface_memory.h"

namespace daedalus::va {

struct Stream;

/// A VASurfaceID: memory for one picture, and what is going on with it.
///
/// Thread-safe. Decode jobs share it, so that a client may destroy a surface
/// while it is being decoded.
class Surface {
public:
    explicit Surface(std::shared_ptr<SurfaceMemory> memory) : memory_(std::move(memory)) {}

    [[nodiscard]] SurfaceMemory &memory() const { return *memory_; }
    [[nodiscard]] const std::shared_ptr<SurfaceMemory> &sharedMemory() const { return memory_; }
    [[nodiscard]] const gbm::SurfaceLayout &layout() const { return memory_->layout(); }
    [[nodiscard]] const gbm::FormatInfo &format() const { return *layout().format; }

    /// A decode into the surface was handed to a backend. decodeFinished() has to follow
    /// exactly once.
    /// @param timestamp identifies the picture, see reference()
    /// @param continues it adds the second field to the frame that the previous decode
    /// began, whose error stays in force
    /// @param stream what decodes, kept alive for pictures that refer to this one. Null: jobs
    /// are finished without anybody calling BackendContext::decodeUntil()
    void decodeSubmitted(uint64_t timestamp, bool continues, bool fieldPicture,
                         std::shared_ptr<Stream> stream = nullptr);
    /// @param stream as passed to decodeSubmitted(); only compared
    void decodeFinished(const engine::DecodeResult &result, const Stream *stream = nullptr);

    /// Whether decodes are under way, as far as decodeFinished() was called for them.
    [[nodiscard]] bool busy() const;
    /// Asks the backend for results, without waiting, and tells whether decodes are under way.
    bool poll();
    /// Whether a thread is blocked in wait(), so that holding the picture back for the sake of
    /// pictures to come is no use.
    [[nodiscard]] bool hasWaiter() const;

    /// Waits until no decode is under way.
    /// @param timeout how long at most; nothing: without limit
    /// @returns VA_STATUS_SUCCESS; VA_STATUS_ERROR_TIMEDOUT; or, once for each
    /// picture that failed, VA_STATUS_ERROR_DECODING_ERROR
    VAStatus wait(std::optional<std::chrono::nanoseconds> timeout);

    /// Waits until no decode is under way, and leaves the error for wait().
    void waitIdle();

    /// By what a later picture refers to this one.
    struct Reference {
        uint64_t timestamp = 0;    ///< of its last decode, 0 if there was none
        bool fieldPicture = false; ///< it was decoded as fields
    };
    [[nodiscard]] Reference reference() const;

    /// The macroblocks that are not usable, for vaQuerySurfaceError(): all, where
    /// the last decode failed, else none. Valid as long as the surface is.
    const VASurfaceDecodeMBErrors *decodeErrors();

    /// What decoded the picture.
    [[nodiscard]] std::shared_ptr<Stream> stream() const;
    /// Forgets the stream: no picture will refer to this one any more.
    void dropStream();

private:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;

    [[nodiscard]] bool decodedBy(const Stream *stream) const;
    /// Waits until no decode is under way; decodes on this thread where the backend lets it.
    /// @returns false if the time ran out
    bool finishDecodes(std::unique_lock<std::mutex> &lock, Deadline deadline);
    /// Has another thread finish the decode without delay, and waits until it tells.
    void waitForOtherThread(std::unique_lock<std::mutex> &lock,
                            const std::shared_ptr<Stream> &stream, Deadline deadline);

    std::shared_ptr<SurfaceMemory> memory_;

    mutable std::mutex mutex_;
    std::condition_variable idle_;
    Reference reference_;
    std::vector<std::shared_ptr<Stream>> decoding_; ///< what decodes, for each decode under way
    unsigned waiters_ = 0;
    bool failed_ = false;          ///< the picture it holds is not usable
    bool errorUnreported_ = false; ///< wait() has not returned the error yet
    std::array<VASurfaceDecodeMBErrors, 2> errors_{};
    std::shared_ptr<Stream> stream_;
};

} // namespace daedalus::va
