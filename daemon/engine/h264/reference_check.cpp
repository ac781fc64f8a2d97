// SPDX-License-Identifier: BSD-2-Clause
#include "engine/h264/reference_check.h"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace daedalus::engine {
namespace {

/// What libavcodec makes up where it starts in the middle of a stream: frames before the first
/// one, with order counts far below those of the stream, which it counts from 65536.
constexpr H264Reference kMadeUp{.timestamp = 0,
                                .number = std::numeric_limits<int32_t>::min(),
                                .longTerm = false,
                                .fields = V4L2_H264_FRAME_REF,
                                .topOrderCnt = std::numeric_limits<int32_t>::min(),
                                .bottomOrderCnt = std::numeric_limits<int32_t>::min(),
                                .madeUp = true};

bool isIntra(const bitstream::H264Slice &slice)
{
    return slice.header.sliceType == V4L2_H264_SLICE_TYPE_I ||
           slice.header.sliceType == V4L2_H264_SLICE_TYPE_SI;
}

} // namespace

H264ReferenceCheck::Verdict
H264ReferenceCheck::begin(uint64_t timestamp, const std::vector<bitstream::H264Slice> &slices,
                          const bitstream::H264SliceHeader &first,
                          const bitstream::H264Parameters &parameters, bool fresh, bool secondField)
{
    const auto references = h264ReferencesOf(first, parameters);
    const auto isKnown = [this](const H264Reference &reference) {
        return known_.contains(reference.timestamp) || !KnownPictures::isName(reference.timestamp);
    };
    const bool starts = !secondField && (first.idr || references.empty());
    if (starts) {
        adopted_ = false;
        known_.forgive();
    } else if (fresh && !std::ranges::all_of(references, isKnown)) {
        adopted_ = true;
    }
    for (const H264Reference &reference : references) {
        known_.keep(reference.timestamp);
    }
    // The frame's first field is a reference, and the session did not have it.
    const bool halfMissing = first.fieldPic && !secondField &&
                             std::ranges::any_of(references, [timestamp](const auto &other) {
                                 return other.timestamp == timestamp;
                             });
    const bool allThere = !adopted_ && std::ranges::all_of(references, [this](const auto &other) {
        return isThere(other.timestamp);
    });
    const bool usable =
        !halfMissing && (allThere || std::ranges::all_of(slices, [&](const auto &slice) {
                             return mayRefer(slice, parameters, references, timestamp);
                         }));
    known_.add(timestamp, usable && (!secondField || !known_.contains(timestamp) ||
                                     known_.isUsable(timestamp)));
    return {.usable = usable, .starts = starts, .adopted = adopted_};
}

bool H264ReferenceCheck::isThere(uint64_t timestamp) const
{
    // A client may well call its first picture 0: who knows that references are missing does not
    // take that for one that was made up.
    return known_.isUsable(timestamp) && (!adopted_ || known_.contains(timestamp));
}

bool H264ReferenceCheck::mayRefer(const bitstream::H264Slice &slice,
                                  const bitstream::H264Parameters &parameters,
                                  const std::vector<H264Reference> &references,
                                  uint64_t timestamp) const
{
    if (isIntra(slice)) {
        return true;
    }
    if (!slice.headerGood) {
        return std::ranges::all_of(references,
                                   [this](const auto &other) { return isThere(other.timestamp); });
    }
    for (unsigned number = 0; number < slice.header.numRefIdxActive.size(); ++number) {
        const auto list =
            h264ReferenceList(slice.header, parameters, references, number, timestamp);
        const bool allThere = std::ranges::all_of(list, [this](const H264ListEntry &entry) {
            return entry.fields == 0 || isThere(entry.picture.timestamp);
        });
        if (!allThere ||
            (adopted_ && !decoderAgrees(list, number, slice, parameters, references, timestamp))) {
            return false;
        }
    }
    return true;
}

bool H264ReferenceCheck::decoderAgrees(const H264ReferenceList &list, unsigned number,
                                       const bitstream::H264Slice &slice,
                                       const bitstream::H264Parameters &parameters,
                                       const std::vector<H264Reference> &references,
                                       uint64_t timestamp) const
{
    // The decoder makes its lists of what it has: without what the client has from before and,
    // until they are pushed out, with frames that it made up.
    std::vector<H264Reference> decoders;
    std::ranges::copy_if(references, std::back_inserter(decoders),
                         [this](const auto &other) { return known_.contains(other.timestamp); });
    for (const bool madeUp : {false, true}) {
        if (madeUp) {
            decoders.push_back(kMadeUp);
        }
        const auto other = h264ReferenceList(slice.header, parameters, decoders, number, timestamp);
        if (other.size() < list.size() || !std::equal(list.begin(), list.end(), other.begin())) {
            return false;
        }
    }
    return true;
}

void H264ReferenceCheck::reject(uint64_t timestamp, int error)
{
    // What is wrong with the stream is concealed in the pictures that follow, as it is with
    // software decoding; what went wrong here is not.
    if (adopted_ || error == ENOMEM || error == EIO) {
        lost_ = true;
    } else if (!known_.contains(timestamp)) {
        known_.add(timestamp, true);
    }
}

bool H264ReferenceCheck::end(const Verdict &verdict, int error)
{
    if (error != 0) {
        lost_ = lost_ || verdict.adopted || error == ENOMEM;
        return false;
    }
    if (verdict.starts) {
        lost_ = false;
    }
    return verdict.usable && !lost_;
}

void H264ReferenceCheck::reset()
{
    *this = H264ReferenceCheck();
}

} // namespace daedalus::engine
