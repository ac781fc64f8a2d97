// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/context.h"

namespace daedalus::va {

Context::Context(Driver &driver, std::shared_ptr<Stream> stream)
    : driver_(driver), stream_(std::move(stream))
{}

Context::~Context()
{
    // A surface that is being decoded holds the stream, whose job holds the surface.
    stream_->decoder->finishPending();
}

VaResult<std::shared_ptr<Context>> Context::create(Driver &driver, const Config &config,
                                                   uint32_t width, uint32_t height)
{
    auto decoder = driver.backend().createContext(*config.codec);
    if (!decoder) {
        driver.logger->error("{} {}x{}: {}", config.codec->name, width, height,
                             decoder.error().what());
        return vaFail(decoder.error().code() == ENOMEM ? VA_STATUS_ERROR_ALLOCATION_FAILED
                                                       : VA_STATUS_ERROR_OPERATION_FAILED);
    }
    driver.logger->info("{} {}x{}: decoding starts", config.codec->name, width, height);
    auto stream = std::make_shared<Stream>(*config.codec, std::move(*decoder));
    return std::shared_ptr<Context>(new Context(driver, std::move(stream)));
}

VAStatus Context::begin(VASurfaceID targetId, std::shared_ptr<Surface> target)
{
    const std::scoped_lock lock(mutex_);
    targetId_ = targetId;
    target_ = std::move(target);
    picture_ = {};
    return VA_STATUS_SUCCESS;
}

VAStatus Context::render(std::span<const std::shared_ptr<Buffer>> buffers)
{
    const std::scoped_lock lock(mutex_);
    if (!target_) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    for (const auto &buffer : buffers) {
        switch (buffer->type()) {
        case VAPictureParameterBufferType:
            picture_.picture = buffer->snapshot();
            break;
        case VAIQMatrixBufferType:
            picture_.iqMatrix = buffer->snapshot();
            break;
        case VAProbabilityBufferType:
            break; // VP8's, which are in the bitstream too
        case VASliceParameterBufferType:
            picture_.sliceParams.push_back(buffer->snapshot());
            break;
        case VASliceDataBufferType:
            picture_.sliceData.push_back(buffer->snapshot());
            break;
        default:
            return VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE;
        }
    }
    return VA_STATUS_SUCCESS;
}

bool Context::fits(const StatelessRequest &request)
{
    const gbm::SurfaceLayout &layout = request.target->layout();
    return layout.format->rowBytes(0, request.codedWidth) <= layout.stride[0] &&
           request.codedHeight <= layout.alignedHeight;
}

void Context::adoptStream()
{
    for (const VASurfaceID id : stream_->codec.references(picture_)) {
        const auto surface = driver_.surfaces.find(id);
        auto other = surface ? surface->stream() : nullptr;
        if (other && other->codec.v4l2 == stream_->codec.v4l2) {
            driver_.logger->info("{}: a stream goes on in a new context", stream_->codec.name);
            stream_ = std::move(other);
            return;
        }
    }
}

VAStatus Context::end()
{
    const std::scoped_lock lock(mutex_);
    if (!target_) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    if (!std::exchange(started_, true)) {
        adoptStream();
    }
    const VAStatus status = decode();
    if (status != VA_STATUS_SUCCESS) {
        ++driver_.statistics->errors;
    }
    picture_ = {};
    target_.reset();
    return status;
}

VAStatus Context::decode()
{
    const std::scoped_lock lock(stream_->mutex);
    const auto lookup = [this](VASurfaceID id) { return driver_.surfaces.find(id); };
    auto request = stream_->translator->translate(picture_, targetId_, lookup);
    if (!request) {
        // A stream of a kind that is not decoded is no damage: players go on in software.
        const auto level = request.error() == VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT
                               ? spdlog::level::info
                               : stream_->failureLog.level();
        driver_.logger->log(level, "{}: a picture cannot be decoded: {}", stream_->codec.name,
                            vaErrorStr(request.error()));
        return request.error();
    }
    if (!request->target) {
        request->target = target_;
    }
    if (!fits(*request)) {
        const gbm::SurfaceLayout &layout = request->target->layout();
        driver_.logger->error("a picture of {}x{} does not fit into a surface of {}x{}",
                              request->codedWidth, request->codedHeight, layout.width,
                              layout.height);
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (request->bitDepth != 0 && request->bitDepth != target_->format().bitDepth) {
        driver_.logger->error("a picture of {} bits does not fit into a surface of {}",
                              request->bitDepth, target_->format().name);
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    submit(std::move(*request));
    return VA_STATUS_SUCCESS;
}

void Context::submit(StatelessRequest request)
{
    const uint64_t timestamp =
        request.secondField ? request.target->reference().timestamp : driver_.nextTimestamp();
    std::vector<std::shared_ptr<Surface>> surfaces = request.aliases;
    surfaces.push_back(request.target);
    DecodeJob job;
    job.target = request.target;
    job.timestamp = timestamp;
    job.finish = JobCompletion([statistics = driver_.statistics, stream = stream_.get(),
                                surfaces](const engine::DecodeResult &result) {
        ++(result.error == 0 ? statistics->frames : statistics->errors);
        statistics->bytesCopied += result.bytesCopied;
        for (const auto &surface : surfaces) {
            surface->decodeFinished(result, stream);
        }
    });
    for (const auto &surface : surfaces) {
        surface->decodeSubmitted(timestamp, request.secondField, request.fieldPicture, stream_);
    }
    job.request = std::move(request);
    stream_->decoder->submit(std::move(job));
}

} // namespace daedalus::va
