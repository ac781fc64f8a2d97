// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/v4l2_device.h"

#include <fcntl.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>

#include "v4l2/fd_calls.h"

namespace daedalus::v4l2 {

namespace {

std::string fromFixed(const uint8_t *text, size_t size)
{
    const auto *chars = reinterpret_cast<const char *>(text);
    return {chars, ::strnlen(chars, size)};
}

V4l2Format fromKernel(const v4l2_format &format)
{
    const v4l2_pix_format_mplane &pix = format.fmt.pix_mp;
    V4l2Format out;
    out.fourcc = pix.pixelformat;
    out.width = pix.width;
    out.height = pix.height;
    out.colorspace = pix.colorspace;
    out.xferFunc = pix.xfer_func;
    out.ycbcrEnc = pix.ycbcr_enc;
    out.quantization = pix.quantization;
    const size_t count = std::min<size_t>(pix.num_planes, VIDEO_MAX_PLANES);
    for (size_t i = 0; i < count; ++i) {
        out.planes.push_back(
            {.stride = pix.plane_fmt[i].bytesperline, .size = pix.plane_fmt[i].sizeimage});
    }
    return out;
}

} // namespace

void toKernel(QueueType type, const V4l2Format &format, v4l2_format &out)
{
    out = {};
    out.type = bufferType(type);
    v4l2_pix_format_mplane &pix = out.fmt.pix_mp;
    pix.pixelformat = format.fourcc;
    pix.width = format.width;
    pix.height = format.height;
    pix.field = V4L2_FIELD_NONE;
    pix.colorspace = format.colorspace;
    pix.xfer_func = static_cast<uint8_t>(format.xferFunc);
    pix.ycbcr_enc = static_cast<uint8_t>(format.ycbcrEnc);
    pix.quantization = static_cast<uint8_t>(format.quantization);
    pix.num_planes = static_cast<uint8_t>(std::min<size_t>(format.planes.size(), VIDEO_MAX_PLANES));
    for (size_t i = 0; i < pix.num_planes; ++i) {
        pix.plane_fmt[i].bytesperline = format.planes[i].stride;
        pix.plane_fmt[i].sizeimage = format.planes[i].size;
    }
}

uint32_t bufferType(QueueType type)
{
    return type == QueueType::Output ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
                                     : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

Result<std::shared_ptr<V4l2Device>> V4l2Device::open(const std::string &path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        return failErrno("opening " + path);
    }
    std::shared_ptr<V4l2Device> device(new V4l2Device(std::move(fd), path));
    if (auto result = device->readCapabilities(); !result) {
        return tl::unexpected(result.error());
    }
    device->readControls();
    return device;
}

Result<void> V4l2Device::readCapabilities()
{
    v4l2_capability capability{};
    if (ioctlRetry(fd_.get(), VIDIOC_QUERYCAP, &capability) < 0) {
        return failErrno("asking " + path_ + " what it is");
    }
    const uint32_t caps = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0
                              ? capability.device_caps
                              : capability.capabilities;
    constexpr uint32_t kNeeded = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
    if ((caps & kNeeded) != kNeeded) {
        return fail(ENODEV, path_ + " is not a multi-planar memory-to-memory device");
    }
    driver_ = fromFixed(capability.driver, sizeof(capability.driver));
    card_ = fromFixed(capability.card, sizeof(capability.card));
    return {};
}

void V4l2Device::readControls()
{
    constexpr uint32_t kNext = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
    v4l2_query_ext_ctrl query{};
    query.id = kNext;
    while (ioctlRetry(fd_.get(), VIDIOC_QUERY_EXT_CTRL, &query) == 0) {
        ControlInfo info;
        info.name.assign(query.name, ::strnlen(query.name, sizeof(query.name)));
        info.compound = (query.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) != 0;
        info.range = {.minimum = query.minimum,
                      .maximum = query.maximum,
                      .defaultValue = query.default_value};
        const uint32_t id = query.id;
        controls_.emplace(id, std::move(info));
        query = {};
        query.id = id | kNext;
    }
}

Result<std::vector<uint32_t>> V4l2Device::formats(QueueType type) const
{
    std::vector<uint32_t> fourccs;
    for (uint32_t index = 0;; ++index) {
        v4l2_fmtdesc description{};
        description.index = index;
        description.type = bufferType(type);
        if (ioctlRetry(fd_.get(), VIDIOC_ENUM_FMT, &description) < 0) {
            if (errno == EINVAL) {
                return fourccs;
            }
            return failErrno("listing the formats of " + path_);
        }
        fourccs.push_back(description.pixelformat);
    }
}

Result<V4l2Format> V4l2Device::formatIoctl(unsigned long ioctl, const char *what, QueueType type,
                                           const V4l2Format &wanted) const
{
    v4l2_format format{};
    toKernel(type, wanted, format);
    if (ioctlRetry(fd_.get(), ioctl, &format) < 0) {
        return failErrno(what);
    }
    return fromKernel(format);
}

Result<V4l2Format> V4l2Device::format(QueueType type) const
{
    return formatIoctl(VIDIOC_G_FMT, "VIDIOC_G_FMT", type, {});
}

Result<V4l2Format> V4l2Device::setFormat(QueueType type, const V4l2Format &wanted)
{
    return formatIoctl(VIDIOC_S_FMT, "VIDIOC_S_FMT", type, wanted);
}

Result<V4l2Format> V4l2Device::tryFormat(QueueType type, const V4l2Format &wanted) const
{
    return formatIoctl(VIDIOC_TRY_FMT, "VIDIOC_TRY_FMT", type, wanted);
}

Result<V4l2Rect> V4l2Device::visibleRect() const
{
    v4l2_selection selection{};
    // The selection API takes the single-planar type for multi-planar queues too.
    selection.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    selection.target = V4L2_SEL_TGT_COMPOSE;
    if (ioctlRetry(fd_.get(), VIDIOC_G_SELECTION, &selection) < 0) {
        return failErrno("VIDIOC_G_SELECTION");
    }
    return V4l2Rect{.left = selection.r.left,
                    .top = selection.r.top,
                    .width = selection.r.width,
                    .height = selection.r.height};
}

Result<V4l2Device::ControlRange> V4l2Device::controlRange(uint32_t id) const
{
    const auto it = controls_.find(id);
    if (it == controls_.end() || it->second.compound) {
        return fail(EINVAL, path_ + " has no such integer or menu control");
    }
    return it->second.range;
}

Result<void> V4l2Device::setControl(uint32_t id, int32_t value)
{
    ControlSet controls;
    controls.set(id, value);
    return applyControls(V4L2_CTRL_WHICH_CUR_VAL, 0, controls);
}

Result<int32_t> V4l2Device::control(uint32_t id) const
{
    v4l2_ext_control control{};
    control.id = id;
    v4l2_ext_controls controls{};
    controls.which = V4L2_CTRL_WHICH_CUR_VAL;
    controls.count = 1;
    controls.controls = &control;
    if (ioctlRetry(fd_.get(), VIDIOC_G_EXT_CTRLS, &controls) < 0) {
        return failErrno("VIDIOC_G_EXT_CTRLS");
    }
    const int32_t value = control.value;
    return value;
}

Result<void> V4l2Device::setControls(const ControlSet &controls)
{
    return applyControls(V4L2_CTRL_WHICH_CUR_VAL, 0, controls);
}

Result<void> V4l2Device::setControls(const MediaRequest &request, const ControlSet &controls)
{
    return applyControls(V4L2_CTRL_WHICH_REQUEST_VAL, request.fd(), controls);
}

Result<void> V4l2Device::applyControls(uint32_t which, int requestFd,
                                       const ControlSet &controls) const
{
    // The kernel writes the values that it took back to where they came from,
    // hence the copy.
    std::vector<std::vector<std::byte>> values;
    values.reserve(controls.all().size());
    std::vector<v4l2_ext_control> list;
    list.reserve(controls.all().size());
    for (const auto &[id, bytes] : controls.all()) {
        const auto info = controls_.find(id);
        if (info == controls_.end()) {
            return fail(EINVAL, path_ + " has no control " + std::to_string(id));
        }
        v4l2_ext_control control{};
        control.id = id;
        if (info->second.compound) {
            control.size = static_cast<uint32_t>(bytes.size());
            control.ptr = values.emplace_back(bytes).data();
        } else if (bytes.size() == sizeof(control.value)) {
            std::memcpy(&control.value, bytes.data(), sizeof(control.value));
        } else {
            return fail(EINVAL, "control \"" + info->second.name + "\" has to be 4 bytes long");
        }
        list.push_back(control);
    }
    if (list.empty()) {
        return {};
    }
    v4l2_ext_controls argument{};
    argument.which = which;
    argument.request_fd = requestFd;
    argument.count = static_cast<uint32_t>(list.size());
    argument.controls = list.data();
    if (ioctlRetry(fd_.get(), VIDIOC_S_EXT_CTRLS, &argument) < 0) {
        const int code = errno;
        std::string what = "VIDIOC_S_EXT_CTRLS";
        // error_idx == count: the kernel did not get as far as one control.
        if (argument.error_idx < list.size()) {
            what += " \"" + controls_.at(list[argument.error_idx].id).name + "\"";
        }
        return fail(code, what + ": " + std::strerror(code));
    }
    return {};
}

} // namespace daedalus::v4l2
