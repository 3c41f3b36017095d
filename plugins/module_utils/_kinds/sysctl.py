# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of a network namespace."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import Optional

from .. import _steps as steps

#: What is set for all devices at once, and so along with them (ip-sysctl.rst).
_SWITCH = re.compile(r"net\.ipv4\.ip_forward|net\.ipv[46]\.conf\.all\.(?:forwarding|disable_ipv6)")
_FOLLOWER = re.compile(r"net[./](ipv[46])[./]conf[./](?!all[./]).+[./](forwarding|disable_ipv6)")
#: Whether IPv4 redirects are believed follows too: a router does not (inet_forward_change in net/ipv4/devinet.c).
_REDIRECTS = re.compile(r"net[./]ipv4[./]conf[./]all[./]accept_redirects\Z")

#: Whether packets to and from 127.0.0.0/8 are routed over a device.
ROUTE_LOCALNET = "net/ipv4/conf/%s/route_localnet"

#: With dots between, a slash in a device's name stands for a dot; with slashes, a dot for itself.
_OF_DEVICE = re.compile(r"net(?:\.(?:ipv4|ipv6|mpls)\.(?:conf|neigh)\.([^.]+)\.|/(?:ipv4|ipv6|mpls)/(?:conf|neigh)/([^/]+)/)")


@dataclass(frozen=True)
class Sysctl:
    """The value of ``path`` (as sysctl(8) writes it, net.ipv4.ip_forward); None when the kernel has no such sysctl."""

    netns: str
    path: str
    value: Optional[str]

    @cached_property
    def key(self):
        return ("sysctl", self.netns, self.path)

    def parents(self):
        found = [("netns", "", self.netns)] if self.netns else []
        return found + ([("link", self.netns, self.device)] if self.device else [])

    @property
    def device(self):
        """The name of the device it is about; None when it is about no single one."""
        found = _OF_DEVICE.match(self.path)
        name = (found.group(1) or "").replace("/", ".") or found.group(2) if found else None
        return None if name in ("all", "default") else name

    @property
    def switches(self) -> set:
        """The keys of the sysctls each of which sets this one along with all of its sort: names of one switch."""
        if _REDIRECTS.match(self.path):
            return {("sysctl", self.netns, name) for name in ("net.ipv4.conf.all.forwarding", "net.ipv4.ip_forward")}
        found = _FOLLOWER.match(self.path)
        if not found:
            return set()
        names = {"net.%s.conf.all.%s" % found.groups()}
        if found.groups() == ("ipv4", "forwarding"):
            names.add("net.ipv4.ip_forward")
        return {("sysctl", self.netns, name) for name in names}

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
        early = bool(self.netns) and self.device is None
        line = steps.inside(self.netns, "sysctl -w %s" % shlex.quote("%s=%s" % (self.path, self.value)))
        phase = steps.NETNS_SYSCTL if early else steps.SYSCTL
        # A router forgets routes that were advertised to it unless accept_ra has been set before; a switch sets its followers.
        order = 2 if self.switches else 1 if _SWITCH.match(self.path) else 0
        return [steps.Step(phase, self.netns, order, ("sysctl", self.path, self.value), line)]

    def change(self, now, state):
        return self.create(state)

    def remove(self, state):
        # What a state does not speak of stays as it is.
        return []
