// SPDX-License-Identifier: BSD-2-Clause
#include "tests/engine/hevc_pcm_encoder.h"

#include <algorithm>
#include <array>
#include <random>

#include "bitstream/rbsp_writer.h"
#include "tests/engine/frame_list.h"
#include "tools/common/libav_handles.h"

namespace daedalus::test {
namespace {

using bitstream::RbspWriter;

constexpr unsigned kBlock = 16;

/// As much of a CABAC encoder (9.3.4) as PCM blocks take: part_mode, whose context starts
/// in state 0 at QP 26 and only ever sees its most probable value, and terminating bins.
class Cabac {
public:
    explicit Cabac(bitstream::RbspWriter &writer) : writer_(writer) {}

    void setState(size_t state) { state_ = state; }
    [[nodiscard]] size_t state() const { return state_; }

    /// part_mode 2Nx2N.
    void partMode()
    {
        // rangeTabLps[state][3] of Table 9-46; the range is 508 or 510 here.
        static constexpr std::array<uint16_t, 16> kLps{240, 227, 216, 205, 195, 185, 175, 166,
                                                       158, 150, 142, 135, 128, 122, 116, 110};
        range_ -= kLps.at(state_);
        ++state_;
        renormalize();
    }

    void terminate(bool end)
    {
        range_ -= 2;
        if (!end) {
            renormalize();
            return;
        }
        // EncodeFlush: the last bit is the one that begins the alignment.
        low_ += range_;
        range_ = 2;
        renormalize();
        put(low_ >> 9 & 1);
        writer_.bits((low_ >> 7 & 3) | 1, 2);
        writer_.bits(0, static_cast<unsigned>((8 - writer_.position() % 8) % 8));
        *this = Cabac(writer_, state_);
    }

private:
    Cabac(bitstream::RbspWriter &writer, size_t state) : writer_(writer), state_(state) {}
    Cabac &operator=(const Cabac &other)
    {
        low_ = other.low_;
        range_ = other.range_;
        first_ = other.first_;
        outstanding_ = other.outstanding_;
        state_ = other.state_;
        return *this;
    }

    void put(uint32_t bit)
    {
        if (!first_) {
            writer_.bits(bit, 1);
        }
        first_ = false;
        for (; outstanding_ > 0; --outstanding_) {
            writer_.bits(1 - bit, 1);
        }
    }

    void renormalize()
    {
        while (range_ < 256) {
            if (low_ < 256) {
                put(0);
            } else if (low_ >= 512) {
                low_ -= 512;
                put(1);
            } else {
                low_ -= 256;
                ++outstanding_;
            }
            range_ <<= 1;
            low_ <<= 1;
        }
    }

    bitstream::RbspWriter &writer_;
    size_t state_ = 0;
    uint32_t low_ = 0;
    uint32_t range_ = 510;
    bool first_ = true;
    unsigned outstanding_ = 0;
};

void writeProfileTierLevel(bitstream::RbspWriter &writer)
{
    writer.bits(2, 8); // Main 10
    writer.bits(0x20000000, 32);
    writer.bits(0, 32);
    writer.bits(0, 16);
    writer.bits(120, 8);
}

class Encoder {
public:
    explicit Encoder(const PcmOptions &options) : options_(options), random_(options.bitDepth)
    {
        orderBlocks();
    }

    std::vector<uint8_t> picture()
    {
        std::vector<uint8_t> stream;
        appendParameterSets(stream);
        const size_t total = order_.size();
        const size_t step = options_.blocksInSegment == 0 ? total : options_.blocksInSegment;
        for (size_t first = 0; first < total; first += step) {
            appendSegment(stream, first, std::min(first + step, total));
        }
        return stream;
    }

    /// What the last picture is, decoded.
    [[nodiscard]] std::string description() const
    {
        std::vector<uint8_t> samples;
        for (const auto &plane : planes_) {
            // All are as large as luma; of chroma the first quarter is in use.
            const auto used = static_cast<ptrdiff_t>(plane.size() / (samples.empty() ? 1 : 4));
            samples.insert(samples.end(), plane.begin(), plane.begin() + used);
        }
        return describe(options_.columns * kBlock, options_.rows * kBlock, samples);
    }

private:
    struct Block {
        unsigned address; ///< in raster order
        unsigned tile;
    };

    /// Blocks in the order of tiles (6.5.1).
    void orderBlocks()
    {
        const auto whole = [](const std::vector<unsigned> &sizes, unsigned all) {
            return sizes.empty() ? std::vector<unsigned>{all} : sizes;
        };
        const auto widths = whole(options_.tileColumns, options_.columns);
        const auto heights = whole(options_.tileRows, options_.rows);
        unsigned tile = 0;
        unsigned top = 0;
        for (const unsigned height : heights) {
            unsigned left = 0;
            for (const unsigned width : widths) {
                for (unsigned y = top; y < top + height; ++y) {
                    for (unsigned x = left; x < left + width; ++x) {
                        order_.push_back({y * options_.columns + x, tile});
                    }
                }
                left += width;
                ++tile;
            }
            top += height;
        }
    }

