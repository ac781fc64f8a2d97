// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace daedalus {

/// What went wrong: an errno value for programs, a sentence for people.
class Error {
public:
    /// @param code positive errno value
    /// @param what what was being tried, in words that tell what to do next
    Error(int code, std::string what) : code_(code), what_(std::move(what)) {}

    /// Error from the current errno.
    static Error fromErrno(std::string_view what)
    {
        const int code = errno;
        return {code, std::string(what) + ": " + std::strerror(code)};
    }

    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] const std::string &what() const noexcept { return what_; }

private:
    int code_;
    std::string what_;
};

/// A value, or the Error that prevented it.
template <typename T>
using Result = tl::expected<T, Error>;

/// Shorthand for returning an Error from a function that returns Result.
inline tl::unexpected<Error> fail(int code, std::string what)
{
    return tl::unexpected<Error>(Error(code, std::move(what)));
}

/// Shorthand for returning the current errno from a function that returns Result.
inline tl::unexpected<Error> failErrno(std::string_view what)
{
    return tl::unexpected<Error>(Error::fromErrno(what));
}

} // namespace daedalus
