// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/client.h"

#include <algorithm>
#include <filesystem>

namespace daedalus::conformance {

const char *nameOf(Status status)
{
    switch (status) {
    case Status::Exact:
        return "exact";
    case Status::Different:
        return "DIFFERENT";
    case Status::Refused:
        return "refused";
    case Status::Failed:
        return "FAILED";
    case Status::Hung:
        break;
    }
    return "HUNG";
}

std::string lastLine(const std::string &text)
{
    const auto end = text.find_last_not_of(" \r\n");
    if (end == std::string::npos) {
        return {};
    }
    const auto start = text.find_last_of("\r\n", end);
    return text.substr(start == std::string::npos ? 0 : start + 1,
                       end - (start == std::string::npos ? 0 : start + 1) + 1);
}

std::string whyNotDecoded(const nlohmann::json &statistics, const std::string &backend,
                          std::optional<uint64_t> pictures)
{
    const bool counted = statistics.is_object();
    const auto frames = counted ? statistics.value("frames", uint64_t{0}) : 0;
    if (frames == 0 || statistics.value("backend", "") != backend) {
        return "the driver did not decode: " + statistics.dump();
    }
    if (pictures && frames != *pictures) {
        return "the driver decoded " + std::to_string(frames) + " pictures; the stream has " +
               std::to_string(*pictures);
    }
    return {};
}

Attempt collectFrames(const Command &command, std::chrono::seconds limit, Ended &ended)
{
    Attempt attempt;
    LineSplitter lines([&attempt](std::string_view line) {
        if (auto frame = parseFrameMd5(line)) {
            attempt.frames.push_back(std::move(*frame));
        }
    });
    auto result = runProcess(command, limit, [&lines](std::span<const uint8_t> bytes) {
        lines.add(bytes);
        return true;
    });
    if (!result) {
        attempt.error = result.error().what();
        return attempt;
    }
    ended = std::move(*result);
    attempt.hung = ended.timedOut;
    if (!ended.timedOut && ended.status != 0) {
        attempt.error = std::filesystem::path(command.arguments[0]).filename().string() +
                        " ended with " + std::to_string(ended.status) + ": " +
                        lastLine(ended.errors);
    }
    return attempt;
}

bool Excerpt::add(std::span<const uint8_t> data)
{
    const auto skipped = static_cast<size_t>(std::min<uint64_t>(skip_, data.size()));
    skip_ -= skipped;
    data = data.subspan(skipped);
    const auto kept = static_cast<size_t>(std::min<uint64_t>(wanted_ - taken_.size(), data.size()));
    taken_.insert(taken_.end(), data.begin(), data.begin() + static_cast<ptrdiff_t>(kept));
    return taken_.size() < wanted_;
}

std::vector<uint8_t> readExcerpt(const Command &command, std::chrono::seconds limit,
                                 uint64_t before, uint64_t bytes)
{
    Excerpt excerpt(before, bytes);
    (void)runProcess(command, limit,
                     [&excerpt](std::span<const uint8_t> data) { return excerpt.add(data); });
    return excerpt.take();
}

} // namespace daedalus::conformance
