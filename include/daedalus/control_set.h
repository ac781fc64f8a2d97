// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace daedalus {

/// The stateless codec controls of one request, by V4L2 control id.
class ControlSet {
public:
    /// Stores a copy of @p value, e.g. set(V4L2_CID_STATELESS_H264_SPS, sps).
    template <typename T>
    requires std::is_trivially_copyable_v<T>
    void set(uint32_t id, const T &value) { setBytes(id, std::as_bytes(std::span(&value, 1))); }

    void setBytes(uint32_t id, std::span<const std::byte> bytes)
    {
        controls_[id].assign(bytes.begin(), bytes.end());
    }

    /// The control's value, where it is there and has exactly T's size.
    template <typename T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] std::optional<T> get(uint32_t id) const
    {
        const auto it = controls_.find(id);
        if (it == controls_.end() || it->second.size() != sizeof(T)) {
            return std::nullopt;
        }
        T value;
        std::memcpy(&value, it->second.data(), sizeof(T));
        return value;
    }

    [[nodiscard]] const std::map<uint32_t, std::vector<std::byte>> &all() const
    {
        return controls_;
    }

private:
    std::map<uint32_t, std::vector<std::byte>> controls_;
};

} // namespace daedalus
