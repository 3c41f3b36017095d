# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the firewall holds, as objects: our table, and what other owners' chains do to packets that are forwarded."""

from __future__ import annotations

from .._kinds.nft import NftElement, NftRule, NftTable
from .._problem import Problem
from .._values import plain
from . import nft, nft_answers
from .iptables_legacy import legacy_forward_policies
from .netlink import NetlinkError


def read(reach, state, facts) -> None:
    """Put our table into ``state``, and into ``facts`` ``droppers`` (sentences about chains that drop what is
    forwarded) and ``forward_chains`` (names of other owners' chains at that hook)."""
    try:
        with nft.connect() as netlink:
            if reach.firewall:
                _ours(netlink, state)
            if reach.others_firewall:
                _others(netlink, facts)
    except (nft.Unsupported, NetlinkError) as error:
        raise Problem("", "%s: masquerading needs nf_tables (CONFIG_NF_TABLES, CONFIG_NFT_MASQ)." % error) from error


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


def _others(netlink, facts):
    droppers, names = [], []
    for chain in nft_answers.read_foreign(netlink):
        table, name = plain(chain.table), plain(chain.chain)
        names.append("%s %s %s" % (chain.family, table, name))
        if chain.drops:
            how = "by its policy" if chain.policy == "drop" else "by a rule at its end"
            droppers.append(
                "chain %s of table %s %s drops forwarded packets %s" % (name, chain.family, table, how)
            )
    for family, policy in sorted(legacy_forward_policies().items()):
        names.append("legacy %s FORWARD" % family)
        if policy == "DROP":
            program = "iptables-legacy" if family == "ip" else "ip6tables-legacy"
            droppers.append("chain FORWARD of %s drops forwarded packets by its policy" % program)
    facts["droppers"] = droppers
    facts["forward_chains"] = names
