// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <linux/v4l2-controls.h>

#include "bitstream/hevc/parameter_sets.h"
#include "bitstream/hevc/slice_header.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// A picture in the decoded picture buffer.
struct HevcPicture {
    uint64_t timestamp = 0;
    bitstream::VisibleRect visible;
    int32_t poc = 0; ///< PicOrderCntVal
    bool reference = false;
    bool longTerm = false; ///< with reference
    bool neededForOutput = false;
    uint32_t latency = 0; ///< PicLatencyCount

    static constexpr bool nonExisting = false; ///< what is missing is not made up

    [[nodiscard]] int32_t picOrderCnt() const { return poc; }
    [[nodiscard]] bool referenced() const { return reference; }
};

/// The decoded picture buffer: reference picture sets (8.3.2) and output order by the
/// bumping process (C.5.2).
class HevcDpb {
public:
    /// Takes the limits of the highest sub-layer.
    void configure(const v4l2_ctrl_hevc_sps &sps);

    /// Marks what the picture that @p slice begins, and those behind it, may refer to,
    /// and says so in dpb[] and the lists of @p params. References that are missing get
    /// an entry that names no picture (timestamp 0).
    /// @param poc of the picture; the one itself must not be in the buffer yet
    void applyReferences(const bitstream::HevcSps &sps, const bitstream::HevcSliceHeader &slice,
                         int32_t poc, v4l2_ctrl_hevc_decode_params &params);

    /// Outputs what has to go before a picture of the running sequence is decoded
    /// (C.5.2.2), and releases what nobody needs.
    void makeRoom(std::vector<StreamEvent> &events);

    /// Adds the picture that was decoded, and outputs what is due then (C.5.2.3).
    void add(const HevcPicture &picture, std::vector<StreamEvent> &events);

    /// Outputs and releases everything.
    void flush(std::vector<StreamEvent> &events);

private:
    struct Wanted {
        int64_t poc = 0;
        bool wholePoc = true; ///< else only the bits of pocMask
        bool used = false;
        bool longTerm = false;
    };

    [[nodiscard]] std::vector<Wanted> wantedBy(const bitstream::HevcSps &sps,
                                               const bitstream::HevcSliceHeader &slice,
                                               int32_t poc) const;
    HevcPicture *find(const Wanted &wanted, uint32_t pocMask);
    void bumpWhileDue(std::vector<StreamEvent> &events);

    std::vector<HevcPicture> pictures_;
    size_t capacity_ = bitstream::kHevcMaxPictures; ///< sps_max_dec_pic_buffering_minus1 + 1
    size_t maxReorder_ = 0;
    uint32_t maxLatency_ = 0; ///< SpsMaxLatencyPictures, 0: no limit
};

} // namespace daedalus::v4l2decode
