// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <fstream>
#include <string>

namespace daedalus::test {

/// Sets a parameter of the module for as long as this object lives.
class Parameter {
public:
    Parameter(const char *name, int value)
        : path_(std::string("/sys/module/daedalus_v4l2/parameters/") + name)
    {
        std::ifstream(path_) >> before_;
        set(value);
    }
    ~Parameter() { set(before_); }
    Parameter(const Parameter &) = delete;
    Parameter &operator=(const Parameter &) = delete;

private:
    void set(int value) { std::ofstream(path_) << value << std::flush; }

    std::string path_;
    int before_ = 0;
};

} // namespace daedalus::test
