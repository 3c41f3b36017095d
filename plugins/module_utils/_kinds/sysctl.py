# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of a network namespace."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Optional

from .. import _steps as steps

#: What a switch sets along with itself: every device's own, and whether IPv4 redirects are believed, which a router does
#: not (inet_forward_change in net/ipv4/devinet.c).
_FORWARDING = re.compile(r"net[./]ipv([46])[./]conf[./](?!all[./]).+[./]forwarding")
_REDIRECTS = re.compile(r"net[./]ipv(4)[./]conf[./]all[./]accept_redirects$")
_SWITCHES = {"4": "net.ipv4.ip_forward", "6": "net.ipv6.conf.all.forwarding"}

_OF_DEVICE = re.compile(r"net[./](?:ipv4|ipv6|mpls)[./](?:conf|neigh)[./](?!(?:all|default)[./])")


@dataclass(frozen=True)
class Sysctl:
    """The value of ``path`` (as sysctl(8) writes it, net.ipv4.ip_forward); None when the kernel has no such sysctl."""

    netns: str
    path: str
    value: Optional[str]

    @property
    def key(self):
        return ("sysctl", self.netns, self.path)

    def parents(self):
        return [("netns", "", self.netns)] if self.netns else []

    @property
    def switch(self):
        """The key of the sysctl that sets this one along with all of its sort (ip-sysctl.rst), or None."""
        found = _FORWARDING.match(self.path) or _REDIRECTS.match(self.path)
        return ("sysctl", self.netns, _SWITCHES[found.group(1)]) if found else None

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return self.value is None or self.value == now.value

    def create(self, state, again=False):
        # In a namespace that is new: defaults for devices must be there before the devices, a device's own after it.
        if self.value is None:
            return []
        early = bool(self.netns) and not _OF_DEVICE.match(self.path)
        line = steps.inside(self.netns, "sysctl -w %s" % shlex.quote("%s=%s" % (self.path, self.value)))
        phase = steps.NETNS_SYSCTL if early else steps.SYSCTL
        return [steps.Step(phase, self.netns, 1 if self.switch else 0, ("sysctl", self.path, self.value), line)]

    def change(self, now, state):
        return self.create(state)

    def remove(self, state):
        return []
