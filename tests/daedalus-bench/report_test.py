# SPDX-License-Identifier: BSD-2-Clause
"""The report of what daedalus-bench measured: its values, tables, claims and page."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/daedalus-bench/report"))

from main import main
from page import renew
from results import Key, ReportError, Results, spread
from tables import PARTS, claims_part, place_parts

PAGE = """# Written by hand, 1.5
<!-- generated: claims -->
<!-- end -->
<!-- generated: native machine -->
<!-- end -->
between
<!-- generated: native time -->
| old |
<!-- end -->
<!-- generated: native latency -->
<!-- end -->
<!-- generated: guest time -->
| old |
<!-- end -->
the end"""


def sample(part: str, path: str, repeat: int, wall: float, cpu: float, **other) -> dict:
    """As daedalus-bench run writes it."""
    return {"part": part, "film": "h264-1080p-8", "path": path, "format": "-" if path == "bare" else "i420",
            "threads": 1, "streams": 1, "repeat": repeat, "pictures": 10, "memory": 1024 * 1024,
            "wall": wall, "cpu": cpu, **other}


class ReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "img").mkdir()
        self.page = self.folder / "performance.md"
        self.page.write_text(PAGE, encoding="utf-8")

    def write(self, *samples: dict) -> Path:
        file = self.folder / "native.json"
        machine = {"place": "Somewhere", "cpus": 2}
        file.write_text(json.dumps({"machine": machine, "samples": samples}), encoding="utf-8")
        return file

    def results(self, *samples: dict) -> Results:
        return Results(self.write(*samples))

    def run_main(self, *arguments: object) -> tuple[int, str, str]:
        """Status, stdout and stderr."""
        with contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()) as errors:
            status = main([str(argument) for argument in arguments])
        return status, out.getvalue(), errors.getvalue()

    def film(self) -> Path:
        return self.write(sample("throughput", "bare", 0, 1, 2), sample("throughput", "inproc", 0, 1.5, 2.5),
                          sample("latency", "bare", 0, 1, 2), sample("latency", "inproc", 0, 1.25, 2))

    def test_ratios_are_of_the_same_repeat(self):
        # The machine was twice as busy in the second repeat, and four times in the third.
        results = self.results(
            sample("throughput", "bare", 0, 1, 1), sample("throughput", "inproc", 0, 1.1, 1),
            sample("throughput", "bare", 1, 2, 1), sample("throughput", "inproc", 1, 2.4, 1),
            sample("throughput", "bare", 2, 4, 1), sample("throughput", "inproc", 2, 4, 1))
        keys = results.keys("throughput")
        self.assertEqual(len(keys), 2)
        ratios = results.ratios(keys[1], keys[0], "wall")
        self.assertEqual(len(ratios), 3)
        self.assertAlmostEqual(median(ratios), 1.1, places=15)
        self.assertEqual(min(ratios), 1.0)
        self.assertAlmostEqual(max(ratios), 1.2, places=15)
        self.assertEqual(results.repeats(), 3)

    def test_repeats_without_a_partner_do_not_count(self):
        results = self.results(sample("throughput", "bare", 0, 1, 1), sample("throughput", "inproc", 0, 3, 1),
                               sample("throughput", "inproc", 1, 9, 1))
        key = results.keys("throughput")[1]
        self.assertEqual(results.to_bare(key, "wall"), [3])
        self.assertEqual(results.values(key, "wall"), [3, 9])
        self.assertEqual(results.to_bare(key, "instructions"), [])

    def test_a_field_may_be_within_another(self):
        results = self.results(sample("latency", "bare", 0, 1, 1, latency={"p50": 0.25}))
        key = results.keys("latency")[0]
        self.assertEqual(results.values(key, "latency/p50"), [0.25])
        self.assertEqual(results.values(key, "wall/p50"), [])
        self.assertEqual(results.values(Key(), "wall"), [])

    def test_spread_has_the_median_and_both_ends(self):
        self.assertEqual(spread([4, 1, 2, 3], 2, 1), "5.0 (2.0–8.0)")
        self.assertEqual(spread([]), "–")

    def test_writes_tables_and_plots(self):
        status, out, errors = self.run_main(self.film(), "--docs", self.page)
        self.assertEqual((status, errors), (0, ""))
        row = ("| h264-1080p-8 | 1 | inproc i420 | 150.00 (150.00–150.00) | 1.500 (1.500–1.500) | "
               "1.250 (1.250–1.250) |\n")
        self.assertIn("\n## Somewhere\n", out)
        self.assertIn("\n### Time of a film\n", out)
        text = self.page.read_text(encoding="utf-8")
        for place in (out, text):
            self.assertIn("Somewhere", place)
            self.assertIn(row, place)
            # (1.25 s - 1.05 × 1 s) / 10 pictures
            self.assertIn("| 20000 |", place)
        self.assertIn("![wall time / bare decoding](img/bench-time-native.svg)\n", text)
        svg = (self.folder / "img/bench-time-native.svg").read_text(encoding="utf-8")
        self.assertIn("1.500</text>", svg)

    def test_without_docs_the_page_stays(self):
        status, out, _ = self.run_main(self.film())
        self.assertEqual(status, 0)
        self.assertIn("| 20000 |", out)
        self.assertEqual(self.page.read_text(encoding="utf-8"), PAGE)
        self.assertEqual(list((self.folder / "img").iterdir()), [])

    def test_claims_are_compared_with_what_was_measured(self):
        eight = sample("streams", "kernel", 0, 8.8, 8, streams=8, threads=0)
        part = claims_part([self.results(
            sample("throughput", "inproc", 0, 1.02, 1), sample("throughput", "bare", 0, 1, 1),
            sample("throughput", "inproc", 0, 1.2, 1, film="vp9-1080p-8"),
            sample("throughput", "bare", 0, 1, 1, film="vp9-1080p-8"),
            sample("texture", "bare", 0, 1, 2), sample("texture", "kernel", 0, 1, 1.5),
            sample("latency", "bare", 0, 1, 1), sample("latency", "inproc", 0, 1.06, 1),
            sample("throughput", "kernel", 0, 1.2, 1), eight, sample("streams", "kernel", 0, 1, 1, threads=0))])
        for row in (
                "one thread: time / bare | Somewhere | ≤ 1.030 | 1.110 (1.020–1.200) | 2 | met by 1 of 2 |",
                "through the module: time / bare | Somewhere | ≤ 1.100 | 1.200 (1.200–1.200) | 1 | **missed** |",
                "CPU time / software and upload | Somewhere | ≤ 0.900 | 0.750 (0.750–0.750) | 1 | met |",
                # 8 films in 8.8 times the time of one
                "throughput / one stream | Somewhere | ≥ 0.95 | 0.909 (0.909–0.909) | 1 | **missed** |",
                # (1.06 s - 1.05 × 1 s) / 10 pictures
                "µs beyond 1.05 of bare | Somewhere | ≤ 100 | 1000 (1000–1000) | 1 | **missed** |"):
            self.assertIn(row, part.text)
        self.assertNotIn("two threads", part.text)

    def test_nothing_measured_is_no_claim(self):
        self.assertIsNone(claims_part([self.results(sample("throughput", "bare", 0, 1, 1))]))

    def test_a_texture_says_what_showing_takes(self):
        part = place_parts(self.results(sample("throughput", "bare", 0, 1, 1.5), sample("texture", "bare", 0, 1, 2),
                                        sample("texture", "inproc", 0, 1, 1)))["texture"]
        self.assertIn("| software and upload | 200.00 (200.00–200.00) | 10 |", part.text)
        self.assertIn("together are 0.250 (0.250–0.250) of the CPU time", part.text)

    def test_a_count_of_instructions_needs_no_machine(self):
        parts = place_parts(self.results(
            *({"part": "instructions", "film": "f", "path": path, "format": form, "instructions": count}
              for path, form, count in (("bare", "-", 2e6), ("engine", "nv12", 3e6)))))
        self.assertEqual(list(parts), ["counts"])
        self.assertIn("| f | engine nv12 | 3 | 1.5000 |\n", parts["counts"].text)

    def test_a_request_is_compared_with_a_pipe(self):
        parts = place_parts(self.results({"part": "roundtrip", "path": "kernel", "latency": {"p50": 3e-4}},
                                         {"part": "roundtrip", "path": "pipe", "latency": {"p50": 1e-4}}))
        self.assertIn("at once: 300 (300–300) µs.", parts["request"].text)
        self.assertIn("pipes: 100 (100–100) µs. That is 3.0 times as long.", parts["request"].text)

    def test_says_what_is_no_result(self):
        other = self.folder / "other.json"
        for text in ("[1, 2]", "{}", "no JSON"):
            other.write_text(text, encoding="utf-8")
            with self.assertRaisesRegex(ReportError, "other.json: not what daedalus-bench run writes"):
                Results(other)
        status, out, errors = self.run_main(other)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("other.json: not what", errors)
        self.assertEqual(self.run_main(self.folder / "none.json")[0], 1)

    def test_what_people_wrote_stays(self):
        text = renew(PAGE, {"native time": "| new |\n"}, PARTS | {"claims": None})
        self.assertTrue(text.startswith("# Written by hand, 1.5\n<!-- generated: claims -->\n"), text)
        self.assertIn("\nbetween\n<!-- generated: native time -->\n\n| new |\n\n<!-- end -->\n", text)
        self.assertTrue(text.endswith("<!-- end -->\nthe end"), text)
        # Another time it is the same.
        self.assertEqual(renew(text, {"native time": "| new |\n"}, PARTS | {"claims": None}), text)

    def test_what_was_not_measured_is_not_of_another_run(self):
        text = renew(PAGE, {"native time": "| new |\n"}, PARTS | {"claims": None})
        self.assertIn("<!-- generated: guest time -->\n\nNot measured in this run.\n\n<!-- end -->", text)
        self.assertNotIn("old", text)

    def test_markers_have_to_be_known_and_there(self):
        for page, texts, wrong in (
                (PAGE, {"native streams": ""}, "missing markers: native streams"),
                (PAGE.replace("guest time", "guest tme"), {}, "unknown markers: guest tme"),
                (PAGE.replace("<!-- end -->\nbetween", "between"), {}, "generated: native time --> is where"),
                (PAGE.replace("<!-- generated: claims -->\n", ""), {}, "end --> is where another"),
                (PAGE.replace("<!-- end -->\nthe end", ""), {}, "generated: guest time --> has no")):
            with self.assertRaisesRegex(ReportError, wrong):
                renew(page, texts, PARTS | {"claims": None})

    def test_a_wrong_page_stays_as_it_is(self):
        page = PAGE.replace("native latency", "native streams")
        self.page.write_text(page, encoding="utf-8")
        status, out, errors = self.run_main(self.film(), "--docs", self.page)
        self.assertEqual(status, 1)
        self.assertIn("performance.md: missing markers: native latency", errors)
        self.assertIn("| 20000 |", out)
        self.assertEqual(self.page.read_text(encoding="utf-8"), page)
        self.assertEqual(list((self.folder / "img").iterdir()), [])


if __name__ == "__main__":
    unittest.main()
