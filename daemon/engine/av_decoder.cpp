// SPDX-License-Identifier: BSD-2-Clause
#include "engine/av_decoder.h"

#include <algorithm>
#include <cerrno>
#include <new>
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
        // releasePicture() deletes it.
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
    std::unique_ptr<AvDecoder> decoder(new AvDecoder(options));
    if (auto opened = decoder->open(); !opened) {
        return tl::unexpected(opened.error());
    }
    return decoder;
}

Result<void> AvDecoder::open()
{
    const AVCodec *codec = avcodec_find_decoder(options_.codec);
    if (codec == nullptr) {
        return fail(ENOTSUP, std::string("libavcodec has no decoder for ") +
                                 avcodec_get_name(options_.codec));
    }
    const size_t fillerSize = options_.filler.size();
    filler_.reset(av_buffer_allocz(fillerSize + AV_INPUT_BUFFER_PADDING_SIZE));
    context_.reset(avcodec_alloc_context3(codec));
    if (!context_ || !packet_ || !frame_ || !filler_) {
        return fail(ENOMEM, "no memory for a decoder");
    }
    std::copy(options_.filler.begin(), options_.filler.end(), filler_->data);
    context_->opaque = this;
    context_->get_format = chooseFormat;
    context_->get_buffer2 = getBuffer;
    context_->thread_type = fillerSize > 0 ? FF_THREAD_FRAME : FF_THREAD_SLICE;
    context_->thread_count = static_cast<int>(threadsFor(options_.threads, kMaxThreads));
    context_->apply_cropping = 0;
    context_->log_level_offset = kLogLevelOffset;
    if (const int error = avcodec_open2(context_.get(), codec, nullptr); error < 0) {
        return fail(errorOf(error), std::string("libavcodec does not open its decoder for ") +
                                        avcodec_get_name(options_.codec));
    }
    if ((context_->active_thread_type & FF_THREAD_FRAME) != 0) {
        depth_ = static_cast<size_t>(context_->thread_count);
    }
    return {};
}

AVPixelFormat AvDecoder::chooseFormat(AVCodecContext *context, const AVPixelFormat *formats)
{
    for (; *formats != AV_PIX_FMT_NONE; ++formats) {
        if (bitDepthOf(*formats) != 0) {
            return *formats;
        }
    }
    static_cast<AvDecoder *>(context->opaque)->unsupported_ = true;
    return AV_PIX_FMT_NONE;
}

int AvDecoder::getBuffer(AVCodecContext *context, AVFrame *frame, int /*flags*/)
{
    return static_cast<AvDecoder *>(context->opaque)->provideBuffer(*context, *frame);
}

int AvDecoder::checkTarget(const Destination &destination, const PictureNeeds &needs) const
{
    const auto &target = destination.target;
    if (needs.bitDepth == 0 || (target && target->format().bitDepth != needs.bitDepth)) {
        return ENOTSUP;
    }
    if (target && (needs.width > target->width() + options_.paddingWidth ||
                   needs.height > target->height() + options_.paddingHeight)) {
        return ENOBUFS;
    }
    return 0;
}

AvDecoder::Job *AvDecoder::jobOf(const AVFrame &frame)
{
    if (!worksAhead()) {
        return jobs_.empty() ? nullptr : &jobs_.back();
    }
    // A frame has the time of the packet that it comes from.
    const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                    [&frame](const Job &job) { return job.id == frame.pts; });
    return found == jobs_.end() ? nullptr : &*found;
}

int AvDecoder::provideBuffer(AVCodecContext &context, AVFrame &frame)
{
    const PictureNeeds needs = needsOf(context, frame, options_.blockRows);
    const std::lock_guard lock(mutex_);
    Job *job = jobOf(frame);
    if (job == nullptr) {
        return AVERROR(EINVAL);
    }
    if (const int error = checkTarget(job->destination, needs); error != 0) {
        job->outcome.error = error;
        return error == ENOTSUP ? AVERROR(ENOSYS) : AVERROR(EINVAL);
    }
    try {
        return allocate(*job, needs, frame);
    } catch (const std::bad_alloc &) { // libavcodec, which calls this, is C
        job->outcome.error = ENOMEM;
        return AVERROR(ENOMEM);
    }
}

int AvDecoder::allocate(Job &job, const PictureNeeds &needs, AVFrame &frame)
{
    if (std::exchange(job.destination.freesStrides, false) || stridesWidth_ != needs.width ||
        stridesHeight_ != needs.height || stridesBitDepth_ != needs.bitDepth) {
        strides_.reset();
        stridesWidth_ = needs.width;
        stridesHeight_ = needs.height;
        stridesBitDepth_ = needs.bitDepth;
    }
    const bool isTarget = job.outcome.allocated.size() == job.destination.privateBefore;
    auto picture =
        Picture::create(isTarget ? job.destination.target : nullptr, needs, strides_, *pool_);
    if (!picture || !attach(frame, *picture, job)) {
        job.outcome.error = ENOMEM;
        return AVERROR(ENOMEM);
    }
    if (options_.sameStrides) {
        strides_ = (*picture)->strides();
    }
    job.outcome.allocated.push_back(std::move(*picture));
    return 0;
}

