// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/frame_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>

#include "tools/common/md5.h"

namespace daedalus::conformance {

namespace {

constexpr size_t kMd5Digits = 32;
constexpr int kSizeColumn = 4;
constexpr int kColumns = 6;

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \r");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

bool isHash(std::string_view text)
{
    return text.size() == kMd5Digits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<uint64_t> number(std::string_view text)
{
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

} // namespace

Comparison compare(const FrameList &expected, const FrameList &delivered)
{
    Comparison result{.expected = expected.size(), .delivered = delivered.size()};
    const size_t both = std::min(expected.size(), delivered.size());
    for (size_t i = 0; i < both; ++i) {
        if (expected[i] == delivered[i]) {
            ++result.exact;
        } else if (!result.firstDifferent) {
            result.firstDifferent = i;
        }
    }
    if (!result.firstDifferent && expected.size() != delivered.size()) {
        result.firstDifferent = both;
    }
    return result;
}

std::optional<FrameHash> parseFrameMd5(std::string_view line)
{
    std::array<std::string_view, kColumns> columns;
    for (size_t i = 0; i < columns.size(); ++i) {
        const auto comma = line.find(',');
        if ((comma == std::string_view::npos) != (i + 1 == columns.size())) {
            return std::nullopt;
        }
        columns.at(i) = trimmed(line.substr(0, comma));
        line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
    }
    const auto bytes = number(columns[kSizeColumn]);
    if (columns[0] != "0" || !bytes || !isHash(columns[kColumns - 1])) {
        return std::nullopt;
    }
    return FrameHash{*bytes, std::string(columns[kColumns - 1])};
}

FrameHash hashFrame(std::span<const uint8_t> samples)
{
    return {.bytes = samples.size(), .md5 = tools::md5Of(samples)};
}

Result<FrameList> readFrameList(const std::string &path)
{
    std::ifstream file(path);
    if (!file) {
        return fail(ENOENT, path + ": cannot be read");
    }
    FrameList frames;
    FrameHash frame;
    while (file >> frame.bytes >> frame.md5) {
        if (!isHash(frame.md5)) {
            return fail(EINVAL, path + ": is not a list of frames");
        }
        frames.push_back(frame);
    }
    if (!file.eof()) {
        return fail(EINVAL, path + ": is not a list of frames");
    }
    return frames;
}

Result<void> writeFrameList(const std::string &path, const FrameList &frames)
{
    std::ofstream file(path);
    for (const FrameHash &frame : frames) {
        file << frame.bytes << ' ' << frame.md5 << '\n';
    }
    file.close();
    return file ? Result<void>() : fail(EIO, path + ": cannot be written");
}

} // namespace daedalus::conformance
