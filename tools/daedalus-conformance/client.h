// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/daedalus-conformance/process.h"
#include "tools/daedalus-conformance/reference.h"
#include "tools/daedalus-conformance/stream_info.h"

namespace daedalus::conformance {

/// A file to decode.
struct Stream {
    std::string name;
    std::string file;
    std::string elementary; ///< the same as Annex B, MPEG-2 elementary stream or IVF
    StreamInfo info;
    bool cutsLeftOrTop = false;         ///< VA-API clients are compared without cropping
    std::optional<uint64_t> pictures;   ///< (or fields) that a decoder is asked for, if known
    std::string expectedFile;           ///< with the reference list; empty: decode
    std::string expectedElementaryFile; ///< likewise, of `elementary`
    std::string expectedWholeFile;      ///< likewise, without cropping
};

/// What a client makes of a stream.
enum class Status {
    Exact,     ///< every frame was delivered and is what software makes of it
    Different, ///< it is not
    Refused,   ///< the profile is not offered, and the client knows what to do then
    Failed,    ///< the client ended with an error, or did not do what it was asked to
    Hung,      ///< it did not end, and was killed
};

const char *nameOf(Status status);

/// One try to decode a stream.
struct Attempt {
    FrameList frames;
    bool refused = false; ///< rightly: what is left to check is `error`
    bool hung = false;
    std::string error;         ///< what is wrong besides the frames; empty: nothing
    nlohmann::json statistics; ///< the driver's, if it has any
};

/// A program that decodes through one of the ways into Daedalus. May be used by several
/// threads at once.
class Client {
public:
    virtual ~Client() = default;

    /// Why it cannot be used on this machine; nothing if it can.
    virtual std::optional<std::string> unavailable() = 0;
    /// The surface formats to decode a stream to, the usual one first.
    [[nodiscard]] virtual std::vector<std::string> formats(const StreamInfo &info) const = 0;
    /// Whether it reads the elementary stream and not the file.
    [[nodiscard]] virtual bool wantsElementary() const { return false; }
    /// Whether pictures that are cut at the left or top are delivered whole.
    [[nodiscard]] virtual Cropping cropping(const Stream & /*stream*/) const
    {
        return Cropping::Applied;
    }

    /// @param expected what should come, for clients whose output does not tell frames apart
    virtual Attempt decode(const Stream &stream, const std::string &format,
                           const FrameList &expected, std::chrono::seconds limit) = 0;
    /// Decodes again to get the samples of a frame.
    /// @param before bytes of all frames before it
    /// @return fewer bytes than asked for if there were no more
    virtual std::vector<uint8_t> samples(const Stream &stream, const std::string &format,
                                         uint64_t before, uint64_t bytes,
                                         std::chrono::seconds limit) = 0;
};

/// ffmpeg with VA-API.
/// @param backend "kernel" or "inproc"
std::unique_ptr<Client> makeVaClient(const std::string &backend, const std::string &device);
/// tools/v4l2-decode.
/// @param program its path; empty: beside this one's or in PATH
std::unique_ptr<Client> makeV4l2Client(const std::string &program);
/// gst-launch-1.0 with the v4l2sl* elements.
std::unique_ptr<Client> makeGStreamerClient();
/// gst-launch-1.0 with the va*dec elements.
/// @param backend "kernel" or "inproc"
std::unique_ptr<Client> makeGStreamerVaClient(const std::string &backend);

/// The last line that says something, for a table.
std::string lastLine(const std::string &text);

/// Whether the VA-API driver says itself that it was at work.
/// @param statistics what it counted
/// @param backend "kernel" or "inproc"
/// @param pictures (or fields) that it must have been asked for, if that is known
/// @return what is wrong; empty: nothing
std::string whyNotDecoded(const nlohmann::json &statistics, const std::string &backend,
                          std::optional<uint64_t> pictures);

/// Runs a program that writes what ffmpeg -f framemd5 does, and takes the frames.
/// @param ended what became of it; as it was where it could not be started
Attempt collectFrames(const Command &command, std::chrono::seconds limit, Ended &ended);

/// Takes `bytes` bytes after `before` from a program's output.
class Excerpt {
public:
    Excerpt(uint64_t before, uint64_t bytes) : skip_(before), wanted_(bytes) {}

    /// An OutputSink: false when there is enough.
    bool add(std::span<const uint8_t> data);
    std::vector<uint8_t> take() { return std::move(taken_); }

private:
    uint64_t skip_;
    uint64_t wanted_;
    std::vector<uint8_t> taken_;
};

/// Runs a program and takes an Excerpt of its output.
std::vector<uint8_t> readExcerpt(const Command &command, std::chrono::seconds limit,
                                 uint64_t before, uint64_t bytes);

} // namespace daedalus::conformance
