// SPDX-License-Identifier: BSD-2-Clause
#include "engine_player.h"

#include <cstring>

#include <gtest/gtest.h>
#include <linux/videodev2.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame_list.h"
#include "h264_parser.h"
#include "libav_handles.h"
#include "vp9_parser.h"

namespace daedalus::test {
namespace {

std::shared_ptr<DmaBufMapping> mapMemory(size_t size)
{
    const UniqueFd fd(::memfd_create("engine-test", MFD_CLOEXEC));
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
        return nullptr;
    }
    auto mapping = DmaBufMapping::map(fd.get(), 0, CpuAccess::ReadWrite);
    if (!mapping) {
        return nullptr;
    }
    std::memset((*mapping)->data(), 0xa5, size);
    return *mapping;
}

SurfaceLayout tightLayout(const FormatInfo &format, uint32_t width, uint32_t height)
{
    SurfaceLayout layout;
    layout.format = &format;
    layout.width = width;
    layout.height = height;
    layout.alignedHeight = height;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        layout.stride[plane] = format.rowBytes(plane, width);
        layout.offset[plane] = static_cast<uint32_t>(layout.size);
        layout.size += layout.planeSize(plane);
    }
    return layout;
}

class Player {
public:
    Player(uint32_t codec, const PlayOptions &options) : options_(options)
    {
        auto session = DecodeSession::create(
            codec, {.threads = options.threads,
                    .logger = std::make_shared<spdlog::logger>(
                        "test", std::make_shared<spdlog::sinks::null_sink_mt>())});
        if (session) {
            session_ = std::move(*session);
        } else {
            ADD_FAILURE() << session.error().what();
        }
    }

    void handle(const SequenceStart & /*sequence*/) {}

    void handle(StatelessPicture &picture)
    {
        if (options_.edit) {
            options_.edit(picture);
        }
        auto &[surface, size] = surfaces_[picture.timestamp];
        if (!picture.secondField) {
            surface = takeSurface(picture);
            size = {picture.codedWidth, picture.codedHeight};
        }
        if (!session_ || !surface) {
            ADD_FAILURE() << "no session or no surface";
            return;
        }
        unsigned completions = 0;
        session_->submit({.controls = picture.controls,
                          .bitstream = picture.bitstream,
                          .target = surface,
                          .codedWidth = picture.codedWidth,
                          .codedHeight = picture.codedHeight,
                          .timestamp = picture.timestamp},
                         [&](const DecodeResult &result) {
                             ++completions;
                             played_.results.push_back(result);
                         });
        session_->drain();
        EXPECT_EQ(completions, 1U);
    }

    void handle(const ShowPicture &show)
    {
        const auto found = surfaces_.find(show.timestamp);
        if (found == surfaces_.end() || !found->second.memory) {
            ADD_FAILURE() << "shown, but not decoded";
            return;
        }
        played_.frames.push_back(describeSurface(*found->second.memory, show.visible));
    }

    void handle(const ReleasePicture &release)
    {
        const auto found = surfaces_.find(release.timestamp);
        if (found != surfaces_.end()) {
            idle_[found->second.size].push_back(std::move(found->second.memory));
            surfaces_.erase(found);
        }
    }

    void handle(const StreamError &error) { played_.streamErrors.push_back(error.what); }

    Played finish() { return std::move(played_); }

private:
    using Size = std::pair<uint32_t, uint32_t>; ///< coded width and height
    struct Surface {
        std::shared_ptr<const FrameBuffer> memory;
        Size size;
    };

    std::shared_ptr<const FrameBuffer> takeSurface(const StatelessPicture &picture)
    {
        auto &idle = idle_[{picture.codedWidth, picture.codedHeight}];
        if (idle.empty()) {
            return makeSurface(options_.surfaces, picture.codedWidth, picture.codedHeight);
        }
        auto surface = std::move(idle.back());
        idle.pop_back();
        return surface;
    }

    static std::string describeSurface(const FrameBuffer &surface, const VisibleRect &visible)
    {
        const bool semiPlanar = surface.format().semiPlanar();
        const uint32_t step = semiPlanar ? 2 : 1;
        const size_t luma = size_t{visible.top} * surface.stride(0) + visible.left;
        const size_t chroma =
            size_t{visible.top / 2} * surface.stride(1) + size_t{visible.left / 2} * step;
        return describe({.y = surface.data(0) + luma,
                         .u = surface.data(1) + chroma,
                         .v = semiPlanar ? surface.data(1) + chroma + 1 : surface.data(2) + chroma,
                         .lumaStride = surface.stride(0),
                         .chromaStride = surface.stride(1),
                         .chromaStep = step,
                         .width = visible.width,
                         .height = visible.height});
    }

    PlayOptions options_;
    std::unique_ptr<DecodeSession> session_;
    std::map<uint64_t, Surface> surfaces_;
    std::map<Size, std::vector<std::shared_ptr<const FrameBuffer>>> idle_;
    Played played_;
};

} // namespace

std::shared_ptr<const FrameBuffer> makeSurface(Surfaces surfaces, uint32_t width, uint32_t height)
{
    const bool semiPlanar = surfaces == Surfaces::Nv12 || surfaces == Surfaces::TightNv12;
    const bool tight = surfaces == Surfaces::TightNv12 || surfaces == Surfaces::TightI420;
    const FormatInfo &format =
        *FormatInfo::fromV4l2(semiPlanar ? V4L2_PIX_FMT_NV12 : V4L2_PIX_FMT_YUV420);
    const SurfaceLayout layout = tight ? tightLayout(format, width, height)
                                       : SurfaceLayout::standard(format, width, height);
    auto mapping = mapMemory(layout.size);
    if (!mapping) {
        return nullptr;
    }
    auto surface = FrameBuffer::create(std::move(mapping), layout);
    return surface ? *surface : nullptr;
}

Played play(const Stream &stream, const PlayOptions &options)
{
    std::unique_ptr<StreamParser> parser;
    uint32_t codec = 0;
    if (stream.codecId == AV_CODEC_ID_H264) {
        parser = std::make_unique<H264StreamParser>();
        codec = V4L2_PIX_FMT_H264_SLICE;
    } else {
        parser = std::make_unique<Vp9StreamParser>();
        codec = V4L2_PIX_FMT_VP9_FRAME;
    }
    Player player(codec, options);
    std::vector<StreamEvent> events;
    const auto handleAll = [&] {
        for (StreamEvent &event : events) {
            std::visit([&](auto &value) { player.handle(value); }, event);
        }
        events.clear();
    };
    for (const auto &packet : stream.packets) {
        parser->push(packet, events);
        handleAll();
    }
    parser->flush(events);
    handleAll();
    return player.finish();
}

} // namespace daedalus::test
