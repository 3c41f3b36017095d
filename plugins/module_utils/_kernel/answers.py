# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel answers about addresses, routes and forwarding entries, made into objects; links have a file of their own.

Answers are unpacked directly, so that reading needs no pyroute2. Sources: rtnetlink(7), linux/if_addr.h, linux/rtnetlink.h,
linux/neighbour.h.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import struct

from .._kinds.address import Address
from .._kinds.fdb import Fdb
from .._kinds.route import DEFAULT_METRIC, Route
from .._values import Mac
from . import rtnl_words
from .netlink import attributes

RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH = 22, 26, 30
_U32 = struct.Struct("=I")
_BE16 = struct.Struct(">H")

_IFA_F_SECONDARY, _IFA_F_PERMANENT = 0x01, 0x80
_IFAPROT_KERNEL_LL, _RTM_F_CLONED = 3, 0x200
#: rtm_protocol of routes that are somebody else's doing: redirect, kernel, router advertisement.
_RTPROT_RA = 9
_NOT_STATIC = frozenset((1, 2, _RTPROT_RA))
_NTF_EXT_LEARNED = 0x10

_LOOPBACK6 = ipaddress.IPv6Address(1).packed

# A thousand namespaces have a few networks and gateways between them.
_ip = functools.lru_cache(1024)(ipaddress.ip_address)
_network = functools.lru_cache(1024)(ipaddress.ip_network)


def ask_addresses() -> bytes:
    return rtnl_words.IFADDR.pack(0, 0, 0, 0, 0)


def ask_routes(family: int, index: int = 0) -> bytes:
    """The request for the routes of the main table, those out of the device with ``index`` alone if that is not 0."""
    head = rtnl_words.RTMSG.pack(family, 0, 0, 0, rtnl_words.RT_TABLE_MAIN, 0, 0, 0, 0)
    return head + struct.pack("=HHI", 8, rtnl_words.RTA_OIF, index) if index else head


def ask_entries(index: int) -> bytes:
    return rtnl_words.NDMSG.pack(socket.AF_BRIDGE, index, 0, 0, 0)


def owner(body: bytes):
    """(packed address, index of its device) of an answer about an address."""
    values = attributes(body, rtnl_words.IFADDR.size)
    return values.get(rtnl_words.IFA_LOCAL) or values[rtnl_words.IFA_ADDRESS], rtnl_words.IFADDR.unpack_from(body)[4]


def address(netns: str, links: dict, body: bytes):
    """The Address that ``body`` is about; None when it is not one of ``links`` ({index: Link}), or the kernel's own."""
    family, length, flags, _scope, index = rtnl_words.IFADDR.unpack_from(body)
    link = links.get(index)
    if link is None:
        return None
    values = attributes(body, rtnl_words.IFADDR.size)
    flags = _U32.unpack(values[rtnl_words.IFA_FLAGS])[0] if rtnl_words.IFA_FLAGS in values else flags
    if not flags & _IFA_F_PERMANENT:
        return None
    packed = values.get(rtnl_words.IFA_LOCAL) or values[rtnl_words.IFA_ADDRESS]
    if family == socket.AF_INET6 and packed[:2] == b"\xfe\x80" and _of_the_kernel(packed, values, link.mac):
        return None
    if link.name == "lo" and (packed[0] == 127 if family == socket.AF_INET else packed == _LOOPBACK6):
        return None
    interface = ipaddress.ip_interface((packed, length))
    broadcast = ipaddress.IPv4Address(values[rtnl_words.IFA_BROADCAST]) if rtnl_words.IFA_BROADCAST in values and family == socket.AF_INET else None
    secondary = bool(flags & _IFA_F_SECONDARY) if family == socket.AF_INET else None
    return Address(netns, link.name, interface, broadcast, secondary=secondary)


def _of_the_kernel(packed, values, mac) -> bool:
    """Whether a link-local address is the kernel's own: by rtnl_words.IFA_PROTO (Linux 5.18), else made from the MAC."""
    if rtnl_words.IFA_PROTO in values:
        return values[rtnl_words.IFA_PROTO][0] == _IFAPROT_KERNEL_LL
    return bool(mac) and packed[8:] == bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]


