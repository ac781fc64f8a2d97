// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "av_packet_builder.h"
#include "daedalus/result.h"
#include "frame_buffer.h"
#include "memory_pool.h"
#include "picture.h"

namespace daedalus::engine {

/// Threads for a picture of @p parts that can be decoded at the same time.
/// @param wanted at most that many, 0: as many as there are CPUs
unsigned threadsFor(unsigned wanted, size_t parts);

/// A libavcodec video decoder that renders into memory of our choice: 4:2:0 pictures of
/// 8 or 10 bits.
///
/// A picture is complete when decode() returns. Which pictures the decoder would put
/// out, and in which order, is never looked at.
class AvDecoder {
public:
    struct Options {
        AVCodecID codec = AV_CODEC_ID_NONE;
        unsigned threads = 1; ///< that work on one picture; 0: as many as there are CPUs
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
        std::shared_ptr<const FrameBuffer> target; ///< null: every picture is private
        /// Pictures that the decoder makes up before the one that the packet holds.
        unsigned privateBefore = 0;
        /// The picture repeats the one of the last keepIdentity(). libavcodec's H.264
        /// decoder tells references apart by their buffers (for deblocking, 8.7.2.1);
        /// a repetition that it makes by itself has the buffer of the original.
        bool repeats = false;
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
    AvDecoder(AvDecoder &&) = delete;
    AvDecoder &operator=(AvDecoder &&) = delete;
    ~AvDecoder();

    /// The packet to fill before decode().
    AvPacketBuilder &packet() { return builder_; }

    /// Decodes what packet() collected.
    Outcome decode(Destination destination);

    /// Forgets all references.
    void flush();

    /// The picture allocated last is the one that may be repeated.
    void keepIdentity();

    /// No picture will be referred to any more: with sameStrides, the next one may
    /// have strides of its own.
    void releaseStrides() { strides_.reset(); }

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

    explicit AvDecoder(const Options &options);
    static AVPixelFormat chooseFormat(AVCodecContext *context, const AVPixelFormat *formats);
    static int getBuffer(AVCodecContext *context, AVFrame *frame, int flags);
    [[nodiscard]] int checkTarget(const PictureNeeds &needs) const;
    int provideBuffer(AVFrame &frame);
    bool attach(AVFrame &frame, const std::shared_ptr<const Picture> &picture);
    void drain();

    Options options_;
    std::shared_ptr<MemoryPool> pool_;
    AvPacketBuilder builder_;
    std::unique_ptr<AVPacket, FreePacket> packet_;
    std::unique_ptr<AVFrame, FreeFrame> frame_;
    Destination destination_;
    Outcome outcome_;
    BufferRef newest_;   ///< of the picture allocated last
    BufferRef identity_; ///< see keepIdentity()
    std::optional<Strides> strides_;
    uint32_t stridesWidth_ = 0;
    uint32_t stridesHeight_ = 0;
    uint32_t stridesBitDepth_ = 0;
    std::unique_ptr<AVCodecContext, CloseContext> context_; ///< goes first
};

} // namespace daedalus::engine
