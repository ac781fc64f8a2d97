// SPDX-License-Identifier: BSD-2-Clause
//
// In the guest: what is drawn of a decoded stream is the colour that the standards give to the
// samples that software decoding delivers, pixel for pixel.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/software_decoder.h"
#include "tools/common/nodes.h"
#include "tools/daedalus-play/canvas.h"
#include "tools/daedalus-play/compositor.h"
#include "tools/daedalus-play/video_stream.h"

namespace daedalus::play {
namespace {

/// Path of a stream of the tests' index.
std::string fileOf(const std::string &name)
{
    const char *folder = std::getenv("DAEDALUS_TEST_STREAMS");
    std::ifstream index(std::string(folder != nullptr ? folder : ".") + "/index.tsv");
    std::string line;
    while (std::getline(index, line)) {
        if (line.rfind(name + "\t", 0) == 0) {
            std::istringstream columns(line);
            std::string column;
            for (int i = 0; i < 6; ++i) {
                std::getline(columns, column, '\t');
            }
            return column;
        }
    }
    return {};
}

/// A picture as samples from 0 to 1.
struct Samples {
    int width = 0;
    int height = 0;
    double step = 0; ///< 1 / the largest sample
    std::array<std::vector<double>, 3> planes;

    [[nodiscard]] int columns(unsigned plane) const { return plane == 0 ? width : (width + 1) / 2; }
    [[nodiscard]] int rows(unsigned plane) const { return plane == 0 ? height : (height + 1) / 2; }
    [[nodiscard]] double at(unsigned plane, int x, int y) const
    {
        x = std::clamp(x, 0, columns(plane) - 1);
        y = std::clamp(y, 0, rows(plane) - 1);
        return planes[plane][static_cast<size_t>(y * columns(plane) + x)];
    }
};

Samples samplesOf(const AVFrame &frame)
{
    const bool deep = frame.format == AV_PIX_FMT_YUV420P10LE;
    Samples samples;
    samples.width = frame.width;
    samples.height = frame.height;
    samples.step = 1.0 / (deep ? 1023.0 : 255.0);
    for (unsigned plane = 0; plane < 3; ++plane) {
        for (int y = 0; y < samples.rows(plane); ++y) {
            const uint8_t *row = frame.data[plane] + ptrdiff_t{y} * frame.linesize[plane];
            for (int x = 0; x < samples.columns(plane); ++x) {
                const int value = deep ? row[2 * x] | row[2 * x + 1] << 8 : row[x];
                samples.planes[plane].push_back(value * samples.step);
            }
        }
    }
    return samples;
}

/// Chroma at a luma sample, chroma samples being on the left luma samples' columns and between
/// their rows: what H.264, H.265, VP9 and MPEG-2 say when they say nothing.
double chromaAt(const Samples &samples, unsigned plane, int x, int y)
{
    const double column = x / 2.0;
    const double row = (y - 0.5) / 2.0;
    const int left = static_cast<int>(std::floor(column));
    const int top = static_cast<int>(std::floor(row));
    const double right = column - left;
    const double below = row - top;
    return (samples.at(plane, left, top) * (1 - right) + samples.at(plane, left + 1, top) * right) *
               (1 - below) +
           (samples.at(plane, left, top + 1) * (1 - right) +
            samples.at(plane, left + 1, top + 1) * right) *
               below;
}

struct Standard {
    double red;
    double blue;
    bool fullRange;
};

/// Written down from Rec. ITU-T H.273 independently of the player's own conversion.
std::array<int, 3> rgbAt(const Samples &samples, const Standard &standard, int x, int y)
{
    const double deepStep = samples.step > 1.0 / 256 ? 1.0 : 4.0;
    const double black = standard.fullRange ? 0.0 : 16 * deepStep * samples.step;
    const double lumaSpan = standard.fullRange ? 1.0 : 219 * deepStep * samples.step;
    const double chromaSpan = standard.fullRange ? 1.0 : 224 * deepStep * samples.step;
    const double middle = 128 * deepStep * samples.step;
    const double luma = (samples.at(0, x, y) - black) / lumaSpan;
    const double cb = (chromaAt(samples, 1, x, y) - middle) / chromaSpan;
    const double cr = (chromaAt(samples, 2, x, y) - middle) / chromaSpan;
    const double r = luma + 2 * (1 - standard.red) * cr;
    const double b = luma + 2 * (1 - standard.blue) * cb;
    const double g =
        (luma - standard.red * r - standard.blue * b) / (1 - standard.red - standard.blue);
    const auto byte = [](double value) {
        return static_cast<int>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
    };
    return {byte(r), byte(g), byte(b)};
}

struct Case {
    const char *stream;
    const char *format; ///< of the surfaces
    Standard standard;
};

constexpr Standard kBt601{.red = 0.299, .blue = 0.114, .fullRange = false};
constexpr Standard kBt601Full{.red = 0.299, .blue = 0.114, .fullRange = true};
constexpr Standard kBt709{.red = 0.2126, .blue = 0.0722, .fullRange = false};

class Rgb : public testing::TestWithParam<Case> {
protected:
    void SetUp() override
    {
        file_ = fileOf(GetParam().stream);
        ASSERT_FALSE(file_.empty()) << GetParam().stream << " is not among the test streams";
        const auto nodes = tools::findNodes({});
        ASSERT_TRUE(nodes) << nodes.error().what();
        auto egl = tools::EglDevice::open(nodes->egl);
        ASSERT_TRUE(egl) << egl.error().what();
        egl_ = std::move(*egl);
        auto va = tools::VaDisplay::open(nodes->va);
        ASSERT_TRUE(va) << va.error().what();
        va_ = std::move(*va);
        // That these work is what import_test.cpp is about.
        std::vector<play::ImportVerdict> verdicts;
        for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
            verdicts.push_back(
                {.format = &format, .mode = tools::ImportMode::Planes, .works = true, .why = {}});
        }
        choice_ = std::make_unique<play::SurfaceChoice>(
            std::move(verdicts), va_->vendor(),
            play::SurfaceChoice::Wishes{.mode = {}, .format = GetParam().format});
    }