def route(netns: str, links: dict, body: bytes):
    """The Route that ``body`` is about; None when it is not out of one of ``links`` ({index: Link}), or not a static one."""
    family, length, _src, _tos, table, protocol, _scope, kind, flags = rtnl_words.RTMSG.unpack_from(body)
    if kind != rtnl_words.RTN_UNICAST or flags & _RTM_F_CLONED or protocol in _NOT_STATIC:
        return None
    values = attributes(body, rtnl_words.RTMSG.size)
    table = _U32.unpack(values[rtnl_words.RTA_TABLE])[0] if rtnl_words.RTA_TABLE in values else table
    link = links.get(_U32.unpack(values[rtnl_words.RTA_OIF])[0]) if rtnl_words.RTA_OIF in values else None
    if table != rtnl_words.RT_TABLE_MAIN or link is None:
        return None
    version = 4 if family == socket.AF_INET else 6
    return Route(
        netns,
        link.name,
        _network((values.get(rtnl_words.RTA_DST, b"\0" * (4 if version == 4 else 16)), length)),
        _U32.unpack(values[rtnl_words.RTA_PRIORITY])[0] if rtnl_words.RTA_PRIORITY in values else DEFAULT_METRIC[version],
        _ip(values[rtnl_words.RTA_GATEWAY]) if rtnl_words.RTA_GATEWAY in values else None,
        _ip(values[rtnl_words.RTA_PREFSRC]) if rtnl_words.RTA_PREFSRC in values else None,
        bool(flags & rtnl_words.RTNH_F_ONLINK),
    )


def router_advertised(body: bytes):
    """The index of the device of a default route that came in a router advertisement; None for any other route."""
    _family, length, _src, _tos, _table, protocol, _scope, _kind, _flags = rtnl_words.RTMSG.unpack_from(body)
    if protocol != _RTPROT_RA or length:
        return None
    values = attributes(body, rtnl_words.RTMSG.size)
    return _U32.unpack(values[rtnl_words.RTA_OIF])[0] if rtnl_words.RTA_OIF in values else None


def way_out(body: bytes):
    """The index of the device of a default route; None for any other route."""
    _family, length, _src, _tos, table, _protocol, _scope, kind, _flags = rtnl_words.RTMSG.unpack_from(body)
    if length or kind != rtnl_words.RTN_UNICAST or table != rtnl_words.RT_TABLE_MAIN:
        return None
    values = attributes(body, rtnl_words.RTMSG.size)
    return _U32.unpack(values[rtnl_words.RTA_OIF])[0] if rtnl_words.RTA_OIF in values else None


def entry(netns: str, link, index: int, body: bytes):
    """The Fdb that ``body`` is about, of the VXLAN device ``link`` with ``index``; None when it was learned, or goes with the
    device, or is another's."""
    _family, device, state, flags, _kind = rtnl_words.NDMSG.unpack_from(body)
    values = attributes(body, rtnl_words.NDMSG.size)
    if device != index or rtnl_words.NDA_DST not in values or not state & rtnl_words.NUD_PERMANENT or flags & _NTF_EXT_LEARNED:
        return None
    dst = _ip(values[rtnl_words.NDA_DST])
    mac = Mac(values[rtnl_words.NDA_LLADDR])
    # The device's own group or remote stands in the database too; it goes with the device.
    if not any(mac) and dst == link.options.get("group"):
        return None
    port, vni = link.options.get("dstport", 0), link.options.get("vni", 0)
    return Fdb(
        netns,
        link.name,
        mac,
        dst,
        _BE16.unpack(values[rtnl_words.NDA_PORT])[0] if rtnl_words.NDA_PORT in values else port,
        _U32.unpack(values[rtnl_words.NDA_VNI])[0] if rtnl_words.NDA_VNI in values else vni,
        port,
        vni,
    )
