# SPDX-License-Identifier: BSD-2-Clause
"""Tables of what daedalus-bench run measured, for the terminal and for docs/performance.md."""

import argparse
import sys
from pathlib import Path

import page
from bar_plot import BarPlot
from results import ReportError, Results
from tables import PARTS, claims_part, place_parts


def terminal(places: list[Results]) -> str:
    """All tables, with headings."""
    claims = claims_part(places)
    sections = [f"## {claims.title}", claims.text.rstrip()] if claims else []
    for results in places:
        sections.append(f"## {results.place}")
        for part in place_parts(results).values():
            sections += [f"### {part.title}"] if part.title else []
            sections.append(part.text.rstrip())
    return "".join(f"\n{section}\n" for section in sections)


def update_docs(file: Path, places: list[Results]) -> None:
    """Renews the page's generated parts, and the plots in img/ beside it."""
    plots: dict[str, BarPlot] = {}
    texts = {}
    if claims := claims_part(places):
        texts["claims"] = claims.text
    for results in places:
        for name, part in place_parts(results).items():
            texts[f"{results.name} {name}"] = part.text
            if part.plot:
                plot = f"img/bench-{name}-{results.name}.svg"
                plots[plot] = part.plot
                texts[f"{results.name} {name}"] += f"\n![{part.plot.title}]({plot})\n"
    try:
        text = page.renew(file.read_text(encoding="utf-8"), texts, {"claims", *PARTS})
    except ReportError as error:
        raise ReportError(f"{file}: {error}") from error
    for name, plot in plots.items():
        (file.parent / name).write_text(plot.svg(), encoding="utf-8")
    file.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="what daedalus-bench run wrote")
    parser.add_argument("--docs", metavar="PAGE", type=Path,
                        help="renew the parts of this page that are generated, and its plots in img/")
    options = parser.parse_args(arguments)
    try:
        places = [Results(file) for file in options.files]
        print(terminal(places), end="")
        if options.docs:
            update_docs(options.docs, places)
    except (ReportError, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
