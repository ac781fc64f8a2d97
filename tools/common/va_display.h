// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <va/va.h>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::tools {

/// An initialised VADisplay on a DRM node. Terminated when the last owner goes.
class VaDisplay {
public:
    /// @param node path of a render or card node
    static Result<std::shared_ptr<VaDisplay>> open(const std::string &node);

    /// Our own driver without any device, with surfaces in memory that nothing can import: for
    /// measuring and testing where there is no DRM node.
    static Result<std::shared_ptr<VaDisplay>> openWithoutDevice();

    VaDisplay(const VaDisplay &) = delete;
    VaDisplay &operator=(const VaDisplay &) = delete;
    ~VaDisplay();

    [[nodiscard]] VADisplay get() const { return display_; }
    /// What the driver says of itself.
    [[nodiscard]] const std::string &vendor() const { return vendor_; }

private:
    VaDisplay() = default;
    /// Takes @p handle over.
    Result<void> initialise(VADisplay handle, const std::string &where);

    UniqueFd file_;
    VADisplay display_ = nullptr;
    std::string vendor_;
};

/// A failed call as an Error: "WHAT: reason".
tl::unexpected<Error> failVa(std::string_view what, VAStatus status);

} // namespace daedalus::tools
