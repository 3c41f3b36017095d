# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies made up from a seed, as the options of the modules that make them.

``generate(seed)`` is valid by the modules' own documentation, and as wide as that goes; ``mutate`` is another wish for
the same host. An option that a topology gives, its mutations give too: what is not given is not touched, so that the
result would depend on what was there.
"""

from __future__ import annotations

import copy
import ipaddress
import random

#: A host of somebody else's: devices with addresses for VXLAN below them, a bridge to use, devices to make ports of,
#: a namespace with a bridge in it, a table.
FOREIGN = (
    "ip link add under address 02:00:00:00:99:01 mtu 1500 type veth peer name wire address 02:00:00:00:99:02",
    "ip link set under up",
    "ip link set wire up",
    "ip address add 192.0.2.1/24 broadcast + dev under",
    "ip address add 2001:db8:2::1/64 dev under nodad",
    "ip link add under2 address 02:00:00:00:99:04 mtu 9000 type veth peer name wire2 address 02:00:00:00:99:05 mtu 9000",
    "ip link set under2 up",
    "ip link set wire2 up",
    "ip address add 198.18.0.1/30 broadcast + dev under2",
    "ip address add 2001:db8:3::1/64 dev under2 nodad",
    "ip link add docker0 address 02:00:00:00:99:03 type bridge",
    "ip link set docker0 up",
    "ip address add 172.17.0.1/16 dev docker0",
    "ip link add port1 address 02:00:00:00:99:11 type veth peer name wire3 address 02:00:00:00:99:12",
    "ip link add port2 address 02:00:00:00:99:13 type veth peer name wire4 address 02:00:00:00:99:14",
    "ip link set port1 up",
    "ip link set port2 up",
    "ip netns add foreign",
    "ip -n foreign link add br-in address 02:00:00:00:99:21 type bridge",
    "ip -n foreign link set br-in up",
    "ip -n foreign link set lo up",
    "nft add table ip theirs",
    "nft 'add chain ip theirs input { type filter hook input priority filter; }'",
    "nft add rule ip theirs input tcp dport 22 accept",
    "sysctl -qw net.ipv4.conf.docker0.forwarding=1",
)

#: Addresses of the devices below, by version.
UNDERLAY = {
    4: (("192.0.2.1", "under", "192.0.2."), ("198.18.0.1", "under2", "198.18.0.")),
    6: (("2001:db8:2::1", "under", "2001:db8:2::"), ("2001:db8:3::1", "under2", "2001:db8:3::")),
}
MULTICAST = {4: ("239.1.1.", "239.2.2."), 6: ("ff05::1:", "ff05::2:")}

#: Sysctls of a namespace, and values for them. A default is for devices that are made later alone.
SYSCTLS = {
    "net.ipv4.ip_unprivileged_port_start": (0, 80, 1024),
    "net.ipv4.ping_group_range": ("0 100", "1 0"),
    "net/ipv6/conf/default/addr_gen_mode": (0, 1),
    "net.ipv4.conf.default.rp_filter": (0, 1, 2),
    "net.ipv4.conf.lo.rp_filter": (0, 2),
    "net.ipv4.conf.all.forwarding": (0, 1),
}

_NAMES = ("red", "blue", "green", "net.4", "A_b-c", "7")
_SHAPES = ("%s%d", "%s-%d", "%s.%d", "%s_%d", "%s+%d", "%s=%d~", "%s@%d", ".%s%d")


class Network:
    """What the objects of one network have in common: its name, subnets, and which addresses are given away."""

    def __init__(self, number, name, subnets):
        self.number = number
        self.name = name
        self.subnets = subnets  # {version: ip_network}
        self.next = {version: 2 for version in subnets}

    def gateway(self, version):
        return self.subnets[version][1]

    def address(self, version):
        """The next free address, without prefix length."""
        found = self.subnets[version][self.next[version]]
        self.next[version] += 1
        return found


class Topology:
    """Lists of options, as the modules take them. A ``pid`` is the number (from 0) of a process of the node.

    ``shared``: namespaces that are used, but not made; ``before``, ``after``: lines that make the host otherwise, and
    back again.
    """

    def __init__(self, rng):
        self.rng = rng
        self.networks = []
        self.namespaces = []
        self.bridges = []
        self.vxlans = []
        self.fdb = []
        self.veths = []
        self.masquerades = []
        self.processes = 0
        self.before = []
        self.after = []
        self.macs = 0

    @property
    def names(self):
        return [network.name for network in self.networks]

    def calls(self, purge=False):
        """[(module, arguments)] in the order of the roles; ``purge``: what is not listed goes."""
        more = {"purge_networks": self.names} if purge else {}
        found = []
        if self.namespaces:
            found.append(("netns", {"namespaces": self.namespaces}))
        for module, many, objects in (
            ("bridge", "bridges", self.bridges),
            ("vxlan", "vxlans", self.vxlans),
            ("vxlan_fdb", "devices", self.fdb),
            ("veth", "veths", self.veths),
            ("nat_masquerade", "masquerades", self.masquerades),
        ):
            purges = more if module != "vxlan_fdb" else {}
            if len(objects) == 1 and self.macs % 2:
                # One object by top-level options is the other way to say it.
                found.append((module, {**objects[0], **purges}))
            elif objects or purges:
                found.append((module, {many: objects, **purges}))
        if purge:
            found.append(("netns", {"namespaces": self.namespaces, **more}))
        return found

    def gone(self, first="nat_masquerade"):
        """[(module, arguments)] that take all of it away, beginning with ``first``."""
        purge = {"purge_networks": self.names}
        unmarked = [one["name"] for one in self.namespaces if not one.get("network")]
        found = []
        emptied = [{"name": one["name"], "ports": [], "purge": True} for one in self.bridges if one.get("ports")]
        if emptied:
            # A bridge that has ports of others is not removed.
            found.append(("bridge", {"bridges": emptied}))
        calls = [
            ("nat_masquerade", dict(purge)),
            ("veth", dict(purge)),
            ("vxlan", dict(purge)),
            ("bridge", dict(purge)),
            ("netns", {"stop_processes": True, **purge}),
        ]
        loose = [
            (module, {many: [_identity(one) for one in objects if not one.get("network")], "state": "absent"})
            for module, many, objects in (("veth", "veths", self.veths), ("vxlan", "vxlans", self.vxlans), ("bridge", "bridges", self.bridges))
            if any(not one.get("network") for one in objects if one["name"] != "docker0")
        ]
        calls.sort(key=lambda call: call[0] != first)
        found += [(module, arguments) for module, arguments in loose if module != "bridge"]
        found += calls[:-1] + [one for one in loose if one[0] == "bridge"]
        if unmarked:
            found.append(("netns", {"name": unmarked, "state": "absent", "stop_processes": True}))
        return found + calls[-1:]

    # What is there

    def ends(self):
        """[(netns, name, options of this end, pair, whether it is the near end)]"""
        found = []
        for pair in self.veths:
            found.append((pair.get("netns") or "", pair["name"], pair, pair, True))
            found.append((pair["peer"].get("netns") or "", pair["peer"]["name"], pair["peer"], pair, False))
        return found

    def mac(self):
        self.macs += 1
        return "02:aa:00:00:%02x:%02x" % divmod(self.macs, 256)


def _identity(options):
    return {name: value for name, value in options.items() if name in ("name", "netns")}


def generate(seed) -> Topology:
    """A topology that follows from ``seed`` alone."""
    rng = random.Random("topology %s" % seed)
    made = Topology(rng)
    shapes = rng.sample(_SHAPES, 3)
    names = rng.sample(_NAMES, rng.choice((1, 1, 2, 2, 3)))
    made.networks = [Network(number, name, _subnets(rng, number)) for number, name in enumerate(names)]
    if rng.random() < 0.2:
        # Forwarding is on already: it is not ours to switch off.
        made.before.append("sysctl -qw net.ipv4.ip_forward=1")
        made.after += ["sysctl -qw net.ipv4.ip_forward=0", "sysctl -qw net.ipv4.conf.docker0.forwarding=1"]
    for network in made.networks:
        _network(rng, made, network, shapes)
    _pairs(rng, made, shapes)
    _routes_of_all(rng, made)
    return made


def mutate(old, seed) -> Topology:
    """Another wish of the same names for what ``old`` made: options otherwise, objects fewer and more."""
    rng = random.Random("mutation %s" % seed)
    new = copy.deepcopy(old)
    new.rng = rng
    for objects in (new.veths, new.masquerades):
        # What has no mark of a network would stay.
        for one in [one for one in objects if rng.random() < 0.15 and (one.get("network") or objects is new.masquerades)]:
            objects.remove(one)
    for pair in new.veths:
        _other_pair(rng, new, pair)
    for bridge in new.bridges:
        _other_bridge(rng, new, bridge)
    for vxlan in [one for one in new.vxlans if rng.random() < 0.15 and one.get("network")]:
        new.vxlans.remove(vxlan)
        new.fdb = [one for one in new.fdb if one["device"] != vxlan["name"]]
    for vxlan in new.vxlans:
        _other_vxlan(rng, new, vxlan)
    for entries in new.fdb:
        _other_entries(rng, new, entries)
    for one in new.masquerades:
        network = next(network for network in new.networks if network.name == one["name"])
        if rng.random() < 0.5:
            one.update(_masquerade(rng, network, one.get("bridge")))
    for space in new.namespaces:
        for path in space.get("sysctls", {}):
            if "default" not in path:
                space["sysctls"][path] = rng.choice(SYSCTLS[path])
        if "loopback" in space and rng.random() < 0.3:
            space["loopback"] = not space["loopback"]
        if len(space.get("network", ())) > 1 and rng.random() < 0.3:
            space["network"] = space["network"][:-1]
    # Namespaces that nothing leads into any more go, some of them.
    used = {netns for netns, *_rest in new.ends()}
    new.namespaces = [one for one in new.namespaces if one["name"] in used or rng.random() < 0.5 or not one.get("network")]
    if rng.random() < 0.5:
        _container(rng, new, rng.choice(new.networks), rng.sample(_SHAPES, 3), "new")
    _routes_of_all(rng, new)
    return new


# Networks


def _subnets(rng, number):
    found = {}
    versions = rng.choice(((4,), (4, 6), (4, 6), (6,)))
    if 4 in versions:
        found[4] = ipaddress.ip_network("10.%d.0.0/%d" % (16 * (number + 1), rng.choice((24, 24, 20, 26, 17))))
    if 6 in versions:
        found[6] = ipaddress.ip_network("fd00:%x::/%d" % (number + 1, rng.choice((64, 64, 48, 112, 120))))
    return found


def _network(rng, made, network, shapes):
    bridge = rng.choice(("ours", "ours", "ours", "docker0", None))
    if bridge == "ours":
        bridge = _name(shapes[0], "br", network.number)
        made.bridges.append(_bridge(rng, made, network, bridge))
    for _container_number in range(rng.choice((1, 1, 2, 3))):
        _container(rng, made, network, shapes, bridge)
    if rng.random() < 0.6:
        vxlan = _vxlan(rng, made, network, _name(shapes[1], "vx", network.number), bridge)
        made.vxlans.append(vxlan)
        if rng.random() < 0.8:
            entries = {"device": vxlan["name"], "entries": [], "flood": [], "purge": True}
            _other_entries(rng, made, entries)
            made.fdb.append(entries)
    if rng.random() < 0.6:
        made.masquerades.append({"name": network.name, **_masquerade(rng, network, bridge if bridge or rng.random() < 0.5 else None)})


def _name(shape, word, number):
    return shape % (word, number)


def _bridge(rng, made, network, name):
    bridge = {"name": name, "network": network.name}
    if rng.random() < 0.06:
        del bridge["network"]
    if rng.random() < 0.7:
        bridge["addresses"] = _gateways(rng, network)
    _maybe(rng, bridge, "mtu", lambda: _mtu(rng, bridge.get("addresses", ["::1/64"])))
    _maybe(rng, bridge, "mac", made.mac)
    _maybe(rng, bridge, "stp", lambda: rng.random() < 0.5)
    _maybe(rng, bridge, "ageing_time", lambda: rng.choice((0, 30, 60, 300, 1000)))
    _maybe(rng, bridge, "dad", lambda: True, 0.1)
    free = [port for port in ("port1", "port2") if not any(port == one["name"] for other in made.bridges for one in other.get("ports", ()))]
    if free and rng.random() < 0.3:
        bridge["ports"] = [_port(rng, free[0])]
        bridge["purge"] = False
    return bridge


def _port(rng, name):
    port = {"name": name}
    _maybe(rng, port, "hairpin", lambda: rng.random() < 0.7)
    _maybe(rng, port, "isolated", lambda: rng.random() < 0.7)
    return port


def _gateways(rng, network):
    found = []
    for version, subnet in network.subnets.items():
        found.append("%s/%d" % (network.gateway(version), subnet.prefixlen))
        if rng.random() < 0.2:
            found.append("%s/%d" % (network.address(version), rng.choice((subnet.prefixlen, subnet.max_prefixlen))))
    return found


def _mtu(rng, addresses):
    small = () if any(":" in one for one in addresses or ()) else (1000, 576)
    return rng.choice((1500, 1450, 1400, 1280, 9000, 1342) + small)


def _maybe(rng, options, name, make, chance=0.4):
    if rng.random() < chance:
        options[name] = make()


# Containers


def _container(rng, made, network, shapes, bridge):
    if bridge == "new":
        known = [one["name"] for one in made.bridges if one.get("network") == network.name]
        bridge = known[0] if known else None
    number = 1 + len({netns for netns, *_rest in made.ends()}) + len(made.veths)
    chance = rng.random()
    mine = [one for one in made.namespaces if one.get("network")]
    if chance < 0.2 and mine:
        space = rng.choice(mine)
        if network.name not in space["network"]:
            space["network"].append(network.name)
        netns = space["name"]
    elif chance < 0.3:
        netns = "foreign"
    else:
        netns = _name(shapes[2], "c", number)
        if netns in [one["name"] for one in made.namespaces] or netns.startswith(".") or "~" in netns:
            netns = "ns%d" % number
            if netns in [one["name"] for one in made.namespaces]:
                netns = "ns%d-%d" % (number, len(made.namespaces))
        made.namespaces.append(_namespace(rng, made, network, netns))
    pair = {"name": _name(shapes[1], "v", number), "network": network.name}
    while pair["name"] in [one["name"] for one in made.veths]:
        pair["name"] += "x"
    if rng.random() < 0.06:
        del pair["network"]
    if netns == "foreign" and made.namespaces and rng.random() < 0.3:
        # A bridge in a namespace.
        pair.update(netns="foreign", bridge="br-in", link_local=False)
        netns = made.namespaces[0]["name"]
    elif bridge and rng.random() < 0.9:
        pair["bridge"] = bridge
    else:
        pair["link_local"] = rng.random() < 0.5
        if rng.random() < 0.5:
            pair["addresses"] = _addresses(rng, network)
    if pair.get("bridge"):
        _maybe(rng, pair, "hairpin", lambda: rng.random() < 0.7, 0.3)
        _maybe(rng, pair, "isolated", lambda: rng.random() < 0.7, 0.3)
    peer = {"name": _free_name(made, netns, ("eth0", "eth1", "lan", "e.2")), "addresses": _addresses(rng, network)}
    if netns:
        peer["netns"] = netns
    # A port makes its bridge's MTU follow, and with it goes the bridge's IPv6.
    above = next((one.get("addresses", ()) for one in made.bridges if one["name"] == pair.get("bridge")), ())
    _maybe(rng, pair, "mtu", lambda: _mtu(rng, [*peer["addresses"], *pair.get("addresses", ()), *above]))
    _maybe(rng, peer, "mtu", lambda: _mtu(rng, peer["addresses"]), 0.2)
    _maybe(rng, pair, "mac", made.mac)
    _maybe(rng, peer, "mac", made.mac)
    _maybe(rng, peer, "link_local", lambda: rng.random() < 0.5, 0.15)
    _maybe(rng, pair, "dad", lambda: True, 0.08)
    if rng.random() < 0.1:
        # Nothing is said of its addresses.
        del peer["addresses"]
        peer["link_local"] = rng.random() < 0.5
    elif rng.random() < 0.85:
        peer["gateway"], peer["routes"] = [], []
    pair["peer"] = peer
    _fit(pair)
    made.veths.append(pair)


def _fit(pair):
    """There is no IPv6, and so no link-local address, below 1280 bytes."""
    peer = pair["peer"]
    for end, mtu in ((pair, pair.get("mtu")), (peer, peer.get("mtu", pair.get("mtu")))):
        if end.get("link_local") and (mtu or 1500) < 1280:
            end["link_local"] = False


def _free_name(made, netns, names):
    taken = {name for where, name, *_rest in made.ends() if where == netns}
    for name in names + tuple("en%d" % number for number in range(20)):
        if name not in taken:
            return name
    raise AssertionError("too many interfaces in one namespace")


def _namespace(rng, made, network, name):
    space = {"name": name, "network": [network.name]}
    if rng.random() < 0.15:
        space["pid"] = made.processes
        made.processes += 1
        _maybe(rng, space, "loopback", lambda: True, 0.5)
    elif rng.random() < 0.06:
        del space["network"]
    if "pid" not in space:
        _maybe(rng, space, "loopback", lambda: rng.random() < 0.7, 0.3)
    if rng.random() < 0.4:
        space["sysctls"] = {path: rng.choice(SYSCTLS[path]) for path in rng.sample(sorted(SYSCTLS), rng.choice((1, 2, 3)))}
    return space


def _addresses(rng, network):
    """Addresses of an endpoint: as a rule one of each family, and rarer things."""
    found = []
    for version, subnet in network.subnets.items():
        own = network.address(version)
        length = subnet.prefixlen
        chance = rng.random()
        if chance < 0.08:
            length = subnet.max_prefixlen
        elif chance < 0.14:
            length = subnet.max_prefixlen - 1
        found.append("%s/%d" % (own, length))
        while rng.random() < 0.25:
            found.append("%s/%d" % (network.address(version), rng.choice((subnet.prefixlen, subnet.prefixlen, subnet.max_prefixlen))))
    if rng.random() < 0.06:
        return []
    if rng.random() < 0.3:
        rng.shuffle(found)
    return found


def _pairs(rng, made, shapes):
    """Pairs that lead to no bridge: between namespaces, and with both ends on the host."""
    spaces = [one["name"] for one in made.namespaces] + ["foreign"]
    network = made.networks[0]
    if len(spaces) > 1 and rng.random() < 0.4:
        one, other = rng.sample(spaces, 2)
        pair = {
            "name": _free_name(made, one, ("p1", "p2")),
            "netns": one,
            "network": network.name,
            "addresses": ["10.250.0.0/31", "fd00:250::/127"],
            "link_local": True,
            "peer": {"name": "q1", "netns": other, "addresses": ["10.250.0.1/31", "fd00:250::1/127"], "routes": [], "gateway": []},
        }
        if rng.random() < 0.3:
            # The far end on the host.
            del pair["peer"]["netns"], pair["peer"]["gateway"], pair["peer"]["routes"]
            pair["peer"]["name"] = _name(shapes[0], "q", 1)
        made.veths.append(pair)
    if rng.random() < 0.25:
        pair = {
            "name": _name(shapes[0], "h", 1),
            "network": network.name,
            "addresses": ["10.251.0.1/30"],
            "peer": {"name": _name(shapes[0], "h", 2), "addresses": [], "mac": made.mac()},
        }
        made.veths.append(pair)


# Routes


def _routes_of_all(rng, made):
    """Routes that fit the addresses; in one namespace no two to the same network with the same metric."""
    taken = {}
    for netns, _name, options, pair, near in made.ends():
        if near or "gateway" not in options:
            continue
        used = taken.setdefault(netns, set())
        interfaces = [ipaddress.ip_interface(one) for one in options.get("addresses", ())]
        options["gateway"], options["routes"] = _routes(rng, interfaces, used, 1280 > min(options.get("mtu", 1500), pair.get("mtu", 1500)))
        if pair.get("dad"):
            for route in options["routes"]:
                route.pop("src", None)


def _routes(rng, interfaces, used, small):
    gateways, routes = [], []

    def free(dst, metric=None):
        network = ipaddress.ip_network(dst)
        key = (network, {4: 0, 6: 1024}[network.version] if metric is None else metric)
        return key not in used and not used.add(key)

    for version, default in ((4, "0.0.0.0/0"), (6, "::/0")):
        mine = [one for one in interfaces if one.version == version]
        if not mine or version == 6 and small:
            continue
        word = {4: "198.51.100.%d/32", 6: "2001:db8:100::%d/128"}[version]
        nets = {4: ["203.0.113.0/25", "100.64.0.0/17", "100.65.1.1/32"], 6: ["2001:db8:200::/48", "2001:db8:300::1/128", "2001:db8:400::/49"]}[version]
        via = _neighbour(mine)
        if via is None and rng.random() < 0.7:
            # No network to share with a gateway: it is behind a route to itself alone.
            dst = word % 1
            if free(dst):
                routes.append({"dst": dst})
                via = dst.split("/")[0]
        if via is not None and rng.random() < 0.7 and free(default):
            gateways.append(str(via) if version == 4 or rng.random() < 0.7 else "fe80::1")
        if rng.random() < 0.4:
            dst, metric = nets.pop(), rng.choice((None, 50, 4000000000))
            if via is not None and free(dst, metric):
                route = {"dst": dst, "via": str(via)}
                if metric is not None:
                    route["metric"] = metric
                if rng.random() < 0.5:
                    route["src"] = str(rng.choice(mine).ip)
                routes.append(route)
        if rng.random() < 0.3 and free(nets[0]):
            routes.append({"dst": nets.pop(0), "via": {4: "10.99.99.99", 6: "fd99::99"}[version], "onlink": True})
        if rng.random() < 0.3 and nets and free(nets[0], 77):
            routes.append({"dst": nets.pop(0), "metric": 77})
        if via is not None and rng.random() < 0.2 and free(default, 500):
            routes.append({"dst": "default", "via": str(via), "metric": 500})
    if rng.random() < 0.3:
        rng.shuffle(routes)
    return gateways, routes


def _neighbour(interfaces):
    """An address in the network of one of ``interfaces`` that is none of theirs."""
    mine = {one.ip for one in interfaces}
    for one in interfaces:
        if one.network.prefixlen == one.max_prefixlen:
            continue
        for position in (1, 0, -2):
            other = one.network[position]
            if other not in mine and (one.network.prefixlen >= one.max_prefixlen - 1 or position):
                return other
    return None


# VXLAN


def _vxlan(rng, made, network, name, bridge):
    version = rng.choice((4, 4, 6))
    vxlan = {"name": name, "vni": 40 + network.number, "network": network.name, "dstport": rng.choice((4789, 8472, 14789)) + network.number}
    if rng.random() < 0.06:
        del vxlan["network"]
    local, device, _prefix = rng.choice(UNDERLAY[version])
    chance = rng.random()
    if chance < 0.9:
        vxlan["local"] = local
    if chance > 0.6:
        vxlan["dev"] = device
        if chance < 0.9 and rng.random() < 0.5:
            vxlan["group"] = rng.choice(MULTICAST[version]) + str(network.number + 1)
    if bridge and bridge != "br-in":
        vxlan["bridge"] = bridge
    else:
        vxlan["addresses"] = _addresses(rng, network)
    _maybe(rng, vxlan, "ttl", lambda: rng.choice((0, 1, 9, 255)))
    _maybe(rng, vxlan, "learning", lambda: rng.random() < 0.5)
    _maybe(rng, vxlan, "udp_csum", lambda: rng.random() < 0.5)
    _maybe(rng, vxlan, "udp6_zero_csum_tx", lambda: rng.random() < 0.5)
    _maybe(rng, vxlan, "udp6_zero_csum_rx", lambda: rng.random() < 0.5)
    _maybe(rng, vxlan, "tx_checksum_offload", lambda: rng.random() < 0.5)
    _maybe(rng, vxlan, "mtu", lambda: rng.choice((1280, 1400)))
    _maybe(rng, vxlan, "mac", made.mac)
    return vxlan


def _version(vxlan):
    return 6 if ":" in vxlan.get("local", "") else 4


def _other_entries(rng, made, entries):
    vxlan = next((one for one in made.vxlans if one["name"] == entries["device"]), None) or made.vxlans[-1]
    version = _version(vxlan)
    remote = UNDERLAY[version][0][2]
    kept = [one for one in entries["entries"] if rng.random() < 0.6 and (":" in one["dst"]) == (version == 6)]
    for _number in range(rng.choice((0, 1, 2, 4))):
        entry = {"mac": made.mac(), "dst": remote + str(rng.randrange(2, 9))}
        _maybe(rng, entry, "port", lambda: rng.choice((4789, 8472, 9999)), 0.2)
        _maybe(rng, entry, "vni", lambda: rng.choice((40, 77, 1 << 23)), 0.2)
        kept.append(entry)
    for entry in kept:
        if rng.random() < 0.3:
            entry["dst"] = remote + str(rng.randrange(2, 9))
    entries["entries"] = kept
    entries["flood"] = [remote + str(number) for number in sorted(rng.sample(range(2, 9), rng.choice((0, 1, 3))))]


def _other_vxlan(rng, made, vxlan):
    network = next((one for one in made.networks if one.name == vxlan.get("network")), made.networks[0])
    if rng.random() < 0.4:
        version = rng.choice((4, 6)) if "local" in vxlan else 4
        local, device, _prefix = rng.choice(UNDERLAY[version])
        if "local" in vxlan:
            vxlan["local"] = local
        if "dev" in vxlan:
            vxlan["dev"] = device
        if "group" in vxlan:
            vxlan["group"] = rng.choice(MULTICAST[version]) + str(network.number + 1)
    elif "group" in vxlan and rng.random() < 0.5:
        vxlan["group"] = rng.choice(MULTICAST[_version(vxlan)]) + str(network.number + 1)
    for name, values in (
        ("ttl", (0, 1, 9, 255)), ("mtu", (1280, 1400, 1380)), ("learning", (True, False)), ("udp_csum", (True, False)),
        ("udp6_zero_csum_tx", (True, False)), ("udp6_zero_csum_rx", (True, False)), ("tx_checksum_offload", (True, False)),
        ("vni", (vxlan["vni"], vxlan["vni"] + 100)), ("dstport", (vxlan["dstport"], vxlan["dstport"] + 100)),
    ):  # fmt: skip
        if name in vxlan and rng.random() < 0.3:
            vxlan[name] = rng.choice(values)
    if "mac" in vxlan and rng.random() < 0.3:
        vxlan["mac"] = made.mac()
    if "addresses" in vxlan and rng.random() < 0.5:
        vxlan["addresses"] = _addresses(rng, network)


# Masquerading


def _masquerade(rng, network, bridge):
    options = {"sources": [str(subnet) for subnet in network.subnets.values()], "isolate": rng.random() < 0.6}
    if bridge:
        options["bridge"] = bridge
    if not bridge or rng.random() < 0.3:
        options["out_interface"] = rng.choice(("under", "eth9"))
    else:
        options["out_interface"] = None
    options["exclude"] = [one for one in ("10.0.0.0/9", "192.168.1.7/32", "fd00::/13", "fd00:9::7/128") if rng.random() < 0.3]
    return options


# Other wishes


def _other_pair(rng, made, pair):
    network = next((one for one in made.networks if one.name == pair.get("network")), made.networks[0])
    peer = pair["peer"]
    if "addresses" in peer and rng.random() < 0.5:
        peer["addresses"] = _other_addresses(rng, network, peer["addresses"])
    if "addresses" in pair and rng.random() < 0.4:
        pair["addresses"] = _other_addresses(rng, network, pair["addresses"])
    # The bridge may be another, and its addresses too.
    every = peer.get("addresses", ["::1/64"]) + pair.get("addresses", []) + (["::1/64"] if pair.get("bridge") else [])
    for end in (pair, peer):
        if "mtu" in end and (rng.random() < 0.4 or end["mtu"] < 1280):
            end["mtu"] = _mtu(rng, every)
        if "mac" in end and rng.random() < 0.3:
            end["mac"] = made.mac()
        if "link_local" in end and rng.random() < 0.3:
            end["link_local"] = not end["link_local"]
    for name in ("hairpin", "isolated"):
        if name in pair and rng.random() < 0.4:
            pair[name] = not pair[name]
    chance = rng.random()
    if pair.get("bridge") and not pair.get("netns") and chance < 0.15:
        bridge = rng.choice(["docker0"] + [one["name"] for one in made.bridges])
        pair["bridge"] = bridge
    elif pair.get("bridge") and chance < 0.25:
        pair.update(bridge="", link_local=rng.random() < 0.5)
        pair.pop("hairpin", None)
        pair.pop("isolated", None)
    elif chance < 0.35 and peer.get("netns"):
        # The far end in another namespace, or by another name.
        spaces = [one["name"] for one in made.namespaces] + ["foreign"]
        netns = rng.choice(spaces)
        if netns != pair.get("netns"):
            peer["netns"] = netns
            del peer["name"]
            others = Topology(rng)
            others.veths = [one for one in made.veths if one is not pair]
            peer["name"] = _free_name(others, netns, ("other", "eth0", "eth1"))
    _fit(pair)


def _other_addresses(rng, network, texts):
    found = list(texts)
    chance = rng.random()
    if found and chance < 0.3:
        found.remove(rng.choice(found))
    elif found and chance < 0.5:
        one = ipaddress.ip_interface(found.pop(rng.randrange(len(found))))
        if one.network.prefixlen > one.max_prefixlen - 2:
            subnet = network.subnets.get(one.version)
            found.append("%s/%d" % (one.ip, subnet.prefixlen if subnet is not None and one.ip in subnet else one.network.prefixlen))
        else:
            found.append("%s/%d" % (one.ip, one.max_prefixlen))
    elif chance < 0.7:
        rng.shuffle(found)
    else:
        version = rng.choice(sorted(network.subnets))
        found.insert(rng.randrange(len(found) + 1), "%s/%d" % (network.address(version), network.subnets[version].prefixlen))
    return found


def _other_bridge(rng, made, bridge):
    network = next((one for one in made.networks if one.name == bridge.get("network")), made.networks[0])
    if "addresses" in bridge and rng.random() < 0.4:
        bridge["addresses"] = _other_addresses(rng, network, bridge["addresses"])
    if "mtu" in bridge and rng.random() < 0.4 or bridge.get("mtu", 1500) < 1280:
        bridge["mtu"] = _mtu(rng, bridge.get("addresses", ["::1/64"]))
    if "mac" in bridge and rng.random() < 0.3:
        bridge["mac"] = made.mac()
    if "stp" in bridge and rng.random() < 0.4:
        bridge["stp"] = not bridge["stp"]
    if "ageing_time" in bridge and rng.random() < 0.4:
        bridge["ageing_time"] = rng.choice((0, 30, 60, 300, 1000))
    if "ports" in bridge and rng.random() < 0.5:
        bridge["purge"] = not any(one.get("bridge") == bridge["name"] for one in made.veths + made.vxlans)
        bridge["ports"] = [{**one, **{name: not one[name] for name in ("hairpin", "isolated") if name in one}} for one in bridge["ports"]]
