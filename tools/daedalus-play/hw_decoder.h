// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"
#include "tools/common/surface_pool.h"
#include "tools/daedalus-play/video_frame.h"

namespace daedalus::play {

/// Chooses the format of a decoder's surfaces.
/// @param bitDepth of the stream's samples
/// @return none where no format of that depth can be shown
using FormatChoice = std::function<const gbm::FormatInfo *(unsigned bitDepth)>;

/// libavcodec with VA-API, into surfaces of ours. Never decodes in software: a stream that the
/// driver does not take is an Error.
class HwDecoder {
public:
    /// @param extraSurfaces how many pictures may be held outside of the decoder
    static Result<std::unique_ptr<HwDecoder>> create(const AVStream &stream,
                                                     std::shared_ptr<tools::VaDisplay> display,
                                                     FormatChoice choose, int extraSurfaces);

    HwDecoder(const HwDecoder &) = delete;
    HwDecoder &operator=(const HwDecoder &) = delete;
    ~HwDecoder() = default;

    /// @param packet null at the end of the stream
    /// @return false where frames have to be received first
    Result<bool> send(const AVPacket *packet);
    /// @return the next picture in the order of display, not necessarily complete yet; null
    /// where more packets are needed, or after the last one
    Result<std::unique_ptr<VideoFrame>> receive();
    /// Forgets everything, for a jump in the stream.
    void flush();

    [[nodiscard]] const char *codecName() const { return context_->codec->name; }
    /// Packets that the decoder could not decode.
    [[nodiscard]] uint64_t errors() const { return errors_; }

private:
    HwDecoder() = default;
    static AVPixelFormat chooseFormat(AVCodecContext *context, const AVPixelFormat *offered);
    Result<void> makeSurfaces(AVCodecContext &context);
    Result<void> fillFrames(AVBufferRef &reference);
    [[nodiscard]] bool fits(const AVHWFramesContext &frames) const;

    std::shared_ptr<tools::VaDisplay> display_;
    tools::AvPtr<AVBufferRef> device_;
    FormatChoice choose_;
    tools::AvPtr<AVBufferRef> frames_; ///< the surfaces that are in use
    std::optional<Error> refused_;     ///< why there are no surfaces
    uint64_t errors_ = 0;
    tools::AvPtr<AVCodecContext> context_; ///< last: it lets go of surfaces when it is destroyed
};

} // namespace daedalus::play
