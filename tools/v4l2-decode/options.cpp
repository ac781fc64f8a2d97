// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/options.h"

#include <CLI/CLI.hpp>

#include <linux/videodev2.h>

#include <map>

#include "daedalus_v4l2_proto.h"
#include "tools/common/exit_status.h"

namespace daedalus::v4l2decode {

namespace {

constexpr const char *kDescription =
    "Decodes a stream through a stateless V4L2 decoder (request API) and writes, hashes or\n"
    "discards the frames. Streams: elementary streams with start codes (Annex B and the like),\n"
    "VP8, VP9 and AV1 in IVF, AV1 as OBUs.";

constexpr const char *kFooter =
    "Frames are written and hashed in display order, cropped to the visible rectangle, as planar\n"
    "yuv420p or yuv420p10le without padding, whatever the CAPTURE format is. So the hashes are\n"
    "those of\n"
    "  ffmpeg -threads 1 -flags unaligned -i FILE -noautoscale -f framemd5 -   (or -f md5)\n"
    "\n"
    "Exit status: 0 all frames are good, 1 some frames or parts of the stream had errors\n"
    "(counted on stderr), 2 usage, 3 the device, the file or the output failed, 4 the stream is\n"
    "of a kind that is not supported.";

const std::map<std::string, uint32_t> kFormats{{"auto", 0},
                                               {"nv12", V4L2_PIX_FMT_NV12},
                                               {"nm12", V4L2_PIX_FMT_NV12M},
                                               {"yu12", V4L2_PIX_FMT_YUV420},
                                               {"ym12", V4L2_PIX_FMT_YUV420M},
                                               {"p010", V4L2_PIX_FMT_P010},
                                               {"i010", DAEDALUS_PIX_FMT_I010}};
const std::map<std::string, v4l2::V4l2Memory> kMemories{{"mmap", v4l2::V4l2Memory::Mmap},
                                                        {"dmabuf", v4l2::V4l2Memory::DmaBuf}};

} // namespace

std::variant<Options, int> parseOptions(int argc, char **argv)
{
    Options options;
    std::string format = "auto";
    std::string memory = "mmap";
    bool md5 = false;
    bool frameMd5 = false;
    unsigned timeoutMs = static_cast<unsigned>(options.timeout.count());
    CLI::App app{kDescription, "v4l2-decode"};
    app.footer(kFooter);
    app.add_option("--device", options.device,
                   "Video node; default: the one of the daedalus_v4l2 driver");
    app.add_option("--memory", memory, "Buffers: mmap (the driver's) or dmabuf (ours)")
        ->check(CLI::IsMember(kMemories))
        ->capture_default_str();
    app.add_option("--format", format,
                   "CAPTURE format: nv12, nm12, yu12 or ym12 for 8-bit streams, p010 or i010 for\n"
                   "10-bit ones; auto: nv12 or p010")
        ->check(CLI::IsMember(kFormats))
        ->capture_default_str();
    app.add_option("--in-flight", options.inFlight, "Requests that are submitted at once")
        ->check(CLI::Range(1, 32))
        ->capture_default_str();
    auto *output = app.add_option_group("output", "What to do with frames (default: nothing)");
    output->add_flag("--md5", md5, "Print one MD5 of all frames, as ffmpeg -f md5");
    output->add_flag("--framemd5", frameMd5, "Print the MD5 of each frame, as ffmpeg -f framemd5");
    const auto *file = output->add_option("--output,-o", options.outputPath,
                                          "Write frames to a file, - is stdout");
    output->require_option(0, 1);
    app.add_flag("--raw-order", options.decodeOrder,
                 "Frames in decode order, hidden ones too, as soon as they are done");
    app.add_flag("--timing", options.timing,
                 "Time from submission to completion of each request, and percentiles, on stderr");
    app.add_option("--frames", options.frames, "Stop after so many frames");
    app.add_option("--repeat", options.repeat, "Decode the file so many times")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seek", options.seek,
                   "After so many requests stop streaming with requests in flight, as a player\n"
                   "does to seek, and start over, once");
    app.add_option("--timeout", timeoutMs, "Milliseconds to wait for a request at most")
        ->check(CLI::Range(1, 3600000))
        ->capture_default_str();
    app.add_option("FILE", options.input, "The stream")->required()->check(CLI::ExistingFile);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? tools::kExitGood : tools::kExitUsage;
    }
    options.captureFormat = kFormats.at(format);
    options.memory = kMemories.at(memory);
    options.timeout = std::chrono::milliseconds(timeoutMs);
    if (md5) {
        options.output = OutputKind::Md5;
    } else if (frameMd5) {
        options.output = OutputKind::FrameMd5;
    } else if (file->count() > 0) {
        options.output = OutputKind::File;
    }
    return options;
}

} // namespace daedalus::v4l2decode
