// SPDX-License-Identifier: BSD-2-Clause
// Whether the engine delivers what the decoder below it delivers on its own.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/engine/engine_player.h"
#include "tests/engine/frame_list.h"

namespace daedalus::test {

/// A stream that is made for a test, which has its name.
struct GeneratedStream {
    /// @param more what else is not as it is by default
    GeneratedStream(const char *test, std::string encoder, std::string encoderOptions = {},
                    EncoderOptions more = {})
        : name(test), options(std::move(more))
    {
        options.encoder = std::move(encoder);
        options.options = std::move(encoderOptions);
    }

    const char *name;
    EncoderOptions options;
};

/// Names a test whose parameter has a name.
constexpr auto kNameOfTest = [](const auto &info) { return std::string(info.param.name); };

/// Plays \a stream and expects all of \a expected, in order, and no failure.
void compare(const Stream &stream, const std::vector<std::string> &expected,
             const PlayOptions &options);

/// One thread, into surfaces of each kind.
void compareEverySurface(const Stream &stream, const std::vector<std::string> &expected);

/// As many threads as are common, into surfaces of which chroma is copied.
void compareEveryThreadCount(const Stream &stream, const std::vector<std::string> &expected);

/// Plays \a stream in all these ways and expects what libavcodec alone decodes.
void expectExact(const Stream &stream);

/// Calls \a each with every vector of a codec; skips the test where there are none.
void forEachVector(const std::string &folder,
                   const std::function<void(const std::filesystem::path &)> &each);

/// What is done to a request before the engine sees it.
using Damage = std::function<void(v4l2decode::StatelessPicture &)>;

/// Plays \a stream with \a damage done to it, and then whole with the same session, which
/// has to deliver \a expected as if nothing had been. \a options.edit is not used.
void expectRecovery(const Stream &stream, const std::vector<std::string> &expected,
                    PlayOptions options, const Damage &damage);

/// Does that @p rounds times: each has its own damage, a kind of surface and a number of
/// threads. In the first @p ahead of each @p of rounds the client works ahead.
void expectRecoveries(const EncoderOptions &options, unsigned rounds, unsigned ahead, unsigned of,
                      const std::function<Damage(unsigned seed)> &damageOf);

} // namespace daedalus::test
