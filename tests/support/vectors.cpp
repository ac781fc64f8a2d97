// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/vectors.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "tools/common/codecs.h"
#include "tools/common/demuxer.h"

/// What the leak sanitizer asks each program for: x265 leaks parameters of its own.
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
extern "C" __attribute__((visibility("default"))) const char *__lsan_default_suppressions();
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
extern "C" __attribute__((visibility("default"))) const char *__lsan_default_suppressions()
{
    return "leak:libx265.so";
}

namespace daedalus::test {

namespace {

void append(std::vector<uint8_t> &bytes, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
}

/// A picture of two fields, the upper one first, or a progressive one.
void describeFields(AVFrame &frame, bool interlaced)
{
#ifdef AV_FRAME_FLAG_INTERLACED // since FFmpeg 6.1
    frame.flags |= AV_FRAME_FLAG_TOP_FIELD_FIRST | (interlaced ? AV_FRAME_FLAG_INTERLACED : 0);
#else
    frame.interlaced_frame = interlaced ? 1 : 0;
    frame.top_field_first = 1;
#endif
}

void drain(AVBSFContext &filter, AVPacket &packet, Stream &stream)
{
    while (av_bsf_receive_packet(&filter, &packet) == 0) {
        stream.packets.emplace_back(packet.data, packet.data + packet.size);
        av_packet_unref(&packet);
    }
}

/// Stores a sample of eight bits in a picture of @p bitDepth, with a noise of its own
/// in the bits below.
void store(uint8_t *row, int x, int value, int bitDepth)
{
    if (bitDepth == 8) {
        row[x] = static_cast<uint8_t>(value);
        return;
    }
    const unsigned low = (static_cast<unsigned>(x) * 7 + static_cast<unsigned>(value)) & 3;
    const auto sample =
        static_cast<uint16_t>((static_cast<uint8_t>(value) << (bitDepth - 8)) | low);
    std::memcpy(row + 2 * static_cast<ptrdiff_t>(x), &sample, sizeof(sample));
}

/// A diagonal gradient that moves, and a square that moves otherwise.
void paint(AVFrame &frame, int number, int bitDepth)
{
    for (int plane = 0; plane < 3 && frame.data[plane] != nullptr; ++plane) {
        const int shift = plane == 0 ? 0 : 1;
        for (int y = 0; y < (frame.height + shift) >> shift; ++y) {
            for (int x = 0; x < (frame.width + shift) >> shift; ++x) {
                const int px = (x << shift) - 5 * number;
                const int py = (y << shift) - 2 * number;
                const bool square = px % 64 > 20 && py % 64 > 20;
                store(frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane], x,
                      square ? 200 - plane * 40 : x + y + 3 * number, bitDepth);
            }
        }
    }
}

/// Matrices that differ from each other at every position, in raster order.
void setMatrices(AVCodecContext &context)
{
    constexpr unsigned kSize = 64;
    constexpr uint16_t kLeast = 8; // what intra DC has to be
    for (uint16_t **matrix : {&context.intra_matrix, &context.inter_matrix}) {
        *matrix = static_cast<uint16_t *>(av_malloc_array(kSize, sizeof(uint16_t)));
        for (unsigned i = 0; *matrix != nullptr && i < kSize; ++i) {
            const unsigned step = matrix == &context.intra_matrix ? i : kSize - 1 - i;
            (*matrix)[i] = static_cast<uint16_t>(kLeast + step);
        }
    }
}

AVPixelFormat pixelFormatOf(const EncoderOptions &options)
{
    if (options.gray) {
        return options.bitDepth == 8 ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_GRAY10;
    }
    return options.bitDepth == 8    ? AV_PIX_FMT_YUV420P
           : options.bitDepth == 10 ? AV_PIX_FMT_YUV420P10
                                    : AV_PIX_FMT_YUV420P12;
}

/// Gives x265 a pool of threads of a set size. By itself it makes one for each of the NUMA
/// nodes that /sys shows; where it shows none, as in the guest, there is no pool, wavefronts
/// are turned off behind the check that several slices go with wavefronts only, and x265 4.1
/// then runs over the arrays that it has for one slice each (FrameEncoder::compressFrame).
void setThreadPool(AVDictionary **dictionary)
{
    constexpr const char *kKey = "x265-params";
    const AVDictionaryEntry *given = av_dict_get(*dictionary, kKey, nullptr, 0);
    const std::string before = given != nullptr ? std::string(given->value) + ":" : "";
    av_dict_set(dictionary, kKey, (before + "pools=1").c_str(), 0);
}

tools::AvPtr<AVCodecContext> openEncoder(const EncoderOptions &options)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(options.encoder.c_str());
    if (codec == nullptr) {
        return nullptr;
    }
    tools::AvPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
    context->width = options.width;
    context->height = options.height;
    context->pix_fmt = pixelFormatOf(options);
    context->time_base = {1, 25};
    context->thread_count = 1;
    if (options.interlaced) {
        context->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    }
    if (options.matrices) {
        setMatrices(*context);
    }
    AVDictionary *dictionary = nullptr;
    av_dict_parse_string(&dictionary, options.options.c_str(), "=", ":", 0);
    if (options.encoder == "libx265") {
        setThreadPool(&dictionary);
    }
    const int result = avcodec_open2(context.get(), codec, &dictionary);
    const int left = av_dict_count(dictionary);
    av_dict_free(&dictionary);
    return result == 0 && left == 0 ? std::move(context) : nullptr;
}

} // namespace

