// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <variant>

#include <unistd.h>

#include "tools/common/exit_status.h"
#include "tools/v4l2-decode/decode_loop.h"
#include "tools/v4l2-decode/frame_output.h"
#include "tools/v4l2-decode/options.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"
#include "tools/v4l2-decode/request_decoder.h"

namespace {

using namespace daedalus;
using namespace daedalus::v4l2decode;

int report(const Error &error)
{
    std::fprintf(stderr, "v4l2-decode: %s\n", error.what().c_str());
    return error.code() == ENOTSUP ? tools::kExitNotSupported : tools::kExitSetup;
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
    return summary->badFrames + summary->streamErrors == 0 ? tools::kExitGood : tools::kExitBad;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const auto options = daedalus::v4l2decode::parseOptions(argc, argv);
        if (const int *status = std::get_if<int>(&options)) {
            return *status;
        }
        return decode(std::get<daedalus::v4l2decode::Options>(options));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "v4l2-decode: %s\n", error.what());
        return daedalus::tools::kExitSetup;
    }
}
