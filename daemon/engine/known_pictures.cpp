// SPDX-License-Identifier: BSD-2-Clause
#include "engine/known_pictures.h"

#include <algorithm>

namespace daedalus::engine {
namespace {

/// More than a client has surfaces, each of which may still be named by the picture that it
/// held last.
constexpr size_t kMaxPictures = 256;

} // namespace

void KnownPictures::add(uint64_t timestamp, bool usable)
{
    std::erase_if(pictures_,
                  [timestamp](const Known &known) { return known.timestamp == timestamp; });
    if (pictures_.size() == kMaxPictures) {
        pictures_.erase(pictures_.begin());
    }
    pictures_.push_back({timestamp, usable});
}

void KnownPictures::keep(uint64_t timestamp)
{
    const Known *known = find(timestamp);
    if (known != nullptr && known != &pictures_.back()) {
        add(timestamp, known->usable);
    }
}

void KnownPictures::forgive()
{
    for (Known &known : pictures_) {
        known.usable = true;
    }
}

bool KnownPictures::isUsable(uint64_t timestamp) const
{
    const Known *known = find(timestamp);
    return known != nullptr ? known->usable : !isName(timestamp);
}

bool KnownPictures::areUsable(const std::vector<uint64_t> &timestamps) const
{
    return std::all_of(timestamps.begin(), timestamps.end(),
                       [this](uint64_t timestamp) { return isUsable(timestamp); });
}

const KnownPictures::Known *KnownPictures::find(uint64_t timestamp) const
{
    // The newest are asked for most.
    const auto found =
        std::find_if(pictures_.rbegin(), pictures_.rend(),
                     [timestamp](const Known &known) { return known.timestamp == timestamp; });
    return found == pictures_.rend() ? nullptr : &*found;
}

} // namespace daedalus::engine
