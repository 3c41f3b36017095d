# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``publish``: ports of the host that lead to containers."""

from __future__ import annotations

import ipaddress

from .. import _beside, _describe, _our_table, _values
from .._door import COMMON, PURGE, items, one_or_many
from .._kinds.nft import PUBLISHING, NftElement
from .._kinds.record import Record
from .._kinds.sysctl import ROUTE_LOCALNET, Sysctl
from .._nft import MAPS, PROTOCOLS, Element, Match, Rule
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

PORT = {
    "port": {"type": "str", "required": True},
    "protocol": {"type": "str", "choices": list(PROTOCOLS), "default": "tcp"},
    "address": {"type": "str", "required": True},
    "to_port": {"type": "str"},
    "host_address": {"type": "str"},
}

_SINGLE = {
    "name": {"type": "str"},
    "bridge": {"type": "str"},
    "subnets": {"type": "list", "elements": "str"},
    "ports": {"type": "list", "elements": "dict", "options": PORT},
}

ARGUMENTS = {**COMMON, **PURGE, **one_or_many("publications", _SINGLE)}

#: The chains whose rules are this door's.
_CHAINS = tuple(chain.name for chain in PUBLISHING)

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

#: Is there when the kernel follows connections at all, and when it follows those of SCTP.
_CONNTRACK, _SCTP = "net/netfilter/nf_conntrack_max", "net/netfilter/nf_conntrack_sctp_timeout_established"


class _Port:
    """One port, or range of ports, in normal form."""

    def __init__(self, prefix, network, options, subnets):
        self.prefix = prefix
        self.protocol = options["protocol"]
        self.ports = _values.ports(options["port"], prefix + "port")
        self.to_ports = self.ports if options["to_port"] is None else _values.ports(options["to_port"], prefix + "to_port")
        if len(self.to_ports) != len(self.ports):
            raise Problem(prefix + "to_port", "%s are %d ports, and %s are %d: give a range as long." % (
                options["to_port"], len(self.to_ports), options["port"], len(self.ports)))  # fmt: skip
        self.address = _values.address(options["address"], prefix + "address")
        self.host_address = _values.optional(_values.address, options, prefix, "host_address")
        if self.host_address is not None and self.host_address.version != self.address.version:
            raise Problem(prefix + "host_address", "%s and the container's address %s are of two families." % (self.host_address, self.address))
        if self.host_address is not None and self.host_address.is_unspecified:
            self.host_address = None
        if self.host_address is not None and self.host_address.is_loopback and self.host_address.version == 6:
            raise Problem(prefix + "host_address", "the kernel takes no answer to ::1 from a bridge: use another address of the host, or 127.0.0.1.")
        if subnets and not any(self.address in subnet for subnet in subnets if subnet.version == self.address.version):
            raise Problem(prefix + "address", "%s is in none of the network's subnets (%s)." % (self.address, ", ".join(map(str, subnets))))
        self.network = network

    @property
    def by_localhost(self) -> bool:
        """Whether the host's own programs are to reach it at 127.0.0.1."""
        return self.address.version == 4 and (self.host_address is None or self.host_address in LOOPBACK)

    def elements(self) -> list:
        at = () if self.host_address is None else (self.host_address,)
        name = "published_%s%s" % ("ip" if self.address.version == 4 else "ip6", "_at" if at else "")
        return [Element(name, (*at, self.protocol, port), (self.address, to), self.network) for port, to in zip(self.ports, self.to_ports)]


