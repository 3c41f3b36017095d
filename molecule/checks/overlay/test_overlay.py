# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An overlay as its inventory has it: on each member's kernel, and with traffic between the containers."""

from __future__ import annotations

import ipaddress
import itertools

import pytest

FLOOD = "00:00:00:00:00:00"


@pytest.fixture(scope="module")
def members(inventory):
    """{node: {"underlay": address, "gateway": [address], "containers": {name: [address]}}} of those that are to be in it."""
    found = {}
    for node in inventory["overlay"]["hosts"]:
        said = inventory["_meta"]["hostvars"][node]
        if said.get("vxlan_overlay_state") != "absent":
            share = said["vxlan_overlay_endpoints"]["red"]
            containers = {one["name"]: one["address"] for one in share["containers"]}
            found[node] = {"underlay": said["vxlan_overlay_underlay_address"], "gateway": share["gateway"], "containers": containers}
    assert len(found) > 1
    return found


def across(members):
    """Of every two members, in both directions: (where to call from, the addresses to call)."""
    for here, there in itertools.permutations(members, 2):
        first = list(members[here]["containers"])[0]
        for addresses in members[there]["containers"].values():
            yield "%s/%s" % (here, first), addresses


def with_lengths(addresses):
    return {address + ("/64" if ":" in address else "/16") for address in addresses}


def test_devices(at, members):
    for node, member in members.items():
        (vxlan,) = at(node).ip("link show dev vx-red")
        is_so = {"id": 4242, "local": member["underlay"], "port": 4789, "learning": False}
        assert vxlan["linkinfo"]["info_kind"] == "vxlan" and is_so.items() <= vxlan["linkinfo"]["info_data"].items()
        (bridge,) = at(node).ip("link show dev br-red")
        assert bridge["linkinfo"]["info_kind"] == "bridge"
        ports = {port["ifname"] for port in at(node).ip("link show master br-red")}
        assert ports == {"vx-red", *("v-red-" + name for name in member["containers"])}
        for link in vxlan, bridge, *(at("%s/%s" % (node, name)).ip("link show dev eth0")[0] for name in member["containers"]):
            assert link["mtu"] == 1450 and "UP" in link["flags"]


def test_addresses_and_routes(at, members):
    for node, member in members.items():
        assert at(node).addresses("br-red") == with_lengths(member["gateway"])
        for name, addresses in member["containers"].items():
            inside = at("%s/%s" % (node, name))
            assert inside.addresses("eth0") == with_lengths(addresses)
            ways = [inside.ip(family + " route show default") for family in ("-4", "-6")]
            assert [way["gateway"] for (way,) in ways] == member["gateway"]


def test_forwarding(at, members):
    """Unicast to the one that has the container, by the MAC that its own kernel shows; the rest to every other member."""
    macs = {node: {at(node).mac("br-red"), *(at("%s/%s" % (node, name)).mac("eth0") for name in members[node]["containers"])} for node in members}
    for node in members:
        others = [other for other in members if other != node]
        assert at(node).forwarding("vx-red") == {(mac, members[other]["underlay"]) for other in others for mac in (*macs[other], FLOOD)}


def test_rules(at, members):
    for node in members:
        rules = at(node).check_output("nft list table inet linuxnet")
        for subnet in "ip saddr 10.42.0.0/16", "ip6 saddr fd00:42::/64":
            assert '%s oifname != "br-red" masquerade comment "red"' % subnet in rules
        assert at(node).sysctl("net.ipv4.ip_forward") == 1


def test_everybody_answers(at, members):
    for caller, addresses in across(members):
        for address in addresses:
            assert at(caller).send("icmp", address, 56) == "same", "%s to %s" % (caller, address)


def test_payloads_come_back_as_they_were_sent(at, members):
    ends = [(node, *list(members[node]["containers"].items())[-1]) for node in (list(members)[0], list(members)[-1])]
    near, far = ({"name": "%s/%s" % (node, name), "addresses": addresses} for node, name, addresses in ends)
    for mine, theirs in zip(near["addresses"], far["addresses"]):
        with at(far["name"]).serving(theirs) as came:
            assert at(near["name"]).send("tcp", theirs, 1_000_000) == "same"
            for size in 1, 1400, 8000:  # the last in fragments
                assert at(near["name"]).send("udp", theirs, size) == "same"
        assert came == [mine] * 4


def test_the_largest_packet(at, members):
    """1500 less 50 of outer headers is 1450, less 20 and 8 (IPv6: 40 and 8) of inner ones."""
    ends = {node: members[node] for node in (list(members)[0], list(members)[-1])}
    for caller, addresses in across(ends):
        for address in addresses:
            most = 1402 if ipaddress.ip_address(address).version == 6 else 1422
            assert at(caller).send("icmp", address, most, "df") == "same"
            assert "Message too long" in at(caller).send("icmp", address, most + 1, "df")
            assert at(caller).send("icmp", address, most + 1) == "same"


def test_way_out(at, members, inventory):
    for family, outside in enumerate(("203.0.113.10", "2001:db8:ffff::10")):
        with at("internet").serving(outside) as came:
            for node, member in members.items():
                for name in member["containers"]:
                    assert at("%s/%s" % (node, name)).send("tcp", outside, 10_000) == "same"
        seen_as = {node: inventory["_meta"]["hostvars"][node]["lab_addresses"][family].split("/")[0] for node in members}
        assert came == [seen_as[node] for node, member in members.items() for _name in member["containers"]]