    [[nodiscard]] bool tiles() const { return !options_.tileColumns.empty(); }

    static void appendNal(std::vector<uint8_t> &stream, unsigned type,
                          const bitstream::RbspWriter &writer)
    {
        bitstream::appendNalUnit(stream, static_cast<uint8_t>(type << 1), writer.bytes());
    }

    void appendParameterSets(std::vector<uint8_t> &stream) const
    {
        bitstream::RbspWriter vps;
        vps.bits(1, 8);
        vps.bits(0x0c01, 16); // ids, layers, one sub-layer, nesting
        vps.bits(0xffff, 16);
        writeProfileTierLevel(vps);
        vps.flag(true);
        vps.ue(1);
        vps.ue(0);
        vps.ue(0);
        vps.bits(0, 6);
        vps.ue(0);
        vps.bits(0, 2);
        vps.trailingBits();
        appendNal(stream, 32, vps);
        appendSps(stream);
        appendPps(stream);
    }

    void appendSps(std::vector<uint8_t> &stream) const
    {
        bitstream::RbspWriter writer;
        writer.bits(1, 8);
        writer.bits(1, 8); // one sub-layer, nesting
        writeProfileTierLevel(writer);
        writer.ue(0);
        writer.ue(1); // 4:2:0
        writer.ue(options_.columns * kBlock);
        writer.ue(options_.rows * kBlock);
        writer.flag(false);
        writer.ue(options_.bitDepth - 8);
        writer.ue(options_.bitDepth - 8);
        writer.ue(4);
        writer.flag(true);
        writer.ue(1);
        writer.ue(0);
        writer.ue(0);
        writer.ue(1); // coding blocks of 16x16 only
        writer.ue(0);
        writer.ue(0); // transform blocks of 4x4 to 16x16
        writer.ue(2);
        writer.ue(0);
        writer.ue(0);
        writer.bits(0, 3); // no scaling lists, asymmetric partitions, sample adaptive offset
        writer.flag(true); // pcm_enabled_flag
        writer.bits(options_.pcmDepth - 1, 4);
        writer.bits(options_.pcmDepth - 1, 4);
        writer.ue(1); // PCM blocks of 16x16 only
        writer.ue(0);
        writer.flag(!options_.deblocking); // pcm_loop_filter_disabled_flag
        writer.ue(0);
        writer.bits(0, 5);
        writer.trailingBits();
        appendNal(stream, 33, writer);
    }

    void appendPps(std::vector<uint8_t> &stream) const
    {
        bitstream::RbspWriter writer;
        writer.bits(1, 8);
        writer.ue(5); // an id other than 0
        writer.ue(0);
        writer.flag(options_.dependentSegments);
        writer.bits(0, 6);
        writer.ue(0);
        writer.ue(0);
        writer.se(0);
        writer.bits(0, 3);
        writer.se(0);
        writer.se(0);
        writer.bits(0, 4);
        writer.flag(tiles());
        writer.flag(options_.wavefronts);
        if (tiles()) {
            writeTiles(writer);
        }
        writer.flag(options_.deblocking); // pps_loop_filter_across_slices_enabled_flag
        writer.bits(0, 3);
        writer.ue(0);
        writer.bits(0, 2);
        writer.trailingBits();
        appendNal(stream, 34, writer);
    }

    void writeTiles(bitstream::RbspWriter &writer) const
    {
        writer.ue(static_cast<uint32_t>(options_.tileColumns.size() - 1));
        writer.ue(static_cast<uint32_t>(options_.tileRows.size() - 1));
        writer.flag(options_.uniform);
        if (!options_.uniform) {
            for (const auto *sizes : {&options_.tileColumns, &options_.tileRows}) {
                for (size_t i = 0; i + 1 < sizes->size(); ++i) {
                    writer.ue((*sizes)[i] - 1);
                }
            }
        }
        writer.flag(options_.deblocking); // loop_filter_across_tiles_enabled_flag
    }

    /// Whether the block at @p index begins a substream.
    [[nodiscard]] bool startsSubstream(size_t index) const
    {
        const Block &block = order_[index];
        const bool newTile = index > 0 && block.tile != order_[index - 1].tile;
        const bool newRow =
            options_.wavefronts && index > 0 &&
            block.address / options_.columns != order_[index - 1].address / options_.columns;
        return newTile || newRow;
    }

    void writeBlock(bitstream::RbspWriter &writer, Cabac &cabac, unsigned address)
    {
        cabac.partMode();
        cabac.terminate(true); // pcm_flag
        std::uniform_int_distribution<uint32_t> sample(0, (1U << options_.pcmDepth) - 1);
        const unsigned left = address % options_.columns * kBlock;
        const unsigned top = address / options_.columns * kBlock;
        for (unsigned plane = 0; plane < 3; ++plane) {
            const unsigned shift = plane == 0 ? 0 : 1;
            const unsigned stride = options_.columns * kBlock >> shift;
            for (unsigned y = top >> shift; y < (top + kBlock) >> shift; ++y) {
                for (unsigned x = left >> shift; x < (left + kBlock) >> shift; ++x) {
                    // Zeros now and then call for emulation prevention.
                    const uint32_t value = random_() % 3 == 0 ? 0 : sample(random_);
                    writer.bits(value, options_.pcmDepth);
                    store(plane, size_t{y} * stride + x, value);
                }
            }
        }
    }

