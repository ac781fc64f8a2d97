// SPDX-License-Identifier: BSD-2-Clause
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

extern "C" {
#include <libavutil/log.h>
}

#include "tools/common/exit_status.h"
#include "tools/common/temporary_folder.h"
#include "tools/daedalus-conformance/collection.h"
#include "tools/daedalus-conformance/report.h"
#include "tools/daedalus-conformance/runner.h"

namespace {

using namespace daedalus;
using namespace daedalus::conformance;

constexpr const char *kModuleStatistics = "/sys/kernel/debug/daedalus_v4l2/stats";

std::unique_ptr<Client> makeClient(const std::string &path, const Options &options)
{
    if (path == "va-kernel" || path == "va-inproc") {
        return makeVaClient(path.substr(3), options.device);
    }
    if (path == "gst-va-kernel" || path == "gst-va-inproc") {
        return makeGStreamerVaClient(path.substr(7));
    }
    return path == "v4l2" ? makeV4l2Client(options.v4l2Decode) : makeGStreamerClient();
}

/// Those that were asked for, all of which have to be there; or those of the usual ones that are
/// there.
std::optional<Clients> makeClients(const Options &options)
{
    static const std::vector<std::string> kUsual{"va-kernel", "va-inproc", "v4l2", "gstreamer"};
    Clients clients;
    for (const std::string &path : options.paths.empty() ? kUsual : options.paths) {
        auto client = makeClient(path, options);
        if (const auto why = client->unavailable()) {
            std::cerr << "daedalus-conformance: " << path << ": " << *why << '\n';
            if (!options.paths.empty()) {
                return std::nullopt;
            }
            continue;
        }
        clients[path] = std::move(client);
    }
    return clients;
}

/// Counters of the kernel module, by name; null without it.
nlohmann::json moduleCounters()
{
    std::ifstream file(kModuleStatistics);
    nlohmann::json result;
    std::string name;
    uint64_t value = 0;
    while (file >> name >> value) {
        if (name.back() == ':') {
            name.pop_back();
        }
        result[name] = value;
    }
    return result;
}

/// What they counted in between.
nlohmann::json since(const nlohmann::json &before)
{
    nlohmann::json after = moduleCounters();
    for (const auto &[name, value] : before.items()) {
        if (after.contains(name)) {
            after[name] = after[name].get<int64_t>() - value.get<int64_t>();
        }
    }
    return after;
}

bool writeJson(const std::string &path, const nlohmann::json &json)
{
    if (path == "-") {
        std::cout << json.dump(2) << '\n';
        return static_cast<bool>(std::cout);
    }
    std::ofstream file(path);
    file << json.dump(2) << '\n';
    file.close();
    if (!file) {
        std::cerr << "daedalus-conformance: " << path << ": cannot be written\n";
    }
    return static_cast<bool>(file);
}

int run(const Options &options)
{
    const tools::TemporaryFolder scratch;
    if (!options.cache.empty()) {
        std::error_code ignored;
        std::filesystem::create_directories(options.cache, ignored);
    }
    const auto collection = collect(options, scratch.path());
    if (!collection) {
        std::cerr << "daedalus-conformance: " << collection.error().what() << '\n';
        return tools::kExitSetup;
    }
    if (collection->streams.empty()) {
        for (const std::string &line : collection->skipped) {
            std::cerr << "skipped: " << line << '\n';
        }
        std::cerr << "daedalus-conformance: there is nothing to decode\n";
        return tools::kExitSetup;
    }
    const auto clients = makeClients(options);
    if (!clients || clients->empty()) {
        return tools::kExitSetup;
    }
    References references(options.cache);
    Runner runner(options, *clients, references);
    const auto before = moduleCounters();
    const auto outcomes = runner.run(collection->streams);
    printTable(options.json == "-" ? std::cerr : std::cout, outcomes, collection->skipped, options);
    if (!options.json.empty() &&
        !writeJson(options.json, toJson(outcomes, collection->skipped, since(before)))) {
        return tools::kExitSetup;
    }
    return good(totalsOf(outcomes), options) ? tools::kExitGood : tools::kExitBad;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const auto options = daedalus::conformance::parseOptions(argc, argv);
        if (const int *status = std::get_if<int>(&options)) {
            return *status;
        }
        // What libavcodec thinks of a stream is no news: it is the reference.
        av_log_set_level(AV_LOG_QUIET);
        return run(std::get<daedalus::conformance::Options>(options));
    } catch (const std::exception &error) {
        std::cerr << "daedalus-conformance: " << error.what() << '\n';
        return daedalus::tools::kExitSetup;
    }
}
