// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/player.h"

#include <cerrno>
#include <deque>
#include <map>

#include <linux/videodev2.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daedalus_v4l2_proto.h"
#include "engine/decode_session.h"
#include "tools/common/codecs.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::bench {
namespace {

/// What a film's packets amount to.
Result<std::vector<v4l2decode::StreamEvent>> eventsOf(const Film &film)
{
    const auto filter = tools::openStartCodeFilter(*film.parameters);
    if (!filter) {
        return fail(ENOTSUP, film.name + ": " + filter.error().what());
    }
    const auto *codec = tools::codecOf(film.parameters->codec_id);
    const auto parser = v4l2decode::makeStreamParser(codec->v4l2);
    std::vector<v4l2decode::StreamEvent> events;
    const tools::AvPtr<AVPacket> packet(av_packet_alloc());
    for (const auto &source : film.packets) {
        av_packet_ref(packet.get(), source.get());
        av_bsf_send_packet(filter->get(), packet.get());
        while (av_bsf_receive_packet(filter->get(), packet.get()) == 0) {
            parser->push({packet->data, static_cast<size_t>(packet->size)}, events);
            av_packet_unref(packet.get());
        }
    }
    // A picture ends where the next one begins; all are released in the end.
    parser->flush(events);
    return events;
}

class EnginePlayer : public Player {
public:
    EnginePlayer(const Film &film, const PlayOptions &options,
                 std::vector<v4l2decode::StreamEvent> events,
                 std::unique_ptr<engine::DecodeSession> session)
        : film_(film), options_(options), events_(std::move(events)), session_(std::move(session))
    {}

    Result<Pass> play() override
    {
        pass_ = {};
        errors_ = 0;
        for (const v4l2decode::StreamEvent &event : events_) {
            if (!handle(event)) {
                return fail(ENOMEM, "no memory for a surface");
            }
        }
        session_->drain();
        if (errors_ != 0) {
            return fail(EIO, film_.name + ": a picture was not decoded");
        }
        return std::move(pass_);
    }

private:
    bool handle(const v4l2decode::StreamEvent &event)
    {
        if (const auto *picture = std::get_if<v4l2decode::StatelessPicture>(&event)) {
            return decode(*picture);
        }
        pass_.pictures += std::holds_alternative<v4l2decode::ShowPicture>(event) ? 1 : 0;
        if (const auto *release = std::get_if<v4l2decode::ReleasePicture>(&event)) {
            if (auto node = surfaces_.extract(release->timestamp)) {
                onScreen_.push_back(std::move(node.mapped()));
            }
            if (onScreen_.size() > (options_.waits ? 0 : kAhead)) {
                idle_.push_back(std::move(onScreen_.front()));
                onScreen_.pop_front();
            }
        }
        return true;
    }

    bool decode(const v4l2decode::StatelessPicture &picture)
    {
        auto &target = surfaces_[picture.timestamp];
        if (!target) {
            target = takeSurface(picture);
        }
        if (!target) {
            return false;
        }
        const auto start = std::chrono::steady_clock::now();
        session_->submit(
            {.controls = picture.controls,
             .bitstream = picture.bitstream,
             .target = target,
             .codedWidth = picture.codedWidth,
             .codedHeight = picture.codedHeight,
             .timestamp = picture.timestamp,
             .clientIsAhead = !options_.waits},
            [this](const engine::DecodeResult &result) { errors_ += result.error != 0 ? 1 : 0; });
        if (options_.waits) {
            session_->drain();
            pass_.latencies.emplace_back(std::chrono::steady_clock::now() - start);
        }
        return true;
    }

    std::shared_ptr<const gbm::FrameBuffer> takeSurface(const v4l2decode::StatelessPicture &picture)
    {
        if (!idle_.empty()) {
            auto surface = std::move(idle_.back());
            idle_.pop_back();
            return surface;
        }
        const bool planar = options_.format == "i420" || options_.format == "i010";
        const uint32_t fourcc = film_.tenBits()
                                    ? (planar ? uint32_t{DAEDALUS_PIX_FMT_I010} : V4L2_PIX_FMT_P010)
                                    : (planar ? V4L2_PIX_FMT_YUV420 : V4L2_PIX_FMT_NV12);
        const auto layout = gbm::SurfaceLayout::standard(*gbm::FormatInfo::fromV4l2(fourcc),
                                                         picture.codedWidth, picture.codedHeight);
        const UniqueFd fd(::memfd_create("daedalus-bench", MFD_CLOEXEC));
        if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(layout.size)) != 0) {
            return nullptr;
        }
        auto mapping = gbm::DmaBufMapping::map(fd.get(), 0, gbm::CpuAccess::ReadWrite);
        auto surface = mapping ? gbm::FrameBuffer::create(std::move(*mapping), layout)
                               : tl::unexpected(mapping.error());
        return surface ? std::move(*surface) : nullptr;
    }

    const Film &film_;
    PlayOptions options_;
    std::vector<v4l2decode::StreamEvent> events_;
    std::map<uint64_t, std::shared_ptr<const gbm::FrameBuffer>> surfaces_; ///< by timestamp
    std::deque<std::shared_ptr<const gbm::FrameBuffer>>
        onScreen_; ///< in the order of their release
    std::vector<std::shared_ptr<const gbm::FrameBuffer>> idle_;
    Pass pass_;
    unsigned errors_ = 0;
    std::unique_ptr<engine::DecodeSession> session_; ///< goes first
};

} // namespace

Result<std::unique_ptr<Player>> openEngine(const Film &film, const PlayOptions &options)
{
    auto events = eventsOf(film);
    if (!events) {
        return tl::unexpected(events.error());
    }
    auto session = engine::DecodeSession::create(
        tools::codecOf(film.parameters->codec_id)->v4l2,
        {.threads = options.threads,
         .logger = std::make_shared<spdlog::logger>(
             "bench", std::make_shared<spdlog::sinks::null_sink_mt>())});
    if (!session) {
        return tl::unexpected(session.error());
    }
    return std::make_unique<EnginePlayer>(film, options, std::move(*events), std::move(*session));
}

} // namespace daedalus::bench
