# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link on the wire: how one is asked for, and what the answer says.

Requests are a few fixed bytes and answers are unpacked directly, so that reading needs no pyroute2. Sources:
rtnetlink(7), linux/if_link.h.
"""

from __future__ import annotations

import socket
import struct

from .._kinds.bridge import PORT_OPTIONS
from .._kinds.link import LINK_KINDS, Link
from .._kinds.options import unpack
from .._values import Mac
from .netlink import attribute_list, attributes

RTM_GETLINK = 18
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER, IFLA_LINKINFO = 1, 3, 4, 5, 10, 18
IFLA_IFALIAS, IFLA_AF_SPEC, IFLA_GROUP, IFLA_EXT_MASK, IFLA_LINK_NETNSID = 20, 26, 27, 29, 37
IFLA_PROP_LIST, IFLA_ALT_IFNAME = 52, 53
_IFF_UP = 1
INET6_ADDR_GEN_MODE = 8
#: RTEXT_FILTER_SKIP_STATS: counters are most of an answer.
_SKIP_STATS = struct.pack("=HHI", 8, IFLA_EXT_MASK, 1 << 3)
IFINFO = struct.Struct("=BxHiII")
_U32 = struct.Struct("=I")
_I32 = struct.Struct("=i")


def request(index: int = 0) -> bytes:
    """The body that asks for the link with ``index``, or in a dump for all."""
    return header(index) + _SKIP_STATS


def request_name(name: str) -> bytes:
    """The body that asks for the link ``name``."""
    return header() + string(IFLA_IFNAME, name) + _SKIP_STATS


def header(index: int = 0) -> bytes:
    """A struct ifinfomsg."""
    return IFINFO.pack(0, 0, index, 0, 0)


def string(kind: int, text: str) -> bytes:
    """An attribute with a string in it."""
    value = text.encode() + b"\0"
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace")


def index_of(body: bytes) -> int:
    """The index of the link that an answer is about."""
    return IFINFO.unpack_from(body)[2]


def answer(netns: str, body: bytes):
    """(index, Link, {"master", "link", "nsid", "dev", "altnames"}) of an answer; what it names by index is in the dictionary,
    and for the reader to put into the Link by name."""
    _family, _kind, index, flags, _change = IFINFO.unpack_from(body)
    values = attributes(body, IFINFO.size)
    raw = {
        "master": _U32.unpack(values[IFLA_MASTER])[0] if IFLA_MASTER in values else 0,
        "link": _I32.unpack(values[IFLA_LINK])[0] if IFLA_LINK in values else 0,
        "nsid": _I32.unpack(values[IFLA_LINK_NETNSID])[0] if IFLA_LINK_NETNSID in values else None,
        "dev": 0,
        "altnames": [_text(one) for kind, one in attribute_list(values.get(IFLA_PROP_LIST, b"")) if kind == IFLA_ALT_IFNAME],
    }
    kind, options, port = "", {}, {}
    if IFLA_LINKINFO in values:
        info = attributes(values[IFLA_LINKINFO])
        kind = info.get(1, b"").rstrip(b"\0").decode()
        if 2 in info and kind in LINK_KINDS:
            options = LINK_KINDS[kind].unpack(attributes(info[2]))
            raw["dev"] = options.pop("dev", 0)
        if info.get(4, b"").rstrip(b"\0") == b"bridge" and 5 in info:
            port = unpack(PORT_OPTIONS, attributes(info[5]))
    addr_gen = None
    if IFLA_AF_SPEC in values:
        inet6 = attributes(attributes(values[IFLA_AF_SPEC]).get(socket.AF_INET6, b""))
        addr_gen = inet6[INET6_ADDR_GEN_MODE][0] if INET6_ADDR_GEN_MODE in inet6 else None
    mac = values.get(IFLA_ADDRESS, b"")
    link = Link(
        netns,
        _text(values[IFLA_IFNAME]),
        kind,
        bool(flags & _IFF_UP),
        _U32.unpack(values[IFLA_MTU])[0],
        Mac(mac) if len(mac) == 6 else None,
        "",
        _U32.unpack(values[IFLA_GROUP])[0] if IFLA_GROUP in values else 0,
        _text(values.get(IFLA_IFALIAS, b"")),
        addr_gen,
        None,
        options,
        port,
    )
    return index, link, raw
