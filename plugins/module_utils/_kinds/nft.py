# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our nf_tables table and the rules in it. Every rule's comment is the network it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Union

from .. import _nft
from .. import _steps as steps
from .._state import HOST

#: The chains of our table.
CHAINS = (
    _nft.Chain("forward", "filter", "forward", 0, "accept"),
    _nft.Chain("postrouting", "nat", "postrouting", 100, "accept"),
)


@dataclass(frozen=True)
class NftTable:
    """The table with its ``chains`` (tuple of _nft.Chain, sorted by name). Other chains than wanted: all is made anew."""

    chains: tuple

    @cached_property
    def key(self):
        return ("nft_table", HOST, _nft.TABLE.name)

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return self.chains != now.chains

    def same(self, now) -> bool:
        return self.chains == now.chains

    def create(self, state, again=False):
        operations = [_nft.AddTable()] + [_nft.AddChain(chain) for chain in self.chains]
        return [_step(3 if isinstance(one, _nft.AddTable) else 4, one) for one in operations]

    def change(self, now, state):
        return []

    def remove(self, state):
        return [_step(1, _nft.DeleteTable())]


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
        return [_step(5, _nft.AddRule(self.rule))]

    def change(self, now, state):
        return []

    def remove(self, state):
        return [_step(0, _nft.DeleteRule(self.rule.chain, self.handle))]


def _step(order, operation):
    return steps.Step(steps.FIREWALL, HOST, order, ("nft", operation), operation.line)