class _Publication:
    """One network's published ports in normal form."""

    def __init__(self, prefix, options, present):
        self.prefix = prefix
        self.name = _values.network_name(options["name"], prefix + "name")
        self.bridge = _values.optional(_values.ifname, options, prefix, "bridge")
        self.subnets = [_values.network(text, prefix + "subnets") for text in options["subnets"] or []]
        if len(set(self.subnets)) < len(self.subnets):
            raise Problem(prefix + "subnets", "a network is listed twice.")
        listed = enumerate(options["ports"] or [])
        self.ports = [_Port("%sports[%d]." % (prefix, number), self.name, one, self.subnets) for number, one in listed]
        if present and not self.bridge:
            raise Problem(prefix + "bridge", "say the bridge that the containers are on.")

    def rules(self, subnets) -> list:
        """The network's own rules beside those that all networks have in common."""
        made = []
        if any(port.by_localhost for port in self.ports):
            for word in ("ip daddr", "ip saddr"):
                # With route_localnet on, the kernel itself no longer refuses these.
                made.append(self._rule("guard", "drop", ("iifname", "==", self.bridge), (word, "==", LOOPBACK)))
            made.append(self._rule("hairpin", "masquerade", ("oifname", "==", self.bridge), ("ip saddr", "==", LOOPBACK)))
        for subnet in subnets:
            if any(port.address.version == subnet.version for port in self.ports):
                word = "ip" if subnet.version == 4 else "ip6"
                within = ((word + " saddr", "==", subnet), (word + " daddr", "==", subnet))
                made.append(self._rule("hairpin", "masquerade", ("ct status", "==", "dnat"), *within))
        return made

    def _rule(self, chain, verdict, *matches):
        return Rule(chain, tuple(Match(*match) for match in matches), verdict, self.name)


class Wish:
    """What a task wants of published ports."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        self.purge = frozenset(_values.network_name(name, "purge_networks") for name in params["purge_networks"])
        self.networks = [
            _Publication(prefix, options, self.present) for prefix, options in items(params, "publications", _SINGLE)
        ]
        names: set = set()
        for one in self.networks:
            if one.name in names:
                raise Problem(one.prefix + "name", "'%s' is listed twice." % one.name)
            names.add(one.name)

    def reach(self) -> Reach:
        reach = _our_table.reach()
        for one in self.networks if self.present else ():
            reach.links.add((HOST, one.bridge))
            reach.sysctls.add((HOST, ROUTE_LOCALNET % one.bridge))
            for port in one.ports:
                reach.listening |= {(port.protocol, number) for number in port.ports}
                if port.host_address is not None:
                    reach.owners_of.add(port.host_address)
                if port.protocol == "sctp":
                    reach.sysctls |= {(HOST, _CONNTRACK), (HOST, _SCTP)}
        return reach

    def merge(self, merging) -> None:
        self.lay(merging)
        _our_table.finish(merging)

    def lay(self, merging) -> None:
        """Lay over what there is the ports of these networks; what they need beside them is seen to at the end of a run."""
        replaced = {one.name for one in self.networks} | self.purge
        for item in merging.target.every("nft_element"):
            if item.network in replaced:
                merging.target.drop(item.key)
        taken = _Taken(merging)
        rules: list = []
        for one in self.networks if self.present else ():
            merging.need_link(HOST, one.bridge, one.prefix + "bridge", "bridge")
            for port in one.ports:
                self._check(merging, port)
                taken.add(port)
            rules += one.rules(one.subnets or self._subnets(merging, one))
        _our_table.replace_rules(merging, replaced, _CHAINS, rules)
        self._localhost(merging, replaced)
        self._warn(merging)

    def _warn(self, merging):
        """What is masqueraded is let through others' firewalls by its own task; nobody does it for what is published alone."""
        masqueraded = {item.network for item in merging.target.every("nft_rule") if item.rule.chain == "postrouting"}
        for one in self.networks if self.present else ():
            for sentence in _beside.droppers(merging.facts["others_chains"], False) if one.ports and one.name not in masqueraded else ():
                merging.warnings.append("What is published of '%s' may not get through, as it is not masqueraded: %s." % (one.name, sentence))

    @staticmethod
    def _subnets(merging, one) -> list:
        found = sorted({item.interface.network for item in merging.target.of("address", HOST, one.bridge)}, key=str)
        if not found and not merging.check and one.ports:
            raise Problem(one.prefix + "subnets", "bridge '%s' has no address to tell the network's subnets by: name them." % one.bridge)
        return [network for network in found if not network.is_link_local]

    @staticmethod
    def _check(merging, port):
        """Problem when the host cannot publish ``port``, whoever else is there."""
        at = port.host_address
        if at is not None and at not in LOOPBACK and at not in merging.facts["owner"]:
            if not any(item.netns == HOST and item.interface.ip == at for item in merging.target.every("address")):
                raise Problem(port.prefix + "host_address", "this host has no address %s." % at)
        if port.protocol == "sctp" and merging.now[("sysctl", HOST, _CONNTRACK)].value and not merging.now[("sysctl", HOST, _SCTP)].value:
            raise Problem(port.prefix + "protocol", "this kernel does not follow connections of SCTP (CONFIG_NF_CT_PROTO_SCTP).")

    def _localhost(self, merging, replaced):
        """127.0.0.0/8 is routed over the bridges whose containers the host's own programs reach there, and over no others."""
        wanted = {one.bridge: one.name for one in self.networks if self.present and any(port.by_localhost for port in one.ports)}
        for item in merging.now.every("record"):
            if item.subject != "localnet" or item.name in wanted or item.value["network"] not in replaced:
                continue
            merging.target.drop(item.key)
            now = merging.now.get(("sysctl", HOST, ROUTE_LOCALNET % item.name))
            if merging.now.link(HOST, item.name) is not None and merging.target.link(HOST, item.name) is None:
                merging.target.drop(("sysctl", HOST, ROUTE_LOCALNET % item.name))  # it goes with its bridge
            elif now is not None and now.value == "1":
                merging.target.put(Sysctl(HOST, now.path, item.value["value"]))
        for bridge, network in wanted.items():
            path = ROUTE_LOCALNET % bridge
            now, known = merging.now.get(("sysctl", HOST, path)), merging.now.get(("record", HOST, "localnet", bridge))
            if now is None or now.value != "1" or known is not None:
                before = known.value["value"] if known is not None else (now and now.value) or "0"
                merging.target.put(Record("localnet", bridge, {"value": before, "network": network}))
            merging.target.put(Sysctl(HOST, path, "1"))

    def result(self, outcome) -> dict:
        names = {one.name for one in self.networks}
        return {"ports": [port for port in _describe.ports(outcome.state) if port["network"] in names]}


