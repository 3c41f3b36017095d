# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends one IPv6 router advertisement (RFC 4861) out of the device named on the command line."""

from __future__ import annotations

import socket
import struct
import sys

LIFETIME = 1800


def main(device):
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as out:
        out.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        # type 134, code 0, checksum (the kernel's), hop limit 64, no flags, lifetime of the default route, two timers
        advertisement = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, LIFETIME, 0, 0)
        out.sendto(advertisement, ("ff02::1", 0, 0, socket.if_nametoindex(device)))


main(sys.argv[1])
