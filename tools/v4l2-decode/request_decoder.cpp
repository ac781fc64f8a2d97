// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/request_decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <linux/videodev2.h>

#include "v4l2/stateless_setup.h"

namespace daedalus::v4l2decode {

namespace {

/// The media node whose video node is @p video.
Result<v4l2::MediaDevice> mediaOf(const std::string &video)
{
    for (const std::string &path : v4l2::MediaDevice::enumerate()) {
        auto media = v4l2::MediaDevice::open(path);
        if (!media) {
            continue;
        }
        const auto node = media->videoNode();
        if (node && *node == video) {
            return media;
        }
    }
    return fail(ENODEV, video + ": no media device belongs to it, so that there are no requests");
}

/// The CAPTURE format for samples of @p bitDepth where the user names none.
uint32_t defaultCaptureFormat(uint8_t bitDepth)
{
    return bitDepth == 8 ? V4L2_PIX_FMT_NV12 : V4L2_PIX_FMT_P010;
}

} // namespace

Result<std::unique_ptr<RequestDecoder>> RequestDecoder::open(const Options &options)
{
    std::string video = options.device;
    Result<v4l2::MediaDevice> media = fail(ENODEV, "no device");
    if (video.empty()) {
        const auto nodes = v4l2::findDaedalus();
        if (!nodes) {
            return tl::unexpected(nodes.error());
        }
        video = nodes->video;
        media = v4l2::MediaDevice::open(nodes->media);
    } else {
        media = mediaOf(video);
    }
    if (!media) {
        return tl::unexpected(media.error());
    }
    auto device = v4l2::V4l2Device::open(video);
    if (!device) {
        return tl::unexpected(device.error());
    }
    std::unique_ptr<gbm::SurfaceAllocator> allocator;
    if (options.memory == v4l2::V4l2Memory::DmaBuf) {
        auto created = gbm::SurfaceAllocator::create(-1);
        if (!created) {
            return tl::unexpected(created.error());
        }
        allocator = std::move(*created);
    }
    return std::unique_ptr<RequestDecoder>(
        new RequestDecoder(options, std::move(*media), std::move(*device), std::move(allocator)));
}

Result<void> RequestDecoder::configure(const SequencePlan &plan, const StatelessPicture &first)
{
    pictures_.clear();
    slots_.clear();
    freeSlots_.clear();
    output_.reset();
    capture_.reset();
    if (auto result = setUpOutput(plan, first); !result) {
        return result;
    }
    const uint32_t fourcc = options_.captureFormat != 0 ? options_.captureFormat
                                                        : defaultCaptureFormat(plan.start.bitDepth);
    auto capture = CaptureBuffers::create(device_, allocator_.get(), fourcc, plan.codedWidth,
                                          plan.codedHeight, plan.pictures, options_.inFlight);
    if (!capture) {
        return tl::unexpected(capture.error());
    }
    capture_ = std::move(*capture);
    return start();
}

Result<void> RequestDecoder::setUpOutput(const SequencePlan &plan, const StatelessPicture &first)
{
    constexpr size_t kPage = 4096;
    const size_t size = (plan.bitstreamSize + kPage - 1) / kPage * kPage;
    auto format = device_->setFormat(
        v4l2::QueueType::Output, {.fourcc = plan.start.codec,
                                  .width = plan.codedWidth,
                                  .height = plan.codedHeight,
                                  .planes = {{.stride = 0, .size = static_cast<uint32_t>(size)}}});
    if (!format) {
        return tl::unexpected(format.error());
    }
    if (format->fourcc != plan.start.codec) {
        return fail(ENOTSUP, device_->path() + " does not decode this codec");
    }
    // A driver takes the largest size that it has for one that is too large.
    if (format->width < plan.codedWidth || format->height < plan.codedHeight) {
        return fail(ENOTSUP, device_->path() + " does not decode pictures of " +
                                 std::to_string(plan.codedWidth) + "x" +
                                 std::to_string(plan.codedHeight));
    }
    outputSize_ = format->planes.front().size;
    if (auto result = v4l2::selectWholeFrames(*device_, plan.start.codec); !result) {
        return result;
    }
    if (auto result = device_->setControls(v4l2::sequenceControls(first.controls)); !result) {
        return result;
    }
    return setUpSlots();
}

Result<void> RequestDecoder::setUpSlots()
{
    output_ = std::make_unique<v4l2::V4l2Queue>(device_, v4l2::QueueType::Output, options_.memory);
    const auto count = output_->allocate(options_.inFlight);
    if (!count) {
        return tl::unexpected(count.error());
    }
    slots_.resize(std::min(*count, options_.inFlight));
    for (unsigned i = 0; i < slots_.size(); ++i) {
        if (auto result = allocateSlotMemory(slots_[i]); !result) {
            return result;
        }
        freeSlots_.push_back(i);
    }
    return {};
}

Result<void> RequestDecoder::allocateSlotMemory(Slot &slot)
{
    if (!allocator_) {
        return {};
    }
    auto fd = allocator_->allocateBytes(outputSize_);
    if (!fd) {
        return tl::unexpected(fd.error());
    }
    auto mapping = gbm::DmaBufMapping::map(fd->get(), 0, gbm::CpuAccess::ReadWrite);
    if (!mapping) {
        return tl::unexpected(mapping.error());
    }
    slot.fd = std::move(*fd);
    slot.mapping = std::move(*mapping);
    return {};
}

Result<void> RequestDecoder::start()
{
    if (auto result = output_->streamOn(); !result) {
        return result;
    }
    return capture_->queue().streamOn();
}

ControlSet RequestDecoder::supported(const ControlSet &controls) const
{
    ControlSet result;
    for (const auto &[id, bytes] : controls.all()) {
        // Drivers that parse VP9's compressed header themselves have no such control.
        if (id != V4L2_CID_STATELESS_VP9_COMPRESSED_HDR || device_->hasControl(id)) {
            result.setBytes(id, bytes);
        }
    }
    return result;
}

std::span<std::byte> RequestDecoder::memory(unsigned slot)
{
    return allocator_ ? slots_[slot].mapping->bytes() : output_->plane(slot, 0);
}

Result<void> RequestDecoder::fill(unsigned slot, std::span<const uint8_t> bitstream)
{
    std::optional<gbm::ScopedCpuAccess> access;
    if (allocator_) {
        access.emplace(slots_[slot].mapping, gbm::CpuAccess::Write);
        if (!access->begun()) {
            return access->begun();
        }
    }
    const auto bytes = memory(slot);
    if (bitstream.size() > bytes.size()) {
        return fail(EMSGSIZE, "an OUTPUT buffer is too small for a picture's bitstream");
    }
    std::memcpy(bytes.data(), bitstream.data(), bitstream.size());
    return {};
}

Result<void> RequestDecoder::submit(const StatelessPicture &picture)
{
    const unsigned index = freeSlots_.back();
    Slot &slot = slots_[index];
    if (!slot.request) {
        auto request = media_.allocRequest();
        if (!request) {
            return tl::unexpected(request.error());
        }
        slot.request = std::move(*request);
    }
    if (auto result = fill(index, picture.bitstream); !result) {
        return result;
    }
    if (auto result = device_->setControls(*slot.request, supported(picture.controls)); !result) {
        return result;
    }
    const v4l2::V4l2Queue::PlaneArgs plane{.fd = slot.fd.get(),
                                           .length = allocator_ ? outputSize_ : 0,
                                           .bytesUsed =
                                               static_cast<uint32_t>(picture.bitstream.size())};
    const v4l2::V4l2Queue::QueueArgs args{
        .index = index,
        .planes = std::span(&plane, 1),
        .timestamp = picture.timestamp,
        .request = &*slot.request,
        .flags = picture.firstField ? uint32_t{V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF} : 0U};
    if (auto result = output_->queue(args); !result) {
        return result;
    }
    const auto submitted = Clock::now();
    if (auto result = slot.request->queue(); !result) {
        return result;
    }
    freeSlots_.pop_back();
    slot.returned = false;
    inFlight_.push_back({index, picture.timestamp, !picture.firstField, submitted});
    return {};
}

Error RequestDecoder::timedOut(uint64_t timestamp) const
{
    return {ETIMEDOUT, "picture " + std::to_string(timestamp / 1000) + " is not done after " +
                           std::to_string(options_.timeout.count()) + " ms"};
}

Result<RequestDecoder::Completion> RequestDecoder::complete()
{
    const InFlight oldest = inFlight_.front();
    const auto done = slots_[oldest.slot].request->wait(options_.timeout);
    if (!done) {
        return tl::unexpected(done.error());
    }
    if (!*done) {
        return tl::unexpected(timedOut(oldest.timestamp));
    }
    const Completion completion{oldest.timestamp, oldest.pictureDone,
                                Clock::now() - oldest.submitted};
    if (oldest.pictureDone) {
        if (auto result = awaitPicture(oldest.timestamp); !result) {
            return tl::unexpected(result.error());
        }
    }
    if (auto result = recycle(oldest); !result) {
        return tl::unexpected(result.error());
    }
    inFlight_.pop_front();
    return completion;
}

Result<void> RequestDecoder::collectPictures()
{
    while (true) {
        const auto buffer = capture_->queue().dequeue();
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        if (!*buffer) {
            return {};
        }
        pictures_[(*buffer)->timestamp] = {(*buffer)->index, (*buffer)->error};
    }
}

Result<void> RequestDecoder::awaitPicture(uint64_t timestamp)
{
    const auto deadline = Clock::now() + options_.timeout;
    while (true) {
        if (auto result = collectPictures(); !result || pictures_.contains(timestamp)) {
            return result;
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        const auto ready =
            capture_->queue().wait(std::max(left, std::chrono::milliseconds::zero()));
        if (!ready) {
            return tl::unexpected(ready.error());
        }
        if (!*ready) {
            return tl::unexpected(timedOut(timestamp));
        }
    }
}

/// The OUTPUT buffer of a request that is done is there at once, perhaps behind those
/// of younger requests.
Result<void> RequestDecoder::recycle(const InFlight &finished)
{
    Slot &slot = slots_[finished.slot];
    while (!slot.returned) {
        const auto buffer = output_->dequeue();
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        if (!*buffer) {
            return fail(EPROTO, "a request is done, but its OUTPUT buffer does not come back");
        }
        slots_[(*buffer)->index].returned = true;
    }
    freeSlots_.push_back(finished.slot);
    return slot.request->reinit();
}

std::optional<bool> RequestDecoder::hasError(uint64_t timestamp) const
{
    const auto it = pictures_.find(timestamp);
    return it != pictures_.end() ? std::optional(it->second.error) : std::nullopt;
}

Result<FrameView> RequestDecoder::view(uint64_t timestamp)
{
    const auto it = pictures_.find(timestamp);
    if (it == pictures_.end()) {
        return fail(ENOENT, "a picture that was not decoded is to be shown");
    }
    return capture_->view(it->second.index);
}

Result<void> RequestDecoder::release(uint64_t timestamp)
{
    const auto it = pictures_.find(timestamp);
    if (it == pictures_.end()) {
        return {};
    }
    const unsigned index = it->second.index;
    pictures_.erase(it);
    return capture_->enqueue(index);
}

Result<void> RequestDecoder::restart()
{
    if (!output_) {
        return {};
    }
    if (auto result = output_->streamOff(); !result) {
        return result;
    }
    if (auto result = capture_->queue().streamOff(); !result) {
        return result;
    }
    pictures_.clear();
    inFlight_.clear();
    freeSlots_.clear();
    for (unsigned i = 0; i < slots_.size(); ++i) {
        // Requests that were cut off cannot be used again; closing them is allowed.
        slots_[i].request.reset();
        freeSlots_.push_back(i);
    }
    if (auto result = capture_->enqueueAll(); !result) {
        return result;
    }
    return start();
}

} // namespace daedalus::v4l2decode
