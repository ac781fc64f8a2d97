// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/decode_session.h"
#include "tests/support/vectors.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::test {

/// How a client lays out its surfaces. More than eight bits a sample: P010 and I010.
enum class Surfaces {
    Nv12,      ///< standard layout, chroma interleaved
    I420,      ///< standard layout, planar
    TightNv12, ///< no padding at all: a decoder cannot write there by itself
    TightI420,
};

/// A surface in a memfd, filled with a pattern. Null where there is no memory.
std::shared_ptr<const gbm::FrameBuffer> makeSurface(Surfaces surfaces, uint32_t width,
                                                    uint32_t height, unsigned bitDepth = 8);

/// All pictures of @p stream, in the order of decoding.
std::vector<v4l2decode::StatelessPicture> picturesOf(const Stream &stream,
                                                     v4l2decode::StreamParser &parser);

/// Has @p session decode one picture and waits for it.
engine::DecodeResult submit(engine::DecodeSession &session,
                            const v4l2decode::StatelessPicture &picture,
                            std::shared_ptr<const gbm::FrameBuffer> target);

/// A stream, decoded by a session as a V4L2 client would have it done.
struct Played {
    std::vector<std::string> frames;           ///< in output order, as describe() tells them
    std::vector<engine::DecodeResult> results; ///< in decode order

    /// Requests that ended with an error.
    [[nodiscard]] size_t failures() const;
};

struct PlayOptions {
    Surfaces surfaces = Surfaces::Nv12;
    unsigned threads = 1;
    /// The client waits for a picture when it shows it only, and takes surfaces for new
    /// pictures that requests under way may refer to.
    bool worksAhead = false;
    /// May change a request before it is submitted.
    std::function<void(v4l2decode::StatelessPicture &)> edit;
};

/// A client that decodes the pictures of a parser with a session and shows them.
/// Surfaces are used again as soon as they are released.
class Player {
public:
    Player(int codecId, PlayOptions options);

    /// Parses a packet and does what it amounts to.
    void push(const std::vector<uint8_t> &packet);
    /// Ends the stream: shows what is left. A new one may follow.
    void flush();
    [[nodiscard]] engine::DecodeSession &session() { return *session_; }
    [[nodiscard]] size_t framesSoFar() const { return played_.frames.size(); }
    [[nodiscard]] size_t failuresSoFar() const { return played_.failures(); }
    Played finish();

private:
    using Size = std::array<uint32_t, 3>; ///< coded width and height, bits of a sample
    struct Surface {
        std::shared_ptr<const gbm::FrameBuffer> memory;
        Size size;
        size_t results = 0; ///< so many in all when it is decoded
    };

    void handleAll(std::vector<v4l2decode::StreamEvent> &events);
    void handle(const v4l2decode::SequenceStart &sequence) { bitDepth_ = sequence.bitDepth; }
    void handle(v4l2decode::StatelessPicture &picture);
    void handle(const v4l2decode::ShowPicture &show);
    void handle(const v4l2decode::ReleasePicture &release);
    /// How many results there have to be before the event can be handled.
    [[nodiscard]] size_t resultsBefore(const v4l2decode::StreamEvent &event) const;
    void handleDue();
    void handle(const v4l2decode::StreamError & /*error*/) {}
    std::shared_ptr<const gbm::FrameBuffer> takeSurface(const Size &size);

    PlayOptions options_;
    unsigned bitDepth_ = 8;
    std::unique_ptr<v4l2decode::StreamParser> parser_;
    std::unique_ptr<engine::DecodeSession> session_;
    std::map<uint64_t, Surface> surfaces_; ///< by timestamp
    std::map<Size, std::vector<std::shared_ptr<const gbm::FrameBuffer>>> idle_;
    /// What waits for so many requests to be done.
    std::list<std::pair<size_t, v4l2decode::StreamEvent>> later_;
    size_t submitted_ = 0;
    Played played_;
};

/// A session whose log goes nowhere; fails the current test where there is none.
std::unique_ptr<engine::DecodeSession> makeSession(uint32_t codec, unsigned threads = 1);

/// Plays a whole stream.
Played play(const Stream &stream, const PlayOptions &options);

} // namespace daedalus::test
