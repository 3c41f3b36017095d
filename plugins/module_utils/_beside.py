# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of ours beside other owners' firewalls: where an accept has to stand so that a network gets through, and whether it can.
Pure.

A drop is final in nf_tables and in iptables: an accept in our own table cannot lift it. So it stands in their chain, or in
firewalld's configuration, with our mark; and where neither is possible, the one who can is told what to do.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Collection, NamedTuple, Optional

from . import _iptables
from ._kinds.firewalld import INTERFACE, SOURCE, TARGET, ZONE, Binding, FirewalldPolicy, FirewalldZone, policy_name, policy_settings, rich_rule
from ._kinds.iptables import IptablesRule
from ._problem import Problem
from ._values import plain

#: What may pass to a container that did not begin: answers, and what our own table has sent there (published ports). In two rules:
#: nft shows only the one or the other of both in one.
_BACK = ("RELATED,ESTABLISHED", "DNAT")
_RELOADED = "firewalld is reloaded, so that it knows %s %s: what has been set in it at run time alone is as in its configuration again."
_VERSIONS = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}


class OthersChain(NamedTuple):
    """A chain of somebody else's that packets pass. ``owner``: "iptables", "legacy", "firewalld", "process" (which alone can change
    it) or "nft"; ``how`` it drops what none of its rules accepts, "" when it does not; ``head``: the chain at whose head an accept
    counts; ``ways``: the conditions under which it accepts, each a tuple of _nft.Match; ``lacks``: why it cannot be changed; ``ports``: the transport ports of
    which it accepts something."""

    owner: str
    family: str
    table: str
    chain: str
    hook: str
    how: str = ""
    head: str = ""
    ways: tuple = ()
    lacks: str = ""
    ports: Collection = ()

    @property
    def dropping(self) -> str:
        return "drops %s%s" % ("forwarded packets" if self.hook == "forward" else "what is for the host", self.how and " " + self.how)

    def __str__(self):
        if self.owner == "legacy":
            return "chain %s of %s" % (self.chain, _iptables.program(True, self.family))
        return "chain %s of table %s %s" % (plain(self.chain), self.family, plain(self.table))


class Firewalld(NamedTuple):
    """firewalld as it runs. ``zones``: {("interface" or "source", value): name of the zone it is bound to}; ``accepting``: names of
    zones that let everything out; ``known``: names of zones that have chains; ``peers``: {name of a policy for what is for the host:
    [(address, UDP port) that it lets in]}."""

    zones: dict
    accepting: frozenset
    known: frozenset
    peers: dict


class Passing(NamedTuple):
    """A network that is to get through. ``option``: what to name in errors; without ``bridge`` it is known by ``sources``, and leaves
    through ``out_interface``."""

    name: str
    option: str
    bridge: Optional[str]
    out_interface: Optional[str]
    sources: list


def droppers(chains, opened: bool) -> list:
    """Sentences, without a full stop, about those of ``chains`` that drop forwarded packets; when networks are let through
    (``opened``), about those at which that is not tried."""
    found = [chain for chain in chains if chain.hook == "forward" and chain.how and not (opened and chain.family in _VERSIONS)]
    return ["%s %s" % (chain, chain.dropping) for chain in found]


def let_through(merging, networks, replaced) -> None:
    """Lay over what there is that ``networks`` (list of Passing) get through all that drops forwarded packets, and that of the
    networks ``replaced`` nothing else is left in others' firewalls. Raises Problem where that cannot be."""
    for item in merging.now.every("iptables_rule"):
        if not item.device and item.network in replaced:
            merging.target.drop(item.key)
    zone = merging.now.get(FirewalldZone().key)
    # What nobody speaks of any more is nobody's: it goes.
    bound = {place: set(one.networks) - replaced for place, one in zone.bindings.items()} if zone else {}
    for network in networks:
        for chain in merging.facts["others_chains"]:
            if chain.hook != "forward" or not _sources(network, chain):
                continue
            if chain.owner in ("iptables", "legacy"):
                _insert(merging, network, chain)
            elif chain.owner == "firewalld":
                _bind(merging, network, chain, bound)
            elif chain.how:
                _need_way(network, chain)
    _lay_zone(merging, zone, {place: names for place, names in bound.items() if names})


def _sources(network, chain) -> list:
    """Those subnets of ``network`` whose packets pass ``chain``."""
    return [source for source in network.sources if source.version in _VERSIONS.get(chain.family, ())]


