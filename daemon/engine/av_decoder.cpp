// SPDX-License-Identifier: BSD-2-Clause
#include "av_decoder.h"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace daedalus::engine {
namespace {

/// More than one picture can keep busy.
constexpr unsigned kMaxThreads = 16;

using PictureRef = std::shared_ptr<const Picture>;

/// What libavcodec reports as an error then takes log level "debug" to be printed:
/// a library inside another program has no business on its stderr.
constexpr int kLogLevelOffset = AV_LOG_DEBUG - AV_LOG_ERROR;

void releasePicture(void *opaque, uint8_t * /*data*/)
{
    delete static_cast<PictureRef *>(opaque);
}

/// A reference that keeps all of the picture alive, for one of its planes.
AVBufferRef *referTo(const PictureRef &picture, unsigned plane)
{
    auto holder = std::make_unique<PictureRef>(picture);
    AVBufferRef *ref = av_buffer_create(picture->data(plane), picture->size(plane), releasePicture,
                                        holder.get(), 0);
    if (ref != nullptr) {
        // The buffer has it now.
        static_cast<void>(holder.release());
    }
    return ref;
}

int errorOf(int averror)
{
    switch (averror) {
    case AVERROR(ENOMEM):
        return ENOMEM;
    case AVERROR_PATCHWELCOME:
    case AVERROR(ENOSYS):
        return ENOTSUP;
    default:
        return EBADMSG;
    }
}

/// Bits of a sample; 0: not a format that pictures are decoded to.
uint32_t bitDepthOf(int format)
{
    switch (format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
        return 8;
    case AV_PIX_FMT_YUV420P10:
        return 10;
    default:
        return 0;
    }
}

/// What the decoder writes and reads of a picture of the size that it asks for.
/// @param blockRows rows are written in multiples of that many
PictureNeeds needsOf(AVCodecContext &context, const AVFrame &frame, uint32_t blockRows)
{
    int width = frame.width;
    int height = frame.height;
    int alignment[AV_NUM_DATA_POINTERS] = {};
    avcodec_align_dimensions2(&context, &width, &height, alignment);
    // libavcodec's own answer is for the worst case: it adds rows for a field of
    // macroblocks that is not there and for reads behind the end, which Picture
    // takes care of. What is written are whole macroblocks or 8x8 blocks.
    const auto rows = static_cast<uint32_t>(frame.height);
    return {.width = static_cast<uint32_t>(frame.width),
            .height = rows,
            .alignedWidth = static_cast<uint32_t>(width),
            .alignedHeight = (rows + blockRows - 1) / blockRows * blockRows,
            .alignment = static_cast<uint32_t>(*std::max_element(alignment, alignment + 3)),
            .bitDepth = bitDepthOf(frame.format)};
}

} // namespace

unsigned threadsFor(unsigned wanted, size_t parts)
{
    const unsigned available =
        wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
    return static_cast<unsigned>(std::clamp<size_t>(parts, 1, std::min(available, kMaxThreads)));
}

AvDecoder::AvDecoder(const Options &options)
    : options_(options), pool_(MemoryPool::create()), packet_(av_packet_alloc()),
      frame_(av_frame_alloc())
{}

AvDecoder::~AvDecoder() = default;

Result<std::unique_ptr<AvDecoder>> AvDecoder::open(const Options &options)
{
    const AVCodec *codec = avcodec_find_decoder(options.codec);
    if (codec == nullptr) {
        return fail(ENOTSUP, std::string("libavcodec has no decoder for ") +
                                 avcodec_get_name(options.codec));
    }
    std::unique_ptr<AvDecoder> decoder(new AvDecoder(options));
    decoder->context_.reset(avcodec_alloc_context3(codec));
    AVCodecContext *context = decoder->context_.get();
    if (context == nullptr || !decoder->packet_ || !decoder->frame_) {
        return fail(ENOMEM, "no memory for a decoder");
    }
    context->opaque = decoder.get();
    context->get_format = chooseFormat;
    context->get_buffer2 = getBuffer;
    context->thread_type = FF_THREAD_SLICE;
    context->thread_count = static_cast<int>(threadsFor(options.threads, kMaxThreads));
    context->apply_cropping = 0;
    context->log_level_offset = kLogLevelOffset;
    if (const int error = avcodec_open2(context, codec, nullptr); error < 0) {
        return fail(errorOf(error), std::string("libavcodec does not open its decoder for ") +
                                        avcodec_get_name(options.codec));
    }
    return decoder;
}

