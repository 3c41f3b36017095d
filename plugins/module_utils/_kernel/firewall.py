# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the firewall holds, as objects: our table, and what other owners' do to packets."""

from __future__ import annotations

from dataclasses import replace

from .._kinds.firewalld import INTERFACE, SOURCE
from .._kinds.nft import NftElement, NftRule, NftTable
from .._nft import Rule
from .._problem import Problem
from .._values import plain
from . import firewalld, iptables_legacy, nft, nft_answers, others
from .netlink import NetlinkError


def read(reach, state, facts) -> None:
    """Put our table into ``state``, and what is ours in others'; into ``facts`` ``others_chains`` (list of _beside.OthersChain),
    ``firewalld`` (others.Firewalld, None when it does not run) and ``forward_chains`` (names of those that see what is forwarded)."""
    facts.update(others_chains=[], forward_chains=[], firewalld=None)
    try:
        with nft.connect() as netlink:
            if reach.firewall:
                _ours(netlink, state)
            if reach.others_firewall:
                _others(netlink, state, facts)
    except (nft.Unsupported, NetlinkError) as error:
        if reach.firewall:
            raise Problem("", "%s: masquerading needs nf_tables (CONFIG_NF_TABLES, CONFIG_NFT_MASQ)." % error) from error
        # Without nf_tables nobody has rules there.
        _of_legacy(state, facts, [], iptables_legacy.read())


def _ours(netlink, state):
    contents = nft_answers.read(netlink)
    if contents is None:
        return
    state.put(NftTable(tuple(contents.chains), tuple(contents.maps)))
    for element in contents.elements:
        state.put(NftElement(element))
    copies: dict = {}
    for handle, rule in contents.rules:
        made = NftRule(rule, handle)
        copies[made.key] = copies.get(made.key, -1) + 1
        state.put(NftRule(rule, handle, copies[made.key]))


def _others(netlink, state, facts):
    found = others.read(netlink)
    copies: dict = {}
    # The last of a chain first, as they are inserted.
    for rule in reversed(found.rules):
        copies[rule.key] = copies.get(rule.key, -1) + 1
        state.put(replace(rule, copy=copies[rule.key]))
    _of_legacy(state, facts, found.chains, iptables_legacy.read())
    facts["firewalld"] = found.firewalld
    if found.firewalld:
        zone = firewalld.read(found.firewalld, _networks(state))
        if zone is not None:
            state.put(zone)
        for policy in firewalld.policies(found.firewalld):
            state.put(policy)


def _of_legacy(state, facts, known, legacy):
    chains, rules = legacy
    for rule in reversed(rules):
        state.put(rule)
    facts["others_chains"] = known + chains
    forward = [chain for chain in facts["others_chains"] if chain.hook == "forward"]
    facts["forward_chains"] = [
        "legacy %s FORWARD" % chain.family if chain.owner == "legacy" else "%s %s %s" % (chain.family, plain(chain.table), plain(chain.chain))
        for chain in forward
    ]


def _networks(state) -> dict:
    """{("interface" or "source", value): names of the networks that speak of it in our table}."""
    words = {"iifname": INTERFACE, "oifname": INTERFACE, "ip saddr": SOURCE, "ip6 saddr": SOURCE}
    found: dict = {}
    for item in state.every("nft_rule"):
        if isinstance(item.rule, Rule) and item.network:
            for match in item.rule.matches:
                if match.left in words:
                    found.setdefault((words[match.left], str(match.right)), set()).add(item.network)
    return found
