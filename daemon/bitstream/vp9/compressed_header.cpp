// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/vp9/compressed_header.h"

#include <algorithm>
#include <array>

#include "bitstream/bool_decoder.h"

namespace daedalus::bitstream {

namespace {

/// inv_map_table of 6.3.5: twenty coarse steps first, then all that lies between.
constexpr std::array<uint8_t, 255> makeInverseMap()
{
    std::array<uint8_t, 255> map{};
    size_t next = 0;
    for (unsigned coarse = 7; coarse <= 254; coarse += 13) {
        map[next++] = static_cast<uint8_t>(coarse);
    }
    for (unsigned fine = 1; fine <= 253; ++fine) {
        if (fine % 13 != 7) {
            map[next++] = static_cast<uint8_t>(fine);
        }
    }
    map[next] = 253;
    return map;
}

constexpr auto kInverseMap = makeInverseMap();

class CompressedHeaderReader {
public:
    CompressedHeaderReader(std::span<const uint8_t> bytes, const Vp9CompressedContext &context)
        : decoder_(bytes), context_(context)
    {}

    Result<Vp9CompressedHeader> read()
    {
        if (decoder_.flag()) {
            return fail(EBADMSG, "VP9 compressed header: the marker bit is set");
        }
        readTxMode();
        readCoefficients();
        diffUpdates(header_.updates.skip);
        if (!context_.frameIsIntra) {
            readInter();
        }
        return header_;
    }

private:
    /// decode_term_subexp of 6.3.4.
    unsigned termSubexp()
    {
        if (!decoder_.flag()) {
            return decoder_.literal(4);
        }
        if (!decoder_.flag()) {
            return decoder_.literal(4) + 16;
        }
        if (!decoder_.flag()) {
            return decoder_.literal(5) + 32;
        }
        const unsigned v = decoder_.literal(7);
        if (v < 65) {
            return v + 64;
        }
        return (v << 1) - 1 + decoder_.literal(1);
    }

    static constexpr unsigned kUpdateProbability = 252;

    void diffUpdate(uint8_t &delta)
    {
        if (decoder_.decode(kUpdateProbability)) {
            delta = kInverseMap[std::min<size_t>(termSubexp(), kInverseMap.size() - 1)];
        }
    }
    template <size_t N>
    void diffUpdates(uint8_t (&deltas)[N])
    {
        for (uint8_t &delta : deltas) {
            diffUpdate(delta);
        }
    }
    template <size_t N, size_t M>
    void diffUpdates(uint8_t (&deltas)[N][M])
    {
        for (auto &row : deltas) {
            diffUpdates(row);
        }
    }

    void mvUpdate(uint8_t &probability)
    {
        if (decoder_.decode(kUpdateProbability)) {
            probability = static_cast<uint8_t>((decoder_.literal(7) << 1) | 1);
        }
    }
    template <size_t N>
    void mvUpdates(uint8_t (&probabilities)[N])
    {
        for (uint8_t &probability : probabilities) {
            mvUpdate(probability);
        }
    }

    void readTxMode()
    {
        auto &updates = header_.updates;
        updates.tx_mode = V4L2_VP9_TX_MODE_ONLY_4X4;
        if (context_.lossless) {
            return;
        }
        unsigned mode = decoder_.literal(2);
        if (mode == V4L2_VP9_TX_MODE_ALLOW_32X32) {
            mode += decoder_.literal(1);
        }
        updates.tx_mode = static_cast<uint8_t>(mode);
        if (mode == V4L2_VP9_TX_MODE_SELECT) {
            diffUpdates(updates.tx8);
            diffUpdates(updates.tx16);
            diffUpdates(updates.tx32);
        }
    }

    void readCoefficients()
    {
        auto &updates = header_.updates;
        const unsigned largest = std::min<unsigned>(updates.tx_mode, V4L2_VP9_TX_MODE_ALLOW_32X32);
        for (unsigned size = 0; size <= largest; ++size) {
            if (!decoder_.flag()) {
                continue;
            }
            for (auto &plane : updates.coef[size]) {
                for (auto &isInter : plane) {
                    for (unsigned band = 0; band < 6; ++band) {
                        // Band 0, the DC coefficient, has three contexts only.
                        const unsigned contexts = band == 0 ? 3 : 6;
                        for (unsigned ctx = 0; ctx < contexts; ++ctx) {
                            diffUpdates(isInter[band][ctx]);
                        }
                    }
                }
            }
        }
    }

    void readReferenceMode()
    {
        header_.referenceMode = V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;
        if (context_.compoundAllowed && decoder_.flag()) {
            header_.referenceMode = decoder_.flag() ? V4L2_VP9_REFERENCE_MODE_SELECT
                                                    : V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
        }
        auto &updates = header_.updates;
        if (header_.referenceMode == V4L2_VP9_REFERENCE_MODE_SELECT) {
            diffUpdates(updates.comp_mode);
        }
        if (header_.referenceMode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE) {
            diffUpdates(updates.single_ref);
        }
        if (header_.referenceMode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE) {
            diffUpdates(updates.comp_ref);
        }
    }

    void readMv()
    {
        auto &mv = header_.updates.mv;
        mvUpdates(mv.joint);
        for (unsigned i = 0; i < 2; ++i) {
            mvUpdate(mv.sign[i]);
            mvUpdates(mv.classes[i]);
            mvUpdate(mv.class0_bit[i]);
            mvUpdates(mv.bits[i]);
        }
        for (unsigned i = 0; i < 2; ++i) {
            mvUpdates(mv.class0_fr[i][0]);
            mvUpdates(mv.class0_fr[i][1]);
            mvUpdates(mv.fr[i]);
        }
        if (context_.highPrecisionMv) {
            for (unsigned i = 0; i < 2; ++i) {
                mvUpdate(mv.class0_hp[i]);
                mvUpdate(mv.hp[i]);
            }
        }
    }

    void readInter()
    {
        auto &updates = header_.updates;
        diffUpdates(updates.inter_mode);
        if (context_.switchableInterpolation) {
            diffUpdates(updates.interp_filter);
        }
        diffUpdates(updates.is_inter);
        readReferenceMode();
        diffUpdates(updates.y_mode);
        diffUpdates(updates.partition);
        readMv();
    }

    BoolDecoder decoder_;
    const Vp9CompressedContext &context_;
    Vp9CompressedHeader header_;
};

} // namespace

Result<Vp9CompressedHeader> parseVp9CompressedHeader(std::span<const uint8_t> bytes,
                                                     const Vp9CompressedContext &context)
{
    if (bytes.empty()) {
        return fail(EBADMSG, "VP9 compressed header: it is empty");
    }
    return CompressedHeaderReader(bytes, context).read();
}

} // namespace daedalus::bitstream
