# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's table: what a reader is told of a probe, and that nothing unexpected is hidden."""

from __future__ import annotations

import importlib.util
import pathlib

import pytest

spec = importlib.util.spec_from_file_location("demo", pathlib.Path(__file__).resolve().parents[3] / "tools" / "demo.py")
demo = importlib.util.module_from_spec(spec)
spec.loader.exec_module(demo)

BASE = {"netns": "web", "address": "10.0.0.2", "name": "neighbours: db", "reached": True, "rtt": 0.5, "source": None, "largest": None}
BASE.update(unexpected=None, dont_fragment=False, payload=56, error=None, protocol="icmp")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({}, "0.50 ms"),
        ({"source": "192.0.2.11"}, "sees 192.0.2.11"),
        ({"largest": 1422}, "1422 fits (packet 1450)"),
        ({"largest": 1402, "address": "fd00::2"}, "1402 fits (packet 1450)"),
        ({"dont_fragment": True, "payload": 1423, "reached": False}, "1423 does not"),
        ({"reached": False}, "not reached, as it should be"),
        ({"reached": False, "largest": None, "unexpected": "not reached (no answer)"}, "not reached (no answer)"),
    ],
)
def test_a_probe_in_words(result, words):
    assert demo.outcome(dict(BASE, **result)) == words


def test_the_table_counts_and_shows_what_is_unexpected(capsys):
    fine, wrong = dict(BASE), dict(BASE, address="10.0.0.3", unexpected="not reached (no answer)", reached=False)
    assert demo.table({"node2": [fine], "node1": [fine, wrong]}) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "   Neighbours"
    assert said[2].startswith("   ✘ node1/web ") and said[2].endswith("10.0.0.2 0.50 ms   10.0.0.3 not reached (no answer)")
    assert said[3].startswith("   ✔ node2/web ")
