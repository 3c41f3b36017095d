# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of a VXLAN device's forwarding database: which remote has which MAC."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cached_property
from typing import Union

from .. import _steps as steps
from .._values import MAC_FLOOD, Mac


@dataclass(frozen=True)
class Fdb:
    """Frames to ``mac`` go to ``dst``, UDP ``port``, under ``vni``.

    All of it is the key: a MAC may have several remotes, and the all-zero one (flooding) usually has.
    """

    netns: str
    dev: str
    mac: Mac
    dst: Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
    port: int
    vni: int
    #: The device's own, which need not be said to the kernel.
    default_port: int
    default_vni: int

    @cached_property
    def key(self):
        return ("fdb", self.netns, self.dev, self.mac, self.dst.packed, self.port, self.vni)

    @property
    def many(self) -> bool:
        """Whether its MAC keeps a list of remotes; any other has one, which the next takes the place of."""
        return self.mac == MAC_FLOOD or bool(self.mac[0] & 1)

    def parents(self):
        return [("link", self.netns, self.dev)]

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return True

    def create(self, state, again=False):
        # A unicast MAC has one remote. What the kernel has learned of it, or was told for a while, is no entry of ours.
        word = "append" if self.many else "replace"
        return [self._step(steps.FDB_ADD, ("fdb_add", self), word)]

    def change(self, now, state):
        return []

    def remove(self, state):
        # Deletions first: a MAC that moves to another remote may not have two.
        return [self._step(steps.FDB_DEL, ("fdb_del", self), "delete")]

    def _step(self, order, do, word):
        words = ["fdb", word, self.mac, "dev", self.dev, "dst", self.dst]
        words += ["port", self.port] if self.port != self.default_port else []
        words += ["vni", self.vni] if self.vni != self.default_vni else []
        words += ["self", "permanent"] if word != "delete" else ["self"]
        return steps.Step(steps.CONFIGURE, self.netns, order, do, steps.bridge(self.netns, *words))
