# SPDX-License-Identifier: BSD-2-Clause
"""What daedalus-bench run wrote, and how one measurement compares to another."""

import json
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

# Of bare decoding's latency; a picture's time beyond it is what waiting for each costs.
LATENCY_FACTOR = 1.05
MICRO = 1e6


class ReportError(Exception):
    """What whoever wants the report has to put right."""


class Key(NamedTuple):
    """One measurement, its repeats apart."""

    part: str = ""
    film: str = ""
    path: str = ""
    format: str = ""
    threads: int = 0
    streams: int = 1

    def bare(self) -> "Key":
        """Bare decoding of the same."""
        return self._replace(path="bare", format="-")


class Results:
    """What was measured together, in one run on one machine."""

    def __init__(self, file: Path):
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            self.machine: dict[str, Any] = found["machine"]
            samples = found["samples"]
        except (ValueError, TypeError, KeyError) as error:
            raise ReportError(f"{file}: not what daedalus-bench run writes") from error
        self.name = file.stem
        self._repeats: dict[Key, dict[int, dict]] = {}
        for sample in samples:
            key = Key(**{field: sample[field] for field in Key._fields if field in sample})
            self._repeats.setdefault(key, {})[sample.get("repeat", 0)] = sample

    @property
    def place(self) -> str:
        """What the machine is called."""
        return self.machine.get("place", "?")

    def repeats(self) -> int:
        """How often most things were measured."""
        return max(map(len, self._repeats.values()), default=0)

    def keys(self, part: str) -> list[Key]:
        """All keys of a part, in order."""
        return sorted(key for key in self._repeats if key.part == part)

    def values(self, key: Key, field: str) -> list[float]:
        """A field, e.g. "wall" or "latency/p50", of all repeats that have it."""
        numbers = (_number(sample, field) for sample in self._repeats.get(key, {}).values())
        return [number for number in numbers if number is not None]

    def ratios(self, key: Key, base: Key, field: str) -> list[float]:
        """A field divided by that of another measurement in the same repeat."""
        return [value / other for value, other in self._pairs(key, base, field) if other > 0]

    def to_bare(self, key: Key, field: str) -> list[float]:
        """A field divided by that of bare decoding in the same repeat."""
        return self.ratios(key, key.bare(), field)

    def throughput_gain(self, key: Key) -> list[float]:
        """Total throughput of key.streams films at once over that of one, in the same repeat."""
        # Time of N films over that of one: N divided by it is the throughput.
        return [key.streams * ratio for ratio in self.ratios(key._replace(streams=1), key, "wall")]

    def latency_overhead(self, key: Key) -> list[float]:
        """Microseconds by which a picture takes longer than 1.05 of bare decoding's."""
        pairs = self._pairs(key, key.bare(), "wall") if key.path != "bare" else []
        return [(value - LATENCY_FACTOR * other) * (MICRO / self.pictures(key)) for value, other in pairs]

    def pictures(self, key: Key) -> float:
        """How many pictures are decoded in a repeat."""
        return median(self.values(key, "pictures"))

    def _pairs(self, key: Key, base: Key, field: str) -> list[tuple[float, float]]:
        """Both values of each repeat that has them."""
        others = self._repeats.get(base, {})
        pairs = ((_number(sample, field), _number(others.get(repeat), field))
                 for repeat, sample in self._repeats.get(key, {}).items())
        return [(value, other) for value, other in pairs if value is not None and other is not None]


def _number(sample: Any, field: str) -> float | None:
    """The number at a path of names, where there is one."""
    for name in field.split("/"):
        sample = sample.get(name) if isinstance(sample, dict) else None
    return sample if type(sample) in (int, float) else None


def spread(samples: list[float], factor: float = 1, digits: int = 3) -> str:
    """The median, with the least and the most."""
    if not samples:
        return "–"
    middle, least, most = (f"{factor * value:.{digits}f}"
                           for value in (median(samples), min(samples), max(samples)))
    return f"{middle} ({least}–{most})"
