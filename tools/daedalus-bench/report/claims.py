# SPDX-License-Identifier: BSD-2-Clause
"""What the project wants to reach, and whether it does."""

from functools import partial
from statistics import median
from typing import Callable, NamedTuple

from results import Key, Results, spread


class Claim(NamedTuple):
    """A value of each film that is at most, or at least, a limit."""

    what: str
    part: str
    path: str
    value: Callable[[Results, Key], list[float]]
    limit: float
    threads: int = 1  # 0: as chosen by default
    streams: int = 1
    at_least: bool = False
    digits: int = 3  # behind the point

    def is_about(self, key: Key) -> bool:
        """Whether a measurement of its part decides on this; only those of planar surfaces do."""
        same = (key.path, key.threads, key.streams) == (self.path, self.threads, self.streams)
        return same and key.format in ("i420", "i010")

    def is_met_by(self, value: float) -> bool:
        """Whether a film that has this value is good enough."""
        return value >= self.limit if self.at_least else value <= self.limit

    def wanted(self) -> str:
        """The limit, to be read."""
        return f"≥ {self.limit:.2f}" if self.at_least else f"≤ {self.limit:.{self.digits}f}"


_wall = partial(Results.to_bare, field="wall")
_cpu = partial(Results.to_bare, field="cpu")

CLAIMS = (
    Claim("VA-API in process, one thread: time / bare", "throughput", "inproc", _wall, 1.03),
    Claim("VA-API in process, two threads: time / bare", "throughput", "inproc", _wall, 1.08, threads=2),
    Claim("VA-API through the module: time / bare", "throughput", "kernel", _wall, 1.10),
    Claim("texture, in process: CPU time / software and upload", "texture", "inproc", _cpu, 0.90),
    Claim("texture, through the module: CPU time / software and upload", "texture", "kernel", _cpu, 0.90),
    Claim("8 streams, in process: throughput / one stream", "streams", "inproc",
          Results.throughput_gain, 0.95, threads=0, streams=8, at_least=True),
    Claim("8 streams, through the module: throughput / one stream", "streams", "kernel",
          Results.throughput_gain, 0.95, threads=0, streams=8, at_least=True),
    Claim("waiting for each, in process: µs beyond 1.05 of bare", "latency", "inproc",
          Results.latency_overhead, 100, digits=0),
    Claim("waiting for each, two threads: µs beyond 1.05 of bare", "latency", "inproc",
          Results.latency_overhead, 100, threads=2, digits=0),
    Claim("waiting for each, through the module: µs beyond 1.05 of bare", "latency", "kernel",
          Results.latency_overhead, 100, digits=0),
)


def rows(places: list[Results]) -> list[tuple]:
    """What, where, wanted, measured, films, verdict: of each claim and place where it was measured."""
    found = (_row(claim, results) for claim in CLAIMS for results in places)
    return [row for row in found if row]


def _row(claim: Claim, results: Results) -> tuple | None:
    repeats = (claim.value(results, key) for key in results.keys(claim.part) if claim.is_about(key))
    films = [median(values) for values in repeats if values]
    if not films:
        return None
    good = sum(map(claim.is_met_by, films))
    verdict = f"met by {good} of {len(films)}" if good else "**missed**"
    if good == len(films):
        verdict = "met"
    return (claim.what, results.place, claim.wanted(), spread(films, digits=claim.digits),
            len(films), verdict)
