// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/frame_output.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tools/common/md5.h"

namespace daedalus::v4l2decode {

namespace {

class NoOutput : public FrameOutput {
public:
    Result<void> write(uint64_t /*number*/, std::span<const uint8_t> /*planar*/,
                       const bitstream::VisibleRect & /*visible*/) override
    {
        return {};
    }
    [[nodiscard]] bool wantsSamples() const override { return false; }
};

Result<void> flushStdout()
{
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        return failErrno("writing to stdout");
    }
    return {};
}

class Md5Output : public FrameOutput {
public:
    Result<void> write(uint64_t /*number*/, std::span<const uint8_t> planar,
                       const bitstream::VisibleRect & /*visible*/) override
    {
        md5_.update(planar);
        return {};
    }

    Result<void> finish() override
    {
        std::printf("MD5=%s\n", md5_.finish().c_str());
        return flushStdout();
    }

private:
    tools::Md5 md5_;
};

/// The format of ffmpeg -f framemd5: hashes are the sixth column.
class FrameMd5Output : public FrameOutput {
public:
    Result<void> write(uint64_t number, std::span<const uint8_t> planar,
                       const bitstream::VisibleRect &visible) override
    {
        if (!started_) {
            std::printf("#format: frame checksums\n#version: 2\n#hash: MD5\n"
                        "#media_type 0: video\n#codec_id 0: rawvideo\n#dimensions 0: %ux%u\n"
                        "#stream#, dts,        pts, duration,     size, hash\n",
                        visible.width, visible.height);
            started_ = true;
        }
        md5_.update(planar);
        std::printf("0, %10llu, %10llu, %8d, %8zu, %s\n", static_cast<unsigned long long>(number),
                    static_cast<unsigned long long>(number), 1, planar.size(),
                    md5_.finish().c_str());
        return {};
    }

    Result<void> finish() override { return flushStdout(); }

private:
    tools::Md5 md5_;
    bool started_ = false;
};

class FileOutput : public FrameOutput {
public:
    struct Closer {
        void operator()(std::FILE *file) const
        {
            if (file != stdout) {
                (void)std::fclose(file);
            }
        }
    };

    FileOutput(std::string path, std::FILE *file) : path_(std::move(path)), file_(file) {}

    Result<void> write(uint64_t /*number*/, std::span<const uint8_t> planar,
                       const bitstream::VisibleRect & /*visible*/) override
    {
        if (std::fwrite(planar.data(), 1, planar.size(), file_.get()) != planar.size()) {
            return failErrno(path_);
        }
        return {};
    }

    Result<void> finish() override
    {
        if (std::fflush(file_.get()) != 0) {
            return failErrno(path_);
        }
        return {};
    }

private:
    std::string path_;
    std::unique_ptr<std::FILE, Closer> file_;
};

/// @param left,width bytes of a row
void packPlane(const FrameView::Plane &plane, uint32_t left, uint32_t top, uint32_t width,
               uint32_t height, uint8_t *out)
{
    for (uint32_t y = 0; y < height; ++y) {
        const auto row = plane.bytes.subspan(size_t{top + y} * plane.stride + left, width);
        std::copy(row.begin(), row.end(), out + size_t{y} * width);
    }
}

void packInterleaved(const FrameView::Plane &plane, uint32_t left, uint32_t top, uint32_t width,
                     uint32_t height, uint8_t *u, uint8_t *v)
{
    for (uint32_t y = 0; y < height; ++y) {
        const uint8_t *row =
            plane.bytes
                .subspan(size_t{top + y} * plane.stride + 2 * size_t{left}, 2 * size_t{width})
                .data();
        for (uint32_t x = 0; x < width; ++x) {
            *u++ = row[2 * size_t{x}];
            *v++ = row[2 * size_t{x} + 1];
        }
    }
}

/// Samples of two bytes with their value in the high end, @p step words apart: to the
/// low end.
/// @param first bytes of a row before the first sample
void packShifted(const FrameView::Plane &plane, uint32_t first, uint32_t step, uint32_t top,
                 uint32_t width, uint32_t height, unsigned shift, uint8_t *out)
{
    for (uint32_t y = 0; y < height; ++y) {
        const auto row = plane.bytes.subspan(size_t{top + y} * plane.stride + first,
                                             2 * (size_t{step} * (width - 1) + 1));
        for (uint32_t x = 0; x < width; ++x) {
            uint16_t sample = 0;
            std::memcpy(&sample, row.data() + 2 * size_t{step} * x, sizeof(sample));
            sample = static_cast<uint16_t>(sample >> shift);
            std::memcpy(out, &sample, sizeof(sample));
            out += sizeof(sample);
        }
    }
}

/// Where the visible part of chroma planes lies, in samples of each.
struct ChromaRect {
    uint32_t left;
    uint32_t top;
    uint32_t width;
    uint32_t height;
};

void packP010(const FrameView &view, const bitstream::VisibleRect &luma, const ChromaRect &chroma,
              uint8_t *out, uint8_t *u, uint8_t *v)
{
    const unsigned shift = 16U - view.format->bitDepth;
    packShifted(view.planes[0], 2 * luma.left, 1, luma.top, luma.width, luma.height, shift, out);
    packShifted(view.planes[1], 4 * chroma.left, 2, chroma.top, chroma.width, chroma.height, shift,
                u);
    packShifted(view.planes[1], 4 * chroma.left + 2, 2, chroma.top, chroma.width, chroma.height,
                shift, v);
}

} // namespace

void packPlanar(const FrameView &view, const bitstream::VisibleRect &visible,
                std::vector<uint8_t> &out)
{
    const uint32_t bytes = view.format->bytesPerSample;
    const ChromaRect chroma{visible.left / 2, visible.top / 2, (visible.width + 1) / 2,
                            (visible.height + 1) / 2};
    const size_t lumaSize = size_t{bytes} * visible.width * visible.height;
    const size_t chromaSize = size_t{bytes} * chroma.width * chroma.height;
    out.resize(lumaSize + 2 * chromaSize);
    uint8_t *const u = out.data() + lumaSize;
    uint8_t *const v = u + chromaSize;
    if (view.format->semiPlanar() && bytes == 2) {
        packP010(view, visible, chroma, out.data(), u, v);
        return;
    }
    packPlane(view.planes[0], bytes * visible.left, visible.top, bytes * visible.width,
              visible.height, out.data());
    if (view.format->semiPlanar()) {
        packInterleaved(view.planes[1], chroma.left, chroma.top, chroma.width, chroma.height, u, v);
        return;
    }
    packPlane(view.planes[1], bytes * chroma.left, chroma.top, bytes * chroma.width, chroma.height,
              u);
    packPlane(view.planes[2], bytes * chroma.left, chroma.top, bytes * chroma.width, chroma.height,
              v);
}

Result<std::unique_ptr<FrameOutput>> FrameOutput::create(const Options &options)
{
    switch (options.output) {
    case OutputKind::Md5:
        return std::make_unique<Md5Output>();
    case OutputKind::FrameMd5:
        return std::make_unique<FrameMd5Output>();
    case OutputKind::File: {
        const bool toStdout = options.outputPath == "-";
        std::FILE *file = toStdout ? stdout : std::fopen(options.outputPath.c_str(), "wbe");
        if (file == nullptr) {
            return failErrno(options.outputPath);
        }
        return std::make_unique<FileOutput>(options.outputPath, file);
    }
    case OutputKind::None:
        break;
    }
    return std::make_unique<NoOutput>();
}

} // namespace daedalus::v4l2decode
