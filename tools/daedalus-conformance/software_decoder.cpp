// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/software_decoder.h"

#include "tools/daedalus-conformance/stream_info.h"

namespace daedalus::conformance {

namespace {

class Decoder {
public:
    Decoder(OpenStream stream, const FrameSink &take)
        : stream_(std::move(stream)), take_(take), frame_(av_frame_alloc()),
          packet_(av_packet_alloc())
    {}

    Result<void> open(Cropping cropping)
    {
        const AVCodecParameters *parameters = stream_.stream().codecpar;
        const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
        if (codec == nullptr) {
            return fail(ENOTSUP, "libavcodec has no decoder for it");
        }
        decoder_.reset(avcodec_alloc_context3(codec));
        int status = avcodec_parameters_to_context(decoder_.get(), parameters);
        decoder_->thread_count = 1;
        decoder_->flags |= AV_CODEC_FLAG_UNALIGNED;
        decoder_->pkt_timebase = stream_.stream().time_base;
        if (cropping == Cropping::Ignored) {
            decoder_->flags2 |= AV_CODEC_FLAG2_IGNORE_CROP;
        }
        if (status >= 0) {
            status = avcodec_open2(decoder_.get(), codec, nullptr);
        }
        return status >= 0 ? Result<void>() : fail(EIO, avError(status));
    }

    void run()
    {
        while (!enough_ && av_read_frame(stream_.input.get(), packet_.get()) >= 0) {
            if (packet_->stream_index == stream_.index) {
                send(packet_.get());
            }
            av_packet_unref(packet_.get());
        }
        if (!enough_) {
            send(nullptr);
        }
    }

private:
    /// Errors are the stream's: what can be decoded is the reference.
    void send(const AVPacket *packet)
    {
        (void)avcodec_send_packet(decoder_.get(), packet);
        while (!enough_ && avcodec_receive_frame(decoder_.get(), frame_.get()) == 0) {
            enough_ = !take_(packFrame(*frame_));
            av_frame_unref(frame_.get());
        }
    }

    OpenStream stream_;
    const FrameSink &take_;
    AvPtr<AVCodecContext> decoder_;
    AvPtr<AVFrame> frame_;
    AvPtr<AVPacket> packet_;
    bool enough_ = false;
};

} // namespace

Result<void> decodeSoftware(const std::string &file, Cropping cropping, const FrameSink &take)
{
    auto stream = openStream(file);
    if (!stream) {
        return tl::unexpected(stream.error());
    }
    Decoder decoder(std::move(*stream), take);
    if (auto opened = decoder.open(cropping); !opened) {
        return opened;
    }
    decoder.run();
    return {};
}

} // namespace daedalus::conformance
