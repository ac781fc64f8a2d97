// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/picture.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace daedalus::tools {

namespace {

/// The samples of a plane, which others may lie between, as they are in memory or, where their
/// value is in the high end, shifted to the low one.
void addPlane(const AVFrame &frame, const AVComponentDescriptor &component, int width, int height,
              std::vector<uint8_t> &out)
{
    const int bytes = component.depth > 8 ? 2 : 1;
    for (int y = 0; y < height; ++y) {
        const uint8_t *in = frame.data[component.plane] +
                            static_cast<ptrdiff_t>(y) * frame.linesize[component.plane] +
                            component.offset;
        if (component.step == bytes && component.shift == 0) {
            out.insert(out.end(), in, in + static_cast<ptrdiff_t>(width) * bytes);
            continue;
        }
        for (int x = 0; x < width; ++x, in += component.step) {
            if (bytes == 1) {
                out.push_back(*in);
                continue;
            }
            const unsigned value = (in[0] | static_cast<unsigned>(in[1]) << 8) >> component.shift;
            out.push_back(static_cast<uint8_t>(value));
            out.push_back(static_cast<uint8_t>(value >> 8));
        }
    }
}

/// The two chroma planes of a picture that has none.
void addGrey(Picture &picture)
{
    const size_t count = 2 * size_t{picture.chromaWidth()} * picture.chromaHeight();
    const unsigned grey = 1U << (picture.depth - 1);
    for (size_t i = 0; i < count; ++i) {
        picture.samples.push_back(static_cast<uint8_t>(grey));
        if (picture.depth > 8) {
            picture.samples.push_back(static_cast<uint8_t>(grey >> 8));
        }
    }
}

} // namespace

uint8_t Picture::at8(unsigned plane, uint32_t x, uint32_t y) const
{
    const size_t luma = size_t{width} * height;
    const size_t chroma = size_t{chromaWidth()} * chromaHeight();
    const size_t start = plane == 0 ? 0 : luma + (plane - 1) * chroma;
    const size_t stride = plane == 0 ? width : chromaWidth();
    const size_t index = (start + y * stride + x) * bytesPerSample();
    if (index + bytesPerSample() > samples.size()) {
        return 0;
    }
    if (depth == 8) {
        return samples[index];
    }
    const unsigned value = samples[index] | static_cast<unsigned>(samples[index + 1]) << 8;
    return static_cast<uint8_t>(value >> (depth - 8));
}

Picture packFrame(const AVFrame &frame)
{
    Picture picture;
    const AVPixFmtDescriptor *format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    constexpr uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE;
    if (format == nullptr || (format->flags & kOther) != 0) {
        return picture;
    }
    picture.width = static_cast<uint32_t>(frame.width);
    picture.height = static_cast<uint32_t>(frame.height);
    picture.depth = static_cast<unsigned>(format->comp[0].depth);
    const bool grey = format->nb_components == 1;
    picture.samples.reserve(picture.size());
    for (int i = 0; i < (grey ? 1 : 3); ++i) {
        const int shiftX = i == 0 ? 0 : format->log2_chroma_w;
        const int shiftY = i == 0 ? 0 : format->log2_chroma_h;
        addPlane(frame, format->comp[i], AV_CEIL_RSHIFT(frame.width, shiftX),
                 AV_CEIL_RSHIFT(frame.height, shiftY), picture.samples);
    }
    if (grey) {
        addGrey(picture);
    }
    return picture;
}

} // namespace daedalus::tools
