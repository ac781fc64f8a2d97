// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daedalus/control_set.h"
#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "v4l2/media_request.h"

struct v4l2_format;

namespace daedalus::v4l2 {

/// Which of a decoder's two queues: Output carries bitstreams to it, Capture
/// brings pictures back.
enum class QueueType { Output, Capture };

/// V4L2_BUF_TYPE_VIDEO_{OUTPUT,CAPTURE}_MPLANE.
[[nodiscard]] uint32_t bufferType(QueueType type);

/// A multi-planar format (struct v4l2_pix_format_mplane) as far as a decoder uses it.
struct V4l2Format {
    /// One buffer of each frame: NV12 has one, NM12 two.
    struct Plane {
        uint32_t stride = 0; ///< bytes from row to row (bytesperline)
        uint32_t size = 0;   ///< bytes (sizeimage)
    };

    uint32_t fourcc = 0; ///< V4L2_PIX_FMT_*
    uint32_t width = 0;  ///< luma samples
    uint32_t height = 0; ///< luma rows
    std::vector<Plane> planes;
    uint32_t colorspace = 0;   ///< V4L2_COLORSPACE_*, 0 is the default one
    uint32_t xferFunc = 0;     ///< V4L2_XFER_FUNC_*
    uint32_t ycbcrEnc = 0;     ///< V4L2_YCBCR_ENC_*
    uint32_t quantization = 0; ///< V4L2_QUANTIZATION_*
};

/// Writes @p format the way the kernel wants it, all other fields zero.
void toKernel(QueueType type, const V4l2Format &format, v4l2_format &out);

/// A rectangle in luma samples.
struct V4l2Rect {
    int32_t left = 0;
    int32_t top = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

/// One open file of a stateless V4L2 decoder: one decoding context.
///
/// Thread-safety: all methods may be called from any thread; the kernel orders
/// what concurrent calls do. Nothing but the list of controls, read at open(), is
/// kept on this side.
class V4l2Device {
public:
    /// Opens a video node (non-blocking) and checks that it is a multi-planar
    /// memory-to-memory device. ENODEV: it is something else.
    static Result<std::shared_ptr<V4l2Device>> open(const std::string &path);

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const std::string &path() const { return path_; }
    [[nodiscard]] const std::string &driver() const { return driver_; }
    [[nodiscard]] const std::string &card() const { return card_; }

    /// Fourccs that a queue offers (VIDIOC_ENUM_FMT), in the driver's order. A
    /// decoder's Capture list may depend on the current Output format and controls.
    [[nodiscard]] Result<std::vector<uint32_t>> formats(QueueType type) const;

    [[nodiscard]] Result<V4l2Format> format(QueueType type) const;
    /// Sets a format and returns what the driver made of it (VIDIOC_S_FMT). Zero
    /// strides and sizes leave the choice to the driver. EBUSY: the queue has buffers.
    Result<V4l2Format> setFormat(QueueType type, const V4l2Format &wanted);
    /// As setFormat(), but changes nothing (VIDIOC_TRY_FMT).
    [[nodiscard]] Result<V4l2Format> tryFormat(QueueType type, const V4l2Format &wanted) const;

    /// The visible part of decoded pictures (VIDIOC_G_SELECTION, compose). ENOTTY
    /// or EINVAL where the driver has no such thing.
    [[nodiscard]] Result<V4l2Rect> visibleRect() const;

    /// Whether the device has the control V4L2_CID_*.
    [[nodiscard]] bool hasControl(uint32_t id) const { return controls_.contains(id); }
    /// The range of an integer or menu control.
    struct ControlRange {
        int64_t minimum = 0;
        int64_t maximum = 0;
        int64_t defaultValue = 0;
    };
    [[nodiscard]] Result<ControlRange> controlRange(uint32_t id) const;
    /// Sets a control of the whole context, e.g. the menus
    /// V4L2_CID_STATELESS_H264_DECODE_MODE and ..._START_CODE.
    Result<void> setControl(uint32_t id, int32_t value);
    /// Value of such a control.
    [[nodiscard]] Result<int32_t> control(uint32_t id) const;
    /// Sets compound controls of the whole context, e.g. the SPS that decides
    /// which Capture formats there are.
    Result<void> setControls(const ControlSet &controls);
    /// Attaches controls to a request that is not submitted yet.
    /// EINVAL: the device does not have one of them (hasControl()), or a value is
    /// not valid; the Error names the control where the kernel tells.
    Result<void> setControls(const MediaRequest &request, const ControlSet &controls);

private:
    /// What VIDIOC_QUERY_EXT_CTRL says of a control.
    struct ControlInfo {
        std::string name;
        bool compound = false; ///< value goes by pointer
        ControlRange range;
    };

    V4l2Device(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<void> readCapabilities();
    void readControls();
    Result<void> applyControls(uint32_t which, int requestFd, const ControlSet &controls) const;
    [[nodiscard]] Result<V4l2Format> formatIoctl(unsigned long ioctl, const char *what,
                                                 QueueType type, const V4l2Format &wanted) const;

    UniqueFd fd_;
    std::string path_;
    std::string driver_;
    std::string card_;
    std::map<uint32_t, ControlInfo> controls_;
};

} // namespace daedalus::v4l2
