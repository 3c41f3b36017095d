# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule language: its text, the lines for a shell, and what it refuses."""

from __future__ import annotations

import shlex
from ipaddress import ip_network

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._nft import (
    AddChain,
    AddRule,
    AddTable,
    Chain,
    DeleteChain,
    DeleteRule,
    DeleteTable,
    Match,
    Rule,
    Table,
    Unknown,
)

MASQUERADE = Rule(
    "postrouting",
    (
        Match("ip saddr", "==", ip_network("10.1.0.0/20")),
        Match("oifname", "!=", "br-blue"),
        Match("ip daddr", "!=", ip_network("10.9.0.0/16")),
    ),
    "masquerade",
    "blue",
)
ISOLATE = Rule(
    "forward",
    (Match("iifname", "==", "br-blue"), Match("oifname", "!=", "br-blue"), Match("oifgroup", "==", 5000771)),
    "drop",
    "blue",
)


@pytest.mark.parametrize(
    "rule, text",
    [
        (MASQUERADE, 'ip saddr 10.1.0.0/20 oifname != "br-blue" ip daddr != 10.9.0.0/16 masquerade comment "blue"'),
        (ISOLATE, 'iifname "br-blue" oifname != "br-blue" oifgroup 5000771 drop comment "blue"'),
        (Rule("c", (), "return"), "return"),
        (Rule("c", (Match("ip6 daddr", "==", ip_network("fd00::/47")),), "accept"), "ip6 daddr fd00::/47 accept"),
        (Rule("c", (Match("ip saddr", "==", ip_network("10.0.0.1")),), "accept"), "ip saddr 10.0.0.1 accept"),
        (
            Rule("c", (Match("ip6 saddr", "==", ip_network("::ffff:c000:0201")),), "drop"),
            "ip6 saddr ::ffff:192.0.2.1 drop",
        ),
        (Rule("c", (Match("iifname", "==", "odd*"),), "drop"), 'iifname "odd\\*" drop'),
        (Rule("c", (Match("ct state", "==", "new,established"),), "accept"), "ct state established,new accept"),
    ],
)
def test_a_rule_is_written_as_nft_lists_it(rule, text):
    assert rule.text == text


def test_values_have_one_form():
    one = Rule("c", [Match("ct state", "==", "related,established")], "accept")
    other = Rule("c", (Match("ct state", "==", "established,related,related"),), "accept")
    assert one == other
    assert len({one, other}) == 1


def test_no_rule_equals_what_is_unknown():
    unknown = Unknown("postrouting", "blue", MASQUERADE.text, "0")
    assert unknown != MASQUERADE
    assert MASQUERADE != unknown
    assert len({unknown, MASQUERADE}) == 2


@pytest.mark.parametrize(
    "left, op, right",
    [
        ("ip saddr", "==", ip_network("0.0.0.0/0")),
        ("ip6 saddr", "==", ip_network("::/0")),
        ("ip saddr", "==", ip_network("fd00::/8")),
        ("ip saddr", "==", "10.0.0.0/8"),
        ("ip saddr", ">", ip_network("10.0.0.0/8")),
        ("ip sadr", "==", ip_network("10.0.0.0/8")),
        ("iifname", "==", ""),
        ("iifname", "==", 'a"b'),
        ("iifname", "==", "a\nb"),
        ("iifname", "==", "a\\b"),
        ("iifname", "==", "sixteen-letters-"),
        ("iifname", "==", 7),
        ("iifgroup", "==", -1),
        ("iifgroup", "==", 1 << 32),
        ("iifgroup", "==", "1"),
        ("iifgroup", "==", True),
        ("ct state", "==", "established,old"),
        ("ct state", "==", ""),
        ("ct state", "!=", "established"),
    ],
)
def test_a_match_that_cannot_be_written_is_refused(left, op, right):
    with pytest.raises(ValueError):
        Match(left, op, right)


@pytest.mark.parametrize(
    "arguments",
    [
        {"verdict": "snat"},
        {"comment": 'a "quoted" word'},
        {"comment": "two\nlines"},
        {"comment": "x" * 129},
        {
            "matches": (
                Match("ip saddr", "==", ip_network("10.0.0.0/8")),
                Match("ip6 daddr", "==", ip_network("fd00::/8")),
            )
        },
    ],
)
def test_a_rule_that_cannot_be_written_is_refused(arguments):
    with pytest.raises(ValueError):
        Rule(**{"chain": "c", "matches": (), "verdict": "drop", **arguments})


def test_a_rule_of_one_family_stands_in_no_table_of_the_other():
    AddRule(MASQUERADE, Table("ip", "nat"))
    AddRule(ISOLATE, Table("ip6", "nat"))
    with pytest.raises(ValueError):
        AddRule(MASQUERADE, Table("ip6", "nat"))


@pytest.mark.parametrize(
    "hook, priority, text",
    [
        ("postrouting", 100, "srcnat"),
        ("postrouting", 105, "srcnat + 5"),
        ("prerouting", 100, "100"),
        ("prerouting", -100, "dstnat"),
        ("output", -100, "-100"),
        ("forward", 0, "filter"),
        ("forward", -1, "filter - 1"),
        ("forward", -11, "-11"),
        ("forward", -140, "mangle + 10"),
        ("output", 50, "security"),
        ("prerouting", -300, "raw"),
    ],
)
def test_a_priority_has_the_name_that_nft_gives_it(hook, priority, text):
    chain = Chain("c", "filter", hook, priority, "drop")
    assert chain.text == "{ type filter hook %s priority %s; policy drop; }" % (hook, text)


def test_lines_for_a_shell():
    chain = Chain("postrouting", "nat", "postrouting", 100, "accept")
    lines = [
        operation.line
        for operation in (
            AddTable(),
            AddChain(chain),
            AddChain(Chain("helper")),
            AddRule(MASQUERADE),
            DeleteRule("postrouting", 7),
            DeleteChain("postrouting"),
            DeleteTable(),
        )
    ]
    assert lines == [
        "nft add table inet linuxnet",
        "nft add chain inet linuxnet postrouting '{ type nat hook postrouting priority srcnat; policy accept; }'",
        "nft add chain inet linuxnet helper",
        "nft add rule inet linuxnet postrouting '%s'" % MASQUERADE.text,
        "nft delete rule inet linuxnet postrouting handle 7",
        "nft delete chain inet linuxnet postrouting",
        "nft delete table inet linuxnet",
    ]


def test_a_line_survives_the_shell():
    rule = Rule("c", (), "drop", "it's $HOME; `x` !!")
    assert shlex.split(AddRule(rule).line)[-1] == rule.text
