# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of vxlan_overlay: what is refused, in which words, and what each member is told."""

from __future__ import annotations

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._marks import (
    container_mac,
    derived_mac,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils import (
    _overlay,
    _single_host,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import Problem


def box(name="web", address="10.10.1.10", **more):
    return {"name": name, "address": address, **more}


def overlay(**more):
    return {"name": "red", "vni": 4242, "subnet": "10.42.0.0/16", **more}


def node(n, *containers, endpoint=(), **more):
    share = {"gateway": f"10.42.0.{n}", "containers": list(containers) or [box(f"red{n}", f"10.42.{n}.1")], **dict(endpoint)}
    return {"underlay_address": f"192.0.2.1{n}", "endpoints": {"red": share}, **more}


def mesh(*overlays, **nodes):
    return list(overlays) or [overlay()], {"node1": node(1), "node2": node(2), **nodes}


REFUSED = {
    "VNI 0": (
        mesh(overlay(vni=0)),
        "vxlan_overlay_overlays, overlay 'red': vni 0 is out of range: it must be between 1 and 16777215.",
    ),
    "VNI 2^24": (
        mesh(overlay(vni=2**24)),
        "vxlan_overlay_overlays, overlay 'red': vni 16777216 is out of range: it must be between 1 and 16777215.",
    ),
    "no VNI": (
        mesh({"name": "red", "subnet": "10.42.0.0/16"}),
        "vxlan_overlay_overlays, overlay 'red': vni is missing: give it.",
    ),
    "no subnet": (
        mesh({"name": "red", "vni": 1}),
        "vxlan_overlay_overlays, overlay 'red': subnet is missing: give it.",
    ),
    "empty list of subnets": (
        mesh(overlay(subnet=[])),
        "vxlan_overlay_overlays, overlay 'red': subnet is missing: give it.",
    ),
    "subnet with host bits": (
        mesh(overlay(subnet="10.42.0.1/16")),
        "vxlan_overlay_overlays, overlay 'red': subnet '10.42.0.1/16' has bits set beyond its prefix: write 10.42.0.0/16.",
    ),
    "two subnets of a family": (
        mesh(overlay(subnet=["10.42.0.0/16", "10.43.0.0/16"])),
        "vxlan_overlay_overlays, overlay 'red': subnet names more than one of IPv4: one of each family is the most.",
    ),
    "overlay twice": (
        mesh(overlay(), overlay(vni=1)),
        "vxlan_overlay_overlays, overlay 'red': the list has it twice: keep one.",
    ),
    "VNI twice": (
        mesh(overlay(), overlay(name="green", subnet="10.43.0.0/16")),
        "vxlan_overlay_overlays, overlay 'green': vni 4242 on port 4789 is also that of vxlan_overlay_overlays, overlay 'red': give each overlay its own vni.",
    ),
    "device of 16 characters": (
        mesh(overlay(device="vxlan-device-red")),
        "vxlan_overlay_overlays, overlay 'red': device 'vxlan-device-red' has 16 characters, but an interface name has at most 15: shorten it, or leave device out and get a short form.",
    ),
    "nodes are no dictionary": (
        ([overlay()], ["node1"]),
        "vxlan_overlay_nodes: ['node1'] is not a dictionary: write a host's name before its variables.",
    ),
    "unknown node option": (
        mesh(node1=node(1, mtu=3)),
        "vxlan_overlay variables of host 'node1': unknown option 'mtu': known are state, underlay_address, underlay_mtu, underlay_device, endpoints.",
    ),
    "unknown overlay": (
        mesh(node1=node(1, endpoints={"rde": {}})),
        "vxlan_overlay variables of host 'node1': endpoints name overlay 'rde', which vxlan_overlay_overlays does not have: add it there, or correct the name.",
    ),
    "unknown endpoint option": (
        mesh(node1=node(1, endpoint={"gatway": "10.42.0.1"})),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red': unknown option 'gatway': known are state, gateway, containers.",
    ),
    "no underlay address": (
        mesh(node2={"endpoints": {"red": {"gateway": "10.42.0.2"}}}),
        "vxlan_overlay variables of host 'node2': vxlan_overlay_underlay_address is missing, and overlay 'red' needs it on every member: set it in the host's variables.",
    ),
    "empty underlay address": (
        mesh(node2=node(2, underlay_address="")),
        "vxlan_overlay variables of host 'node2': vxlan_overlay_underlay_address is missing, and overlay 'red' needs it on every member: set it in the host's variables.",
    ),
    "underlay address with prefix": (
        mesh(node2=node(2, underlay_address="192.0.2.12/24")),
        "vxlan_overlay variables of host 'node2': vxlan_overlay_underlay_address '192.0.2.12/24' has a prefix length: write 192.0.2.12.",
    ),
    "underlay address is no address": (
        mesh(node2=node(2, underlay_address="node2.example")),
        "vxlan_overlay variables of host 'node2': vxlan_overlay_underlay_address 'node2.example' is not an IP address.",
    ),
    "underlay address twice": (
        mesh(node2=node(2, underlay_address="192.0.2.11")),
        "vxlan_overlay variables of host 'node2': vxlan_overlay_underlay_address 192.0.2.11 is also that of the vxlan_overlay variables of host 'node1': each node has its own.",
    ),
    "underlay families mixed": (
        mesh(node2=node(2, underlay_address="2001:db8::12")),
        "vxlan_overlay_overlays, overlay 'red': host 'node1' has the IPv4 underlay address 192.0.2.11 and host 'node2' the IPv6 one 2001:db8::12: all members must use one family.",
    ),
    "underlay inside the subnet": (
        mesh(node2=node(2, underlay_address="10.42.9.9")),
        "vxlan_overlay_overlays, overlay 'red': subnet 10.42.0.0/16 holds the underlay address 10.42.9.9 of host 'node2': take a subnet that no underlay uses.",
    ),
    "gateway outside": (
        mesh(node1=node(1, endpoint={"gateway": "10.43.0.1"})),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red': gateway 10.43.0.1 is outside 10.42.0.0/16: give it an address of the network's subnet.",
    ),
    "gateway with another prefix": (
        mesh(node1=node(1, endpoint={"gateway": "10.42.0.1/24"})),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red': gateway 10.42.0.1/24 has another prefix length than its subnet 10.42.0.0/16: leave it out.",
    ),
    "gateway of two nodes": (
        mesh(node2=node(2, endpoint={"gateway": "10.42.0.1"})),
        "vxlan_overlay_endpoints of host 'node2', overlay 'red': gateway 10.42.0.1 is also that of vxlan_overlay_endpoints of host 'node1', overlay 'red': each node's bridge needs its own.",
    ),
    "address outside": (
        mesh(node1=node(1, box("red1", "10.43.1.1"))),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': address 10.43.1.1 is outside 10.42.0.0/16: give it an address of the network's subnet.",
    ),
    "address on two nodes": (
        mesh(node2=node(2, box("red2", "10.42.1.1"))),
        "vxlan_overlay_endpoints of host 'node2', overlay 'red', container 'red2': address 10.42.1.1 is also that of vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': give each its own.",
    ),
    "name on two nodes": (
        mesh(node2=node(2, box("red1", "10.42.2.1"))),
        "vxlan_overlay_endpoints of host 'node2', overlay 'red', container 'red1': name red1 is also that of vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': give each its own.",
    ),
    "MAC on two nodes": (
        mesh(node1=node(1, box("red1", "10.42.1.1", mac="02:00:00:00:00:01")), node2=node(2, box("red2", "10.42.2.1", mac="02:00:00:00:00:01"))),
        "vxlan_overlay_endpoints of host 'node2', overlay 'red', container 'red2': MAC address 02:00:00:00:00:01 is also that of vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': give each its own.",
    ),
    "MAC of a bridge elsewhere": (
        mesh(node1=node(1, box("red1", "10.42.1.1", mac="02:b5:8e:d4:d1:76"))),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': MAC address 02:b5:8e:d4:d1:76 is the bridge's of vxlan_overlay_endpoints of host 'node2', overlay 'red': take another.",
    ),
    "address is the gateway elsewhere": (
        mesh(node1=node(1, box("red1", "10.42.0.2"))),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': address 10.42.0.2 is the gateway of vxlan_overlay_endpoints of host 'node2', overlay 'red': take another.",
    ),
    "mtu does not fit": (
        mesh(overlay(mtu=1451)),
        "vxlan_overlay_overlays, overlay 'red': mtu 1451 does not fit: host 'node1' has an underlay MTU of 1500, which less 50 bytes of VXLAN over IPv4 leaves 1450.",
    ),
    "IPv6 does not fit": (
        mesh(
            overlay(subnet="fd00:42::/64"),
            node1={"underlay_address": "192.0.2.11", "underlay_mtu": 1300, "endpoints": {"red": {"gateway": "fd00:42::1"}}},
            node2={"underlay_address": "192.0.2.12", "endpoints": {"red": {"gateway": "fd00:42::2"}}},
        ),
        "vxlan_overlay_overlays, overlay 'red' (underlay MTU 1300 of host 'node1', less 50): mtu 1250 is too small for fd00:42::/64: IPv6 needs 1280 or more.",
    ),
    "container mtu does not fit": (
        mesh(node1=node(1, box("red1", "10.42.1.1", mtu=1500))),
        "vxlan_overlay_endpoints of host 'node1', overlay 'red', container 'red1': mtu 1500 is more than the overlay's 1450: make it 1450 or less.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_sentence(case):
    given, sentence = REFUSED[case]
    with pytest.raises(Problem) as caught:
        _overlay.members(*given)
    assert str(caught.value) == sentence


def mac(address, network="red"):
    return container_mac(network, address)


def test_members_are_told_addresses_and_macs_of_each_other():
    found = _overlay.members(*mesh())
    assert found["red"]["nodes"] == {
        "node1": {"address": "192.0.2.11", "macs": [mac("10.42.0.1"), mac("10.42.1.1")]},
        "node2": {"address": "192.0.2.12", "macs": [mac("10.42.0.2"), mac("10.42.2.1")]},
    }


def test_forwarding_has_one_entry_a_mac_elsewhere_and_floods_to_every_other_member():
    found = _overlay.members(*mesh(node3=node(3)))
    assert _overlay.forwarding(found, "node1") == [
        {
            "device": "vx-red",
            "flood": ["192.0.2.12", "192.0.2.13"],
            "entries": [
                {"mac": mac("10.42.0.2"), "dst": "192.0.2.12"},
                {"mac": mac("10.42.2.1"), "dst": "192.0.2.12"},
                {"mac": mac("10.42.0.3"), "dst": "192.0.2.13"},
                {"mac": mac("10.42.3.1"), "dst": "192.0.2.13"},
            ],
            "purge": True,
            "open_firewall": True,
        }
    ]
    assert _overlay.forwarding(found, "elsewhere") == []


def test_plan_of_one_member():
    given = mesh(overlay(exclude=["10.0.0.0/8"]), node1=node(1, underlay_device="eth0"))
    plan = _overlay.plan(_overlay.members(*given), "node1", given[1]["node1"])
    assert plan == {
        "problem": "",
        "namespaces": [{"name": "red1", "network": ["red"], "sysctls": {}}],
        "bridges": [{"name": "br-red", "network": "red", "mac": mac("10.42.0.1"), "mtu": 1450, "addresses": ["10.42.0.1/16"]}],
        "vxlans": [
            {
                "name": "vx-red",
                "network": "red",
                "vni": 4242,
                "local": "192.0.2.11",
                "dstport": 4789,
                "learning": False,
                "bridge": "br-red",
                "mac": derived_mac("vxlan", "red", "192.0.2.11"),
                "mtu": 1450,
                "dev": "eth0",
            }
        ],
        "veths": [
            {
                "name": "v-red-red1",
                "network": "red",
                "bridge": "br-red",
                "hairpin": False,
                "isolated": False,
                "mtu": 1450,
                "peer": {
                    "netns": "red1",
                    "name": "eth0",
                    "mac": mac("10.42.1.1"),
                    "mtu": 1450,
                    "addresses": ["10.42.1.1/16"],
                    "gateway": ["10.42.0.1"],
                    "routes": [],
                },
            }
        ],
        "masquerades": [{"name": "red", "sources": ["10.42.0.0/16"], "exclude": ["10.0.0.0/8"], "isolate": True, "open_firewall": True, "bridge": "br-red"}],
        "publications": [],
    }


@pytest.mark.parametrize(
    "nodes, mtu",
    [
        ({"node1": node(1), "node2": node(2)}, 1450),
        ({"node1": node(1, underlay_mtu=9000), "node2": node(2, underlay_mtu="1400")}, 1350),
        ({"node1": node(1, underlay_address="2001:db8::11"), "node2": node(2, underlay_address="2001:db8::12")}, 1430),
        ({"node1": node(1, underlay_mtu=9000), "node2": node(2, underlay_mtu=9000), "node3": node(3, underlay_mtu=1280, state="absent")}, 8950),
    ],
)
def test_mtu_is_what_the_narrowest_underlay_leaves(nodes, mtu):
    assert _overlay.members([overlay()], nodes)["red"]["mtu"] == mtu


def test_mtu_may_be_set_to_what_just_fits():
    given = mesh(overlay(mtu=1450), node1=node(1, box("red1", "10.42.1.1", mtu=1450)))
    assert _overlay.members(*given)["red"]["mtu"] == 1450
    given = mesh(node1=node(1, box("red1", "10.42.1.1", mtu=1450)))  # worked out, and just fitting
    assert _overlay.members(*given)["red"]["mtu"] == 1450


def test_mtu_may_be_set_lower():
    assert _overlay.members([overlay(mtu=1400)], mesh()[1])["red"]["mtu"] == 1400


@pytest.mark.parametrize(
    "leaver",
    [node(2, state="absent"), node(2, endpoint={"state": "absent"}), {"endpoints": {}}, {}, None],
    ids=["host absent", "endpoint absent", "no endpoint", "no variables", "null"],
)
def test_who_leaves_is_no_member_and_tears_down(leaver):
    given = mesh(node2=leaver)
    found = _overlay.members(*given)
    assert list(found["red"]["nodes"]) == ["node1"]
    assert _overlay.forwarding(found, "node1")[0]["entries"] == []
    assert not any(_overlay.plan(found, "node2", leaver).values())


def test_an_absent_overlay_is_nobodys_and_is_not_checked():
    found = _overlay.members([{"name": "red", "state": "absent"}], {"node1": node(1, box("bad", "nonsense"))})
    assert found == {}
    assert not any(_overlay.plan(found, "node1", node(1)).values())


def test_a_node_without_gateway_has_no_way_out_but_is_a_member():
    given = mesh(node1={"underlay_address": "192.0.2.11", "endpoints": {"red": {"containers": [box("red1", "10.42.1.1")]}}})
    found = _overlay.members(*given)
    plan = _overlay.plan(found, "node1", given[1]["node1"])
    assert found["red"]["nodes"]["node1"]["macs"] == [derived_mac("bridge", "red", "node1"), mac("10.42.1.1")]
    assert plan["masquerades"] == [] and plan["bridges"][0]["addresses"] == [] and plan["veths"][0]["peer"]["gateway"] == []


def test_masquerade_covers_the_families_that_have_a_gateway():
    given = mesh(overlay(subnet=["10.42.0.0/16", "fd00:42::/64"]))
    plan = _overlay.plan(_overlay.members(*given), "node1", given[1]["node1"])
    assert plan["masquerades"][0]["sources"] == ["10.42.0.0/16"]


def test_a_host_whose_variables_the_mesh_does_not_know_is_refused():
    found = _overlay.members(*mesh())
    sentence = (
        "vxlan_overlay_endpoints of host 'node1', overlay 'red': the other nodes are told something else of this host, because it is not "
        "(or differently) in the inventory: put its vxlan_overlay variables into host_vars or vxlan_overlay_nodes, and the host into the group."
    )
    for given in (node(1, box("red1", "10.42.1.9")), node(1, underlay_address="192.0.2.99")):
        with pytest.raises(Problem) as caught:
            _overlay.plan(found, "node1", given)
        assert str(caught.value) == sentence
    with pytest.raises(Problem, match="into the group"):
        _overlay.plan(found, "node9", node(1))


def test_overlapping_overlays_on_one_host_are_refused_and_on_two_are_not():
    overlays = [overlay(), {"name": "green", "vni": 1, "subnet": "10.42.128.0/17"}]
    green = {"gateway": "10.42.128.1", "containers": [box("green1", "10.42.128.2")]}
    apart = {"node1": node(1), "node2": {"underlay_address": "192.0.2.12", "endpoints": {"green": green}}}
    assert _overlay.plan(_overlay.members(overlays, apart), "node2", apart["node2"])["veths"]
    both = {"node1": node(1)}
    both["node1"]["endpoints"]["green"] = green
    with pytest.raises(Problem) as caught:
        _overlay.plan(_overlay.members(overlays, both), "node1", both["node1"])
    assert str(caught.value) == (
        "vxlan_overlay_endpoints of host 'node1', overlay 'green': 10.42.128.0/17 overlaps 10.42.0.0/16 of vxlan_overlay_endpoints of host 'node1', "
        "overlay 'red': give each network a subnet of its own."
    )


def test_network_of_the_host_alone_may_not_overlap():
    given = mesh()
    blue = _single_host.read([{"name": "blue", "gateway": "10.42.7.1/24"}])
    with pytest.raises(
        Problem, match="^single_host_bridge_networks, network 'blue': 10.42.7.0/24 overlaps 10.42.0.0/16 of vxlan_overlay_endpoints of host 'node1'"
    ):
        _overlay.plan(_overlay.members(*given), "node1", given[1]["node1"], blue)


def test_the_vxlan_device_is_a_port_as_well():
    def many(count):
        boxes = [box(f"c{n}", f"10.42.{1 + n // 250}.{1 + n % 250}") for n in range(count)]
        nodes = {"node1": node(1, *boxes)}
        return _overlay.plan(_overlay.members([overlay()], nodes), "node1", nodes["node1"])

    assert len(many(1022)["veths"]) == 1022
    with pytest.raises(Problem, match="would have 1024 ports, and the kernel allows 1023"):
        many(1023)


def test_nodes_of_takes_the_overlay_variables_and_no_others():
    hostvars = {
        "node1": {"vxlan_overlay_underlay_address": "192.0.2.11", "vxlan_overlay_group": "x", "other": 1, "vxlan_overlay_endpoints": {}},
        "node2": {"vxlan_overlay_state": "absent"},
        "node3": {},
    }
    assert _overlay.nodes_of(["node1", "node2"], hostvars) == {
        "node1": {"underlay_address": "192.0.2.11", "endpoints": {}},
        "node2": {"state": "absent"},
    }
