# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The legacy iptables tables, which nf_tables does not show: what drops there, and rules of ours.

Source: linux/netfilter_ipv4/ip_tables.h and its IPv6 twin. A table that is not there is not made: asking for one by name would
make it. Policies are read without a program; what rules there are is only asked, of iptables' own, where there are any.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import socket
import struct

from .. import _iptables
from .._beside import OthersChain
from .._kinds.iptables import STRANGE, IptablesRule
from . import programs

_GET_INFO, _GET_ENTRIES = 64, 65  # IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES; IP6T_... are the same
_INPUT, _FORWARD = 1, 2  # NF_INET_LOCAL_IN, NF_INET_FORWARD
_HOOKS = {_INPUT: "input", _FORWARD: "forward"}
_DOCKER_USER = "DOCKER-USER"
_PACKAGE = "iptables"
_INFO = struct.Struct("=32sI5I5III")
_VERDICT_OFFSET = 32  # of struct xt_standard_target behind its header
_VERDICTS = {-1: "DROP", -2: "ACCEPT"}

#: {family: (list of tables, address family, socket level, offset of target_offset in an entry)}
_FAMILIES = {
    "ip": ("ip_tables_names", socket.AF_INET, 0, 88),
    "ip6": ("ip6_tables_names", socket.AF_INET6, 41, 140),
}


def read():
    """(list of OthersChain, list of IptablesRule that are ours) of the families that have a legacy filter table in this thread's
    namespace. A family whose table cannot be read (no privileges, no such kernel feature) is left out."""
    chains, rules = [], []
    for family, (names, address_family, level, target_offset) in _FAMILIES.items():
        try:
            # /proc/self is the main thread's namespace, whatever namespace this thread is in.
            with open("/proc/thread-self/net/" + names, encoding="ascii") as tables:
                if "filter" not in tables.read().split():
                    continue
            with socket.socket(address_family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
                policies, has_rules = _policies(asked.fileno(), level, target_offset)
        except OSError:
            continue
        listed, lacks = {}, ""
        if has_rules:
            try:
                listed = _listed(programs.run([_iptables.program(True, family), "-S"], _PACKAGE))
            except OSError as error:
                lacks = error.strerror or str(error)
        chains += [_chain(family, hook, policies[number], listed, lacks) for number, hook in _HOOKS.items()]
        rules += [rule for chain, of_chain in listed.items() for rule in _ours(family, chain, of_chain)]
    return chains, rules


def change(verb: str, rule) -> None:
    """Insert ("-I") or delete ("-D") ``rule``. Raises OSError with what the program said."""
    words = rule.words[1:] if rule.words[0] == STRANGE else rule.words
    programs.run([_iptables.program(True, rule.family), "-w", verb, rule.chain, *words], _PACKAGE)


def _listed(text) -> dict:
    """{chain: [the words of a rule]} of what `iptables -S` prints."""
    found: dict = {}
    for line in text.splitlines():
        verb, chain, *words = shlex.split(line)
        if verb == "-A":
            found.setdefault(chain, []).append(tuple(words))
    return found


def _chain(family, hook, policy, listed, lacks) -> OthersChain:
    name = hook.upper()
    how = "by its policy" if policy == "DROP" else ""
    for words in listed.get(name, ()):
        target = words[words.index("-j") + 1] if "-j" in words else ""
        if words[:1] == ("-j",) and target in ("DROP", "REJECT", "ACCEPT"):
            how = "by a rule at its end" if target != "ACCEPT" else ""
            break
    head = _DOCKER_USER if hook == "forward" and ("-j", _DOCKER_USER) in listed.get(name, ()) else name
    return OthersChain("legacy", family, "filter", name, hook, how, head, (), lacks)


def _ours(family, chain, rules):
    copies: dict = {}
    for words in rules:
        comment = words[words.index("--comment") + 1] if "--comment" in words[:-1] else ""
        owner = _iptables.owner_of(comment)
        if not any(owner):
            continue
        try:
            _iptables.parse(words, family)
        except ValueError:
            words = (STRANGE, *words)
        copies[words] = copies.get(words, -1) + 1
        yield IptablesRule(True, family, "filter", chain, words, owner[0], owner[1], 0, copies[words])


def _policies(descriptor, level, target_offset):
    """({hook: "DROP" or "ACCEPT"}, whether there is any rule) of the filter table."""
    info = _ask(descriptor, level, _GET_INFO, b"filter".ljust(_INFO.size, b"\0"))
    fields = _INFO.unpack(info)
    underflow, count, size = fields[7 : 7 + 5], fields[12], fields[13]
    # struct ipt_get_entries: name, size, and entries aligned as their counters are
    start = -(-36 // ctypes.alignment(ctypes.c_uint64)) * ctypes.alignment(ctypes.c_uint64)
    request = struct.pack("=32sI", b"filter", size).ljust(start + size, b"\0")
    entries = _ask(descriptor, level, _GET_ENTRIES, request)[start:]
    found = {}
    for hook in _HOOKS:
        # A chain's policy is the standard target of the entry that its underflow points to.
        entry = underflow[hook]
        target = entry + struct.unpack_from("=H", entries, entry + target_offset)[0]
        found[hook] = _VERDICTS.get(struct.unpack_from("=i", entries, target + _VERDICT_OFFSET)[0], "ACCEPT")
    # Three policies, and the entry that ends the table.
    return found, count > 4


def _ask(descriptor, level, option, request):
    """getsockopt(2) with an argument, which Python's own does not take."""
    libc = ctypes.CDLL(None, use_errno=True)
    answer = ctypes.create_string_buffer(request, len(request))
    length = ctypes.c_uint32(len(request))
    if libc.getsockopt(descriptor, level, option, answer, ctypes.byref(length)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return answer.raw
