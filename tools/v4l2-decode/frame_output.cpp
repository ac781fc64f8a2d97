// SPDX-License-Identifier: BSD-2-Clause
#include "frame_output.h"

#include <algorithm>
#include <cstdio>

#include "md5.h"

namespace daedalus {

namespace {

class NoOutput : public FrameOutput {
public:
    Result<void> write(uint64_t /*number*/, std::span<const uint8_t> /*planar*/,
                       const VisibleRect & /*visible*/) override
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
                       const VisibleRect & /*visible*/) override
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
    Md5 md5_;
};

/// The format of ffmpeg -f framemd5: hashes are the sixth column.
class FrameMd5Output : public FrameOutput {
public:
    Result<void> write(uint64_t number, std::span<const uint8_t> planar,
                       const VisibleRect &visible) override
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
    Md5 md5_;
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
                       const VisibleRect & /*visible*/) override
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

} // namespace

void packPlanar(const FrameView &view, const VisibleRect &visible, std::vector<uint8_t> &out)
{
    const uint32_t chromaWidth = (visible.width + 1) / 2;
    const uint32_t chromaHeight = (visible.height + 1) / 2;
    const size_t luma = size_t{visible.width} * visible.height;
    const size_t chroma = size_t{chromaWidth} * chromaHeight;
    out.resize(luma + 2 * chroma);
    uint8_t *const u = out.data() + luma;
    uint8_t *const v = u + chroma;
    packPlane(view.planes[0], visible.left, visible.top, visible.width, visible.height, out.data());
    const uint32_t left = visible.left / 2;
    const uint32_t top = visible.top / 2;
    if (view.format->semiPlanar()) {
        packInterleaved(view.planes[1], left, top, chromaWidth, chromaHeight, u, v);
    } else {
        packPlane(view.planes[1], left, top, chromaWidth, chromaHeight, u);
        packPlane(view.planes[2], left, top, chromaWidth, chromaHeight, v);
    }
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

} // namespace daedalus
