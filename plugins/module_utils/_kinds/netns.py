# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named network namespaces: files under /run/netns that keep a namespace (ip-netns(8))."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from functools import cached_property
from typing import Optional, Union

from .. import _steps as steps
from .._state import HOST


@dataclass(frozen=True)
class Netns:
    """A name for a network namespace.

    ``inode`` tells one namespace from another. ``source``: the process, or the path of the file, whose namespace, that with
    ``inode``, the name is to be given to (an adopted namespace is not ours, the name alone is); None for a namespace that
    is there, or is made.
    """

    name: str
    inode: Optional[int] = None
    source: Optional[Union[int, str]] = field(default=None, compare=False)

    @cached_property
    def key(self):
        return ("netns", HOST, self.name)

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        # Which namespace it is matters to who gives a name to a certain one; one that is made anew has another inode.
        return self.source is not None and self.inode != now.inode

    def same(self, now) -> bool:
        return not self.remake(now)

    def create(self, state, again=False):
        if self.source is not None:
            return [steps.Step(steps.NETNS_ADD, HOST, 0, ("netns_attach", self.name, self.source, self.inode), self._attach())]
        mark = state.link(self.name, "lo")
        do = ("netns_add", self.name, (mark.group, mark.alias) if mark else None)
        return [steps.Step(steps.NETNS_ADD, HOST, 0, do, steps.ip(HOST, "netns", "add", self.name))]

    def _attach(self) -> str:
        if not isinstance(self.source, str):
            return steps.ip(HOST, "netns", "attach", self.name, self.source)
        # ip takes processes alone: one that is in there for so long.
        inside = steps.ip(HOST, "netns", "attach", self.name, steps.SHELL)
        return "nsenter --net=%s sh -c %s" % (shlex.quote(self.source), shlex.quote(inside))

    def change(self, now, state):
        return []

    def remove(self, state):
        line = steps.ip(HOST, "netns", "delete", self.name)
        return [steps.Step(steps.NETNS_DEL, HOST, 0, ("netns_del", self.name), line)]


def stop_processes(name: str, processes, timeout: int):
    """The step that ends ``processes`` ([(pid, start time, command)]) in namespace ``name``: TERM, after ``timeout``
    seconds KILL."""
    line = "kill -TERM %s" % " ".join(str(process[0]) for process in processes)
    return steps.Step(steps.STOP, HOST, 0, ("stop", name, tuple(processes), timeout), line)