class _Taken:
    """Who has which port of the host."""

    def __init__(self, merging):
        self.merging = merging
        self.ports: dict = {}
        for item in merging.target.every("nft_element"):
            self._note(item.element, "network '%s'" % item.network)

    def _note(self, element, who):
        *at, protocol, port = element.key
        self.ports.setdefault((MAPS[element.map].data, protocol, port), []).append((at[0] if at else None, element, who))

    def add(self, port):
        """Put the elements of ``port`` into the target. Problem when one of its ports is somebody else's."""
        for element in port.elements():
            *_at, protocol, number = element.key
            for at, other, who in self.ports.get((MAPS[element.map].data, protocol, number), ()):
                if None in (at, port.host_address) or at == port.host_address:
                    raise Problem(port.prefix + "port", "%s port %d leads to %s already (%s)." % (protocol, number, other.data[0], who))
            made = NftElement(element)
            if self.merging.now.get(made.key) is None:
                self._refuse_listener(port, protocol, number)
            self.merging.target.put(made)
            self._note(element, "%sport" % port.prefix)

    def _refuse_listener(self, port, protocol, number):
        """What is published already keeps its port: nobody who came to listen since hears anything."""
        for its_protocol, address, its_number, process in self.merging.facts["listening"]:
            if (its_protocol, its_number) != (protocol, number):
                continue
            anywhere = address.is_unspecified and (address.version == 6 or port.address.version == 4)
            here = address.version == port.address.version and port.host_address in (None, address)
            if anywhere or here:
                raise Problem(port.prefix + "port", "%s port %d is taken: %s listens on it at %s." % (protocol, number, process, address))
