# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the nft language that we speak: chains, rules, and the operations that add and delete them.

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
        return "%s %s" % (self.left, right) if self.op == "==" else "%s %s %s" % (self.left, self.op, right)


@dataclass(frozen=True)
class Rule:
    """``matches`` (tuple of Match), all of which must hold, then ``verdict``; ``comment`` "" is none.

    Raises ValueError for what cannot be written.
    """

    chain: str
    matches: tuple
    verdict: str
    comment: str = ""

    def __post_init__(self):
        object.__setattr__(self, "matches", tuple(self.matches))
        if self.verdict not in VERDICTS:
            raise ValueError("no verdict of our rules: %r" % (self.verdict,))
        if len({family_of(match.left) for match in self.matches} - {""}) > 1:
            raise ValueError("a rule cannot match IPv4 and IPv6 addresses at once")
        if _UNQUOTABLE.search(self.comment) or len(self.comment.encode()) > COMMENT_MAX:
            raise ValueError("no comment for a rule (at most %d bytes, no quotes): %r" % (COMMENT_MAX, self.comment))

    @property
    def text(self) -> str:
        """The rule as `nft list ruleset` shows it."""
        words = [match.text for match in self.matches] + [self.verdict]
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
class AddRule:
    """Put the rule at the end of its chain."""

    rule: Rule
    table: Table = TABLE

    def __post_init__(self):
        for match in self.rule.matches:
            if self.table.family not in ("inet", family_of(match.left) or self.table.family):
                raise ValueError("'%s' cannot stand in a table of family %s" % (match.text, self.table.family))

    @property
    def line(self) -> str:
        return _line("add rule", self.table, self.rule.chain, self.rule.text)


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


Operation = Union[AddTable, AddChain, AddRule, DeleteRule, DeleteChain, DeleteTable]


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


def _network_text(network) -> str:
    # The C library's way to write an address (::ffff:192.0.2.1) is nft's; ipaddress has another.
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    address = socket.inet_ntop(family, network.network_address.packed)
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


_IPV4 = Kind(_network(ipaddress.IPv4Network), _network_text)
_IPV6 = Kind(_network(ipaddress.IPv6Network), _network_text)
_IFNAME = Kind(_ifname, _ifname_text)
_GROUP = Kind(_group, str)
_CT_STATE = Kind(_ct_state, str)

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
    "ct state": _CT_STATE,
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
