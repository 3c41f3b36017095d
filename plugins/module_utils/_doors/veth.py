# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``veth``: pairs, with what is at either end."""

from __future__ import annotations

import ipaddress

from .. import _describe, _values
from .._door import COMMON, PURGE, items, one_or_many
from .._kinds.link import ADDR_GEN_EUI64, ADDR_GEN_NONE, Link
from .._kinds.route import DEFAULT_METRIC, Route
from .._marks import container_mac
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

_END = {
    "netns": {"type": "str"},
    "mac": {"type": "str"},
    "mtu": {"type": "int"},
    "addresses": {"type": "list", "elements": "str"},
    "link_local": {"type": "bool"},
}

_SINGLE = {
    "name": {"type": "str"},
    **_END,
    "bridge": {"type": "str"},
    "hairpin": {"type": "bool"},
    "isolated": {"type": "bool"},
    "network": {"type": "str"},
    "dad": {"type": "bool", "default": False},
    "peer": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            **_END,
            "gateway": {"type": "list", "elements": "str"},
            "routes": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "dst": {"type": "str", "required": True},
                    "via": {"type": "str"},
                    "metric": {"type": "int"},
                    "src": {"type": "str"},
                    "onlink": {"type": "bool", "default": False},
                },
            },
        },
    },
}

ARGUMENTS = {**COMMON, **PURGE, **one_or_many("veths", _SINGLE)}

_DEFAULT = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}


class _End:
    """One end of a pair in normal form; what was not given is None."""

    def __init__(self, prefix, options, mtu=None):
        self.prefix = prefix
        self.name = _values.ifname(options["name"], prefix + "name")
        self.netns = _values.optional(_values.netns_name, options, prefix, "netns") or HOST
        self.mac = _values.optional(_values.interface_mac, options, prefix, "mac")
        self.addresses = _values.interfaces(options["addresses"], prefix + "addresses")
        self.link_local = options["link_local"]
        wanted = options["mtu"] if options["mtu"] is not None else mtu
        self.mtu = _values.mtu(wanted, prefix + "mtu", self.addresses, self.link_local)

    @property
    def key(self):
        return (self.netns, self.name)

    def addr_gen(self, bridge):
        """Link-local addresses follow from whether the end has IPv6: their traffic floods a bridge quadratically."""
        wanted = self.link_local
        if wanted is None:
            if self.addresses is None and not bridge:
                return None
            wanted = any(one.version == 6 for one in self.addresses or ())
        return ADDR_GEN_EUI64 if wanted else ADDR_GEN_NONE


class _Pair:
    def __init__(self, prefix, options):
        self.prefix = prefix
        self.near = _End(prefix, options)
        self.bridge = options["bridge"] and _values.ifname(options["bridge"], prefix + "bridge")  # "" takes it off
        self.port = {name: options[name] for name in ("hairpin", "isolated") if options[name] is not None}
        if self.port and not self.bridge:
            raise Problem(prefix + sorted(self.port)[0], "only the port of a bridge can be so: say which bridge.")
        self.network = _values.optional(_values.network_name, options, prefix, "network")
        self.dad = options["dad"]
        self.far, self.routes = None, None
        peer = options["peer"]
        if peer is not None:
            self.far = _End(prefix + "peer.", peer, self.near.mtu)
            if self.far.key == self.near.key:
                raise Problem(prefix + "peer.name", "both ends would be '%s' in the same namespace." % self.far.name)
            if peer["gateway"] is not None or peer["routes"] is not None:
                self.routes = self._routes(self.far, peer)

    @property
    def spaces(self) -> set:
        """The namespaces that it leads into."""
        return {end.netns for end in (self.near, self.far) if end is not None}

    def _routes(self, far, peer) -> list:
        found: list = []
        for gateway in peer["gateway"] or []:
            via = _values.address(gateway, self.prefix + "peer.gateway")
            if any(route.dst.version == via.version for route in found):
                raise Problem(self.prefix + "peer.gateway", "one of each address family is the most: a second default route needs a metric, in routes.")
            found.append(_route(far, _DEFAULT[via.version], via, None, None, False))
        for position, options in enumerate(peer["routes"] or []):
            option = "%speer.routes[%d]." % (self.prefix, position)
            via = _values.optional(_values.address, options, option, "via")
            if options["dst"] == "default":
                if via is None:
                    raise Problem(option + "via", "a default route needs a gateway, which also says whether it is IPv4 or IPv6.")
                dst = _DEFAULT[via.version]
            else:
                dst = _values.network(options["dst"], option + "dst")
            src = _values.optional(_values.address, options, option, "src")
            for one, name in ((via, "via"), (src, "src")):
                if one is not None and one.version != dst.version:
                    raise Problem(option + name, "%s and %s are of different families." % (one, dst))
            if options["metric"] is not None:
                _values.number(options["metric"], option + "metric", 0 if dst.version == 4 else 1, (1 << 32) - 1)
            found.append(_route(far, dst, via, options["metric"], src, options["onlink"]))
        if len({route.key for route in found}) < len(found):
            raise Problem(self.prefix + "peer.routes", "two routes lead to the same network with the same metric.")
        return found


def _route(far, dst, via, metric, src, onlink):
    metric = DEFAULT_METRIC[dst.version] if metric is None else metric
    return Route(far.netns, far.name, dst, metric, via, src, onlink)


