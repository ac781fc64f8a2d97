# SPDX-License-Identifier: BSD-2-Clause
"""A page that people write, around parts between markers that are generated."""

import re
from typing import Collection

from results import ReportError

END = "<!-- end -->"
MARKER = re.compile(r"^(<!-- generated: .+ -->|<!-- end -->)$", re.MULTILINE)
NOT_MEASURED = "Not measured in this run.\n"


def renew(page: str, texts: dict[str, str], kinds: Collection[str]) -> str:
    """The page with new texts between its markers, and every other character as it was.

    The last word of a marker's name is what kind of part it is. A part without a text was not
    measured; a text without a marker, or a marker of no known kind, is an error."""
    pieces = MARKER.split(page)
    _check_pairs(pieces[1::2])
    names = [begin.removeprefix("<!-- generated: ").removesuffix(" -->") for begin in pieces[1::4]]
    if unknown := [name for name in names if name.split()[-1] not in kinds]:
        raise ReportError(f"unknown markers: {', '.join(unknown)}")
    if missing := [name for name in texts if name not in names]:
        raise ReportError(f"missing markers: {', '.join(missing)}")
    pieces[2::4] = [f"\n\n{texts.get(name, NOT_MEASURED)}\n" for name in names]
    return "".join(pieces)


def _check_pairs(markers: list[str]) -> None:
    """A part begins, ends, and then another one may begin."""
    for number, marker in enumerate(markers):
        if (marker == END) != bool(number % 2):
            raise ReportError(f"{marker} is where another marker has to be")
    if len(markers) % 2:
        raise ReportError(f"{markers[-1]} has no {END}")
