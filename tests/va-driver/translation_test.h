// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "tests/va-driver/memory_file.h"
#include "va-driver/codec.h"
#include "va-driver/surface.h"

namespace daedalus::va {

/// What a client rendered: VA structures, or bytes.
template <typename T>
va::BufferData bufferOf(std::span<const T> elements)
{
    auto bytes = std::make_shared<std::vector<std::byte>>(elements.size_bytes());
    std::memcpy(bytes->data(), elements.data(), bytes->size());
    return {std::move(bytes), sizeof(T), elements.size()};
}

template <typename T>
va::BufferData bufferOf(const std::vector<T> &elements)
{
    return bufferOf(std::span(elements));
}

template <typename T>
va::BufferData bufferOf(const T &element)
{
    return bufferOf(std::span(&element, 1));
}

/// A surface without a graphics device.
inline std::shared_ptr<va::Surface> fileSurface(uint32_t width, uint32_t height)
{
    return std::make_shared<va::Surface>(
        fileMemory(*gbm::FormatInfo::fromVa(VA_FOURCC_NV12), width, height));
}

/// Has the surface hold the picture of that timestamp.
inline void setDecoded(va::Surface &surface, uint64_t timestamp)
{
    surface.decodeSubmitted(timestamp, false, false);
    surface.decodeFinished({});
}

/// A codec's translator, and what a client renders for it.
/// @tparam Picture the codec's VA structure of a picture
template <typename Picture>
class TranslationTest : public testing::Test {
protected:
    static constexpr VASurfaceID kTarget = 100;

    explicit TranslationTest(std::unique_ptr<va::CodecTranslator> codec)
        : translator(std::move(codec))
    {}

    /// Renders a buffer of slice parameters and one of slice data.
    template <typename Params>
    void addSlices(const Params &params, const std::vector<uint8_t> &data)
    {
        buffers.sliceParams.push_back(bufferOf(params));
        buffers.sliceData.push_back(bufferOf(data));
    }

    /// Translates the picture and what was rendered beside it, which is then gone.
    va::VaResult<va::StatelessRequest> translate(VASurfaceID begun = kTarget)
    {
        buffers.picture = bufferOf(picture);
        auto request = translator->translate(buffers, begun, [this](VASurfaceID id) {
            const auto it = surfaces.find(id);
            return it != surfaces.end() ? it->second : nullptr;
        });
        buffers = {};
        return request;
    }

    /// A control of a request that has to have it.
    template <typename T>
    static T control(const va::VaResult<va::StatelessRequest> &request, uint32_t id)
    {
        const auto value = request ? request->controls.template get<T>(id) : std::nullopt;
        EXPECT_TRUE(value);
        return value.value_or(T{});
    }

    std::map<VASurfaceID, std::shared_ptr<va::Surface>> surfaces;
    std::unique_ptr<va::CodecTranslator> translator;
    Picture picture{};
    va::PictureBuffers buffers;
};

} // namespace daedalus::va