# iptables


def _insert(merging, network, chain):
    name = network.bridge or network.out_interface
    if chain.how and name.endswith("+"):
        raise Problem(network.option, "iptables takes the + at the end of '%s' for any name that begins so: take another name." % name)
    _put(merging, chain, _rules(network, chain), network.name, "", network.option)


def _put(merging, chain, rules, network, device, option):
    """``rules`` (each the words of one) stand at the head of ``chain``, in this order."""
    made = [IptablesRule(chain.owner == "legacy", chain.family, chain.table, chain.head, words, network, device) for words in rules]
    known = [merging.now.get(rule.key) for rule in made]
    # What stands stays, whether the chain drops today or not: a firewall that is switched on again finds it there.
    if not chain.how and not any(known):
        return
    if chain.lacks:
        raise Problem(option, "%s %s, and cannot be changed: %s." % (chain, chain.dropping, chain.lacks))
    # Each comes before those that are there already: the last one first.
    for rule, there in reversed(list(zip(made, known))):
        merging.target.put(there or rule)


def _rules(network, chain) -> list:
    if network.bridge:
        return [_iptables.words(network.name, i=network.bridge)] + [_iptables.words(network.name, o=network.bridge, ctstate=one) for one in _BACK]
    found = []
    for source in _sources(network, chain):
        found.append(_iptables.words(network.name, s=source, o=network.out_interface))
        # Between siblings, where bridges ask iptables too.
        found.append(_iptables.words(network.name, s=source, d=source))
        found += [_iptables.words(network.name, d=source, i=network.out_interface, ctstate=one) for one in _BACK]
    return found


# What is for the host


class Receiving(NamedTuple):
    """A VXLAN device that is to receive. ``option``: what to name in errors; ``peers``: addresses of those who send, to ``port``."""

    device: str
    network: str
    option: str
    port: int
    peers: list


def let_in(merging, receiving, devices) -> None:
    """Lay over what there is that each of ``receiving`` (list of Receiving) gets what its peers send where what is for the host is
    dropped, and that of the ``devices`` (names) nothing else is left there. Warns where only somebody else can help."""
    forget_devices(merging, lambda _network, device: device in devices)
    for one in receiving:
        for chain in merging.facts["others_chains"]:
            peers = [peer for peer in one.peers if peer.version in _VERSIONS.get(chain.family, ())]
            if chain.hook != "input" or not peers:
                continue
            if chain.owner in ("iptables", "legacy"):
                words = [_iptables.words(one.network, one.device, s=peer_network(peer), p="udp", dport=one.port) for peer in peers]
                _put(merging, chain, words, one.network, one.device, one.option)
            elif chain.owner == "firewalld":
                _let_in_by_policy(merging, chain, one, peers)
            elif chain.how and one.port not in chain.ports:
                merging.warnings.append(
                    "What is sent to '%s' may not arrive: %s %s. Let UDP port %d in from %s."
                    % (one.device, chain, chain.dropping, one.port, ", ".join(map(str, peers)))
                )


def _let_in_by_policy(merging, chain, one, peers):
    name = policy_name(one.device)
    now = merging.now.get(FirewalldPolicy(name).key)
    if not chain.how and now is None:
        return
    rules = tuple(sorted(rich_rule(peer, one.port) for peer in peers))
    loaded = name in merging.facts["firewalld"].peers
    settings = policy_settings(_iptables.mark(one.network, one.device))
    wanted = FirewalldPolicy(name, one.device, one.network, rules, rules, settings, True, loaded)
    merging.target.put(wanted)
    if now is None or not loaded:
        _reload(merging, "policy", name)


def peer_network(peer):
    """``peer`` as the network of it alone."""
    return "%s/%d" % (peer, peer.max_prefixlen)


def forget_devices(merging, gone) -> None:
    """Nothing is let in for devices any more of which ``gone(network, device)`` says so."""
    for item in merging.now.every("iptables_rule") + merging.now.every("firewalld_policy"):
        if item.device and gone(item.network, item.device):
            merging.target.drop(item.key)


