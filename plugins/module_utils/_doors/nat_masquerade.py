# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``nat_masquerade``: networks that leave the host under its own address, and stay apart from each other."""

from __future__ import annotations

from .. import _beside, _describe, _our_table, _values
from .._door import COMMON, PURGE, items, one_or_many
from .._kinds.nft import CHAINS
from .._marks import GROUP
from .._nft import Match, Rule, Snat
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

_SINGLE = {
    "name": {"type": "str"},
    "sources": {"type": "list", "elements": "str"},
    "bridge": {"type": "str"},
    "out_interface": {"type": "str"},
    "exclude": {"type": "list", "elements": "str"},
    "snat_to": {"type": "list", "elements": "str"},
    "isolate": {"type": "bool", "default": True},
    "isolate_containers": {"type": "bool", "default": False},
    "open_firewall": {"type": "bool", "default": True},
}

ARGUMENTS = {**COMMON, **PURGE, **one_or_many("masquerades", _SINGLE)}

_NOT_PUBLISHED = ("ct status", "!=", "dnat")

#: The chains whose rules are this door's.
_CHAINS = tuple(chain.name for chain in CHAINS)


class _Masquerade:
    """One network's masquerading in normal form."""

    def __init__(self, prefix, options, present):
        self.prefix = prefix
        self.name = _values.network_name(options["name"], prefix + "name")
        self.sources = self._networks(prefix + "sources", options["sources"])
        self.exclude = self._networks(prefix + "exclude", options["exclude"])
        self.bridge = _values.optional(_values.ifname, options, prefix, "bridge")
        self.out_interface = _values.optional(_values.ifname, options, prefix, "out_interface")
        self.snat_to = self._snat(prefix + "snat_to", options["snat_to"])
        self.isolate = options["isolate"]
        self.isolate_containers = options["isolate_containers"]
        self.open_firewall = options["open_firewall"]
        if not present:
            return
        if not self.sources:
            raise Problem(prefix + "sources", "say which networks are masqueraded, like 10.1.0.0/24.")
        if not self.bridge and not self.out_interface:
            raise Problem(prefix + "bridge", "say the networks' own bridge, or the out_interface through which they leave.")
        if self.isolate_containers and not self.bridge:
            raise Problem(prefix + "isolate_containers", "say the bridge that the containers are on.")
        for family in self.snat_to:
            if family not in {source.version for source in self.sources}:
                raise Problem(prefix + "snat_to", "there is an IPv%d address, but no IPv%d network in sources." % (family, family))

    @staticmethod
    def _networks(option, texts):
        found = [_values.network(text, option) for text in texts or []]
        for one in found:
            if one.prefixlen == 0:
                raise Problem(option, "'%s' is every address there is; say which networks are meant." % one)
        if len(set(found)) < len(found):
            raise Problem(option, "a network is listed twice.")
        return found

    @staticmethod
    def _snat(option, texts) -> dict:
        """{IP version: Snat}."""
        found: dict = {}
        for text in texts or []:
            ends = [_values.address(end, option) for end in text.split("-", 1)]
            for end in ends:
                if end.is_multicast or end.is_unspecified or end.is_loopback:
                    raise Problem(option, "%s is no address that packets can come from." % end)
            if ends[0].version != ends[-1].version or ends[-1] < ends[0]:
                raise Problem(option, "%s is no range: write the lower address first, 192.0.2.7-192.0.2.9." % _values.shown(text))
            if ends[0].version in found:
                raise Problem(option, "there are two for IPv%d: give one address, or one range, a family." % ends[0].version)
            found[ends[0].version] = Snat(ends[0], ends[-1])
        return found

    def passing(self):
        """The network as one that is to get through other owners' firewalls."""
        return _beside.Passing(self.name, self.prefix + "open_firewall", self.bridge, self.out_interface, self.sources)

    def rules(self, uplinks=()) -> list:
        """As a human would write them. ``uplinks``: bridges that are the host's own way out."""
        made = []
        if self.isolate and self.bridge:
            # What is neither the own bridge, nor of ours, nor anybody's bridge is the way out. Who asks for a published port
            # may come from anywhere.
            ours, bridges = ("%sgroup", "==", GROUP), ("meta %skind", "==", "bridge")
            ways_out = sorted({*uplinks, self.out_interface} - {None})
            for here, there in (("iif", "oif"), ("oif", "iif")):
                for other in (ours, bridges):
                    matches = [(here + "name", "==", self.bridge), (there + "name", "!=", self.bridge)]
                    matches += [(there + "name", "!=", name) for name in ways_out if other is bridges]
                    made.append(self._rule("forward", "drop", *matches, (other[0] % there, *other[1:]), _NOT_PUBLISHED))
        if self.isolate_containers:
            # The ports keep them apart on the bridge, this does where the host routes between them.
            made.append(self._rule("forward", "drop", ("iifname", "==", self.bridge), ("oifname", "==", self.bridge), _NOT_PUBLISHED))
        for source in self.sources:
            word = "ip" if source.version == 4 else "ip6"
            matches = [(word + " saddr", "==", source)]
            if self.out_interface:
                matches.append(("oifname", "==", self.out_interface))
            if self.bridge:
                matches.append(("oifname", "!=", self.bridge))
            matches += [(word + " daddr", "!=", one) for one in self.exclude if one.version == source.version]
            made.append(self._rule("postrouting", self.snat_to.get(source.version, "masquerade"), *matches))
        return made

    def _rule(self, chain, verdict, *matches):
        return Rule(chain, tuple(Match(*match) for match in matches), verdict, self.name)


