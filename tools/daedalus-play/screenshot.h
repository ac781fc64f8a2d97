// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>
#include <string>

#include "tools/daedalus-play/observer.h"

namespace daedalus::play {

/// Writes one composed picture to a PNG.
class Screenshot : public Observer {
public:
    /// @param number of the picture; none for the last one
    Screenshot(std::string file, std::optional<uint64_t> number)
        : file_(std::move(file)), number_(number)
    {}

    Result<void> drawn(Compositor &compositor, const Canvas &canvas, uint64_t number) override;
    Result<void> ended(const Canvas *canvas) override;

private:
    Result<void> write(const Canvas &canvas);

    std::string file_;
    std::optional<uint64_t> number_;
    bool written_ = false;
};

} // namespace daedalus::play
