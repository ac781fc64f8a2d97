// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/codecs.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <linux/videodev2.h>

#include "daedalus/v4l2_av1.h"

namespace daedalus::tools {
namespace {

constexpr std::array<Codec, 6> kCodecs{
    {{AV_CODEC_ID_H264, "h264", V4L2_PIX_FMT_H264_SLICE, {}, "h264_mp4toannexb"},
     {AV_CODEC_ID_HEVC, "hevc", V4L2_PIX_FMT_HEVC_SLICE, {}, "hevc_mp4toannexb"},
     {AV_CODEC_ID_VP8, "vp8", V4L2_PIX_FMT_VP8_FRAME, "VP80", "null"},
     {AV_CODEC_ID_VP9, "vp9", V4L2_PIX_FMT_VP9_FRAME, "VP90", "null"},
     {AV_CODEC_ID_AV1, "av1", V4L2_PIX_FMT_AV1_FRAME, "AV01", "null"},
     {AV_CODEC_ID_MPEG2VIDEO, "mpeg2", V4L2_PIX_FMT_MPEG2_SLICE, {}, "null"}}};

} // namespace

const Codec *codecOf(AVCodecID id)
{
    const auto *found = std::ranges::find(kCodecs, id, &Codec::id);
    return found != kCodecs.end() ? found : nullptr;
}

Result<AvPtr<AVBSFContext>> openStartCodeFilter(const AVCodecParameters &parameters)
{
    const Codec *codec = codecOf(parameters.codec_id);
    const AVBitStreamFilter *kind =
        codec != nullptr ? ::av_bsf_get_by_name(codec->startCodeFilter) : nullptr;
    AVBSFContext *allocated = nullptr;
    if (kind == nullptr || ::av_bsf_alloc(kind, &allocated) < 0) {
        return fail(ENOTSUP, "libavcodec has no filter for start codes");
    }
    AvPtr<AVBSFContext> filter(allocated);
    if (::avcodec_parameters_copy(filter->par_in, &parameters) < 0 ||
        ::av_bsf_init(filter.get()) < 0) {
        return fail(ENOTSUP, "libavcodec finds no start codes");
    }
    return filter;
}

} // namespace daedalus::tools
