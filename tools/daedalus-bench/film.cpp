// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/film.h"

#include <cerrno>
#include <filesystem>

#include "tools/common/demuxer.h"

namespace daedalus::bench {

Result<Film> Film::load(const std::string &path)
{
    auto input = tools::Demuxer::open(path);
    if (!input) {
        return fail(input.error().code(), path + ": " + input.error().what());
    }
    Film film;
    film.name = std::filesystem::path(path).stem().string();
    film.parameters.reset(avcodec_parameters_alloc());
    if (!film.parameters ||
        avcodec_parameters_copy(film.parameters.get(), input->stream().codecpar) < 0) {
        return fail(ENOMEM, "no memory for a film");
    }
    tools::AvPtr<AVPacket> packet(av_packet_alloc());
    while (packet && input->read(*packet).value_or(false)) {
        film.packets.push_back(std::move(packet));
        packet.reset(av_packet_alloc());
    }
    return film;
}

} // namespace daedalus::bench
