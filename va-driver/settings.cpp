// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/settings.h"

#include <errno.h>
#include <strings.h>
#include <va/va.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "gbm/format_info.h"

namespace daedalus::va {

namespace {

std::string variable(const char *name)
{
    const char *value = ::secure_getenv(name);
    return value != nullptr ? value : "";
}

bool sameWord(const std::string &a, std::string_view b)
{
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), b.size()) == 0;
}

Result<BackendChoice> parseBackend(const std::string &word)
{
    if (word.empty() || sameWord(word, "auto")) {
        return BackendChoice::Auto;
    }
    if (sameWord(word, "kernel")) {
        return BackendChoice::Kernel;
    }
    if (sameWord(word, "inproc")) {
        return BackendChoice::InProcess;
    }
    return fail(EINVAL, "DAEDALUS_BACKEND is '" + word + "', not auto, kernel or inproc");
}

Result<uint32_t> parseSurfaceFormat(const std::string &word)
{
    if (word.empty()) {
        return 0;
    }
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        if (sameWord(word, format.name)) {
            return format.va;
        }
    }
    return fail(EINVAL,
                "DAEDALUS_SURFACE_FORMAT is '" + word + "', not a format like nv12 or i420");
}

Result<unsigned> parseThreads(const std::string &word)
{
    unsigned threads = 0;
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), threads);
    if (!word.empty() && (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size())) {
        return fail(EINVAL, "DAEDALUS_THREADS is '" + word + "', not a number");
    }
    return threads;
}

struct Quirk {
    std::string_view prefix; ///< of the program's name
    uint32_t surfaceFormat;
};

// Gecko imports NV12, P010 and YV12 surfaces (DMABufSurfaceYUV), and decodes by
// itself where FFmpeg got something else.
constexpr std::array<Quirk, 3> kQuirks{{
    {"firefox", VA_FOURCC_NV12},
    {"librewolf", VA_FOURCC_NV12},
    {"thunderbird", VA_FOURCC_NV12},
}};

} // namespace

uint32_t onlySurfaceFormat(std::string_view program)
{
    const auto it = std::ranges::find_if(
        kQuirks, [=](const Quirk &quirk) { return program.starts_with(quirk.prefix); });
    return it != kQuirks.end() ? it->surfaceFormat : 0;
}

Result<Settings> Settings::fromEnvironment()
{
    Settings settings;
    const auto backend = parseBackend(variable("DAEDALUS_BACKEND"));
    const auto format = parseSurfaceFormat(variable("DAEDALUS_SURFACE_FORMAT"));
    const auto threads = parseThreads(variable("DAEDALUS_THREADS"));
    if (!backend) {
        return tl::unexpected(backend.error());
    }
    if (!format) {
        return tl::unexpected(format.error());
    }
    if (!threads) {
        return tl::unexpected(threads.error());
    }
    settings.backend = *backend;
    settings.surfaceFormat =
        *format != 0 ? *format : onlySurfaceFormat(program_invocation_short_name);
    settings.threads = *threads;
    settings.surfaceProvider = variable("DAEDALUS_SURFACE_PROVIDER");
    settings.statsFile = variable("DAEDALUS_STATS");
    if (const std::string level = variable("DAEDALUS_LOG"); !level.empty()) {
        settings.logLevel = level;
    }
    return settings;
}

} // namespace daedalus::va
