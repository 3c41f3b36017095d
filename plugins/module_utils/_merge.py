# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging: a user's options laid over what was observed, within the reach of the call. Pure.

The rules: an option that is not given is not touched; what belongs to one object of ours is exact, on an object of
somebody else's it only adds; an object of the right name and the wrong kind is remade if it is ours, an error if not.
"""

from __future__ import annotations

from dataclasses import replace

from ._kinds.address import Address, broadcast_of, in_order
from ._kinds.bridge import MAX_PORTS
from ._kinds.link import Link
from ._kinds.netns import Netns
from ._kinds.route import Route
from ._marks import GROUP, OWNER, alias, derived_mac
from ._problem import Problem
from ._state import HOST
from ._values import IPV6_MIN_MTU, Mac, plain


class Merging:
    """A target in the making.

    ``target``: State; ``assumed``: keys taken as given because an earlier task would have made them (check mode
    only); ``steps``: steps beyond the plan; ``warnings``: sentences; ``gone``: names of adopted namespaces that are no more.
    """

    def __init__(self, observed, check: bool):
        self.now = observed.state
        self.facts = observed.facts
        self.check = check
        self.target = observed.state.copy()
        self.assumed: list = []
        self.steps: list = []
        self.warnings: list = []
        self.gone: set = set()
        self._ports: dict = {}

    # What must be there already

    def need_netns(self, name: str, option: str) -> None:
        """Namespace ``name`` is there, or an earlier task would have made it."""
        if name == HOST or ("netns", HOST, name) in self.target:
            return
        if not self.check:
            raise Problem(
                option, "there is no namespace '%s': make it first, with linuxnet.container.netns." % name
            )
        self._assume(Netns(name))

    def need_link(self, netns: str, name: str, option: str, kind: str = "") -> Link:
        """Link ``name`` is there (and of ``kind``), or an earlier task would have made it."""
        found = self.target.link(netns, name)
        if self.check and found is not None and kind not in ("", found.kind) and self.ours(found):
            found = None  # made anew by the task that makes it
        if found is None:
            self.need_free(netns, name, option)
            where = " in namespace '%s'" % netns if netns else ""
            if not self.check:
                raise Problem(option, "there is no %s '%s'%s: make it first, or correct the name." % (kind or "device", name, where))
            found = Link(netns, name, kind, True, group=GROUP, alias=OWNER)
            self._assume(found)
        if kind and found.kind != kind:
            raise Problem(option, "'%s' is no %s but a %s." % (name, kind, found.kind or "device of another kind"))
        return found

    def need_free(self, netns: str, name: str, option: str) -> None:
        """No device has ``name`` beside its own: the kernel would take the one for the other."""
        owner = self.facts.get("altnames", {}).get((netns, name))
        if owner is not None:
            raise Problem(option, "'%s' is another name of '%s' (an altname): take another, or remove it there." % (name, plain(owner)))

    def _assume(self, item):
        self.target.put(item)
        self.assumed.append(item)

    def overlook(self, netns: str, but=()) -> None:
        """What is in namespace ``netns`` is no business of this call: it neither is nor will be.

        ``but``: {(netns, name)} of the links there that are its business, with what belongs to them.
        """
        for state in (self.now, self.target):
            for key in [key for key in state if key[1] == netns and key[1:3] not in but]:
                state.drop(key)
            for link in state.every("link"):
                if link.peer and link.peer[0] == netns and link.peer not in but:
                    state.put(replace(link, peer=None))

    # Ownership

    def ours(self, link) -> bool:
        """Whether ``link`` is ours: by its own marks, or as the far end of a pair of ours."""
        if link is None:
            return False
        if link.networks is not None:
            return True
        peer = self.now.get(link.peer_key) or self.target.get(link.peer_key) if link.peer else None
        return peer is not None and peer.networks is not None

    def marks(self, now, network, option: str) -> dict:
        """The marks of a link that is ours, or becomes it, in ``network`` (None: no word about it)."""
        if now is None or now.networks is None:
            return {"group": GROUP, "alias": alias([network] if network else ())}
        if network and now.networks and network not in now.networks:
            raise Problem(
                option,
                "'%s' belongs to network '%s', not to '%s': remove it there first, or take another name."
                % (now.name, ",".join(sorted(now.networks)), network),
            )
        return {"group": GROUP, "alias": alias(now.networks | ({network} if network else set()))}

    def mac(self, *words) -> Mac:
        """A MAC for what nobody gave one: the same at every run on this host, another on any other."""
        return Mac(bytes.fromhex(derived_mac(*self.facts["host"], *words).replace(":", "")))

    # Links

    def link(self, wanted: Link, prefix: str, network=None, marked: bool = True, pin=()) -> Link:
        """Lay ``wanted`` (None: not given) over what is there.

        ``prefix``: of its options' names; ``marked``: whether this link carries the marks itself; ``pin``: words from
        which the MAC of a new link follows.
        """
        option = prefix + "name"
        now = self.target.link(wanted.netns, wanted.name)
        if now is not None and now.kind != wanted.kind:
            if not self.ours(now):
                raise Problem(
                    option,
                    "'%s' is somebody else's %s, not a %s of ours: take another name, or remove it."
                    % (wanted.name, now.kind or "device", wanted.kind),
                )
            self.marks(now, network, option)
            self.remove_link(now)
            now = None
        if now is None:
            self.need_free(wanted.netns, wanted.name, option)
            given = replace(wanted, up=True, **(self.marks(None, network, option) if marked else {}))
            if given.mac is None and pin:
                given = replace(given, mac=self.mac(*pin))
        else:
            fields = {
                name: getattr(wanted, name)
                for name in ("mtu", "mac", "master", "addr_gen", "peer", "tx_offload")
                if getattr(wanted, name) is not None
            }
            given = replace(
                now, up=True, options={**now.options, **wanted.options}, port={**now.port, **wanted.port}, **fields
            )
            if marked and network and not self.ours(now):
                raise Problem(
                    option,
                    "'%s' is somebody else's and cannot be made part of network '%s': take another name, or remove it."
                    % (wanted.name, network),
                )
            if self.ours(now) and marked:
                given = replace(given, **self.marks(now, network, option))
            if given.remake(now):
                if not self.ours(now):
                    raise Problem(
                        option,
                        "'%s' is somebody else's and would have to be made anew: take another name, or remove it."
                        % wanted.name,
                    )
                if given.mac is None and pin:
                    given = replace(given, mac=self.mac(*pin))
        if given.mtu and given.mtu < IPV6_MIN_MTU:
            # No IPv6 there, and so no mode of its link-local address.
            given = replace(given, addr_gen=None)
        if wanted.master:
            self.join(wanted.netns, now, wanted.master, prefix + "bridge")
        self.target.put(given)
        return given

    def join(self, netns: str, now, bridge: str, option: str) -> None:
        """``now`` (a Link, or None for one that is made) may become a port of ``bridge``."""
        self.need_link(netns, bridge, option, "bridge")
        if now is not None and now.master == bridge:
            return
        if now is not None and now.master and not self.ours(now):
            raise Problem(option, "'%s' is somebody else's port of '%s': take it off there first." % (now.name, plain(now.master)))
        self._leave(now)
        count = self._ports_of(netns, bridge) + 1
        if count > MAX_PORTS:
            raise Problem(
                option,
                "bridge '%s' would have more than %d ports, which is the kernel's limit: use a second bridge."
                % (bridge, MAX_PORTS),
            )
        self._ports[netns, bridge] = count

    def part(self, port) -> None:
        """``port`` (a Link) is no port any more."""
        self._leave(port)
        self.target.put(replace(port, master="", port={}))

    def _leave(self, port):
        if port is not None and port.master:
            self._ports[port.netns, port.master] = self._ports_of(port.netns, port.master) - 1

    def _ports_of(self, netns, bridge) -> int:
        return self._ports.get((netns, bridge), self.facts["ports"].get((netns, bridge), 0))

    def remove_link(self, link) -> None:
        """Take ``link``, and with it its peer and what belongs to either, out of the target."""
        self._forget(link)
        if link.peer and self.target.get(link.peer_key) is not None:
            self._forget(self.target[link.peer_key])

    def _forget(self, link):
        self._leave(link)
        if link.kind == "bridge":
            for port in self.target.every("link"):
                if (port.netns, port.master) == (link.netns, link.name):
                    self.part(port)
        for kind in ("address", "route", "fdb"):
            for item in self.target.of(kind, link.netns, link.name):
                self.target.drop(item.key)
        self.target.drop(link.key)

    # What belongs to a link

    def addresses(self, link, interfaces, dad: bool = False) -> None:
        """The addresses of ``link``: exact and in this order when it is ours, added when it is not."""
        wanted = [Address(link.netns, link.name, one, broadcast_of(one), not dad) for one in interfaces]
        if self.ours(link):
            wanted = in_order(wanted)
            for item in wanted:
                self.target.drop(item.key)
        self._belonging("address", link, wanted)

    def routes(self, link, routes) -> None:
        """The routes out of ``link``: exact when it is ours, added when it is not."""
        self._belonging("route", link, routes)

    def _belonging(self, kind, link, wanted):
        if self.ours(link):
            keys = {item.key for item in wanted}
            for item in self.target.of(kind, link.netns, link.name):
                if item.key not in keys:
                    self.target.drop(item.key)
        for item in wanted:
            self.target.put(item)

    def check_free(self, routes) -> None:
        """No other device of the namespace has a route with the same destination and metric as one of ``routes`` ([(option,
        Route)]): the kernel keeps one of each."""
        if not routes:
            return
        devices: dict = {}
        for other in self.target.every("route"):
            devices.setdefault((other.netns, other.dst, other.metric), set()).add(other.dev)
        for option, route in routes:
            for dev in devices[route.netns, route.dst, route.metric] - {route.dev}:
                raise Problem(option, "'%s' has a route to %s with metric %d already: give this one another metric." % (dev, route.dst, route.metric))

    def check_reachable(self, link, route: Route, option: str) -> None:
        """The gateway of ``route`` is in a network of an address of ``link``, or the route says onlink."""
        if route.via is None or route.onlink or route.via.is_link_local:
            return
        for address in self.target.of("address", link.netns, link.name):
            if route.via in address.interface.network:
                if route.via == address.interface.ip:
                    raise Problem(option, "gateway %s is the endpoint's own address." % route.via)
                return
        if any(
            other.via is None and route.via in other.dst and other.dst.prefixlen
            for other in self.target.of("route", link.netns, link.name)
        ):
            return
        raise Problem(
            option,
            "gateway %s cannot be reached from '%s': none of its addresses is in the same network." % (route.via, link.name),
        )
