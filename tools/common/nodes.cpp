// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/nodes.h"

#include <cerrno>
#include <vector>

#include <fcntl.h>

#include "daedalus/unique_fd.h"
#include "gbm/render_node.h"

namespace daedalus::tools {
namespace {

Result<UniqueFd> openNode(const std::string &path)
{
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file) {
        return failErrno("opening " + path);
    }
    return file;
}

} // namespace

Result<Nodes> findNodes(const std::string &device)
{
    UniqueFd file;
    if (!device.empty()) {
        auto opened = openNode(device);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        file = std::move(*opened);
    }
    std::vector<std::string> report;
    const auto found = gbm::findDrmDevice(file.get(), report);
    if (!found || found->node.empty()) {
        return fail(ENODEV, "there is no render node that may be opened (/dev/dri/renderD128): are "
                            "you in the group render?");
    }
    Nodes nodes{.egl = found->node, .va = found->node};
    // Mesa draws on the CPU there and makes its buffers on the card node.
    if (found->withoutGpu() && !found->primaryNode.empty()) {
        nodes.egl = found->primaryNode;
    }
    return nodes;
}

Result<Nodes> findNodesOfCard(const std::string &card)
{
    const auto file = openNode(card);
    if (!file) {
        return tl::unexpected(file.error());
    }
    std::vector<std::string> report;
    const auto found = gbm::findDrmDevice(file->get(), report);
    return Nodes{.egl = card, .va = found && !found->node.empty() ? found->node : card};
}

} // namespace daedalus::tools
