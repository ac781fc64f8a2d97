// SPDX-License-Identifier: BSD-2-Clause
#include "client.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

#include "temporary_folder.h"

namespace daedalus::conformance {

namespace {

/// The first start looks at every plugin there is.
constexpr std::chrono::seconds kInspectLimit{180};

/// Bytes of a frame that may be written byte by byte.
constexpr uint64_t kTinyFrame = 4096;

struct Element {
    const char *codec;
    const char *name;
};

constexpr std::array<Element, 6> kElements{{{"h264", "v4l2slh264dec"},
                                            {"hevc", "v4l2slh265dec"},
                                            {"vp8", "v4l2slvp8dec"},
                                            {"vp9", "v4l2slvp9dec"},
                                            {"av1", "v4l2slav1dec"},
                                            {"mpeg2", "v4l2slmpeg2dec"}}};

std::string elementFor(const std::string &codec)
{
    for (const Element &element : kElements) {
        if (codec == element.codec) {
            return element.name;
        }
    }
    return {};
}

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
    TemporaryFolder folder_;
};

class GStreamerClient : public Client {
public:
    std::optional<std::string> unavailable() override
    {
        for (const Element &element : kElements) {
            const auto ended =
                runProcess({{"gst-inspect-1.0", "--exists", element.name}, {}}, kInspectLimit,
                           [](std::span<const uint8_t> /*bytes*/) { return true; });
            if (!ended) {
                return ended.error().what();
            }
            if (ended->status == 0) {
                elements_.insert(element.name);
            }
        }
        if (elements_.empty()) {
            return "GStreamer has no v4l2sl* elements here: is the module loaded, and "
                   "gstreamer1.0-plugins-bad installed?";
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
        if (!stream.info.is420 || !elements_.contains(elementFor(stream.info.codec))) {
            attempt.refused = true;
            return attempt;
        }
        const auto ended =
            run(stream, format, expected.empty() ? 0 : expected[0].bytes, file, limit);
        if (!ended) {
            attempt.error = ended.error().what();
        } else if (ended->timedOut) {
            attempt.hung = true;
        } else if (ended->status != 0) {
            attempt.error = "gst-launch-1.0 ended with " + std::to_string(ended->status) + ": " +
                            errorLine(ended->errors);
        }
        attempt.frames = file.frames(expected);
        return attempt;
    }

    std::vector<uint8_t> samples(const Stream &stream, const std::string &format, uint64_t before,
                                 uint64_t bytes, std::chrono::seconds limit) override
    {
        const FrameFile file;
        (void)run(stream, format, bytes, file, limit);
        return file.part(before, bytes);
    }

private:
    /// @param frameSize bytes of a frame
    static Result<Ended> run(const Stream &stream, const std::string &format, uint64_t frameSize,
                             const FrameFile &file, std::chrono::seconds limit)
    {
        // Without --no-fault, gst-launch-1.0 waits for a debugger when it crashes.
        Command command{{"gst-launch-1.0", "-q", "--no-fault", "filesrc",
                         "location=" + stream.elementary, "!", "parsebin", "!"},
                        {}};
        const auto add = [&command](std::initializer_list<std::string> words) {
            command.arguments.insert(command.arguments.end(), words);
        };
        if (stream.info.codec == "vp8") {
            // The decoder does not see a change of size that the caps tell it first, which
            // those of IVF do, and those of WebM do not.
            add({"capssetter", "caps=video/x-vp8", "join=false", "replace=true", "!"});
        }
        add({elementFor(stream.info.codec), "!"});
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

    std::set<std::string> elements_;
};

} // namespace

std::unique_ptr<Client> makeGStreamerClient()
{
    return std::make_unique<GStreamerClient>();
}

} // namespace daedalus::conformance
