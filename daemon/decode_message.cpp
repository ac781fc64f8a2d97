// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/decode_message.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>

namespace daedalus::daemon {

namespace {

// V4L2_CTRL_ID2WHICH and V4L2_CTRL_CLASS_CODEC_STATELESS of the kernel's UAPI.
constexpr uint32_t kControlClassMask = 0x0fff0000;
constexpr uint32_t kStatelessClass = 0x00a40000;
constexpr size_t kControlAlignment = 8;

Result<void> checkPicture(const daedalus_req_decode &request)
{
    const auto isDimension = [](uint32_t value) { return value > 0 && value <= kMaxDimension; };
    if (!isDimension(request.width) || !isDimension(request.height) ||
        !isDimension(request.coded_width) || !isDimension(request.coded_height)) {
        return fail(EINVAL, "a picture has no size, or too large a one");
    }
    if (request.coded_width > request.width || request.coded_height > request.height) {
        return fail(EINVAL, "a picture is larger than its buffer");
    }
    if ((request.flags & ~DAEDALUS_DECODE_CPU_BITSTREAM) != 0 || request.reserved != 0) {
        return fail(EINVAL, "a request has unknown flags");
    }
    if (request.bitstream_size == 0) {
        return fail(EINVAL, "a request has no bitstream");
    }
    return {};
}

Result<ControlSet> parseControls(std::span<const std::byte> bytes, uint32_t count)
{
    ControlSet controls;
    for (uint32_t i = 0; i < count; ++i) {
        daedalus_control head{};
        if (bytes.size() < sizeof(head)) {
            return fail(EINVAL, "a request ends before its controls do");
        }
        std::memcpy(&head, bytes.data(), sizeof(head));
        bytes = bytes.subspan(sizeof(head));
        if (head.size > bytes.size()) {
            return fail(EINVAL, "a control is longer than its request");
        }
        if ((head.id & kControlClassMask) != kStatelessClass) {
            return fail(EINVAL, "a control is none of a stateless codec");
        }
        if (controls.all().contains(head.id)) {
            return fail(EINVAL, "a control is there twice");
        }
        controls.setBytes(head.id, bytes.first(head.size));
        // The last control may end without padding.
        const size_t padded =
            (size_t{head.size} + kControlAlignment - 1) & ~(kControlAlignment - 1);
        bytes = bytes.subspan(std::min(padded, bytes.size()));
    }
    if (!bytes.empty()) {
        return fail(EINVAL, "a request goes on behind its controls");
    }
    return controls;
}

} // namespace

Result<DecodeMessage> parseDecodeMessage(std::span<const std::byte> payload)
{
    DecodeMessage message;
    if (payload.size() < sizeof(message.request)) {
        return fail(EINVAL, "a request is too short");
    }
    std::memcpy(&message.request, payload.data(), sizeof(message.request));
    if (auto result = checkPicture(message.request); !result) {
        return tl::unexpected(result.error());
    }
    message.format = gbm::FormatInfo::fromV4l2(message.request.pixelformat);
    if (message.format == nullptr) {
        return fail(EINVAL, "a request has an unknown pixel format");
    }
    if (message.request.num_planes != message.format->planes) {
        return fail(EINVAL, "a request has the wrong number of planes");
    }
    // Decoders have one stride for both of U and V.
    const auto &planes = message.request.planes;
    if (message.format->planes == DAEDALUS_MAX_PLANES && planes[1].stride != planes[2].stride) {
        return fail(EINVAL, "a picture's chroma planes have different strides");
    }
    auto controls =
        parseControls(payload.subspan(sizeof(message.request)), message.request.num_controls);
    if (!controls) {
        return tl::unexpected(controls.error());
    }
    message.controls = std::move(*controls);
    return message;
}

} // namespace daedalus::daemon
