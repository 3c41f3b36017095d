# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other owners' nf_tables chains do to packets that pass through the host or are for it: whose they are, what they drop,
and which ways through there are.

Source: linux/netfilter/nf_tables.h.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

from .. import _nft
from .._beside import Firewalld, OthersChain
from .._kinds.firewalld import INTERFACE, SOURCE
from . import iptables_nft, nft_answers, nft_words
from .netlink import Netlink, attribute_list, attributes

_HOOKS = ("input", "forward")
_EXPR_NAME, _EXPR_DATA = 1, 2
_TABLE_NAME, _TABLE_FLAGS = 1, 2
_TABLE_F_OWNER = 2
_DOCKER_USER = "DOCKER-USER"
#: The table of firewalld, and how its chains are called: the dispatcher by zone, and what a zone does at a hook.
_FIREWALLD = ("inet", "firewalld")
_POLICY, _ALLOWED = "policy_", "_allow"
_DISPATCHER, _ZONE_INPUT, _ZONE_FORWARD = "filter_INPUT_ZONES", "filter_IN_", "filter_FWD_"
#: Interface names that end with a star begin so: as much of a name as is compared (nft's "br-*", iptables' "br-+").
_NAME_SIZE = 16
_IFNAME_KEYS = (6, 7)
#: Base (the transport header), offset and length of what a rule looks at.
_DESTINATION_PORT = [struct.pack(">I", number) for number in (2, 2, 2)]


class Found(NamedTuple):
    """``chains``: list of OthersChain; ``rules``: list of IptablesRule, ours; ``firewalld``: Firewalld, None when it does not run."""

    chains: list
    rules: list
    firewalld: object


def read(netlink: Netlink) -> Found:
    """All of it. Raises NetlinkError."""
    chains, rules, firewalld = [], [], None
    tables: dict = {}
    listed = list(nft_answers.all_chains(netlink, nft_words.NFGENMSG.pack(0, 0)))
    for family, table, chain in listed:
        if chain.hook not in _HOOKS or (family, table) == _nft.TABLE:
            continue
        where = _nft.Table(family, table)
        if where not in tables:
            tables[where] = {}
            for attrs in nft_answers.all_rules(netlink, where):
                tables[where].setdefault(nft_answers.text_of(attrs[nft_words.RULE_CHAIN]), []).append(attrs)
            if _is_of_iptables(family, table):
                found = (iptables_nft.decode(family, table, attrs) for of_chain in tables[where].values() for attrs in of_chain)
                rules += [rule for rule in found if rule is not None]
            if where == _FIREWALLD:
                firewalld = _firewalld(tables[where], {chain.name for *its, chain in listed if tuple(its) == _FIREWALLD})
        chains.append(_chain(netlink, where, chain, tables[where]))
    return Found(chains, rules, firewalld)


def _is_of_iptables(family, table) -> bool:
    return family in ("ip", "ip6") and table == "filter"


def _chain(netlink, where, chain, rules) -> OthersChain:
    end = fate(rules, chain.name)
    how = "by a rule at its end" if end == "drop" else "by its policy" if chain.policy == "drop" and not end else ""
    owner, head, ways, ports = "nft", chain.name, (), ()
    if _is_of_iptables(*where) and chain.name == chain.hook.upper():
        owner = "iptables"
        if chain.hook == "forward" and any(_jumps_to(attrs, _DOCKER_USER) for attrs in rules.get(chain.name, ())):
            head = _DOCKER_USER
    elif where == _FIREWALLD:
        owner = "firewalld"
    elif how:
        ways = tuple(_ways(where.family, rules, chain.name))
        owner = "process" if _is_owned(netlink, where) else "nft"
    if how and chain.hook == "input" and owner != "iptables":
        ports = _ports(rules)
    return OthersChain(owner, where.family, where.name, chain.name, chain.hook, how, head, ways, "", ports)


def _is_owned(netlink, where) -> bool:
    header = nft_words.NFGENMSG.pack(nft_words.FAMILIES[where.family], 0)
    found = netlink.get(nft_words.GETTABLE, header + nft_words.attribute(_TABLE_NAME, nft_words.string(where.name)))
    flags = attributes(found, nft_words.NFGENMSG.size).get(_TABLE_FLAGS, bytes(4)) if found else bytes(4)
    return bool(int.from_bytes(flags, "big") & _TABLE_F_OWNER)


def _elements(attrs):
    """(name, its data, token) of each expression of a rule that decides something."""
    for _kind, element in attribute_list(attrs.get(nft_words.RULE_EXPRESSIONS, b"")):
        opened = attributes(element)
        name, data = nft_answers.text_of(opened[_EXPR_NAME]), attributes(opened.get(_EXPR_DATA, b""))
        # iptables' own forms: both begin with their name
        named = nft_answers.text_of(data.get(1, b"")) if name in ("match", "target") else ""
        if name not in ("counter", "log") and named != "comment":
            yield name, named, nft_answers.token(element)


def _jumps_to(attrs, chain) -> bool:
    return [token for _name, _named, token in _elements(attrs)] == [("jump", chain)]


