# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the iptables language that we speak: rules that accept, in chains that are somebody else's.

Pure. The words of a rule are those that `iptables -S` lists, in its order, so that a rule is compared by them alone.
"""

from __future__ import annotations

import ipaddress
import shlex

from ._marks import IFNAME_MAX, OWNER
from ._values import shown

#: The program that speaks of a table, by (legacy, family). What `iptables` itself is depends on the host; nft's is nearly everywhere.
_PROGRAMS = {(False, "ip"): "iptables", (False, "ip6"): "ip6tables", (True, "ip"): "iptables-legacy", (True, "ip6"): "ip6tables-legacy"}

#: Connection states in the order in which iptables lists them: {word: bit of xt_conntrack} (linux/netfilter/xt_conntrack.h).
CT_STATES = {"RELATED": 4, "ESTABLISHED": 2, "DNAT": 128}

#: Options with one value, in iptables' order, and what has to stand before them.
_ORDER = ("-s", "-d", "-i", "-o", "-p", "--dport", "--ctstate", "--comment")
_BEFORE = {"--dport": ("-m", "udp"), "--ctstate": ("-m", "conntrack"), "--comment": ("-m", "comment")}


def mark(network: str, device: str = "") -> str:
    """The comment by which a rule is known as ours, as ``network``'s, and as that of a ``device`` which receives."""
    return "%s:%s%s" % (OWNER, network, "/" + device if device else "")


def owner_of(comment: str) -> tuple:
    """(network, device) that a rule with ``comment`` belongs to; ("", "") for none of ours."""
    network, _slash, device = comment[len(OWNER) + 1 :].partition("/") if comment.startswith(OWNER + ":") else ("", "", "")
    return network, device


def program(legacy: bool, family: str) -> str:
    """The program for tables of ``family`` ("ip" or "ip6")."""
    return _PROGRAMS[legacy, family]


def words(network: str, device: str = "", **options) -> tuple:
    """The words of a rule that accepts what ``options`` say: s, d (networks), i, o (devices), p ("udp"), dport, ctstate."""
    given = {("-" if len(name) == 1 else "--") + name: str(value) for name, value in options.items() if value}
    given["--comment"] = mark(network, device)
    found: list = []
    for option in _ORDER:
        if option in given:
            found += [*_BEFORE.get(option, ()), option, given[option]]
    return (*found, "-j", "ACCEPT")


def parse(listed, family: str) -> dict:
    """{option: value} of the ``listed`` words of a rule; ValueError for what ``words`` never returns."""
    if tuple(listed[-2:]) != ("-j", "ACCEPT"):
        raise ValueError("no rule of ours: %s" % shown(" ".join(listed)))
    left, found = list(listed[:-2]), {}
    for option in _ORDER:
        before = list(_BEFORE.get(option, ()))
        if left[: len(before) + 1] == before + [option] and len(left) > len(before) + 1:
            found[option] = left[len(before) + 1]
            left = left[len(before) + 2 :]
    if left or not any(owner_of(found.get("--comment", ""))):
        raise ValueError("no rule of ours: %s" % shown(" ".join(listed)))
    for option, value in found.items():
        _check(option, value, family)
    return found


def _check(option, value, family):
    if option in ("-s", "-d"):
        kind = ipaddress.IPv4Network if family == "ip" else ipaddress.IPv6Network
        if str(kind(value)) != value:
            raise ValueError("no network: %s" % shown(value))
    elif option in ("-i", "-o"):
        if not 0 < len(value.encode()) <= IFNAME_MAX or value.endswith("+"):
            raise ValueError("no device: %s" % shown(value))
    elif option == "-p":
        if value != "udp":
            raise ValueError("no protocol of ours: %s" % shown(value))
    elif option == "--dport":
        if not value.isdigit() or not 0 < int(value) < 65536:
            raise ValueError("no port: %s" % shown(value))
    elif option == "--ctstate":
        if not value or not set(value.split(",")) <= set(CT_STATES):
            raise ValueError("no states of ours: %s" % shown(value))


def line(legacy: bool, family: str, table: str, verb: str, chain: str, listed) -> str:
    """The line that an admin would type; ``verb``: "-I" or "-D"."""
    of_table = [] if table == "filter" else ["-t", table]
    return " ".join(shlex.quote(word) for word in (program(legacy, family), *of_table, verb, chain, *listed))
