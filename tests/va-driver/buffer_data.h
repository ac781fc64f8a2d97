// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "va-driver/codec.h"

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
va::BufferData bufferOf(const T &element)
{
    return bufferOf(std::span(&element, 1));
}

} // namespace daedalus::va