    void store(unsigned plane, size_t index, uint32_t value)
    {
        const uint32_t sample = value << (options_.bitDepth - options_.pcmDepth);
        const unsigned bytes = options_.bitDepth > 8 ? 2 : 1;
        planes_[plane].resize(size_t{options_.columns} * options_.rows * kBlock * kBlock * bytes);
        for (unsigned i = 0; i < bytes; ++i) {
            planes_[plane][index * bytes + i] = static_cast<uint8_t>(sample >> (8 * i));
        }
    }

    /// Where a block's context begins (9.3.1).
    [[nodiscard]] size_t startState(size_t index, size_t first) const
    {
        const Block &block = order_[index];
        const bool newTile = index == 0 || block.tile != order_[index - 1].tile;
        if (newTile) {
            return 0;
        }
        if (options_.wavefronts && block.address % options_.columns == 0) {
            return wavefrontState_;
        }
        return index == first && options_.dependentSegments ? segmentState_ : 0;
    }

    /// The data of blocks [first, end), cut where entry points are.
    std::vector<std::vector<uint8_t>> substreams(size_t first, size_t end)
    {
        std::vector<std::vector<uint8_t>> result;
        size_t index = first;
        while (index < end) {
            bitstream::RbspWriter writer;
            Cabac cabac(writer);
            cabac.setState(startState(index, first));
            do {
                writeBlock(writer, cabac, order_[index].address);
                if (order_[index].address % options_.columns == 1) {
                    wavefrontState_ = cabac.state();
                }
                segmentState_ = cabac.state();
                cabac.terminate(index + 1 == end); // end_of_slice_segment_flag
                ++index;
            } while (index < end && !startsSubstream(index));
            if (index < end) {
                cabac.terminate(true); // end_of_subset_one_bit
            }
            result.emplace_back(writer.bytes().begin(), writer.bytes().end());
        }
        return result;
    }

    void appendSegment(std::vector<uint8_t> &stream, size_t first, size_t end)
    {
        bitstream::RbspWriter header;
        header.bits(1, 8);
        header.flag(first == 0);
        header.flag(false); // no_output_of_prior_pics_flag
        header.ue(5);
        const bool dependent = options_.dependentSegments && first > 0;
        if (first > 0) {
            if (options_.dependentSegments) {
                header.flag(true);
            }
            unsigned bits = 0;
            while ((size_t{1} << bits) < order_.size()) {
                ++bits;
            }
            header.bits(order_[first].address, bits);
        }
        if (!dependent) {
            header.ue(2); // I
            header.se(0); // slice_qp_delta
            if (options_.deblocking) {
                header.flag(true); // slice_loop_filter_across_slices_enabled_flag
            }
        }
        const auto parts = substreams(first, end);
        if (tiles() || options_.wavefronts) {
            writeEntryPoints(header, parts);
        }
        header.trailingBits();
        bitstream::appendNalUnit(stream, kIdr << 1, header.bytes());
        const auto data = escaped(parts);
        stream.insert(stream.end(), data.begin(), data.end());
    }

    /// All parts, with emulation prevention: a part ends in a byte other than zero.
    static std::vector<uint8_t> escaped(const std::vector<std::vector<uint8_t>> &parts)
    {
        std::vector<uint8_t> result;
        for (const auto &part : parts) {
            std::vector<uint8_t> nal;
            bitstream::appendNalUnit(nal, 0xff, part);
            result.insert(result.end(), nal.begin() + 4, nal.end());
        }
        return result;
    }

    static void writeEntryPoints(bitstream::RbspWriter &writer,
                                 const std::vector<std::vector<uint8_t>> &parts)
    {
        writer.ue(static_cast<uint32_t>(parts.size() - 1));
        if (parts.size() == 1) {
            return;
        }
        writer.ue(31); // offset_len_minus1
        for (size_t i = 0; i + 1 < parts.size(); ++i) {
            writer.bits(static_cast<uint32_t>(escaped({parts[i]}).size() - 1), 32);
        }
    }

    static constexpr unsigned kIdr = 20;

    PcmOptions options_;
    std::mt19937 random_;
    std::vector<Block> order_;
    std::array<std::vector<uint8_t>, 3> planes_; ///< of the last picture
    size_t wavefrontState_ = 0;
    size_t segmentState_ = 0;
};

} // namespace

PcmStream encodePcm(const PcmOptions &options)
{
    PcmStream result;
    result.stream.name = options.name;
    result.stream.codecId = AV_CODEC_ID_HEVC;
    Encoder encoder(options);
    for (unsigned i = 0; i < options.pictures; ++i) {
        result.stream.packets.push_back(encoder.picture());
        result.frames.push_back(encoder.description());
    }
    return result;
}

} // namespace daedalus::test
