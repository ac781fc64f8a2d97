// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/kernel_session.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>

#include "v4l2/stateless_setup.h"

namespace daedalus::va {

namespace {

/// As many as all kernels allow (VIDEO_MAX_FRAME).
constexpr unsigned kCaptureBuffers = 32;
/// The kernel answers for a dead worker within two seconds, so this never passes
/// unless the kernel itself is stuck. It is long, since pictures may be slow.
constexpr std::chrono::seconds kProgressTimeout{30};

} // namespace

Result<std::unique_ptr<KernelSession>> KernelSession::create(const v4l2::DaedalusNodes &nodes,
                                                             const CodecInfo &codec,
                                                             gbm::SurfaceAllocator &allocator,
                                                             std::shared_ptr<spdlog::logger> logger)
{
    auto media = v4l2::MediaDevice::open(nodes.media);
    if (!media) {
        return tl::unexpected(media.error());
    }
    auto device = v4l2::V4l2Device::open(nodes.video);
    if (!device) {
        return tl::unexpected(device.error());
    }
    return std::unique_ptr<KernelSession>(new KernelSession(std::move(*media), std::move(*device),
                                                            codec, allocator, std::move(logger)));
}

KernelSession::KernelSession(v4l2::MediaDevice media, std::shared_ptr<v4l2::V4l2Device> device,
                             const CodecInfo &codec, gbm::SurfaceAllocator &allocator,
                             std::shared_ptr<spdlog::logger> logger)
    : media_(std::move(media)), device_(std::move(device)), codec_(codec), allocator_(allocator),
      logger_(std::move(logger)), bitstreams_(device_, media_),
      capture_(device_, v4l2::QueueType::Capture, v4l2::V4l2Memory::DmaBuf)
{}

KernelSession::~KernelSession()
{
    abort(ECANCELED);
}

void KernelSession::fail(const std::shared_ptr<DecodeJob> &job, const Error &error)
{
    logger_->log(failureLog_.level(), "a picture could not be given to the kernel: {}",
                 error.what());
    job->finish({error.code(), 0});
}

bool KernelSession::formatsSuit(const DecodeJob &job) const
{
    if (codedWidth_ == 0 || job.target->format().bitDepth != layout_.format->bitDepth) {
        return false;
    }
    const StatelessRequest &request = job.request;
    if (request.codedWidth == codedWidth_ && request.codedHeight == codedHeight_) {
        return true; // surfaces with other layouts get shadows
    }
    // Smaller pictures in the same surfaces need nothing new.
    return request.codedWidth <= codedWidth_ && request.codedHeight <= codedHeight_ &&
           layout_.matches(job.target->layout());
}

Result<void> KernelSession::configureCapture(const DecodeJob &job)
{
    const gbm::SurfaceLayout &target = job.target->layout();
    auto wanted = CaptureLayout::of(target);
    if (!wanted) {
        wanted = CaptureLayout::of(gbm::SurfaceLayout::standard(
            *target.format, job.request.codedWidth, job.request.codedHeight));
    }
    if (!wanted) {
        return daedalus::fail(ENOTSUP, "the kernel module has no surfaces of this format");
    }
    auto set =
        device_->setFormat(v4l2::QueueType::Capture, wanted->toFormat(job.request.codedWidth));
    if (!set) {
        return tl::unexpected(set.error());
    }
    const auto layout = CaptureLayout::fromFormat(*set);
    if (!layout || layout->format != wanted->format) {
        return daedalus::fail(ENOTSUP, "the kernel module has another idea of surfaces");
    }
    layout_ = *layout;
    const auto count = capture_.allocate(kCaptureBuffers);
    if (!count) {
        return tl::unexpected(count.error());
    }
    slots_.reset(*count, layout_);
    return {};
}

/// Follows 'Dynamic resolution change' of the kernel's stateless decoder
/// documentation where formats were set up before.
Result<void> KernelSession::configure(const DecodeJob &job)
{
    codedWidth_ = 0;
    return bitstreams_.streamOff()
        .and_then([&] { return capture_.streamOff(); })
        .and_then([&] { return capture_.count() > 0 ? capture_.release() : Result<void>(); })
        .and_then([&] {
            return bitstreams_.configure(codec_.v4l2, job.request.codedWidth,
                                         job.request.codedHeight);
        })
        .and_then([&] { return v4l2::selectWholeFrames(*device_, codec_.v4l2); })
        .and_then(
            [&] { return device_->setControls(v4l2::sequenceControls(job.request.controls)); })
        .and_then([&] { return configureCapture(job); })
        .and_then([&] { return bitstreams_.streamOn(); })
        .and_then([&] { return capture_.streamOn(); })
        .map([&] {
            codedWidth_ = job.request.codedWidth;
            codedHeight_ = job.request.codedHeight;
        });
}

KernelSession::Submission KernelSession::trySubmit(const std::shared_ptr<DecodeJob> &job,
                                                   bool waited)
{
    if (!formatsSuit(*job)) {
        if (!idle()) {
            return Submission::NeedsPicture;
        }
        if (auto configured = configure(*job); !configured) {
            fail(job, configured.error());
            abort(EIO);
            return Submission::Taken;
        }
    }
    const auto submitted = submit(job, waited);
    if (!submitted) {
        fail(job, submitted.error());
        return Submission::Taken;
    }
    return *submitted;
}

Result<KernelSession::Submission> KernelSession::submit(const std::shared_ptr<DecodeJob> &job,
                                                        bool waited)
{
    const auto capture = slots_.acquire(job->target->sharedMemory(), allocator_);
    if (!capture) {
        return tl::unexpected(capture.error());
    }
    if (!*capture) {
        return Submission::NeedsPicture;
    }
    if (slots_[**capture].shadow && !std::exchange(shadowLogged_, true)) {
        logger_->warn("surfaces of another layout than the decoder's: their pictures are copied");
    }
    // Shadows are read by the CPU only.
    if (!waited && !slots_[**capture].shadow &&
        !gbm::waitUntilWritable(slots_.fd(**capture), std::chrono::milliseconds::zero())) {
        return Submission::NeedsSurface;
    }
    const auto output = bitstreams_.fill(job->request.bitstream, job->timestamp);
    if (!output) {
        return tl::unexpected(output.error());
    }
    if (!*output) {
        return Submission::NeedsBitstream;
    }
    if (auto queued = queue(job, **output, **capture); !queued) {
        return tl::unexpected(queued.error());
    }
    return Submission::Taken;
}

/// The CAPTURE buffer goes in last but one: once it is in, only the request may
/// follow, else it would serve the picture after this.
Result<void> KernelSession::queue(const std::shared_ptr<DecodeJob> &job, unsigned output,
                                  unsigned capture)
{
    if (auto set = device_->setControls(bitstreams_.request(output), job->request.controls); !set) {
        bitstreams_.cancel(output);
        return set;
    }
    v4l2::V4l2Queue::PlaneArgs plane;
    plane.fd = slots_.fd(capture);
    plane.length = slots_[capture].bytes;
    v4l2::V4l2Queue::QueueArgs args;
    args.index = capture;
    args.planes = {&plane, 1};
    if (auto queued = capture_.queue(args); !queued) {
        bitstreams_.cancel(output);
        return queued;
    }
    if (inFlight_++ == 0) {
        stalledSince_.reset();
    }
    if (auto submitted = bitstreams_.request(output).queue(); !submitted) {
        bitstreams_.cancel(output);
        --inFlight_;
        abort(EIO); // takes the CAPTURE buffer back, and all others with it
        return submitted;
    }
    slots_[capture].job = job;
    job->request.bitstream = {}; // the kernel has it
    return {};
}

void KernelSession::complete(const v4l2::V4l2Queue::Dequeued &done)
{
    CaptureSlots::Slot &slot = slots_[done.index];
    const auto job = std::exchange(slot.job, nullptr);
    if (!job) {
        return;
    }
    --inFlight_;
    stalledSince_.reset();
    engine::DecodeResult result;
    if (done.error) {
        logger_->log(failureLog_.level(), "a picture could not be decoded, or no daemon answers");
        result.error = EIO;
    } else if (slot.shadow) {
        const auto copied = copyShadow(*slot.shadow, job->target->memory());
        result.error = copied ? 0 : copied.error().code();
    }
    job->finish(result);
}

void KernelSession::finishCompleted()
{
    if (idle()) {
        return;
    }
    const auto done = capture_.dequeue();
    if (!done) {
        logger_->error("{}", done.error().what());
        abort(EIO);
    } else if (*done) {
        complete(**done);
    }
}

void KernelSession::checkProgress()
{
    if (idle()) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!stalledSince_) {
        stalledSince_ = now;
    } else if (now - *stalledSince_ > kProgressTimeout) {
        logger_->error("the kernel module does not answer: giving up on {} pictures", inFlight_);
        abort(ETIMEDOUT);
    }
}

void KernelSession::abort(int error)
{
    codedWidth_ = 0; // set up again with the next job
    // Either may fail only if it is not streaming. The kernel lets the daemon finish what it is
    // writing, for up to two seconds; after that no surface can be queued that it still writes.
    static_cast<void>(bitstreams_.streamOff());
    static_cast<void>(capture_.streamOff());
    inFlight_ = 0;
    for (unsigned index = 0; index < slots_.count(); ++index) {
        if (const auto job = std::exchange(slots_[index].job, nullptr)) {
            job->finish({error, 0});
        }
    }
}

} // namespace daedalus::va
