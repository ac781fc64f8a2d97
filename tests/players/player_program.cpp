// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/player_program.h"

#include <cstdio>

#include "tests/players/av_player.h"

namespace daedalus::test {

void addPlayerOptions(CLI::App &app, PlayerSettings &settings)
{
    app.add_option("--device", settings.device, "DRM node")->capture_default_str();
    app.add_option("--seed", settings.seed)->capture_default_str();
    app.add_option("FILE", settings.files)->required();
}

int runOnDisplay(const PlayerSettings &settings, const std::function<bool(AVBufferRef *)> &run)
{
    av_log_set_level(AV_LOG_QUIET);
    const auto device = openDevice(settings.device);
    if (!device) {
        std::printf("%s\n", device.error().what().c_str());
        return 1;
    }
    return run(device->get()) ? 0 : 1;
}

} // namespace daedalus::test