bool AvDecoder::attach(AVFrame &frame, const std::shared_ptr<const Picture> &picture,
                       const Job &job)
{
    for (unsigned plane = 0; plane < 3; ++plane) {
        const bool repeats = plane == 0 && job.destination.repeats && identity_;
        frame.buf[plane] = repeats ? av_buffer_ref(identity_.get()) : referTo(picture, plane);
        if (frame.buf[plane] == nullptr) {
            return false;
        }
        frame.data[plane] = picture->data(plane);
        frame.linesize[plane] = static_cast<int>(picture->stride(plane));
    }
    frame.extended_data = frame.data;
    if (job.destination.keepsIdentity) {
        identity_.reset(av_buffer_ref(frame.buf[0]));
    }
    return true;
}

AvDecoder::Outcome AvDecoder::decode(Destination destination)
{
    if (auto started = start(std::move(destination)); !started) {
        return {.error = started.error().code(), .allocated = {}, .shown = nullptr};
    }
    return takeFinished().value_or(Outcome{.error = EBADMSG, .allocated = {}, .shown = nullptr});
}

Result<void> AvDecoder::start(Destination destination)
{
    if (isBroken()) {
        return fail(ENOMEM, "the decoder ran out of memory");
    }
    if (auto finished = builder_.finish(*packet_); !finished) {
        return finished;
    }
    packet_->pts = ++lastId_;
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back({.id = lastId_, .destination = std::move(destination), .outcome = {}});
    }
    send(lastId_);
    return {};
}

void AvDecoder::send(int64_t id)
{
    const int sent = avcodec_send_packet(context_.get(), packet_.get());
    av_packet_unref(packet_.get());
    const int received = receive();
    // Each packet takes a thread. Its result comes when that thread is wanted for another.
    held_.push_back(id);
    if (held_.size() < depth_) {
        return;
    }
    const int64_t finished = held_.front();
    held_.pop_front();
    finish(finished, sent < 0 || !worksAhead() ? sent : received);
    if (worksAhead() && (sent == AVERROR(ENOMEM) || received == AVERROR(ENOMEM))) {
        // The packet may not have got to a thread: it is unknown whose result comes next.
        giveUp();
    }
}

int AvDecoder::receive()
{
    int result = 0;
    while ((result = avcodec_receive_frame(context_.get(), frame_.get())) >= 0) {
        const std::lock_guard lock(mutex_);
        Job *job = jobOf(*frame_);
        if (job != nullptr && job->outcome.allocated.empty() && frame_->buf[0] != nullptr) {
            job->outcome.shown = *static_cast<PictureRef *>(av_buffer_get_opaque(frame_->buf[0]));
        }
        av_frame_unref(frame_.get());
    }
    return result == AVERROR(EAGAIN) || result == AVERROR_EOF ? 0 : result;
}

void AvDecoder::finish(int64_t id, int averror)
{
    const std::lock_guard lock(mutex_);
    const auto job =
        std::find_if(jobs_.begin(), jobs_.end(), [id](const Job &other) { return other.id == id; });
    if (job == jobs_.end()) {
        return; // a filler
    }
    Outcome &outcome = job->outcome;
    if (unsupported_.exchange(false) && outcome.error == 0) {
        outcome.error = ENOTSUP;
    }
    if (averror < 0 && outcome.error == 0) {
        outcome.error = errorOf(averror);
    } else if (averror >= 0 && !outcome.allocated.empty()) {
        // A slice with a size of its own could not get a buffer, the picture did.
        outcome.error = 0;
    }
    job->destination = {};
    job->finished = true;
}

std::optional<AvDecoder::Outcome> AvDecoder::takeFinished()
{
    const std::lock_guard lock(mutex_);
    if (jobs_.empty() || !jobs_.front().finished) {
        return std::nullopt;
    }
    Outcome outcome = std::move(jobs_.front().outcome);
    jobs_.pop_front();
    return outcome;
}

bool AvDecoder::isUnfinished(bool newest) const
{
    const std::lock_guard lock(mutex_);
    return !jobs_.empty() && !(newest ? jobs_.back() : jobs_.front()).finished;
}

void AvDecoder::finishOldest()
{
    while (isUnfinished(false)) {
        sendFiller();
    }
}

void AvDecoder::finishAll()
{
    while (isUnfinished(true)) {
        sendFiller();
    }
}

void AvDecoder::sendFiller()
{
    packet_->buf = av_buffer_ref(filler_.get());
    if (packet_->buf == nullptr) {
        giveUp();
        return;
    }
    packet_->data = packet_->buf->data;
    packet_->size = static_cast<int>(options_.filler.size());
    packet_->pts = 0;
    send(0);
}

void AvDecoder::giveUp()
{
    // Waits for the decoder's threads, so that none writes to a target after this.
    context_.reset();
    held_.clear();
    const std::lock_guard lock(mutex_);
    for (Job &job : jobs_) {
        job.outcome.error = job.finished ? job.outcome.error : ENOMEM;
        job.finished = true;
    }
}

void AvDecoder::flush()
{
    if (isBroken()) {
        return;
    }
    avcodec_flush_buffers(context_.get());
    // The threads' results begin anew.
    held_.clear();
    const std::lock_guard lock(mutex_);
    strides_.reset();
    identity_.reset();
}

} // namespace daedalus::engine
