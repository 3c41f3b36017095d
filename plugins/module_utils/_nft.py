# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the nft language that we speak: chains, maps, rules, and the operations that add and delete them.

Pure. The text of everything is what nft(8) itself lists. A word of the language is one entry in a table here (what
it is compared with) and one in ``_kernel/nft_words.py`` (what the kernel calls it).
"""

from __future__ import annotations

import ipaddress
import re
import shlex
import socket
from dataclasses import dataclass
from typing import Callable, NamedTuple, Union

from ._marks import IFNAME_MAX, NFT_TABLE

#: Names that nft gives to priorities: {name: (value, the hooks at which it is known)}; nft(8), "STANDARD PRIORITY".
_PRIORITIES = {
    "raw": (-300, None),
    "mangle": (-150, None),
    "dstnat": (-100, ("prerouting",)),
    "filter": (0, None),
    "security": (50, None),
    "srcnat": (100, ("postrouting",)),
}
#: So far from a named priority nft still writes "name + offset".
_PRIORITY_REACH = 10

#: Connection states in nft's order, which is also the order of their bits in the kernel, from bit 0 on.
CT_STATES = ("invalid", "established", "related", "new")

VERDICTS = ("accept", "drop", "return", "masquerade")

#: Connection statuses that we ask for; "!=" is nft's "!", none of them.
CT_STATUSES = ("dnat",)

#: NFTNL_UDATA_COMMENT_MAXLEN (libnftnl), in bytes.
COMMENT_MAX = 128

_UNQUOTABLE = re.compile(r'["\\\x00-\x1f\x7f]')


class Table(NamedTuple):
    """``family``: "inet", "ip" or "ip6"; ``name``: the table's name in it."""

    family: str
    name: str

    def __str__(self):
        return "%s %s" % (self.family, shlex.quote(self.name))


#: The table that holds all our rules.
TABLE = Table("inet", NFT_TABLE)


@dataclass(frozen=True)
class Chain:
    """A chain. One that no hook calls has type, hook and policy "" and priority 0."""

    name: str
    type: str = ""
    hook: str = ""
    priority: int = 0
    policy: str = ""

    @property
    def text(self) -> str:
        """What stands in braces when the chain is made; "" for a chain that no hook calls."""
        if not self.hook:
            return ""
        priority = _priority_text(self.hook, self.priority)
        return "{ type %s hook %s priority %s; policy %s; }" % (self.type, self.hook, priority, self.policy)


@dataclass(frozen=True)
class Map:
    """A map: ``key`` and ``data`` are tuples of types, names of FIELDS."""

    name: str
    key: tuple
    data: tuple

    @property
    def text(self) -> str:
        """What stands in braces when the map is made."""
        return "{ type %s : %s; }" % (" . ".join(self.key), " . ".join(self.data))


#: Protocols that have ports.
PROTOCOLS = ("tcp", "udp", "sctp")


def _is_number(value, highest) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= highest


#: Types of the fields of a map: {nft's name: whether a value is one}.
FIELDS = {
    "ipv4_addr": lambda value: isinstance(value, ipaddress.IPv4Address),
    "ipv6_addr": lambda value: isinstance(value, ipaddress.IPv6Address),
    "inet_proto": lambda value: value in PROTOCOLS or _is_number(value, 255),
    "inet_service": lambda value: _is_number(value, 65535),
}

#: The maps of our table. Where a packet to a published port goes: to any address of the host, or ("_at") to a certain one.
MAPS = {
    name: Map(name, (address,) * at + ("inet_proto", "inet_service"), (address, "inet_service"))
    for name, address, at in (
        ("published_ip", "ipv4_addr", 0),
        ("published_ip6", "ipv6_addr", 0),
        ("published_ip_at", "ipv4_addr", 1),
        ("published_ip6_at", "ipv6_addr", 1),
    )
}


