// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/options.h"

#include <charconv>
#include <functional>

#include <CLI/CLI.hpp>

#include "tools/common/exit_status.h"

namespace daedalus::play {
namespace {

constexpr const char *kDescription =
    "Plays video files through VA-API without copying a picture: each decoded surface becomes a\n"
    "texture as it is. Several files are shown side by side. There is no sound.";

constexpr const char *kFooter =
    "Before it plays, it tries out which surfaces this machine's EGL really shows, and how, and\n"
    "prints what it found. A surface is imported once and then shows one picture after another:\n"
    "while a file plays, nothing is imported and nothing uploaded.\n"
    "\n"
    "Outputs: wayland (a window), kms (a whole screen, where no display server runs) and\n"
    "offscreen; auto takes offscreen where a PNG, a sheet, statistics or a list is asked for, "
    "else\n"
    "wayland where WAYLAND_DISPLAY is set, else kms. Offscreen plays as fast as it goes, unless\n"
    "--timed.\n"
    "\n"
    "Examples:\n"
    "  daedalus-play film.mkv\n"
    "  daedalus-play --osd --loop one.mp4 two.webm three.mkv four.mkv\n"
    "  daedalus-play --contact-sheet sheet.png film.mkv\n"
    "  daedalus-play --stats - --output offscreen film.mkv\n"
    "\n"
    "Exit status: 0 played, 1 a file could not be played to its end, 2 usage, 3 there is no\n"
    "device or output, or EGL does not show the driver's surfaces.\n"
    "\n"
    "The driver's own settings (DAEDALUS_BACKEND and others) are environment variables.";

/// "1280x720"
std::optional<PixelSize> parseSize(const std::string &text)
{
    PixelSize size;
    const char *end = text.data() + text.size();
    const auto width = std::from_chars(text.data(), end, size.width);
    if (width.ec != std::errc() || width.ptr == end || *width.ptr != 'x') {
        return std::nullopt;
    }
    const auto height = std::from_chars(width.ptr + 1, end, size.height);
    if (height.ec != std::errc() || height.ptr != end || size.width < 1 || size.height < 1) {
        return std::nullopt;
    }
    return size;
}

std::string checkSize(const std::string &text, int largest)
{
    const auto size = parseSize(text);
    return size && size->width <= largest && size->height <= largest
               ? std::string()
               : text + " is no size such as 1280x720 of at most " + std::to_string(largest);
}

struct Texts {
    std::string size;
    std::string sheetGrid;
    bool timed = false;
};

/// Words and what they stand for.
template <typename T>
using Words = std::vector<std::pair<std::string, T>>;

template <typename T>
void addWord(CLI::App &app, const std::string &name, const Words<T> &words,
             const std::function<void(T)> &set, const std::string &help)
{
    app.add_option_function<std::string>(
           name,
           [words, set](const std::string &text) {
               for (const auto &[word, value] : words) {
                   if (word == text) {
                       set(value);
                       return;
                   }
               }
               throw CLI::ValidationError(text, "is not known here, see --help");
           },
           help)
        ->type_name("NAME");
}

void addChoices(CLI::App &app, Options &options)
{
    addWord<OutputKind>(
        app, "--output,-o",
        {{"auto", OutputKind::Auto},
         {"wayland", OutputKind::Wayland},
         {"kms", OutputKind::Kms},
         {"offscreen", OutputKind::Offscreen}},
        [&options](OutputKind kind) { options.output = kind; }, "auto, wayland, kms or offscreen");
    addWord<tools::ImportMode>(
        app, "--import",
        {{"external", tools::ImportMode::OneImage}, {"planes", tools::ImportMode::Planes}},
        [&options](tools::ImportMode mode) { options.import = mode; },
        "Only external (one image that the driver converts), or only planes (an\n"
        "image a plane); default: external where that is right");
    app.add_option("--format", options.format, "Surfaces: nv12, i420, p010 or i010")
        ->check(CLI::IsMember({"nv12", "i420", "p010", "i010"}))
        ->type_name("NAME");
}

void addOptions(CLI::App &app, Options &options, Texts &texts)
{
    app.add_option("FILE", options.files, "Video files")->required();
    addChoices(app, options);
    app.add_option("--device", options.device, "DRM node to decode for and to draw with");
    app.add_option("--card", options.card, "Card node of the screen (kms)");
    app.add_option("--connector", options.connector, "Screen, such as HDMI-A-1 (kms)");
    app.add_option("--size", texts.size, "Of the window or the offscreen picture: 1280x720")
        ->check([](const std::string &text) { return checkSize(text, 8192); });
    app.add_flag("--loop", options.loop, "Begin again at the end");
    app.add_flag("--untimed", options.untimed, "Every picture, as fast as it goes");
    app.add_flag("--timed", texts.timed, "Each picture at its time, offscreen too");
    app.add_option("--frames", options.pictures, "End after so many composed pictures")
        ->check(CLI::PositiveNumber);
    app.add_flag("--osd", options.osd, "Show rate, drops, CPU and copies on the picture");
    app.add_option("--overlay", options.overlay, "PNG with transparency for the upper right corner")
        ->check(CLI::ExistingFile);
    app.add_option("--png", options.png, "Write a composed picture: the last one, or");
    app.add_option_function<uint64_t>(
           "--png-frame", [&options](const uint64_t &number) { options.pngPicture = number; },
           "this one, counted from 0")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--contact-sheet", options.sheet, "Write small pictures of the whole to a PNG");
    app.add_option("--sheet-grid", texts.sheetGrid, "Columns and rows of the sheet: 4x4")
        ->check([](const std::string &text) { return checkSize(text, 32); });
    app.add_option("--sheet-every", options.sheetEvery,
                   "Pictures from one on the sheet to the next")
        ->check(CLI::PositiveNumber);
    app.add_option("--stats", options.statistics, "Write statistics as JSON, - is stdout");
    app.add_option("--texture-list", options.textureList,
                   "Write size and MD5 of each picture as its textures show it (one file)");
    app.add_flag("--verbose,-v", options.verbose, "Print what was tried for all formats");
    app.add_flag("--quiet,-q", options.quiet, "Print errors only");
}

} // namespace

std::variant<Options, int> parseOptions(int argc, char **argv)
{
    Options options;
    Texts texts;
    CLI::App app{kDescription, "daedalus-play"};
    app.footer(kFooter);
    addOptions(app, options, texts);
    try {
        app.parse(argc, argv);
        if (!options.textureList.empty() && options.files.size() != 1) {
            throw CLI::ValidationError("--texture-list", "takes one file");
        }
        if (texts.timed && options.untimed) {
            throw CLI::ValidationError("--timed", "and --untimed exclude each other");
        }
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? tools::kExitGood : tools::kExitUsage;
    }
    options.size = parseSize(texts.size);
    options.sheetGrid = parseSize(texts.sheetGrid).value_or(options.sheetGrid);
    const bool wantsFile = !options.png.empty() || !options.sheet.empty() ||
                           !options.statistics.empty() || !options.textureList.empty();
    if (options.output == OutputKind::Auto && wantsFile) {
        options.output = OutputKind::Offscreen;
    }
    if (options.output == OutputKind::Offscreen && !texts.timed) {
        options.untimed = true;
    }
    return options;
}

} // namespace daedalus::play
