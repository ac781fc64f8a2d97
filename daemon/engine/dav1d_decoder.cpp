// SPDX-License-Identifier: BSD-2-Clause
#include "engine/dav1d_decoder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <thread>
#include <utility>

namespace daedalus::engine {
namespace {

/// More than one picture can keep busy.
constexpr unsigned kMaxThreads = 16;
/// Pictures are written in whole superblocks of the largest size.
constexpr uint32_t kSuperblock = 128;

using PictureRef = std::shared_ptr<const Picture>;
using ObusRef = std::shared_ptr<const std::vector<uint8_t>>;

void releaseObus(const uint8_t * /*bytes*/, void *holder)
{
    delete static_cast<ObusRef *>(holder);
}

unsigned threadCount(unsigned wanted)
{
    const unsigned threads =
        wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
    return std::min(threads, kMaxThreads);
}

uint32_t alignUp(int size)
{
    return (static_cast<uint32_t>(size) + kSuperblock - 1) / kSuperblock * kSuperblock;
}

PictureNeeds needsOf(const Dav1dPictureParameters &parameters)
{
    return {.width = static_cast<uint32_t>(parameters.w),
            .height = static_cast<uint32_t>(parameters.h),
            .alignedWidth = alignUp(parameters.w),
            .alignedHeight = alignUp(parameters.h),
            .alignment = DAV1D_PICTURE_ALIGNMENT,
            .bitDepth = static_cast<uint32_t>(parameters.bpc)};
}

/// Monochrome: the chroma that targets have and the decoder does not know of.
void fillChroma(const Picture &picture)
{
    for (unsigned plane = 1; plane < 3; ++plane) {
        const size_t count = size_t{picture.stride(plane)} * ((picture.height() + 1) / 2);
        const unsigned gray = 1U << (picture.bitDepth() - 1);
        if (picture.bitDepth() == 8) {
            std::memset(picture.data(plane), static_cast<int>(gray), count);
        } else {
            auto *samples = reinterpret_cast<uint16_t *>(picture.data(plane));
            std::fill_n(samples, count / sizeof(uint16_t), static_cast<uint16_t>(gray));
        }
    }
}

int errorOf(int dav1dError)
{
    switch (-dav1dError) {
    case ENOMEM:
        return ENOMEM;
    case ENOPROTOOPT:
    case ERANGE:
        return ENOTSUP;
    default:
        return EBADMSG;
    }
}

/// @param target null: private memory
int checkTarget(const gbm::FrameBuffer *target, const PictureNeeds &needs)
{
    if (target == nullptr) {
        return 0;
    }
    if (target->format().bitDepth != needs.bitDepth) {
        return ENOTSUP;
    }
    return needs.width > target->width() || needs.height > target->height() ? ENOBUFS : 0;
}

} // namespace

/// A picture that the decoder puts out.
struct Dav1dDecoder::OwnedPicture {
    Dav1dPicture picture{};

