// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/client.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "tools/common/statistics_file.h"

namespace daedalus::conformance {

namespace {

/// The first start looks at every plugin there is.
constexpr std::chrono::seconds kInspectLimit{180};

/// Bytes of a frame that may be written byte by byte.
constexpr uint64_t kTinyFrame = 4096;

struct Element {
    const char *codec;
    const char *v4l2;
    const char *va;
};

constexpr std::array<Element, 6> kElements{{{"h264", "v4l2slh264dec", "vah264dec"},
                                            {"hevc", "v4l2slh265dec", "vah265dec"},
                                            {"vp8", "v4l2slvp8dec", "vavp8dec"},
                                            {"vp9", "v4l2slvp9dec", "vavp9dec"},
                                            {"av1", "v4l2slav1dec", "vaav1dec"},
                                            {"mpeg2", "v4l2slmpeg2dec", "vampeg2dec"}}};

/// Where videocodectestsink writes: it takes regular files only.
class FrameFile {
public:
    [[nodiscard]] std::string path() const { return folder_.file("frames"); }

    /// Frames of the sizes that are expected; what is left over is one more of its own.
    [[nodiscard]] FrameList frames(const FrameList &expected) const
    {
        FrameList result;
        std::ifstream file(path(), std::ios::binary);
        std::vector<uint8_t> samples;
        while (file) {
            const size_t next = result.size();
            const uint64_t size = expected.empty()         ? 1
                                  : next < expected.size() ? expected[next].bytes
                                                           : expected.back().bytes;
            samples.resize(size);
            file.read(reinterpret_cast<char *>(samples.data()), static_cast<std::streamsize>(size));
            if (file.gcount() > 0) {
                result.push_back(hashFrame({samples.data(), static_cast<size_t>(file.gcount())}));
            }
            if (next > expected.size()) {
                break;
            }
        }
        return result;
    }

    [[nodiscard]] std::vector<uint8_t> part(uint64_t before, uint64_t bytes) const
    {
        std::ifstream file(path(), std::ios::binary);
        file.seekg(static_cast<std::streamoff>(before));
        std::vector<uint8_t> result(bytes);
        file.read(reinterpret_cast<char *>(result.data()), static_cast<std::streamsize>(bytes));
        result.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
        return result;
    }

private:
    tools::TemporaryFolder folder_;
};

class GStreamerClient : public Client {
public:
    /// @param backend of the VA-API driver; empty: V4L2
    explicit GStreamerClient(std::string backend) : backend_(std::move(backend)) {}

    std::optional<std::string> unavailable() override
    {
        for (const Element &element : kElements) {
            const auto ended =
                runProcess({{"gst-inspect-1.0", "--exists", nameOf(element)}, environment()},
                           kInspectLimit, [](std::span<const uint8_t> /*bytes*/) { return true; });
            if (!ended) {
                return ended.error().what();
            }
            if (ended->status == 0) {
                elements_[element.codec] = nameOf(element);
            }
        }
        if (elements_.empty()) {
            return backend_.empty()
                       ? "GStreamer has no v4l2sl* elements here: is the module loaded, and "
                         "gstreamer1.0-plugins-bad installed?"
                       : "GStreamer has no va*dec elements here: does vainfo find our driver, "
                         "and is gstreamer1.0-plugins-bad installed?";
        }
        return std::nullopt;
    }

    [[nodiscard]] std::vector<std::string> formats(const StreamInfo &info) const override
    {
        return info.depth > 8 ? std::vector<std::string>{"p010"}
                              : std::vector<std::string>{"nv12", "i420"};
    }

    [[nodiscard]] bool wantsElementary() const override { return true; }

