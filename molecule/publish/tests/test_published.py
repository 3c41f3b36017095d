# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is published on node1, asked for from everywhere."""

from __future__ import annotations

import pytest

NODE, NODE6, SECOND = "192.0.2.11", "2001:db8:0:2::11", "192.0.2.111"
GATEWAY, GATEWAY6 = "10.10.1.1", "fd00:10:1::1"
OUTSIDE, OUTSIDE6 = "192.0.2.254", "2001:db8:0:2::254"

#: Who asks where, and as whom the service sees it.
SEEN = [
    ("internet", NODE, OUTSIDE), ("internet", NODE6, OUTSIDE6), ("internet", SECOND, OUTSIDE),
    ("node1", NODE, NODE), ("node1", NODE6, NODE6), ("node1", "127.0.0.1", GATEWAY), ("node1", GATEWAY, GATEWAY),
    ("node1/db", NODE, GATEWAY), ("node1/db", NODE6, GATEWAY6), ("node1/db", GATEWAY6, GATEWAY6),
    ("node1/web", NODE, GATEWAY), ("node1/web", NODE6, GATEWAY6), ("node1/web", GATEWAY, GATEWAY),
    ("node1/batch", NODE, "10.20.1.10"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "where", "as_whom"), SEEN)
def test_the_service_is_reached_and_sees_who_asks(at, who, where, as_whom):
    with at("node1/web").serving("fd00:10:1::10" if ":" in where else "10.10.1.10") as came:
        assert at(who).send("tcp", where, 100_000, 8080) == at(who).send("udp", where, 1000, 8080) == "same"
    assert came == [as_whom] * 2


def test_what_is_for_the_host_alone(at):
    with at("node1/db").serving("10.10.1.20") as came:
        assert at("node1").send("tcp", "127.0.0.1", 100, 8081) == "same"
        for who, where in ("internet", NODE), ("node1", NODE), ("node1/web", NODE), ("node1/web", GATEWAY):
            assert at(who).send("tcp", where, 100, 8081).startswith("no:")
    assert came == [GATEWAY]


def test_a_range_at_one_address(at):
    with at("node1/batch").serving("10.20.1.10") as came:
        assert at("internet").send("tcp", SECOND, 100, 8092) == "same"
        assert at("internet").send("tcp", NODE, 100, 8092).startswith("no:")
        assert at("internet").send("tcp", SECOND, 100, 8090).startswith("no:")
        # A network that is kept apart, and a neighbour that is, reach what is published.
        assert at("node1/web").send("tcp", SECOND, 100, 8092) == "same"
    assert came == [OUTSIDE, "10.10.1.10"]


def test_networks_and_containers_are_kept_apart(at):
    for who, where in ("web", "10.20.1.10"), ("batch", "10.10.1.10"), ("batch", "10.20.1.20"), ("other", "10.20.1.10"):
        assert at("node1/" + who).send("icmp", where, 56) == "no: timed out", (who, where)
    assert at("node1/web").send("icmp", "10.10.1.20", 56) == "same"


def test_who_leaves_under_which_address(at):
    with at("internet").serving("203.0.113.10") as came:
        assert at("node1/batch").send("tcp", "203.0.113.10", 100) == at("node1/web").send("tcp", "203.0.113.10", 100) == "same"
    assert came == [SECOND, NODE]


def test_two_lookups_a_family(at):
    rules = at("node1").check_output("nft list table inet linuxnet")
    assert rules.count("dnat ip to") == 4 and rules.count("dnat ip6 to") == 2
    assert at("node1").sysctl("net.ipv4.conf.br-blue.route_localnet") == 1 and at("node1").sysctl("net.ipv4.conf.br-green.route_localnet") == 0
