# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the kernel: steps applied to a State, with what the kernel refuses and what it takes along.

Small on purpose: one method a verb of Step.do, and the rules that have hurt (secondary addresses, routes that go with
the last address, ports of a bridge that goes, pairs that go together). A property test of all verbs can grow on it.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

from ansible_collections.linuxnet.container.plugins.module_utils import _nft
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.bridge import MAX_PORTS
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import LINK_KINDS, Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.netns import Netns
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.nft import NftRule, NftTable
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.record import Record
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.sysctl import Sysctl
from ansible_collections.linuxnet.container.plugins.module_utils._state import HOST
from ansible_collections.linuxnet.container.plugins.module_utils._values import MAC_FLOOD, Mac

#: What a new link of a kind has where nothing is said.
DEFAULTS = {
    "bridge": {"stp": False, "ageing_time": 300},
    "vxlan": {
        "vni": 0, "dstport": 8472, "ttl": 0, "learning": True,
        "udp_csum": True, "udp6_zero_csum_tx": False, "udp6_zero_csum_rx": False,
    },
}  # fmt: skip
PORT_DEFAULTS = {"hairpin": False, "isolated": False}


class Refused(AssertionError):
    """What the kernel would have answered to a step."""


class Model:
    """``state``: the State as it now is."""

    def __init__(self, state):
        self.state = state.copy()
        self._numbers = itertools.count(1000)

    def apply(self, steps) -> "Model":
        for step in steps:
            self.step = step
            getattr(self, step.do[0])(*step.do[1:])
        return self

    # Words for what the kernel asks

    def _need(self, condition, why):
        if not condition:
            raise Refused("%s: %s" % (self.step.line, why))

    def _link(self, name) -> Link:
        found = self.state.link(self.step.netns, name)
        self._need(found is not None, "there is no device %s" % name)
        return found

    def _bridge(self, name):
        if not name:
            return {}
        self._need(self._link(name).kind == "bridge", "%s is no bridge" % name)
        ports = [link for link in self.state.every("link") if (link.netns, link.master) == (self.step.netns, name)]
        self._need(len(ports) < MAX_PORTS, "Exchange full")
        return dict(PORT_DEFAULTS)

    # Namespaces

    def netns_add(self, name, mark):
        self._need(("netns", HOST, name) not in self.state, "File exists")
        group, alias = mark or (0, "")
        self.state.put(Netns(name, next(self._numbers)))
        self.state.put(Link(name, "lo", "", False, 65536, Mac(6), "", group, alias, 0))

    def netns_attach(self, name, pid, inode):
        self._need(("netns", HOST, name) not in self.state, "File exists")
        self.state.put(Netns(name, inode))
        self.state.put(Link(name, "lo", "", False, 65536, Mac(6), "", 0, "", 0))

    def netns_del(self, name):
        self._need(("netns", HOST, name) in self.state, "No such file or directory")
        self._drop(("netns", HOST, name))

    def stop(self, name, processes, timeout):
        self._need(("netns", HOST, name) in self.state, "No such file or directory")

    # Links

    def link_add(self, link, peer):
        self._new(link, peer and (peer.netns, peer.name))
        if peer is not None:
            self._new(replace(peer, up=False, master="", group=0, addr_gen=0), (link.netns, link.name))

    def _new(self, link, peer):
        self._need(not link.netns or ("netns", HOST, link.netns) in self.state, "no such namespace")
        self._need(link.key not in self.state, "File exists")
        self._need(link.kind in LINK_KINDS and (link.kind == "veth") == bool(peer), "Invalid argument")
        port = self._bridge(link.master) if link.master else {}
        if link.options.get("dev"):
            self._link(link.options["dev"])
        mac = link.mac or Mac(b"\x0a" + next(self._numbers).to_bytes(5, "big"))
        self.state.put(
            Link(
                link.netns, link.name, link.kind, bool(link.up), link.mtu or 1500, mac, link.master or "",
                link.group or 0, "", 0, peer, {**DEFAULTS.get(link.kind, {}), **link.options}, port,
                True if link.kind == "vxlan" else None,
            )
        )  # fmt: skip

    def link_set(self, name, plain):
        self._need(len(plain) > 0, "nothing to do")
        self._need(not (plain.get("up") and "addr_gen" in plain), "the link is raised before its addr_gen_mode is set")
        link = self._link(name)
        if "master" in plain:
            self._need(plain["master"] != link.master, "it is there already")
            link = replace(link, port=self._bridge(plain["master"]))
        link = replace(link, **plain)
        self.state.put(link)
        if not link.up:
            for item in self.state.of("route", link.netns, name):
                self._drop(item.key)

    def link_options(self, name, kind, options):
        link = self._link(name)
        self._need(link.kind == kind, "it is of another kind")
        fixed = [option.name for option in LINK_KINDS[kind].options if not option.changeable]
        self._need(not set(options) & set(fixed), "Operation not supported")
        self.state.put(replace(link, options={**link.options, **options}))

    def port_options(self, name, options):
        link = self._link(name)
        self._need(link.master, "it is no port")
        self.state.put(replace(link, port={**link.port, **options}))

    def link_del(self, name):
        self._drop(self._link(name).key)

    def tx_offload(self, name, wanted):
        self.state.put(replace(self._link(name), tx_offload=wanted))

    # What belongs to a link

    def address_add(self, address, again):
        link = self._link(address.dev)
        self._need(again or address.key not in self.state, "File exists")
        self._need(address.interface.version == 4 or link.mtu >= 1280, "IPv6 is disabled on this device")
        if address.key not in self.state:
            self.state.put(address)

    def address_del(self, address):
        self._need(address.key in self.state, "Address not found")
        network = address.interface.network
        same = [one for one in self.state.of("address", address.netns, address.dev) if one.interface.network == network]
        self._drop(address.key)
        if address.interface.version == 6:
            return
        if same[0] == address:
            for secondary in same[1:]:
                self._drop(secondary.key)
        if not any(one.interface.version == 4 for one in self.state.of("address", address.netns, address.dev)):
            for route in self.state.of("route", address.netns, address.dev):
                if route.dst.version == 4:
                    self._drop(route.key)

    def route_add(self, route, again):
        self._need(self._link(route.dev).up, "Network is down")
        for other in self.state.every("route"):
            if (other.netns, other.dst, other.metric) == (route.netns, route.dst, route.metric):
                self._need(again, "File exists")
                self._drop(other.key)
                break
        if route.via and not route.onlink and not route.via.is_link_local:
            near = [one.interface.network for one in self.state.of("address", route.netns, route.dev)]
            near += [one.dst for one in self.state.of("route", route.netns, route.dev) if one.via is None]
            self._need(any(route.via in network for network in near), "Nexthop has invalid gateway")
        if route.src:
            known = [one.interface.ip for one in self.state.every("address") if one.netns == route.netns]
            self._need(route.src in known, "Invalid prefsrc address")
        self.state.put(route)

    def route_del(self, route):
        self._need(self.state.get(route.key) == route, "No such process")
        self._drop(route.key)

    def fdb_add(self, entry):
        link = self._link(entry.dev)
        self._need(link.kind == "vxlan", "Operation not supported")
        local = link.options.get("local")
        self._need(local is None or local.version == entry.dst.version, "Address family not supported")
        if entry.mac != MAC_FLOOD:
            for other in self.state.of("fdb", entry.netns, entry.dev):
                self._need(other.mac != entry.mac, "it would take the place of another remote")
        # What is the device's own is not said, and so is what the device has.
        port = link.options.get("dstport", 4789) if entry.port == entry.default_port else entry.port
        vni = link.options.get("vni", 0) if entry.vni == entry.default_vni else entry.vni
        made = replace(entry, port=port, vni=vni)
        self._need(made.key not in self.state, "File exists")
        self.state.put(made)

    def fdb_del(self, entry):
        self._need(entry.key in self.state, "No such file or directory")
        self._drop(entry.key)

    # The rest

    def nft(self, operation):
        table = self.state.get(NftTable(()).key)
        if isinstance(operation, _nft.AddTable):
            if table is None:
                self.state.put(NftTable(()))
            return
        self._need(table is not None, "no such table")
        if isinstance(operation, _nft.DeleteTable):
            self._drop(table.key)
        elif isinstance(operation, _nft.AddChain):
            self._need(operation.chain.name not in [chain.name for chain in table.chains], "File exists")
            self.state.put(NftTable(tuple(sorted(table.chains + (operation.chain,), key=lambda chain: chain.name))))
        elif isinstance(operation, _nft.AddRule):
            self._need(operation.rule.chain in [chain.name for chain in table.chains], "no such chain")
            made = NftRule(operation.rule, next(self._numbers))
            while made.key in self.state:
                made = replace(made, copy=made.copy + 1)
            self.state.put(made)
        else:
            assert isinstance(operation, _nft.DeleteRule), operation
            found = [one for one in self.state.every("nft_rule") if one.handle == operation.handle]
            self._need(len(found) == 1, "no such rule")
            self._drop(found[0].key)

    def sysctl(self, path, value):
        netns = self.step.netns
        self._need(not netns or ("netns", HOST, netns) in self.state, "no such namespace")
        family = {"net.ipv4.ip_forward": "net/ipv4/conf/", "net.ipv6.conf.all.forwarding": "net/ipv6/conf/"}.get(path)
        if family and not netns:
            # Every device follows the switch; what is equal to it is no state of its own.
            for item in self.state.every("sysctl"):
                if item.path.startswith(family) and item.path.endswith("/forwarding"):
                    self._drop(item.key)
            redirects = self.state.get(("sysctl", HOST, "net/ipv4/conf/all/accept_redirects"))
            if redirects is not None and path == "net.ipv4.ip_forward":
                self.state.put(replace(redirects, value="0" if value == "1" else "1"))
        self.state.put(Sysctl(netns, path, value))

    def record(self, subject, name, value):
        key = ("record", HOST, subject, name)
        if value is None:
            self._need(key in self.state, "nothing is noted")
            self._drop(key)
        else:
            self.state.put(Record(subject, name, value))

    def _drop(self, key):
        """Take an object away, and what the kernel takes away with it."""
        item = self.state[key]
        self.state.drop(key)
        for other in list(self.state.values()):
            if other.key not in self.state:
                continue
            if key in other.parents():
                self._drop(other.key)
            elif key[0] == "link" and other.key[0] == "link" and other.netns == item.netns and other.master == item.name:
                self.state.put(replace(other, master="", port={}))
