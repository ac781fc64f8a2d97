// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/client.h"

#include <set>
#include <sstream>

#include "tools/common/statistics_file.h"

namespace daedalus::conformance {

namespace {

constexpr std::chrono::seconds kVainfoLimit{30};

class VaClient : public Client {
public:
    VaClient(std::string backend, std::string device)
        : backend_(std::move(backend)), device_(std::move(device))
    {}

    std::optional<std::string> unavailable() override
    {
        std::ostringstream output;
        const auto ended = runProcess(
            {{"vainfo", "--display", "drm", "--device", device_}, {{"DAEDALUS_BACKEND", backend_}}},
            kVainfoLimit, [&output](std::span<const uint8_t> bytes) {
                output.write(reinterpret_cast<const char *>(bytes.data()),
                             static_cast<std::streamsize>(bytes.size()));
                return true;
            });
        if (!ended) {
            return ended.error().what();
        }
        readProfiles(output.str());
        const bool ours = output.str().find("Daedalus") != std::string::npos &&
                          output.str().find('(' + backend_) != std::string::npos;
        if (ended->status != 0 || !ours || profiles_.empty()) {
            return "vainfo does not find our driver on " + device_ + ": " + lastLine(ended->errors);
        }
        return std::nullopt;
    }

    [[nodiscard]] std::vector<std::string> formats(const StreamInfo &info) const override
    {
        // FFmpeg has no surfaces of I010, see docs/va-driver.md.
        return info.depth > 8 ? std::vector<std::string>{"p010"}
                              : std::vector<std::string>{"nv12", "i420"};
    }

    [[nodiscard]] Cropping cropping(const Stream &stream) const override
    {
        return stream.cutsLeftOrTop && offered(stream) ? Cropping::Ignored : Cropping::Applied;
    }

    Attempt decode(const Stream &stream, const std::string &format, const FrameList & /*expected*/,
                   std::chrono::seconds limit) override
    {
        return offered(stream) ? decodeHardware(stream, format, limit)
                               : decodeFallback(stream, limit);
    }

    std::vector<uint8_t> samples(const Stream &stream, const std::string &format, uint64_t before,
                                 uint64_t bytes, std::chrono::seconds limit) override
    {
        const tools::StatisticsFile statistics;
        return readExcerpt(hardwareCommand(stream, format, "rawvideo", statistics), limit, before,
                           bytes);
    }

private:
    void readProfiles(const std::string &text)
    {
        static constexpr std::string_view kPrefix = "VAProfile";
        std::istringstream lines(text);
        std::string line;
        while (std::getline(lines, line)) {
            const auto start = line.find(kPrefix);
            const auto end = line.find_first_of(" :", start);
            if (start != std::string::npos && end != std::string::npos &&
                line.find("VAEntrypointVLD") != std::string::npos) {
                profiles_.insert(line.substr(start + kPrefix.size(), end - start - kPrefix.size()));
            }
        }
    }

    [[nodiscard]] bool offered(const Stream &stream) const
    {
        return profiles_.contains(stream.info.vaProfile());
    }

    [[nodiscard]] Command hardwareCommand(const Stream &stream, const std::string &format,
                                          const std::string &muxer,
                                          const tools::StatisticsFile &statistics) const
    {
        Command command{{"ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", "-threads",
                         "1", "-hwaccel", "vaapi", "-hwaccel_device", device_,
                         "-hwaccel_output_format", "vaapi"},
                        {{"DAEDALUS_BACKEND", backend_},
                         {"DAEDALUS_SURFACE_FORMAT", format},
                         {"DAEDALUS_STATS", statistics.path()}}};
        if (stream.info.needsMismatch()) {
            append(command, {"-hwaccel_flags", "allow_profile_mismatch"});
        }
        if (stream.cutsLeftOrTop) {
            append(command, {"-flags2", "+ignorecrop"});
        }
        if (stream.info.codec == "av1") {
            // Other decoders of AV1 are preferred, and know software only.
            append(command, {"-c:v", "av1"});
        }
        // hwdownload takes nothing but surfaces: a decoder that fell back to software
        // cannot pass.
        append(command, {"-i", stream.file, "-map", "0:v:0", "-vf", download(format),
                         "-noautoscale", "-fps_mode", "passthrough", "-f", muxer, "-"});
        return command;
    }

    static void append(Command &command, std::initializer_list<std::string> arguments)
    {
        command.arguments.insert(command.arguments.end(), arguments);
    }

    static std::string download(const std::string &format)
    {
        // Only the order of samples is to change, and not their range.
        static const std::string kSame = ",scale=in_range=full:out_range=full";
        if (format == "nv12") {
            return "hwdownload,format=nv12" + kSame + ",format=yuv420p";
        }
        if (format == "p010") {
            return "hwdownload,format=p010le" + kSame + ",format=yuv420p10le";
        }
        return "hwdownload,format=yuv420p";
    }

    static Attempt collect(const Command &command, std::chrono::seconds limit)
    {
        Ended ended;
        Attempt attempt = collectFrames(command, limit, ended);
        if (attempt.error.empty() && !attempt.hung &&
            ended.errors.find("aedalus") != std::string::npos) {
            // Shown, and judged where nothing of ours may be seen.
            attempt.statistics["log"] = lastLine(ended.errors);
        }
        return attempt;
    }

    Attempt decodeHardware(const Stream &stream, const std::string &format,
                           std::chrono::seconds limit) const
    {
        const tools::StatisticsFile file;
        Attempt attempt = collect(hardwareCommand(stream, format, "framemd5", file), limit);
        if (const auto counted = file.read(); counted.is_object()) {
            attempt.statistics.update(counted);
        }
        if (!attempt.error.empty() || attempt.hung) {
            return attempt;
        }
        attempt.error = whyNotDecoded(attempt.statistics, backend_, stream.pictures);
        return attempt;
    }

    /// A profile that is not offered: ffmpeg, asked for VA-API, has to decode in software,
    /// and nobody has to see that we exist.
    Attempt decodeFallback(const Stream &stream, std::chrono::seconds limit) const
    {
        Attempt attempt = collect(
            {{"ffmpeg",    "-hide_banner", "-nostdin",  "-loglevel", "warning", "-threads",
              "1",         "-flags",       "unaligned", "-hwaccel",  "vaapi",   "-hwaccel_device",
              device_,     "-i",           stream.file, "-map",      "0:v:0",   "-noautoscale",
              "-fps_mode", "passthrough",  "-f",        "framemd5",  "-"},
             {{"DAEDALUS_BACKEND", backend_}}},
            limit);
        attempt.refused = true;
        if (attempt.error.empty() && attempt.statistics.contains("log")) {
            attempt.error = "an error that looks like ours: " + attempt.statistics["log"].dump();
        }
        return attempt;
    }

    std::string backend_;
    std::string device_;
    std::set<std::string> profiles_; ///< without VAProfile in front
};

} // namespace

std::unique_ptr<Client> makeVaClient(const std::string &backend, const std::string &device)
{
    return std::make_unique<VaClient>(backend, device);
}

} // namespace daedalus::conformance
