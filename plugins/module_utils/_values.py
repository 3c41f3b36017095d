# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in their one normal form, made at the door from what a user wrote.

Every function takes the text and the name of the option it came from, and raises Problem for bad input. Nothing
behind the door compares addresses, networks or MACs as text.
"""

from __future__ import annotations

import ipaddress
import re

from ._marks import IFNAME_MAX
from ._problem import Problem

#: Below this MTU a device has no IPv6 at all (RFC 8200).
IPV6_MIN_MTU = 1280

#: Names that cannot be an interface because net.*.conf has folders of these names.
_RESERVED_IFNAMES = frozenset((".", "..", "all", "default"))
_IFNAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@+=~-]*\Z")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@=-]*\Z")
_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}\Z")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?\Z")
#: A part may hold a slash, which stands for a dot, but not be dots alone: it becomes the name of a folder.
_SYSCTL = re.compile(r"net(\.(?!/*(\.|\Z))[A-Za-z0-9_/@+=~-]+){2,}\Z")
_SYSCTL_VALUE = re.compile(r"[\x20-\x7e\t]{1,1024}\Z")


_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
#: So much of a value is shown in a sentence.
_SHOWN_MAX = 80


class Mac(bytes):
    """An Ethernet address: six bytes, printed as ``xx:xx:xx:xx:xx:xx``."""

    def __str__(self):
        return ":".join("%02x" % octet for octet in self)

    __repr__ = __str__


#: The address under which VXLAN keeps the remotes to which broadcast and unknown traffic is flooded.
MAC_FLOOD = Mac(6)


def ifname(text: str, option: str) -> str:
    """An interface name that the kernel takes (dev_valid_name in net/core/dev.c) and that is safe in a path."""
    if len(text.encode("utf-8", "replace")) > IFNAME_MAX:
        raise Problem(
            option,
            "%s is too long for an interface name: the kernel takes at most %d characters." % (shown(text), IFNAME_MAX),
        )
    if not _IFNAME.match(text) or text in _RESERVED_IFNAMES:
        raise Problem(
            option,
            "%s is not an interface name: use letters, digits and . _ - @ + = ~, not beginning with a dash." % shown(text),
        )
    return text


def netns_name(text: str, option: str) -> str:
    """The name of a network namespace, which is a file's name under /run/netns."""
    if len(text) > 128 or not _NAME.match(text):
        raise Problem(
            option,
            "%s is not a namespace name: use up to 128 letters, digits and . _ - @ + =, "
            "beginning with a letter, a digit or _." % shown(text),
        )
    return text


def network_name(text: str, option: str) -> str:
    """The name of a network of ours, as its objects carry it in their marks."""
    if not _NETWORK.match(text):
        raise Problem(
            option,
            "%s is not a network name: use up to 63 letters, digits and . _ -, beginning with a letter or a digit."
            % shown(text),
        )
    return text


def mac(text: str, option: str) -> Mac:
    """A unicast MAC, or the all-zero one that stands for flooding."""
    if not _MAC.match(text):
        raise Problem(option, "%s is not a MAC address: write six pairs of hexadecimal digits, 02:00:00:00:00:01." % shown(text))
    value = Mac(bytes.fromhex(text.replace("-", ":").replace(":", "")))
    if value[0] & 1:
        raise Problem(option, "'%s' is a multicast MAC; an interface needs a unicast one (even first byte)." % text)
    return value


def interface_mac(text: str, option: str) -> Mac:
    """A MAC that an interface can have: unicast and not all zero."""
    value = mac(text, option)
    if value == MAC_FLOOD:
        raise Problem(option, "the all-zero MAC cannot be an interface's.")
    return value


def address(text: str, option: str):
    """An IP address without prefix length (ipaddress.IPv4Address or IPv6Address)."""
    try:
        return ipaddress.ip_address(_unscoped(text))
    except ValueError:
        raise Problem(option, "%s is not an IP address." % shown(text)) from None


def interface(text: str, option: str):
    """An address with its prefix length (ipaddress.IPv4Interface or IPv6Interface) that an interface can have."""
    if "/" not in text:
        raise Problem(option, "%s has no prefix length: write it like 10.1.0.2/24 or fd00::2/64." % shown(text))
    try:
        value = ipaddress.ip_interface(_unscoped(text))
    except ValueError:
        raise Problem(option, "%s is not an address with a prefix length, like 10.1.0.2/24 or fd00::2/64." % shown(text)) from None
    if value.ip.is_multicast or value.ip.is_unspecified or value.ip.is_loopback or value.ip == _BROADCAST:
        raise Problem(option, "'%s' cannot be the address of an interface." % text)
    length = value.network.prefixlen
    if value.version == 4 and length < 31 and value.ip in (value.network.network_address, value.network.broadcast_address):
        raise Problem(
            option,
            "'%s' is the network or broadcast address of %s; take one between them." % (text, value.network),
        )
    return value


