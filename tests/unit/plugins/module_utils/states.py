# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States that the kernel could be in, drawn by hypothesis: chains of them, so that each is compared with all the others.

What no plan can make is the same in all states of a chain: devices of kinds that are not ours, half a pair, the name of
somebody else's namespace, rules that we do not understand. Left out, because no order of steps leads there:
- what a command line cannot say at once: a gateway whose address has gone since, a route that was appended to another
  with the same destination and metric, one that was there before the network of the same destination;
- an MTU that does not fit through the device below any more, because that one was made smaller afterwards;
- values of sysctls that a state does not speak of, which stay as they are;
- bridges whose MTU follows their ports (``_engine._as_read`` knows of them).
The order of rules is no part of a state: each of ours decides for itself.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import pathlib
from dataclasses import replace

from ansible_collections.linuxnet.container.plugins.module_utils import _forwarding, _iptables, _nft, _our_table
from ansible_collections.linuxnet.container.plugins.module_utils._doors import nat_masquerade
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.address import Address, broadcast_of
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.fdb import Fdb
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.firewalld import INTERFACE, SOURCE, TARGET, Binding, FirewalldPolicy, FirewalldZone, policy_name, policy_settings, rich_rule
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.iptables import IptablesRule
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.netns import Netns
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.nft import CHAINS, PUBLISHING, NftElement, NftRule, NftTable
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.record import Record
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.route import DEFAULT_METRIC, Route
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.sysctl import Sysctl
from ansible_collections.linuxnet.container.plugins.module_utils._marks import GROUP, alias
from ansible_collections.linuxnet.container.plugins.module_utils._state import HOST, State
from ansible_collections.linuxnet.container.plugins.module_utils._values import MAC_FLOOD, Mac
from hypothesis import strategies
from hypothesis.configuration import set_hypothesis_home_dir

from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import (
    HEADROOM, IPV6_MIN, family_of_vxlan,
)  # fmt: skip

# Where the other tools keep what they know, and not in the middle of the checkout.
set_hypothesis_home_dir(pathlib.Path(__file__).resolve().parents[4] / ".cache" / "hypothesis")

#: Names as the kernel takes them, some of which a shell would read in its own way.
SPACES = ("a", "b=1", "it's")
ADOPTED = "theirs"
NETWORKS = ("blue", "red")
FOREIGN, HALF = "eth0", "$half"
_BRIDGES = ("br0", "br;1")
_PAIRS = ("p0", "p~1", "p2")
_VXLANS = ("vx0", "vx&1")
#: Names that anything may have: what is a bridge here is a pair there.
_SHARED = ("x0", "x1")
_MARKS = ((0, ""), (7, "up'link"), (GROUP, alias()), (GROUP, alias(["blue"])), (GROUP, alias(["red"])))
_NS_SYSCTLS = ("net.ipv4.ip_forward", "net.ipv4.conf.lo.forwarding", "net.ipv4.conf.default.rp_filter")
_UNKNOWN = _nft.Unknown("forward", "", "counter", "counter")

_below = functools.lru_cache(maxsize=None)(lambda number: strategies.integers(0, number - 1))


class Dice:
    """Choices, of which the first is the simplest: that is where a failing example shrinks to."""

    def __init__(self, draw):
        self._draw = draw

    def pick(self, *options):
        return options[self._draw(_below(len(options)))]

    def some(self, options) -> list:
        """A part of ``options``, in their order."""
        options = list(options)
        chosen = self._draw(_below(1 << len(options)))
        return [option for position, option in enumerate(options) if chosen >> position & 1]

    def half(self) -> bool:
        return self.pick(False, True)


class World:
    """What is the same in all states of a chain."""

    def __init__(self, dice, apart):
        self.dice = dice
        #: Whether no two slots share a name or a number, so that states can be mixed.
        self.apart = apart
        self.adopted = dice.half()
        self.unknown = dice.half()
        #: {the switch's value: {device: forwarding}} of the devices that do not follow their switch.
        self.apart_from_switch = {value: dice.some((FOREIGN, "br0")) for value in "01"}


class Chain(list):
    """States. Hypothesis shows its examples, and these are long."""

    def __repr__(self):
        return "<%d states>" % len(self)


