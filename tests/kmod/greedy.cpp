// SPDX-License-Identifier: BSD-2-Clause
//
// One who takes what he can get:
//
//   kmod-greedy open|request|spin TIMES UID
//
// As user UID opens the module's node, starts to stream and closes it again, TIMES over and as
// fast as he can. "request" also queues a picture each time, which asks for a session.
// "spin" only uses as much CPU as there is, until it is ended: what it costs others that he is
// there at all. Prints how often he was refused what.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/kmod/client.h"

namespace daedalus::test {
namespace {

constexpr std::uint32_t kBuffers = 2;

struct Refusals {
    unsigned open = 0;
    unsigned start = 0;
    unsigned request = 0;
};

void takeOnce(bool request, Refusals &refusals)
{
    Client client;
    if (!client.valid()) {
        ++refusals.open;
    } else if (!client.start(kBuffers)) {
        ++refusals.start;
    } else if (request && (client.queueCapture(0) != 0 || client.submit({}) != 0)) {
        ++refusals.request;
    }
}

int takeAll(bool request, unsigned long times)
{
    Refusals refusals;
    for (unsigned long i = 0; i < times; ++i) {
        takeOnce(request, refusals);
    }
    std::printf("%lu times, refused: open %u, start %u, request %u\n", times, refusals.open,
                refusals.start, refusals.request);
    return refusals.open == times ? EXIT_FAILURE : EXIT_SUCCESS;
}

[[noreturn]] void spin()
{
    volatile bool on = true;
    while (on) {
    }
    std::exit(EXIT_SUCCESS);
}

} // namespace
} // namespace daedalus::test

int main(int argc, char **argv)
{
    if (argc != 4) {
        std::fputs("usage: kmod-greedy open|request|spin TIMES UID\n", stderr);
        return EXIT_FAILURE;
    }
    const auto uid = static_cast<uid_t>(std::strtoul(argv[3], nullptr, 10));
    if (::setresuid(uid, uid, uid) != 0) {
        std::perror("setresuid");
        return EXIT_FAILURE;
    }
    const std::string_view what = argv[1];
    if (what == "spin") {
        daedalus::test::spin();
    }
    return daedalus::test::takeAll(what == "request", std::strtoul(argv[2], nullptr, 10));
}
