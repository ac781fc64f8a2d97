// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "engine/decode_session.h"
#include "va-driver/codec.h"
#include "va-driver/surface.h"

namespace daedalus::va {

/// Tells of a job's end, exactly once. A job that gets lost, as an exception makes it, ends with
/// ENOMEM where its completion is destroyed: nobody waits for ever.
class JobCompletion {
public:
    using Function = std::function<void(const engine::DecodeResult &)>;

    JobCompletion() = default;
    /// @param tell must not throw
    explicit JobCompletion(Function tell) : tell_(std::move(tell)) {}
    JobCompletion(JobCompletion &&other) noexcept : tell_(std::exchange(other.tell_, nullptr)) {}
    JobCompletion &operator=(JobCompletion &&other) noexcept
    {
        JobCompletion(std::move(other)).tell_.swap(tell_);
        return *this;
    }
    JobCompletion(const JobCompletion &) = delete;
    JobCompletion &operator=(const JobCompletion &) = delete;
    ~JobCompletion() { (*this)({ENOMEM, 0}); }

    /// The first call tells, others do nothing.
    void operator()(const engine::DecodeResult &result)
    {
        if (const Function tell = std::exchange(tell_, nullptr)) {
            tell(result);
        }
    }

private:
    Function tell_;
};

/// One picture to decode.
struct DecodeJob {
    std::shared_ptr<Surface> target;
    StatelessRequest request;
    uint64_t timestamp = 0; ///< identifies the picture, ns, a multiple of 1000
    /// Counts the result and calls Surface::decodeFinished() on the target and its aliases.
    JobCompletion finish;
};

} // namespace daedalus::va
