// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/player.h"

#include <cerrno>
#include <deque>

namespace daedalus::bench {
namespace {

class BarePlayer : public Player {
public:
    BarePlayer(const Film &film, const PlayOptions &options, tools::AvPtr<AVCodecContext> decoder)
        : film_(film), options_(options), decoder_(std::move(decoder)), frame_(av_frame_alloc())
    {}

    Result<Pass> play() override
    {
        Pass pass;
        for (const auto &packet : film_.packets) {
            const auto start = std::chrono::steady_clock::now();
            if (auto sent = send(packet.get(), pass); !sent) {
                return tl::unexpected(sent.error());
            }
            if (options_.waits) {
                pass.latencies.emplace_back(std::chrono::steady_clock::now() - start);
            }
        }
        ahead_.clear();
        return pass;
    }

private:
    Result<void> send(const AVPacket *packet, Pass &pass)
    {
        int result = avcodec_send_packet(decoder_.get(), packet);
        while (result == AVERROR(EAGAIN)) {
            if (auto received = receive(pass); !received) {
                return received;
            }
            result = avcodec_send_packet(decoder_.get(), packet);
        }
        if (result < 0) {
            return fail(EIO, film_.name + ": " + tools::avError(result));
        }
        return receive(pass);
    }

    Result<void> receive(Pass &pass)
    {
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) {
            ++pass.pictures;
            if (options_.screen != nullptr) {
                if (auto shown = options_.screen->show(*frame_); !shown) {
                    return shown;
                }
            }
            keep();
        }
        return {};
    }

    /// As a player does: memory that is in use is not what the next picture is decoded to.
    void keep()
    {
        if (options_.waits || options_.screen != nullptr) {
            av_frame_unref(frame_.get());
            return;
        }
        tools::AvPtr<AVFrame> next(av_frame_alloc());
        std::swap(next, frame_);
        ahead_.push_back(std::move(next));
        if (ahead_.size() > kAhead) {
            ahead_.pop_front();
        }
    }

    const Film &film_;
    PlayOptions options_;
    tools::AvPtr<AVCodecContext> decoder_;
    tools::AvPtr<AVFrame> frame_;
    std::deque<tools::AvPtr<AVFrame>> ahead_;
};

} // namespace

Result<std::unique_ptr<Player>> openBare(const Film &film, const PlayOptions &options)
{
    const AVCodec *codec = film.parameters->codec_id == AV_CODEC_ID_AV1
                               ? avcodec_find_decoder_by_name("libdav1d")
                               : avcodec_find_decoder(film.parameters->codec_id);
    tools::AvPtr<AVCodecContext> decoder(codec != nullptr ? avcodec_alloc_context3(codec)
                                                          : nullptr);
    if (!decoder || avcodec_parameters_to_context(decoder.get(), film.parameters.get()) < 0) {
        return fail(ENOTSUP, "no decoder for " + film.name);
    }
    decoder->thread_count = static_cast<int>(options.threads);
    decoder->thread_type = options.waits ? FF_THREAD_SLICE : (FF_THREAD_FRAME | FF_THREAD_SLICE);
    if (options.waits) {
        decoder->flags |= AV_CODEC_FLAG_LOW_DELAY;
    }
    if (const int error = avcodec_open2(decoder.get(), codec, nullptr); error < 0) {
        return fail(ENOTSUP, film.name + ": " + tools::avError(error));
    }
    return std::make_unique<BarePlayer>(film, options, std::move(decoder));
}

} // namespace daedalus::bench
