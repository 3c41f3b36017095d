# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throughput and latency between two containers: as the modules make their network, and as `ip` does by hand."""

from __future__ import annotations

import json
import sys

from report import bar, column, table, times
from ways import HERE, in_node, ip_batch_create, lab_node, whole

TITLE = "Traffic"


def measured(lab):
    """{"Gbit/s": one TCP stream, "microseconds": a round trip of a small datagram}"""
    traffic = [sys.executable, "-I", "-S", HERE / "traffic.py"]
    return json.loads(lab.run("bench", traffic).stdout)


def measure(samples, rounds):
    for number in range(2 * rounds):
        for way in ("modules", "ip by hand") if number % 2 else ("ip by hand", "modules"):
            with lab_node() as lab:
                if way == "modules":
                    in_node(lab, [["create", [["network", whole(2)]]]])
                else:
                    ip_batch_create(lab, 2)
                samples.add("data plane", way, 2, number, measured(lab))


def show(samples):
    names = ("Gbit/s", "microseconds")
    rows = [[way, *(column(samples, way, 2, name) for name in names)] for way in ("modules", "ip by hand")]
    yield table(["between two containers on a bridge", "one TCP stream, Gbit/s", "round trip, microseconds"], rows)


def bars(samples):
    yield bar("throughput: modules / `ip` by hand", times(samples, "modules", "ip by hand", 2, "Gbit/s"), "at least", 0.9)
    yield bar("round trip: modules / `ip` by hand", times(samples, "modules", "ip by hand", 2, "microseconds"), "at most", 1.1)