    OwnedPicture() = default;
    OwnedPicture(const OwnedPicture &) = delete;
    OwnedPicture &operator=(const OwnedPicture &) = delete;
    ~OwnedPicture() { dav1d_picture_unref(&picture); }
};

Result<std::unique_ptr<Dav1dDecoder>> Dav1dDecoder::open(unsigned threads)
{
    std::unique_ptr<Dav1dDecoder> decoder(new Dav1dDecoder);
    Dav1dSettings settings;
    dav1d_default_settings(&settings);
    settings.n_threads = static_cast<int>(threadCount(threads));
    settings.max_frame_delay = 0;
    settings.apply_grain = 0;
    settings.output_invisible_frames = 1;
    settings.allocator = {.cookie = decoder.get(),
                          .alloc_picture_callback = allocate,
                          .release_picture_callback = release};
    settings.logger.callback = nullptr;
    Dav1dContext *context = nullptr;
    if (const int error = dav1d_open(&context, &settings); error < 0) {
        return fail(-error, "libdav1d does not open");
    }
    decoder->context_.reset(context);
    return decoder;
}

int Dav1dDecoder::allocate(Dav1dPicture *picture, void *cookie)
{
    auto *decoder = static_cast<Dav1dDecoder *>(cookie);
    if (decoder->allocating_ == nullptr) {
        return DAV1D_ERR(EINVAL);
    }
    try {
        return decoder->provide(*decoder->allocating_, *picture);
    } catch (const std::bad_alloc &) { // dav1d, which calls this, is C
        decoder->allocating_->outcome.error = ENOMEM;
        return DAV1D_ERR(ENOMEM);
    }
}

void Dav1dDecoder::release(Dav1dPicture *picture, void * /*cookie*/)
{
    delete static_cast<PictureRef *>(picture->allocator_data);
}

Result<std::shared_ptr<const Picture>> Dav1dDecoder::place(Job &job, const PictureNeeds &needs)
{
    const auto &target = job.destination.target;
    PictureRef &reference = job.outcome.reference;
    if (applyingGrain_) {
        // With the reconstruction's strides, which were chosen to be the target's.
        return Picture::create(target, needs, reference->strides(), *pool_);
    }
    if (reference) {
        // Of a frame with super resolution, what it is scaled from.
        return Picture::create(nullptr, needs, std::nullopt, *pool_);
    }
    if (const int error = checkTarget(target.get(), needs); error != 0) {
        return fail(error, "the target does not fit the picture");
    }
    auto picture = Picture::create(target, needs, std::nullopt, *pool_);
    if (picture && job.destination.grain) {
        picture = Picture::create(nullptr, needs, (*picture)->strides(), *pool_);
    }
    if (picture) {
        reference = *picture;
    }
    return picture;
}

int Dav1dDecoder::provide(Job &job, Dav1dPicture &picture)
{
    const bool monochrome = picture.p.layout == DAV1D_PIXEL_LAYOUT_I400;
    if (!monochrome && picture.p.layout != DAV1D_PIXEL_LAYOUT_I420) {
        job.outcome.error = ENOTSUP;
        return DAV1D_ERR(ENOPROTOOPT);
    }
    auto placed = place(job, needsOf(picture.p));
    if (!placed) {
        job.outcome.error = placed.error().code();
        return DAV1D_ERR(ENOMEM);
    }
    if (monochrome) {
        fillChroma(**placed);
    }
    for (unsigned plane = 0; plane < (monochrome ? 1U : 3U); ++plane) {
        picture.data[plane] = (*placed)->data(plane);
    }
    picture.stride[0] = (*placed)->stride(0);
    picture.stride[1] = (*placed)->stride(1);
    if (applyingGrain_) {
        job.outcome.shown = *placed;
    }
    picture.allocator_data = new PictureRef(std::move(*placed));
    return 0;
}

Result<PictureRef> Dav1dDecoder::start(ObusRef obus, Destination destination)
{
    Dav1dData data{};
    const std::vector<uint8_t> &bytes = *obus;
    auto holder = std::make_unique<ObusRef>(std::move(obus));
    if (dav1d_data_wrap(&data, bytes.data(), bytes.size(), releaseObus, holder.get()) != 0) {
        return fail(ENOMEM, "no memory for a frame");
    }
    // releaseObus() deletes it.
    static_cast<void>(holder.release());
    // Pictures and errors bring the timestamp back.
    const int64_t id = ++lastId_;
    data.m.timestamp = id;
    jobs_.push_back({.id = id, .destination = std::move(destination), .outcome = {}});
    // Pictures are allocated before this returns; none of older frames is.
    allocating_ = &jobs_.back();
    const int sent = dav1d_send_data(context_.get(), &data);
    allocating_ = nullptr;
    dav1d_data_unref(&data);
    PictureRef reference = sent >= 0 ? jobs_.back().outcome.reference : nullptr;
    static_cast<void>(receive());
    if (sent < 0) {
        reject(id, sent);
    } else if (!reference) {
        reject(id, DAV1D_ERR(EINVAL));
    }
    return reference;
}

bool Dav1dDecoder::receive()
{
    OwnedPicture out;
    const int result = dav1d_get_picture(context_.get(), &out.picture);
    if (result == DAV1D_ERR(EAGAIN)) {
        return false;
    }
    if (result < 0) {
        Dav1dDataProps failed{};
        if (dav1d_get_decode_error_data_props(context_.get(), &failed) == 0) {
            reject(failed.timestamp, result);
            dav1d_data_props_unref(&failed);
        }
        return true;
    }
    finish(out.picture.m.timestamp, out.picture);
    return true;
}

void Dav1dDecoder::finishUpTo(int64_t id)
{
    for (Job &job : jobs_) {
        if (job.id <= id && !job.finished) {
            // One that was passed over has no picture.
            job.finished = true;
            if (job.outcome.error == 0 && !job.outcome.shown) {
                job.outcome.error = EBADMSG;
            }
        }
    }
}

void Dav1dDecoder::finish(int64_t id, const Dav1dPicture &picture)
{
    const auto job =
        std::find_if(jobs_.begin(), jobs_.end(), [id](const Job &other) { return other.id == id; });
    if (job == jobs_.end() || job->finished) {
        return;
    }
    if (job->destination.grain) {
        applyGrain(*job, picture);
    } else {
        job->outcome.shown = job->outcome.reference;
    }
    finishUpTo(id);
}

void Dav1dDecoder::reject(int64_t id, int error)
{
    const auto job =
        std::find_if(jobs_.begin(), jobs_.end(), [id](const Job &other) { return other.id == id; });
    if (job == jobs_.end() || job->finished) {
        return;
    }
    if (job->outcome.error == 0) {
        job->outcome.error = errorOf(error);
    }
    finishUpTo(id);
}

std::optional<Dav1dDecoder::Outcome> Dav1dDecoder::takeFinished()
{
    if (jobs_.empty() || !jobs_.front().finished) {
        return std::nullopt;
    }
    Outcome outcome = std::move(jobs_.front().outcome);
    jobs_.pop_front();
    return outcome;
}

void Dav1dDecoder::finishAll()
{
    while (!jobs_.empty() && !jobs_.back().finished) {
        // Without new data the library waits for the oldest frame; it has none where it knows
        // of no frame that is not finished.
        if (!receive()) {
            finishUpTo(jobs_.back().id);
        }
    }
}

void Dav1dDecoder::applyGrain(Job &job, const Dav1dPicture &reconstruction)
{
    allocating_ = &job;
    applyingGrain_ = true;
    OwnedPicture grained;
    if (const int error = dav1d_apply_grain(context_.get(), &grained.picture, &reconstruction);
        error < 0) {
        job.outcome.error = job.outcome.error != 0 ? job.outcome.error : errorOf(error);
    }
    applyingGrain_ = false;
    allocating_ = nullptr;
}

void Dav1dDecoder::flush()
{
    dav1d_flush(context_.get());
}

} // namespace daedalus::engine
