// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

extern "C" {
#include <libavutil/log.h>
}

#include "tools/daedalus-bench/account_server.h"
#include "tools/daedalus-bench/options.h"
#include "tools/daedalus-bench/plan.h"

namespace {

using namespace daedalus;
using namespace daedalus::bench;

Result<void> execute(const RunOptions &options)
{
    const auto results = runPlan(options);
    if (!results) {
        return tl::unexpected(results.error());
    }
    std::ofstream file(options.json);
    file << results->dump(1) << '\n';
    return file.flush() ? Result<void>() : fail(EIO, "cannot write " + options.json);
}

Result<void> execute(const OnceOptions &options)
{
    const auto film = Film::load(options.film);
    return film ? playOnce(*film, options.job) : tl::unexpected(film.error());
}

Result<void> execute(const ServeOptions &options)
{
    const auto status = serveAccounts(options.folder, options.command);
    if (!status) {
        return tl::unexpected(status.error());
    }
    return *status == 0 ? Result<void>() : fail(EIO, "the guest failed");
}

Result<void> execute(int /*status*/)
{
    return {};
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const auto parsed = parseOptions(argc, argv);
        if (const int *status = std::get_if<int>(&parsed)) {
            return *status;
        }
        av_log_set_level(AV_LOG_ERROR);
        const auto result =
            std::visit([](const auto &options) { return execute(options); }, parsed);
        if (!result) {
            std::cerr << "daedalus-bench: " << result.error().what() << '\n';
            return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
    } catch (const std::exception &error) {
        std::cerr << "daedalus-bench: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