@dataclass(frozen=True)
class Element:
    """An entry of the map called ``map`` (of MAPS): ``key`` and ``data`` are tuples of values; ``comment`` "" is none.

    A protocol that is none of PROTOCOLS is its number. Raises ValueError for what the map cannot hold.
    """

    map: str
    key: tuple
    data: tuple
    comment: str = ""

    def __post_init__(self):
        of = MAPS.get(self.map)
        for types, values in ((of.key, self.key), (of.data, self.data)) if of else ():
            if not isinstance(values, tuple) or len(values) != len(types) or not all(FIELDS[name](one) for name, one in zip(types, values)):
                of = None
        if of is None:
            raise ValueError("no element of our maps: %r" % (self,))
        _check_comment(self.comment)

    @property
    def text(self) -> str:
        """The element as nft takes it, in braces."""
        comment = ' comment "%s"' % self.comment if self.comment else ""
        return "{ %s%s : %s }" % (self.key_text, comment, " . ".join(str(one) for one in self.data))

    @property
    def key_text(self) -> str:
        """What it is found by."""
        return _key_text(self.key)


def _key_text(key) -> str:
    return " . ".join(str(one) for one in key)


@dataclass(frozen=True)
class Snat:
    """The verdict that gives packets the source ``first``, or one of the addresses from there to ``last``."""

    first: Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
    last: Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

    def __post_init__(self):
        if self.first.version != self.last.version or int(self.last) < int(self.first):
            raise ValueError("no range of addresses: %s-%s" % (self.first, self.last))

    @property
    def family(self) -> str:
        return "ip" if self.first.version == 4 else "ip6"

    def __str__(self):
        shown = [_address_text(one) for one in ((self.first,) if self.first == self.last else (self.first, self.last))]
        return "snat %s to %s" % (self.family, "-".join(shown))


@dataclass(frozen=True)
class Dnat:
    """The verdict that sends packets of ``family`` where ``map`` says, which is asked with ``key`` (words of KEYS)."""

    family: str
    key: tuple
    map: str

    def __post_init__(self):
        object.__setattr__(self, "key", tuple(self.key))
        if self.family not in ("ip", "ip6") or not self.key or not set(self.key) <= set(KEYS):
            raise ValueError("no question for a map: %r" % (self,))

    def __str__(self):
        return "dnat %s to %s map @%s" % (self.family, " . ".join(self.key), self.map)


#: The words that a map can be asked with, and the type of each.
KEYS = {"ip daddr": "ipv4_addr", "ip6 daddr": "ipv6_addr", "meta l4proto": "inet_proto", "th dport": "inet_service"}


@dataclass(frozen=True)
class Match:
    """One comparison: ``left`` is a word of LEFTS, ``op`` "==" or "!=", ``right`` what that word is compared with.

    Raises ValueError for what cannot be written, or would match everything.
    """

    left: str
    op: str
    right: Union[str, int, ipaddress.IPv4Network, ipaddress.IPv6Network]

    def __post_init__(self):
        if self.left not in LEFTS:
            raise ValueError("no word of our rules: %r" % (self.left,))
        if self.op not in ("==", "!="):
            raise ValueError("no comparison of our rules: %r" % (self.op,))
        object.__setattr__(self, "right", LEFTS[self.left].normal(self.right))
        if self.left == "ct state" and self.op != "==":
            # nft's "!=" on a set of bits asks for exactly these bits: never what its reader thinks.
            raise ValueError("a connection state is only compared with ==")

    @property
    def text(self) -> str:
        right = LEFTS[self.left].text(self.right)
        if self.left == "ct status" and self.op != "==":
            return "%s ! %s" % (self.left, right)
        return "%s %s" % (self.left, right) if self.op == "==" else "%s %s %s" % (self.left, self.op, right)


