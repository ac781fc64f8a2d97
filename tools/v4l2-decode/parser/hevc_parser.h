// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// H.265 byte streams (Annex B). Layers other than the base layer are left out, and so
/// are leading pictures of a random access point whose references are not there (RASL).
class HevcStreamParser : public StreamParser {
public:
    HevcStreamParser();
    HevcStreamParser(const HevcStreamParser &) = delete;
    HevcStreamParser &operator=(const HevcStreamParser &) = delete;
    HevcStreamParser(HevcStreamParser &&) noexcept;
    HevcStreamParser &operator=(HevcStreamParser &&) noexcept;
    ~HevcStreamParser() override;

    void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) override;
    void flush(std::vector<StreamEvent> &events) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace daedalus::v4l2decode
