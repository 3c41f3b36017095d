# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of benchmarks says what the samples beside it say, and what becomes of samples."""

from __future__ import annotations

import pathlib
import sys
import xml.etree.ElementTree

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "benchmarks"))

import report  # noqa: E402
import run  # noqa: E402

PAGE = ("benchmarks.md", "benchmarks.svg", "benchmarks.json")


def test_the_page_is_what_its_samples_say(tmp_path):
    run.written(report.Samples.load(CHECKOUT / "docs" / "benchmarks.json"), tmp_path)
    for name in PAGE:
        assert (tmp_path / name).read_text() == (CHECKOUT / "docs" / name).read_text(), name
    drawn = xml.etree.ElementTree.parse(tmp_path / "benchmarks.svg").getroot()
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) >= 4


def samples(**ways):
    return [{"way": way, "count": 1, "round": number, "create": seconds} for way, found in ways.items() for number, seconds in enumerate(found)]


def test_ratios_are_of_the_same_round():
    rows = samples(ours=[2.0, 3.0, 8.0], theirs=[1.0, 2.0])
    assert report.times(rows, "ours", "theirs", 1, "create") == [2.0, 1.5]
    assert report.column(rows, "ours", 1, "create") == "3.00 (of 3)" and report.column(rows, "ours", 9, "create") == "-"
    assert report.column(samples(ours=[1.0] * 5), "ours", 1, "create") == "1.00"


def test_a_promise_holds_or_not_or_was_not_measured():
    assert report.bar("it", [1.0, 1.2, 3.0], "at most", 1.3) == ["it", "1.20 (1.00 to 3.00)", "at most 1.3", "yes"]
    assert report.bar("it", [1.0, 1.2, 3.0], "at least", 1.3)[3] == "**no**"
    assert report.bar("it", [], "at most", 1.3)[1:] == ["not measured", "at most 1.3", "-"]
