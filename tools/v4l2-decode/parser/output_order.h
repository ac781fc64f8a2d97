// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <vector>

#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// Releases the pictures of a decoded picture buffer that are no reference and do not wait for
/// output.
template <typename Picture>
void releaseUnused(std::vector<Picture> &pictures, std::vector<StreamEvent> &events)
{
    std::erase_if(pictures, [&](const Picture &picture) {
        const bool unused = !picture.neededForOutput && !picture.referenced();
        if (unused && !picture.nonExisting) {
            events.emplace_back(ReleasePicture{picture.timestamp});
        }
        return unused;
    });
}

/// The bumping process (H.264 C.4.5.3, H.265 C.5.2.4): shows the first picture in output order.
/// @returns false: none waits for output
template <typename Picture>
bool bump(std::vector<Picture> &pictures, std::vector<StreamEvent> &events)
{
    Picture *first = nullptr;
    for (Picture &picture : pictures) {
        if (picture.neededForOutput &&
            (first == nullptr || picture.picOrderCnt() < first->picOrderCnt())) {
            first = &picture;
        }
    }
    if (first == nullptr) {
        return false;
    }
    first->neededForOutput = false;
    events.emplace_back(ShowPicture{first->timestamp, first->visible});
    releaseUnused(pictures, events);
    return true;
}

/// Shows and releases the pictures, none of which is a reference any more.
template <typename Picture>
void flushOutput(std::vector<Picture> &pictures, std::vector<StreamEvent> &events)
{
    while (bump(pictures, events)) {
    }
    releaseUnused(pictures, events);
}

} // namespace daedalus::v4l2decode
