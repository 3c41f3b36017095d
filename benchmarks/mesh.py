#!/usr/bin/env python3
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the filters cost on the controller: the mesh of many nodes, and the plan of one of them. Prints seconds."""

from __future__ import annotations

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / ".collections"))

from ansible_collections.linuxnet.container.plugins.plugin_utils import _overlay, _single_host  # noqa: E402


def node(number: int, containers: int) -> dict:
    """A dual-stack node of the overlay with its containers."""
    four, six = f"10.{64 + number // 250}.{number % 250}", f"fd00:42::{number:x}"
    boxes = [{"name": f"c{number}-{one}", "address": [f"{four}.{one + 2}", f"{six}:{one + 2:x}"]} for one in range(containers)]
    endpoint = {"gateway": [f"{four}.1", f"{six}:1"], "containers": boxes}
    return {"underlay_address": f"192.0.{2 + number // 250}.{number % 250 + 1}", "endpoints": {"red": endpoint}}


def timed(what: str, function, *args):
    start = time.perf_counter()
    result = function(*args)
    print(f"{what:<60} {time.perf_counter() - start:8.3f}")
    return result


def main() -> None:
    overlays = [{"name": "red", "vni": 4242, "subnet": ["10.64.0.0/10", "fd00:42::/64"]}]
    for count in (2, 100, 1000):
        nodes = {f"node{number}": node(number, 10) for number in range(count)}
        mesh = timed(f"mesh of {count} nodes with 10 containers each", _overlay.members, overlays, nodes)
        timed("  plan of one of them", _overlay.plan, mesh, "node1", nodes["node1"])
        timed("  forwarding entries of one of them", _overlay.forwarding, mesh, "node1")
    for count in (1, 100, 1000):
        boxes = [{"name": f"c{one}", "address": f"10.10.{1 + one // 250}.{one % 250 + 1}"} for one in range(count)]
        timed(f"plan of one bridge with {count} containers", _single_host.plan, [{"name": "blue", "gateway": "10.10.0.1/20", "containers": boxes}])


if __name__ == "__main__":
    main()