def interfaces(texts, option: str):
    """The addresses of one device, or None when nothing is said of them; none of them twice."""
    if texts is None:
        return None
    found = [interface(text, option) for text in texts]
    # Of IPv4 a device may have one address in several networks; of IPv6 it cannot.
    if len({one if one.version == 4 else one.ip for one in found}) < len(found):
        raise Problem(option, "an address is listed twice.")
    return found


def network(text: str, option: str):
    """A network (ipaddress.IPv4Network or IPv6Network); ``default`` is not one, host bits are an error."""
    try:
        return ipaddress.ip_network(_unscoped(text))
    except ValueError:
        pass
    try:
        _unscoped(text)
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Problem(option, "%s is not a network, like 10.1.0.0/24 or fd00::/64." % shown(text)) from None
    raise Problem(option, "'%s' has bits set behind its prefix length; the network is %s." % (text, meant))


def _unscoped(text: str) -> str:
    """``text``; ValueError when it names a zone (fe80::1%eth0), which ipaddress takes: the device is said elsewhere."""
    if "%" in text:
        raise ValueError(text)
    return text


def number(value: int, option: str, low: int, high: int, unit: str = "") -> int:
    """An integer between ``low`` and ``high``, both included."""
    if not low <= value <= high:
        raise Problem(option, "%d is out of range: %d to %d%s." % (value, low, high, unit and " " + unit))
    return value


def ports(text: str, option: str) -> range:
    """The ports that ``text`` ("8080", "8000-8010") speaks of, each from 1 to 65535."""
    found = _PORTS.match(text)
    if not found:
        raise Problem(option, "%s is no port: write a number, or a range like 8000-8010." % shown(text))
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    for one in (first, last):
        if not 1 <= one <= 65535:
            raise Problem(option, "%d is no port: they go from 1 to 65535." % one)
    if last < first:
        raise Problem(option, "the range %s ends before it begins: write the lower port first." % text)
    return range(first, last + 1)


def pid(value: int, option: str) -> int:
    """The number of a process (PID_MAX_LIMIT, linux/threads.h)."""
    return number(value, option, 1, 1 << 22)


def path(text: str, option: str) -> str:
    """The path of a file, from the root on: relative ones depend on where Ansible runs a module."""
    if not text.startswith("/") or len(text) > 4095 or not text.isprintable():
        raise Problem(option, "%s is not the path of a file: write it from the root on, like /proc/4711/ns/net." % shown(text))
    return text


def container(text: str, option: str) -> str:
    """The name or ID of a container, as Docker and Podman take it."""
    if len(text) > 255 or not _CONTAINER.match(text):
        raise Problem(
            option, "%s is neither a name nor an ID of a container: use letters, digits and . _ -, beginning with a letter or a digit." % shown(text)
        )
    return text


def optional(check, options: dict, prefix: str, name: str):
    """The option ``name`` in its normal form by ``check``; None when it is not given. Empty text is given, and no value."""
    return None if options[name] is None else check(options[name], prefix + name)


def mtu(value, option: str, addresses, link_local=False):
    """An MTU in bytes, or None, of a device that has ``addresses`` (None: no word about them), and an IPv6 link-local one if
    ``link_local``."""
    if value is None:
        return None
    number(value, option, 68, 65535, "bytes")
    if value < IPV6_MIN_MTU and (link_local or any(one.version == 6 for one in addresses or ())):
        raise Problem(option, "IPv6 needs an MTU of at least %d bytes (RFC 8200), not %d." % (IPV6_MIN_MTU, value))
    return value


def sysctl(path: str, option: str) -> str:
    """The dotted name of a sysctl of a network namespace, as sysctl(8) writes it."""
    # With a slash first, slashes separate and a dot stands for itself; with a dot first it is the other way round.
    first = re.search("[./]", path)
    dotted = path.translate({ord("."): "/", ord("/"): "."}) if first and first.group() == "/" else path
    if not _SYSCTL.match(dotted):
        raise Problem(option, "%s is not a sysctl of a network namespace, like net.ipv4.ip_forward." % shown(path))
    return dotted


def sysctl_value(value, option: str) -> str:
    """The text that is written to a sysctl."""
    if isinstance(value, (bool, int)) and abs(value) < 1 << 64:
        return "%d" % value
    text = value if isinstance(value, str) else ""
    if not _SYSCTL_VALUE.match(text) or not text.strip():
        raise Problem(option, "%s cannot be the value of a sysctl: one line of at most 1024 printable characters." % shown(value))
    return " ".join(text.split())


def plain(text: str) -> str:
    """What others called something, as it can safely be put into a sentence."""
    return shown(text)[1:-1]


def shown(value) -> str:
    """``value`` as it can safely be put into a sentence: text quoted, whatever is not plain ASCII escaped, not endless."""
    try:
        text = value if isinstance(value, str) else "%r" % (value,)
    except ValueError:  # a number of thousands of digits
        text = "%s" % type(value)
    # Nothing behind the first of these characters is shown: a text of a million need not be escaped.
    text = text[:_SHOWN_MAX + 1].encode("unicode_escape").decode("ascii")
    text = text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "..."
    return "'%s'" % text if isinstance(value, str) else text