std::vector<uint8_t> Stream::bytes() const
{
    std::vector<uint8_t> all;
    for (const auto &packet : packets) {
        all.insert(all.end(), packet.begin(), packet.end());
    }
    return all;
}

std::vector<uint8_t> Stream::ivf() const
{
    constexpr unsigned kHeaderSize = 32;
    std::vector<uint8_t> file{'D', 'K', 'I', 'F', 0, 0, kHeaderSize, 0};
    for (const char c : tools::codecOf(static_cast<AVCodecID>(codecId))->ivf) {
        file.push_back(static_cast<uint8_t>(c));
    }
    file.resize(kHeaderSize);
    for (size_t i = 0; i < packets.size(); ++i) {
        append(file, packets[i].size(), 4);
        append(file, i, 8);
        file.insert(file.end(), packets[i].begin(), packets[i].end());
    }
    return file;
}

std::vector<std::filesystem::path> vectorFiles(const std::string &folder)
{
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(
             std::filesystem::path(DAEDALUS_VECTORS_DIR) / folder, error)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Stream readStream(const std::filesystem::path &path)
{
    Stream stream;
    stream.name = path.filename().string();
    auto input = tools::Demuxer::open(path);
    if (!input) {
        ADD_FAILURE() << path << ": " << input.error().what();
        return stream;
    }
    const AVCodecParameters &parameters = *input->stream().codecpar;
    const auto filter = tools::openStartCodeFilter(parameters);
    if (!filter) {
        ADD_FAILURE() << path << ": " << filter.error().what();
        return stream;
    }
    stream.codecId = parameters.codec_id;
    const tools::AvPtr<AVPacket> packet(av_packet_alloc());
    while (input->read(*packet).value_or(false)) {
        if (av_bsf_send_packet(filter->get(), packet.get()) == 0) {
            drain(**filter, *packet, stream);
        }
        av_packet_unref(packet.get());
    }
    av_bsf_send_packet(filter->get(), nullptr);
    drain(**filter, *packet, stream);
    return stream;
}

Stream encodeStream(const EncoderOptions &options)
{
    av_log_set_level(AV_LOG_ERROR);
    Stream stream;
    stream.name = options.encoder + " " + options.options;
    const auto encoder = openEncoder(options);
    if (!encoder) {
        ADD_FAILURE() << "cannot open the encoder " << stream.name;
        return stream;
    }
    stream.codecId = encoder->codec_id;
    const tools::AvPtr<AVFrame> frame(av_frame_alloc());
    const tools::AvPtr<AVPacket> packet(av_packet_alloc());
    frame->format = encoder->pix_fmt;
    frame->width = options.width;
    frame->height = options.height;
    describeFields(*frame, options.interlaced);
    av_frame_get_buffer(frame.get(), 0);
    for (int number = 0; number <= options.frames; ++number) {
        const bool end = number == options.frames;
        if (!end) {
            av_frame_make_writable(frame.get());
            paint(*frame, options.firstFrame + number, options.bitDepth);
            frame->pts = number;
        }
        EXPECT_EQ(avcodec_send_frame(encoder.get(), end ? nullptr : frame.get()), 0);
        while (avcodec_receive_packet(encoder.get(), packet.get()) == 0) {
            stream.packets.emplace_back(packet->data, packet->data + packet->size);
            av_packet_unref(packet.get());
        }
    }
    return stream;
}

} // namespace daedalus::test
