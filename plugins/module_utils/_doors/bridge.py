# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``bridge``: Linux bridges, their addresses and ports."""

from __future__ import annotations

from dataclasses import replace

from .. import _describe, _values
from .._door import COMMON, PURGE, items, one_or_many
from .._kinds.link import Link
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

_SINGLE = {
    "name": {"type": "str"},
    "addresses": {"type": "list", "elements": "str"},
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "stp": {"type": "bool"},
    "ageing_time": {"type": "int"},
    "network": {"type": "str"},
    "dad": {"type": "bool", "default": False},
    "purge": {"type": "bool", "default": False},
    "ports": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "hairpin": {"type": "bool"},
            "isolated": {"type": "bool"},
        },
    },
}

ARGUMENTS = {**COMMON, **PURGE, **one_or_many("bridges", _SINGLE)}


class _Bridge:
    """A bridge in normal form; what was not given is None."""

    def __init__(self, prefix, options):
        self.prefix = prefix
        self.name = _values.ifname(options["name"], prefix + "name")
        self.addresses = _values.interfaces(options["addresses"], prefix + "addresses")
        self.mtu = _values.mtu(options["mtu"], prefix + "mtu", self.addresses)
        self.mac = _values.optional(_values.interface_mac, options, prefix, "mac")
        self.options = {}
        if options["stp"] is not None:
            self.options["stp"] = options["stp"]
        if options["ageing_time"] is not None:
            self.options["ageing_time"] = _values.number(options["ageing_time"], prefix + "ageing_time", 0, 1000000, "seconds")
        self.network = _values.optional(_values.network_name, options, prefix, "network")
        self.dad = options["dad"]
        self.purge = options["purge"]
        self.ports: dict | None = None
        if options["ports"] is not None:
            self.ports = {}
            for position, port in enumerate(options["ports"]):
                option = "%sports[%d].name" % (prefix, position)
                name = _values.ifname(port["name"], option)
                if name in self.ports or name == self.name:
                    raise Problem(option, "'%s' is listed twice, or is the bridge itself." % name)
                self.ports[name] = {key: port[key] for key in ("hairpin", "isolated") if port[key] is not None}
        if self.purge and self.ports is None:
            raise Problem(prefix + "purge", "purge makes the list of ports exact, but ports is not given.")


class Wish:
    """What a task wants of bridges."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        self.purge = frozenset(_values.network_name(name, "purge_networks") for name in params["purge_networks"])
        self.bridges = [_Bridge(prefix, options) for prefix, options in items(params, "bridges", _SINGLE)]
        seen: dict = {}
        for bridge in self.bridges:
            ports = {name: "ports[%d].name" % position for position, name in enumerate(bridge.ports or ())}
            for name, option in {bridge.name: "name", **ports}.items():
                if name in seen:
                    raise Problem(bridge.prefix + option, "'%s' occurs twice." % name)
                seen[name] = bridge

    def reach(self) -> Reach:
        reach = Reach(networks=set(self.purge))
        for bridge in self.bridges:
            reach.links.add((HOST, bridge.name))
            if bridge.ports is not None or not self.present:
                reach.ports_of.add((HOST, bridge.name))
            reach.links |= {(HOST, port) for port in bridge.ports or ()}
        return reach

    def merge(self, merging) -> None:
        gone = []
        for bridge in self.bridges:
            if self.present:
                self._present(merging, bridge)
            else:
                gone.append((bridge.prefix + "name", merging.target.link(HOST, bridge.name)))
        if self.purge:
            kept = {bridge.name for bridge in self.bridges if self.present}
            gone += [
                ("purge_networks", link)
                for link in merging.now.every("link")
                if link.kind == "bridge" and link.networks and link.networks & self.purge and link.name not in kept
            ]
        for option, link in gone:
            if link is not None:
                self._remove(merging, option, link)

    def _present(self, merging, bridge):
        wanted = Link(HOST, bridge.name, "bridge", mtu=bridge.mtu, mac=bridge.mac, options=bridge.options)
        # A bridge without a MAC of its own takes the lowest of its ports', and changes it with them.
        link = merging.link(wanted, bridge.prefix, bridge.network, pin=("bridge", bridge.name))
        if bridge.addresses is not None:
            merging.addresses(link, bridge.addresses, bridge.dad)
        if bridge.ports is None:
            return
        if bridge.purge:
            for port in merging.target.every("link"):
                if port.netns == HOST and port.master == bridge.name and port.name not in bridge.ports:
                    merging.part(port)
        for position, (name, options) in enumerate(bridge.ports.items()):
            self._port(merging, bridge, "%sports[%d].name" % (bridge.prefix, position), name, options)

    @staticmethod
    def _port(merging, bridge, option, name, options):
        port = merging.need_link(HOST, name, option)
        if not port.master and not merging.ours(port) and merging.target.of("address", HOST, name):
            raise Problem(
                option, "'%s' has addresses of the host's: as a port of a bridge it would lose them, and you the host." % name
            )
        merging.marks(port, bridge.network, option)
        merging.join(HOST, port, bridge.name, option)
        merging.target.put(replace(port, up=True, master=bridge.name, port={**port.port, **options}))

    @staticmethod
    def _remove(merging, option, link):
        if link.kind != "bridge" or not merging.ours(link):
            raise Problem(option, "'%s' was not made by this collection: remove it with `ip link delete`." % link.name)
        ports = [one for one in merging.target.every("link") if one.netns == HOST and one.master == link.name]
        foreign = sorted(one.name for one in ports if not merging.ours(one))
        if foreign:
            raise Problem(
                option, "bridge '%s' has ports that are not ours: %s. Take them off first." % (link.name, ", ".join(map(_values.plain, foreign)))
            )
        above = merging.facts["above"].get((HOST, link.name))
        if above:
            raise Problem(
                option, "bridge '%s' has devices that are not ours on it, which would go with it: %s. Remove them first." % (link.name, ", ".join(above))
            )
        merging.remove_link(link)

    def result(self, outcome) -> dict:
        state = outcome.state
        found = []
        for bridge in self.bridges:
            link = state.link(HOST, bridge.name)
            if link is None:
                continue
            shown = _describe.link(state, link)
            shown["ports"] = sorted(
                one.name for one in state.every("link") if one.netns == HOST and one.master == bridge.name
            )
            found.append(shown)
        return {"bridges": found}
