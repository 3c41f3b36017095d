# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays of many nodes: what the controller computes, and how soon a host's own tasks begin."""

from __future__ import annotations

import time

from playbooks import hosts, played
from report import bar, column, table, values
from ways import lab_node

from ansible_collections.linuxnet.container.plugins.plugin_utils import _overlay

TITLE = "Many nodes"
NODES, CONTAINERS = 1000, 10
OVERLAYS = [{"name": "red", "vni": 4242, "subnet": ["10.64.0.0/10", "fd00:42::/64"]}]
LAB = 10


def node(number, containers=CONTAINERS):
    """A dual-stack member of the overlay with its containers."""
    four, six = "10.%d.%d" % (64 + number // 250, number % 250), "fd00:42::%x" % number
    boxes = [{"name": "c%d-%d" % (number, one), "address": ["%s.%d" % (four, one + 2), "%s:%x" % (six, one + 2)]} for one in range(containers)]
    endpoint = {"gateway": [four + ".1", six + ":1"], "containers": boxes}
    return {"underlay_address": "192.0.%d.%d" % (2 + (number + 10) // 250, (number + 10) % 250), "endpoints": {"red": endpoint}}


def of_controller(nodes):
    started = time.monotonic()
    mesh = _overlay.members(OVERLAYS, nodes)
    computed = time.monotonic()
    _overlay.plan(mesh, "node1", nodes["node1"])
    _overlay.forwarding(mesh, "node1")
    return {"mesh": computed - started, "one host": time.monotonic() - computed}


def member(number):
    variables = {"vxlan_overlay_" + name: value for name, value in node(number).items()}
    return dict(variables, vxlan_overlay_overlays=OVERLAYS)


def inventory(count):
    found = hosts([])
    found["all"]["hosts"] = {"node%d" % number: member(number) for number in range(1, count + 1)}
    found["overlay"] = {"hosts": dict.fromkeys(found["all"]["hosts"], {})}
    return found


def first_task(lab, count):
    """Seconds from the start of a play over ``count`` hosts, limited to one, to the first task on that host; and of an empty one."""
    play = [{"hosts": "overlay", "gather_facts": False, "tasks": [{"ansible.builtin.include_role": {"name": "linuxnet.container.vxlan_overlay"}}]}]
    empty = [{"hosts": "overlay", "gather_facts": False, "tasks": [{"ansible.builtin.assert": {"that": True}}]}]
    _all, tasks = played(lab, play, inventory(count), "--limit", "node1", "--check")
    before = sum(seconds for name, seconds in tasks if not name.startswith("Bring"))
    nothing, _tasks = played(lab, empty, inventory(count), "--limit", "node1")
    return {"first task": before, "empty play": nothing}


def measure(samples, rounds):
    for number in range(rounds):
        for count in (100, NODES):
            samples.add("nodes", "controller", count, number, of_controller({"node%d" % one: node(one) for one in range(count)}))
    for number in range(rounds):
        with lab_node(*("node%d" % one for one in range(1, LAB + 1)), underlay=True) as lab:
            for count in (LAB, NODES):
                samples.add("nodes", "limited to one", count, number, first_task(lab, count))
            play = [{"hosts": "overlay", "gather_facts": False, "roles": ["linuxnet.container.vxlan_overlay"]}]
            seconds, tasks = played(lab, play, inventory(LAB), "--forks", "10")
        samples.add("nodes", "a play over all", LAB, number, {"create": seconds, **{"create: " + name: took for name, took in tasks}})


def show(samples):
    rows = [[str(count), *(column(samples, "controller", count, name) for name in ("mesh", "one host"))] for count in (100, NODES)]
    yield table(["nodes, %d containers each; seconds" % CONTAINERS, "mesh, once", "plan and entries of one host"], rows)
    rows = [[str(count), *(column(samples, "limited to one", count, name) for name in ("first task", "empty play"))] for count in (LAB, NODES)]
    yield table(["hosts in the inventory, limited to one; seconds", "until its first task", "an empty play"], rows)
    (first, *_rest) = [row for row in samples if row["way"] == "a play over all"]
    names = [name for name in first if name.startswith("create")]
    yield table(["a play over %d nodes" % LAB, "seconds"], [[name[8:] or "all of it", column(samples, "a play over all", LAB, name)] for name in names])


def bars(samples):
    found = [row["mesh"] + row["one host"] for row in samples if row["way"] == "controller" and row["count"] == NODES]
    yield bar("mesh of %d nodes with %d containers, seconds in the controller" % (NODES, CONTAINERS), found, "at most", 2)
    pairs = zip(values(samples, "limited to one", NODES, "first task"), values(samples, "limited to one", NODES, "empty play"))
    yield bar("limited to one of %d hosts: seconds to its first task beyond an empty play" % NODES, [one - other for one, other in pairs], "at most", 5)
