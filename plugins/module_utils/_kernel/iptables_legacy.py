# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The FORWARD policies of the legacy iptables tables, which nf_tables does not show.

Source: linux/netfilter_ipv4/ip_tables.h and its IPv6 twin. No program is called, and a table that is not there is not
made: asking for one by name would make it.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct

_GET_INFO, _GET_ENTRIES = 64, 65  # IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES; IP6T_... are the same
_FORWARD = 2  # NF_INET_FORWARD
_INFO = struct.Struct("=32sI5I5III")
_VERDICT_OFFSET = 32  # of struct xt_standard_target behind its header
_VERDICTS = {-1: "DROP", -2: "ACCEPT"}

#: {family: (list of tables, address family, socket level, offset of target_offset in an entry)}
_FAMILIES = {
    "ip": ("ip_tables_names", socket.AF_INET, 0, 88),
    "ip6": ("ip6_tables_names", socket.AF_INET6, 41, 140),
}


def legacy_forward_policies() -> dict:
    """{"ip" or "ip6": "DROP" or "ACCEPT"} for the families that have a legacy filter table in this thread's namespace.

    A family whose table cannot be read (no privileges, no such kernel feature) is left out.
    """
    policies = {}
    for family, (names, address_family, level, target_offset) in _FAMILIES.items():
        try:
            # /proc/self is the main thread's namespace, whatever namespace this thread is in.
            with open("/proc/thread-self/net/" + names, encoding="ascii") as tables:
                if "filter" not in tables.read().split():
                    continue
            with socket.socket(address_family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
                policies[family] = _forward_policy(asked.fileno(), level, target_offset)
        except OSError:
            continue
    return policies


def _forward_policy(descriptor, level, target_offset):
    info = _ask(descriptor, level, _GET_INFO, b"filter".ljust(_INFO.size, b"\0"))
    fields = _INFO.unpack(info)
    underflow, size = fields[7 : 7 + 5], fields[13]
    # struct ipt_get_entries: name, size, and entries aligned as their counters are
    start = -(-36 // ctypes.alignment(ctypes.c_uint64)) * ctypes.alignment(ctypes.c_uint64)
    request = struct.pack("=32sI", b"filter", size).ljust(start + size, b"\0")
    entries = _ask(descriptor, level, _GET_ENTRIES, request)[start:]
    # A chain's policy is the standard target of the entry that its underflow points to.
    entry = underflow[_FORWARD]
    target = entry + struct.unpack_from("=H", entries, entry + target_offset)[0]
    return _VERDICTS.get(struct.unpack_from("=i", entries, target + _VERDICT_OFFSET)[0], "ACCEPT")


def _ask(descriptor, level, option, request):
    """getsockopt(2) with an argument, which Python's own does not take."""
    libc = ctypes.CDLL(None, use_errno=True)
    answer = ctypes.create_string_buffer(request, len(request))
    length = ctypes.c_uint32(len(request))
    if libc.getsockopt(descriptor, level, option, answer, ctypes.byref(length)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return answer.raw