AVPixelFormat AvDecoder::chooseFormat(AVCodecContext *context, const AVPixelFormat *formats)
{
    for (; *formats != AV_PIX_FMT_NONE; ++formats) {
        if (bitDepthOf(*formats) != 0) {
            return *formats;
        }
    }
    static_cast<AvDecoder *>(context->opaque)->outcome_.error = ENOTSUP;
    return AV_PIX_FMT_NONE;
}

int AvDecoder::getBuffer(AVCodecContext *context, AVFrame *frame, int /*flags*/)
{
    return static_cast<AvDecoder *>(context->opaque)->provideBuffer(*frame);
}

int AvDecoder::checkTarget(const PictureNeeds &needs) const
{
    const auto &target = destination_.target;
    if (needs.bitDepth == 0 || (target && target->format().bitDepth != needs.bitDepth)) {
        return ENOTSUP;
    }
    if (target && (needs.width > target->width() + options_.paddingWidth ||
                   needs.height > target->height() + options_.paddingHeight)) {
        return ENOBUFS;
    }
    return 0;
}

int AvDecoder::provideBuffer(AVFrame &frame)
{
    const PictureNeeds needs = needsOf(*context_, frame, options_.blockRows);
    const bool isTarget = outcome_.allocated.size() == destination_.privateBefore;
    if (const int error = checkTarget(needs); error != 0) {
        outcome_.error = error;
        return error == ENOTSUP ? AVERROR(ENOSYS) : AVERROR(EINVAL);
    }
    if (stridesWidth_ != needs.width || stridesHeight_ != needs.height ||
        stridesBitDepth_ != needs.bitDepth) {
        strides_.reset();
        stridesWidth_ = needs.width;
        stridesHeight_ = needs.height;
        stridesBitDepth_ = needs.bitDepth;
    }
    auto picture =
        Picture::create(isTarget ? destination_.target : nullptr, needs, strides_, *pool_);
    if (!picture) {
        outcome_.error = picture.error().code();
        return AVERROR(ENOMEM);
    }
    if (options_.sameStrides) {
        strides_ = (*picture)->strides();
    }
    if (!attach(frame, *picture)) {
        outcome_.error = ENOMEM;
        return AVERROR(ENOMEM);
    }
    outcome_.allocated.push_back(std::move(*picture));
    return 0;
}

bool AvDecoder::attach(AVFrame &frame, const std::shared_ptr<const Picture> &picture)
{
    for (unsigned plane = 0; plane < 3; ++plane) {
        const bool repeats = plane == 0 && destination_.repeats && identity_;
        frame.buf[plane] = repeats ? av_buffer_ref(identity_.get()) : referTo(picture, plane);
        if (frame.buf[plane] == nullptr) {
            return false;
        }
        frame.data[plane] = picture->data(plane);
        frame.linesize[plane] = static_cast<int>(picture->stride(plane));
    }
    frame.extended_data = frame.data;
    newest_.reset(av_buffer_ref(frame.buf[0]));
    return newest_ != nullptr;
}

void AvDecoder::keepIdentity()
{
    identity_ = BufferRef(newest_ ? av_buffer_ref(newest_.get()) : nullptr);
}

AvDecoder::Outcome AvDecoder::decode(Destination destination)
{
    destination_ = std::move(destination);
    outcome_ = {};
    if (auto finished = builder_.finish(*packet_); !finished) {
        outcome_.error = finished.error().code();
        return std::exchange(outcome_, {});
    }
    const int sent = avcodec_send_packet(context_.get(), packet_.get());
    av_packet_unref(packet_.get());
    drain();
    if (sent < 0 && outcome_.error == 0) {
        outcome_.error = errorOf(sent);
    } else if (sent >= 0 && !outcome_.allocated.empty()) {
        // A slice with a size of its own could not get a buffer, the picture did.
        outcome_.error = 0;
    }
    destination_ = {};
    return std::exchange(outcome_, {});
}

void AvDecoder::drain()
{
    while (avcodec_receive_frame(context_.get(), frame_.get()) >= 0) {
        if (outcome_.allocated.empty() && frame_->buf[0] != nullptr) {
            outcome_.shown = *static_cast<PictureRef *>(av_buffer_get_opaque(frame_->buf[0]));
        }
        av_frame_unref(frame_.get());
    }
}

void AvDecoder::flush()
{
    avcodec_flush_buffers(context_.get());
    strides_.reset();
    newest_.reset();
    identity_.reset();
}

} // namespace daedalus::engine
