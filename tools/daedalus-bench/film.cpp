// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/film.h"

#include <array>
#include <cerrno>
#include <filesystem>

extern "C" {
#include <libavformat/avformat.h>
}

namespace daedalus::bench {

std::string avErrorText(int code)
{
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(code, text.data(), text.size());
    return text.data();
}

Result<Film> Film::load(const std::string &path)
{
    AVFormatContext *raw = nullptr;
    if (const int error = avformat_open_input(&raw, path.c_str(), nullptr, nullptr); error < 0) {
        return fail(EINVAL, path + ": " + avErrorText(error));
    }
    const auto close = [](AVFormatContext *input) { avformat_close_input(&input); };
    const std::unique_ptr<AVFormatContext, decltype(close)> input(raw, close);
    avformat_find_stream_info(raw, nullptr);
    const int index = av_find_best_stream(raw, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0) {
        return fail(EINVAL, path + ": no video in it");
    }
    Film film;
    film.name = std::filesystem::path(path).stem().string();
    film.parameters.reset(avcodec_parameters_alloc());
    if (!film.parameters ||
        avcodec_parameters_copy(film.parameters.get(), raw->streams[index]->codecpar) < 0) {
        return fail(ENOMEM, "no memory for a film");
    }
    AvPointer<AVPacket> packet(av_packet_alloc());
    while (packet && av_read_frame(raw, packet.get()) >= 0) {
        const bool ours = packet->stream_index == index;
        if (ours) {
            film.packets.push_back(std::move(packet));
            packet.reset(av_packet_alloc());
        } else {
            av_packet_unref(packet.get());
        }
    }
    return film;
}

} // namespace daedalus::bench
