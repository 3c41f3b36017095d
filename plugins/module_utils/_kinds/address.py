# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of a device, IPv4 and IPv6 alike."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Optional, Union

from .. import _steps as steps


@dataclass(frozen=True)
class Address:
    """An address of ``dev`` with its prefix length.

    ``broadcast``: IPv4 only, None for none. ``nodad``: skip duplicate address detection when it is added (IPv6).
    ``secondary``: IPv4 only, whether another one of the same subnet comes before it and is the one that the kernel
    chooses as source; None: whatever it is.
    """

    netns: str
    dev: str
    interface: Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]
    broadcast: Optional[ipaddress.IPv4Address] = None
    nodad: bool = field(default=True, compare=False)
    secondary: Optional[bool] = field(default=None, compare=False)

    @cached_property
    def key(self):
        return ("address", self.netns, self.dev, self.interface.packed, self.interface.network.prefixlen)

    def parents(self):
        return [("link", self.netns, self.dev)]

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        # RTM_NEWADDR with NLM_F_REPLACE changes lifetimes, never the broadcast address.
        moved = None not in (self.secondary, now.secondary) and self.secondary != now.secondary
        return self.broadcast != now.broadcast or moved

    def same(self, now) -> bool:
        return self == now

    def create(self, state, again=False):
        words: list = ["address", "replace" if again else "add", self.interface, "dev", self.dev]
        if self.broadcast:
            words += ["broadcast", self.broadcast]
        if self.interface.version == 6 and self.nodad:
            words.append("nodad")
        return [self._step(steps.ADDRESS_ADD, ("address_add", self, again), words)]

    def change(self, now, state):
        return []

    def remove(self, state):
        return [self._step(steps.ADDRESS_DEL, ("address_del", self), ["address", "delete", self.interface, "dev", self.dev])]

    def _step(self, order, do, words):
        return steps.Step(steps.CONFIGURE, self.netns, order, do, steps.ip(self.netns, *words))


def in_order(addresses) -> list:
    """``addresses`` (of one device) with the first of each IPv4 subnet said to be the primary one."""
    found, seen = [], set()
    for item in addresses:
        if item.interface.version == 4:
            item = replace(item, secondary=item.interface.network in seen)
            seen.add(item.interface.network)
        found.append(item)
    return found


def broadcast_of(interface) -> Optional[ipaddress.IPv4Address]:
    """The broadcast address of an IPv4 interface's network; None where there is none (/31 and /32: RFC 3021, IPv6)."""
    if interface.version == 6 or interface.network.prefixlen > 30:
        return None
    return interface.network.broadcast_address
