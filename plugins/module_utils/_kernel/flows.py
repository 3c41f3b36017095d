# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows that the kernel follows (conntrack): those to a port of this host can be forgotten.

Source: linux/netfilter/nfnetlink_conntrack.h.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

from . import answers
from .netlink import NETLINK_NETFILTER, Message, Netlink, attributes
from .nft_words import NESTED, NFGENMSG, attribute

_GET, _DELETE = 0x101, 0x102  # NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, ..._DELETE
_TUPLE_ORIG, _ID, _ZONE = 1, 12, 18
_TUPLE_IP, _TUPLE_PROTO = 1, 2
_DESTINATION = {"ipv4": 2, "ipv6": 4}  # CTA_IP_V4_DST, CTA_IP_V6_DST
_PROTO_NUM, _PROTO_DST_PORT = 1, 3
_FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_PORT = struct.Struct(">H")


def forget(family: str, ports) -> None:
    """Forget the UDP flows of ``family`` ("ipv4", "ipv6") to one of ``ports``: {(address, or None for any of this host's,
    port)}. Raises NetlinkError, OSError."""
    number = _FAMILIES[family]
    local = _addresses()
    header = NFGENMSG.pack(number, 0)
    with Netlink(NETLINK_NETFILTER) as netlink:
        found = []
        for _kind, body in netlink.dump(_GET, header):
            attrs = attributes(body, NFGENMSG.size)
            protocol, address, port = _destination(attrs[_TUPLE_ORIG], family)
            if protocol != socket.IPPROTO_UDP:
                continue
            if (address, port) in ports or (None, port) in ports and (address.is_loopback or address.packed in local):
                known = [attribute(kind | (NESTED if kind == _TUPLE_ORIG else 0), attrs[kind]) for kind in (_TUPLE_ORIG, _ID, _ZONE) if kind in attrs]
                found.append(Message(_DELETE, 0, header + b"".join(known)))
        # One that has ended meanwhile is forgotten already.
        netlink.batch(found, lambda _position, refused: refused == errno.ENOENT)


def _destination(flow, family):
    """(protocol, address, port) that the first packet of a flow was sent to."""
    parts = attributes(flow)
    protocol = attributes(parts[_TUPLE_PROTO])
    address = ipaddress.ip_address(attributes(parts[_TUPLE_IP])[_DESTINATION[family]])
    port = protocol.get(_PROTO_DST_PORT)
    return protocol[_PROTO_NUM][0], address, _PORT.unpack(port)[0] if port else None


def _addresses() -> set:
    """The addresses of this host, packed."""
    with Netlink() as netlink:
        return {answers.owner(body)[0] for _kind, body in netlink.dump(answers.RTM_GETADDR, answers.ask_addresses())}
