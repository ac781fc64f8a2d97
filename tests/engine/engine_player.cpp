// SPDX-License-Identifier: BSD-2-Clause
#include "tests/engine/engine_player.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include "daedalus_v4l2_proto.h"
#include "tests/engine/frame_list.h"
#include "tests/support/memory_file.h"
#include "tests/support/silent_logger.h"
#include "tools/common/codecs.h"
#include "tools/v4l2-decode/frame_output.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::test {
namespace {

constexpr uint8_t kPattern = 0xa5;

std::shared_ptr<gbm::DmaBufMapping> mapMemory(size_t size)
{
    const UniqueFd fd = memoryFile(size);
    auto mapping = gbm::DmaBufMapping::map(fd.get(), 0, gbm::CpuAccess::ReadWrite);
    if (!mapping) {
        return nullptr;
    }
    std::memset((*mapping)->data(), kPattern, size);
    return *mapping;
}

gbm::SurfaceLayout tightLayout(const gbm::FormatInfo &format, uint32_t width, uint32_t height)
{
    gbm::SurfaceLayout layout;
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

/// Whether nobody wrote behind the last plane's rows.
bool tailIsUntouched(const gbm::FrameBuffer &surface)
{
    const unsigned plane = surface.format().planes - 1U;
    const size_t rows = surface.format().rows(plane, surface.height());
    const uint8_t *data = surface.data(plane);
    return std::all_of(data + rows * surface.stride(plane), data + surface.size(plane),
                       [](uint8_t byte) { return byte == kPattern; });
}

std::string describeSurface(const gbm::FrameBuffer &surface, const bitstream::VisibleRect &visible)
{
    v4l2decode::FrameView view{.format = &surface.format(), .planes = {}, .access = {}};
    for (unsigned plane = 0; plane < surface.format().planes; ++plane) {
        view.planes[plane] = {.bytes = {surface.data(plane), surface.size(plane)},
                              .stride = surface.stride(plane)};
    }
    std::vector<uint8_t> samples;
    v4l2decode::packPlanar(view, visible, samples);
    return describe(visible.width, visible.height, samples);
}

} // namespace

std::vector<v4l2decode::StatelessPicture> picturesOf(const Stream &stream,
                                                     v4l2decode::StreamParser &parser)
{
    std::vector<v4l2decode::StreamEvent> events;
    for (const auto &packet : stream.packets) {
        parser.push(packet, events);
    }
    parser.flush(events);
    std::vector<v4l2decode::StatelessPicture> pictures;
    for (v4l2decode::StreamEvent &event : events) {
        if (auto *picture = std::get_if<v4l2decode::StatelessPicture>(&event)) {
            pictures.push_back(std::move(*picture));
        }
    }
    return pictures;
}

engine::DecodeResult submit(engine::DecodeSession &session,
                            const v4l2decode::StatelessPicture &picture,
                            std::shared_ptr<const gbm::FrameBuffer> target)
{
    engine::DecodeResult result{.error = -1, .bytesCopied = 0};
    session.submit({.controls = picture.controls,
                    .bitstream = picture.bitstream,
                    .target = std::move(target),
                    .codedWidth = picture.codedWidth,
                    .codedHeight = picture.codedHeight,
                    .timestamp = picture.timestamp},
                   [&result](const engine::DecodeResult &done) { result = done; });
    session.drain();
    return result;
}

size_t Played::failures() const
{
    return static_cast<size_t>(
        std::count_if(results.begin(), results.end(),
                      [](const engine::DecodeResult &result) { return result.error != 0; }));
}

std::unique_ptr<engine::DecodeSession> makeSession(uint32_t codec, unsigned threads)
{
    auto session =
        engine::DecodeSession::create(codec, {.threads = threads, .logger = silentLogger()});
    if (!session) {
        ADD_FAILURE() << session.error().what();
        return nullptr;
    }
    return std::move(*session);
}

Player::Player(int codecId, PlayOptions options) : options_(std::move(options))
{
    const uint32_t codec = tools::codecOf(static_cast<AVCodecID>(codecId))->v4l2;
    parser_ = v4l2decode::makeStreamParser(codec);
    session_ = makeSession(codec, options_.threads);
}

void Player::push(const std::vector<uint8_t> &packet)
{
    std::vector<v4l2decode::StreamEvent> events;
    parser_->push(packet, events);
    handleAll(events);
}

void Player::flush()
{
    std::vector<v4l2decode::StreamEvent> events;
    parser_->flush(events);
    handleAll(events);
    session_->drain();
    handleDue();
    EXPECT_EQ(played_.results.size(), submitted_);
    EXPECT_TRUE(later_.empty());
}

Played Player::finish()
{
    for (const auto &[size, idle] : idle_) {
        for (const auto &surface : idle) {
            EXPECT_TRUE(tailIsUntouched(*surface));
        }
    }
    return std::move(played_);
}

void Player::handleAll(std::vector<v4l2decode::StreamEvent> &events)
{
    for (v4l2decode::StreamEvent &event : events) {
        if (const auto wanted = resultsBefore(event); wanted > played_.results.size()) {
            later_.emplace_back(wanted, std::move(event));
        } else {
            std::visit([this](auto &value) { handle(value); }, event);
        }
        handleDue();
    }
}

size_t Player::resultsBefore(const v4l2decode::StreamEvent &event) const
{
    if (const auto *show = std::get_if<v4l2decode::ShowPicture>(&event)) {
        const auto found = surfaces_.find(show->timestamp);
        // In order: not before those that are shown before.
        const size_t before = later_.empty() ? 0 : later_.back().first;
        return std::max(before, found == surfaces_.end() ? 0 : found->second.results);
    }
    if (const auto *release = std::get_if<v4l2decode::ReleasePicture>(&event)) {
        // Not before it is shown; but who reads it as a reference may be at work still.
        for (const auto &[results, other] : later_) {
            const auto *show = std::get_if<v4l2decode::ShowPicture>(&other);
            if (show != nullptr && show->timestamp == release->timestamp) {
                return results;
            }
        }
    }
    return 0;
}

void Player::handleDue()
{
    for (auto it = later_.begin(); it != later_.end();) {
        if (it->first > played_.results.size()) {
            ++it;
            continue;
        }
        v4l2decode::StreamEvent event = std::move(it->second);
        it = later_.erase(it);
        std::visit([this](auto &value) { handle(value); }, event);
    }
}

void Player::handle(v4l2decode::StatelessPicture &picture)
{
    const Size coded{picture.codedWidth, picture.codedHeight, bitDepth_};
    auto &[memory, size, results] = surfaces_[picture.timestamp];
    if (!picture.secondField || !memory) {
        memory = takeSurface(coded);
        size = coded;
    }
    results = submitted_ + 1;
    if (options_.edit) {
        options_.edit(picture);
    }
    if (!session_ || !memory) {
        ADD_FAILURE() << "no session or no surface";
        return;
    }
    const size_t before = played_.results.size();
    // Lives until the request is done.
    const auto bitstream = std::make_shared<const std::vector<uint8_t>>(picture.bitstream);
    session_->submit({.controls = picture.controls,
                      .bitstream = *bitstream,
                      .target = memory,
                      .codedWidth = picture.codedWidth,
                      .codedHeight = picture.codedHeight,
                      .timestamp = picture.timestamp,
                      .clientIsAhead = options_.worksAhead},
                     [this, bitstream](const engine::DecodeResult &result) {
                         played_.results.push_back(result);
                     });
    ++submitted_;
    if (!options_.worksAhead) {
        session_->drain();
        EXPECT_EQ(played_.results.size(), before + 1);
    }
}

void Player::handle(const v4l2decode::ShowPicture &show)
{
    const auto found = surfaces_.find(show.timestamp);
    if (found == surfaces_.end() || !found->second.memory) {
        ADD_FAILURE() << "shown, but not decoded";
        return;
    }
    played_.frames.push_back(describeSurface(*found->second.memory, show.visible));
}

void Player::handle(const v4l2decode::ReleasePicture &release)
{
    const auto found = surfaces_.find(release.timestamp);
    if (found != surfaces_.end()) {
        idle_[found->second.size].push_back(std::move(found->second.memory));
        surfaces_.erase(found);
    }
}

std::shared_ptr<const gbm::FrameBuffer> Player::takeSurface(const Size &size)
{
    auto &idle = idle_[size];
    if (idle.empty()) {
        return makeSurface(options_.surfaces, size[0], size[1], size[2]);
    }
    auto surface = std::move(idle.back());
    idle.pop_back();
    return surface;
}

std::shared_ptr<const gbm::FrameBuffer> makeSurface(Surfaces surfaces, uint32_t width,
                                                    uint32_t height, unsigned bitDepth)
{
    const bool semiPlanar = surfaces == Surfaces::Nv12 || surfaces == Surfaces::TightNv12;
    const bool tight = surfaces == Surfaces::TightNv12 || surfaces == Surfaces::TightI420;
    const uint32_t fourcc = bitDepth == 8
                                ? (semiPlanar ? V4L2_PIX_FMT_NV12 : V4L2_PIX_FMT_YUV420)
                                : (semiPlanar ? V4L2_PIX_FMT_P010 : DAEDALUS_PIX_FMT_I010);
    const gbm::FormatInfo &format = *gbm::FormatInfo::fromV4l2(fourcc);
    const gbm::SurfaceLayout layout = tight ? tightLayout(format, width, height)
                                            : gbm::SurfaceLayout::standard(format, width, height);
    const auto mapping = mapMemory(layout.size);
    if (!mapping) {
        return nullptr;
    }
    auto surface = gbm::FrameBuffer::create(mapping, layout);
    return surface ? *surface : nullptr;
}

Played play(const Stream &stream, const PlayOptions &options)
{
    Player player(stream.codecId, options);
    for (const auto &packet : stream.packets) {
        player.push(packet);
    }
    player.flush();
    return player.finish();
}

} // namespace daedalus::test
