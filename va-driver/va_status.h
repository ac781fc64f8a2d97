// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <tl/expected.hpp>

namespace daedalus::va {

/// A value, or the VAStatus to return to the client.
template <typename T>
using VaResult = tl::expected<T, VAStatus>;

/// Shorthand for returning a VAStatus from a function that returns VaResult.
inline tl::unexpected<VAStatus> vaFail(VAStatus status)
{
    return tl::unexpected<VAStatus>(status);
}

} // namespace daedalus::va
