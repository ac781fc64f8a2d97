// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// An H.264 byte stream (Annex B) to stateless requests.
///
/// Finds primary coded pictures (7.4.1.2.4), keeps parameter sets, computes picture
/// order counts (8.2.1), marks references (8.2.5) and orders output (C.4.5.3, the
/// bumping process). Each field of a field pair is a request of its own. Slices of
/// redundant pictures and of other than the base view are left out.
class H264StreamParser : public StreamParser {
public:
    H264StreamParser();
    ~H264StreamParser() override;
    H264StreamParser(H264StreamParser &&) noexcept;
    H264StreamParser &operator=(H264StreamParser &&) noexcept;
    H264StreamParser(const H264StreamParser &) = delete;
    H264StreamParser &operator=(const H264StreamParser &) = delete;

    void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) override;
    void flush(std::vector<StreamEvent> &events) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace daedalus::v4l2decode
