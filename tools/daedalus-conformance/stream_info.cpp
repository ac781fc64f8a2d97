// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/stream_info.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "tools/common/codecs.h"

namespace daedalus::conformance {

namespace {

void describeFormat(StreamInfo &info, AVPixelFormat format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    if (descriptor == nullptr) {
        return;
    }
    info.format = descriptor->name;
    info.depth = static_cast<unsigned>(descriptor->comp[0].depth);
    const bool depthKnown = info.depth == 8 || info.depth == 10;
    const bool colour = descriptor->nb_components == 3 && descriptor->log2_chroma_w == 1 &&
                        descriptor->log2_chroma_h == 1;
    const bool grey = descriptor->nb_components == 1 && info.codec == "av1";
    info.is420 = depthKnown && (colour || grey) && (descriptor->flags & AV_PIX_FMT_FLAG_RGB) == 0;
}

std::string h264Profile(int profile)
{
    switch (profile) {
    case FF_PROFILE_H264_BASELINE:
    case FF_PROFILE_H264_CONSTRAINED_BASELINE:
        return "H264ConstrainedBaseline";
    case FF_PROFILE_H264_MAIN:
        return "H264Main";
    case FF_PROFILE_H264_HIGH:
        return "H264High";
    case FF_PROFILE_H264_HIGH_10:
    case FF_PROFILE_H264_HIGH_10_INTRA:
        return "H264High10";
    default:
        return {};
    }
}

} // namespace

std::string StreamInfo::vaProfile() const
{
    if (!is420) {
        return {};
    }
    if (codec == "h264") {
        return h264Profile(profile);
    }
    if (codec == "hevc") {
        return profile == FF_PROFILE_HEVC_MAIN      ? "HEVCMain"
               : profile == FF_PROFILE_HEVC_MAIN_10 ? "HEVCMain10"
                                                    : "";
    }
    if (codec == "vp8") {
        return "VP8Version0_3";
    }
    if (codec == "vp9") {
        return depth == 8 ? "VP9Profile0" : "VP9Profile2";
    }
    if (codec == "av1") {
        return "AV1Profile0";
    }
    return profile == FF_PROFILE_MPEG2_SIMPLE ? "MPEG2Simple" : "MPEG2Main";
}

bool StreamInfo::needsMismatch() const
{
    return codec == "h264" && profile == FF_PROFILE_H264_BASELINE;
}

Result<tools::Demuxer> openStream(const std::string &file)
{
    auto opened = tools::Demuxer::open(file);
    if (!opened) {
        return fail(ENOTSUP, opened.error().what());
    }
    const AVCodecID id = opened->stream().codecpar->codec_id;
    if (tools::codecOf(id) == nullptr) {
        return fail(ENOTSUP, std::string(avcodec_get_name(id)) + " is not one of our codecs");
    }
    return opened;
}

Result<StreamInfo> probeStream(const std::string &file)
{
    const auto opened = openStream(file);
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    const AVCodecParameters &parameters = *opened->stream().codecpar;
    StreamInfo info{.codec = tools::codecOf(parameters.codec_id)->name,
                    .format = {},
                    .profile = parameters.profile};
    describeFormat(info, static_cast<AVPixelFormat>(parameters.format));
    return info;
}

} // namespace daedalus::conformance
