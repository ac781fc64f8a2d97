// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/demuxer.h"

#include <cerrno>

namespace daedalus::tools {
namespace {

constexpr double kDefaultRate = 25.0;

} // namespace

Result<Demuxer> Demuxer::open(const std::string &file)
{
    AVFormatContext *opened = nullptr;
    if (const int code = ::avformat_open_input(&opened, file.c_str(), nullptr, nullptr); code < 0) {
        return fail(EINVAL, avError(code));
    }
    AvPtr<AVFormatContext> input(opened);
    if (const int code = ::avformat_find_stream_info(input.get(), nullptr); code < 0) {
        return fail(EINVAL, avError(code));
    }
    const int index = ::av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0) {
        return fail(EINVAL, "no video in it");
    }
    for (unsigned i = 0; i < input->nb_streams; ++i) {
        input->streams[i]->discard =
            static_cast<int>(i) == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    return Demuxer(std::move(input), index);
}

double Demuxer::frameRate() const
{
    const AVRational rate = ::av_guess_frame_rate(input_.get(), input_->streams[index_], nullptr);
    return rate.num > 0 && rate.den > 0 ? ::av_q2d(rate) : kDefaultRate;
}

double Demuxer::duration() const
{
    return input_->duration > 0 ? static_cast<double>(input_->duration) / AV_TIME_BASE : 0.0;
}

Result<bool> Demuxer::read(AVPacket &packet)
{
    for (;;) {
        const int code = ::av_read_frame(input_.get(), &packet);
        if (code == AVERROR_EOF) {
            return false;
        }
        if (code < 0) {
            return fail(EIO, avError(code));
        }
        if (packet.stream_index == index_) {
            return true;
        }
        ::av_packet_unref(&packet);
    }
}

Result<void> Demuxer::rewind()
{
    const int64_t start = stream().start_time != AV_NOPTS_VALUE ? stream().start_time : 0;
    int code = ::av_seek_frame(input_.get(), index_, start, AVSEEK_FLAG_BACKWARD);
    if (code < 0) {
        // Elementary streams know no times.
        code = ::av_seek_frame(input_.get(), index_, 0, AVSEEK_FLAG_BYTE);
    }
    if (code < 0) {
        return fail(EIO, "going back to the start: " + avError(code));
    }
    return {};
}

} // namespace daedalus::tools
