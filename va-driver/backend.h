// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "daedalus/result.h"
#include "gbm/surface_allocator.h"
#include "va-driver/codec.h"
#include "va-driver/decode_job.h"
#include "va-driver/settings.h"

namespace daedalus::va {

/// The decoding side of one stream. submit() is for one thread at a time.
class BackendContext {
public:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>; ///< none: no limit

    /// Finishes every job that was submitted; with ECANCELED where decoding had not begun.
    virtual ~BackendContext() = default;

    /// Takes a job over. Jobs are finished in order of submission, with an error where need
    /// be. Blocks while the queue is full, and may do so while a device reads the surface.
    virtual void submit(DecodeJob job) = 0;

    /// A client waits for one of the pictures: the backend shall not hold pictures back in
    /// the hope of more. For any thread.
    virtual void expedite() {}

    /// Decodes, or takes results from the kernel, on the calling thread until @p done returns
    /// true or @p deadline has passed; looks at least once. For any thread. @p done is called
    /// with the backend's lock held, so that no job finishes meanwhile.
    /// @returns false, without waiting, where the calling thread cannot go on: another thread
    /// decodes, or the job is not submitted yet
    virtual bool decodeUntil(const std::function<bool()> & /*done*/, Deadline /*deadline*/)
    {
        return false;
    }

    /// Finishes the jobs in flight where that takes a caller of decodeUntil(): no more may come.
    virtual void finishPending() {}
};

/// Where decoding is done. Thread-safe.
class Backend {
public:
    /// Waits for threads of contexts that are gone. None may be left.
    virtual ~Backend() = default;

    /// "kernel" or "inproc".
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Whether it can decode what a row of the codec table describes.
    [[nodiscard]] virtual bool supports(const CodecInfo &codec) const = 0;
    /// Whether DecodeResult::bytesCopied is known here.
    [[nodiscard]] virtual bool knowsBytesCopied() const = 0;
    virtual Result<std::unique_ptr<BackendContext>> createContext(const CodecInfo &codec) = 0;
};

/// What a backend is given to work with; outlives it.
struct BackendEnvironment {
    const Settings &settings;
    gbm::SurfaceAllocator &allocator;
    std::shared_ptr<spdlog::logger> logger;
};

/// The engine in this process.
std::unique_ptr<Backend> createInProcessBackend(const BackendEnvironment &environment);

/// The kernel module. ENODEV: there is none, EACCES: it may not be opened.
Result<std::unique_ptr<Backend>> createKernelBackend(const BackendEnvironment &environment);

} // namespace daedalus::va
