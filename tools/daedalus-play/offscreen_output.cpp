// SPDX-License-Identifier: BSD-2-Clause
#include <thread>

#include "tools/daedalus-play/output.h"

namespace daedalus::play {
namespace {

class OffscreenOutput : public Output {
public:
    explicit OffscreenOutput(Canvas canvas) : canvas_(std::move(canvas)) {}

    [[nodiscard]] std::string description() const override
    {
        return "offscreen, " + std::to_string(canvas_.size().width) + "x" +
               std::to_string(canvas_.size().height);
    }
    Result<const Canvas *> begin() override { return &canvas_; }
    Result<void> show() override { return {}; }
    Result<bool> wait(SteadyClock::time_point until) override
    {
        std::this_thread::sleep_until(until);
        return true;
    }

private:
    Canvas canvas_;
};

} // namespace

std::unique_ptr<Output> makeOffscreenOutput(Canvas canvas)
{
    return std::make_unique<OffscreenOutput>(std::move(canvas));
}

} // namespace daedalus::play
