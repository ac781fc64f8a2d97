// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "bitstream/h264/parameter_writer.h"
#include "bitstream/h264/picture_data.h"
#include "engine/h264/reference_lists.h"
#include "engine/known_pictures.h"

namespace daedalus::engine {

/// Tells whether a picture refers to some that the session never decoded. libavcodec conceals
/// those, and the picture seems to be good.
///
/// A session that takes over in the middle of a stream has the decoder decode everything, so
/// that it follows the stream's marking of references; what is not sure to be exact is an error
/// until a picture comes that refers to nothing. An I picture without IDR is exact, and so are
/// those that refer to it and its successors only, as far as the decoder's lists are the client's.
class H264ReferenceCheck {
public:
    /// What a picture has for references.
    struct Verdict {
        bool usable = true;
        bool starts = false;  ///< it needs nothing of what came before
        bool adopted = false; ///< the session took over a stream whose last start it has not seen
    };

    /// The next picture is to be decoded.
    /// @param fresh the decoder has no reference at all
    /// @param secondField it goes into the frame that the picture before it began
    Verdict begin(uint64_t timestamp, const std::vector<bitstream::H264Slice> &slices,
                  const bitstream::H264SliceHeader &first,
                  const bitstream::H264Parameters &parameters, bool fresh, bool secondField);
    /// A picture was refused before the decoder saw it.
    void reject(uint64_t timestamp, int error);
    /// Pictures end in decode order.
    /// @param error of the decoder
    /// @returns whether the picture is what the stream says
    bool end(const Verdict &verdict, int error);

    /// The decoder is not where the stream is: it has to start anew, and so does this.
    [[nodiscard]] bool isLost() const { return lost_; }
    /// The decoder has nothing, and knows of nothing.
    void reset();

private:
    [[nodiscard]] bool isThere(uint64_t timestamp) const;
    [[nodiscard]] bool mayRefer(const bitstream::H264Slice &slice,
                                const bitstream::H264Parameters &parameters,
                                const std::vector<H264Reference> &references,
                                uint64_t timestamp) const;
    [[nodiscard]] bool decoderAgrees(const H264ReferenceList &list, unsigned number,
                                     const bitstream::H264Slice &slice,
                                     const bitstream::H264Parameters &parameters,
                                     const std::vector<H264Reference> &references,
                                     uint64_t timestamp) const;

    KnownPictures known_;
    bool adopted_ = false;
    bool lost_ = false;
};

} // namespace daedalus::engine
