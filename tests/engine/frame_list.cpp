// SPDX-License-Identifier: BSD-2-Clause
#include "tests/engine/frame_list.h"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/support/software_decoder.h"

extern "C" {
#include <libavutil/md5.h>
}

namespace daedalus::test {
namespace {

/// The samples of a plane, without what lies between them, as little-endian words.
void appendPlane(std::vector<uint8_t> &bytes, const PlanarView &view, const uint8_t *data,
                 bool chroma)
{
    const uint32_t stride = chroma ? view.chromaStride : view.lumaStride;
    const uint32_t step = view.sampleBytes * (chroma ? view.chromaStep : 1);
    const uint32_t width = chroma ? (view.width + 1) / 2 : view.width;
    const uint32_t height = chroma ? (view.height + 1) / 2 : view.height;
    for (uint32_t y = 0; y < height; ++y) {
        for (uint32_t x = 0; x < width; ++x) {
            const uint8_t *sample = data + size_t{y} * stride + size_t{x} * step;
            if (view.sampleBytes == 1) {
                bytes.push_back(*sample);
                continue;
            }
            uint16_t value = 0;
            std::memcpy(&value, sample, sizeof(value));
            value = static_cast<uint16_t>(value >> view.lowBits);
            bytes.push_back(static_cast<uint8_t>(value));
            bytes.push_back(static_cast<uint8_t>(value >> 8));
        }
    }
}

/// Samples in the middle of their range.
std::vector<uint8_t> neutralRow(size_t samples, unsigned bitDepth)
{
    const unsigned value = 1U << (bitDepth - 1);
    std::vector<uint8_t> row;
    for (size_t i = 0; i < samples; ++i) {
        row.push_back(static_cast<uint8_t>(value));
        if (bitDepth > 8) {
            row.push_back(static_cast<uint8_t>(value >> 8));
        }
    }
    return row;
}

} // namespace

std::string describe(const PlanarView &view)
{
    std::vector<uint8_t> bytes;
    bytes.reserve(size_t{view.width} * view.height * 2 * view.sampleBytes);
    appendPlane(bytes, view, view.y, false);
    appendPlane(bytes, view, view.u, true);
    appendPlane(bytes, view, view.v, true);
    std::array<uint8_t, 16> sum{};
    av_md5_sum(sum.data(), bytes.data(), bytes.size());
    std::string text = std::to_string(view.width) + "x" + std::to_string(view.height) + " ";
    for (const uint8_t byte : sum) {
        static constexpr char kDigits[] = "0123456789abcdef";
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::vector<std::string> decodeAlone(const Stream &stream)
{
    std::vector<std::string> frames;
    decodeSoftware(stream, [&frames](const AVFrame &frame) {
        const bool gray = frame.format == AV_PIX_FMT_GRAY8 || frame.format == AV_PIX_FMT_GRAY10;
        const bool deep = frame.format == AV_PIX_FMT_YUV420P10 || frame.format == AV_PIX_FMT_GRAY10;
        EXPECT_TRUE(gray || deep || frame.format == AV_PIX_FMT_YUV420P ||
                    frame.format == AV_PIX_FMT_YUVJ420P);
        // Of a monochrome picture, the chroma that a 4:2:0 surface shows; a row for all.
        const auto neutral = neutralRow(static_cast<size_t>(frame.width), deep ? 10 : 8);
        frames.push_back(
            describe({.y = frame.data[0],
                      .u = gray ? neutral.data() : frame.data[1],
                      .v = gray ? neutral.data() : frame.data[2],
                      .lumaStride = static_cast<uint32_t>(frame.linesize[0]),
                      .chromaStride = gray ? 0 : static_cast<uint32_t>(frame.linesize[1]),
                      .sampleBytes = deep ? 2U : 1U,
                      .width = static_cast<uint32_t>(frame.width),
                      .height = static_cast<uint32_t>(frame.height)}));
    });
    return frames;
}

} // namespace daedalus::test
