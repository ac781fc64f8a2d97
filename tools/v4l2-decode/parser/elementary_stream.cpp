// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/elementary_stream.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include <linux/videodev2.h>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"
#include "bitstream/hevc/parameter_sets.h"
#include "bitstream/hevc/slice_header.h"
#include "tools/v4l2-decode/parser/av1_parser.h"
#include "tools/v4l2-decode/parser/h264_parser.h"
#include "tools/v4l2-decode/parser/hevc_parser.h"
#include "tools/v4l2-decode/parser/mpeg2_parser.h"
#include "tools/v4l2-decode/parser/vp8_parser.h"
#include "tools/v4l2-decode/parser/vp9_parser.h"

namespace daedalus::v4l2decode {

namespace {

constexpr size_t kIvfFrameHeader = 12;

uint32_t littleEndian(std::span<const uint8_t> bytes, size_t at, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) {
        value |= uint32_t{bytes[at + i]} << (8 * i);
    }
    return value;
}

bool startsWith(std::span<const uint8_t> bytes, size_t at, std::string_view text)
{
    return bytes.size() >= at + text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin() + static_cast<ptrdiff_t>(at),
                      [](char c, uint8_t byte) { return static_cast<uint8_t>(c) == byte; });
}

bool isTemporalDelimiter(const std::optional<bitstream::Av1Obu> &obu)
{
    return obu && obu->type == bitstream::Av1ObuType::TemporalDelimiter && obu->payload.empty();
}

/// AV1 in low-overhead format starts with a temporal delimiter (5.2 and 7.5).
bool startsWithTemporalUnit(std::span<const uint8_t> bytes)
{
    const auto first = bitstream::nextAv1Obu(bytes);
    return isTemporalDelimiter(first) && bitstream::nextAv1Obu(bytes.subspan(first->size));
}

/// H.264 or H.265, by the first sequence parameter set: both have the same start codes.
uint32_t byteStreamCodec(std::span<const uint8_t> bytes)
{
    constexpr unsigned kH264Sps = 7;
    constexpr int kMostNals = 64;
    size_t position = 0;
    for (int i = 0; i < kMostNals; ++i) {
        const auto range = bitstream::nextNalUnit(bytes, position);
        if (!range) {
            break;
        }
        position = range->offset + range->size;
        const auto nal = bytes.subspan(range->offset, range->size);
        const auto header = bitstream::parseHevcNalHeader(nal);
        if (header && header->type == bitstream::HevcNal::Sps && header->layerId == 0) {
            const auto sps = bitstream::parseHevcSps(
                bitstream::unescapeRbsp(nal.subspan(bitstream::kHevcNalHeaderSize)));
            if (sps || sps.error().code() == ENOTSUP) {
                return V4L2_PIX_FMT_HEVC_SLICE;
            }
        }
        if ((nal[0] & 31) == kH264Sps) {
            break;
        }
    }
    return V4L2_PIX_FMT_H264_SLICE;
}

/// A sequence, group or picture header, whose first bytes no NAL unit has. (A stream that
/// was cut need not start with a sequence.)
bool startsWithMpeg2(std::span<const uint8_t> bytes)
{
    const auto unit = bitstream::nextMpeg2Unit(bytes, 0);
    if (!unit ||
        std::ranges::any_of(bytes.first(unit->offset), [](uint8_t byte) { return byte != 0; })) {
        return false;
    }
    const auto code = static_cast<bitstream::Mpeg2StartCode>(unit->code);
    return code == bitstream::Mpeg2StartCode::SequenceHeader ||
           code == bitstream::Mpeg2StartCode::Group || code == bitstream::Mpeg2StartCode::Picture;
}

} // namespace

std::unique_ptr<StreamParser> makeStreamParser(uint32_t codec)
{
    switch (codec) {
    case V4L2_PIX_FMT_AV1_FRAME:
        return std::make_unique<Av1StreamParser>();
    case V4L2_PIX_FMT_H264_SLICE:
        return std::make_unique<H264StreamParser>();
    case V4L2_PIX_FMT_HEVC_SLICE:
        return std::make_unique<HevcStreamParser>();
    case V4L2_PIX_FMT_MPEG2_SLICE:
        return std::make_unique<Mpeg2StreamParser>();
    case V4L2_PIX_FMT_VP8_FRAME:
        return std::make_unique<Vp8StreamParser>();
    case V4L2_PIX_FMT_VP9_FRAME:
        return std::make_unique<Vp9StreamParser>();
    default:
        return nullptr;
    }
}

Result<ElementaryStream> ElementaryStream::open(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return failErrno(path);
    }
    std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file),
                               std::istreambuf_iterator<char>()};
    if (file.bad()) {
        return failErrno(path);
    }
    auto stream = fromBytes(std::move(bytes));
    if (!stream) {
        return fail(stream.error().code(), path + ": " + stream.error().what());
    }
    return stream;
}

