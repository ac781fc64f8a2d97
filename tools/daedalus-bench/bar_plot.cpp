// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/bar_plot.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include <spdlog/fmt/fmt.h>

namespace daedalus::bench {
namespace {

constexpr double kWidth = 860;
constexpr double kLabels = 330; ///< width of the text on the left
constexpr double kValues = 60;  ///< and on the right
constexpr double kRow = 20;
constexpr double kTop = 40;

double scaleOf(const std::vector<Bar> &bars, double mark)
{
    double most = mark;
    for (const Bar &bar : bars) {
        most = std::max(most, bar.samples.most());
    }
    return most > 0 ? (kWidth - kLabels - kValues) / most : 1;
}

std::string row(const Bar &bar, double y, double scale)
{
    const double middle = y + kRow / 2;
    return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)"
                       R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="12" fill="#4a90d9"/>)"
                       R"(<path d="M{:.1f} {:.1f}H{:.1f}" stroke="#203040" stroke-width="1.5"/>)"
                       R"(<text x="{:.1f}" y="{:.1f}">{:.3f}</text>)"
                       "\n",
                       kLabels - 8, middle + 4, bar.label, kLabels, y + 4,
                       bar.samples.median() * scale, kLabels + bar.samples.least() * scale, middle,
                       kLabels + bar.samples.most() * scale,
                       kLabels + bar.samples.most() * scale + 6, middle + 4, bar.samples.median());
}

} // namespace

Result<void> writeBarPlot(const std::string &file, const std::string &title,
                          const std::vector<Bar> &bars, double mark)
{
    const double scale = scaleOf(bars, mark);
    const double height = kTop + kRow * static_cast<double>(bars.size()) + 16;
    std::ofstream out(file);
    out << fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" )"
        R"(font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>)"
        R"(<text x="12" y="22" font-size="14" font-weight="bold">{2}</text>)"
        "\n",
        kWidth, height, title);
    double y = kTop;
    for (const Bar &bar : bars) {
        out << row(bar, y, scale);
        y += kRow;
    }
    out << fmt::format(R"(<path d="M{0:.1f} {1:.1f}V{2:.1f}" stroke="#c03030" )"
                       R"(stroke-dasharray="4 3"/></svg>)"
                       "\n",
                       kLabels + mark * scale, kTop - 6, y + 4);
    return out.flush() ? Result<void>() : fail(EIO, "cannot write " + file);
}

} // namespace daedalus::bench