    Attempt decode(const Stream &stream, const std::string &format, const FrameList &expected,
                   std::chrono::seconds limit) override
    {
        const FrameFile file;
        Attempt attempt;
        if (!stream.info.is420 || !elements_.contains(stream.info.codec)) {
            attempt.refused = true;
            return attempt;
        }
        const uint64_t frameSize = expected.empty() ? 0 : expected[0].bytes;
        const tools::StatisticsFile statistics;
        const auto ended = run(stream, format, frameSize, file, statistics, limit);
        if (!ended) {
            attempt.error = ended.error().what();
        } else if (ended->timedOut) {
            attempt.hung = true;
        } else if (ended->status != 0) {
            attempt.error = "gst-launch-1.0 ended with " + std::to_string(ended->status) + ": " +
                            errorLine(ended->errors);
        } else if (!backend_.empty()) {
            attempt.statistics = statistics.read();
            attempt.error = whyNotDecoded(attempt.statistics, backend_, stream.pictures);
        }
        attempt.frames = file.frames(expected);
        return attempt;
    }

    std::vector<uint8_t> samples(const Stream &stream, const std::string &format, uint64_t before,
                                 uint64_t bytes, std::chrono::seconds limit) override
    {
        const FrameFile file;
        const tools::StatisticsFile statistics;
        (void)run(stream, format, bytes, file, statistics, limit);
        return file.part(before, bytes);
    }

private:
    [[nodiscard]] const char *nameOf(const Element &element) const
    {
        return backend_.empty() ? element.v4l2 : element.va;
    }

    [[nodiscard]] std::map<std::string, std::string> environment() const
    {
        if (backend_.empty()) {
            return {};
        }
        // GStreamer registers the drivers only that it knows.
        return {{"GST_VA_ALL_DRIVERS", "1"}, {"DAEDALUS_BACKEND", backend_}};
    }

    /// @param frameSize bytes of a frame
    Result<Ended> run(const Stream &stream, const std::string &format, uint64_t frameSize,
                      const FrameFile &file, const tools::StatisticsFile &statistics,
                      std::chrono::seconds limit) const
    {
        // Without --no-fault, gst-launch-1.0 waits for a debugger when it crashes.
        Command command{{"gst-launch-1.0", "-q", "--no-fault", "filesrc",
                         "location=" + stream.elementary, "!", "parsebin", "!"},
                        environment()};
        command.environment["DAEDALUS_STATS"] = statistics.path();
        const auto add = [&command](std::initializer_list<std::string> words) {
            command.arguments.insert(command.arguments.end(), words);
        };
        if (stream.info.codec == "vp8" && backend_.empty()) {
            // The decoder does not see a change of size that the caps tell it first, which
            // those of IVF do, and those of WebM do not.
            add({"capssetter", "caps=video/x-vp8", "join=false", "replace=true", "!"});
        }
        add({elements_.at(stream.info.codec), "!"});
        if (format == "p010") {
            // The sink does not know P010,
            add({"video/x-raw,format=P010_10LE", "!", "videoconvert", "dither=none",
                 "chroma-mode=none", "!", "video/x-raw,format=I420_10LE", "!"});
        } else if (format == "nv12" && frameSize > kTinyFrame) {
            // and writes every chroma sample of NV12 on its own. (But videoconvert repeats
            // the first of pictures that are one row high.)
            add({"video/x-raw,format=NV12", "!", "videoconvert", "!", "video/x-raw,format=I420",
                 "!"});
        } else {
            add({"video/x-raw,format=" + std::string(format == "nv12" ? "NV12" : "I420"), "!"});
        }
        add({"videocodectestsink", "sync=false", "location=" + file.path()});
        return runProcess(command, limit, [](std::span<const uint8_t> /*bytes*/) { return true; });
    }

    static std::string errorLine(const std::string &text)
    {
        const auto start = text.find("ERROR");
        return start == std::string::npos ? lastLine(text)
                                          : text.substr(start, text.find('\n', start) - start);
    }

    std::string backend_;
    std::map<std::string, std::string> elements_; ///< those that there are, by codec
};

} // namespace

std::unique_ptr<Client> makeGStreamerClient()
{
    return std::make_unique<GStreamerClient>(std::string());
}

std::unique_ptr<Client> makeGStreamerVaClient(const std::string &backend)
{
    return std::make_unique<GStreamerClient>(backend);
}

} // namespace daedalus::conformance
