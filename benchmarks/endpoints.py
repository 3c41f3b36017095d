#!/usr/bin/env python3
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: endpoints on one node, ours beside `ip -batch`, in turn in the same run.

An endpoint is a namespace, a veth pair with its far end made in it, a port on the bridge, an address and a default
route; without IPv6 link-local addresses, so that both ways end in the same state. Prints medians and ratios; the time
to start Python and import is given apart. Usage: endpoints.py [COUNT ...]
"""

from __future__ import annotations

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / ".collections"))

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab  # noqa: E402

#: Pairs of runs for a number of endpoints: many where a run is short.
RUNS = {1: 5, 100: 5, 1000: 3}


def address(number):
    return "10.1.%d.%d/16" % (number // 250, number % 250 + 2)


def ours(count):
    """[(what, [(module, arguments), ...])]"""
    network = {"network": "bench"}
    veths = [
        {
            "name": "v%d" % number,
            "bridge": "br0",
            "peer": {"name": "eth0", "netns": "c%d" % number, "addresses": [address(number)], "gateway": ["10.1.0.1"]},
            **network,
        }
        for number in range(count)
    ]
    names = ["c%d" % number for number in range(count)]
    wanted = [
        ("netns", {"name": names, "network": ["bench"]}),
        ("bridge", {"name": "br0", "addresses": ["10.1.0.1/16"], **network}),
        ("veth", {"veths": veths}),
    ]
    gone = [(module, {"purge_networks": ["bench"]}) for module in ("veth", "netns", "bridge")]
    return [("create", wanted), ("no-op", wanted), ("remove", gone)]


def batches(count):
    """The same for ip: [(what, [(namespace or None, lines)])]."""
    host = ["link add name br0 up type bridge", "address add 10.1.0.1/16 broadcast 10.1.255.255 dev br0"]
    inside = []
    for number in range(count):
        host.append("netns add c%d" % number)
        host.append("link add name v%d up master br0 type veth peer name eth0 netns c%d" % (number, number))
        host.append("link set dev v%d addrgenmode none" % number)
        lines = [
            "link set dev lo up",
            "link set dev eth0 addrgenmode none",
            "link set dev eth0 up",
            "address add %s broadcast 10.1.255.255 dev eth0" % address(number),
            "route add default via 10.1.0.1 dev eth0",
        ]
        inside.append(("c%d" % number, lines))
    gone = ["link delete dev v%d" % number for number in range(count)]
    gone += ["netns delete c%d" % number for number in range(count)] + ["link delete dev br0"]
    return [("create", [(None, host), *inside]), ("remove", [(None, gone)])]


def run_ours(lab, phases):
    asked = [[what, calls] for what, calls in phases]
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = lab.run("bench", [sys.executable, str(HERE / "in_node.py")], input=json.dumps(asked), env=environment)
    return json.loads(done.stdout)


def run_batches(lab, phases):
    found = {}
    for what, parts in phases:
        with tempfile.TemporaryDirectory() as folder:
            commands = []
            for number, (netns, lines) in enumerate(parts):
                path = pathlib.Path(folder, str(number))
                path.write_text("\n".join(lines) + "\n")
                commands.append(["ip", *(["-n", netns] if netns else []), "-batch", str(path)])
            # One process in the node runs them all: entering it a thousand times is not what is measured.
            script = pathlib.Path(folder, "commands")
            script.write_text(json.dumps(commands))
            source = "import json, subprocess, sys\nfor one in json.load(open(sys.argv[1])): subprocess.run(one, check=True)"
            started = time.monotonic()
            lab.run("bench", [sys.executable, "-I", "-S", "-c", source, str(script)])
            found[what] = time.monotonic() - started
    return found


def main():
    counts = [int(word) for word in sys.argv[1:]] or sorted(RUNS)
    print("Endpoints on one node, in seconds; medians of pairs run in turn. `ip -batch` leaves the same state.\n")
    row = "| %9s | %-6s | %8s | %9s | %17s |"
    print(row % ("endpoints", "what", "modules", "ip -batch", "ip -batch/modules"))
    print("| --------: | ------ | -------: | --------: | ----------------: |", flush=True)
    imports = []
    for count in counts:
        samples, ratios = {}, {}
        for _unused in range(RUNS.get(count, 3)):
            with tempfile.TemporaryDirectory() as folder:
                pair = []
                for run, phases in ((run_ours, ours(count)), (run_batches, batches(count))):
                    lab = Lab(folder)
                    lab.up(["bench"], underlay=False)
                    try:
                        pair.append(run(lab, phases))
                    finally:
                        lab.down()
            imports.append(pair[0].pop("imports"))
            for what, seconds in pair[0].items():
                samples.setdefault(what, ([], []))[0].append(seconds)
                if what in pair[1]:
                    samples[what][1].append(pair[1][what])
                    ratios.setdefault(what, []).append(pair[1][what] / seconds)
        for what, (mine, theirs) in samples.items():
            other = "%.3f" % statistics.median(theirs) if theirs else "-"
            ratio = "%.1f" % statistics.median(ratios[what]) if theirs else "-"
            print(row % (count, what, "%.3f" % statistics.median(mine), other, ratio), flush=True)
    print("\nStart of Python and imports, once a task and not in the figures: %.2f s." % statistics.median(imports))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit("bench: %s" % error)
