#!/usr/bin/env python3
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: everything that is measured, ways side by side in each round, in lab nodes.

Usage: run.py [--rounds N] [--to FOLDER] [PART ...]    (PARTs: endpoints, playbooks, entries, nodes, data_plane)
Writes benchmarks.md, benchmarks.svg and benchmarks.json, which has all samples, to FOLDER (build/bench).
"""

from __future__ import annotations

import argparse
import importlib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import ways  # noqa: E402, F401  makes the collection importable
from report import Samples, plot, table  # noqa: E402

WHY = """\
Where a promise does not hold, the tables below show where the time goes:

- Creating: C makes a container, its pair and its addresses, and goes on to the next. A run makes all namespaces, then all pairs,
  then goes into each, which costs the kernel about a third more; one after the other was tried, and the sockets and
  messages that it takes from Python cost more than it saves. Then everything is read again, which C does not do.
- Forwarding entries: sending them takes what `bridge -batch` takes. To check, plan and read again ten thousand Python objects takes
  twice that.
- A run that changes nothing: reading a namespace is four dumps, about 0.2 ms; the rest is objects.
"""
PARTS = {"endpoints": "endpoints", "playbooks": "playbooks", "entries": "entries", "nodes": "nodes", "data_plane": "data plane"}


def written(samples, folder, parts=tuple(PARTS)):
    """Write what was measured so far: a run that is cut off has not been for nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {name: (importlib.import_module(name), samples.of_part(PARTS[name])) for name in parts}
    known = {name: (module, rows) for name, (module, rows) in known.items() if rows}
    lines = ["# Benchmarks", "", "```console", "make bench", "```", ""]
    lines.append("measured on %(date)s, on %(processor)s with %(memory)s, Linux %(kernel)s and Python %(python)s:" % samples.about)
    lines.append("medians, and ratios of pairs that ran in turn in the same round, the smallest and the largest beside them.")
    lines.append("The modules, `ip -batch` without link-local addresses, and a program in C leave the same endpoints, which a test compares. C")
    lines += ["sends what the modules send, in as few messages and waits as there can be. All programs are in `benchmarks/`.", ""]
    rows = [row for module, found in known.values() for row in module.bars(found)]
    lines += ["## Promises", "", table(["", "measured", "promised", "holds"], rows), WHY]
    for name, (module, found) in known.items():
        lines += ["## " + module.TITLE, ""]
        if name == "endpoints":
            (folder / "benchmarks.svg").write_text("\n".join(plot(found)), encoding="utf-8")
            lines += ["![Seconds to create endpoints, by every way](benchmarks.svg)", ""]
        lines += module.show(found)
    lines += ["%s\n" % sentence for sentence in samples.notes]
    (folder / "benchmarks.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    samples.save(folder / "benchmarks.json")


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--to", type=pathlib.Path, default=HERE.parent / "build" / "bench")
    asked.add_argument("parts", nargs="*", metavar="PART")
    given = asked.parse_args()
    parts = given.parts or list(PARTS)
    for name in parts:
        if name not in PARTS:
            asked.error("there is no part %s: choose of %s" % (name, ", ".join(PARTS)))
    samples = Samples()
    for name in parts:
        print("== %s" % importlib.import_module(name).TITLE, flush=True)
        importlib.import_module(name).measure(samples, given.rounds)
        written(samples, given.to)
    print((given.to / "benchmarks.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit("bench: %s\n%s" % (error, error.stderr))
