// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <memory>
#include <mutex>
#include <span>

#include "va-driver/backend.h"
#include "va-driver/codec.h"
#include "va-driver/driver.h"
#include "va-driver/stream.h"

namespace daedalus::va {

/// A VAContextID: a stream being decoded. Thread-safe.
class Context {
public:
    static VaResult<std::shared_ptr<Context>> create(Driver &driver, const Config &config,
                                                     uint32_t width, uint32_t height);

    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;
    ~Context();

    /// vaBeginPicture. Drops a picture that was begun and not ended.
    VAStatus begin(VASurfaceID targetId, std::shared_ptr<Surface> target);

    /// vaRenderPicture: takes a snapshot of the buffers.
    VAStatus render(std::span<const std::shared_ptr<Buffer>> buffers);

    /// vaEndPicture: translates the picture and hands it to the backend.
    VAStatus end();

private:
    Context(Driver &driver, std::shared_ptr<Stream> stream);

    /// Whether the target's memory holds a picture of the request's size.
    static bool fits(const StatelessRequest &request);
    /// Takes over the stream of an older context whose pictures the first picture refers to.
    void adoptStream();
    VAStatus decode();
    void submit(StatelessRequest request);

    Driver &driver_;
    std::mutex mutex_;
    std::shared_ptr<Stream> stream_;
    bool started_ = false; ///< a picture was decoded
    VASurfaceID targetId_ = VA_INVALID_SURFACE;
    std::shared_ptr<Surface> target_; ///< null outside of begin() ... end()
    PictureBuffers picture_;
};

} // namespace daedalus::va