@dataclass(frozen=True)
class Rule:
    """``matches`` (tuple of Match), all of which must hold, then ``verdict`` (one of VERDICTS, or how addresses are
    translated); ``comment`` "" is none.

    Raises ValueError for what cannot be written.
    """

    chain: str
    matches: tuple
    verdict: Union[str, Snat, Dnat]
    comment: str = ""

    def __post_init__(self):
        object.__setattr__(self, "matches", tuple(self.matches))
        if isinstance(self.verdict, str) and self.verdict not in VERDICTS:
            raise ValueError("no verdict of our rules: %r" % (self.verdict,))
        if len(self.families) > 1:
            raise ValueError("a rule cannot match IPv4 and IPv6 addresses at once")
        _check_comment(self.comment)

    @property
    def families(self) -> set:
        """Of "ip" and "ip6" those that it speaks of."""
        found = {family_of(match.left) for match in self.matches}
        if not isinstance(self.verdict, str):
            found.add(self.verdict.family)
        return found - {""}

    @property
    def text(self) -> str:
        """The rule as `nft list ruleset` shows it."""
        words = [match.text for match in self.matches] + [str(self.verdict)]
        if self.comment:
            words.append('comment "%s"' % self.comment)
        return " ".join(words)


@dataclass(frozen=True)
class Unknown:
    """A rule that is none of ours: no Rule equals it, and its handle is the only way to speak of it.

    ``text``: the kernel's names of its expressions; ``fingerprint``: the same for the same expressions, whatever
    their counters say.
    """

    chain: str
    comment: str
    text: str
    fingerprint: str


@dataclass(frozen=True)
class AddTable:
    """Make the table unless it is there."""

    table: Table = TABLE

    @property
    def line(self) -> str:
        return "nft add table %s" % (self.table,)


@dataclass(frozen=True)
class AddChain:
    """Make the chain unless it is there; refused when one of that name differs in more than its policy."""

    chain: Chain
    table: Table = TABLE

    @property
    def line(self) -> str:
        return _line("add chain", self.table, self.chain.name, self.chain.text)


@dataclass(frozen=True)
class AddMap:
    """Make the map unless it is there; refused when one of that name differs."""

    map: Map
    table: Table = TABLE

    @property
    def line(self) -> str:
        return _line("add map", self.table, self.map.name, self.map.text)


@dataclass(frozen=True)
class DeleteMap:
    """Delete the map and what is in it; refused while a rule asks it."""

    name: str
    table: Table = TABLE

    @property
    def line(self) -> str:
        return _line("delete map", self.table, self.name)


@dataclass(frozen=True)
class AddElement:
    """Put the element into its map; refused when one with its key has other data."""

    element: Element
    table: Table = TABLE

    @property
    def line(self) -> str:
        return _line("add element", self.table, self.element.map, self.element.text)


@dataclass(frozen=True)
class DeleteElement:
    """Take the element with this ``key`` out of the map called ``map``; refused when it is gone."""

    map: str
    key: tuple
    table: Table = TABLE

    @property
    def line(self) -> str:
        return _line("delete element", self.table, self.map, "{ %s }" % _key_text(self.key))


@dataclass(frozen=True)
class AddRule:
    """Put the rule at the end of its chain."""

    rule: Rule
    table: Table = TABLE

    def __post_init__(self):
        if self.table.family != "inet" and not self.rule.families <= {self.table.family}:
            raise ValueError("'%s' cannot stand in a table of family %s" % (self.rule.text, self.table.family))

    @property
    def line(self) -> str:
        return _line("add rule", self.table, self.rule.chain, self.rule.text)


@dataclass(frozen=True)
class InsertRule(AddRule):
    """Put the rule at the head of its chain."""

    @property
    def line(self) -> str:
        return _line("insert rule", self.table, self.rule.chain, self.rule.text)


@dataclass(frozen=True)
class DeleteRule:
    """Delete the rule with this handle; refused when it is gone."""

    chain: str
    handle: int
    table: Table = TABLE

    @property
    def line(self) -> str:
        return "%s handle %d" % (_line("delete rule", self.table, self.chain), self.handle)


@dataclass(frozen=True)
class DeleteChain:
    """Delete the chain and what is in it; refused while a rule elsewhere jumps to it."""

    name: str
    table: Table = TABLE

    @property
    def line(self) -> str:
        return _line("delete chain", self.table, self.name)


@dataclass(frozen=True)
class DeleteTable:
    """Delete the table and all that is in it; refused when it is gone."""

    table: Table = TABLE

    @property
    def line(self) -> str:
        return "nft delete table %s" % (self.table,)


Operation = Union[AddTable, AddChain, AddMap, AddElement, AddRule, InsertRule, DeleteRule, DeleteElement, DeleteMap, DeleteChain, DeleteTable]


