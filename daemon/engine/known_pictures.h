// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

namespace daedalus::engine {

/// The pictures that a session was given, by name, and which of them are of no use as references.
///
/// A worker that takes the place of one that failed gets requests which name pictures that only
/// the old one had. Decoders conceal what is missing; so this tells them apart from pictures
/// that never were: those have no name.
class KnownPictures {
public:
    /// Whether it is a name. Clients have none for a picture that they made up for a lost one:
    /// 0, or all bits (GStreamer).
    static bool isName(uint64_t timestamp) { return timestamp != 0 && timestamp != UINT64_MAX; }

    /// The session was given the picture.
    /// @param usable false: what refers to it cannot be decoded either
    void add(uint64_t timestamp, bool usable);

    /// The picture goes on to be referred to, however long ago it was added.
    void keep(uint64_t timestamp);

    [[nodiscard]] bool contains(uint64_t timestamp) const { return find(timestamp) != nullptr; }
    [[nodiscard]] bool empty() const { return pictures_.empty(); }
    /// Whether it may be referred to: it is here and usable, or has no name.
    [[nodiscard]] bool isUsable(uint64_t timestamp) const;
    /// Whether @p timestamps may all be referred to.
    [[nodiscard]] bool areUsable(const std::vector<uint64_t> &timestamps) const;

    /// All of them are usable again: names that a client has left over mean nothing now.
    void forgive();
    /// Nothing is left that a picture to come could refer to.
    void clear() { pictures_.clear(); }

private:
    struct Known {
        uint64_t timestamp = 0;
        bool usable = true;
    };
    [[nodiscard]] const Known *find(uint64_t timestamp) const;

    std::vector<Known> pictures_; ///< oldest first
};

} // namespace daedalus::engine
