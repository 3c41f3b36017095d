# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nf_tables against a real kernel and the real nft(8); run by test_nft_wire.py, in a namespace of its own."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import shutil
import subprocess
from ipaddress import ip_address, ip_network

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _iptables
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import iptables_legacy, iptables_nft, nft, nft_answers, nft_words, others
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.iptables import STRANGE, IptablesRule
from ansible_collections.linuxnet.container.plugins.module_utils._nft import (
    MAPS,
    TABLE,
    AddChain,
    AddElement,
    AddMap,
    AddRule,
    AddTable,
    Chain,
    DeleteChain,
    DeleteElement,
    DeleteMap,
    DeleteRule,
    DeleteTable,
    Dnat,
    Element,
    Match,
    Rule,
    Snat,
    Table,
    Unknown,
)

POSTROUTING = Chain("postrouting", "nat", "postrouting", 100, "accept")
FORWARD = Chain("forward", "filter", "forward", 0, "accept")
PREROUTING = Chain("prerouting", "nat", "prerouting", -100, "accept")
BEGIN = [AddTable(), *map(AddMap, MAPS.values()), AddChain(POSTROUTING), AddChain(FORWARD), AddChain(PREROUTING)]


def network(version, prefix):
    # The last bit of the prefix is set, so that a mask that is one too short shows.
    bits = 32 if version == 4 else 128
    base = 0x0A5A5A5A if version == 4 else 0xFD0123456789ABCDEF0123456789ABCD
    number = (base >> (bits - prefix) | 1) << (bits - prefix)
    return ip_network((number.to_bytes(bits // 8, "big"), prefix))


def corpus():
    """Rules of every sort that our language knows."""
    prefixes = [(4, "ip", prefix) for prefix in range(1, 33)]
    prefixes += [(6, "ip6", prefix) for prefix in (1, 7, 8, 32, 47, 48, 52, 56, 61, 63, 64, 65, 96, 120, 126, 127, 128)]
    rules = []
    for version, word, prefix in prefixes:
        here = network(version, prefix)
        rules.append(Rule("postrouting", (Match(word + " saddr", "==", here),), "masquerade"))
        rules.append(Rule("forward", (Match(word + " daddr", "!=", here),), "drop", "net%d" % prefix))
    for word, other in (("ip", "10.9.0.0/16"), ("ip6", "fd09::/35")):
        source = Match(word + " saddr", "==", network(4 if word == "ip" else 6, 20))
        out = Match("oifname", "!=", "br-blue")
        exclude = Match(word + " daddr", "!=", ip_network(other))
        rules.append(Rule("postrouting", (source, out, exclude), "masquerade", "blue"))
        rules.append(Rule("postrouting", (out, source), "masquerade", "blue"))
        rules.append(Rule("postrouting", (exclude, exclude, source, out), "return", "blue"))
    rules.append(Rule("forward", (Match("ip6 saddr", "==", ip_network("::ffff:192.0.2.1")),), "accept"))
    rules.append(Rule("forward", (Match("ip6 saddr", "==", ip_network("::1.2.3.0/120")),), "accept"))
    for name in ("br-blue", "fwd", "1a", "odd*", "od*d", "a.b@c:+=~", "fifteen-letters", "accept", "a'b", "$x", "é"):
        rules.append(Rule("forward", (Match("iifname", "==", name), Match("oifname", "!=", name)), "drop", name))
    for group in (1, 255, 5000771, (1 << 32) - 1):
        rules.append(Rule("forward", (Match("iifgroup", "==", group), Match("oifgroup", "!=", group)), "return"))
    for state in ("established,related", "new", "invalid", "invalid,established,related,new", "established"):
        rules.append(Rule("forward", (Match("ct state", "==", state),), "accept"))
    for kind in ("meta iifkind", "meta oifkind"):
        rules.append(Rule("forward", (Match(kind, "==", "bridge"), Match("ct status", "!=", "dnat")), "drop", "blue"))
        rules.append(Rule("forward", (Match("ct status", "==", "dnat"), Match(kind, "!=", "bridge")), "drop", "blue"))
    rules.append(Rule("forward", (Match("fib daddr type", "==", "local"),), "accept"))
    for word, first, last in (("ip", "192.0.2.7", "192.0.2.9"), ("ip6", "2001:db8::7", "2001:db8::1:0")):
        source = Match(word + " saddr", "==", network(4 if word == "ip" else 6, 20))
        for end in (first, last):
            rules.append(Rule("postrouting", (source,), Snat(ip_address(first), ip_address(end)), "blue"))
        rules.append(Rule("postrouting", (), Snat(ip_address(last), ip_address(last))))
        port = ("meta l4proto", "th dport")
        rules.append(Rule("prerouting", (Match("fib daddr type", "==", "local"),), Dnat(word, port, "published_" + word)))
        rules.append(Rule("prerouting", (), Dnat(word, (word + " daddr", *port), "published_%s_at" % word), "blue"))
        rules.append(Rule("prerouting", (source,), Dnat(word, (word + " daddr", *port), "published_%s_at" % word)))
        rules.append(Rule("prerouting", (source,), Dnat(word, port, "published_" + word)))
    rules.append(Rule("forward", (), "accept"))
    rules.append(Rule("postrouting", (), "masquerade", "x" * 128))
    rules.append(Rule("forward", (), "drop", "it's $HOME; `x` !! {*}"))
    return rules


def elements():
    """Elements of every map, with and without a comment."""
    found = []
    for name, wanted in MAPS.items():
        four = wanted.data[0] == "ipv4_addr"
        at = (ip_address("192.0.2.1" if four else "2001:db8::1"),) if len(wanted.key) == 3 else ()
        for number, protocol in enumerate(("tcp", "udp", "sctp"), 1):
            to = ip_address("10.1.0.%d" % number if four else "fd00::%d" % number)
            found.append(Element(name, (*at, protocol, 8000 + number), (to, 1 if number == 1 else 65535), "" if number == 2 else "blue"))
    return found


def nft_program(*words, stdin=None):
    run = subprocess.run(["nft", *words], input=stdin, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def without_handles(ruleset):
    """The answer of `nft -j list ruleset`, as a value."""

    def strip(value):
        if isinstance(value, dict):
            return {key: strip(part) for key, part in value.items() if key != "handle"}
        return [strip(part) for part in value] if isinstance(value, list) else value

    return strip(json.loads(ruleset)["nftables"])


def elsewhere(lines, then="nft -j list ruleset"):
    """What ``then`` prints after ``lines`` were pasted into a shell in a namespace of its own."""
    script = "\n".join(["set -e", *lines, then])
    run = subprocess.run(["unshare", "--net", "sh"], input=script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture
def kernel():
    """A socket to an empty nf_tables."""
    assert os.environ["NFT_WIRE_OUTSIDE"] != str(os.stat("/proc/self/ns/net").st_ino), "not in a namespace of its own"
    nft_program("flush", "ruleset")
    with nft.connect() as netlink:
        yield netlink


def rules_of(contents):
    return [rule for _handle, rule in contents.rules]


def test_the_right_pyroute2_is_under_test():
    import pyroute2

    assert pyroute2.__file__ == os.environ["NFT_WIRE_PYROUTE2"]


def test_what_we_write_is_listed_as_a_human_would_have_written_it(kernel):
    rules = corpus()
    nft.apply(kernel, BEGIN + [AddRule(rule) for rule in rules])
    wanted = ["table inet linuxnet {"]
    for one in MAPS.values():
        wanted += ["\tmap %s {" % one.name, "\t\t" + one.text[2:-3], "\t}", ""]
    for chain in (POSTROUTING, FORWARD, PREROUTING):
        wanted += ["\tchain %s {" % chain.name, "\t\t" + chain.text[2:-2]]
        wanted += ["\t\t" + rule.text for rule in rules if rule.chain == chain.name]
        wanted += ["\t}", ""]
    assert nft_program("list", "ruleset").splitlines() == wanted[:-1] + ["}"]


def test_what_we_write_reads_back_equal_and_in_order(kernel):
    rules = corpus()
    assert nft_answers.read(kernel) is None
    nft.apply(kernel, BEGIN + [AddRule(rule) for rule in rules])
    contents = nft_answers.read(kernel)
    assert contents.chains == [POSTROUTING, FORWARD, PREROUTING]
    # the kernel lists chain by chain
    assert rules_of(contents) == sorted(rules, key=lambda rule: ("postrouting", "forward", "prerouting").index(rule.chain))
    assert len({handle for handle, _rule in contents.rules}) == len(rules)


def test_our_expressions_are_nft_s_own(kernel):
    rules = corpus()
    nft.apply(kernel, BEGIN + [AddRule(rule) for rule in rules])
    there = Table("inet", "there")
    nft_program("-f", "-", stdin=nft_program("list", "ruleset").replace("linuxnet", "there"))
    ours = [attrs[4] for attrs in nft_answers.all_rules(kernel, TABLE)]
    assert ours == [attrs[4] for attrs in nft_answers.all_rules(kernel, there)]
    assert nft_answers.read(kernel, there).chains == [POSTROUTING, FORWARD, PREROUTING]
    assert rules_of(nft_answers.read(kernel, there)) == rules_of(nft_answers.read(kernel))


def listed_elements():
    """The elements of our maps as nft lists them, each as the text that our own have."""
    found = []
    for item in json.loads(nft_program("-j", "list", "ruleset"))["nftables"]:
        for key, data in item.get("map", {}).get("elem", ()):
            key, comment = (key["elem"]["val"], key["elem"]["comment"]) if "elem" in key else (key, "")
            key, data = (" . ".join(str(one) for one in side["concat"]) for side in (key, data))
            found.append((item["map"]["name"], "{ %s%s : %s }" % (key, ' comment "%s"' % comment if comment else "", data)))
    return sorted(found)


def test_elements_are_listed_and_read_back_as_they_were_said(kernel):
    nft.apply(kernel, BEGIN + [AddElement(one) for one in elements()])
    assert listed_elements() == sorted((one.map, one.text) for one in elements())
    contents = nft_answers.read(kernel)
    assert contents.maps == list(MAPS.values()) and sorted(contents.elements, key=str) == sorted(elements(), key=str)
    # What the lines of the same make, the program itself having been told.
    lines = [operation.line for operation in BEGIN + [AddElement(one) for one in elements()]]
    assert sorted(without_handles(elsewhere(lines)), key=str) == sorted(without_handles(nft_program("-j", "list", "ruleset")), key=str)


def test_elements_that_nft_made_read_back_equal(kernel):
    for operation in BEGIN + [AddElement(one) for one in elements()]:
        subprocess.run(["sh", "-c", operation.line], check=True)
    contents = nft_answers.read(kernel)
    assert contents.maps == list(MAPS.values()) and sorted(contents.elements, key=str) == sorted(elements(), key=str)


def test_elements_and_maps_go(kernel):
    made = elements()
    nft.apply(kernel, BEGIN + [AddElement(one) for one in made])
    nft.apply(kernel, [DeleteElement(one.map, one.key) for one in made[1:]])
    assert nft_answers.read(kernel).elements == made[:1]
    with pytest.raises(nft.Refused) as refused:
        nft.apply(kernel, [AddElement(Element(made[0].map, made[0].key, (made[0].data[0], 99)))])
    assert refused.value.errno == errno.EEXIST, "it was replaced silently"
    nft.apply(kernel, [DeleteMap(name) for name in MAPS])
    assert nft_answers.read(kernel).maps == []
    with pytest.raises(nft.Refused) as refused:
        nft.apply(kernel, [DeleteMap("published_ip")])
    assert refused.value.errno == errno.ENOENT


def test_sets_and_maps_of_another_shape_are_known_as_such(kernel):
    nft.apply(kernel, [AddTable()])
    nft_program("add set inet linuxnet published_ip { type inet_service; }")
    nft_program("add map inet linuxnet other { type ipv4_addr : verdict; }")
    nft_program("add map inet linuxnet published_ip6 { type inet_service : inet_service; }")
    contents = nft_answers.read(kernel)
    assert [one.name for one in contents.maps] == ["published_ip", "other", "published_ip6"] and contents.elements == []
    assert not any(one == MAPS.get(one.name) for one in contents.maps)


@pytest.mark.parametrize("version, family", [(4, "ip"), (6, "ip6")])
def test_tables_of_one_family(kernel, version, family):
    table = Table(family, "other")
    left = family + " saddr"
    rules = [
        Rule("postrouting", (Match(left, "==", network(version, prefix)), Match("oifname", "!=", "x")), "masquerade")
        for prefix in (8, 20, 24, 32)
    ]
    nft.apply(kernel, [AddTable(table), AddChain(POSTROUTING, table)] + [AddRule(rule, table) for rule in rules])
    listed = nft_program("list", "table", family, "other")
    for rule in rules:
        assert rule.text in listed
    assert rules_of(nft_answers.read(kernel, table)) == rules
    assert nft_answers.read(kernel) is None


def test_the_lines_give_what_the_transaction_gives(kernel):
    operations = BEGIN + [AddChain(Chain("helper"))] + [AddRule(rule) for rule in corpus()]
    nft.apply(kernel, operations)
    deletions = [DeleteRule(rule.chain, handle) for handle, rule in nft_answers.read(kernel).rules[::3]]
    deletions += [DeleteChain("helper")]
    nft.apply(kernel, deletions)
    ours = without_handles(nft_program("-j", "list", "ruleset"))
    assert len(ours) > 80
    assert without_handles(elsewhere([operation.line for operation in operations + deletions])) == ours


def test_chains_of_every_hook_and_priority(kernel):
    chains = [
        Chain("a", "nat", "postrouting", 105, "accept"),
        Chain("b", "nat", "output", -100, "accept"),
        Chain("c", "nat", "prerouting", -110, "accept"),
        Chain("d", "filter", "forward", -1, "drop"),
        Chain("e", "filter", "forward", -11, "drop"),
        Chain("f", "filter", "input", -150, "accept"),
        Chain("g", "filter", "output", -290, "accept"),
        Chain("h", "filter", "output", 50, "accept"),
        Chain("plain"),
    ]
    operations = [AddTable()] + [AddChain(chain) for chain in chains]
    nft.apply(kernel, operations)
    assert nft_answers.read(kernel).chains == chains
    listed = nft_program("list", "ruleset")
    for chain in chains:
        assert "\tchain %s {\n\t\t%s\n" % (chain.name, chain.text[2:-2]) in listed or not chain.hook
    ours = without_handles(nft_program("-j", "list", "ruleset"))
    assert without_handles(elsewhere([operation.line for operation in operations])) == ours


def test_deleting_a_chain_takes_its_rules_and_a_table_everything(kernel):
    nft.apply(kernel, BEGIN + [AddRule(rule) for rule in corpus()])
    nft.apply(kernel, [DeleteChain("forward")])
    contents = nft_answers.read(kernel)
    assert contents.chains == [POSTROUTING, PREROUTING]
    assert {rule.chain for rule in rules_of(contents)} == {"postrouting", "prerouting"}
    nft.apply(kernel, [DeleteTable()])
    assert nft_answers.read(kernel) is None
    with pytest.raises(nft.Refused) as refused:
        nft.apply(kernel, [DeleteTable()])
    assert (refused.value.errno, refused.value.operation) == (errno.ENOENT, DeleteTable())


def test_adding_what_is_there_changes_nothing(kernel):
    nft.apply(kernel, BEGIN)
    before = nft_program("-j", "list", "ruleset")
    nft.apply(kernel, BEGIN)
    assert nft_program("-j", "list", "ruleset") == before


def test_a_transaction_with_one_bad_operation_changes_nothing(kernel):
    rules = [AddRule(rule) for rule in corpus()]
    nft.apply(kernel, BEGIN + rules)
    before = nft_program("-j", "list", "ruleset")
    for bad in (
        DeleteRule("forward", 99999),
        AddRule(Rule("nowhere", (), "drop")),
        AddChain(Chain("forward", "filter", "input", 0, "accept")),
    ):
        with pytest.raises(nft.Refused) as refused:
            nft.apply(kernel, rules + [DeleteChain("postrouting"), bad] + rules)
        assert refused.value.operation == bad
        assert nft_program("-j", "list", "ruleset") == before
    # a rule in the wrong sort of chain comes out at the end, when the kernel looks at the whole
    with pytest.raises(nft.Refused) as refused:
        nft.apply(kernel, [AddRule(Rule("forward", (), "masquerade")), *rules])
    assert refused.value.errno == errno.EOPNOTSUPP
    print(refused.value.operation)
    assert nft_program("-j", "list", "ruleset") == before


def test_more_refusals_than_the_socket_can_hold(kernel):
    nft.apply(kernel, BEGIN)
    with pytest.raises(nft.Refused) as refused:
        nft.apply(kernel, [AddTable()] + [DeleteRule("forward", 99999 + number) for number in range(20000)])
    assert (refused.value.errno, refused.value.operation) == (errno.ENOENT, DeleteRule("forward", 99999))
    # and the socket has forgotten them
    assert nft_answers.read(kernel).rules == []


@pytest.mark.parametrize("count", [500, 700])
def test_hundreds_of_rules_are_one_transaction(kernel, count):
    rules = [
        Rule(
            "postrouting",
            (
                Match("ip saddr", "==", ip_network("10.%d.%d.0/27" % (number // 256, number % 256))),
                Match("oifname", "!=", "br-%d" % number),
                Match("ip daddr", "!=", ip_network("10.9.0.0/16")),
            ),
            "masquerade",
            "net%d" % number,
        )
        for number in range(count)
    ]
    nft.apply(kernel, BEGIN + [AddRule(rule) for rule in rules])
    assert rules_of(nft_answers.read(kernel)) == rules


def test_nothing_is_missing_here(kernel):
    assert nft.missing(kernel) == ""
    assert nft_program("list", "ruleset") == ""


FOREIGN = """
masquerade random
masquerade persistent
counter masquerade
ip saddr 10.0.0.0/8 counter masquerade
ip saddr { 10.0.0.0/8, 11.0.0.1 } masquerade
ip saddr 10.0.0.0-10.0.0.9 masquerade
ip saddr & 255.0.255.0 == 10.0.1.0 masquerade
ip saddr > 10.0.0.1 masquerade
ip saddr & 255.255.0.0 > 0 masquerade
meta nfproto ipv4 masquerade
meta nfproto ipv4 iifname "x" ip saddr 10.0.0.1 masquerade
iifname "x*" masquerade
iifname { "x", "y" } masquerade
iif "lo" masquerade
iifgroup > 7 masquerade
ct state != established accept
ct state untracked accept
ct state established,untracked accept
ct state & (established | new) != established accept
meta nfproto ipv4 meta nfproto ipv4 ip saddr 10.0.0.1 masquerade
ct state { established, new } accept
ct status seen-reply masquerade
ct status dnat,snat masquerade
meta l4proto tcp snat ip to 192.0.2.1:80
snat ip to 192.0.2.1 random
meta oifkind "veth" masquerade
fib saddr type local masquerade
ct direction original masquerade
tcp dport 22 accept
ip protocol tcp accept
meta mark set 7
meta mark 7 accept
ip saddr 10.0.0.1
counter
log prefix "x" drop
limit rate 1/second accept
jump other
goto other
ip ttl 3 accept
ether saddr 02:00:00:00:00:01 accept
""".strip().splitlines()


def test_foreign_rules_are_unknown_and_keep_their_handles(kernel):
    nft.apply(kernel, BEGIN + [AddChain(Chain("other"))])
    for text in FOREIGN:
        nft_program('add rule inet linuxnet postrouting %s comment "blue"' % text)
    mine = Rule("postrouting", (), "return")
    nft.apply(kernel, [AddRule(mine)])
    contents = nft_answers.read(kernel)
    rules = rules_of(contents)
    for text, rule in zip(FOREIGN, rules):
        assert isinstance(rule, Unknown), text
        assert (rule.chain, rule.comment) == ("postrouting", "blue")
    assert len({rule.fingerprint for rule in rules[:-1]}) == len(FOREIGN)
    assert "payload" in rules[FOREIGN.index("tcp dport 22 accept")].text
    assert rules[-1] == mine
    nft.apply(kernel, [DeleteRule(rule.chain, handle) for handle, rule in contents.rules if rule != mine])
    assert rules_of(nft_answers.read(kernel)) == [mine]


def test_the_fingerprint_does_not_see_counters_move(kernel):
    nft.apply(kernel, BEGIN)
    nft_program("add rule inet linuxnet forward counter packets 1 bytes 2 drop")
    nft_program("add rule inet linuxnet forward counter packets 3 bytes 4 drop")
    first, second = rules_of(nft_answers.read(kernel))
    assert first == second


def test_what_a_hand_wrote_in_our_language_is_ours(kernel):
    nft.apply(kernel, BEGIN)
    nft_program('insert rule inet linuxnet forward oifname "b" ip saddr 10.0.0.0/9 iifgroup 7 drop comment "x"')
    matches = (
        Match("oifname", "==", "b"),
        Match("ip saddr", "==", ip_network("10.0.0.0/9")),
        Match("iifgroup", "==", 7),
    )
    assert rules_of(nft_answers.read(kernel)) == [Rule("forward", matches, "drop", "x")]


def test_a_changed_policy_and_a_dormant_table_are_seen_and_mended(kernel):
    nft.apply(kernel, BEGIN)
    nft_program("chain inet linuxnet forward { policy drop; }")
    assert nft_answers.read(kernel).chains[1].policy == "drop"
    nft.apply(kernel, BEGIN)
    assert nft_answers.read(kernel).chains == [POSTROUTING, FORWARD, PREROUTING]
    nft_program("add table inet linuxnet { flags dormant; }")
    assert nft_answers.read(kernel).chains == [Chain("postrouting"), Chain("forward"), Chain("prerouting")]
    nft.apply(kernel, [AddTable()])
    assert nft_answers.read(kernel).chains == [POSTROUTING, FORWARD, PREROUTING]


@pytest.mark.parametrize(
    "body, policy, drop",
    [
        ("", "accept", False),
        ("", "drop", False),
        ("drop", "accept", True),
        ("reject", "accept", True),
        ("reject with icmpx type admin-prohibited", "accept", True),
        ("counter log drop", "accept", True),
        ("ct state established accept\n ct state invalid drop\n reject", "accept", True),
        ("iifname eth0 drop", "accept", False),
        ("tcp dport 22 reject", "accept", False),
        ("accept\n drop", "accept", False),
        ("accept", "drop", False),
        ("return\n drop", "accept", False),
        ("jump dropping", "accept", True),
        ("goto dropping", "accept", True),
        ("jump twice", "accept", True),
        ("iifname eth0 jump dropping", "accept", False),
        ("jump returning\n drop", "accept", True),
        ("goto returning\n drop", "accept", False),
        ("jump accepting\n drop", "accept", False),
    ],
)
@pytest.mark.parametrize("family", ["inet", "ip"])
def test_a_foreign_chain_that_drops_what_is_forwarded(kernel, family, body, policy, drop):
    nft.apply(kernel, BEGIN + [AddRule(Rule("forward", (), "drop"))])
    text = """table %s them {
      chain dropping { ip saddr 10.0.0.1 return; counter drop; }
      chain accepting { accept; }
      chain returning { return; }
      chain twice { jump dropping; }
      chain theirs { type filter hook forward priority 7; policy %s;
      %s
      }
      chain input { type filter hook input priority 0; policy drop; }
    }
    table inet plain {
      chain nothing { }
    }
    """ % (family, policy, body)
    if family == "ip":
        text = text.replace("icmpx type", "icmp type")
    nft_program("-f", "-", stdin=text)
    how = "by a rule at its end" if drop else "by its policy" if policy == "drop" and not body.startswith("accept") else ""
    assert [chain[:6] for chain in others.read(kernel).chains] == [
        ("nft", family, "them", "theirs", "forward", how),
        ("nft", family, "them", "input", "input", "by its policy"),
    ]


def program(name):
    path = shutil.which(name, path="/usr/sbin:/sbin:" + os.defpath)
    if path is None:
        pytest.skip("needs %s" % name)
    return lambda *words: subprocess.run([path, *words], check=True, capture_output=True, text=True)


def forward(found):
    return [chain for chain in found if chain.hook == "forward"]


def test_iptables_own_forms(kernel):
    iptables = program("iptables-nft")
    iptables("-P", "FORWARD", "DROP")
    iptables("-A", "FORWARD", "-i", "eth0", "-j", "DROP")
    assert [chain[:7] for chain in forward(others.read(kernel).chains)] == [("iptables", "ip", "filter", "FORWARD", "forward", "by its policy", "FORWARD")]
    iptables("-P", "FORWARD", "ACCEPT")
    iptables("-A", "FORWARD", "-m", "comment", "--comment", "no more", "-j", "REJECT")
    iptables("-N", "DOCKER-USER")
    iptables("-I", "FORWARD", "-i", "eth0", "-j", "DOCKER-USER")
    assert forward(others.read(kernel).chains)[0].head == "FORWARD"
    iptables("-I", "FORWARD", "-j", "DOCKER-USER")
    assert [chain[:7] for chain in forward(others.read(kernel).chains)] == [("iptables", "ip", "filter", "FORWARD", "forward", "by a rule at its end", "DOCKER-USER")]


#: Rules of every sort that we write.
OURS = [
    ("ip", {"i": "br-red"}), ("ip", {"o": "a-name-of-15-ch", "ctstate": "RELATED,ESTABLISHED"}), ("ip6", {"o": "br-red", "ctstate": "DNAT"}),
    ("ip", {"o": "br-red", "ctstate": "RELATED,ESTABLISHED,DNAT"}), ("ip", {"s": "192.0.2.12/32", "p": "udp", "dport": 4789}),
    ("ip6", {"s": "2001:db8::12/128", "p": "udp", "dport": 65535}), ("ip6", {"s": "fd00::/61", "o": "eth0"}),
    *(("ip", {"s": str(network(4, prefix)), "d": str(network(4, prefix)), "i": "eth0"}) for prefix in range(1, 33)),
    *(("ip6", {"d": str(network(6, prefix))}) for prefix in (1, 8, 47, 48, 61, 64, 127, 128)),
]  # fmt: skip


def ours(family, options, network="red", chain="FORWARD", legacy=False):
    return IptablesRule(legacy, family, "filter", chain, _iptables.words(network, **options), network)


def expressions(kernel, family, chain):
    rules = nft_answers.all_rules(kernel, Table(family, "filter"))
    return [attrs[nft_words.RULE_EXPRESSIONS] for attrs in rules if attrs[nft_words.RULE_CHAIN] == chain.encode() + b"\0"]


@pytest.mark.parametrize("family, options", OURS)
def test_a_rule_of_ours_is_what_iptables_itself_writes(kernel, family, options):
    iptables = program("iptables-nft" if family == "ip" else "ip6tables-nft")
    rule = ours(family, options)
    iptables("-N", "theirs")
    iptables("-A", "theirs", *rule.words)
    iptables("-A", "FORWARD", "-i", "theirs0", "-j", "ACCEPT")
    iptables_nft.apply([("-I", rule)])
    assert iptables("-S", "FORWARD").stdout.splitlines()[1:] == [
        iptables("-S", "theirs").stdout.splitlines()[1].replace("theirs", "FORWARD"),
        "-A FORWARD -i theirs0 -j ACCEPT",
    ]
    if "dport" not in options:  # which iptables writes in a way that its older versions do not list
        (made, _theirs) = expressions(kernel, family, "FORWARD")
        assert made == expressions(kernel, family, "theirs")[0]
    here, there = sorted(others.read(kernel).rules, key=lambda one: one.chain)
    assert here == rule and there.words == rule.words
    iptables_nft.apply([("-D", here)])
    assert iptables("-S", "FORWARD").stdout.splitlines()[1:] == ["-A FORWARD -i theirs0 -j ACCEPT"]
    # Deleted by the line that is printed, too.
    iptables_nft.apply([("-I", rule)])
    iptables("-D", "FORWARD", *rule.words)
    assert len(expressions(kernel, family, "FORWARD")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "-i br-red -m comment --comment linuxnet.container:red -j DROP", "! -i br-red -m comment --comment linuxnet.container:red -j ACCEPT",
        "-i br-+ -m comment --comment linuxnet.container:red -j ACCEPT", "-p tcp -m comment --comment linuxnet.container:red -j ACCEPT",
        "-p udp -m udp --sport 5 -m comment --comment linuxnet.container:red -j ACCEPT", "-m mark --mark 1 -m comment --comment linuxnet.container:red -j ACCEPT",
        "-m conntrack --ctstate NEW -m comment --comment linuxnet.container:red -j ACCEPT",
        "-m conntrack ! --ctstate DNAT -m comment --comment linuxnet.container:red -j ACCEPT",
        "-m conntrack --ctstate DNAT --ctdir REPLY -m comment --comment linuxnet.container:red -j ACCEPT",
    ],
)  # fmt: skip
def test_a_rule_with_our_mark_that_we_would_not_write_is_known_for_that(kernel, words):
    for legacy, name in ((False, "iptables-nft"), (True, "iptables-legacy")):
        program(name)("-A", "FORWARD", *words.split())
        (found,) = iptables_legacy.read()[1] if legacy else others.read(kernel).rules
        assert found.words[0] == STRANGE and found.network == "red" and found.create({}) == []
        if legacy:
            iptables_legacy.change("-D", found)
        else:
            iptables_nft.apply([("-D", found)])
        assert len(program(name)("-S", "FORWARD").stdout.splitlines()) == 1
    program("iptables-legacy")("-F")


def test_rules_of_others_are_not_ours(kernel):
    for legacy, name in ((False, "iptables-nft"), (True, "iptables-legacy")):
        for comment in ("red", "linuxnet.container", "not linuxnet.container:red"):
            program(name)("-A", "FORWARD", "-i", "br-red", "-m", "comment", "--comment", comment, "-j", "ACCEPT")
        assert not (iptables_legacy.read()[1] if legacy else others.read(kernel).rules)
    program("iptables-legacy")("-F")


def test_what_is_refused_names_its_rule_and_changes_nothing(kernel):
    program("iptables-nft")("-P", "FORWARD", "DROP")
    there, nowhere = ours("ip", {"i": "br-red"}), ours("ip", {"i": "br-red"}, chain="NOWHERE")
    with pytest.raises(nft.Refused) as refused:
        iptables_nft.apply([("-I", there), ("-I", nowhere)])
    assert refused.value.operation == ("-I", nowhere) and not others.read(kernel).rules


def test_legacy_tables(kernel):
    programs = {"ip": program("iptables-legacy"), "ip6": program("ip6tables-legacy")}
    names = {"ip": "/proc/self/net/ip_tables_names", "ip6": "/proc/self/net/ip6_tables_names"}

    def drops(hook="forward"):
        return {chain.family: chain.how for chain in iptables_legacy.read()[0] if chain.hook == hook}

    if all(pathlib.Path(name).read_text() == "" for name in names.values()):
        assert iptables_legacy.read() == ([], [])
        assert all(pathlib.Path(name).read_text() == "" for name in names.values())  # asking has made none
    programs["ip"]("-A", "FORWARD", "-i", "eth0", "-j", "DROP")
    assert drops()["ip"] == ""
    programs["ip"]("-P", "FORWARD", "DROP")
    programs["ip"]("-P", "INPUT", "ACCEPT")
    assert drops()["ip"] == "by its policy" and drops("input")["ip"] == ""
    programs["ip6"]("-A", "FORWARD", "-j", "ACCEPT")
    programs["ip6"]("-P", "OUTPUT", "DROP")
    assert drops() == {"ip": "by its policy", "ip6": ""} and drops("input") == {"ip": "", "ip6": ""}
    programs["ip6"]("-F", "FORWARD")
    programs["ip6"]("-P", "FORWARD", "DROP")
    programs["ip"]("-P", "FORWARD", "ACCEPT")
    programs["ip"]("-P", "INPUT", "DROP")
    assert drops() == {"ip": "", "ip6": "by its policy"} and drops("input") == {"ip": "by its policy", "ip6": ""}
    programs["ip"]("-A", "FORWARD", "-j", "REJECT")
    programs["ip"]("-N", "DOCKER-USER")
    programs["ip"]("-I", "FORWARD", "-j", "DOCKER-USER")
    (chain,) = [chain for chain in iptables_legacy.read()[0] if (chain.family, chain.hook) == ("ip", "forward")]
    assert chain[:7] == ("legacy", "ip", "filter", "FORWARD", "forward", "by a rule at its end", "DOCKER-USER")
    rule = ours("ip", {"i": "br-red"}, legacy=True)
    for _time in range(2):
        iptables_legacy.change("-I", rule)
    assert [one.copy for one in iptables_legacy.read()[1]] == [0, 1] and iptables_legacy.read()[1][0] == rule
    assert others.read(kernel).chains == []
