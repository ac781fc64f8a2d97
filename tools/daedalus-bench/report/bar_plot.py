# SPDX-License-Identifier: BSD-2-Clause
"""Horizontal bars as SVG."""

from statistics import median
from typing import NamedTuple

WIDTH = 860
LABELS = 330  # width of the text on the left
VALUES = 60  # and on the right
ROW = 20
TOP = 40


class Bar(NamedTuple):
    """The median, with a line from the least to the most."""

    label: str
    samples: list[float]


class BarPlot(NamedTuple):
    """Bars of the same thing."""

    title: str
    bars: list[Bar]
    mark: float = 1  # where a line is drawn through all

    def svg(self) -> str:
        """The picture."""
        most = max([self.mark, *(max(bar.samples) for bar in self.bars)])
        scale = (WIDTH - LABELS - VALUES) / most if most > 0 else 1
        end = TOP + ROW * len(self.bars)
        return "".join((
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{end + 16}" '
            'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="12" y="22" font-size="14" font-weight="bold">{self.title}</text>\n',
            *(_row(bar, TOP + ROW * number, scale) for number, bar in enumerate(self.bars)),
            f'<path d="M{LABELS + self.mark * scale:.1f} {TOP - 6:.1f}V{end + 4:.1f}" '
            'stroke="#c03030" stroke-dasharray="4 3"/></svg>\n'))


def _row(bar: Bar, y: float, scale: float) -> str:
    middle = y + ROW / 2
    value = median(bar.samples)
    least, most = (LABELS + scale * end for end in (min(bar.samples), max(bar.samples)))
    return (f'<text x="{LABELS - 8:.1f}" y="{middle + 4:.1f}" text-anchor="end">{bar.label}</text>'
            f'<rect x="{LABELS:.1f}" y="{y + 4:.1f}" width="{value * scale:.1f}" height="12" fill="#4a90d9"/>'
            f'<path d="M{least:.1f} {middle:.1f}H{most:.1f}" stroke="#203040" stroke-width="1.5"/>'
            f'<text x="{most + 6:.1f}" y="{middle + 4:.1f}">{value:.3f}</text>\n')
