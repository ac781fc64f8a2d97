// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "daedalus/result.h"
#include "engine/av_packet_builder.h"
#include "engine/memory_pool.h"
#include "engine/picture.h"
#include "gbm/frame_buffer.h"

namespace daedalus::engine {

/// Threads for a picture of @p parts that can be decoded at the same time.
/// @param wanted at most that many, 0: as many as there are CPUs
unsigned threadsFor(unsigned wanted, size_t parts);

/// A libavcodec video decoder that renders into memory of our choice: 4:2:0 pictures of
/// 8 or 10 bits.
///
/// A picture is complete when decode() or takeFinished() returns its outcome. Which pictures
/// the decoder would put out, and in which order, is never looked at.
///
/// One thread at a time.
class AvDecoder {
public:
    struct Options {
        AVCodecID codec = AV_CODEC_ID_NONE;
        unsigned threads = 1; ///< 0: as many as there are CPUs
        /// A packet without a picture, which changes nothing in the decoder. With one, threads
        /// decode pictures that follow each other, and it is sent to finish the last ones;
        /// without one, they work on one picture.
        std::span<const uint8_t> filler{};
        /// All pictures that refer to each other have the same strides.
        bool sameStrides = false;
        /// Luma samples and rows that a picture has beyond what may be visible: a
        /// target may lack that many.
        uint32_t paddingWidth = 0;
        uint32_t paddingHeight = 0;
        /// What the decoder writes ends at a multiple of that many luma rows.
        uint32_t blockRows = 16;
    };

    /// Where the pictures of one packet go.
    struct Destination {
        std::shared_ptr<const gbm::FrameBuffer> target; ///< null: every picture is private
        /// Pictures that the decoder makes up before the one that the packet holds.
        unsigned privateBefore = 0;
        /// The picture repeats the last one that kept its identity. libavcodec's H.264
        /// decoder tells references apart by their buffers (for deblocking, 8.7.2.1);
        /// a repetition that it makes by itself has the buffer of the original.
        bool repeats = false;
        /// The picture is the one to repeat from now on.
        bool keepsIdentity = false;
        /// No older picture will be referred to any more: with sameStrides, this one may
        /// have strides of its own.
        bool freesStrides = false;
    };

    /// What the decoder did with a packet.
    struct Outcome {
        /// A positive errno value: ENOTSUP (also: the target's samples have another
        /// number of bits), ENOMEM, ENOBUFS (the target is too small) or EBADMSG; 0
        /// where libavcodec is content.
        int error = 0;
        /// In the order in which the decoder asked for them.
        std::vector<std::shared_ptr<const Picture>> allocated;
        /// Set where the packet had a picture shown that was decoded before.
        std::shared_ptr<const Picture> shown;
    };

    /// @returns ENOTSUP: libavcodec was built without the decoder; ENOMEM
    static Result<std::unique_ptr<AvDecoder>> open(const Options &options);

    AvDecoder(const AvDecoder &) = delete;
    AvDecoder &operator=(const AvDecoder &) = delete;
    ~AvDecoder();

    /// The packet to fill before decode().
    AvPacketBuilder &packet() { return builder_; }

    /// Decodes what packet() collected. For a decoder that does not work ahead.
    Outcome decode(Destination destination);

    /// Starts to decode what packet() collected; with n threads, finishes what was started
    /// n - 1 packets before.
    /// @returns why it could not be started: ENOMEM
    Result<void> start(Destination destination);
    /// Takes the outcome of the oldest packet that has one which was not taken yet; nothing
    /// if that packet is not finished, or if there is none.
    std::optional<Outcome> takeFinished();
    /// Waits for the oldest packet that is not finished.
    void finishOldest();
    void finishAll();

    /// Whether packets may be unfinished when start() returns.
    [[nodiscard]] bool worksAhead() const { return depth_ > 1; }
    /// Whether memory ran out: nothing will be decoded any more.
    [[nodiscard]] bool isBroken() const { return !context_; }

    /// Forgets all references. All packets have to be finished: finishAll().
    void flush();

private:
    struct CloseContext {
        void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
    };
    struct FreePacket {
        void operator()(AVPacket *packet) const { av_packet_free(&packet); }
    };
    struct FreeBuffer {
        void operator()(AVBufferRef *buffer) const { av_buffer_unref(&buffer); }
    };
    using BufferRef = std::unique_ptr<AVBufferRef, FreeBuffer>;
    struct FreeFrame {
        void operator()(AVFrame *frame) const { av_frame_free(&frame); }
    };

    /// A packet whose outcome was not taken yet.
    struct Job {
        int64_t id = 0;
        Destination destination;
        Outcome outcome;
        bool finished = false;
    };

    explicit AvDecoder(const Options &options);
    Result<void> open();
    static AVPixelFormat chooseFormat(AVCodecContext *context, const AVPixelFormat *formats);
    static int getBuffer(AVCodecContext *context, AVFrame *frame, int flags);
    [[nodiscard]] int checkTarget(const Destination &destination, const PictureNeeds &needs) const;
    int provideBuffer(AVCodecContext &context, AVFrame &frame);
    int allocate(Job &job, const PictureNeeds &needs, AVFrame &frame);
    Job *jobOf(const AVFrame &frame);
    bool attach(AVFrame &frame, const std::shared_ptr<const Picture> &picture, const Job &job);
    void send(int64_t id);
    int receive();
    void finish(int64_t id, int averror);
    void sendFiller();
    void giveUp();
    [[nodiscard]] bool isUnfinished(bool newest) const;

    Options options_;
    std::shared_ptr<MemoryPool> pool_;
    AvPacketBuilder builder_;
    std::unique_ptr<AVPacket, FreePacket> packet_;
    std::unique_ptr<AVFrame, FreeFrame> frame_;
    BufferRef filler_;
    size_t depth_ = 1; ///< packets that the decoder works on at a time
    int64_t lastId_ = 0;
    std::deque<int64_t> held_; ///< ids of the packets in the decoder, oldest first; 0: a filler
    std::atomic<bool> unsupported_{false};
    /// For all below, since decoder threads ask for memory.
    mutable std::mutex mutex_;
    std::deque<Job> jobs_;
    BufferRef identity_; ///< see Destination::repeats
    std::optional<Strides> strides_;
    uint32_t stridesWidth_ = 0;
    uint32_t stridesHeight_ = 0;
    uint32_t stridesBitDepth_ = 0;
    std::unique_ptr<AVCodecContext, CloseContext> context_; ///< last, to be destroyed first
};

} // namespace daedalus::engine
