// SPDX-License-Identifier: BSD-2-Clause
#include "engine/decode_session.h"

#include <array>
#include <cerrno>

#include <linux/videodev2.h>

#include "engine/av1/session.h"
#include "engine/h264/session.h"
#include "engine/hevc/session.h"
#include "engine/mpeg2/session.h"
#include "engine/vp8/session.h"
#include "engine/vp9/session.h"

namespace daedalus::engine {
namespace {

using Factory = Result<std::unique_ptr<DecodeSession>> (*)(DecodeSession::Options);

Result<std::unique_ptr<DecodeSession>> createH264(DecodeSession::Options options)
{
    return std::make_unique<engine::H264Session>(std::move(options));
}

Result<std::unique_ptr<DecodeSession>> createHevc(DecodeSession::Options options)
{
    return std::make_unique<engine::HevcSession>(std::move(options));
}

Result<std::unique_ptr<DecodeSession>> createMpeg2(DecodeSession::Options options)
{
    return std::make_unique<engine::Mpeg2Session>(std::move(options));
}

struct Codec {
    uint32_t fourcc;
    Factory create;
};

constexpr auto kCodecs = std::to_array<Codec>({
    {V4L2_PIX_FMT_AV1_FRAME, engine::Av1Session::create},
    {V4L2_PIX_FMT_H264_SLICE, createH264},
    {V4L2_PIX_FMT_HEVC_SLICE, createHevc},
    {V4L2_PIX_FMT_MPEG2_SLICE, createMpeg2},
    {V4L2_PIX_FMT_VP8_FRAME, engine::Vp8Session::create},
    {V4L2_PIX_FMT_VP9_FRAME, engine::Vp9Session::create},
});

template <size_t... kIndex>
constexpr std::array<uint32_t, sizeof...(kIndex)> fourccs(std::index_sequence<kIndex...> /*unused*/)
{
    return {kCodecs[kIndex].fourcc...};
}

constexpr auto kFourccs = fourccs(std::make_index_sequence<kCodecs.size()>());

} // namespace

std::span<const uint32_t> DecodeSession::supportedCodecs()
{
    return kFourccs;
}

Result<std::unique_ptr<DecodeSession>> DecodeSession::create(uint32_t codec, Options options)
{
    for (const Codec &known : kCodecs) {
        if (known.fourcc == codec) {
            return known.create(std::move(options));
        }
    }
    return fail(ENOTSUP, "the decode engine has no such codec");
}

} // namespace daedalus::engine
