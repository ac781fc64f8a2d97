// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "va-driver/backend.h"
#include "va-driver/codec.h"
#include "va-driver/log.h"

namespace daedalus::va {

/// What decodes one video stream: translator and decoder, with all their state.
///
/// Usually each VA context has its own. But a change of the picture size, which VP9 allows
/// between key frames, makes clients create a new context in the middle of a stream. That
/// one then refers to surfaces of the old context and has to go on with its stream. So
/// contexts share the stream with the surfaces that it decoded.
struct Stream {
    Stream(const CodecInfo &info, std::unique_ptr<BackendContext> backend)
        : codec(info), translator(info.create(info.profile)), decoder(std::move(backend))
    {}

    const CodecInfo &codec;
    std::mutex mutex; ///< for the translator, and for the order of submission
    std::unique_ptr<CodecTranslator> translator;
    std::unique_ptr<BackendContext> decoder;
    WarnOnce failureLog; ///< of pictures that cannot be translated
};

} // namespace daedalus::va
