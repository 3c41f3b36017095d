# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``nat_masquerade``: networks that leave the host under its own address, and stay apart from each other."""

from __future__ import annotations

from dataclasses import replace

from .. import _beside, _describe, _values
from .._door import COMMON, PURGE, items, one_or_many
from .._kinds.nft import CHAINS, NftRule, NftTable
from .._kinds.record import RETURNING, Record
from .._kinds.sysctl import Sysctl
from .._marks import GROUP
from .._nft import Match, Rule
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

_SINGLE = {
    "name": {"type": "str"},
    "sources": {"type": "list", "elements": "str"},
    "bridge": {"type": "str"},
    "out_interface": {"type": "str"},
    "exclude": {"type": "list", "elements": "str"},
    "isolate": {"type": "bool", "default": True},
    "open_firewall": {"type": "bool", "default": True},
}

ARGUMENTS = {**COMMON, **PURGE, **one_or_many("masquerades", _SINGLE)}

#: The switch that turns a host into a router, by IP version (Documentation/networking/ip-sysctl.rst in the kernel).
SWITCHES = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}

#: Whether the host believes ICMP redirects. A router does not: the kernel sets this along with the IPv4 switch.
REDIRECTS = "net/ipv4/conf/all/accept_redirects"


class _Masquerade:
    """One network's masquerading in normal form."""

    def __init__(self, prefix, options, present):
        self.prefix = prefix
        self.name = _values.network_name(options["name"], prefix + "name")
        self.sources = self._networks(prefix + "sources", options["sources"])
        self.exclude = self._networks(prefix + "exclude", options["exclude"])
        self.bridge = _values.optional(_values.ifname, options, prefix, "bridge")
        self.out_interface = _values.optional(_values.ifname, options, prefix, "out_interface")
        self.isolate = options["isolate"]
        self.open_firewall = options["open_firewall"]
        if not present:
            return
        if not self.sources:
            raise Problem(prefix + "sources", "say which networks are masqueraded, like 10.1.0.0/24.")
        if not self.bridge and not self.out_interface:
            raise Problem(prefix + "bridge", "say the networks' own bridge, or the out_interface through which they leave.")

    @staticmethod
    def _networks(option, texts):
        found = [_values.network(text, option) for text in texts or []]
        for one in found:
            if one.prefixlen == 0:
                raise Problem(option, "'%s' is every address there is; say which networks are meant." % one)
        if len(set(found)) < len(found):
            raise Problem(option, "a network is listed twice.")
        return found

    def passing(self):
        """The network as one that is to get through other owners' firewalls."""
        return _beside.Passing(self.name, self.prefix + "open_firewall", self.bridge, self.out_interface, self.sources)

    def rules(self) -> list:
        """As a human would write them."""
        made = []
        if self.isolate and self.bridge:
            # Links of ours carry our group: what is neither the own bridge nor of ours is the way out.
            made.append(self._rule("forward", "drop", ("iifname", "==", self.bridge), ("oifname", "!=", self.bridge), ("oifgroup", "==", GROUP)))
            made.append(self._rule("forward", "drop", ("oifname", "==", self.bridge), ("iifname", "!=", self.bridge), ("iifgroup", "==", GROUP)))
        for source in self.sources:
            word = "ip" if source.version == 4 else "ip6"
            matches = [(word + " saddr", "==", source)]
            if self.out_interface:
                matches.append(("oifname", "==", self.out_interface))
            if self.bridge:
                matches.append(("oifname", "!=", self.bridge))
            matches += [(word + " daddr", "!=", one) for one in self.exclude if one.version == source.version]
            made.append(self._rule("postrouting", "masquerade", *matches))
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
        reach = Reach(firewall=True, others_firewall=True, records=True, forwarding=True)
        reach.sysctls = {(HOST, path) for path in SWITCHES.values()}
        for one in self.networks:
            if one.out_interface:
                reach.links.add((HOST, one.out_interface))
        return reach

    def merge(self, merging) -> None:
        listed = {one.name for one in self.networks}
        replaced = listed | self.purge
        rules, there = [], {}
        for item in merging.now.every("nft_rule"):
            there[item.key] = item
            # What carries a network's name is that network's to say; in our table nothing is nobody's.
            if item.network in replaced or not item.network:
                merging.target.drop(item.key)
            else:
                rules.append(item)
        if self.present:
            for one in self.networks:
                for rule in one.rules():
                    rules.append(there.get(NftRule(rule).key, NftRule(rule)))
        for item in rules:
            merging.target.put(item)
        if rules:
            merging.target.put(NftTable(CHAINS))
        else:
            merging.target.drop(NftTable(()).key)
        opened = [one.passing() for one in self.networks if self.present and one.open_firewall]
        _beside.let_through(merging, opened, replaced)
        self._forwarding(merging, rules)
        if self.present and self.networks:
            self._warn(merging)

    def _forwarding(self, merging, rules):
        masqueraded = {
            4 if match.left.startswith("ip ") else 6
            for item in rules
            if isinstance(item.rule, Rule) and item.rule.verdict == "masquerade"
            for match in item.rule.matches
            if match.left in ("ip saddr", "ip6 saddr")
        }
        for version, path in SWITCHES.items():
            if version in masqueraded:
                self._switch_on(merging, version, path)
            else:
                self._switch_back(merging, version, path)

    @staticmethod
    def _switch_on(merging, version, path):
        now = merging.now.get(("sysctl", HOST, path))
        if now.value is None:
            raise Problem("sources", "this kernel has no IPv%d (%s is missing)." % (version, path))
        if now.value == "1":
            return
        known = merging.now.get(("record", HOST, "sysctl", path))
        if known is not None:
            # Somebody has switched it off since: what is to come back is still what was there before us.
            note = dict(known.value, accept_ra=dict(known.value["accept_ra"]))
            note.pop(RETURNING, None)
        else:
            devices = [name for name, value in merging.facts["forwarding"][version].items() if value == "1"]
            note = {"value": now.value, "devices": devices, "chains": merging.facts["forward_chains"], "accept_ra": {}}
            redirects = merging.now.get(("sysctl", HOST, REDIRECTS))
            if version == 4 and redirects is not None:
                note["accept_redirects"] = redirects.value
        if version == 6:
            # A router forgets routes that were advertised to it, unless accept_ra says 2 (ip-sysctl.rst).
            for device in sorted(merging.facts["router_advertised"]):
                advertised = merging.now.get(("sysctl", HOST, _accept_ra(device)))
                if advertised is not None and advertised.value == "1":
                    note["accept_ra"][device] = advertised.value
                    merging.target.put(Sysctl(HOST, advertised.path, "2"))
        for device in merging.facts["forwarding"][version]:
            merging.target.drop(("sysctl", HOST, _forwarding(version, device)))
        if version == 4:
            merging.target.drop(("sysctl", HOST, REDIRECTS))
        merging.target.put(Record("sysctl", path, note))
        merging.target.put(Sysctl(HOST, path, "1"))

    @staticmethod
    def _switch_back(merging, version, path):
        """Off again, if it was us who switched it on, nobody changed it since and nobody else came to need it."""
        record = merging.now.get(("record", HOST, "sysctl", path))
        if record is None:
            return
        merging.target.drop(record.key)
        now = merging.now.get(("sysctl", HOST, path))
        if now is None or (now.value != "1" and RETURNING not in record.value):
            return
        newer = [name for name in merging.facts["forward_chains"] if name not in record.value["chains"]]
        if newer:
            merging.warnings.append(
                "%s stays 1: since it was switched on, others have come who may need it (%s)." % (path, ", ".join(newer))
            )
            return
        merging.steps.append(record.returning())
        merging.target.put(Sysctl(HOST, path, record.value["value"]))
        redirects = merging.now.get(("sysctl", HOST, REDIRECTS))
        if version == 4 and redirects is not None:
            # The kernel sets it to 1, which may be neither what it was before us nor what somebody has set since.
            wanted = record.value.get("accept_redirects", redirects.value) if redirects.value == "0" else redirects.value
            merging.target.drop(redirects.key)
            if wanted != "1":
                merging.target.put(replace(redirects, value=wanted))
        present = merging.facts["forwarding"][version]
        for device in record.value["devices"]:
            # The switch sets every device: those that forwarded before us do so again.
            if device in present:
                merging.target.put(Sysctl(HOST, _forwarding(version, device), "1"))
        for device, value in sorted(record.value["accept_ra"].items()):
            advertised = merging.now.get(("sysctl", HOST, _accept_ra(device)))
            if advertised is not None and advertised.value == "2":
                merging.target.put(Sysctl(HOST, advertised.path, value))

    def _warn(self, merging):
        for sentence in _beside.droppers(merging.facts["others_chains"], all(one.open_firewall for one in self.networks)):
            merging.warnings.append("What leaves these networks may not get through: %s." % sentence)
        for one in self.networks:
            if one.out_interface and merging.now.link(HOST, one.out_interface) is None:
                merging.warnings.append(
                    "%sout_interface: there is no device '%s' yet; nothing leaves until there is." % (one.prefix, one.out_interface)
                )

    def result(self, outcome) -> dict:
        names = {one.name for one in self.networks}
        return {"rules": [rule for rule in _describe.rules(outcome.state) if rule["network"] in names]}


def _forwarding(version, device) -> str:
    return "net/ipv%d/conf/%s/forwarding" % (version, device)


def _accept_ra(device) -> str:
    return "net/ipv6/conf/%s/accept_ra" % device