class Wish:
    """What a task wants of masquerading."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        self.purge = frozenset(_values.network_name(name, "purge_networks") for name in params["purge_networks"])
        self.networks = [
            _Masquerade(prefix, options, self.present) for prefix, options in items(params, "masquerades", _SINGLE)
        ]
        names: set = set()
        sources: list = []
        for one in self.networks:
            if one.name in names:
                raise Problem(one.prefix + "name", "'%s' is listed twice." % one.name)
            names.add(one.name)
            for source in one.sources:
                for other, owner in sources:
                    if other.version == source.version and other.overlaps(source):
                        raise Problem(one.prefix + "sources", "%s overlaps %s of '%s'." % (source, other, owner))
                sources.append((source, one.name))

    def reach(self) -> Reach:
        reach = _our_table.reach()
        for one in self.networks:
            if one.out_interface:
                reach.links.add((HOST, one.out_interface))
            reach.owners_of |= {end for snat in one.snat_to.values() for end in (snat.first, snat.last)}
        return reach

    def merge(self, merging) -> None:
        self.lay(merging)
        _our_table.finish(merging)

    def lay(self, merging) -> None:
        """Lay over what there is the rules of these networks; what they need beside them is seen to at the end of a run."""
        replaced = {one.name for one in self.networks} | self.purge
        rules = [rule for one in self.networks for rule in one.rules(merging.facts["uplinks"])] if self.present else []
        _our_table.replace_rules(merging, replaced, _CHAINS, rules)
        opened = [one.passing() for one in self.networks if self.present and one.open_firewall]
        _beside.let_through(merging, opened, replaced)
        if self.present and self.networks:
            self._warn(merging)

    def _warn(self, merging):
        for sentence in _beside.droppers(merging.facts["others_chains"], all(one.open_firewall for one in self.networks)):
            merging.warnings.append("What leaves these networks may not get through: %s." % sentence)
        for one in self.networks:
            for end in sorted({end for snat in one.snat_to.values() for end in (snat.first, snat.last)}, key=str):
                if end not in merging.facts["owner"]:
                    merging.warnings.append("%ssnat_to: this host has no address %s: answers come back only if that is routed here." % (one.prefix, end))
            if one.out_interface and merging.now.link(HOST, one.out_interface) is None:
                merging.warnings.append(
                    "%sout_interface: there is no device '%s' yet; nothing leaves until there is." % (one.prefix, one.out_interface)
                )

    def result(self, outcome) -> dict:
        names = {one.name for one in self.networks}
        return {"rules": [rule for rule in _describe.rules(outcome.state) if rule["network"] in names]}
