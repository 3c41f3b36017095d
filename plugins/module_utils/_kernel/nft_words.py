# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to nf_tables and heard of it: numbers, and what the left of a match is in the kernel.

Source: linux/netfilter/nf_tables.h and nfnetlink.h.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import Callable, NamedTuple

from .. import _nft

FAMILIES = {"inet": 1, "ip": 2, "arp": 3, "netdev": 5, "bridge": 7, "ip6": 10}
HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
POLICIES = ("drop", "accept")
NEWTABLE, GETTABLE, DELTABLE = 0xA00, 0xA01, 0xA02
NEWCHAIN, GETCHAIN, DELCHAIN = 0xA03, 0xA04, 0xA05
NEWRULE, GETRULE, DELRULE = 0xA06, 0xA07, 0xA08
RULE_TABLE, RULE_CHAIN, RULE_HANDLE, RULE_EXPRESSIONS, RULE_USERDATA = 1, 2, 3, 4, 7
UDATA_COMMENT = 0
REG_1 = 1
NETWORK_HEADER = 1
META_NFPROTO = 15
OPS = {"==": 0, "!=": 1}
VERDICTS = {"drop": 0, "accept": 1, "return": -5}
NFPROTO = {"ip": 2, "ip6": 10}
ATTRIBUTE = struct.Struct("=HH")
NFGENMSG = struct.Struct("=BBxx")
BE64 = struct.Struct(">Q")


def attribute(kind, payload):
    length = ATTRIBUTE.size + len(payload)
    return ATTRIBUTE.pack(length, kind) + payload + bytes(-length & 3)


def string(text):
    return text.encode() + b"\0"


class _Load(NamedTuple):
    """How a word of _nft.LEFTS gets into a register: ``expression`` ("meta", "ct" or "payload"), and its key or offset.

    ``pack``: right -> (mask or None, value) ; ``unpack``: (mask or None, value) -> right, or None when it is not ours.
    """

    expression: str
    key: int
    pack: Callable
    unpack: Callable


def _pack_ifname(name):
    return None, name.encode().ljust(16, b"\0")


def _unpack_ifname(mask, value):
    # Fewer than 16 bytes are nft's "begins with".
    return value.rstrip(b"\0").decode() if mask is None and len(value) == 16 else None


def _pack_number(number):
    return None, struct.pack("=I", number)


def _unpack_number(mask, value):
    return struct.unpack("=I", value)[0] if mask is None and len(value) == 4 else None


def _pack_network(network):
    """Like nft: the bytes that the prefix covers when it covers whole bytes, else the whole address and a mask."""
    address = network.network_address.packed
    if network.prefixlen % 8 == 0:
        return None, address[: network.prefixlen // 8]
    return network.netmask.packed, address


def _unpack_network(kind, size):
    def unpack(mask, value):
        prefix = 8 * len(value)
        if mask is not None:
            bits = bin(int.from_bytes(mask, "big"))[2:].zfill(8 * len(mask))
            prefix = len(bits.rstrip("0"))
            if "0" in bits[:prefix]:
                return None
        # strict: bits behind the prefix can never match, so it is no rule of ours
        return kind((value.ljust(size, b"\0"), prefix))

    return unpack


def _pack_ct_state(text):
    bits = sum(1 << bit for bit, state in enumerate(_nft.CT_STATES) if state in text.split(","))
    return struct.pack("=I", bits), bytes(4)


def _unpack_ct_state(mask, value):
    if mask is None or len(mask) != 4 or value != bytes(4):
        return None
    bits = struct.unpack("=I", mask)[0]
    if not bits or bits >> len(_nft.CT_STATES):
        return None
    return ",".join(state for bit, state in enumerate(_nft.CT_STATES) if bits >> bit & 1)


_unpack_ipv4 = _unpack_network(ipaddress.IPv4Network, 4)
_unpack_ipv6 = _unpack_network(ipaddress.IPv6Network, 16)

LOADS = {
    "ip saddr": _Load("payload", 12, _pack_network, _unpack_ipv4),
    "ip daddr": _Load("payload", 16, _pack_network, _unpack_ipv4),
    "ip6 saddr": _Load("payload", 8, _pack_network, _unpack_ipv6),
    "ip6 daddr": _Load("payload", 24, _pack_network, _unpack_ipv6),
    "iifname": _Load("meta", 6, _pack_ifname, _unpack_ifname),
    "oifname": _Load("meta", 7, _pack_ifname, _unpack_ifname),
    "iifgroup": _Load("meta", 21, _pack_number, _unpack_number),
    "oifgroup": _Load("meta", 22, _pack_number, _unpack_number),
    "ct state": _Load("ct", 0, _pack_ct_state, _unpack_ct_state),
}
#: The inverse: {(expression, key, family of the word): word}.
WORDS = {(load.expression, load.key, _nft.family_of(left)): left for left, load in LOADS.items()}