def follow_port(merging, device, port) -> None:
    """What is let in for ``device`` comes to ``port``."""
    for item in merging.target.every("iptables_rule"):
        if item.device == device and "--dport" in item.words:
            at = item.words.index("--dport") + 1
            moved = replace(item, words=(*item.words[:at], str(port), *item.words[at + 1 :]))
            if moved.key != item.key:
                merging.target.drop(item.key)
                merging.target.put(merging.now.get(moved.key) or moved)
    for item in merging.target.every("firewalld_policy"):
        if item.device == device:
            moved = [re.sub(' port="[0-9]+"', ' port="%d"' % port, rule) for rule in item.permanent]
            merging.target.put(replace(item, permanent=tuple(sorted(moved)), runtime=tuple(sorted(moved))))


# firewalld


def _bind(merging, network, chain, bound):
    running = merging.facts["firewalld"]
    places = [(INTERFACE, network.bridge)] if network.bridge else [(SOURCE, str(source)) for source in _sources(network, chain)]
    for place in places:
        zone = running.zones.get(place, ZONE)
        if zone != ZONE and chain.how:
            if zone in running.accepting:
                continue
            line = "firewall-cmd --zone=%s --remove-%s=%s" % (zone, *place)
            raise Problem(
                network.option,
                "firewalld has %s in zone %s, which does not let it out: remove it there (%s, and once more with --permanent), or let that "
                "zone forward (firewall-cmd --permanent --zone=%s --set-target=ACCEPT)." % (place[1], zone, line, zone),
            )
        if chain.how or place in bound:
            bound.setdefault(place, set()).add(network.name)


def _lay_zone(merging, now, bound):
    running = merging.facts["firewalld"]
    if running is None:
        return
    if not bound:
        merging.target.drop(FirewalldZone().key)
        return
    bindings = tuple(Binding(word, value, tuple(sorted(bound[word, value]))) for word, value in sorted(bound))
    wanted = FirewalldZone(bindings, bindings, TARGET, ZONE in running.known)
    merging.target.put(wanted)
    if now is None or not wanted.same(now):
        if now is None or not wanted.loaded or now.target != TARGET:
            _reload(merging, "zone", ZONE)


def _reload(merging, what, name):
    """firewalld has to be reloaded: then all that is ours there runs as its configuration says."""
    merging.warnings.append(_RELOADED % (what, name))
    for item in merging.target.every("firewalld_zone") + merging.target.every("firewalld_policy"):
        merging.target.put(replace(item, runtime=item.permanent))


# Chains that nobody but their owner may change


def _need_way(network, chain):
    going = {"iifname": network.bridge, "oifname": network.out_interface, "ct state": "new"}
    coming = {"oifname": network.bridge, "iifname": network.out_interface, "ct state": "established"}
    for source in _sources(network, chain):
        word = "ip" if source.version == 4 else "ip6"
        if not all(_passes(chain, packet) for packet in ({**going, word + " saddr": source}, {**coming, word + " daddr": source})):
            break
    else:
        return
    where = "%s %s %s" % (chain.family, shlex.quote(plain(chain.table)), shlex.quote(plain(chain.chain)))
    lines = ["nft insert rule %s %s" % (where, shlex.quote(text)) for text in _texts(network, chain)]
    what = "may only be changed by the process that owns its table" if chain.owner == "process" else "is not ours to change"
    raise Problem(
        network.option,
        "%s %s and %s: let the network through there (%s), or say open_firewall: false." % (chain, chain.dropping, what, "; ".join(lines)),
    )


def _texts(network, chain) -> list:
    if network.bridge:
        back = 'oifname "%s" ' % network.bridge
        return ['iifname "%s" accept' % network.bridge, back + "ct state established,related accept", back + "ct status dnat accept"]
    found = []
    for source in _sources(network, chain):
        word = "ip" if source.version == 4 else "ip6"
        found.append('%s saddr %s oifname "%s" accept' % (word, source, network.out_interface))
        found.append('%s daddr %s iifname "%s" ct state established,related accept' % (word, source, network.out_interface))
    return found


def _passes(chain, packet) -> bool:
    return any(all(_holds(match, packet.get(match.left)) for match in way) for way in chain.ways)


def _holds(match, value) -> bool:
    """Whether ``match`` holds for whatever has ``value`` in that place; None stands for anything."""
    if value is None:
        return False
    if match.left in ("iifname", "oifname"):
        found = value.startswith(match.right[:-1]) if match.right.endswith("*") else value == match.right
    elif match.left == "ct state":
        found = value in match.right.split(",")
    else:
        found = value.subnet_of(match.right)
        if match.op == "!=":
            return not value.overlaps(match.right)
    return found == (match.op == "==")
