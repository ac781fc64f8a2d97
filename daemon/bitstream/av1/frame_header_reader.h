// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "bitstream/av1/bit_reader.h"
#include "bitstream/av1/frame_header.h"
#include "bitstream/av1/tiles.h"

namespace daedalus::bitstream {

/// Reads one frame header; a part of Av1HeaderParser. The functions are named after the
/// syntax tables of 5.9.
class Av1FrameHeaderReader {
public:
    Av1FrameHeaderReader(std::span<const uint8_t> payload, const Av1SequenceHeader &sequence,
                         const Av1HeaderParser::Slots &slots)
        : bits_(payload), sequence_(sequence), slots_(slots)
    {}

    Result<std::shared_ptr<const Av1FrameHeader>> read(uint8_t temporalId, uint8_t spatialId);

private:
    // frame_header.cpp: what a frame is, which references it has
    void uncompressedHeader(uint8_t temporalId, uint8_t spatialId);
    void showExistingFrame();
    void frameKind();
    void toolsOfTheFrame();
    void bufferRemovalTimes(uint8_t temporalId, uint8_t spatialId);
    void refreshFlags();
    void interReferences();
    void orderHints();
    void frameSize();
    void frameSizeWithRefs();
    void superres();
    void renderSize();
    void interPrediction();

    // frame_coding.cpp: how it is coded
    void tileInfo();
    Av1TileSizes tileSizes(uint32_t superblocks, uint32_t most);
    uint8_t tileIncrements(unsigned least, unsigned most);
    void quantization();
    int8_t deltaQ();
    void segmentation();
    void segmentationData();
    void deltaQAndLf();
    [[nodiscard]] bool isCodedLossless() const;
    void loopFilter();
    void cdef();
    void loopRestoration();
    void transformsAndModes();

    // global_motion.cpp, film_grain.cpp
    void globalMotion();
    void globalParameter(unsigned reference, unsigned index, const int32_t *previous);
    void filmGrain();
    void filmGrainUpdate();
    void filmGrainPoints(uint32_t most, uint8_t &count, std::span<uint8_t> values,
                         std::span<uint8_t> scalings);

    bool flag(uint32_t which);
    [[nodiscard]] bool has(uint32_t which) const { return header_.has(which); }
    /// The reference that primary_ref_frame names; null: none.
    [[nodiscard]] const Av1FrameHeader *primaryReference() const;
    void refuse(int code, std::string what);

    Av1BitReader bits_;
    const Av1SequenceHeader &sequence_;
    const Av1HeaderParser::Slots &slots_;
    Av1FrameHeader header_;
    bool frameSizeOverride_ = false;
    bool codedLossless_ = false;
    std::optional<Error> error_;
};

} // namespace daedalus::bitstream