Result<ElementaryStream> ElementaryStream::fromBytes(std::vector<uint8_t> bytes)
{
    ElementaryStream stream;
    stream.bytes_ = std::move(bytes);
    if (startsWith(stream.bytes_, 0, "DKIF")) {
        constexpr size_t kIvfFileHeader = 32;
        if (stream.bytes_.size() < kIvfFileHeader) {
            return fail(ENOTSUP, "an IVF file that ends in its header");
        }
        if (startsWith(stream.bytes_, 8, "VP80")) {
            stream.codec_ = V4L2_PIX_FMT_VP8_FRAME;
        } else if (startsWith(stream.bytes_, 8, "VP90")) {
            stream.codec_ = V4L2_PIX_FMT_VP9_FRAME;
        } else if (startsWith(stream.bytes_, 8, "AV01")) {
            stream.codec_ = V4L2_PIX_FMT_AV1_FRAME;
        } else {
            return fail(ENOTSUP, "an IVF file, but not with VP8, VP9 or AV1");
        }
        stream.ivf_ = true;
        stream.start_ = littleEndian(stream.bytes_, 6, 2);
    } else if (startsWithTemporalUnit(stream.bytes_)) {
        stream.codec_ = V4L2_PIX_FMT_AV1_FRAME;
    } else if (startsWithMpeg2(stream.bytes_)) {
        stream.codec_ = V4L2_PIX_FMT_MPEG2_SLICE;
    } else if (const auto nal = bitstream::nextNalUnit(stream.bytes_, 0); nal && nal->offset <= 4) {
        stream.codec_ = byteStreamCodec(stream.bytes_);
    } else {
        return fail(ENOTSUP, "neither IVF with VP8, VP9 or AV1 nor AV1 OBUs nor MPEG-2 video nor "
                             "an H.264 or H.265 byte stream (Annex B)");
    }
    stream.reset();
    return stream;
}

void ElementaryStream::reset()
{
    parser_ = makeStreamParser(codec_);
    events_.clear();
    flushed_ = false;
    position_ = start_;
}

std::optional<StreamEvent> ElementaryStream::next()
{
    while (events_.empty()) {
        if (flushed_) {
            return std::nullopt;
        }
        if (!pushPiece()) {
            parser_->flush(scratch_);
            flushed_ = true;
        }
        std::move(scratch_.begin(), scratch_.end(), std::back_inserter(events_));
        scratch_.clear();
    }
    StreamEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void ElementaryStream::rewind()
{
    events_.clear();
    if (!flushed_) {
        parser_->flush(scratch_);
        scratch_.clear();
    }
    flushed_ = false;
    position_ = start_;
}

bool ElementaryStream::pushPiece()
{
    if (ivf_) {
        return pushIvfFrame();
    }
    switch (codec_) {
    case V4L2_PIX_FMT_AV1_FRAME:
        return pushTemporalUnit();
    case V4L2_PIX_FMT_MPEG2_SLICE:
        return pushMpeg2Unit();
    default:
        return pushNalUnit();
    }
}

bool ElementaryStream::pushMpeg2Unit()
{
    const auto unit = bitstream::nextMpeg2Unit(bytes_, position_);
    if (!unit) {
        return false;
    }
    position_ = unit->offset + unit->size;
    parser_->push(std::span(bytes_).subspan(unit->offset, unit->size), scratch_);
    return true;
}

bool ElementaryStream::pushTemporalUnit()
{
    const auto rest = std::span<const uint8_t>(bytes_).subspan(position_);
    size_t end = 0;
    while (end < rest.size()) {
        const auto obu = bitstream::nextAv1Obu(rest.subspan(end));
        if (end > 0 && isTemporalDelimiter(obu)) {
            break;
        }
        // What is damaged is the parser's to complain about.
        end = obu ? end + obu->size : rest.size();
    }
    position_ += end;
    if (end > 0) {
        parser_->push(rest.first(end), scratch_);
    }
    return end > 0;
}

bool ElementaryStream::pushNalUnit()
{
    const auto nal = bitstream::nextNalUnit(bytes_, position_);
    if (!nal) {
        return false;
    }
    position_ = nal->offset + nal->size;
    const size_t start = nal->offset - bitstream::kStartCode.size();
    parser_->push(std::span(bytes_).subspan(start, position_ - start), scratch_);
    return true;
}

bool ElementaryStream::pushIvfFrame()
{
    if (position_ + kIvfFrameHeader > bytes_.size()) {
        return false;
    }
    const size_t size = littleEndian(bytes_, position_, 4);
    const size_t start = position_ + kIvfFrameHeader;
    position_ = start + size;
    if (position_ > bytes_.size()) {
        scratch_.emplace_back(StreamError{"IVF: the file ends inside a frame"});
        return false;
    }
    parser_->push(std::span(bytes_).subspan(start, size), scratch_);
    return true;
}

} // namespace daedalus::v4l2decode
