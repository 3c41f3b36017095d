# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unicast routes through a device, in the main table."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cached_property
from typing import Optional, Union

from .. import _steps as steps

#: What the kernel makes of a route without metric (IP6_RT_PRIO_USER in net/ip6_route.h; IPv4 has no default).
DEFAULT_METRIC = {4: 0, 6: 1024}


@dataclass(frozen=True)
class Route:
    """A route to ``dst`` out of ``dev``: ``via`` a gateway or on link; ``metric``; preferred source ``src``."""

    netns: str
    dev: str
    dst: Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
    metric: int = 0
    via: Optional[Union[ipaddress.IPv4Address, ipaddress.IPv6Address]] = None
    src: Optional[Union[ipaddress.IPv4Address, ipaddress.IPv6Address]] = None
    onlink: bool = False

    @cached_property
    def key(self):
        return ("route", self.netns, self.dev, self.dst.network_address.packed, self.dst.prefixlen, self.metric)

    def parents(self):
        return [("link", self.netns, self.dev)]

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return self == now

    def create(self, state, again=False):
        return [self._step("replace" if again else "add", again)]

    def change(self, now, state):
        return [self._step("replace", True)]

    def remove(self, state):
        return [self._step("delete", None)]

    def _step(self, word, again):
        words: list = ["-6"] if self.dst.version == 6 else []
        words += ["route", word, "default" if self.dst.prefixlen == 0 else self.dst]
        words += ["via", self.via] if self.via else []
        words += ["dev", self.dev]
        # Of several the kernel deletes the first that fits: by its metric it is this one, by whomever it was made.
        words += ["proto", "static"] if again is not None else []
        words += ["metric", self.metric] if self.metric != (0 if again is None else DEFAULT_METRIC[self.dst.version]) else []
        words += ["src", self.src] if self.src else []
        words += ["onlink"] if self.onlink else []
        do = ("route_del", self) if again is None else ("route_add", self, again)
        # Deletions before addresses go: with the last address the kernel removes all routes itself. Of what is added,
        # routes on the link itself first: a gateway behind one is reachable only then.
        order = steps.ROUTE_DEL if again is None else steps.ROUTE_VIA if self.via else steps.ROUTE_ON_LINK
        return steps.Step(steps.CONFIGURE, self.netns, order, do, steps.ip(self.netns, *words))
