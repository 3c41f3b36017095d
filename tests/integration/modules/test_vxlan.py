# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VXLAN devices and their forwarding entries, between two nodes, with traffic."""

from __future__ import annotations

from ansible_collections.linuxnet.container.plugins.module_utils._marks import container_mac


def overlay(host, number, peer, local, remote, mtu=1450):
    """One container on each node, in one overlay."""
    address, other = "10.42.%d.2" % number, "10.42.%d.2" % peer
    return [
        ("netns", {"name": ["c"], "network": ["red"]}),
        ("bridge", {"name": "br-red", "network": "red", "mtu": mtu, "addresses": ["10.42.0.%d/16" % number]}),
        ("vxlan", {"name": "vx-red", "vni": 4242, "local": local, "bridge": "br-red", "network": "red"}),
        (
            "vxlan_fdb",
            {
                "device": "vx-red",
                "flood": [remote],
                "purge": True,
                "entries": [{"mac": container_mac("red", other), "dst": remote}],
            },
        ),
        (
            "veth",
            {
                "name": "v-c",
                "bridge": "br-red",
                "network": "red",
                "mtu": mtu,
                "peer": {
                    "name": "eth0",
                    "netns": "c",
                    "addresses": [address + "/16"],
                    "mac": container_mac("red", address),
                    "gateway": ["10.42.0.%d" % number],
                },
            },
        ),
    ]


def test_containers_of_two_nodes_reach_each_other_up_to_the_mtu_that_was_worked_out(nodes):
    one, two = nodes
    first = overlay(one, 1, 2, "192.0.2.11", "192.0.2.12")
    second = overlay(two, 2, 1, "192.0.2.12", "192.0.2.11")
    for result in one.calls(*first) + two.calls(*second):
        assert result["changed"], result
    for result in one.calls(*first) + two.calls(*second):
        assert result["changed"] is False, result["commands"]
    (device,) = one.json("ip", "-d", "link", "show", "vx-red")
    assert device["mtu"] == 1450
    assert device["linkinfo"]["info_data"]["learning"] is False
    assert one.reaches("c", "10.42.2.2", 1422)
    assert not one.reaches("c", "10.42.2.2", 1423)
    assert two.reaches("c", "10.42.1.2", 1422)
