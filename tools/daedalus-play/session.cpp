// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/session.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "tools/daedalus-play/import_check.h"
#include "tools/daedalus-play/kms_display.h"
#include "tools/daedalus-play/layout.h"

namespace daedalus::play {
namespace {

constexpr PixelSize kDefaultSize{.width = 1280, .height = 720};
constexpr int kSheetTileWidth = 320;

OutputKind decideKind(OutputKind wanted)
{
    if (wanted != OutputKind::Auto) {
        return wanted;
    }
    const char *wayland = std::getenv("WAYLAND_DISPLAY");
    return wayland != nullptr && *wayland != '\0' ? OutputKind::Wayland : OutputKind::Kms;
}

/// How many pictures a file has, as far as it says; 0 where it does not.
uint64_t countOf(const VideoStream &stream)
{
    const AVStream &from = stream.source();
    if (from.nb_frames > 0) {
        return static_cast<uint64_t>(from.nb_frames);
    }
    return static_cast<uint64_t>(std::max(0.0, stream.duration() * stream.frameRate()));
}

} // namespace

Result<std::unique_ptr<Session>> Session::create(const Options &options)
{
    auto session = std::unique_ptr<Session>(new Session(options));
    session->kind_ = decideKind(options.output);
    using Step = Result<void> (Session::*)();
    for (const Step step : {&Session::findDevices, &Session::chooseSurfaces, &Session::makeOutput,
                            &Session::makeCompositor}) {
        if (auto done = (session.get()->*step)(); !done) {
            return tl::unexpected(done.error());
        }
    }
    return session;
}

Result<void> Session::findDevices()
{
    if (kind_ != OutputKind::Kms) {
        auto nodes = tools::findNodes(options_.device);
        if (!nodes) {
            return tl::unexpected(nodes.error());
        }
        nodes_ = std::move(*nodes);
        return {};
    }
    const std::string card = options_.card.empty() ? findCard() : options_.card;
    if (card.empty()) {
        return fail(ENODEV, "no card node with a connected screen may be opened; try --output "
                            "offscreen, or a Wayland session");
    }
    auto nodes = tools::findNodesOfCard(card);
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    nodes_ = std::move(*nodes);
    if (!options_.device.empty()) {
        nodes_.va = options_.device;
    }
    return {};
}

Result<void> Session::chooseSurfaces()
{
    const SurfaceChoice::Wishes wishes{.mode = options_.import, .format = options_.format};
    auto verdicts = checkImports(nodes_.egl, nodes_.va,
                                 [&wishes](const gbm::FormatInfo &format, tools::ImportMode mode) {
                                     return wishes.allow(format, mode);
                                 });
    if (!verdicts) {
        return tl::unexpected(verdicts.error());
    }
    auto egl = tools::EglDevice::open(nodes_.egl);
    if (!egl) {
        return tl::unexpected(egl.error());
    }
    egl_ = std::move(*egl);
    auto va = tools::VaDisplay::open(nodes_.va);
    if (!va) {
        return tl::unexpected(va.error());
    }
    va_ = std::move(*va);
    // What works with memory of one kind may crash the graphics driver with that of another.
    if (verdicts->vendor != va_->vendor()) {
        return fail(EAGAIN, "surfaces are of another kind (" + va_->vendor() +
                                ") than when they were tried (" + verdicts->vendor +
                                "): play again, or choose one with DAEDALUS_SURFACE_PROVIDER");
    }
    choice_ = std::make_unique<SurfaceChoice>(std::move(verdicts->list), va_->vendor(), wishes);
    if (choice_->usable()) {
        return {};
    }
    std::string reasons;
    for (const std::string &line : choice_->report()) {
        reasons += "\n  " + line;
    }
    return fail(ENOTSUP, egl_->renderer() + " on " + nodes_.egl +
                             " shows no surface of the driver (" + va_->vendor() + "):" + reasons +
                             "\nSurfaces have to be memory that this node can import: see "
                             "DAEDALUS_SURFACE_PROVIDER and --device, and docs/surfaces.md.");
}

Result<void> Session::makeOutput()
{
    const PixelSize size = options_.size.value_or(kDefaultSize);
    if (kind_ == OutputKind::Offscreen) {
        auto canvas = Canvas::create(size);
        if (!canvas) {
            return tl::unexpected(canvas.error());
        }
        output_ = makeOffscreenOutput(std::move(*canvas));
        return {};
    }
    auto output = kind_ == OutputKind::Kms ? makeKmsOutput(*egl_, options_.connector)
                                           : makeWaylandOutput(*egl_, size);
    if (!output) {
        return tl::unexpected(output.error());
    }
    output_ = std::move(*output);
    return {};
}

Result<void> Session::makeCompositor()
{
    auto compositor = Compositor::create(*egl_, *choice_, options_.files.size());
    if (!compositor) {
        return tl::unexpected(compositor.error());
    }
    compositor_ = std::move(*compositor);
    if (options_.overlay.empty()) {
        return {};
    }
    const auto picture = readPng(options_.overlay);
    if (!picture) {
        return tl::unexpected(picture.error());
    }
    auto overlay = Overlay::create(*picture);
    if (!overlay) {
        return tl::unexpected(overlay.error());
    }
    compositor_->setOverlay(std::move(*overlay));
    return {};
}

Result<std::vector<std::unique_ptr<VideoStream>>> Session::openStreams()
{
    const FormatChoice choose = [this](unsigned bitDepth) { return choice_->formatFor(bitDepth); };
    std::vector<std::unique_ptr<VideoStream>> streams;
    for (const std::string &file : options_.files) {
        auto stream = VideoStream::open(file, va_, choose, {.loop = options_.loop});
        if (!stream) {
            return tl::unexpected(stream.error());
        }
        streams.push_back(std::move(*stream));
    }
    return streams;
}

Result<std::vector<std::unique_ptr<Observer>>> Session::makeObservers(const VideoStream &first)
{
    std::vector<std::unique_ptr<Observer>> observers;
    if (!options_.png.empty()) {
        observers.push_back(makeScreenshot(options_.png, options_.pngPicture));
    }
    if (!options_.sheet.empty()) {
        SheetShape shape;
        shape.columns = options_.sheetGrid.width;
        shape.rows = options_.sheetGrid.height;
        const PixelSize size = options_.size.value_or(kDefaultSize);
        shape.tile = {.width = kSheetTileWidth,
                      .height = std::max(1, kSheetTileWidth * size.height / size.width)};
        const auto tiles = static_cast<uint64_t>(shape.columns * shape.rows);
        shape.every = options_.sheetEvery != 0 ? options_.sheetEvery
                                               : std::max<uint64_t>(1, countOf(first) / tiles);
        auto sheet = makeContactSheet(options_.sheet, shape);
        if (!sheet) {
            return tl::unexpected(sheet.error());
        }
        observers.push_back(std::move(*sheet));
    }
    if (!options_.textureList.empty()) {
        auto list = makeTextureList(options_.textureList);
        if (!list) {
            return tl::unexpected(list.error());
        }
        observers.push_back(std::move(*list));
    }
    return observers;
}

} // namespace daedalus::play
