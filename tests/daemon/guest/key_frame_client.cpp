// SPDX-License-Identifier: BSD-2-Clause
#include "tests/daemon/guest/key_frame_client.h"

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "gbm/dma_buf.h"
#include "tests/support/memory_file.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::test {

namespace {

/// ffmpeg -f lavfi -i color=0x804020:s=64x64 -frames:v 1 -c:v libvpx-vp9 -crf 40 x.ivf
constexpr std::array<uint8_t, 83> kStream = {
    0x44, 0x4b, 0x49, 0x46, 0x00, 0x00, 0x20, 0x00, 0x56, 0x50, 0x39, 0x30, 0x40, 0x00,
    0x40, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x27, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x82, 0x49, 0x83, 0x42, 0x00, 0x03, 0xf0, 0x03, 0xf6, 0x00, 0x38, 0x24,
    0x1c, 0x18, 0x8c, 0x00, 0x00, 0x30, 0x60, 0x00, 0x00, 0x67, 0x3f, 0xff, 0xfc, 0x15,
    0x47, 0xff, 0xff, 0xfc, 0x74, 0xbf, 0xff, 0xff, 0xf6, 0xe4, 0x75, 0x13, 0x00};
constexpr uint32_t kWidth = 64;
constexpr uint32_t kHeight = 64;
constexpr std::byte kLuma{0x54};
constexpr std::array<std::byte, 2> kChroma{std::byte{0x68}, std::byte{0x9e}};
constexpr uint64_t kFrameInterval = 1'000'000;

Result<UniqueFd> makeUdmabuf(size_t size)
{
    const UniqueFd device(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t whole = (size + page - 1) / page * page;
    const UniqueFd memory = memoryFile(whole);
    if (!memory || ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
        return failErrno("making memory for a udmabuf");
    }
    udmabuf_create create{};
    create.memfd = static_cast<uint32_t>(memory.get());
    create.flags = UDMABUF_FLAGS_CLOEXEC;
    create.size = whole;
    UniqueFd buffer(::ioctl(device.get(), UDMABUF_CREATE, &create));
    if (!buffer) {
        return failErrno("making a udmabuf");
    }
    return buffer;
}

} // namespace

KeyFrameClient::KeyFrameClient(v4l2::MediaDevice media, std::shared_ptr<v4l2::V4l2Device> device,
                               const Settings &settings)
    : media_(std::move(media)), device_(std::move(device)), settings_(settings),
      output_(device_, v4l2::QueueType::Output, v4l2::V4l2Memory::Mmap),
      capture_(device_, v4l2::QueueType::Capture, settings.captureMemory)
{}

Result<std::unique_ptr<KeyFrameClient>> KeyFrameClient::open(const Settings &settings)
{
    const auto nodes = v4l2::findDaedalus();
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    auto media = v4l2::MediaDevice::open(nodes->media);
    if (!media) {
        return tl::unexpected(media.error());
    }
    auto device = v4l2::V4l2Device::open(nodes->video);
    if (!device) {
        return tl::unexpected(device.error());
    }
    std::unique_ptr<KeyFrameClient> client(
        new KeyFrameClient(std::move(*media), std::move(*device), settings));
    auto ready = client->loadFrame()
                     .and_then([&] { return client->setFormats(); })
                     .and_then([&] { return client->allocateOutput(); })
                     .and_then([&] { return client->allocateCapture(); })
                     .and_then([&] { return client->start(); });
    if (!ready) {
        return tl::unexpected(ready.error());
    }
    return client;
}

Result<void> KeyFrameClient::loadFrame()
{
    auto stream = v4l2decode::ElementaryStream::fromBytes({kStream.begin(), kStream.end()});
    if (!stream) {
        return tl::unexpected(stream.error());
    }
    while (auto event = stream->next()) {
        if (auto *picture = std::get_if<v4l2decode::StatelessPicture>(&*event)) {
            controls_ = std::move(picture->controls);
            frame_ = std::move(picture->bitstream);
            return {};
        }
    }
    return fail(EBADMSG, "the key frame does not parse");
}

Result<void> KeyFrameClient::setFormats()
{
    const auto coded = device_->setFormat(
        v4l2::QueueType::Output,
        {.fourcc = V4L2_PIX_FMT_VP9_FRAME, .width = kWidth, .height = kHeight, .planes = {{}}});
    if (!coded) {
        return tl::unexpected(coded.error());
    }
    auto decoded = device_->setFormat(
        v4l2::QueueType::Capture,
        {.fourcc = V4L2_PIX_FMT_NV12, .width = kWidth, .height = kHeight, .planes = {{}}});
    if (!decoded) {
        return tl::unexpected(decoded.error());
    }
    captureFormat_ = std::move(*decoded);
    return {};
}

Result<void> KeyFrameClient::allocateOutput()
{
    const auto count = output_.allocate(settings_.buffers);
    if (!count) {
        return tl::unexpected(count.error());
    }
    for (unsigned i = 0; i < *count; ++i) {
        auto request = media_.allocRequest();
        if (!request) {
            return tl::unexpected(request.error());
        }
        requests_.push_back(std::move(*request));
        std::memcpy(output_.plane(i, 0).data(), frame_.data(), frame_.size());
    }
    return {};
}

Result<void> KeyFrameClient::allocateCapture()
{
    const auto count = capture_.allocate(settings_.buffers);
    if (!count) {
        return tl::unexpected(count.error());
    }
    dmaBufs_.clear();
    for (unsigned i = 0; i < *count && settings_.captureMemory == v4l2::V4l2Memory::DmaBuf; ++i) {
        auto buffer = makeUdmabuf(captureFormat_.planes[0].size);
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        dmaBufs_.push_back(std::move(*buffer));
    }
    return {};
}

Result<void> KeyFrameClient::start()
{
    return output_.streamOn().and_then([this] { return capture_.streamOn(); });
}

Result<void> KeyFrameClient::restart()
{
    return output_.streamOff()
        .and_then([this] { return capture_.streamOff(); })
        .and_then([this] { return allocateCapture(); })
        .and_then([this] { return start(); });
}

Result<void> KeyFrameClient::queueCapture(unsigned index)
{
    if (settings_.captureMemory == v4l2::V4l2Memory::Mmap) {
        std::ranges::fill(capture_.plane(index, 0), std::byte{0});
        return capture_.queue({.index = index, .planes = {}});
    }
    const v4l2::V4l2Queue::PlaneArgs plane{.fd = dmaBufs_[index].get()};
    return capture_.queue({.index = index, .planes = std::span(&plane, 1)});
}

Result<void> KeyFrameClient::submit(unsigned index)
{
    if (auto queued = queueCapture(index); !queued) {
        return queued;
    }
    const v4l2::MediaRequest &request = requests_[index];
    timestamp_ += kFrameInterval;
    const v4l2::V4l2Queue::PlaneArgs plane{.bytesUsed = static_cast<uint32_t>(frame_.size())};
    return device_->setControls(request, controls_)
        .and_then([&] {
            return output_.queue({.index = index,
                                  .planes = std::span(&plane, 1),
                                  .timestamp = timestamp_,
                                  .request = &request});
        })
        .and_then([&] { return requests_[index].queue(); });
}

Result<KeyFrameClient::Outcome> KeyFrameClient::finish(unsigned index,
                                                       std::chrono::milliseconds limit)
{
    const auto done = requests_[index].wait(limit);
    if (!done) {
        return tl::unexpected(done.error());
    }
    if (!*done) {
        return fail(ETIMEDOUT, "the request does not end");
    }
    const auto output = output_.dequeue();
    const auto capture = capture_.dequeue();
    if (!output || !capture || !*output || !*capture) {
        return fail(EPROTO, "a completed request whose buffers cannot be dequeued");
    }
    if (auto reset = requests_[index].reinit(); !reset) {
        return tl::unexpected(reset.error());
    }
    if ((*capture)->index != index || (*output)->index != index) {
        return fail(EPROTO, "buffers come back in another order than they were queued in");
    }
    if ((*capture)->error) {
        return Outcome::Failed;
    }
    return pictureIsRight(index) ? Outcome::Decoded : Outcome::WrongPicture;
}

Result<KeyFrameClient::Outcome> KeyFrameClient::decode()
{
    return submit().and_then([this] { return finish(); });
}

bool KeyFrameClient::pictureIsRight(unsigned index) const
{
    std::shared_ptr<gbm::DmaBufMapping> mapping;
    std::span<const std::byte> bytes = capture_.plane(index, 0);
    if (settings_.captureMemory == v4l2::V4l2Memory::DmaBuf) {
        auto mapped = gbm::DmaBufMapping::map(dmaBufs_[index].get(), 0, gbm::CpuAccess::Read);
        if (!mapped || !(*mapped)->beginAccess(gbm::CpuAccess::Read)) {
            return false;
        }
        mapping = *mapped;
        bytes = mapping->bytes();
    }
    const uint32_t stride = captureFormat_.planes[0].stride;
    const auto row = [&](size_t y) { return bytes.subspan(y * stride, kWidth); };
    bool right = true;
    for (uint32_t y = 0; y < kHeight; ++y) {
        right = right && std::ranges::all_of(row(y), [](std::byte b) { return b == kLuma; });
    }
    for (uint32_t y = 0; y < kHeight / 2; ++y) {
        const auto chroma = row(captureFormat_.height + y);
        for (size_t x = 0; x < chroma.size(); ++x) {
            right = right && chroma[x] == kChroma[x % kChroma.size()];
        }
    }
    if (mapping) {
        (void)mapping->endAccess(gbm::CpuAccess::Read);
    }
    return right;
}

} // namespace daedalus::test
