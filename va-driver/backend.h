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
#include "engine/decode_session.h"
#include "gbm/surface_allocator.h"
#include "va-driver/codec.h"
#include "va-driver/settings.h"
#include "va-driver/surface.h"

namespace daedalus::va {

/// One picture to decode.
///
/// Surface::decodeSubmitted() was called on the target and its aliases; whoever holds the job has
/// to finish it exactly once.
struct DecodeJob {
    std::shared_ptr<Surface> target;
    StatelessRequest request;
    uint64_t timestamp = 0; ///< name of the picture, ns, a multiple of 1000
    /// Counts the result and calls Surface::decodeFinished() on each of them.
    std::function<void(const engine::DecodeResult &)> finish;
};

/// The decoding side of one stream. submit() is for one thread at a time.
class BackendContext {
public:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>; ///< none: no limit

    /// Every job is finished all the same, with ECANCELED if it was not begun.
    virtual ~BackendContext() = default;

    /// Takes a job, which will be finished whatever happens, in order of
    /// submission. Blocks while many jobs are waiting.
    virtual void submit(DecodeJob job) = 0;

    /// Somebody began to wait for one of the pictures. From any thread.
    virtual void hurry() {}

    /// Sees to it that jobs are finished, until @p done or @p deadline, at least once. For
    /// any thread; @p done may be called at any time meanwhile, with jobs being kept from
    /// finishing.
    /// @returns false, at once, where jobs are finished without anybody's help
    virtual bool help(const std::function<bool()> & /*done*/, Deadline /*deadline*/)
    {
        return false;
    }

    /// Nobody may come back for help(): finishes what is under way, if help is needed.
    virtual void settle() {}
};

/// Where decoding is done. Thread-safe.
class Backend {
public:
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

/// What the settings ask for.
Result<std::unique_ptr<Backend>> selectBackend(const BackendEnvironment &environment);

} // namespace daedalus::va
