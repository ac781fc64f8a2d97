// SPDX-License-Identifier: BSD-2-Clause
#pragma once

// GL_OES_EGL_image and GL_OES_EGL_image_external have their declarations in version 2's
// header, which wants gl2.h to come first.
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>
// clang-format off
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
// clang-format on
