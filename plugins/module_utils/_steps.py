# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps: one change each, as data. A step can be applied, and it can be printed as the line an admin would type."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

# The order of a run. What can be undone comes first; from STOP on there is no way back.
RECORD = 5
LINK_DEL = 10
NETNS_ADD = 20
NETNS_SYSCTL = 25
LINK_ADD = 30
CONFIGURE = 40
FIREWALL = 50
SYSCTL = 60
STOP = 80
NETNS_DEL = 90
FORGET = 95

# The order within CONFIGURE. What goes does so while all that it stands on is as it was (a device that is taken down, or
# made smaller than IPv6 needs, loses addresses by itself); then devices; then what stands on them.
ROUTE_DEL, ADDRESS_DEL, FDB_DEL = -3, -2, -1
LINK_SET = 0
ADDRESS_ADD, ROUTE_ON_LINK, ROUTE_VIA, FDB_ADD = 1001, 1002, 1003, 1004


#: Verbs that give a namespace its name, or take it away.
NAMING = ("netns_add", "netns_attach", "netns_del")

#: The process id of the shell that reads a line, which is in the host's namespace.
SHELL = "$$"


@dataclass(frozen=True)
class Step:
    """One change.

    ``phase``: one of the constants above; ``netns``: the namespace it happens in; ``order``: its place within phase
    and namespace; ``do``: (verb, arguments...) for the kernel's side; ``line``: the same for a shell.
    """

    phase: int
    netns: str
    order: int
    do: tuple
    line: str

    @property
    def sort_key(self):
        # Additions of links are ordered by what depends on what, across namespaces; the rest by namespace, so that
        # one visit to a namespace does all there is to do in it.
        if self.phase == LINK_ADD:
            return (self.phase, self.order, self.netns)
        return (self.phase, self.netns, self.order)


def ip(netns: str, *words: Any) -> str:
    """A line of ip(8), in ``netns``."""
    return _line("ip" if not netns else "ip -n %s" % shlex.quote(netns), words)


def bridge(netns: str, *words: Any) -> str:
    """A line of bridge(8), in ``netns``."""
    return _line("bridge" if not netns else "bridge -n %s" % shlex.quote(netns), words)


def inside(netns: str, line: str) -> str:
    """``line`` run in ``netns``, for programs that have no option for it."""
    return line if not netns else "ip netns exec %s %s" % (shlex.quote(netns), line)


def _line(program: str, words) -> str:
    return " ".join(
        [program] + [word if word is SHELL else shlex.quote(str(word)) for word in words if word is not None]
    )
