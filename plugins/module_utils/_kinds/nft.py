# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our nf_tables table, the rules in it and the elements of its maps. The comment of each is the network it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Union

from .. import _nft
from .. import _steps as steps
from .._state import HOST

#: The chains that our table always has.
CHAINS = (
    _nft.Chain("forward", "filter", "forward", 0, "accept"),
    _nft.Chain("postrouting", "nat", "postrouting", 100, "accept"),
)

#: Those that it has beside them for published ports.
PUBLISHING = (
    _nft.Chain("guard", "filter", "prerouting", -300, "accept"),
    # Before the masquerade, so that each task replaces the rules of its own sort.
    _nft.Chain("hairpin", "nat", "postrouting", 99, "accept"),
    _nft.Chain("output", "nat", "output", -100, "accept"),
    _nft.Chain("prerouting", "nat", "prerouting", -100, "accept"),
)


def _by_name(items) -> tuple:
    return tuple(sorted(items, key=lambda item: item.name))


@dataclass(frozen=True)
class NftTable:
    """The table with its ``chains`` and ``maps`` (tuples of _nft.Chain and _nft.Map, sorted by name).

    When what has a wanted name is of another sort, all is made anew.
    """

    chains: tuple
    maps: tuple = ()

    def __post_init__(self):
        object.__setattr__(self, "chains", _by_name(self.chains))
        object.__setattr__(self, "maps", _by_name(self.maps))

    @cached_property
    def key(self):
        return ("nft_table", HOST, _nft.TABLE.name)

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        known = {item.name: item for item in now.chains + now.maps}
        return any(known.get(item.name, item) != item for item in self.chains + self.maps)

    def same(self, now) -> bool:
        return (self.chains, self.maps) == (now.chains, now.maps)

    def create(self, state, again=False):
        return [_step(_TABLE, _nft.AddTable())] + self._adds(NftTable(()))

    def change(self, now, state):
        gone: list = [_nft.DeleteChain(one.name) for one in now.chains if one not in self.chains]
        gone += [_nft.DeleteMap(one.name) for one in now.maps if one not in self.maps]
        return [_step(_LEAVING, one) for one in gone] + self._adds(now)

    def _adds(self, now):
        maps = [_step(_MAP, _nft.AddMap(one)) for one in self.maps if one not in now.maps]
        return maps + [_step(_CHAIN, _nft.AddChain(one)) for one in self.chains if one not in now.chains]

    def remove(self, state):
        return [_step(_LEAVING, _nft.DeleteTable())]


@dataclass(frozen=True)
class NftRule:
    """A rule in our table. ``handle``: the kernel's number of it, None for one that is still to be made;
    ``copy``: tells equal rules apart."""

    rule: Union[_nft.Rule, _nft.Unknown]
    handle: int = field(default=0, compare=False)
    copy: int = 0

    @cached_property
    def key(self):
        text = self.rule.text if isinstance(self.rule, _nft.Rule) else "?" + self.rule.fingerprint
        return ("nft_rule", HOST, self.rule.chain, text, self.rule.comment, self.copy)

    @property
    def network(self) -> str:
        """The network it belongs to, "" for none."""
        return self.rule.comment

    def parents(self):
        return [("nft_table", HOST, _nft.TABLE.name)]

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return True

    def create(self, state, again=False):
        if isinstance(self.rule, _nft.Unknown):
            # A rule that is not ours cannot be made; it can only have been there before.
            return []
        # What all networks have in common stands before what is one's own.
        return [_step(_RULE, (_nft.AddRule if self.network else _nft.InsertRule)(self.rule))]

    def change(self, now, state):
        return []

    def remove(self, state):
        return [_step(_RULE_LEAVING, _nft.DeleteRule(self.rule.chain, self.handle))]


@dataclass(frozen=True)
class NftElement:
    """An element of one of our maps: a port that is published. The element's comment is the network it belongs to."""

    element: _nft.Element

    @cached_property
    def key(self):
        return ("nft_element", HOST, self.element.map, self.element.key_text)

    @property
    def network(self) -> str:
        """The network it belongs to, "" for none."""
        return self.element.comment

    def parents(self):
        return [("nft_table", HOST, _nft.TABLE.name)]

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return self.element == now.element

    def create(self, state, again=False):
        return [_step(_ELEMENT, _nft.AddElement(self.element))] + self._forgotten()

    def change(self, now, state):
        return [_step(_RULE_LEAVING, _nft.DeleteElement(now.element.map, now.element.key))] + self.create(state)

    def remove(self, state):
        return [_step(_RULE_LEAVING, _nft.DeleteElement(self.element.map, self.element.key))] + self._forgotten()

    def _forgotten(self):
        """UDP knows no connections: what goes on asking would go on to where its first packet went (conntrack(8))."""
        *at, protocol, port = self.element.key
        if protocol != "udp":
            return []
        family = "ipv6" if self.element.data[0].version == 6 else "ipv4"
        to = " --orig-dst %s" % at[0] if at else ""
        # The program ends with 1 when it has found none.
        line = "conntrack -D -f %s -p udp%s --orig-port-dst %d || true" % (family, to, port)
        return [steps.Step(steps.FIREWALL, HOST, _FLOWS, ("forget_flows", family, at[0] if at else None, port), line)]


#: The order within a run: what goes, what is there before rules can speak of it, rules, and what goes by them.
_RULE_LEAVING, _LEAVING, _TABLE, _MAP, _CHAIN, _ELEMENT, _RULE, _FLOWS = 0, 1, 3, 3, 4, 4, 5, 6


def _step(order, operation):
    return steps.Step(steps.FIREWALL, HOST, order, ("nft", operation), operation.line)
