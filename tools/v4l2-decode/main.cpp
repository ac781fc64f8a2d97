// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <variant>

#include <unistd.h>

#include "decode_loop.h"
#include "elementary_stream.h"
#include "exit_status.h"
#include "frame_output.h"
#include "options.h"
#include "request_decoder.h"

namespace {

using namespace daedalus;

int report(const Error &error)
{
    std::fprintf(stderr, "v4l2-decode: %s\n", error.what().c_str());
    return error.code() == ENOTSUP ? kExitNotSupported : kExitDevice;
}

int decode(const Options &options)
{
    auto stream = ElementaryStream::open(options.input);
    if (!stream) {
        return report(stream.error());
    }
    auto decoder = RequestDecoder::open(options);
    if (!decoder) {
        return report(decoder.error());
    }
    auto output = FrameOutput::create(options);
    if (!output) {
        return report(output.error());
    }
    DecodeLoop loop(options, *stream, **decoder, **output);
    const auto summary = loop.run();
    if (::isatty(STDERR_FILENO) != 0) {
        std::fprintf(stderr, "\r");
    }
    if (options.timing) {
        std::fprintf(stderr, "%s\n", loop.latencies().summary().c_str());
    }
    if (!summary) {
        return report(summary.error());
    }
    std::fprintf(stderr, "%llu frames, %llu with errors; %llu damaged parts of the stream\n",
                 static_cast<unsigned long long>(summary->frames),
                 static_cast<unsigned long long>(summary->badFrames),
                 static_cast<unsigned long long>(summary->streamErrors));
    return summary->badFrames + summary->streamErrors == 0 ? kExitGood : kExitBadFrames;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const auto options = daedalus::parseOptions(argc, argv);
        if (const int *status = std::get_if<int>(&options)) {
            return *status;
        }
        return decode(std::get<daedalus::Options>(options));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "v4l2-decode: %s\n", error.what());
        return daedalus::kExitDevice;
    }
}
