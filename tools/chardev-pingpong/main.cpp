// SPDX-License-Identifier: BSD-2-Clause
//
// Checks the control device of the kernel module against the wire protocol.
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <string>

#include "tools/chardev-pingpong/checks.h"

namespace {

using namespace daedalus;
using namespace daedalus::pingpong;

constexpr int kFailed = 1;
constexpr int kUnusable = 2;

void explainOpenFailure(const Error &error)
{
    std::fprintf(stderr, "chardev-pingpong: %s\n", error.what().c_str());
    switch (error.code()) {
    case EBUSY:
        std::fputs("The device has an owner already. Stop the daemon first: "
                   "systemctl stop daedalusd\n",
                   stderr);
        break;
    case ENOENT:
    case ENXIO:
        std::fputs("The kernel module is not loaded: modprobe daedalus_v4l2\n", stderr);
        break;
    case EACCES:
        std::fputs("Only root may open the device.\n", stderr);
        break;
    default:
        break;
    }
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App app{"Checks the control device of the daedalus_v4l2 kernel module: opens it as the "
                 "daemon does and goes through the wire protocol's rules, one line each. The "
                 "daemon must not run meanwhile.\n\n"
                 "Exit status: 0 all checks passed, 1 a check failed, 2 the device is not usable"};
    Paths paths{.device = "/dev/" DAEDALUS_CONTROL_DEVICE,
                .debugfs = "/sys/kernel/debug/daedalus_v4l2"};
    app.add_option("--device", paths.device, "Control device")->capture_default_str();
    app.add_option("--debugfs", paths.debugfs, "Directory of the module in debugfs")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const auto device = openControl(paths.device);
    if (!device) {
        explainOpenFailure(device.error());
        return kUnusable;
    }
    std::printf("ok    %s opens\n", paths.device.c_str());

    int passed = 1;
    int failed = 0;
    for (const Check &check : makeChecks(paths)) {
        if (const auto result = check.run(device->get())) {
            std::printf("ok    %s\n", check.name.c_str());
            ++passed;
        } else {
            std::printf("FAIL  %s: %s\n", check.name.c_str(), result.error().what().c_str());
            ++failed;
        }
    }
    std::printf("%s: %d passed, %d failed\n", failed == 0 ? "PASS" : "FAIL", passed, failed);
    return failed == 0 ? 0 : kFailed;
}
