# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks blue and green of node1, on its kernel and with traffic."""

from __future__ import annotations

import pytest

CONTAINERS = {
    "web": ("blue", {"10.10.1.10/24", "fd00:10:1::10/64"}, ["10.10.1.1", "fd00:10:1::1"]),
    "db": ("blue", {"10.10.1.20/24", "fd00:10:1::20/64"}, ["10.10.1.1", "fd00:10:1::1"]),
    "batch": ("green", {"10.20.1.10/24"}, ["10.20.1.1"]),
}


def test_devices(at):
    node = at("node1")
    for network, names in ("blue", {"web", "db"}), ("green", {"batch"}):
        (bridge,) = node.ip("link show dev br-" + network)
        assert bridge["linkinfo"]["info_kind"] == "bridge" and bridge["mtu"] == 1500 and "UP" in bridge["flags"]
        ports = {port["ifname"]: port["linkinfo"]["info_kind"] for port in node.ip("link show master br-" + network)}
        assert ports == {"v-%s-%s" % (network, name): "veth" for name in names}
    assert node.addresses("br-blue") == {"10.10.1.1/24", "fd00:10:1::1/64"} and node.addresses("br-green") == {"10.20.1.1/24"}
    assert {one["name"] for one in node.ip("netns")} == set(CONTAINERS)


@pytest.mark.parametrize("name", CONTAINERS)
def test_container(at, name):
    _network, addresses, gateways = CONTAINERS[name]
    inside = at("node1/" + name)
    assert {link["ifname"] for link in inside.ip("link show up")} == {"lo", "eth0"}
    assert inside.addresses("eth0") == addresses
    assert [way["gateway"] for family in ("-4", "-6") for way in inside.ip(family + " route show default")] == gateways


def test_rules(at):
    rules = at("node1").check_output("nft list table inet linuxnet")
    for subnet in "ip saddr 10.10.1.0/24", "ip6 saddr fd00:10:1::/64":
        assert '%s oifname != "br-blue" masquerade comment "blue"' % subnet in rules
    assert "10.20.1.0" not in rules
    assert at("node1").sysctl("net.ipv4.ip_forward") == at("node1").sysctl("net.ipv6.conf.all.forwarding") == 1


@pytest.mark.parametrize(("mine", "theirs"), [("10.10.1.10", "10.10.1.20"), ("fd00:10:1::10", "fd00:10:1::20")])
def test_siblings(at, mine, theirs):
    web = at("node1/web")
    with at("node1/db").serving(theirs) as came:
        assert web.send("tcp", theirs, 1_000_000) == web.send("udp", theirs, 1400) == "same"
    assert came == [mine] * 2
    largest = 1452 if ":" in theirs else 1472
    assert web.send("icmp", theirs, largest, "df") == "same"
    assert "Message too long" in web.send("icmp", theirs, largest + 1, "df")


def test_host_and_container(at):
    for container, gateway in ("web", "10.10.1.1"), ("web", "fd00:10:1::1"), ("batch", "10.20.1.1"):
        assert at("node1/" + container).send("icmp", gateway, 56) == "same"
    for address in "10.10.1.10", "fd00:10:1::10", "10.20.1.10":
        assert at("node1").send("icmp", address, 56) == "same"


@pytest.mark.parametrize(("outside", "as_whom"), [("203.0.113.10", "192.0.2.11"), ("2001:db8:ffff::10", "2001:db8:0:2::11")])
def test_way_out(at, outside, as_whom):
    with at("internet").serving(outside) as came:
        assert at("node1/web").send("tcp", outside, 100_000) == at("node1/db").send("udp", outside, 1000) == "same"
    assert came == [as_whom] * 2


def test_networks_do_not_reach_each_other(at):
    assert at("node1/web").send("icmp", "10.20.1.10", 56) == "no: timed out"
    assert at("node1/batch").send("icmp", "10.10.1.10", 56) == "no: timed out"


def test_throughput_is_at_least_a_third_of_raw_veth(at, raw_rate):
    with at("node1/db").serving("10.10.1.20"):
        rate = at("node1/web").rate("10.10.1.20")
    assert rate > raw_rate / 3, "%.1f of %.1f Gbit/s" % (rate * 8e-9, raw_rate * 8e-9)
