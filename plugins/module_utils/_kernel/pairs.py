# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the other end: names in the place of the indexes and numbers by which links speak of one another.

A veth says the index of its other end, and by which id its own namespace knows that one's (IFLA_LINK, IFLA_LINK_NETNSID in
linux/if_link.h; linux/net_namespace.h). An id means nothing elsewhere: a namespace has to be asked for each.
"""

from __future__ import annotations

import os
import struct
from dataclasses import replace

from .._state import HOST
from . import spaces
from .netlink import Netlink, attributes
from .offload import tx_offload

_RTM_GETNSID, _NETNSA_NSID, _NETNSA_FD = 90, 1, 3
_RTGENMSG_NSID = struct.Struct("=B3xHHi")
_I32 = struct.Struct("=i")


def id_of(netlink, descriptor):
    """The id by which the namespace of ``netlink`` knows that of ``descriptor``; None when it has none."""
    body = netlink.get(_RTM_GETNSID, _RTGENMSG_NSID.pack(0, 8, _NETNSA_FD, descriptor))
    if not body:
        return None
    found = attributes(body, 4).get(_NETNSA_NSID)
    number = _I32.unpack(found)[0] if found else -1
    return number if number >= 0 else None


def known_as(descriptor, ids, names) -> dict:
    """{id: name} of the namespaces among ``names`` that the one of ``descriptor`` knows by ``ids``."""
    found: dict = {}
    with spaces.inside(descriptor), Netlink() as netlink:
        for name in names:
            if len(found) == len(ids):
                break
            try:
                other = spaces.open_name(name)
            except spaces.NoNamespace:
                continue
            if other is None:
                continue
            try:
                number = id_of(netlink, other)
            finally:
                os.close(other)
            if number in ids:
                found.setdefault(number, name)
    return found


def resolved(read: dict) -> list:
    """The links of ``read`` ({name: Space}), each with the names of its master, the device below it, and its other end."""
    peers = _peers(read)
    return [_named(space, link, raw, peers) for space in read.values() for link, raw in space.links.values()]


def _named(space, link, raw, peers):
    known = {}
    if raw["master"]:
        known["master"] = space.name_of(raw["master"])
    if raw["dev"]:
        known["options"] = dict(link.options, dev=space.name_of(raw["dev"]) or "#%d" % raw["dev"])
    if link.kind == "vxlan":
        known["tx_offload"] = tx_offload(link.name) if space.name == HOST else None
    if (space.name, link.name) in peers:
        known["peer"] = peers[space.name, link.name]
    return replace(link, **known) if known else link


def _peers(read: dict) -> dict:
    """{(netns, name): (netns, name)}, both ways round."""
    host = read.get(HOST)
    found: dict = {}
    open_ends: dict = {}

    def pair(one, other):
        found[one], found[other] = other, one

    for space in read.values():
        for link, raw in space.links.values():
            if link.kind != "veth":
                continue
            if raw["nsid"] is None:
                if raw["link"] in space.links:
                    pair((space.name, link.name), (space.name, space.links[raw["link"]][0].name))
            elif space.name != HOST and raw["nsid"] == space.nsid_of_host:
                if host is not None and raw["link"] in host.links:
                    pair((space.name, link.name), (HOST, host.links[raw["link"]][0].name))
            elif space.name != HOST:
                open_ends.setdefault(space.name, []).append((link, raw))
    # Pairs between two named namespaces: each is asked by which id it knows the others.
    for name, ends in open_ends.items():
        descriptor = spaces.open_name(name)
        if descriptor is None:
            continue
        try:
            known = known_as(descriptor, {raw["nsid"] for _link, raw in ends}, [other for other in open_ends if other != name])
        finally:
            os.close(descriptor)
        for link, raw in ends:
            other = known.get(raw["nsid"])
            if other and raw["link"] in read[other].links:
                pair((name, link.name), (other, read[other].links[raw["link"]][0].name))
    return found
