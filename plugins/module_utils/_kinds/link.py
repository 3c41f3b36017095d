# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links of every kind: what they have in common, and how one is made, changed and taken away."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Optional

from .. import _steps as steps
from .._marks import GROUP, networks_of
from .._state import HOST
from .._values import Mac
from .bridge import BRIDGE, PORT_OPTIONS, first_mtu
from .options import words
from .veth import VETH
from .vxlan import VXLAN

#: Every kind of link we can make.
LINK_KINDS = {kind.name: kind for kind in (BRIDGE, VETH, VXLAN)}

#: in6_addr_gen_mode (linux/if_link.h): how the kernel makes the IPv6 link-local address.
ADDR_GEN = {0: "eui64", 1: "none", 2: "stable_secret", 3: "random"}
ADDR_GEN_EUI64 = 0
ADDR_GEN_NONE = 1

_PLAIN = ("up", "mtu", "mac", "master", "group", "alias", "addr_gen")

#: IPV6_MIN_MTU (linux/ipv6.h): a device below it has no IPv6, and so no addr_gen_mode.
_IPV6_MIN_MTU = 1280


@dataclass(frozen=True)
class Link:
    """A network device. In a target None means: whatever it is.

    ``kind``: IFLA_INFO_KIND, "" for a device that has none; ``mtu``: bytes; ``master``: name of the bridge it is a
    port of, "" for none; ``group``, ``alias``: where the marks are; ``addr_gen``: in6_addr_gen_mode;
    ``peer``: (netns, name) of a veth's other end; ``options``: those of its kind; ``port``: those of a bridge port;
    ``tx_offload``: transmit checksum offload (ethtool), read for VXLAN devices only.
    """

    netns: str
    name: str
    kind: str = ""
    up: Optional[bool] = None
    mtu: Optional[int] = None
    mac: Optional[Mac] = None
    master: Optional[str] = None
    group: Optional[int] = None
    alias: Optional[str] = None
    addr_gen: Optional[int] = None
    peer: Optional[tuple] = None
    options: dict = field(default_factory=dict)
    port: dict = field(default_factory=dict)
    tx_offload: Optional[bool] = None

    @cached_property
    def key(self):
        return ("link", self.netns, self.name)

    @property
    def peer_key(self):
        return ("link",) + self.peer if self.peer else None

    @property
    def networks(self):
        """The networks of ours it belongs to (frozenset); None when it is not ours."""
        return networks_of(self.group or 0, self.alias or "")

    def parents(self):
        """Keys of what takes this link with it when it goes. The host's own namespace has no key in a state."""
        found = [("netns", HOST, self.netns)] if self.netns else []
        if self.peer:
            found.append(self.peer_key)
        if self.options.get("dev"):
            found.append(("link", self.netns, self.options["dev"]))
        return found

    def without(self, gone):
        """This link as the kernel leaves it when the objects with the keys in ``gone`` have been removed."""
        if self.master and ("link", self.netns, self.master) in gone:
            return replace(self, master="", port={})
        return self

    def remake(self, now) -> bool:
        """Whether ``now`` must be removed and made anew to become this."""
        if self.kind != now.kind:
            return True
        if self.peer is not None and self.peer != now.peer:
            return True
        kind = LINK_KINDS.get(self.kind)
        return any(
            self.options.get(option.name) != now.options.get(option.name)
            for option in (kind.options if kind else ())
            if not option.changeable and (option.optional or option.name in self.options)
        )

    def depth(self, state) -> int:
        """How many links in ``state`` are below this one. None is made, or made larger, before those are."""
        below = state.link(self.netns, self.options["dev"]) if self.options.get("dev") else None
        return 1 + below.depth(state) if below is not None else 0

    def leads(self, peer) -> bool:
        """Of the two ends of a pair, whether this one makes (and removes) both: the marked one, else the host's."""
        return peer is None or (self.group != GROUP, self.netns, self.name) < (peer.group != GROUP, peer.netns, peer.name)

    def create(self, state, again=False):
        if self.kind not in LINK_KINDS:
            # A loopback comes with its namespace, and that down unless it is adopted; nothing else of this sort can be made.
            space = state.get(("netns", HOST, self.netns))
            made = replace(new_loopback(self.netns), up=None if space is not None and space.source is not None else False)
            return self._set(made, state) if self.name == "lo" else []
        peer = state.get(self.peer_key) if self.peer else None
        if not self.leads(peer):
            # The leading end's message brings name, MAC and MTU of this one along; it arrives down.
            return self._set(Link(self.netns, self.name, self.kind, False, self.mtu, self.mac, "", 0, "", None), state)
        order = LINK_KINDS[self.kind].order + self.depth(state)
        # A veth has no carrier until its peer is up, so its link-local address can still be prevented afterwards.
        up = bool(self.up) and (self.kind == "veth" or self.addr_gen is None)
        mtu = first_mtu(self.mtu) if self.kind == "bridge" and self.mtu else self.mtu
        made = Link(self.netns, self.name, self.kind, up, mtu, self.mac, self.master or "", self.group or 0, "")
        made = replace(made, options=self.options, tx_offload=True if self.kind == "vxlan" else None)
        line = ["link", "add", "name", self.name, "up" if up else None]
        line += self._words({name: getattr(made, name) for name in ("mtu", "mac", "group", "master") if getattr(made, name)})
        line += ["type", self.kind] + words(LINK_KINDS[self.kind].options, self.options)
        if peer is not None:
            line += ["peer", "name", peer.name]
            line += peer._words({name: getattr(peer, name) for name in ("mtu", "mac") if getattr(peer, name)})
            # The host's namespace has no name; it is that of process 1.
            # The host's has no name: it is that of the shell which reads this.
            line += ["netns", peer.netns or steps.SHELL] if peer.netns != self.netns else []
        add = steps.Step(
            steps.LINK_ADD, self.netns, order, ("link_add", replace(made, alias=None), peer), steps.ip(self.netns, *line)
        )
        # The alias follows at once, in the same send: even a killed run leaves nothing unmarked.
        return [add] + [
            replace(step, phase=steps.LINK_ADD, order=order) for step in self._set(made, state)
        ]

    def change(self, now, state):
        return self._set(now, state)

    def remove(self, state):
        peer = state.get(self.peer_key) if self.peer else None
        if peer is not None and not self.leads(peer):
            return []
        line = steps.ip(self.netns, "link", "delete", "dev", self.name)
        return [steps.Step(steps.LINK_DEL, self.netns, 0, ("link_del", self.name), line)]

    def same(self, now) -> bool:
        """Whether ``now`` is what this asks for."""
        return not self.remake(now) and not any(self._differences(now))

    def _differences(self, now):
        plain = {
            name: getattr(self, name)
            for name in _PLAIN
            if getattr(self, name) is not None and getattr(self, name) != getattr(now, name)
        }
        if (self.mtu or now.mtu or _IPV6_MIN_MTU) < _IPV6_MIN_MTU:
            plain.pop("addr_gen", None)
        options = {name: value for name, value in self.options.items() if now.options.get(name) != value}
        known = {} if "master" in plain else now.port
        port = {name: value for name, value in self.port.items() if known.get(name, False) != value}
        if not (self.master or (self.master is None and now.master)):
            port = {}
        offload = {}
        if self.tx_offload is not None and self.tx_offload != now.tx_offload:
            offload = {"tx_offload": self.tx_offload}
        return plain, options, port, offload

    def _set(self, now, state):
        order = steps.LINK_SET + self.depth(state)
        plain, options, port, offload = self._differences(now)
        made = []

        def step(do, *line):
            made.append(
                steps.Step(steps.CONFIGURE, self.netns, order, do, steps.ip(self.netns, "link", "set", "dev", self.name, *line))
            )

        # do_setlink in the kernel raises a link before it looks at addr_gen_mode: up has to wait for a message of its own.
        late = bool(plain.get("up")) and "addr_gen" in plain
        if late:
            del plain["up"]
        if "mtu" in plain and "addr_gen" in plain:
            # There may be no addr_gen_mode until it has its MTU back.
            step(("link_set", self.name, {"mtu": plain["mtu"]}), "mtu", plain.pop("mtu"))
        if plain:
            step(("link_set", self.name, plain), *self._words(plain))
        if options:
            step(("link_options", self.name, self.kind, options), "type", self.kind, *words(LINK_KINDS[self.kind].options, options))
        if port:
            step(("port_options", self.name, port), "type", "bridge_slave", *words(PORT_OPTIONS, port))
        if late:
            step(("link_set", self.name, {"up": True}), "up")
        if offload:
            word = "on" if offload["tx_offload"] else "off"
            line = steps.inside(self.netns, "ethtool -K %s tx %s" % (shlex.quote(self.name), word))
            made.append(steps.Step(steps.CONFIGURE, self.netns, order, ("tx_offload", self.name, self.tx_offload), line))
        return made

    @staticmethod
    def _words(plain):
        """ip(8)'s words for {field: value}."""
        spoken = {
            "up": lambda value: ["up" if value else "down"],
            "master": lambda value: ["master", value] if value else ["nomaster"],
            "mac": lambda value: ["address", value],
            "addr_gen": lambda value: ["addrgenmode", ADDR_GEN.get(value, value)],
        }
        return [
            word
            for name, value in plain.items()
            for word in (spoken[name](value) if name in spoken else [name, value])
        ]


def new_loopback(netns: str) -> Link:
    """The loopback of a namespace that has just been made."""
    return Link(netns, "lo", "", False, 65536, Mac(6), "", 0, "", ADDR_GEN_EUI64)