class Wish:
    """What a task wants of pairs."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        self.purge = frozenset(_values.network_name(name, "purge_networks") for name in params["purge_networks"])
        self.pairs = [_Pair(prefix, options) for prefix, options in items(params, "veths", _SINGLE)]
        self._check()

    def _check(self):
        seen: dict = {}
        addresses: dict = {}
        for pair in self.pairs:
            for end in (pair.near, pair.far):
                if end is None:
                    continue
                if end.key in seen:
                    raise Problem(
                        end.prefix + "name",
                        "'%s'%s is an end of two pairs." % (end.name, " in namespace '%s'" % end.netns if end.netns else ""),
                    )
                seen[end.key] = end
            if pair.far is None or not pair.bridge:
                continue
            # Two endpoints of one bridge are one Ethernet: neither MAC nor address may occur twice.
            macs = [pair.far.mac] if pair.far.mac else []
            for what in macs + [one.ip for one in pair.far.addresses or ()]:
                other = addresses.setdefault((pair.near.netns, pair.bridge, what), pair)
                if other is not pair:
                    option = "mac" if what in macs else "addresses"
                    raise Problem(
                        pair.far.prefix + option, "%s is that of '%s' too, on the same bridge." % (what, other.near.name)
                    )

    def reach(self) -> Reach:
        # What is removed can be put back only with its other end.
        purges = bool(self.purge)
        reach = Reach(networks=set(self.purge), everywhere=purges, peers=purges or not self.present)
        # Whose end it is that stands where one of these is to be, its other end tells.
        reach.near_ends = self.present
        for pair in self.pairs:
            for end in (pair.near, pair.far):
                if end is None:
                    continue
                if end.netns:
                    reach.spaces.add(end.netns)
                    reach.asked_by.setdefault(end.netns, end.prefix + "netns")
                else:
                    reach.links.add(end.key)
            if pair.bridge and self.present:
                reach.links.add((pair.near.netns, pair.bridge))
                reach.ports_of.add((pair.near.netns, pair.bridge))
        return reach

    def merge(self, merging) -> None:
        # What was to lead into a namespace that is gone is left out: whose it was has said so.
        pairs = [pair for pair in self.pairs if not merging.gone.intersection(pair.spaces)]
        if self.purge:
            self._purge(merging, pairs)
        for pair in pairs:
            if self.present:
                self._present(merging, pair)
            else:
                self._absent(merging, pair)
        if self.present:
            merging.check_free([(self._option(pair, route), route) for pair in pairs for route in pair.routes or ()])

    def _present(self, merging, pair):
        near, far = pair.near, pair.far
        merging.need_netns(near.netns, near.prefix + "netns")
        now = merging.target.link(*near.key)
        if far is None and (now is None or now.kind != "veth"):
            raise Problem(pair.prefix + "peer", "a pair that is made needs its other end: say peer, with its name at least.")
        if far is not None:
            merging.need_netns(far.netns, far.prefix + "netns")
            self._part(merging, near, far, pair)
        wanted = Link(
            near.netns,
            near.name,
            "veth",
            mtu=near.mtu,
            mac=near.mac,
            master=pair.bridge,
            addr_gen=near.addr_gen(pair.bridge),
            peer=far.key if far else None,
            port=pair.port,
        )
        link = merging.link(wanted, pair.prefix, pair.network, pin=("veth", near.netns, near.name))
        if far is not None:
            self._far(merging, pair, link)
        if near.addresses is not None:
            merging.addresses(link, near.addresses, pair.dad)

    @staticmethod
    def _part(merging, near, far, pair):
        """Ends that are there but belong to other pairs: ours are taken apart, others' are an error."""
        for end, other in ((near, far), (far, near)):
            now = merging.target.link(*end.key)
            if now is None or now.kind != "veth" or now.peer == other.key:
                continue
            if not merging.ours(now):
                raise Problem(end.prefix + "name", "'%s' is an end of somebody else's pair: take another name." % end.name)
            for one in (now, merging.target.get(now.peer_key) if now.peer else None):
                merging.marks(one, pair.network, end.prefix + "name")
            merging.remove_link(now)

    def _far(self, merging, pair, near):
        far = pair.far
        mac = far.mac
        if mac is None and merging.target.link(*far.key) is None and far.addresses:
            derived = container_mac(pair.network or "", str(far.addresses[0].ip))
            mac = _values.mac(derived, far.prefix + "mac")
        wanted = Link(
            far.netns, far.name, "veth", mtu=far.mtu, mac=mac, addr_gen=far.addr_gen(None), peer=pair.near.key
        )
        link = merging.link(wanted, far.prefix, pair.network, marked=False, pin=("veth", far.netns, far.name))
        if far.addresses is not None:
            merging.addresses(link, far.addresses, pair.dad)
        if pair.routes is not None:
            merging.routes(link, pair.routes)
            for route in pair.routes:
                merging.check_reachable(link, route, Wish._option(pair, route))

    @staticmethod
    def _option(pair, route):
        return pair.far.prefix + ("gateway" if route.dst.prefixlen == 0 else "routes")

    @staticmethod
    def _absent(merging, pair):
        now = merging.target.link(*pair.near.key)
        if now is None:
            return
        if now.kind != "veth" or not merging.ours(now):
            raise Problem(pair.prefix + "name", "'%s' was not made by this collection: remove it with `ip link delete`." % now.name)
        merging.remove_link(now)

    def _purge(self, merging, pairs):
        kept = {pair.near.key for pair in pairs if self.present}
        for link in merging.now.every("link"):
            if link.kind == "veth" and link.networks and link.networks & self.purge and link.key in merging.target:
                if (link.netns, link.name) not in kept:
                    merging.remove_link(link)

    def result(self, outcome) -> dict:
        state = outcome.state
        found = []
        for pair in self.pairs:
            link = state.link(*pair.near.key)
            if link is None:
                continue
            shown = _describe.link(state, link)
            peer = state.get(link.peer_key) if link.peer else None
            if peer is not None:
                shown["peer"] = _describe.link(state, peer)
            found.append(shown)
        return {"veths": found}
