# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the kernel: steps applied to a State, with what the kernel refuses and what it takes along.

One method a verb of Step.do. What goes along with what is said here once more and not asked of the kinds, so that a
rule that the planner has wrong is not wrong here as well. Every rule was looked up in the kernel's source or tried on it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from ansible_collections.linuxnet.container.plugins.module_utils import _iptables, _nft
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.bridge import MAX_PORTS
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.firewalld import Binding, FirewalldPolicy, FirewalldZone
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import LINK_KINDS, Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.netns import Netns
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.nft import NftElement, NftRule, NftTable
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

#: IPV6_MIN_MTU (linux/ipv6.h): a device below it has no IPv6 at all.
IPV6_MIN = 1280
#: What VXLAN takes of its underlay's MTU, by the version of the IP that carries it.
HEADROOM = {4: 50, 6: 70}
_OF_DEVICE = re.compile(r"net[./](?:ipv4|ipv6)[./](?:conf|neigh)[./](?!(?:all|default)[./])(?P<device>.+)[./](?P<leaf>[^./]+)")
_SWITCH = re.compile(r"net\.(?:(?P<short>ipv4)\.ip_forward|(?P<family>ipv[46])\.conf\.all\.forwarding)")


class Refused(AssertionError):
    """What the kernel would have answered to a step."""


def has_ipv6(link) -> bool:
    """What was taken as given has no MTU that is known."""
    return link.mtu is None or link.mtu >= IPV6_MIN


def family_of_vxlan(link) -> int:
    """Of the IP that carries a VXLAN device's frames: IPv4 unless an address says otherwise."""
    known = link.options.get("local") or link.options.get("group")
    return known.version if known is not None else 4


