// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <linux/v4l2-controls.h>

#include "bitstream/hevc/parameter_sets.h"
#include "bitstream/hevc/reference_sets.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// nal_unit_type (H.265 Table 7-1), those that matter.
enum class HevcNal : uint8_t {
    TrailN = 0,
    TsaN = 2,
    StsaN = 4,
    RadlN = 6,
    RadlR = 7,
    RaslN = 8,
    RaslR = 9,
    LastLeading = 9, ///< of the types that are not IRAP and in use
    BlaWLp = 16,
    BlaNLp = 18,
    IdrWRadl = 19,
    IdrNLp = 20,
    Cra = 21,
    LastIrap = 23, ///< 22 and 23 are reserved
    Vps = 32,
    Sps = 33,
    Pps = 34,
    AccessUnitDelimiter = 35,
    EndOfSequence = 36,
    EndOfBitstream = 37,
};

/// A NAL unit header (7.3.1.2).
struct HevcNalHeader {
    HevcNal type = HevcNal::TrailN;
    uint8_t layerId = 0;
    uint8_t temporalId = 0;

    /// A coded slice segment of a type that is not reserved.
    [[nodiscard]] bool isSlice() const;
    [[nodiscard]] bool isIrap() const;
    [[nodiscard]] bool isIdr() const;
    [[nodiscard]] bool isBla() const;
    [[nodiscard]] bool isRasl() const;
    /// Whether picture order counts of later pictures are derived from this one's:
    /// prevTid0Pic (8.3.1).
    [[nodiscard]] bool isOrderAnchor() const;
};

/// Nothing where @p nal is too short or its header is not one.
std::optional<HevcNalHeader> parseHevcNalHeader(std::span<const uint8_t> nal);

/// A long-term picture as a slice header has it (7.4.7.1).
struct HevcLongTermPicture {
    uint32_t pocLsb = 0;
    bool used = false; ///< by the current picture
    bool msbPresent = false;
    uint32_t deltaPocMsbCycle = 0; ///< with msbPresent, summed up as (7-52)
};

/// A slice segment header (7.3.6.1). Positions are in bits from the NAL unit's first
/// byte, emulation prevention bytes not counted.
struct HevcSliceHeader {
    HevcNalHeader nal;
    bool firstSliceInPic = false;
    bool noOutputOfPriorPics = false;
    uint8_t ppsId = 0;
    bool dependent = false; ///< what follows is as of the slice segment before
    uint32_t segmentAddress = 0;
    uint8_t type = V4L2_HEVC_SLICE_TYPE_I;
    bool picOutput = true;
    uint32_t picOrderCntLsb = 0;
    bool shortTermFromSps = false;
    std::optional<HevcShortTermSet> shortTerm; ///< nothing where it could only be skipped
    uint32_t shortTermBits = 0;                ///< of st_ref_pic_set() in this header
    std::vector<HevcLongTermPicture> longTerm;
    uint32_t longTermBits = 0;                ///< of all of the long-term syntax
    std::array<uint8_t, 2> numRefIdxActive{}; ///< 0 for lists that are not used
    /// list_entry_l0/l1; empty where the initial list is not modified.
    std::array<std::vector<uint8_t>, 2> listEntries;
    uint32_t entryPoints = 0;

    uint32_t outputFlagPosition = 0; ///< where pic_output_flag is, or would be
    uint32_t referencesEnd = 0;      ///< behind the reference picture sets
    uint32_t headerBits = 0;         ///< up to and without byte_alignment()
    size_t dataOffset = 0; ///< bytes of the NAL unit, as it is, in front of the slice data
};

/// What it takes to read a slice header.
struct HevcSliceContext {
    const v4l2_ctrl_hevc_sps &sps;
    const v4l2_ctrl_hevc_pps &pps;
    /// The sets of the SPS. Who knows only how many there are (V4L2, VA) leaves them
    /// out and tells the next three.
    std::span<const HevcShortTermSet> shortTermSets;
    std::span<const HevcLongTermCandidate> longTerm;
    uint32_t shortTermBits = 0;         ///< of a set in the slice header; 0: not known
    uint32_t numDeltaPocsOfRefSet = 0;  ///< pictures of the set that it is predicted from
    std::optional<uint32_t> references; ///< NumPicTotalCurr
};

/// The first elements of a slice header, which need no parameter sets.
struct HevcSliceStart {
    HevcNalHeader nal;
    bool firstSliceInPic = false;
    uint8_t ppsId = 0;
};

/// @param nal the NAL unit, its header included, no start code
/// @returns EBADMSG: damaged, or no slice
Result<HevcSliceStart> parseHevcSliceStart(std::span<const uint8_t> nal);

/// @param nal the NAL unit, its header included, no start code
/// @returns EBADMSG: damaged, or no slice
Result<HevcSliceHeader> parseHevcSliceHeader(std::span<const uint8_t> nal,
                                             const HevcSliceContext &context);

/// PicOrderCntVal (8.3.1) of a picture that does not start the count anew.
/// @param lsb slice_pic_order_cnt_lsb
/// @param anchor PicOrderCntVal of prevTid0Pic
/// @param lsbBits how many bits lsb has
int32_t hevcPicOrderCnt(int64_t lsb, int64_t anchor, unsigned lsbBits);

} // namespace daedalus::bitstream
