// SPDX-License-Identifier: BSD-2-Clause
#include "tests/va-driver/vp9_clip.h"

#include "tests/support/software_decoder.h"

namespace daedalus::va {

namespace {

std::vector<uint8_t> tightPlanar(const AVFrame &frame)
{
    const int bytesPerSample = frame.format == AV_PIX_FMT_YUV420P ? 1 : 2;
    std::vector<uint8_t> bytes;
    for (unsigned plane = 0; plane < 3; ++plane) {
        const int columns = bytesPerSample * (plane == 0 ? frame.width : (frame.width + 1) / 2);
        const int rows = plane == 0 ? frame.height : (frame.height + 1) / 2;
        for (int y = 0; y < rows; ++y) {
            const uint8_t *row =
                frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane];
            bytes.insert(bytes.end(), row, row + columns);
        }
    }
    return bytes;
}

} // namespace

Vp9Clip Vp9Clip::make(uint32_t width, uint32_t height, unsigned frames, unsigned keyInterval,
                      unsigned seed, unsigned bitDepth)
{
    const std::string interval = std::to_string(keyInterval);
    // No frames ahead: no hidden frames, so that each packet is one shown frame.
    auto stream = test::encodeStream(
        {.encoder = "libvpx-vp9",
         .options = "lag-in-frames=0:cpu-used=8:deadline=realtime:b=400000:g=" + interval +
                    ":keyint_min=" + interval + (bitDepth == 8 ? "" : ":profile=2"),
         .bitDepth = static_cast<int>(bitDepth),
         .width = static_cast<int>(width),
         .height = static_cast<int>(height),
         .frames = static_cast<int>(frames),
         .firstFrame = static_cast<int>(seed * frames)});
    Vp9Clip clip{.width = width, .height = height, .frames = {}, .pictures = {}};
    test::decodeSoftware(
        stream, [&clip](const AVFrame &frame) { clip.pictures.push_back(tightPlanar(frame)); });
    clip.frames = std::move(stream.packets);
    return clip;
}

} // namespace daedalus::va
