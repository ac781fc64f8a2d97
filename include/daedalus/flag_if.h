// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <concepts>
#include <type_traits>

namespace daedalus {

/// @p flag where @p condition is not zero: a syntax element, or a bit of one interface, as the
/// flag of another.
template <std::integral Flag>
constexpr std::make_unsigned_t<Flag> flagIf(std::integral auto condition, Flag flag)
{
    return condition != 0 ? static_cast<std::make_unsigned_t<Flag>>(flag) : 0;
}

} // namespace daedalus
