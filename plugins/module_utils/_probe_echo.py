# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One ICMP or ICMPv6 echo over a raw socket: what ``ping`` does, where ``ping`` is not installed.

Sources: RFC 792 (ICMP), RFC 1191 (the MTU in 'fragmentation needed'), RFC 4443 (ICMPv6), ip(7) and ipv6(7).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time

#: Linux's own numbers of socket options that Python does not name (linux/in.h, linux/in6.h).
IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU = 10, 14, 23, 24
#: Never fragment and ask no cache / fragment wherever needed.
PMTUDISC_PROBE, PMTUDISC_DONT = 3, 0

UNREACHABLE = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    9: "network administratively prohibited",
    10: "host administratively prohibited",
    13: "administratively prohibited",
}
UNREACHABLE6 = {0: "no route", 1: "administratively prohibited", 3: "address unreachable", 4: "port unreachable"}


class Family4:
    """ICMP: the kernel hands over the IP header too, and leaves the checksum to us."""

    family, protocol, request, reply = socket.AF_INET, socket.IPPROTO_ICMP, 8, 0
    overhead = 28  # octets of IPv4 and ICMP headers in front of the payload

    @staticmethod
    def fragments(sock, allowed):
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DONT if allowed else PMTUDISC_PROBE)

    @staticmethod
    def mtu(sock):
        return sock.getsockopt(socket.IPPROTO_IP, IP_MTU)

    @staticmethod
    def message(packet):
        return packet[(packet[0] & 0x0F) * 4 :]

    @classmethod
    def quoted(cls, message):
        """The ICMP message that an error speaks of."""
        return cls.message(message[8:]) if len(message) > 28 else b""

    @staticmethod
    def failure(message):
        """What an ICMP error says; None when the message is no error."""
        kind, code = message[0], message[1]
        if kind == 3 and code == 4:
            return "fragmentation needed, MTU %d" % struct.unpack_from("!H", message, 6)[0]
        return {3: UNREACHABLE.get(code, "unreachable (code %d)" % code), 11: "time exceeded"}.get(kind)


class Family6:
    """ICMPv6: the kernel strips the header and makes the checksum."""

    family, protocol, request, reply = socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129
    overhead = 48

    @staticmethod
    def fragments(sock, allowed):
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_DONT if allowed else PMTUDISC_PROBE)

    @staticmethod
    def mtu(sock):
        return sock.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)

    @staticmethod
    def message(packet):
        return packet

    @staticmethod
    def quoted(message):
        return message[48:]

    @staticmethod
    def failure(message):
        kind, code = message[0], message[1]
        if kind == 2:
            return "packet too big, MTU %d" % struct.unpack_from("!I", message, 4)[0]
        return {1: UNREACHABLE6.get(code, "unreachable (code %d)" % code), 3: "time exceeded"}.get(kind)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of ``data``."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Echo:
    """Echo requests to one address, from the network namespace that the thread is in when this is made.

    ``destination`` is (family, sockaddr) as getaddrinfo gives them.  Raises PermissionError without CAP_NET_RAW.
    """

    def __init__(self, family: int, destination, dont_fragment: bool = False):
        self.words = Family6 if family == socket.AF_INET6 else Family4
        self.destination = destination
        self.dont_fragment = dont_fragment
        self.socket = socket.socket(self.words.family, socket.SOCK_RAW, self.words.protocol)
        self.words.fragments(self.socket, allowed=not dont_fragment)
        self.identifier = int.from_bytes(os.urandom(2), "big")
        self.sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def once(self, payload: int, timeout: float):
        """Send ``payload`` octets and wait; returns (round trip in ms or None, reason or None)."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        mark = struct.pack("!HH", self.identifier, self.sequence)
        body = mark + bytes(octet & 0xFF for octet in range(payload))
        head = struct.pack("!BBH", self.words.request, 0, 0)
        if self.words is Family4:
            head = struct.pack("!BBH", self.words.request, 0, checksum(head + body))
        started = time.monotonic()
        try:
            self.socket.sendto(head + body, self.destination)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                return None, "longer than the MTU of the way out"
            return None, (error.strerror or str(error)).lower()
        reason = "no answer"
        while True:
            left = started + timeout - time.monotonic()
            if left <= 0:
                return None, reason
            self.socket.settimeout(left)
            try:
                packet, peer = self.socket.recvfrom(70000)
            except socket.timeout:
                return None, reason
            message = self.words.message(packet)
            if len(message) < 8:
                continue
            if message[0] == self.words.reply and message[4:] == body and peer[0] == self.destination[0]:
                return (time.monotonic() - started) * 1000, None
            failure = self.words.failure(message)
            if failure and self.words.quoted(message)[4:8] == mark:
                return None, failure

    def largest(self, timeout: float, tries: int = 2):
        """The largest payload in octets that is answered without being fragmented; (None, reason) when none is.

        Two numbers bound the search: nothing at all, and what the first interface lets out.
        """
        with socket.socket(self.words.family, socket.SOCK_DGRAM) as way:
            try:
                way.connect(self.destination)
            except OSError as error:
                return None, (error.strerror or str(error)).lower()
            fits, too_long = None, max(self.words.mtu(way) - self.words.overhead, 0) + 1

        def answered(payload):
            reason = None
            for _try in range(tries):
                elapsed, reason = self.once(payload, timeout)
                if elapsed is not None or reason != "no answer":
                    break
            return elapsed is not None, reason

        reached, reason = answered(0)
        if not reached:
            return None, reason
        fits = 0
        guess = too_long - 1  # nearly always right: the first interface has the smallest MTU
        while too_long - fits > 1:
            if answered(guess)[0]:
                fits = guess
            else:
                too_long = guess
            guess = (fits + too_long) // 2
        return fits, None
