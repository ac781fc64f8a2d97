// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <utility>

#include "tools/common/gl.h"

namespace daedalus::tools {

/// Owns an OpenGL name. The context that made it has to be current when it goes.
template <void (*Generate)(GLsizei, GLuint *), void (*Delete)(GLsizei, const GLuint *)>
class GlObject {
public:
    GlObject() = default;
    static GlObject make()
    {
        GlObject object;
        Generate(1, &object.name_);
        return object;
    }
    GlObject(GlObject &&other) noexcept : name_(std::exchange(other.name_, 0)) {}
    GlObject &operator=(GlObject &&other) noexcept
    {
        std::swap(name_, other.name_);
        return *this;
    }
    GlObject(const GlObject &) = delete;
    GlObject &operator=(const GlObject &) = delete;
    ~GlObject()
    {
        if (name_ != 0) {
            Delete(1, &name_);
        }
    }
    [[nodiscard]] GLuint get() const { return name_; }

private:
    GLuint name_ = 0;
};

inline void generateTextures(GLsizei count, GLuint *names)
{
    ::glGenTextures(count, names);
}
inline void deleteTextures(GLsizei count, const GLuint *names)
{
    ::glDeleteTextures(count, names);
}
inline void generateFramebuffers(GLsizei count, GLuint *names)
{
    ::glGenFramebuffers(count, names);
}
inline void deleteFramebuffers(GLsizei count, const GLuint *names)
{
    ::glDeleteFramebuffers(count, names);
}
inline void generateRenderbuffers(GLsizei count, GLuint *names)
{
    ::glGenRenderbuffers(count, names);
}
inline void deleteRenderbuffers(GLsizei count, const GLuint *names)
{
    ::glDeleteRenderbuffers(count, names);
}

using GlTexture = GlObject<generateTextures, deleteTextures>;
using GlFramebuffer = GlObject<generateFramebuffers, deleteFramebuffers>;
using GlRenderbuffer = GlObject<generateRenderbuffers, deleteRenderbuffers>;

} // namespace daedalus::tools
