# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is ours in firewalld, in its own configuration and in what runs: a zone, what is bound to which may be forwarded, and a
policy for each device that receives, which lets its peers in."""

from __future__ import annotations

import hashlib
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
        lines: list = []
        if self.target and not now.target:
            lines.append(("--permanent", "--new-zone=" + ZONE))
        if self.target and self.target != now.target:
            lines.append(("--permanent", "--zone=" + ZONE, "--set-target=" + self.target))
        if now.target and not self.target:
            lines.append(("--permanent", "--delete-zone=" + ZONE))
        else:
            lines += _bound(("--permanent",), now.permanent, self.permanent)
        runtime = now.runtime
        if self.target and (not now.loaded or self.target != now.target):
            # What runs is then as the configuration says. A new zone is only then known for certain: another reload may come first.
            lines.append(("--reload",))
            runtime = self.permanent
        lines += _bound((), runtime, self.runtime)
        return _steps(lines)

    def remove(self, state):
        lines = list(_bound((), self.runtime, ()))
        if self.target:
            lines.append(("--permanent", "--delete-zone=" + ZONE))
        return _steps(lines)


@dataclass(frozen=True)
class FirewalldPolicy:
    """The policy ``name``, by which ``device`` of ``network`` receives ("" where it does not say so yet). ``permanent``, ``runtime``:
    sorted tuples of rich rules; ``settings``: what else the configuration says of it, as options that set it; ``exists``: whether
    the configuration has it; ``loaded``: whether firewalld runs with it."""

    name: str
    device: str = ""
    network: str = ""
    permanent: tuple = ()
    runtime: tuple = ()
    settings: tuple = ()
    exists: bool = True
    loaded: bool = field(default=False, compare=False)

    @cached_property
    def key(self):
        return ("firewalld_policy", HOST, self.name)

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return self == now

    def create(self, state, again=False):
        return self.change(FirewalldPolicy(self.name, exists=False, loaded=self.loaded), state)

    def change(self, now, state):
        lines: list = []
        permanent = ("--permanent", "--policy=" + self.name)
        if now.exists and not self.exists:
            lines.append(("--permanent", "--delete-policy=" + self.name))
        elif self.exists:
            lines += [] if now.exists else [("--permanent", "--new-policy=" + self.name)]
            lines += [(*permanent, one) for one in self.settings if one not in now.settings]
            lines += _ruled(permanent, now.permanent, self.permanent)
        runtime = now.runtime
        if self.exists and not (now.loaded and now.exists and set(self.settings[1:]) <= set(now.settings)):
            # What runs is then as the configuration says.
            lines.append(("--reload",))
            runtime = self.permanent
        lines += _ruled(permanent[1:], runtime, self.runtime)
        return _steps(lines)

    def remove(self, state):
        lines = list(_ruled(("--policy=" + self.name,), self.runtime, ()))
        if self.exists:
            lines.append(("--permanent", "--delete-policy=" + self.name))
        return _steps(lines)


def policy_settings(mark: str) -> tuple:
    """What the configuration says of a policy of ours: first its description, by which it is known as ours."""
    return ("--set-description=" + mark, "--add-ingress-zone=ANY", "--add-egress-zone=HOST")


def policy_name(device: str) -> str:
    """The name of the policy of ``device``: at most 17 characters (firewalld.policies(5))."""
    whole = "%s-%s" % (ZONE, device)
    return whole if len(whole) <= 17 else "%s-%s" % (ZONE, hashlib.sha256(device.encode()).hexdigest()[:8])


def rich_rule(peer, port: int) -> str:
    """What lets the address ``peer`` in, to UDP ``port``, as firewalld itself writes it."""
    return 'rule family="ipv%d" source address="%s" port port="%d" protocol="udp" accept' % (peer.version, peer, port)


def _ruled(where, now, wanted):
    for verb, rules in (("remove", [one for one in now if one not in wanted]), ("add", [one for one in wanted if one not in now])):
        if rules:
            yield (*where, *("--%s-rich-rule=%s" % (verb, one) for one in rules))


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
