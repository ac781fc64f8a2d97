// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <fstream>
#include <optional>
#include <string>

#include "tools/daedalus-play/observer.h"
#include "tools/daedalus-play/plane_reader.h"

namespace daedalus::play {

/// Writes a line for each picture of the first stream that was shown: the number of bytes and
/// the MD5 of its samples as tight planar YUV, read back from the textures.
class TextureList : public Observer {
public:
    static Result<std::unique_ptr<TextureList>> create(const std::string &file);

    Result<void> drawn(Compositor &compositor, const Canvas &canvas, uint64_t number) override;
    Result<void> ended(const Canvas *canvas) override;

private:
    TextureList(std::string name, std::ofstream file)
        : name_(std::move(name)), file_(std::move(file))
    {}

    std::string name_;
    std::ofstream file_;
    PlaneReader reader_;
    std::optional<uint64_t> last_; ///< number of the picture that was read last
};

} // namespace daedalus::play
