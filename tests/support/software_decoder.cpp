// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/software_decoder.h"

#include <cstring>

#include <gtest/gtest.h>

#include "tools/common/software_decoder.h"

namespace daedalus::test {

void decodeSoftware(const Stream &stream, const std::function<void(const AVFrame &)> &each)
{
    const auto configure = [](AVCodecContext &context) {
        // Reorder as deep as the level allows; without this the decoder guesses.
        context.strict_std_compliance = FF_COMPLIANCE_STRICT;
        context.log_level_offset = AV_LOG_DEBUG - AV_LOG_ERROR;
    };
    auto decoder = tools::SoftwareDecoder::open(static_cast<AVCodecID>(stream.codecId), configure);
    if (!decoder) {
        ADD_FAILURE() << stream.name << ": " << decoder.error().what();
        return;
    }
    const auto takeAll = [&each](const AVFrame &frame) {
        each(frame);
        return true;
    };
    const tools::AvPtr<AVPacket> packet(av_packet_alloc());
    for (const auto &data : stream.packets) {
        if (av_new_packet(packet.get(), static_cast<int>(data.size())) < 0) {
            ADD_FAILURE() << "out of memory";
            return;
        }
        std::memcpy(packet->data, data.data(), data.size());
        decoder->send(packet.get(), takeAll);
        av_packet_unref(packet.get());
    }
    decoder->send(nullptr, takeAll);
}

} // namespace daedalus::test
