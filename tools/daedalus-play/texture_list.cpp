// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/texture_list.h"

#include <array>
#include <cerrno>

extern "C" {
#include <libavutil/md5.h>
}

namespace daedalus::play {
namespace {

std::string md5Of(const std::vector<uint8_t> &bytes)
{
    constexpr const char *kDigits = "0123456789abcdef";
    std::array<uint8_t, 16> sum{};
    ::av_md5_sum(sum.data(), bytes.data(), bytes.size());
    std::string text;
    for (const uint8_t byte : sum) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xfU];
    }
    return text;
}

} // namespace

Result<std::unique_ptr<TextureList>> TextureList::create(const std::string &file)
{
    std::ofstream stream(file, std::ios::trunc);
    if (!stream) {
        return failErrno(file);
    }
    return std::unique_ptr<TextureList>(new TextureList(file, std::move(stream)));
}

Result<void> TextureList::drawn(Compositor &compositor, const Canvas & /*canvas*/,
                                uint64_t /*number*/)
{
    const VideoFrame *frame = compositor.frame(0);
    if (frame == nullptr || last_ == frame->number) {
        return {};
    }
    const auto surface = compositor.textures(0);
    if (!surface) {
        return tl::unexpected(surface.error());
    }
    const auto samples = reader_.read(**surface, *frame->pool->shape().format, frame->visible);
    if (!samples) {
        return tl::unexpected(samples.error());
    }
    last_ = frame->number;
    file_ << samples->size() << ' ' << md5Of(*samples) << '\n';
    return {};
}

Result<void> TextureList::ended(const Canvas * /*canvas*/)
{
    file_.close();
    return file_ ? Result<void>() : fail(EIO, name_ + ": cannot be written");
}

} // namespace daedalus::play
