// SPDX-License-Identifier: BSD-2-Clause
#include <linux/videodev2.h>

#include <algorithm>
#include <array>

#include "daedalus/v4l2_av1.h"
#include "va-driver/codecs.h"

namespace daedalus::va {

namespace {

// libva has it since 2.18. A driver that was built with an older one may serve clients of
// a newer one.
#if VA_CHECK_VERSION(1, 18, 0)
constexpr VAProfile kProfileH264High10 = VAProfileH264High10;
#else
constexpr auto kProfileH264High10 = static_cast<VAProfile>(36);
#endif

/// Of codecs where a picture of another size starts a new sequence, or is a key frame.
std::vector<VASurfaceID> noReferences(const PictureBuffers & /*buffers*/)
{
    return {};
}

constexpr auto kCodecs = std::to_array<CodecInfo>({
    {VAProfileH264ConstrainedBaseline, "H.264 Constrained Baseline", V4L2_PIX_FMT_H264_SLICE,
     VA_RT_FORMAT_YUV420, createH264Translator, noReferences},
    {VAProfileH264Main, "H.264 Main", V4L2_PIX_FMT_H264_SLICE, VA_RT_FORMAT_YUV420,
     createH264Translator, noReferences},
    {VAProfileH264High, "H.264 High", V4L2_PIX_FMT_H264_SLICE, VA_RT_FORMAT_YUV420,
     createH264Translator, noReferences},
    {kProfileH264High10, "H.264 High 10", V4L2_PIX_FMT_H264_SLICE, VA_RT_FORMAT_YUV420_10,
     createH264Translator, noReferences},
    {VAProfileHEVCMain, "H.265 Main", V4L2_PIX_FMT_HEVC_SLICE, VA_RT_FORMAT_YUV420,
     createHevcTranslator, noReferences},
    {VAProfileHEVCMain10, "H.265 Main 10", V4L2_PIX_FMT_HEVC_SLICE,
     VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10, createHevcTranslator, noReferences},
    {VAProfileMPEG2Simple, "MPEG-2 Simple", V4L2_PIX_FMT_MPEG2_SLICE, VA_RT_FORMAT_YUV420,
     createMpeg2Translator, noReferences},
    {VAProfileMPEG2Main, "MPEG-2 Main", V4L2_PIX_FMT_MPEG2_SLICE, VA_RT_FORMAT_YUV420,
     createMpeg2Translator, noReferences},
    {VAProfileVP8Version0_3, "VP8", V4L2_PIX_FMT_VP8_FRAME, VA_RT_FORMAT_YUV420,
     createVp8Translator, noReferences},
    {VAProfileVP9Profile0, "VP9 profile 0", V4L2_PIX_FMT_VP9_FRAME, VA_RT_FORMAT_YUV420,
     createVp9Translator, vp9References},
    // Of profile 2, ten bits and not twelve: VA has one profile for both.
    {VAProfileVP9Profile2, "VP9 profile 2", V4L2_PIX_FMT_VP9_FRAME, VA_RT_FORMAT_YUV420_10,
     createVp9Translator, vp9References},
    {VAProfileAV1Profile0, "AV1 Main", V4L2_PIX_FMT_AV1_FRAME,
     VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10, createAv1Translator, av1References},
});

} // namespace

std::span<const CodecInfo> codecTable()
{
    return kCodecs;
}

const CodecInfo *findCodec(VAProfile profile)
{
    const auto it =
        std::ranges::find_if(kCodecs, [=](const auto &codec) { return codec.profile == profile; });
    return it != kCodecs.end() ? &*it : nullptr;
}

bool addReference(VASurfaceID id, const SurfaceLookup &surfaces, __u64 &timestamp,
                  StatelessRequest &request)
{
    auto surface = id != VA_INVALID_SURFACE ? surfaces(id) : nullptr;
    if (!surface) {
        return id == VA_INVALID_SURFACE || request.secondField;
    }
    timestamp = surface->reference().timestamp;
    request.references.push_back(std::move(surface));
    return true;
}

} // namespace daedalus::va