@strategies.composite
def chains(draw, length, apart=False):
    """Up to ``length`` states of one world: mostly so many, but an example that fails shrinks to few."""
    dice = Dice(draw)
    world = World(dice, apart)
    found = Chain([_Drawing(world).state()])
    while len(found) < length and dice.pick(*range(30)):
        found.append(_Drawing(world).state())
    return found


class _Drawing:
    """One state in the making."""

    def __init__(self, world):
        self.world = world
        self.dice = world.dice
        self.spaces: list = []
        self.links: dict = {}  # (netns, name) -> Link, in the order they came
        self.addresses: dict = {}  # (netns, name) -> [Address]
        self.belongings: dict = {}  # (netns, name) -> [Route, Fdb]
        self.seen: set = set()  # (netns, destination, metric) of routes
        self.numbers: set = set()  # (netns, VNI, port, version) of VXLAN devices

    def state(self) -> State:
        for number, name in enumerate(SPACES):
            if self.dice.half():
                self._space(name, number, self.dice.pick(*_MARKS[2:], (0, "")))
        if self.world.adopted:
            self._space(ADOPTED, 9, (0, ""))
        for number, name in enumerate(_BRIDGES):
            if self.dice.half():
                self._bridge(number, name)
        self._foreign()
        for number, name in enumerate(_PAIRS):
            if self.dice.half():
                self._pair(number, name)
        for number, name in enumerate(_VXLANS):
            if self.dice.half():
                self._vxlan(number, name)
        for place, link in self.links.items():
            self._routes(place, link)
        state = State(Netns(name, 4026530000 + number) for number, name in self.spaces)
        places = list(self.links)
        turn = self.dice.pick(0, 1, 3)
        for place in places[turn:] + places[:turn]:
            state.put(self.links[place])
            for item in self.addresses[place] + self.belongings[place]:
                state.put(item)
        self._firewall(state)
        self._beside(state)
        self._sysctls(state)
        return state

    # Namespaces

    def _space(self, name, number, marks):
        self.spaces.append((number, name))
        up = not self.dice.half()
        link = Link(name, "lo", "", up, self.dice.pick(65536, 16384), Mac(6), "", *marks, 0)
        self._put(link, 40 + number, few=True)

    def _places(self):
        return [HOST] + [name for _number, name in self.spaces]

    # Links

    def _put(self, link, number, few=False):
        place = (link.netns, link.name)
        self.links[place] = link
        self.belongings[place] = []
        self.addresses[place] = self._addresses(link, number, few)

    def _free(self, netns, name):
        """``name``, or one that others may have too."""
        names = [name] + ([] if self.world.apart else list(_SHARED))
        return self.dice.pick(*[one for one in names if (netns, one) not in self.links])

    def _common(self, netns, name, marks):
        """Fields that any link has."""
        up = not self.dice.pick(False, False, False, True)
        mtu = self.dice.pick(1500, 1400, 1200)
        digest = hashlib.sha256(name.encode()).digest()[:4]
        mac = Mac(b"\x02" + digest + bytes([self.dice.pick(0, 1)]))
        return [netns, name, up, mtu, mac, *marks, self.dice.pick(0, 1) if mtu >= IPV6_MIN else None]

    @staticmethod
    def _link(kind, common, master="", **more):
        netns, name, up, mtu, mac, group, text, addr_gen = common
        return Link(netns, name, kind, up, mtu, mac, master, group, text, addr_gen, **more)

    def _master(self, netns):
        """{master, port} of a link that may be a port."""
        bridges = [link.name for (where, _name), link in self.links.items() if where == netns and link.kind == "bridge"]
        master = self.dice.pick("", *bridges)
        return {"master": master, "port": {"hairpin": self.dice.half(), "isolated": False} if master else {}}

    def _foreign(self):
        common = self._common(HOST, FOREIGN, self.dice.pick(*_MARKS[:2]))
        self._put(self._link("", common, **self._master(HOST)), 0)
        common = self._common(HOST, HALF, (0, ""))
        self._put(self._link("veth", common, **self._master(HOST)), 1, few=True)

    def _bridge(self, number, name):
        netns = self.dice.pick(*self._places())
        name = self._free(netns, name)
        common = self._common(netns, name, self.dice.pick(*_MARKS[2:], (0, "")))
        options = {"stp": self.dice.half(), "ageing_time": self.dice.pick(300, 0)}
        self._put(self._link("bridge", common, options=options), 10 + number)

    def _pair(self, number, name):
        near, far = self.dice.pick(*self._places()), self.dice.pick(*self._places())
        ends = (near, self._free(near, name))
        self.links[ends] = None
        others = (far, self._free(far, name + "x"))
        del self.links[ends]
        for position, (own, peer) in enumerate(((ends, others), (others, ends))):
            # The near end carries the marks; somebody may have made the far one a near one of another network.
            marks = self.dice.pick(*_MARKS[2:]) if not position else self.dice.pick((0, ""), *_MARKS[3:]) if not self.world.apart else (0, "")
            common = self._common(*own, marks)
            self._put(self._link("veth", common, peer=peer, **self._master(own[0])), 20 + 2 * number + position)

    def _vxlan(self, number, name):
        netns = HOST if self.world.apart else self.dice.pick(HOST, HOST, *self._places())
        name = self._free(netns, name)
        below = [link for (where, _name), link in self.links.items() if where == netns and link.name != "lo" and link.kind != "bridge"]
        dev = self.dice.pick(None, *below)
        local = self.dice.pick("192.0.2.1", "2001:db8::1", *([None] if dev else []))
        options = {
            "vni": self.dice.pick(7, 8) + (10 * number if self.world.apart else 0), "dstport": self.dice.pick(4789, 8472),
            "ttl": self.dice.pick(0, 5), "learning": self.dice.half(), "udp_csum": True, "udp6_zero_csum_tx": False,
            "udp6_zero_csum_rx": False,
        }  # fmt: skip
        if local:
            options["local"] = ipaddress.ip_address(local)
        if dev:
            options["dev"] = dev.name
            groups = {"192.0.2.1": ["239.1.1.1"], "2001:db8::1": ["ff05::1"], None: ["239.1.1.1", "ff05::1"]}[local]
            group = self.dice.pick(None, *groups, "239.1.1.2" if local != "2001:db8::1" else "2001:db8::9")
            if group:
                options["group"] = ipaddress.ip_address(group)
        common = self._common(netns, name, self.dice.pick(*_MARKS[2:], (0, "")))
        link = self._link("vxlan", common, options=options, tx_offload=self.dice.half() if netns == HOST else None, **self._master(netns))
        version = family_of_vxlan(link)
        taken = (netns, options["vni"], options["dstport"], version)
        if taken in self.numbers:
            return
        self.numbers.add(taken)
        if dev:
            most = dev.mtu - HEADROOM[version]
            link = replace(link, mtu=min(link.mtu, most))
            link = replace(link, addr_gen=link.addr_gen if link.mtu >= IPV6_MIN else None)
        self._put(link, 30 + number)
        self._entries(link, version)

    def _entries(self, link, version):
        port, vni = link.options["dstport"], link.options["vni"]
        first, second = ("192.0.2.2", "192.0.2.3") if version == 4 else ("2001:db8::2", "2001:db8::3")
        unicast = [(b"\x02\0\0\0\0\1", self.dice.pick(first, second), port, vni), (b"\x02\0\0\0\0\2", first, self.dice.pick(port, 9), self.dice.pick(vni, 99))]
        multicast = [(b"\x01\0\x5e\0\0\1", first, port, vni), (b"\x01\0\x5e\0\0\1", second, port, vni)]
        flood = [(MAC_FLOOD, first, port, vni), (MAC_FLOOD, second, port, vni), (MAC_FLOOD, first, port, 99)]
        for mac, dst, its_port, its_vni in self.dice.some(unicast + multicast + flood):
            entry = Fdb(link.netns, link.name, Mac(mac), ipaddress.ip_address(dst), its_port, its_vni, port, vni)
            self.belongings[link.netns, link.name].append(entry)

    # What belongs to a link

    def _addresses(self, link, number, few) -> list:
        pool = ["10.%d.0.1/24", "10.%d.0.2/24", "10.%d.0.3/24", self.dice.pick("10.%d.7.1/32", "10.%d.0.1/25", "10.77.0.1/32")]
        if link.mtu >= IPV6_MIN:
            pool += ["fd00:%d::1/64", self.dice.pick("fd00:%d::2/64", "fd00:%d:1::1/64", "fd00:%d:1::1/48")]
        if few:
            pool = pool[3:]
        texts = [text % number if "%" in text else text for text in self.dice.some(pool)]
        turn = self.dice.pick(0, 1, 2)
        first, second = [], []
        for text in texts[turn:] + texts[:turn]:
            interface = ipaddress.ip_interface(text)
            if interface.version == 6:
                first.append(Address(link.netns, link.name, interface))
                continue
            known = any(one.interface.network == interface.network for one in first)
            made = Address(link.netns, link.name, interface, broadcast_of(interface), secondary=known)
            (second if known else first).append(made)
        if first and first[0].broadcast and self.dice.half():
            first[0] = replace(first[0], broadcast=None)
        # As the kernel lists them: the first of each network before all that came second.
        return first + second

    def _routes(self, place, link):
        if not link.up:
            return
        netns = place[0]
        number = hash_of(place)
        own = self.addresses[place]
        for version in (4, 6) if link.mtu >= IPV6_MIN else (4,):
            networks = [one.interface.network for one in own if one.interface.version == version and one.interface.network.num_addresses > 2]
            known = [one.interface.ip for (where, _name), ones in self.addresses.items() if where == netns for one in ones if one.interface.version == version]
            src = self.dice.pick(None, *known[:3], *known[-1:])
            metric = self.dice.pick(DEFAULT_METRIC[version], 7)
            words = _ROUTES[version]
            pool = [(words["on_link"] % number, None, src, False), (words["onlink"], words["nowhere"], None, True)]
            if networks:
                gateway = networks[0][100]
                pool += [(words["via"] % number, gateway, src, False), (words["default"], gateway, None, False)]
            for dst, via, prefers, onlink in self.dice.some(pool):
                self._route(link, dst, metric, via, prefers, onlink)
            near = [one for one in self.belongings[place] if str(one.dst) == words["on_link"] % number]
            if near and self.dice.half():
                self._route(link, words["behind"] % number, metric, near[0].dst[9], None, False)

    def _route(self, link, dst, metric, via, src, onlink):
        dst = ipaddress.ip_network(dst)
        if (link.netns, dst, metric) not in self.seen:
            self.seen.add((link.netns, dst, metric))
            via = ipaddress.ip_address(via) if via is not None else None
            self.belongings[link.netns, link.name].append(Route(link.netns, link.name, dst, metric, via, src, onlink))

    # The rest

    def _firewall(self, state):
        chains = CHAINS
        if not self.world.unknown:
            if not self.dice.half():
                return
            chains = self.dice.pick(CHAINS, CHAINS[1:], CHAINS + (_nft.Chain("strange"),), CHAINS + PUBLISHING)
        strange = () if self.world.unknown else (_nft.Map("published_ip6", (), ()),)
        maps = self.dice.pick((), tuple(_nft.MAPS.values()), (_nft.MAPS["published_ip"],), strange)
        state.put(NftTable(chains, maps))
        for of in maps:
            for port in self.dice.some((80, 8001)) if of.key == ("inet_proto", "inet_service") else ():
                address = ipaddress.ip_address("10.1.0.7" if of.name == "published_ip" else "fd01::7")
                state.put(NftElement(_nft.Element(of.name, ("udp", port), (address, port), self.dice.pick(*NETWORKS, ""))))
        rules = [_UNKNOWN] if self.world.unknown else []
        rules += [rule for of in maps if of.key for rule in _our_table._asks(of.name)]
        for network in self.dice.some(NETWORKS):
            options = {
                "sources": self.dice.pick(["10.1.0.0/24"], ["10.1.0.0/24", "fd01::/64"]), "exclude": self.dice.pick(None, ["10.0.0.0/8"]),
                "bridge": self.dice.pick("br0", None), "out_interface": None, "isolate": self.dice.half(), "open_firewall": True,
            }  # fmt: skip
            if not options["bridge"]:
                options["out_interface"] = FOREIGN
            defaults = {name: spec.get("default") for name, spec in nat_masquerade._SINGLE.items()}
            made = nat_masquerade._Masquerade("", {**defaults, "name": network, **options}, True).rules()
            rules += made + made[: self.dice.pick(0, 1)]
        rules += self.dice.some([_nft.Rule("forward", (), "accept")])
        names = {chain.name for chain in chains}
        for handle, rule in enumerate(rules):
            if rule.chain in names:
                item = NftRule(rule, 10 + handle)
                while item.key in state:
                    item = replace(item, copy=item.copy + 1)
                state.put(item)

    def _beside(self, state):
        """What is ours in other owners' firewalls."""
        bound = []
        for network in self.dice.some(NETWORKS):
            for legacy, family, chain in self.dice.some([(False, "ip", "FORWARD"), (False, "ip6", "DOCKER-USER"), (True, "ip", "FORWARD")]):
                words = _iptables.words(network, i="br0")
                back = _iptables.words(network, o="br0", ctstate="DNAT")
                for rule in (words, back) if self.dice.half() else (words,):
                    state.put(IptablesRule(legacy, family, "filter", chain, rule, network, "", 100 + len(state.every("iptables_rule"))))
            bound.append(Binding(*self.dice.pick((INTERFACE, "br0"), (INTERFACE, "br;1"), (SOURCE, "10.1.0.0/24")), (network,)))
        for device in self.dice.some(_VXLANS):
            words = _iptables.words("blue", device, s="192.0.2.9/32", p="udp", dport=self.dice.pick(4789, 9))
            state.put(IptablesRule(self.dice.half(), "ip", "filter", "INPUT", words, "blue", device, 200 + len(state.every("iptables_rule"))))
        for device in self.dice.some(_VXLANS):
            # What runs is as the configuration says: firewalld is reloaded by whoever makes something new, and then it is so.
            rules = tuple(sorted(self.dice.some([rich_rule(ipaddress.ip_address(peer), 4789) for peer in ("192.0.2.9", "2001:db8::9")])))
            mark = _iptables.mark("red", device)
            state.put(FirewalldPolicy(policy_name(device), device, "red", rules, rules, policy_settings(mark), True, True))
        places = {(one.word, one.value): one for one in self.dice.some(bound)}
        # firewalld knows our zone, be anything in it or not: it is reloaded by whoever makes it.
        bindings = tuple(places[place] for place in sorted(places))
        state.put(FirewalldZone(bindings, bindings, TARGET, True))

    def _sysctls(self, state):
        switches = {4: self.dice.pick("0", "1"), 6: self.dice.pick("0", "1")}
        for version, path in _forwarding.SWITCHES.items():
            state.put(Sysctl(HOST, path, switches[version]))
        state.put(Sysctl(HOST, "net/ipv6/conf/%s/accept_ra" % FOREIGN, self.dice.pick("1", "2")))
        for name in self.world.apart_from_switch[switches[4]]:
            if (HOST, name) in self.links:
                state.put(Sysctl(HOST, "net/ipv4/conf/%s/forwarding" % name, "10"[int(switches[4])]))
        for _number, name in self.spaces:
            # The second way to write a switch is as good as the first.
            paths = _NS_SYSCTLS if name != SPACES[1] else ("net.ipv4.conf.all.forwarding",) + _NS_SYSCTLS[1:]
            for path in paths:
                state.put(Sysctl(name, path, self.dice.pick("0", "1")))
            for (where, device), _link in self.links.items():
                if where == name and device == "p0":
                    state.put(Sysctl(name, "net.ipv4.conf.p0.rp_filter", self.dice.pick("0", "1")))
        if self.dice.half():
            value = {"value": "0", "devices": self.dice.some([FOREIGN]), "chains": [], "accept_ra": {}}
            state.put(Record("sysctl", "net.ipv4.ip_forward", value))
        if self.world.adopted:
            state.put(Record("adopted", ADOPTED, {"inode": 4026530009, "networks": self.dice.some(NETWORKS)}))


_ROUTES = {
    4: {"on_link": "10.%d.128.0/24", "via": "10.%d.0.0/17", "behind": "10.%d.192.0/24", "onlink": "10.20.0.0/16",
        "nowhere": "192.168.7.1", "default": "0.0.0.0/0"},
    6: {"on_link": "fd01:%d::/64", "via": "fd02:%d::/64", "behind": "fd03:%d::/64", "onlink": "fd20::/64",
        "nowhere": "fd99::1", "default": "::/0"},
}  # fmt: skip


def hash_of(place) -> int:
    """A number from 100 to 249 that follows from the place."""
    return 100 + hashlib.sha256("/".join(place).encode()).digest()[0] % 150
