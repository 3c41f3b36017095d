# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VXLAN devices (RFC 7348): Ethernet frames in UDP, and the bytes that costs."""

from __future__ import annotations

from dataclasses import replace

from .options import DEVICE, FLAG_NO, IP4, IP6, PORT, U8, U32, LinkKind, Option


def _where_to(word, value):
    return [word if value.is_multicast else "remote", str(value)]


#: The kernel keeps a group and the one remote of a device in the same place; ip(8) tells them apart.
_GROUP4, _GROUP6 = replace(IP4, words=_where_to), replace(IP6, words=_where_to)

#: What the kernel lets be changed is what vxlan_changelink in drivers/net/vxlan takes; the rest is made anew.
VXLAN = LinkKind(
    "vxlan",
    (
        Option("vni", "IFLA_VXLAN_ID", 1, U32, "id", changeable=False),
        # The kernel can change a group for another of its family; it cannot take one away, and ip(8) wants dev again.
        Option("group", "IFLA_VXLAN_GROUP", 2, _GROUP4, "group", changeable=False, optional=True),
        Option("group", "IFLA_VXLAN_GROUP6", 16, _GROUP6, "group", changeable=False, optional=True),
        Option("local", "IFLA_VXLAN_LOCAL", 4, IP4, "local", changeable=False, optional=True),
        Option("local", "IFLA_VXLAN_LOCAL6", 17, IP6, "local", changeable=False, optional=True),
        Option("dev", "IFLA_VXLAN_LINK", 3, DEVICE, "dev", changeable=False, optional=True),
        Option("dstport", "IFLA_VXLAN_PORT", 15, PORT, "dstport", changeable=False),
        Option("ttl", "IFLA_VXLAN_TTL", 5, U8, "ttl", changeable=False),
        Option("learning", "IFLA_VXLAN_LEARNING", 7, FLAG_NO, "learning"),
        Option("udp_csum", "IFLA_VXLAN_UDP_CSUM", 18, FLAG_NO, "udpcsum", changeable=False),
        Option("udp6_zero_csum_tx", "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", 19, FLAG_NO, "udp6zerocsumtx", changeable=False),
        Option("udp6_zero_csum_rx", "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", 20, FLAG_NO, "udp6zerocsumrx", changeable=False),
    ),
    # Its underlay device may be any other.
    order=60,
)


def carried_by(options) -> int:
    """The version of the IP that carries a device with ``options``: IPv4 where no address says otherwise."""
    known = options.get("local") or options.get("group")
    return known.version if known is not None else 4


def overhead(local) -> int:
    """Bytes that VXLAN adds to an inner IP packet: outer IP header (20 or 40), UDP 8, VXLAN 8, inner Ethernet 14."""
    return 50 if local.version == 4 else 70
