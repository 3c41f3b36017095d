# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ours in the chains of iptables' tables, which are somebody else's. Their comment says whose they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from .. import _iptables
from .. import _steps as steps
from .._state import HOST

#: The first word of a rule that carries our mark, but that we would never write; its other word tells it from others.
STRANGE = "?"


@dataclass(frozen=True)
class IptablesRule:
    """A rule at ``chain`` of ``table`` of ``family`` ("ip", "ip6"), in the ``legacy`` tables or in those of nf_tables.

    ``words``: as `iptables -S` lists it; ``network``: whose it is, and ``device``: which of its devices receives by it, "" for
    none; ``handle``: nf_tables' number of it; ``copy``: tells equal rules apart.
    """

    legacy: bool
    family: str
    table: str
    chain: str
    words: tuple
    network: str
    device: str = ""
    handle: int = field(default=0, compare=False)
    copy: int = 0

    @cached_property
    def key(self):
        return ("iptables_rule", HOST, self.chain, self.legacy, self.family, self.table, self.words, self.copy)

    @property
    def place(self):
        return (self.legacy, self.family, self.table, self.chain)

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return True

    def create(self, state, again=False):
        # At the head: what drops stands behind it. One that we would not write can only have been there before.
        return [] if self.words[0] == STRANGE else [self._step("-I", 9)]

    def change(self, now, state):
        return []

    def remove(self, state):
        return [self._step("-D", 8)]

    def _step(self, verb, order):
        do = ("iptables_legacy", verb, self) if self.legacy else ("iptables_nft", verb, self)
        if self.words[0] == STRANGE and not self.legacy:
            line = "nft delete rule %s %s %s handle %d" % (self.family, self.table, self.chain, self.handle)
        else:
            words = self.words[1:] if self.words[0] == STRANGE else self.words
            line = _iptables.line(self.legacy, self.family, self.table, verb, self.chain, words)
        return steps.Step(steps.FIREWALL, HOST, order, do, line)
