# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and subnets in one normal form, on netaddr. Comparisons are between numbers, never between texts."""

from __future__ import annotations

import re
from typing import NamedTuple

from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    Problem,
    shown,
)

try:
    from netaddr import INET_PTON, IPAddress
    from netaddr.core import AddrFormatError
except ImportError:  # said by the filters, in one sentence
    IPAddress = None

    class AddrFormatError(Exception):
        """Stands in for netaddr's."""


_LENGTH = re.compile(r"[0-9]{1,3}\Z")


class Address(NamedTuple):
    """An IP address with the length of its subnet's prefix (None when the user gave none)."""

    version: int
    number: int
    prefix: int | None
    text: str  #: the address alone, in its normal form

    @property
    def cidr(self) -> str:
        return f"{self.text}/{self.prefix}"

    @property
    def subnet(self) -> Subnet:
        return Subnet.around(self.version, self.number, self.prefix)


class Subnet(NamedTuple):
    """A range of addresses with a common prefix."""

    version: int
    first: int
    last: int
    prefix: int

    @classmethod
    def around(cls, version: int, number: int, prefix: int) -> Subnet:
        """The subnet with ``prefix`` that ``number`` lies in."""
        hosts = (1 << (width(version) - prefix)) - 1
        return cls(version, number & ~hosts, number | hosts, prefix)

    @property
    def cidr(self) -> str:
        return f"{IPAddress(self.first, self.version)}/{self.prefix}"

    def __contains__(self, address) -> bool:
        return address.version == self.version and self.first <= address.number <= self.last

    def overlaps(self, other: Subnet) -> bool:
        return self.version == other.version and self.first <= other.last and other.first <= self.last


def width(version: int) -> int:
    """Bits in an address."""
    return 32 if version == 4 else 128


def address(where: str, option: str, text) -> Address:
    """An address, with or without ``/prefix``; a Problem when ``text`` is neither."""
    if not isinstance(text, str):
        raise Problem(f"{where}: {option} {shown(text)} is not an IP address: write it in quotes.")
    host, slash, length = text.partition("/")
    try:
        ip = IPAddress(host, flags=INET_PTON)
    except (AddrFormatError, ValueError, TypeError):
        raise Problem(f"{where}: {option} {shown(text)} is not an IP address.") from None
    prefix = None
    if slash:
        if not (_LENGTH.match(length) and int(length) <= width(ip.version)):
            raise Problem(f"{where}: {option} {shown(text)}: {shown('/' + length)} is not a prefix length for IPv{ip.version}.")
        prefix = int(length)
    return Address(ip.version, int(ip), prefix, str(ip))


def subnet(where: str, option: str, text) -> Subnet:
    """A subnet, as its own first address and prefix length; a Problem for anything else."""
    one = address(where, option, text)
    if one.prefix is None:
        raise Problem(f"{where}: {option} '{text}' has no prefix length: write {one.text}/{width(one.version)} for it alone, or its subnet.")
    net = one.subnet
    if net.first != one.number:
        raise Problem(f"{where}: {option} '{text}' has bits set beyond its prefix: write {net.cidr}.")
    return net


def check_unicast(where: str, option: str, one: Address) -> Address:
    """``one`` when an interface can have it, else a Problem."""
    ip = IPAddress(one.number, one.version)
    if ip.is_multicast() or ip.is_loopback() or one.number in (0, (1 << 32) - 1 if one.version == 4 else 0):
        raise Problem(f"{where}: {option} {one.text} cannot be an interface's address: take a unicast one.")
    return one


def check_host_of(where: str, option: str, one: Address, net: Subnet) -> None:
    """A Problem when ``one`` is the network's or the broadcast address of ``net``."""
    if width(net.version) - net.prefix < 2:  # RFC 3021, RFC 6164: both addresses of a pair are hosts
        return
    if one.number == net.first:
        what = "network" if net.version == 4 else "subnet-router anycast"
        raise Problem(f"{where}: {option} {one.text} is the {what} address of {net.cidr}: take another.")
    if net.version == 4 and one.number == net.last:
        raise Problem(f"{where}: {option} {one.text} is the broadcast address of {net.cidr}: take another.")


def one_a_family(where: str, option: str, items) -> None:
    """A Problem when ``items`` (addresses or subnets) holds more than one of a family."""
    seen = set()
    for item in items:
        if item.version in seen:
            raise Problem(f"{where}: {option} names more than one of IPv{item.version}: one of each family is the most.")
        seen.add(item.version)


def check_apart(owned) -> None:
    """A Problem when two subnets of different owners overlap. ``owned``: pairs of (subnet, words for its owner)."""
    last = None
    for net, owner in sorted(owned, key=lambda pair: pair[0]):
        # Sorted by first address, a subnet can only begin inside the one before it that reaches furthest.
        if last and last[0].overlaps(net):
            raise Problem(f"{owner}: {net.cidr} overlaps {last[0].cidr} of {last[1]}: give each network a subnet of its own.")
        if not last or last[0].version != net.version or net.last > last[0].last:
            last = (net, owner)
