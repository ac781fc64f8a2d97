// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"
#include "tools/common/gl.h"

namespace daedalus::tools {

/// A linked pair of shaders.
class ShaderProgram {
public:
    static Result<ShaderProgram> build(const std::string &vertex, const std::string &fragment);
    /// For glDrawArrays(GL_TRIANGLES, 0, 3) without attributes: one triangle that covers the
    /// viewport. Fragment shaders are of OpenGL ES 3.
    static Result<ShaderProgram> buildForEveryPixel(const std::string &fragment);

    ShaderProgram(ShaderProgram &&other) noexcept : name_(std::exchange(other.name_, 0)) {}
    ShaderProgram &operator=(ShaderProgram &&other) noexcept
    {
        std::swap(name_, other.name_);
        return *this;
    }
    ShaderProgram(const ShaderProgram &) = delete;
    ShaderProgram &operator=(const ShaderProgram &) = delete;
    ~ShaderProgram();

    void use() const { ::glUseProgram(name_); }
    /// -1, which OpenGL ignores, where the shaders do not use @p name.
    [[nodiscard]] GLint uniform(const char *name) const
    {
        return ::glGetUniformLocation(name_, name);
    }

private:
    ShaderProgram() = default;
    GLuint name_ = 0;
};

} // namespace daedalus::tools
