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


def test_what_fails_is_put_back(drops):
    steps = len(drops.call("nat_masquerade", check=True, **RED)["commands"])
    before = drops.dump()
    for position in range(steps):
        result = drops.call("nat_masquerade", breaks={"positions": [position], "how": "stop"}, **RED)
        assert result["failed"] and result["msg"].endswith("Everything is as it was before."), result
        drops.is_as(before)
    drops.done("nat_masquerade", **RED)
    there = drops.dump()
    for position in range(len(drops.call("nat_masquerade", check=True, name="red", state="absent")["commands"])):
        result = drops.call("nat_masquerade", breaks={"positions": [position], "how": "stop"}, name="red", state="absent")
        assert result["failed"], result
        if "Everything is as it was before." in result["msg"]:
            drops.is_as(there)


_DRIFT = {
    "deleted": "{0} -D FORWARD 1",
    "all of them": "{0} -F FORWARD",
    "twice": "{0} -I FORWARD -i br-red -m comment --comment linuxnet.container:red -j ACCEPT",
    "changed": "{0} -R FORWARD 2 -o br-red -m comment --comment linuxnet.container:red -j DROP",
    "another": "{0} -I FORWARD -i br-red -p tcp -m comment --comment linuxnet.container:red -j ACCEPT",
}


@pytest.mark.parametrize("drift", _DRIFT)
def test_drift_is_mended_and_theirs_is_left_alone(drops, drift):
    drops.done("nat_masquerade", **RED)
    theirs = [] if "all" in drift else ["-A FORWARD -i theirs0 -m comment --comment theirs -j ACCEPT"]
    drops.sh(_DRIFT[drift].format(drops.programs[0]))
    drops.changes("nat_masquerade", **RED)
    found = rules(drops, drops.programs[0])
    assert sorted(found) == sorted(expected() + theirs) and found[len(found) - len(theirs) :] == theirs
    drops.works()


def test_a_checkpoint_brings_back_what_stood_there(drops):
    drops.done("nat_masquerade", **RED)
    before = drops.dump()
    drops.done("checkpoint", name="before", networks=["red"])
    drops.done("nat_masquerade", masquerades=[BLUE], purge_networks=["red"])
    drops.done("checkpoint", name="before", state="restored")
    assert rules(drops, drops.programs[0])[:3] == expected()
    assert "br-blue" in "".join(rules(drops, drops.programs[0])), "another network's were taken"
    drops.done("nat_masquerade", name="blue", state="absent")
    drops.done("checkpoint", name="before", state="dropped")
    drops.works()
    assert sorted(drops.dump()[""]["ruleset"].splitlines()) == sorted(before[""]["ruleset"].splitlines())


def test_siblings_of_a_network_without_a_bridge_of_its_own(drops):
    drops.bridges_call_iptables(1)
    drops.changes("nat_masquerade", **dict(RED, bridge=None, out_interface="eth0"))
    assert drops.seen_as("c1", INTERNET) == NODE
    # By IPv6 they do not find each other: questions for a neighbour are for no address of the network.
    assert drops.seen_as("c1", "10.1.0.3") is not None and drops.outside.seen_as("", NODE) is not None
    drops.is_closed()


def test_a_legacy_table_without_its_program(drops):
    if "legacy" not in drops.programs[0]:
        drops.changes("nat_masquerade", **RED)
        return
    drops.sh("mount --bind /dev/null $(readlink -f /usr/sbin/iptables-legacy)")
    for check in (True, False):
        result = drops.call("nat_masquerade", check=check, **RED)
        drops.is_a_sentence(result["msg"], "^open_firewall: chain FORWARD of iptables-legacy drops .*: there is no program iptables-legacy: install iptables")
    assert "linuxnet" not in drops.run(["nft", "list", "ruleset"])
