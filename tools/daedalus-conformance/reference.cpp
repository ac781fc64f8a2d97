// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/reference.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <unistd.h>

#include "tools/common/software_decoder.h"
#include "tools/daedalus-conformance/stream_info.h"

namespace daedalus::conformance {

namespace {

constexpr size_t kChunk = size_t{1} << 20;

/// Of the content, so that files may be moved, and changed ones are found out.
Result<std::string> keyOf(const std::string &file, Cropping cropping)
{
    std::ifstream input(file, std::ios::binary);
    if (!input) {
        return fail(ENOENT, file + ": cannot be read");
    }
    std::vector<uint8_t> chunk(kChunk);
    std::string hashes;
    while (input) {
        input.read(reinterpret_cast<char *>(chunk.data()), static_cast<std::streamsize>(kChunk));
        hashes += hashFrame({chunk.data(), static_cast<size_t>(input.gcount())}).md5;
    }
    hashes += std::to_string(avcodec_version());
    hashes += cropping == Cropping::Applied ? "cropped" : "whole";
    return hashFrame({reinterpret_cast<const uint8_t *>(hashes.data()), hashes.size()}).md5;
}

} // namespace

Result<void> decodeSoftware(const std::string &file, Cropping cropping, const FrameSink &take)
{
    auto stream = openStream(file);
    if (!stream) {
        return tl::unexpected(stream.error());
    }
    const AVCodecParameters &parameters = *stream->stream().codecpar;
    int copied = 0;
    auto decoder = tools::SoftwareDecoder::open(parameters.codec_id, [&](AVCodecContext &context) {
        copied = avcodec_parameters_to_context(&context, &parameters);
        context.pkt_timebase = stream->stream().time_base;
        context.flags2 |= cropping == Cropping::Ignored ? AV_CODEC_FLAG2_IGNORE_CROP : 0;
    });
    if (!decoder || copied < 0) {
        return decoder ? fail(EIO, tools::avError(copied)) : tl::unexpected(decoder.error());
    }
    const tools::AvPtr<AVPacket> packet(av_packet_alloc());
    const auto each = [&take](const AVFrame &frame) { return take(tools::packFrame(frame)); };
    bool more = true;
    while (more && stream->read(*packet).value_or(false)) {
        more = decoder->send(packet.get(), each);
        av_packet_unref(packet.get());
    }
    if (more) {
        decoder->send(nullptr, each);
    }
    return {};
}

Result<FrameList> References::frames(const std::string &file, Cropping cropping)
{
    const std::string name = file + (cropping == Cropping::Applied ? "" : "#");
    {
        const std::scoped_lock lock(mutex_);
        if (const auto found = known_.find(name); found != known_.end()) {
            return found->second;
        }
    }
    auto frames = load(file, cropping);
    if (frames) {
        const std::scoped_lock lock(mutex_);
        known_[name] = *frames;
    }
    return frames;
}

Result<FrameList> References::load(const std::string &file, Cropping cropping)
{
    std::string cached;
    if (!directory_.empty()) {
        const auto key = keyOf(file, cropping);
        if (!key) {
            return tl::unexpected(key.error());
        }
        cached = directory_ + '/' + *key;
        if (std::filesystem::exists(cached)) {
            return readFrameList(cached);
        }
    }
    FrameList frames;
    const auto decoded = decodeSoftware(file, cropping, [&frames](tools::Picture &&picture) {
        frames.push_back(hashFrame(picture.samples));
        return true;
    });
    if (!decoded) {
        return tl::unexpected(decoded.error());
    }
    if (!cached.empty()) {
        // Whole or not at all; two that decode the same file write the same.
        const std::string part = cached + '.' + std::to_string(::getpid());
        std::error_code ignored;
        if (writeFrameList(part, frames)) {
            std::filesystem::rename(part, cached, ignored);
        }
    }
    return frames;
}

Result<tools::Picture> References::frame(const std::string &file, Cropping cropping, size_t number)
{
    tools::Picture found;
    size_t at = 0;
    const auto decoded = decodeSoftware(file, cropping, [&](tools::Picture &&picture) {
        if (at++ < number) {
            return true;
        }
        found = std::move(picture);
        return false;
    });
    if (!decoded) {
        return tl::unexpected(decoded.error());
    }
    return found;
}

} // namespace daedalus::conformance
