# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside iptables that drop what is forwarded, in nf_tables and in the legacy tables: the accept stands in their chain."""

from __future__ import annotations


import pytest

from ansible_collections.linuxnet.container.tests.integration.beside.conftest import BLUE, INTERNET, NODE, RED

PROGRAMS = {"nft": ("iptables", "ip6tables"), "legacy": ("iptables-legacy", "ip6tables-legacy")}


def rules(host, program, chain="FORWARD"):
    return [line for line in host.run([program, "-S", chain]).splitlines() if line.startswith("-A")]


def expected(name="red", bridge="br-red", chain="FORWARD"):
    end = '-m comment --comment "linuxnet.container:%s" -j ACCEPT' % name
    return [
        "-A %s -i %s %s" % (chain, bridge, end),
        "-A %s -o %s -m conntrack --ctstate RELATED,ESTABLISHED %s" % (chain, bridge, end),
        "-A %s -o %s -m conntrack --ctstate DNAT %s" % (chain, bridge, end),
    ]


def everything(host):
    return host.theirs(), host.legacy()


@pytest.fixture(params=PROGRAMS)
def drops(request, beside):
    """A node whose FORWARD drops, with a rule of its owner's in it."""
    four, six = beside.programs = PROGRAMS[request.param]
    beside.needs(four, six)
    for program in (four, six):
        beside.sh("%s -P FORWARD DROP" % program, "%s -A FORWARD -i theirs0 -m comment --comment theirs -j ACCEPT" % program)
    return beside


@pytest.mark.parametrize("call", [0, 1])
def test_what_is_promised_works_where_forward_drops(drops, call):
    four, six = drops.programs
    drops.bridges_call_iptables(call)
    before = everything(drops)
    drops.done("nat_masquerade", open_firewall=False, **RED)
    assert drops.seen_as("c1", INTERNET) is None and (drops.seen_as("c1", "10.1.0.3") is None) == bool(call)
    result = drops.changes("nat_masquerade", **RED)
    theirs = "-A FORWARD -i theirs0 -m comment --comment theirs -j ACCEPT"
    for program in drops.programs:
        assert rules(drops, program) == expected() + [theirs]
        assert "%s -I FORWARD -i br-red -m comment --comment linuxnet.container:red -j ACCEPT" % program in result["commands"]
    drops.works()
    drops.is_closed()
    assert drops.seen_as("c3", INTERNET) is None, "the other network was let through as well"
    drops.changes("nat_masquerade", masquerades=[RED, BLUE])
    assert drops.seen_as("c3", INTERNET) == NODE and not drops.reaches("c3", "10.1.0.2")
    drops.changes("nat_masquerade", name="red", state="absent")
    assert rules(drops, four) == expected("blue", "br-blue") + [theirs]
    assert rules(drops, six) == [theirs]
    drops.changes("nat_masquerade", purge_networks=["blue"])
    assert everything(drops) == before
