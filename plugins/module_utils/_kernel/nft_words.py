# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to nf_tables and heard of it: numbers, what the left of a match is in the kernel, and what maps hold.

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
NEWSET, GETSET, DELSET = 0xA09, 0xA0A, 0xA0B
NEWSETELEM, GETSETELEM, DELSETELEM = 0xA0C, 0xA0D, 0xA0E
RULE_TABLE, RULE_CHAIN, RULE_HANDLE, RULE_EXPRESSIONS, RULE_USERDATA = 1, 2, 3, 4, 7
SET_TABLE, SET_NAME, SET_FLAGS, SET_KEY_TYPE, SET_KEY_LEN, SET_DATA_TYPE, SET_DATA_LEN = range(1, 8)
SET_ID, SET_USERDATA = 10, 13
SET_F_ANONYMOUS, SET_F_MAP, SET_F_CONCAT = 1, 8, 128
ELEMENTS_TABLE, ELEMENTS_SET, ELEMENTS = 1, 2, 3
ELEMENT_KEY, ELEMENT_DATA, ELEMENT_USERDATA = 1, 2, 6
DATA_VALUE = 1
LIST_ELEMENT = 1
EXPR_NAME, EXPR_DATA = 1, 2
UDATA_COMMENT = 0
UDATA_KEY_BYTEORDER, UDATA_DATA_BYTEORDER = 0, 1
REG_1 = 1
NETWORK_HEADER, TRANSPORT_HEADER = 1, 2
META_NFPROTO = 15
#: fib: which result it gives, and of which address.
FIB_ADDRTYPE, FIB_DADDR = 3, 2
NAT_SNAT, NAT_DNAT = 0, 1
OPS = {"==": 0, "!=": 1}
VERDICTS = {"drop": 0, "accept": 1, "return": -5}
NFPROTO = {"ip": 2, "ip6": 10}
ATTRIBUTE = struct.Struct("=HH")
NFGENMSG = struct.Struct("=BBxx")
BE32, BE64 = struct.Struct(">I"), struct.Struct(">Q")
NESTED = 0x8000


def attribute(kind, payload):
    length = ATTRIBUTE.size + len(payload)
    return ATTRIBUTE.pack(length, kind) + payload + bytes(-length & 3)


def nested(kind, payload):
    return attribute(kind | NESTED, payload)


def string(text):
    return text.encode() + b"\0"


def register(offset: int) -> int:
    """The number of the register that begins ``offset`` bytes behind the first, as the kernel shows it."""
    return REG_1 + offset // 16 if offset % 16 == 0 else 8 + offset // 4


class Type(NamedTuple):
    """What a field of a map holds. ``number``: nft's of the type; ``size`` in bytes; ``pack``: value -> bytes; ``unpack``:
    its inverse."""

    number: int
    size: int
    pack: Callable
    unpack: Callable


#: The protocols of ports by their names.
PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}
#: The fields of maps; the numbers are enum datatypes' of nftables (include/datatype.h).
TYPES = {
    "ipv4_addr": Type(7, 4, lambda value: value.packed, ipaddress.IPv4Address),
    "ipv6_addr": Type(8, 16, lambda value: value.packed, ipaddress.IPv6Address),
    "inet_proto": Type(12, 1, lambda value: struct.pack("B", PROTOCOLS.get(value, value)), lambda value: _PROTOCOL_NAMES.get(value[0], value[0])),
    "inet_service": Type(13, 2, struct.Struct(">H").pack, lambda value: struct.unpack(">H", value)[0]),
}
_TYPE_NAMES = {kind.number: name for name, kind in TYPES.items()}
#: In the number of a concatenation each type has so many bits (TYPE_BITS in nftables).
_TYPE_BITS = 6


def number_of(types) -> int:
    """The number of the concatenation of ``types``."""
    number = 0
    for name in types:
        number = number << _TYPE_BITS | TYPES[name].number
    return number


def types_of(number):
    """The inverse of ``number_of``; None when a type is none of ours."""
    found: list = []
    while number:
        found.insert(0, _TYPE_NAMES.get(number & (1 << _TYPE_BITS) - 1))
        number >>= _TYPE_BITS
    return None if None in found else tuple(found)


def room(size: int) -> int:
    """What a field of ``size`` bytes takes in a concatenation."""
    return size + 3 & ~3


def size_of(types) -> int:
    return sum(room(TYPES[name].size) for name in types)


def pack_fields(types, values) -> bytes:
    """``values`` as the kernel holds a concatenation of ``types``."""
    return b"".join(TYPES[name].pack(value).ljust(room(TYPES[name].size), b"\0") for name, value in zip(types, values))


def unpack_fields(types, data) -> tuple:
    """The inverse of ``pack_fields``."""
    values, offset = [], 0
    for name in types:
        values.append(TYPES[name].unpack(data[offset : offset + TYPES[name].size]))
        offset += room(TYPES[name].size)
    return tuple(values)


#: How the words of _nft.KEYS get into a register: (expression, base of the header or 0, key or offset).
KEY_LOADS = {
    "ip daddr": ("payload", NETWORK_HEADER, 16),
    "ip6 daddr": ("payload", NETWORK_HEADER, 24),
    "meta l4proto": ("meta", 0, 16),
    "th dport": ("payload", TRANSPORT_HEADER, 2),
}


class _Load(NamedTuple):
    """How a word of _nft.LEFTS gets into a register: ``expression`` ("meta", "ct", "fib" or "payload"), and its key or offset.

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


def _pack_ct_status(text):
    return struct.pack("=I", _STATUS_BITS[text]), bytes(4)


def _unpack_ct_status(mask, value):
    if mask is None or len(mask) != 4 or value != bytes(4):
        return None
    return {bits: text for text, bits in _STATUS_BITS.items()}.get(struct.unpack("=I", mask)[0])


#: IPS_DST_NAT in linux/netfilter/nf_conntrack_common.h.
_STATUS_BITS = {"dnat": 1 << 5}


def _unpack_address_type(mask, value):
    return "local" if mask is None and value == _RTN_LOCAL else None


_RTN_LOCAL = struct.pack("=I", 2)

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
    "meta iifkind": _Load("meta", 26, _pack_ifname, _unpack_ifname),
    "meta oifkind": _Load("meta", 27, _pack_ifname, _unpack_ifname),
    "ct state": _Load("ct", 0, _pack_ct_state, _unpack_ct_state),
    "ct status": _Load("ct", 2, _pack_ct_status, _unpack_ct_status),
    "fib daddr type": _Load("fib", FIB_ADDRTYPE, lambda _local: (None, _RTN_LOCAL), _unpack_address_type),
}
#: The inverse: {(expression, key, family of the word): word}.
WORDS = {(load.expression, load.key, _nft.family_of(left)): left for left, load in LOADS.items()}
