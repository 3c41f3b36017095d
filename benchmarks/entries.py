# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding entries of one VXLAN device: all of them from nothing, a run that changes nothing, one entry changed."""

from __future__ import annotations

from report import bar, column, of, table, values
from ways import batch, driven, in_node, lab_node

TITLE = "Forwarding entries"
COUNT = 10_000


def mac(number):
    return "02:00:%02x:%02x:%02x:%02x" % (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255)


def remote(number):
    return "10.%d.%d.%d" % (200 + number // 60000, number // 250 % 240, number % 250 + 2)


DEVICE = [
    ["bridge", {"name": "below", "addresses": ["10.9.0.1/24"]}],
    ["vxlan", {"name": "vx0", "vni": 7, "local": "10.9.0.1"}],
]


def task(moved=0):
    """All entries; those of the first ``moved`` MACs lead elsewhere."""
    entries = [{"mac": mac(number), "dst": remote(number + (1 if number < moved else 0))} for number in range(COUNT)]
    return ["vxlan_fdb", {"device": "vx0", "entries": entries, "purge": True}]


def measure(samples, rounds):
    for number in range(rounds):
        with lab_node() as lab:
            found = in_node(lab, [["device", DEVICE], ["create", [task()]], ["no-op", [task()]], ["one changed", [task(1)]]])
        samples.add("entries", "module", COUNT, number, found)
        with lab_node() as lab:
            in_node(lab, [["device", DEVICE]])
            lines = ["fdb append %s dev vx0 dst %s self permanent" % (mac(one), remote(one)) for one in range(COUNT)]
            samples.add("entries", "bridge -batch", COUNT, number, driven(lab, [["create", [batch(lines, program="bridge")]]]))


def engine(row, phase):
    """Seconds without Ansible's own: options checked before, the result printed afterwards."""
    return sum(row.get("%s: %s" % (phase, part), 0) for part in ("reading", "engine", "kernel"))


def show(samples):
    rows = []
    for phase in ("create", "no-op", "one changed"):
        parts = [column(samples, "module", COUNT, "%s: %s" % (phase, part)) for part in ("checking options", "reading", "engine", "kernel")]
        rows.append([phase, column(samples, "module", COUNT, phase), *parts, column(samples, "bridge -batch", COUNT, phase)])
    yield table(["%d entries, seconds" % COUNT, "module", "of it checking options", "reading", "engine", "kernel", "`bridge -batch`"], rows)


def bars(samples):
    others = values(samples, "bridge -batch", COUNT, "create")
    found = [engine(row, "create") / other for row, other in zip(of(samples, "module", COUNT), others)]
    yield bar("%d forwarding entries: engine / `bridge -batch`" % COUNT, found, "at most", 1)
    more = [row["one changed"] - row["no-op"] for row in of(samples, "module", COUNT)]
    yield bar("one of %d entries changed: seconds more than a run that changes nothing" % COUNT, more, "at most", 0.2)
