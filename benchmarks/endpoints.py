# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints on one node, by every way there is, in turn in each round."""

from __future__ import annotations

from report import bar, column, of, table, times
from ways import WAYS, Missing, lab_node

TITLE = "Endpoints on one node"
COUNTS = (1, 10, 100, 1000)


def measure(samples, rounds, counts=COUNTS):
    missing: set = set()
    for count in counts:
        for number in range(rounds):
            for way, (function, at_most) in WAYS.items():
                if way in missing or number >= at_most.get(count, rounds):
                    continue
                try:
                    with lab_node() as lab:
                        found = function(lab, count)
                except Missing as error:
                    missing.add(way)
                    samples.note("%s: left out, %s." % (way, error))
                    continue
                samples.add("endpoints", way, count, number, found)
    return missing


def show(samples):
    """Markdown of what was measured."""
    counts = sorted({one["count"] for one in samples})
    ways = list(dict.fromkeys(one["way"] for one in samples))
    for phase, text in (("create", "Seconds to create"), ("remove", "Seconds to remove")):
        yield "### %s\n" % text
        rows = [[way] + [column(samples, way, count, phase) for count in counts] for way in ways]
        yield table(["way"] + ["%d" % count for count in counts], [row for row in rows if any(cell != "-" for cell in row[1:])])
    yield "### Where the time of the modules goes\n"
    parts = ["checking options", "reading", "engine", "kernel"]
    yield table(
        ["phase", "endpoints", "all", *parts],
        [
            [phase, "%d" % count, column(samples, "one task", count, phase)] + [column(samples, "one task", count, "%s: %s" % (phase, part)) for part in parts]
            for phase in ("create", "no-op", "remove")
            for count in counts
        ],
    )
    yield "Start of Python and imports, once a task and in no figure: %s s. Memory at the most, with %d endpoints: %s MiB.\n" % (
        column(samples, "one task", counts[-1], "imports"),
        counts[-1],
        column(samples, "one task", counts[-1], "memory"),
    )


def bars(samples):
    """Lines of the table of promises."""
    for count, least in ((1000, 1.3), (100, 2)):
        yield bar("create %d endpoints: one task / C" % count, times(samples, "one task", "C", count, "create"), "at most", least)
    references = {row["round"]: row["remove"] for row in of(samples, "C", 1000)}
    found = [row["remove: kernel"] / references[row["round"]] for row in of(samples, "one task", 1000)]
    yield bar("remove 1000 endpoints: one task / C, reading and verifying apart", found, "at most", 1.3)
    engine = [sum(one["no-op: " + part] for part in ("reading", "engine")) for one in of(samples, "one task", 1000) if "no-op" in one]
    yield bar("no-op on 1000 endpoints: reading and planning, seconds", engine, "at most", 0.5)
    yield bar("memory of a run over 1000 endpoints, MiB", [one["memory"] for one in of(samples, "one task", 1000)], "at most", 150)
