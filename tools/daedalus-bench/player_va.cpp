// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/player.h"

#include <cerrno>
#include <deque>
#include <optional>

#include "tools/common/surface_pool.h"
#include "tools/common/va_decoding.h"

namespace daedalus::bench {
namespace {

const gbm::FormatInfo &formatNamed(const std::string &name)
{
    const bool ten = name == "i010" || name == "p010";
    const bool planar = name == "i420" || name == "i010";
    return *gbm::FormatInfo::fromVa(ten ? (planar ? VA_FOURCC_I010 : VA_FOURCC_P010)
                                        : (planar ? VA_FOURCC_I420 : VA_FOURCC_NV12));
}

class VaPlayer : public Player {
public:
    VaPlayer(const Film &film, const PlayOptions &options,
             std::shared_ptr<tools::VaDisplay> display)
        : film_(film), options_(options), display_(std::move(display)), frame_(av_frame_alloc())
    {}

    Result<void> open()
    {
        auto device = tools::wrapDisplay(display_->get());
        if (!device) {
            return tl::unexpected(device.error());
        }
        device_ = std::move(*device);
        const AVCodec *codec = tools::findVaDecoder(film_.parameters->codec_id);
        decoder_.reset(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
        if (!decoder_ ||
            avcodec_parameters_to_context(decoder_.get(), film_.parameters.get()) < 0) {
            return fail(ENOTSUP, "no decoder for " + film_.name);
        }
        decoder_->opaque = this;
        decoder_->thread_count = 1;
        decoder_->get_format = takeSurfaces;
        decoder_->get_buffer2 = getBuffer;
        decoder_->extra_hw_frames = kAhead + 2;
        if (const int error = avcodec_open2(decoder_.get(), codec, nullptr); error < 0) {
            return fail(ENOTSUP, film_.name + ": " + tools::avError(error));
        }
        return {};
    }

    Result<Pass> play() override
    {
        Pass pass;
        for (const auto &packet : film_.packets) {
            const auto start = std::chrono::steady_clock::now();
            if (const int error = avcodec_send_packet(decoder_.get(), packet.get()); error < 0) {
                return tl::unexpected(
                    failed_.value_or(Error(EIO, film_.name + ": " + tools::avError(error))));
            }
            receive(pass);
            if (options_.waits) {
                sync(newest_);
                pass.latencies.emplace_back(std::chrono::steady_clock::now() - start);
            }
        }
        // To drain libavcodec takes a flush afterwards, which has it make all surfaces anew.
        look(0);
        sync(newest_);
        if (failed_) {
            return tl::unexpected(*failed_);
        }
        return pass;
    }

private:
    /// libavcodec's callback: which of the formats to decode to.
    static AVPixelFormat takeSurfaces(AVCodecContext *decoder, const AVPixelFormat *offered)
    {
        auto &self = *static_cast<VaPlayer *>(decoder->opaque);
        if (!tools::offersSurfaces(offered)) {
            return AV_PIX_FMT_NONE;
        }
        if (auto made = self.makeSurfaces(); !made) {
            self.failed_ = Error(made.error().code(), self.film_.name + ": " + made.error().what());
            return AV_PIX_FMT_NONE;
        }
        return AV_PIX_FMT_VAAPI;
    }

    /// Surfaces of our own: libavcodec's are never I010.
    Result<void> makeSurfaces()
    {
        if (decoder_->hw_frames_ctx != nullptr) {
            return {};
        }
        auto reference = tools::neededSurfaces(*decoder_, *device_);
        if (!reference) {
            return tl::unexpected(reference.error());
        }
        if (auto made =
                tools::makeSurfaces(**reference, *decoder_, display_, formatNamed(options_.format));
            !made) {
            return made;
        }
        decoder_->hw_frames_ctx = reference->release();
        return {};
    }

    static int getBuffer(AVCodecContext *decoder, AVFrame *frame, int flags)
    {
        const int result = avcodec_default_get_buffer2(decoder, frame, flags);
        if (result >= 0 && frame->format == AV_PIX_FMT_VAAPI) {
            static_cast<VaPlayer *>(decoder->opaque)->newest_ = tools::surfaceOf(*frame);
        }
        return result;
    }

    void receive(Pass &pass)
    {
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) {
            ++pass.pictures;
            tools::AvPtr<AVFrame> next(av_frame_alloc());
            std::swap(next, frame_);
            ahead_.push_back(std::move(next));
            look(options_.waits ? 0 : kAhead);
        }
    }

    /// Waits for the oldest pictures until no more than @p left are under way, and shows them.
    void look(size_t left)
    {
        while (ahead_.size() > left) {
            const AVFrame &frame = *ahead_.front();
            if (frame.format != AV_PIX_FMT_VAAPI) {
                failed_ = Error(EIO, film_.name + ": a picture was decoded in software");
            } else {
                sync(tools::surfaceOf(frame));
                show(frame);
            }
            ahead_.pop_front();
        }
    }

    void sync(VASurfaceID surface)
    {
        if (surface != VA_INVALID_SURFACE &&
            ::vaSyncSurface(display_->get(), surface) != VA_STATUS_SUCCESS) {
            failed_ = Error(EIO, film_.name + ": a picture was not decoded");
        }
    }

    void show(const AVFrame &frame)
    {
        if (options_.screen == nullptr) {
            return;
        }
        if (auto shown = options_.screen->show(frame); !shown) {
            failed_ = shown.error();
        }
    }

    const Film &film_;
    PlayOptions options_;
    std::optional<Error> failed_;
    VASurfaceID newest_ = VA_INVALID_SURFACE;
    std::shared_ptr<tools::VaDisplay> display_; ///< goes last
    tools::AvPtr<AVBufferRef> device_;
    tools::AvPtr<AVCodecContext> decoder_;
    tools::AvPtr<AVFrame> frame_;
    std::deque<tools::AvPtr<AVFrame>> ahead_;
};

} // namespace

Result<std::unique_ptr<Player>> openVa(const Film &film, const PlayOptions &options,
                                       const std::string &node)
{
    auto display =
        node == "none" ? tools::VaDisplay::openWithoutDevice() : tools::VaDisplay::open(node);
    if (!display) {
        return tl::unexpected(display.error());
    }
    auto player = std::make_unique<VaPlayer>(film, options, std::move(*display));
    if (auto opened = player->open(); !opened) {
        return tl::unexpected(opened.error());
    }
    return player;
}

} // namespace daedalus::bench
