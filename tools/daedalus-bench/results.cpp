// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/results.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace daedalus::bench {
namespace {

/// The number at a path of names, where there is one.
std::optional<double> number(const nlohmann::json &sample, const std::string &field)
{
    const nlohmann::json::json_pointer pointer('/' + field);
    if (!sample.contains(pointer) || !sample[pointer].is_number()) {
        return std::nullopt;
    }
    return sample[pointer].get<double>();
}

} // namespace

Results::Key Results::Key::bare() const
{
    Key base = *this;
    base.path = "bare";
    base.format = "-";
    return base;
}

Result<Results> Results::read(const std::string &file)
{
    std::ifstream stream(file);
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    if (!json.is_object() || !json.contains("machine") || !json.contains("samples")) {
        return fail(EINVAL, file + ": not what daedalus-bench run writes");
    }
    Results results;
    results.machine_ = json["machine"];
    for (const auto &sample : json["samples"]) {
        const Key key{.part = sample.value("part", ""),
                      .film = sample.value("film", ""),
                      .path = sample.value("path", ""),
                      .format = sample.value("format", ""),
                      .threads = sample.value("threads", 0U),
                      .streams = sample.value("streams", 1U)};
        results.samples_[key][sample.value("repeat", 0U)] = sample;
    }
    return results;
}

size_t Results::repeats() const
{
    size_t most = 0;
    for (const auto &[key, repeats] : samples_) {
        most = std::max(most, repeats.size());
    }
    return most;
}

std::vector<Results::Key> Results::keys(const std::string &part) const
{
    std::vector<Key> found;
    for (const auto &[key, repeats] : samples_) {
        if (key.part == part) {
            found.push_back(key);
        }
    }
    return found;
}

Samples Results::values(const Key &key, const std::string &field) const
{
    Samples values;
    if (const auto found = samples_.find(key); found != samples_.end()) {
        for (const auto &[repeat, sample] : found->second) {
            if (const auto value = number(sample, field)) {
                values.add(*value);
            }
        }
    }
    return values;
}

std::vector<std::pair<double, double>> Results::pairs(const Key &key, const Key &base,
                                                      const std::string &field) const
{
    std::vector<std::pair<double, double>> both;
    const auto first = samples_.find(key);
    const auto second = samples_.find(base);
    if (first == samples_.end() || second == samples_.end()) {
        return both;
    }
    for (const auto &[repeat, sample] : first->second) {
        const auto other = second->second.find(repeat);
        const auto value = number(sample, field);
        const auto baseValue =
            other != second->second.end() ? number(other->second, field) : std::nullopt;
        if (value && baseValue) {
            both.emplace_back(*value, *baseValue);
        }
    }
    return both;
}

Samples Results::ratios(const Key &key, const Key &base, const std::string &field) const
{
    Samples ratios;
    for (const auto &[value, baseValue] : pairs(key, base, field)) {
        if (baseValue > 0) {
            ratios.add(value / baseValue);
        }
    }
    return ratios;
}

Samples Results::differences(const Key &key, const Key &base, const std::string &field,
                             double factor) const
{
    Samples differences;
    for (const auto &[value, baseValue] : pairs(key, base, field)) {
        differences.add(value - factor * baseValue);
    }
    return differences;
}

} // namespace daedalus::bench