def fate(rules, chain, depth=16) -> str:
    """What becomes of a packet that no condition in ``chain`` fits: "drop", "accept", or "" when it falls out."""
    for attrs in rules.get(chain, ()):
        for name, named, token in _elements(attrs):
            if name == "reject" or (name == "target" and named == "REJECT"):
                return "drop"
            if token is None:
                break  # a condition, or something that decides nothing
            if token[0] in ("jump", "goto") and depth:
                found = fate(rules, token[1], depth - 1)
                if found or token[0] == "goto":
                    return found
            elif token[0] == "verdict":
                return {"drop": "drop", "accept": "accept"}.get(token[1], "")
            break
    return ""


def _ways(family, rules, chain, depth=16):
    """The conditions (tuples of _nft.Match) under which ``chain`` accepts, as far as our language has them; a name that only
    begins so ends with a star."""
    for attrs in rules.get(chain, ()):
        tokens = [token for _name, _named, token in _elements(attrs)]
        if not tokens or tokens[-1] is None:
            continue
        if tokens[-1][0] in ("jump", "goto"):
            if len(tokens) == 1 and depth:
                yield from _ways(family, rules, tokens[-1][1], depth - 1)
        elif tokens[-1] == ("verdict", "accept"):
            try:
                parsed = nft_answers.parse(list(_with_stars(tokens)), family)
            except ValueError:
                continue  # says something that our language cannot
            if parsed:
                yield parsed[0]
        elif len(tokens) == 1:
            return


def _ports(rules):
    """The destination ports of which a table accepts something, from whomever; all there are where it has them in a set."""
    found = set()
    for attrs in (one for of_chain in rules.values() for one in of_chain):
        elements = [attributes(element) for _kind, element in attribute_list(attrs.get(nft_words.RULE_EXPRESSIONS, b""))]
        opened = [(nft_answers.text_of(one[_EXPR_NAME]), attributes(one.get(_EXPR_DATA, b""))) for one in elements]
        if not any(token == ("verdict", "accept") for _name, _named, token in _elements(attrs)):
            continue
        for (name, load), (then, data) in zip(opened, opened[1:]):
            if name == "payload" and [load.get(kind) for kind in (2, 3, 4)] == _DESTINATION_PORT:
                if then == "cmp":
                    found.add(int.from_bytes(attributes(data[3])[1], "big"))
                else:
                    return range(1 << 16)
    return frozenset(found)


def _with_stars(tokens):
    loaded = None
    for token in tokens:
        if token and token[0] == "cmp" and loaded and loaded[:2] == ("load", "meta") and loaded[2] in _IFNAME_KEYS and len(token[2]) < _NAME_SIZE:
            name = token[2].rstrip(b"\0") + (b"" if token[2].endswith(b"\0") else b"*")
            token = ("cmp", token[1], name.ljust(_NAME_SIZE, b"\0"))
        loaded = token
        yield token


def _firewalld(rules, chains) -> Firewalld:
    zones = {}
    for attrs in rules.get(_DISPATCHER, ()):
        tokens = [token for _name, _named, token in _elements(attrs)]
        if not tokens or not tokens[-1] or tokens[-1][0] not in ("jump", "goto") or len(tokens) == 1:
            continue
        parsed = nft_answers.parse([*_with_stars(tokens[:-1]), ("verdict", "accept")], "inet")
        if parsed and len(parsed[0]) == 1:
            match = parsed[0][0]
            word = INTERFACE if match.left == "iifname" else SOURCE
            zones[word, str(match.right)] = tokens[-1][1][len(_ZONE_INPUT) :]
    accepting = frozenset(name[len(_ZONE_FORWARD) :] for name in rules if name.startswith(_ZONE_FORWARD) and fate(rules, name) == "accept")
    known = frozenset(name[len(_ZONE_INPUT) :] for name in chains if name.startswith(_ZONE_INPUT))
    policies = [name for name in known if name.startswith(_POLICY) and _ZONE_INPUT + name + _ALLOWED in chains]
    peers = {
        name[len(_POLICY) :]: list(filter(None, map(_peer, rules.get(_ZONE_INPUT + name + _ALLOWED, ())))) for name in policies
    }
    return Firewalld(zones, accepting, known, peers)


def _peer(attrs):
    """(Address, UDP port) of a rule that lets just that in; None for any other."""
    address = port = loaded = None
    for _kind, element in attribute_list(attrs.get(nft_words.RULE_EXPRESSIONS, b"")):
        opened = attributes(element)
        name, data = nft_answers.text_of(opened[_EXPR_NAME]), attributes(opened.get(_EXPR_DATA, b""))
        if name == "payload":
            loaded = [int.from_bytes(data[kind], "big") for kind in (2, 3, 4)]
        elif name == "cmp" and loaded:
            value = attributes(data[3])[1]
            if loaded in ([1, 12, 4], [1, 8, 16]):
                address = ipaddress.ip_address(value)
            elif loaded == [2, 2, 2]:
                port = int.from_bytes(value, "big")
            loaded = None
    return (address, port) if address and port else None
