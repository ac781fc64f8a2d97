// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/shader_program.h"

#include <array>
#include <cerrno>

namespace daedalus::tools {
namespace {

constexpr const char *kTriangleShader = R"(#version 300 es
void main()
{
    // One triangle that covers everything.
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    gl_Position = vec4(corner, 0.0, 1.0);
}
)";

Result<void> attach(GLuint program, GLenum type, const std::string &source)
{
    const GLuint shader = ::glCreateShader(type);
    const char *text = source.c_str();
    ::glShaderSource(shader, 1, &text, nullptr);
    ::glCompileShader(shader);
    GLint good = GL_FALSE;
    ::glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
    std::array<char, 1024> log{};
    if (good == GL_TRUE) {
        ::glAttachShader(program, shader);
    } else {
        ::glGetShaderInfoLog(shader, log.size(), nullptr, log.data());
    }
    ::glDeleteShader(shader); // the program keeps it
    if (good != GL_TRUE) {
        return fail(EINVAL, std::string("compiling a shader: ") + log.data());
    }
    return {};
}

} // namespace

Result<ShaderProgram> ShaderProgram::buildForEveryPixel(const std::string &fragment)
{
    return build(kTriangleShader, fragment);
}

Result<ShaderProgram> ShaderProgram::build(const std::string &vertex, const std::string &fragment)
{
    ShaderProgram program;
    program.name_ = ::glCreateProgram();
    for (const auto &[type, source] :
         {std::pair{GL_VERTEX_SHADER, &vertex}, std::pair{GL_FRAGMENT_SHADER, &fragment}}) {
        if (auto attached = attach(program.name_, static_cast<GLenum>(type), *source); !attached) {
            return tl::unexpected(attached.error());
        }
    }
    ::glLinkProgram(program.name_);
    GLint good = GL_FALSE;
    ::glGetProgramiv(program.name_, GL_LINK_STATUS, &good);
    if (good != GL_TRUE) {
        std::array<char, 1024> log{};
        ::glGetProgramInfoLog(program.name_, log.size(), nullptr, log.data());
        return fail(EINVAL, std::string("linking shaders: ") + log.data());
    }
    return program;
}

ShaderProgram::~ShaderProgram()
{
    if (name_ != 0) {
        ::glDeleteProgram(name_);
    }
}

} // namespace daedalus::tools
