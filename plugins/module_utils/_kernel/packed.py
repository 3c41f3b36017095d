# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Message bodies that are sent by the thousand, packed directly: pyroute2's classes cost more than the kernel does.

Byte for byte what pyroute2 would make of the same, which the tests compare. What a message refers to by number (a
device, a namespace) is given as such. Sources: rtnetlink(7), linux/if_link.h, if_addr.h, rtnetlink.h, neighbour.h, veth.h.
"""

from __future__ import annotations

import socket
import struct

from . import rtnl_words
from .links import IFINFO, IFLA_ADDRESS, IFLA_AF_SPEC, IFLA_GROUP, IFLA_IFALIAS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_MASTER, IFLA_MTU
from .links import INET6_ADDR_GEN_MODE, string

_U8 = struct.Struct("=HHBxxx")
_U32 = struct.Struct("=HHI")
_I32 = struct.Struct("=HHi")
_BE16 = struct.Struct("=HH2sxx")
_NEST = struct.Struct("=HH")

_IFF_UP = 1
_IFLA_NET_NS_FD = 28
_IFLA_INFO_KIND, _IFLA_INFO_DATA, _VETH_INFO_PEER = 1, 2, 1
_IFA_F_NODAD, _RTPROT_STATIC, _NTF_SELF = 2, 4, 2
_RT_SCOPE_UNIVERSE, _RT_SCOPE_LINK, _RT_SCOPE_HOST, _RT_SCOPE_NOWHERE = 0, 253, 254, 255
_AF_BRIDGE = 7


def _octets(kind: int, value: bytes) -> bytes:
    return _NEST.pack(4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _nest(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _NEST.pack(4 + len(body), kind) + body


def _family(version: int) -> int:
    return socket.AF_INET if version == 4 else socket.AF_INET6


# Links


def link_header(up=None) -> bytes:
    """A struct ifinfomsg that takes a link up or down, or says nothing of it (None)."""
    return IFINFO.pack(0, 0, 0, _IFF_UP if up else 0, 0 if up is None else _IFF_UP)


def link_attributes(name: str, mtu=None, mac=None, group=None, master=None) -> bytes:
    """What links of every kind can have; ``master``: an index. What is None or 0 is left out."""
    found = string(IFLA_IFNAME, name)
    if mtu:
        found += _U32.pack(8, IFLA_MTU, mtu)
    if mac:
        found += _octets(IFLA_ADDRESS, mac)
    if group:
        found += _U32.pack(8, IFLA_GROUP, group)
    if master:
        found += _U32.pack(8, IFLA_MASTER, master)
    return found


def veth(peer, netns) -> bytes:
    """IFLA_LINKINFO of a pair whose other end is the Link ``peer``; ``netns``: a descriptor of that one's namespace, or None."""
    attached = link_attributes(peer.name, peer.mtu, peer.mac)
    if netns is not None:
        attached += _U32.pack(8, _IFLA_NET_NS_FD, netns)
    return _nest(IFLA_LINKINFO, _VETH_KIND, _nest(_IFLA_INFO_DATA, _nest(_VETH_INFO_PEER, link_header(), attached)))


_VETH_KIND = string(_IFLA_INFO_KIND, "veth")


def link_set(name: str, plain: dict, indexes: dict) -> bytes:
    """A change of the link ``name``: ``plain`` has what its object has; the index of a master is in ``indexes``."""
    found = link_header(plain.get("up")) + string(IFLA_IFNAME, name)
    for field, value in plain.items():
        if field == "addr_gen":
            found += _nest(IFLA_AF_SPEC, _nest(socket.AF_INET6, _U8.pack(5, INET6_ADDR_GEN_MODE, value)))
        elif field == "master":
            found += _U32.pack(8, IFLA_MASTER, indexes[value] if value else 0)
        elif field == "mac":
            found += _octets(IFLA_ADDRESS, value)
        elif field == "alias":
            found += string(IFLA_IFALIAS, value)
        elif field != "up":
            found += _U32.pack(8, {"mtu": IFLA_MTU, "group": IFLA_GROUP}[field], value)
    return found


# What belongs to a link


def address(item, index: int, adding: bool) -> bytes:
    """The Address ``item`` of the device with ``index``."""
    interface = item.interface
    ip, version = interface.ip, interface.version
    scope = _RT_SCOPE_HOST if ip.is_loopback else _RT_SCOPE_LINK if version == 6 and ip.is_link_local else _RT_SCOPE_UNIVERSE
    flags = _IFA_F_NODAD if adding and version == 6 and item.nodad else 0
    found = rtnl_words.IFADDR.pack(_family(version), interface.network.prefixlen, flags, scope, index)
    found += _octets(rtnl_words.IFA_ADDRESS, ip.packed) + _octets(rtnl_words.IFA_LOCAL, ip.packed)
    return found + (_octets(rtnl_words.IFA_BROADCAST, item.broadcast.packed) if item.broadcast else b"")


def route(item, index: int, adding: bool) -> bytes:
    """The Route ``item`` out of the device with ``index``."""
    dst, via = item.dst, item.via
    protocol, kind, scope = 0, 0, _RT_SCOPE_NOWHERE
    if adding:
        protocol, kind = _RTPROT_STATIC, rtnl_words.RTN_UNICAST
        scope = _RT_SCOPE_UNIVERSE if via or dst.version == 6 else _RT_SCOPE_LINK
    flags = rtnl_words.RTNH_F_ONLINK if item.onlink else 0
    found = rtnl_words.RTMSG.pack(_family(dst.version), dst.prefixlen, 0, 0, rtnl_words.RT_TABLE_MAIN, protocol, scope, kind, flags)
    found += _U32.pack(8, rtnl_words.RTA_OIF, index)
    if dst.prefixlen:
        found += _octets(rtnl_words.RTA_DST, dst.network_address.packed)
    if via:
        found += _octets(rtnl_words.RTA_GATEWAY, via.packed)
    if item.metric:
        found += _U32.pack(8, rtnl_words.RTA_PRIORITY, item.metric)
    if item.src:
        found += _octets(rtnl_words.RTA_PREFSRC, item.src.packed)
    return found


def entry(item, index: int) -> bytes:
    """The Fdb ``item`` of the device with ``index``."""
    found = rtnl_words.NDMSG.pack(_AF_BRIDGE, index, rtnl_words.NUD_PERMANENT, _NTF_SELF, 0)
    found += _octets(rtnl_words.NDA_LLADDR, item.mac) + _octets(rtnl_words.NDA_DST, item.dst.packed)
    if item.port != item.default_port:
        found += _BE16.pack(6, rtnl_words.NDA_PORT, struct.pack(">H", item.port))
    if item.vni != item.default_vni:
        found += _U32.pack(8, rtnl_words.NDA_VNI, item.vni)
    return found
