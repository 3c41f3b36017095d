# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains that are neither iptables' nor firewalld's: nothing is done to them, and the run says what is to be done there."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._lab import environment
from ansible_collections.linuxnet.container.tests.integration.beside.conftest import INTERNET, RED

CHAIN = "nft 'add chain inet filter forward { type filter hook forward priority filter; policy %s; }'"
#: How a chain may drop.
DROPS = {
    "policy": [CHAIN % "drop"],
    "rule": [CHAIN % "accept", "nft add rule inet filter forward counter drop"],
    "reject": [CHAIN % "accept", "nft add rule inet filter forward reject"],
    "jump": [CHAIN % "accept", "nft add chain inet filter end", "nft add rule inet filter end log drop", "nft add rule inet filter forward jump end"],
}
#: What counts as a way through, as rules that are inserted.
WAYS = {
    "names": ['iifname "br-red" accept', 'oifname "br-red" ct state established,related accept'],
    "beginnings": ['iifname "br-*" counter accept', 'oifname "br-*" ct state established accept'],
    "any answer": ['iifname "br-red" accept comment "theirs"', "ct state established,related accept"],
    "addresses": ["ip saddr 10.0.0.0/8 accept", "ip daddr 10.1.0.0/16 accept", "ip6 saddr fd00:1::/64 accept", "ip6 daddr fd00:1::/64 accept"],
}
NO_WAYS = {
    "only out": ['iifname "br-red" accept'],
    "only back": ["ct state established,related accept"],
    "another": ['iifname "br-blue" accept', "ct state established,related accept"],
    "only established": ['iifname "br-red" ct state established accept', "ct state established accept"],
    "IPv4 alone": ["ip saddr 10.1.0.0/24 accept", "ct state established,related accept"],
    "others": ['iifname != "br-red" accept', "ct state established,related accept"],
}


@pytest.mark.parametrize("drop", DROPS)
def test_the_run_says_which_chain_drops_and_what_to_add(beside, drop):
    beside.sh("nft add table inet filter", *DROPS[drop])
    said = beside.refuses("nat_masquerade", "^open_firewall: chain forward of table inet filter drops forwarded packets by (its policy|a rule)", **RED)
    lines = re.findall(r"nft insert rule [^;)]*", said)
    assert lines[0] == """nft insert rule inet filter forward 'iifname "br-red" accept'"""
    # With just these lines it works.
    beside.sh(*lines)
    beside.changes("nat_masquerade", **RED)
    beside.works()
    beside.is_closed()
    beside.done("nat_masquerade", name="red", state="absent")


def test_without_a_bridge_the_lines_say_the_addresses(beside):
    beside.sh("nft add table inet filter", *DROPS["policy"])
    asked = dict(RED, bridge=None, out_interface="eth0")
    said = beside.refuses("nat_masquerade", "^open_firewall: ", **asked)
    beside.sh(*re.findall(r"nft insert rule [^;)]*", said))
    beside.changes("nat_masquerade", **asked)
    assert beside.seen_as("c1", INTERNET) is not None
    beside.is_closed()


@pytest.mark.parametrize("way", WAYS)
def test_a_way_through_is_seen(beside, way):
    beside.sh("nft add table inet filter", CHAIN % "drop", *("nft insert rule inet filter forward '%s'" % rule for rule in WAYS[way]))
    before = beside.theirs()
    beside.changes("nat_masquerade", **RED)
    assert beside.theirs() == before and beside.seen_as("c1", INTERNET) is not None


@pytest.mark.parametrize("way", NO_WAYS)
def test_what_is_no_way_through_is_not_taken_for_one(beside, way):
    beside.sh("nft add table inet filter", CHAIN % "drop", *("nft insert rule inet filter forward '%s'" % rule for rule in NO_WAYS[way]))
    beside.refuses("nat_masquerade", "^open_firewall: chain forward of table inet filter drops", **RED)


def test_a_chain_of_the_other_family_is_none_of_this_networks_business(beside):
    beside.sh("nft add table ip6 theirs", "nft 'add chain ip6 theirs f { type filter hook forward priority 0; policy drop; }'")
    beside.changes("nat_masquerade", **dict(RED, sources=["10.1.0.0/24"]))
    beside.refuses("nat_masquerade", "^open_firewall: chain f of table ip6 theirs drops", **RED)


def test_who_does_not_want_it_opened_is_only_warned(beside):
    beside.sh("nft add table inet filter", *DROPS["policy"], "iptables -P FORWARD DROP")
    before = beside.theirs()
    result = beside.changes("nat_masquerade", open_firewall=False, **RED)
    said = json.dumps(result["warnings"])
    assert "may not get through: chain forward of table inet filter drops forwarded packets by its policy." in said
    assert "chain FORWARD of table ip filter drops" in said
    assert beside.theirs() == before and beside.seen_as("c1", INTERNET) is None


def test_who_does_not_want_it_any_more_gets_rid_of_it(beside):
    beside.sh("iptables -P FORWARD DROP", "ip6tables -P FORWARD DROP")
    before = beside.theirs()
    beside.done("nat_masquerade", **RED)
    assert beside.theirs() != before
    beside.changes("nat_masquerade", open_firewall=False, **RED)
    assert beside.theirs() == before


def test_a_table_that_a_process_owns(beside):
    """Only that process can change it: nft holds it for as long as it reads on."""
    argv = beside.lab.enter(beside.name, ["nft", "-i"])
    owner = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), text=True)
    for line in ("add table inet owned { flags owner; }", CHAIN[5:-1].replace("inet filter", "inet owned") % "drop"):
        owner.stdin.write(line + "\n")
        owner.stdin.flush()
    beside.until("nft", "list", "chain", "inet", "owned", "forward")
    beside.refuses("nat_masquerade", "^open_firewall: chain forward of table inet owned drops .* may only be changed by the process that owns its table", **RED)
    owner.stdin.close()
    owner.wait()
    beside.changes("nat_masquerade", **RED)
