# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our nf_tables table as a whole: what must be in it because of the networks' rules and ports. Pure."""

from __future__ import annotations

from . import _forwarding
from ._kinds.nft import CHAINS, PUBLISHING, NftRule, NftTable
from ._marks import GROUP
from ._nft import MAPS, Dnat, Match, Rule
from ._reach import Reach
from ._state import HOST

#: A published port is asked by other networks of ours under their own addresses: its answers come back through the host.
_AS_THEY_ARE = Rule("postrouting", (Match("ct status", "==", "dnat"), Match("oifgroup", "==", GROUP)), "accept")

_ANY = (Match("fib daddr type", "==", "local"),)
_PORT = ("meta l4proto", "th dport")


def reach() -> Reach:
    """What has to be read to lay rules or ports over what there is."""
    return Reach(firewall=True, others_firewall=True, records=True, forwarding=True, sysctls={(HOST, path) for path in _forwarding.SWITCHES.values()})


def finish(merging) -> None:
    """When the rules and ports of all networks are in the target: what they need beside them."""
    complete(merging.target, merging.now)
    _forwarding.settle(merging)


def _asks(name: str) -> list:
    """The rules that ask the map ``name`` where a packet goes: one that arrives, and one of the host's own."""
    family = "ip6" if MAPS[name].data[0] == "ipv6_addr" else "ip"
    at = len(MAPS[name].key) > len(_PORT)
    verdict = Dnat(family, ((family + " daddr",) if at else ()) + _PORT, name)
    return [Rule(chain, () if at else _ANY, verdict) for chain in ("output", "prerouting")]


def replace_rules(merging, networks, chains, rules) -> None:
    """Make ``rules`` the only ones of ``networks`` in the chains of that sort (names)."""
    there = {item.key: item for item in merging.target.every("nft_rule")}
    for item in there.values():
        if item.network in networks and item.rule.chain in chains:
            merging.target.drop(item.key)
    for rule in rules:
        made = NftRule(rule)
        merging.target.put(there.get(made.key, made))


def ask_maps(target, there) -> tuple:
    """Put into ``target`` the rules that ask the maps which its ports are in, and no others that are common to all; the maps.

    ``there``: the state in which rules that exist have their handles.
    """
    used = {item.element.map for item in target.every("nft_element")}
    wanted = [(name in used, rule) for name in MAPS for rule in _asks(name)] + [(bool(used), _AS_THEY_ARE)]
    for here, rule in wanted:
        made = NftRule(rule)
        if here:
            target.put(there.get(made.key, made))
        else:
            target.drop(made.key)
    return tuple(MAPS[name] for name in MAPS if name in used)


def complete(target, there) -> None:
    """Put into ``target`` the table that its networks' rules and ports need, and take out what is no network's.

    ``there`` as in ``ask_maps``.
    """
    chains = {chain.name for chain in CHAINS + PUBLISHING}
    for item in target.every("nft_rule") + target.every("nft_element"):
        # What carries a network's name is that network's to say; in our table nothing is nobody's.
        if not item.network or item.key[0] == "nft_rule" and item.rule.chain not in chains:
            target.drop(item.key)
    maps = ask_maps(target, there)
    used = {item.rule.chain for item in target.every("nft_rule")}
    if used:
        target.put(NftTable(CHAINS + tuple(chain for chain in PUBLISHING if chain.name in used), maps))
    else:
        target.drop(NftTable(()).key)
