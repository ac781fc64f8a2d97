// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/collection.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace daedalus::conformance {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kRemuxLimit{120};

struct Elementary {
    const char *codec;
    const char *extension;
    const char *muxer;
};

constexpr std::array<Elementary, 6> kElementary{{{"h264", ".264", "h264"},
                                                 {"hevc", ".265", "hevc"},
                                                 {"mpeg2", ".m2v", "mpeg2video"},
                                                 {"vp8", ".ivf", "ivf"},
                                                 {"vp9", ".ivf", "ivf"},
                                                 {"av1", ".ivf", "ivf"}}};

const Elementary &elementaryOf(const std::string &codec)
{
    return *std::find_if(kElementary.begin(), kElementary.end(),
                         [&codec](const Elementary &entry) { return codec == entry.codec; });
}

/// ffmpeg applies what a stream says about its left and top edge; only H.264 and HEVC can.
bool cutsLeftOrTop(const std::string &file, const StreamInfo &info)
{
    if ((info.codec != "h264" && info.codec != "hevc") || !info.is420) {
        return false;
    }
    // The frame's crop fields are gone when cropping was applied: compare the first frame's
    // corner with and without.
    tools::Picture cropped;
    tools::Picture whole;
    const auto first = [](tools::Picture &picture) {
        return [&picture](tools::Picture &&frame) {
            picture = std::move(frame);
            return false;
        };
    };
    (void)decodeSoftware(file, Cropping::Applied, first(cropped));
    (void)decodeSoftware(file, Cropping::Ignored, first(whole));
    if (cropped.width == whole.width && cropped.height == whole.height) {
        return false;
    }
    for (uint32_t y = 0; y < cropped.height; ++y) {
        for (uint32_t x = 0; x < cropped.width; ++x) {
            if (cropped.at8(0, x, y) != whole.at8(0, x, y)) {
                return true;
            }
        }
    }
    return false;
}

Result<std::string> makeElementary(const std::string &file, const StreamInfo &info,
                                   const std::string &scratch, size_t number)
{
    const Elementary &kind = elementaryOf(info.codec);
    const auto extension = fs::path(file).extension();
    const std::string out = scratch + "/stream" + std::to_string(number) + kind.extension;
    const auto ended =
        runProcess({{"ffmpeg", "-v", "error", "-nostdin", "-y", "-i", file, "-map", "0:v:0", "-c",
                     "copy", "-f", kind.muxer, out},
                    {}},
                   kRemuxLimit, [](std::span<const uint8_t> /*bytes*/) { return true; });
    if (!ended) {
        return tl::unexpected(ended.error());
    }
    if (ended->status != 0) {
        return fail(EIO, "no elementary stream: " + lastLine(ended->errors));
    }
    return out;
}

class Collector {
public:
    Collector(const Options &options, const std::string &scratch)
        : options_(options), scratch_(scratch)
    {}

    Result<Collection> run()
    {
        if (!options_.index.empty()) {
            if (auto result = readIndex(); !result) {
                return tl::unexpected(result.error());
            }
        }
        for (const std::string &input : options_.inputs) {
            std::error_code error;
            if (fs::is_directory(input, error)) {
                addFolder(input);
            } else {
                addFile(input);
            }
        }
        return std::move(collection_);
    }

private:
    void addFolder(const std::string &folder)
    {
        std::vector<std::string> files;
        std::error_code error;
        for (fs::recursive_directory_iterator at(
                 folder, fs::directory_options::follow_directory_symlink, error);
             at != fs::recursive_directory_iterator(); at.increment(error)) {
            if (at->is_regular_file(error)) {
                files.push_back(at->path().string());
            }
        }
        std::sort(files.begin(), files.end());
        for (const std::string &file : files) {
            addFile(file);
        }
    }

    void addFile(const std::string &file)
    {
        const auto info = probeStream(file);
        if (!info) {
            collection_.skipped.push_back(file + ": " + info.error().what());
            return;
        }
        if (!wanted(info->codec, fs::path(file).stem().string())) {
            return;
        }
        Stream stream;
        stream.name = fs::path(file).filename().string();
        stream.file = file;
        stream.info = *info;
        stream.cutsLeftOrTop = cutsLeftOrTop(file, *info);
        auto elementary = makeElementary(file, *info, scratch_, collection_.streams.size());
        if (!elementary) {
            collection_.skipped.push_back(file + ": " + elementary.error().what());
            return;
        }
        stream.elementary = *elementary;
        collection_.streams.push_back(std::move(stream));
    }

    /// See tests/streams/prepare for the columns.
    Result<void> readIndex()
    {
        enum Column : size_t { kName, kKind, kCodec, kFrames, kPictures, kFile, kDepth, kColumns };
        std::ifstream index(options_.index);
        if (!index) {
            return fail(ENOENT, options_.index + ": cannot be read");
        }
        std::string line;
        while (std::getline(index, line)) {
            std::vector<std::string> columns;
            std::istringstream fields(line);
            std::string field;
            while (std::getline(fields, field, '\t')) {
                columns.push_back(field);
            }
            if (columns.size() < kColumns) {
                return fail(EINVAL, options_.index + ": is not an index of streams");
            }
            const bool kind =
                options_.kinds.empty() || std::find(options_.kinds.begin(), options_.kinds.end(),
                                                    columns[kKind]) != options_.kinds.end();
            if (kind && wanted(columns[kCodec], columns[kName])) {
                addIndexed(columns[kName], columns[kFile], columns[kPictures]);
            }
        }
        return {};
    }

    void addIndexed(const std::string &name, const std::string &file, const std::string &pictures)
    {
        const auto info = probeStream(file);
        if (!info) {
            collection_.skipped.push_back(file + ": " + info.error().what());
            return;
        }
        const std::string base = fs::path(options_.index).parent_path().string() + '/' + name;
        Stream stream;
        stream.name = name;
        stream.file = file;
        stream.info = *info;
        stream.elementary = base + elementaryOf(info->codec).extension;
        stream.expectedFile = base + ".frames";
        stream.expectedElementaryFile = base + ".es-frames";
        if (!fs::exists(stream.expectedElementaryFile)) {
            stream.expectedElementaryFile = stream.expectedFile;
        }
        if (fs::exists(base + ".va-frames")) {
            stream.cutsLeftOrTop = true;
            stream.expectedWholeFile = base + ".va-frames";
        }
        if (pictures != "-") {
            stream.pictures = std::strtoull(pictures.c_str(), nullptr, 10);
        }
        collection_.streams.push_back(std::move(stream));
    }

    [[nodiscard]] bool wanted(const std::string &codec, const std::string &name) const
    {
        const auto &codecs = options_.codecs;
        const auto &names = options_.names;
        if (std::find(options_.skip.begin(), options_.skip.end(), name) != options_.skip.end()) {
            return false;
        }
        return (codecs.empty() || std::find(codecs.begin(), codecs.end(), codec) != codecs.end()) &&
               (names.empty() || std::any_of(names.begin(), names.end(), [&name](const auto &part) {
                    return name.find(part) != std::string::npos;
                }));
    }

    const Options &options_;
    const std::string &scratch_;
    Collection collection_;
};

} // namespace

Result<Collection> collect(const Options &options, const std::string &scratch)
{
    return Collector(options, scratch).run();
}

} // namespace daedalus::conformance
