// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/stream_plan.h"

#include <algorithm>

namespace daedalus::v4l2decode {

std::vector<SequencePlan> planStream(ElementaryStream &stream)
{
    std::vector<SequencePlan> plans;
    while (const auto event = stream.next()) {
        if (const auto *start = std::get_if<SequenceStart>(&*event)) {
            if (start->independent || plans.empty()) {
                plans.push_back({.start = *start});
            }
            SequencePlan &plan = plans.back();
            plan.codedWidth = std::max(plan.codedWidth, start->codedWidth);
            plan.codedHeight = std::max(plan.codedHeight, start->codedHeight);
            plan.pictures = std::max(plan.pictures, start->pictures);
        } else if (const auto *picture = std::get_if<StatelessPicture>(&*event)) {
            plans.back().bitstreamSize =
                std::max(plans.back().bitstreamSize, picture->bitstream.size());
        }
    }
    stream.reset();
    return plans;
}

} // namespace daedalus::v4l2decode
