# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our zone of firewalld: what is bound to it may be forwarded. Kept in firewalld's own configuration, and in what runs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from functools import cached_property

from .. import _steps as steps
from .._state import HOST

#: The zone's name, at most 17 characters (firewalld.zones(5)).
ZONE = "linuxnet"
TARGET = "ACCEPT"
INTERFACE, SOURCE = "interface", "source"


@dataclass(frozen=True)
class Binding:
    """``word``: "interface" or "source"; ``value``: its name, or a network; ``networks``: sorted names of those of ours it is for."""

    word: str
    value: str
    networks: tuple = field(default=(), compare=False)


@dataclass(frozen=True)
class FirewalldZone:
    """``permanent``, ``runtime``: tuples of Binding, sorted; ``target``: "" when the configuration has no such zone;
    ``loaded``: whether firewalld runs with it."""

    permanent: tuple = ()
    runtime: tuple = ()
    target: str = TARGET
    loaded: bool = field(default=False, compare=False)

    @cached_property
    def key(self):
        return ("firewalld_zone", HOST, ZONE)

    @property
    def bindings(self) -> dict:
        """{(word, value): Binding} of all of them."""
        return {(one.word, one.value): one for one in self.permanent + self.runtime}

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return (self.permanent, self.runtime, self.target) == (now.permanent, now.runtime, now.target)

    def create(self, state, again=False):
        return self.change(FirewalldZone((), (), "", self.loaded), state)

    def change(self, now, state):
        lines = []
        if self.target and not now.target:
            lines.append(("--permanent", "--new-zone=" + ZONE))
        if self.target and self.target != now.target:
            lines.append(("--permanent", "--zone=" + ZONE, "--set-target=" + self.target))
        if now.target and not self.target:
            lines.append(("--permanent", "--delete-zone=" + ZONE))
        else:
            lines += _bound(("--permanent",), now.permanent, self.permanent)
        runtime = now.runtime
        if self.target and (not now.loaded or now.target and self.target != now.target):
            # What runs is then as the configuration says.
            lines.append(("--reload",))
            runtime = self.permanent
        lines += _bound((), runtime, self.runtime)
        return _steps(lines)

    def remove(self, state):
        lines = list(_bound((), self.runtime, ()))
        if self.target:
            lines.append(("--permanent", "--delete-zone=" + ZONE))
        return _steps(lines)


def _bound(where, now, wanted):
    """firewall-cmd takes several of one word at once."""
    for word in (INTERFACE, SOURCE):
        for verb, ones in (("remove", [one for one in now if one not in wanted]), ("add", [one for one in wanted if one not in now])):
            options = ["--%s-%s=%s" % (verb, word, one.value) for one in ones if one.word == word]
            if options:
                yield (*where, "--zone=" + ZONE, *options)


def _steps(lines):
    return [
        steps.Step(steps.FIREWALL, HOST, 10, ("firewalld", words), " ".join(shlex.quote(word) for word in ("firewall-cmd", *words)))
        for words in lines
    ]
