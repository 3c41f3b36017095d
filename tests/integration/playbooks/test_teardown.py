# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""teardown.yml: the nodes are as they were before the first run, and other people's objects never noticed."""

from __future__ import annotations

NODES = ("node1", "node2", "node3")


def test_teardown_leaves_what_was_there_before_and_then_nothing_to_do(up, wanted):
    before = up.dump(*NODES)
    for node in NODES:
        seen = before[node][""]
        assert "vx-red" in seen["links"] and seen["switches"]["net/ipv4/ip_forward"] == "1"
    # The variables of the day do not matter: what goes is known by its marks.
    del wanted["all"]["hosts"]["node2"]["vxlan_overlay_endpoints"]
    wanted["all"]["hosts"]["node1"]["single_host_bridge_networks"][0]["containers"] = []
    dry = up.play("teardown.yml", wanted, "--check", "--diff")
    assert up.dump(*NODES) == before
    real = up.play("teardown.yml", wanted, "--diff")
    assert up.dump(*NODES) == up.clean
    for node in NODES:
        assert real.changed()[node] and "ip link delete dev vx-red" in real.lines[node]
    assert list(dict.fromkeys(dry.lines["node2"])) == real.lines["node2"]
    # In a dry run what an earlier task would have taken away is still there: on node1 the first role's rules, on node3 our
    # own devices, which like every new one there have forwarding on.
    for node in "node1", "node3":
        for line in set(real.lines[node]) ^ set(dry.lines[node]):
            assert line.startswith(("nft ", "sysctl ")), line

    up.lab.up([*NODES, "never"])
    wanted["all"]["hosts"]["never"] = dict(wanted["all"]["hosts"]["node1"], vxlan_overlay_underlay_address="192.0.2.14")
    for group in "single_host", "overlay":
        wanted[group]["hosts"]["never"] = {}
    clean = up.dump("never")
    again = up.play("teardown.yml", wanted, "--diff")
    assert again.changed() == dict.fromkeys((*NODES, "never"), 0) and not any(again.lines.values())
    assert up.dump(*NODES) == up.clean and up.dump("never") == clean