    std::string file_;
    std::unique_ptr<tools::EglDevice> egl_;
    std::shared_ptr<tools::VaDisplay> va_;
    std::unique_ptr<play::SurfaceChoice> choice_;
};

/// What the drawing differs by from what it should be.
struct Difference {
    int largest = 0;
    double sum = 0;
    int pixels = 0;
};

Difference compare(const std::vector<uint8_t> &pixels, const Samples &samples,
                   const Standard &standard)
{
    Difference difference;
    // Of a large picture some rows, odd and even ones, and the last.
    const int step = samples.height > 600 ? 9 : 1;
    for (int y = (samples.height - 1) % step; y < samples.height; y += step) {
        for (int x = 0; x < samples.width; ++x) {
            ++difference.pixels;
            const auto wanted = rgbAt(samples, standard, x, y);
            for (unsigned channel = 0; channel < 3; ++channel) {
                const size_t at = static_cast<size_t>(y * samples.width + x) * 4 + channel;
                const int by = std::abs(pixels[at] - wanted[channel]);
                difference.largest = std::max(difference.largest, by);
                difference.sum += by;
            }
        }
    }
    return difference;
}

TEST_P(Rgb, IsWhatTheStandardSays)
{
    // Mesa's software renderer mixes neighbours with eight bits; a wrong matrix, range or place
    // of chroma is tens away.
    constexpr int kLargest = 5;
    constexpr double kMean = 1.0;
    constexpr size_t kPictures = 3;

    std::vector<Samples> expected;
    test::decodeSoftware(test::readStream(file_), [&expected](const AVFrame &frame) {
        if (expected.size() < kPictures) {
            expected.push_back(samplesOf(frame));
        }
    });
    ASSERT_EQ(expected.size(), kPictures);

    auto stream = play::VideoStream::open(
        file_, va_, [this](unsigned depth) { return choice_->formatFor(depth); }, {});
    ASSERT_TRUE(stream) << stream.error().what();
    auto compositor = play::Compositor::create(*egl_, *choice_, 1);
    ASSERT_TRUE(compositor) << compositor.error().what();
    for (const Samples &samples : expected) {
        (*stream)->waitForFrame();
        auto frame = (*stream)->take();
        ASSERT_NE(frame, nullptr);
        ASSERT_EQ(frame->pool->shape().format->name,
                  choice_->formatFor(frame->pool->shape().format->bitDepth)->name);
        frame->pixelAspect = 1.0; // sample by sample
        const play::PixelSize size{.width = samples.width, .height = samples.height};
        const auto canvas = play::Canvas::create(size);
        ASSERT_TRUE(canvas) << canvas.error().what();
        (*compositor)->setFrame(0, std::move(frame));
        const play::PixelRect whole{.x = 0, .y = 0, .width = size.width, .height = size.height};
        const auto drawn = (*compositor)->draw(*canvas, whole, {});
        ASSERT_TRUE(drawn) << drawn.error().what();
        const auto pixels = canvas->read();
        ASSERT_TRUE(pixels) << pixels.error().what();
        const auto [largest, sum, compared] = compare(*pixels, samples, GetParam().standard);
        EXPECT_LE(largest, kLargest);
        EXPECT_LE(sum / (3.0 * compared), kMean);
    }
    EXPECT_EQ((*compositor)->textures().imagesMadeLate(), 0U);
}

void PrintTo(const Case &test, std::ostream *out)
{
    *out << test.stream << " as " << test.format;
}

std::string testName(const testing::TestParamInfo<Case> &info)
{
    std::string name = std::string(info.param.stream) + "_" + info.param.format;
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(
    Streams, Rgb,
    testing::Values(Case{"h264-bpyramid", "i420", kBt601}, Case{"h264-bpyramid", "nv12", kBt601},
                    Case{"h264-full-range", "i420", kBt601Full}, Case{"vp9-altref", "nv12", kBt601},
                    Case{"vp9-10-basic", "i010", kBt601}, Case{"vp9-10-basic", "p010", kBt601},
                    Case{"av1-altref", "i420", kBt601}, Case{"h264-1080p", "i420", kBt709}),
    testName);

} // namespace
} // namespace daedalus::play
