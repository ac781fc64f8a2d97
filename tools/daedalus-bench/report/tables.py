# SPDX-License-Identifier: BSD-2-Clause
"""The tables and plots of what was measured."""

from statistics import median
from typing import Callable, NamedTuple

import claims
from bar_plot import Bar, BarPlot
from results import MICRO, Key, Results, spread

MILLI = 1e3
MEGA = 1e6
MEBIBYTE = 1024 * 1024


class Part(NamedTuple):
    """What the page has between two markers."""

    title: str  # on the terminal; the page has its own headings
    text: str = ""  # Markdown
    plot: BarPlot | None = None  # below it


def claims_part(places: list[Results]) -> Part | None:
    """What is wanted, and what is reached; None where nothing of it was measured."""
    rows = claims.rows(places)
    return Part("What is wanted, and what is reached",
                _table("| | where | wanted | measured | films | |", rows)) if rows else None


def place_parts(results: Results) -> dict[str, Part]:
    """All that was measured in a place, by name."""
    made = ((name, make(results)) for name, make in PARTS.items())
    return {name: part for name, part in made if part}


def _machine(results: Results) -> Part | None:
    if results.keys("instructions"):
        return None
    about = results.machine
    return Part("", f"{about.get('architecture', '?')}, {about.get('processor', '?')}, "
                f"{about.get('cpus', 0)} CPUs, libavcodec {about.get('libavcodec', 0) >> 16}. "
                f"Rounds: {results.repeats()}. Load average {about.get('load_before', 0):.1f} when it "
                f"began, {about.get('load_after', 0):.1f} when it ended, the benchmark's own included.\n")


def _counts(results: Results) -> Part | None:
    rows = []
    for key in results.keys("instructions"):
        ratio = results.to_bare(key, "instructions")
        rows.append((key.film, _way(key), f"{median(results.values(key, 'instructions')) / MEGA:.0f}",
                     f"{median(ratio):.4f}" if ratio else "–"))
    return _part("", "| film | path | millions | / bare |", rows)


def _time(results: Results) -> Part | None:
    keys = results.keys("throughput")
    rows = [(key.film, key.threads, _way(key), _each_picture(results, key, "wall"),
             spread(results.to_bare(key, "wall")), spread(results.to_bare(key, "cpu")))
            for key in keys]
    bars = [Bar(f"{key.film}, {key.threads} threads, {_way(key)}", results.to_bare(key, "wall"))
            for key in keys if key.path != "bare"]
    return _part("Time of a film",
                 "| film | threads | path | ms a picture | wall time / bare | CPU time / bare |", rows,
                 BarPlot("wall time / bare decoding", bars))


def _texture(results: Results) -> Part | None:
    rows = []
    bars = []
    for key in results.keys("texture"):
        way = "software and upload" if key.path == "bare" else _way(key)
        cpu = results.to_bare(key, "cpu")
        rate = results.pictures(key) / median(results.values(key, "wall"))
        rows.append((key.film, way, _each_picture(results, key, "cpu"), f"{rate:.0f}", spread(cpu),
                     spread(results.to_bare(key, "wall"))))
        if key.path != "bare":
            bars.append(Bar(f"{key.film}, {way}", cpu))
    part = _part("Frames in a texture",
                 "| film | path | CPU ms a picture | pictures a second | CPU time / upload | wall time / upload |",
                 rows, BarPlot("CPU time / software decoding and upload", bars, 0.9))
    share = _share_of_showing(results)
    if not part or not share:
        return part
    return part._replace(text=f"{part.text}\nUpload and drawing together are {spread(share)} of the CPU "
                         "time of software decoding and upload (median of the films, least and most): "
                         "what the texture takes beyond decoding alone.\n")


def _share_of_showing(results: Results) -> list[float]:
    """Of software decoding and upload, the part that is not decoding; a sample a film."""
    shares = []
    for key in results.keys("texture"):
        without = results.values(key._replace(part="throughput"), "cpu")
        if key.path == "bare" and without:
            shares.append(1 - median(without) / median(results.values(key, "cpu")))
    return shares


def _streams(results: Results) -> Part | None:
    keys = results.keys("streams")
    rows = [(key.film, key.streams, _way(key), spread(results.throughput_gain(key)),
             spread(results.values(key, "memory"), 1 / (MEBIBYTE * key.streams), 1))
            for key in keys]
    bars = [Bar(f"{key.streams} streams, {_way(key)}", results.throughput_gain(key))
            for key in keys if key.streams > 1]
    return _part("Many at once", "| film | streams | path | throughput / one stream | memory of each, MiB |",
                 rows, BarPlot("total throughput / one stream", bars))


def _latency(results: Results) -> Part | None:
    rows = []
    for key in results.keys("latency"):
        over = results.latency_overhead(key)
        rows.append((key.film, key.threads, _way(key), _each_picture(results, key, "wall"),
                     spread(results.to_bare(key, "wall")), spread(results.to_bare(key, "cpu")),
                     f"{median(over):.0f}" if over else "–"))
    return _part("A client that waits for each picture", "| film | threads | path | ms a picture | "
                 "wall time / bare | CPU time / bare | over 1.05, µs |", rows)


def _request(results: Results) -> Part | None:
    times = {key.path: results.values(key, "latency/p50") for key in results.keys("roundtrip")}
    pipe = times.pop("pipe", [])
    request = next(iter(times.values()), [])
    if not request or not pipe:
        return None
    return Part("A request without its decoding",
                "From vaBeginPicture to the end of vaSyncSurface, through module and a worker that answers "
                f"at once: {spread(request, MICRO, 0)} µs. A byte to another process and back over pipes: "
                f"{spread(pipe, MICRO, 0)} µs. That is {median(request) / median(pipe):.1f} times as long.\n")


# By name, in the order of the terminal.
PARTS: dict[str, Callable[[Results], Part | None]] = {
    "machine": _machine,
    "counts": _counts,
    "time": _time,
    "texture": _texture,
    "streams": _streams,
    "latency": _latency,
    "request": _request,
}


def _way(key: Key) -> str:
    return f"{key.path} {key.format}"


def _each_picture(results: Results, key: Key, field: str) -> str:
    """Milliseconds of a picture."""
    return spread(results.values(key, field), MILLI / results.pictures(key), 2)


def _part(title: str, head: str, rows: list[tuple], plot: BarPlot | None = None) -> Part | None:
    """A table, and the plot if it has bars; None without rows."""
    bars = [bar for bar in plot.bars if bar.samples] if plot else []
    return Part(title, _table(head, rows), plot._replace(bars=bars) if bars else None) if rows else None


def _table(head: str, rows: list[tuple]) -> str:
    lines = [head, "|" + "---|" * (head.count("|") - 1)]
    lines += ("| " + " | ".join(map(str, row)) + " |" for row in rows)
    return "\n".join(lines) + "\n"