class Model:
    """``state``: the State as it now is.

    ``promote``: net.ipv4.conf.*.promote_secondaries, which no state shows: 0 is the kernel's own, 1 is systemd's.
    ``cut_off``: devices that have lost their router-advertised default route.
    """

    def __init__(self, state, promote=False):
        self.state = state.copy()
        self.promote = promote
        self.cut_off: set = set()
        self._numbers = itertools.count(1000)
        self._policies = {}
        # Without bindings it is in no state; whether firewalld runs with it, only who binds something first has to know.
        self._zone_is_loaded = all(zone.loaded for zone in state.every("firewalld_zone"))

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

    def _bridge(self, name, port):
        if not name:
            return {}
        self._need(self._link(name).kind == "bridge", "%s is no bridge" % name)
        self._need(name != port.name and port.kind != "bridge", "a bridge cannot be a port")
        ports = [link for link in self.state.every("link") if (link.netns, link.master) == (self.step.netns, name)]
        self._need(len(ports) < MAX_PORTS, "Exchange full")
        return dict(PORT_DEFAULTS)

    # Namespaces

    def netns_add(self, name, mark):
        self._need(("netns", HOST, name) not in self.state, "File exists")
        group, alias = mark or (0, "")
        self.state.put(Netns(name, next(self._numbers)))
        self.state.put(Link(name, "lo", "", False, 65536, Mac(6), "", group, alias, 0))

    def netns_attach(self, name, source, inode):
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
        port = self._bridge(link.master, link) if link.master else {}
        mtu = link.mtu or 1500
        if link.kind == "vxlan":
            mtu = self._underlay(link, mtu)
        mac = link.mac or Mac(b"\x0a" + next(self._numbers).to_bytes(5, "big"))
        self.state.put(
            Link(
                link.netns, link.name, link.kind, bool(link.up), mtu, mac, link.master or "",
                link.group or 0, "", 0 if mtu >= IPV6_MIN else None, peer, {**DEFAULTS.get(link.kind, {}), **link.options}, port,
                True if link.kind == "vxlan" and link.netns == HOST else None,
            )
        )  # fmt: skip

    def _underlay(self, link, mtu):
        """The MTU that a VXLAN device gets."""
        options = {**DEFAULTS["vxlan"], **link.options}
        for other in self.state.every("link"):
            if other.netns == link.netns and other.kind == "vxlan":
                same = [other.options.get(name) == options[name] for name in ("vni", "dstport")]
                same.append(family_of_vxlan(other) == family_of_vxlan(link))
                self._need(not all(same), "A VXLAN device with the specified VNI already exists")
        if not options.get("dev"):
            self._need(not options.get("group") or not options["group"].is_multicast, "multicast needs a device")
            return mtu
        most = self._link(options["dev"]).mtu - HEADROOM[family_of_vxlan(link)]
        return min(mtu, most)

    def link_set(self, name, plain):
        self._need(len(plain) > 0, "nothing to do")
        self._need(not (plain.get("up") and "addr_gen" in plain), "the link is raised before its addr_gen_mode is set")
        was = link = self._link(name)
        if "master" in plain:
            self._need(plain["master"] != link.master, "it is there already")
            link = replace(link, port=self._bridge(plain["master"], link))
        self._need("addr_gen" not in plain or has_ipv6(was), "Address family not supported by protocol")
        link = replace(link, **plain)
        if has_ipv6(link) and not has_ipv6(was):
            link = replace(link, addr_gen=0)
        elif not has_ipv6(link):
            link = replace(link, addr_gen=None)
        if link.kind == "vxlan" and link.options.get("dev") and "mtu" in plain:
            most = self._link(link.options["dev"]).mtu - HEADROOM[family_of_vxlan(link)]
            self._need(link.mtu <= most, "Invalid argument")
        self.state.put(link)
        lost = []
        if was.up and not link.up:
            lost += self.state.of("route", link.netns, name)
        if was.up and not link.up or not has_ipv6(link):
            # addrconf_ifdown: with keep_addr_on_down, which is 0, they would stay.
            lost += [one for one in self.state.of("address", link.netns, name) if one.interface.version == 6]
        if not has_ipv6(link):
            lost += [one for one in self.state.of("route", link.netns, name) if one.dst.version == 6]
        for item in lost:
            self.state.drop(item.key)

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
        self._need(self.step.netns == HOST, "nobody goes into a namespace for it")
        self.state.put(replace(self._link(name), tx_offload=wanted))

    # What belongs to a link

    def address_add(self, address, again):
        link = self._link(address.dev)
        version = address.interface.version
        self._need(version == 4 or has_ipv6(link), "IPv6 is disabled on this device")
        there = self.state.of("address", address.netns, address.dev)
        if address.key in self.state:
            self._need(again, "File exists")
            return
        if version == 6:
            self._need(address.interface.ip not in [one.interface.ip for one in there], "address already assigned")
            self.state.put(replace(address, secondary=None))
        else:
            known = any(one.interface.network == address.interface.network for one in there)
            self.state.put(replace(address, secondary=known))

    def address_del(self, address):
        self._need(address.key in self.state, "Address not found")
        found = self.state[address.key]
        link = self._link(address.dev)
        if address.interface.version == 6:
            self._need(has_ipv6(link), "IPv6 is disabled on this device")
            self.state.drop(address.key)
            if not self._known(address):
                for route in self._preferring(address):
                    self.state.put(replace(route, src=None))
            return
        there = self.state.of("address", address.netns, address.dev)
        behind = [one for one in there if one.interface.network == address.interface.network and one.key != address.key]
        first = not found.secondary and not [one for one in behind if there.index(one) < there.index(found) and not one.secondary]
        self._lose(found)
        if first and self.promote:
            for one in behind[:1]:
                self.state.drop(one.key)
                self.state.put(replace(one, secondary=False))
        elif first:
            for one in behind:
                self._lose(one)
        if not any(one.interface.version == 4 for one in self.state.of("address", address.netns, address.dev)):
            for route in self.state.of("route", address.netns, address.dev):
                if route.dst.version == 4:
                    self.state.drop(route.key)

    def _known(self, address) -> bool:
        """Whether a device of the namespace has the IP of ``address``."""
        wanted = address.interface.ip
        return any(one.netns == address.netns and one.interface.ip == wanted for one in self.state.every("address"))

    def _preferring(self, address) -> list:
        wanted = address.interface.ip
        return [one for one in self.state.every("route") if one.netns == address.netns and one.src == wanted]

    def _lose(self, address):
        """An IPv4 address goes, and with it the routes of any device that prefer it (fib_sync_down_addr)."""
        self.state.drop(address.key)
        if not self._known(address):
            for route in self._preferring(address):
                self.state.drop(route.key)

    def route_add(self, route, again):
        link = self._link(route.dev)
        self._need(link.up, "Network is down")
        self._need(route.dst.version == 4 or has_ipv6(link), "IPv6 is disabled on this device")
        own = [one for one in self.state.every("address") if one.netns == route.netns]
        for other in self.state.every("route"):
            if (other.netns, other.dst, other.metric) == (route.netns, route.dst, route.metric):
                self._need(again, "File exists")
                self.state.drop(other.key)
                break
        # Networks of addresses are routes too: without metric for IPv4, with 256 for IPv6.
        if route.metric == (0 if route.dst.version == 4 else 256):
            self._need(route.dst.prefixlen > 30 or route.dst not in [one.interface.network for one in own], "File exists")
        if route.via and not route.onlink and not route.via.is_link_local:
            near = any(one.dev == route.dev and route.via in one.interface.network for one in own)
            near = near or any(one.via is None and route.via in one.dst for one in self.state.of("route", route.netns, route.dev))
            self._need(near, "Nexthop has invalid gateway")
            self._need(route.via not in [one.broadcast for one in own], "Nexthop has invalid gateway")
        if route.src:
            known = [one.interface.ip for one in own if one.interface.version == 4 or one.nodad]
            self._need(route.src in known, "Invalid prefsrc address")
        self.state.put(route)

    def route_del(self, route):
        self._need(self.state.get(route.key) == route, "No such process")
        self._drop(route.key)

    def fdb_add(self, entry):
        link = self._link(entry.dev)
        self._need(link.kind == "vxlan", "Operation not supported")
        self._need(family_of_vxlan(link) == entry.dst.version, "Address family not supported by protocol")
        if entry.mac != MAC_FLOOD and not entry.mac[0] & 1:
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
            self.state.put(NftTable(table.chains + (operation.chain,), table.maps))
        elif isinstance(operation, _nft.DeleteChain):
            for rule in self.state.every("nft_rule"):
                if rule.rule.chain == operation.name:
                    self._drop(rule.key)
            self._need(operation.name in [chain.name for chain in table.chains], "no such chain")
            self.state.put(NftTable(tuple(chain for chain in table.chains if chain.name != operation.name), table.maps))
        elif isinstance(operation, _nft.AddMap):
            self._need(operation.map not in table.maps, "File exists")
            self.state.put(NftTable(table.chains, table.maps + (operation.map,)))
        elif isinstance(operation, _nft.DeleteMap):
            asking = [rule for rule in self.state.every("nft_rule") if getattr(getattr(rule.rule, "verdict", None), "map", None) == operation.name]
            self._need(not asking and operation.name in [one.name for one in table.maps], "busy, or no such map")
            self.state.put(NftTable(table.chains, tuple(one for one in table.maps if one.name != operation.name)))
        elif isinstance(operation, _nft.AddElement):
            made = NftElement(operation.element)
            self._need(made.key not in self.state, "File exists")
            self._need(operation.element.map in [one.name for one in table.maps], "no such map")
            self.state.put(made)
        elif isinstance(operation, _nft.DeleteElement):
            found = [one for one in self.state.every("nft_element") if (one.element.map, one.element.key) == (operation.map, operation.key)]
            self._need(len(found) == 1, "no such element")
            self._drop(found[0].key)
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

    def forget_flows(self, family, address, port):
        pass

    def iptables_nft(self, verb, rule):
        if verb == "-D":
            found = [one for one in self.state.every("iptables_rule") if one.place == rule.place and one.handle == rule.handle]
            self._need(len(found) == 1, "no such rule")
            self._drop(found[0].key)
            return
        made = replace(rule, handle=next(self._numbers), copy=0)
        while made.key in self.state:
            made = replace(made, copy=made.copy + 1)
        self.state.put(made)

    def iptables_legacy(self, verb, rule):
        if verb == "-D":
            self._need(rule.key in self.state, "Bad rule (does a matching rule exist in that chain?)")
            self._drop(rule.key)
        else:
            self.iptables_nft(verb, rule)

    def firewalld(self, words):
        """firewall-cmd: the configuration, and what runs, which knows a zone, or a policy, only from when it was loaded."""
        if "--reload" in words:
            for policy in self.state.every("firewalld_policy"):
                self._put_policy(replace(policy, runtime=policy.permanent, loaded=policy.exists))
        policies = [name for word in words for option, _equal, name in [word.partition("=")] if option.endswith("policy")]
        if policies:
            self._policy(words, policies[0])
            return
        zone = self.state.get(FirewalldZone().key) or FirewalldZone((), (), "", self._zone_is_loaded)
        where = "permanent" if "--permanent" in words else "runtime"
        for option, _equal, value in (word.partition("=") for word in words):
            verb, _dash, word = option[2:].partition("-")
            if option == "--reload":
                zone = replace(zone, runtime=zone.permanent, loaded=bool(zone.target))
            elif option == "--new-zone":
                self._need(not zone.target, "NAME_CONFLICT")
                zone = replace(zone, target="default")
            elif option == "--delete-zone":
                zone = replace(zone, target="", permanent=())
            elif option == "--set-target":
                zone = replace(zone, target=value)
            elif verb in ("add", "remove"):
                self._need(zone.target if where == "permanent" else zone.loaded, "INVALID_ZONE")
                bound = {(one.word, one.value): one for one in getattr(zone, where)}
                self._need(((word, value) in bound) == (verb == "remove"), "NOT_ENABLED" if verb == "remove" else "ALREADY_ENABLED")
                if verb == "add":
                    bound[word, value] = zone.bindings.get((word, value), Binding(word, value))
                else:
                    del bound[word, value]
                zone = replace(zone, **{where: tuple(bound[place] for place in sorted(bound))})
        self._zone_is_loaded = zone.loaded
        self.state.drop(zone.key)
        if zone.target or zone.runtime:
            self.state.put(zone)

    def _put_policy(self, policy):
        self.state.drop(policy.key)
        self._policies[policy.name] = policy
        if policy.exists or policy.runtime:
            self.state.put(policy)

    def _policy(self, words, name):
        new = FirewalldPolicy(name, exists=False, loaded=True)
        policy = self.state.get(new.key, self._policies.get(name, new))
        where = "permanent" if "--permanent" in words else "runtime"
        for option, _equal, value in (word.partition("=") for word in words):
            if option == "--new-policy":
                self._need(not policy.exists, "NAME_CONFLICT")
                policy = replace(policy, exists=True)
            elif option == "--delete-policy":
                policy = replace(new, runtime=policy.runtime, loaded=policy.loaded)
            elif option in ("--set-description", "--add-ingress-zone", "--add-egress-zone"):
                network, device = _iptables.owner_of(value) if option == "--set-description" else (policy.network, policy.device)
                policy = replace(policy, device=device, network=network, settings=(*policy.settings, "%s=%s" % (option, value)))
            elif option in ("--add-rich-rule", "--remove-rich-rule"):
                rules = set(getattr(policy, where))
                self._need((value in rules) == option.startswith("--remove"), "NOT_ENABLED or ALREADY_ENABLED")
                self._need(policy.exists if where == "permanent" else policy.loaded, "INVALID_POLICY")
                policy = replace(policy, **{where: tuple(sorted(rules ^ {value}))})
        self._put_policy(policy)

    def sysctl(self, path, value):
        netns = self.step.netns
        self._need(not netns or ("netns", HOST, netns) in self.state, "no such namespace")
        of_device = _OF_DEVICE.match(path)
        if of_device and netns:
            # Of the host's devices a state has those within its reach.
            self._link(of_device["device"] if path[3] == "/" else of_device["device"].replace("/", "."))
        switch = _SWITCH.match(path)
        if switch:
            self._switch(switch["short"] or switch["family"], path, value)
        self.state.put(Sysctl(netns, path, value))

    def _switch(self, family, path, value):
        """Every device follows the switch; on the host, what is equal to it is no state of its own."""
        netns = self.step.netns
        was = self.state.get(("sysctl", netns, path))
        if was is not None and was.value == value:
            return
        for item in self.state.every("sysctl"):
            found = _OF_DEVICE.match(item.path)
            if item.netns == netns and found and found["leaf"] == "forwarding" and item.path[4:8] == family:
                self.state.drop(item.key)
                if netns:
                    self.state.put(replace(item, value=value))
            elif item.netns == netns and item.path.endswith("/accept_ra") and (family, value, item.value) == ("ipv6", "1", "1"):
                self.cut_off.add(found["device"])
        redirects = self.state.get(("sysctl", netns, "net/ipv4/conf/all/accept_redirects"))
        if redirects is not None and family == "ipv4":
            self.state.put(replace(redirects, value="0" if value == "1" else "1"))

    def record(self, subject, name, value):
        key = ("record", HOST, subject, name)
        if value is None:
            self._need(key in self.state, "nothing is noted")
            self._drop(key)
        else:
            self.state.put(Record(subject, name, value))

    def _drop(self, key):
        """Take an object away, and what the kernel takes away with it."""
        item = self.state.get(key)
        if item is None:
            return
        self.state.drop(key)
        if key[0] == "netns":
            for other in [one for one in self.state.values() if one.key[1] == item.name]:
                self._drop(other.key)
        elif key[0] == "link":
            self._drop_with_link(item)
        elif key[0] == "nft_table":
            for other in self.state.every("nft_rule") + self.state.every("nft_element"):
                self.state.drop(other.key)

    def _drop_with_link(self, link):
        for kind in ("route", "fdb"):
            for other in self.state.of(kind, link.netns, link.name):
                self.state.drop(other.key)
        for address in self.state.of("address", link.netns, link.name):
            if address.interface.version == 4:
                self._lose(address)
            else:
                self.state.drop(address.key)
        for other in self.state.every("sysctl"):
            found = _OF_DEVICE.match(other.path)
            if found and other.netns == link.netns and link.name in (found["device"], found["device"].replace("/", ".")):
                self.state.drop(other.key)
        for other in self.state.every("link"):
            if other.peer == (link.netns, link.name) or (other.netns, other.options.get("dev")) == (link.netns, link.name):
                self._drop(other.key)
            elif link.kind == "bridge" and (other.netns, other.master) == (link.netns, link.name) and other.key in self.state:
                self.state.put(replace(other, master="", port={}))