class Kind(NamedTuple):
    """What stands at the right of a word: ``normal`` makes its one form (or raises ValueError), ``text`` writes it."""

    normal: Callable
    text: Callable


def family_of(left: str) -> str:
    """The family, "ip" or "ip6", of words that only its packets have, else ""."""
    family = left.split(" ")[0]
    return family if family in ("ip", "ip6") else ""


def _network(kind):
    def normal(value):
        if not isinstance(value, kind):
            raise ValueError("%r is no %s" % (value, kind.__name__))
        if value.prefixlen == 0:
            raise ValueError("%s matches every address: leave the match out" % value)
        return value

    return normal


def _check_comment(comment):
    if _UNQUOTABLE.search(comment) or len(comment.encode()) > COMMENT_MAX:
        raise ValueError("no comment (at most %d bytes, no quotes): %r" % (COMMENT_MAX, comment))


def _address_text(address) -> str:
    # The C library's way to write an address (::ffff:192.0.2.1) is nft's; ipaddress has another.
    return socket.inet_ntop(socket.AF_INET if address.version == 4 else socket.AF_INET6, address.packed)


def _network_text(network) -> str:
    address = _address_text(network.network_address)
    return address if network.prefixlen == network.max_prefixlen else "%s/%d" % (address, network.prefixlen)


def _ifname(name):
    if not isinstance(name, str) or not 0 < len(name.encode()) <= IFNAME_MAX or _UNQUOTABLE.search(name):
        raise ValueError("no interface name: %r" % (name,))
    return name


def _ifname_text(name) -> str:
    # nft takes a star at the end for "begins with".
    return '"%s"' % (name[:-1] + "\\*" if name.endswith("*") else name)


def _group(number):
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 1 << 32:
        raise ValueError("no interface group: %r" % (number,))
    return number


def _ct_state(text):
    states = text.split(",") if isinstance(text, str) else [text]
    for state in states:
        if state not in CT_STATES:
            raise ValueError("no connection state: %r" % (state,))
    return ",".join(state for state in CT_STATES if state in states)


def _one_of(*words):
    def normal(text):
        if text not in words:
            raise ValueError("none of %s: %r" % (", ".join(words), text))
        return text

    return normal


_IPV4 = Kind(_network(ipaddress.IPv4Network), _network_text)
_IPV6 = Kind(_network(ipaddress.IPv6Network), _network_text)
_IFNAME = Kind(_ifname, _ifname_text)
_GROUP = Kind(_group, str)
_CT_STATE = Kind(_ct_state, str)
_CT_STATUS = Kind(_one_of(*CT_STATUSES), str)
_LINK_KIND = Kind(_one_of("bridge"), '"%s"'.__mod__)
_ADDRESS_TYPE = Kind(_one_of("local"), str)

#: The words that a match begins with.
LEFTS = {
    "ip saddr": _IPV4,
    "ip daddr": _IPV4,
    "ip6 saddr": _IPV6,
    "ip6 daddr": _IPV6,
    "iifname": _IFNAME,
    "oifname": _IFNAME,
    "iifgroup": _GROUP,
    "oifgroup": _GROUP,
    "meta iifkind": _LINK_KIND,
    "meta oifkind": _LINK_KIND,
    "ct state": _CT_STATE,
    "ct status": _CT_STATUS,
    "fib daddr type": _ADDRESS_TYPE,
}


def _priority_text(hook: str, priority: int) -> str:
    for name, (value, hooks) in _PRIORITIES.items():
        offset = priority - value
        if abs(offset) <= _PRIORITY_REACH and (hooks is None or hook in hooks):
            return name if not offset else "%s %s %d" % (name, "+" if offset > 0 else "-", abs(offset))
    return str(priority)


def _line(verb: str, table: Table, chain: str, text: str = "") -> str:
    """A line for a shell. ``text`` is one word of it: nft joins its words again, and its quotes and braces survive."""
    words = ["nft %s %s %s" % (verb, table, shlex.quote(chain))]
    if text:
        words.append(shlex.quote(text))
    return " ".join(words)
