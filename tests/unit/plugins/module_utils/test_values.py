# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values at the door: what is taken, in which form, and the sentence for what is not."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _values
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem

IFNAME = " is not an interface name: use letters, digits and . _ - @ + = ~, not beginning with a dash."
NETNS = " is not a namespace name: use up to 128 letters, digits and . _ - @ + =, beginning with a letter, a digit or _."
NETWORK_NAME = " is not a network name: use up to 63 letters, digits and . _ -, beginning with a letter or a digit."
MAC = " is not a MAC address: write six pairs of hexadecimal digits, 02:00:00:00:00:01."
SYSCTL = " is not a sysctl of a network namespace, like net.ipv4.ip_forward."
INTERFACE = " is not an address with a prefix length, like 10.1.0.2/24 or fd00::2/64."
NO_PREFIX = " has no prefix length: write it like 10.1.0.2/24 or fd00::2/64."
NETWORK = " is not a network, like 10.1.0.0/24 or fd00::/64."

GOOD = [
    ("ifname", "a", "a"),
    ("ifname", "br-0123456789ab", "br-0123456789ab"),
    ("ifname", "eth0.100@x+y=z~", "eth0.100@x+y=z~"),
    ("ifname", "_x", "_x"),
    ("netns_name", "web", "web"),
    ("netns_name", "x" * 128, "x" * 128),
    ("netns_name", "_a.b+c@d=e-f", "_a.b+c@d=e-f"),
    ("network_name", "blue", "blue"),
    ("network_name", "0" * 63, "0" * 63),
    ("mac", "02:00:00:00:00:0A", b"\x02\0\0\0\0\x0a"),
    ("mac", "02-00-00-00-00-0a", b"\x02\0\0\0\0\x0a"),
    ("mac", "00:00:00:00:00:00", _values.MAC_FLOOD),
    ("interface_mac", "fe:ff:ff:ff:ff:ff", b"\xfe\xff\xff\xff\xff\xff"),
    ("address", "192.0.2.1", ipaddress.ip_address("192.0.2.1")),
    ("address", "2001:DB8:0::1", ipaddress.ip_address("2001:db8::1")),
    ("interface", "10.1.0.2/24", ipaddress.ip_interface("10.1.0.2/24")),
    ("interface", "10.1.0.2/255.255.255.0", ipaddress.ip_interface("10.1.0.2/24")),
    ("interface", "10.1.0.0/31", ipaddress.ip_interface("10.1.0.0/31")),
    ("interface", "10.1.0.0/32", ipaddress.ip_interface("10.1.0.0/32")),
    ("interface", "fd00::/64", ipaddress.ip_interface("fd00::/64")),
    ("network", "10.1.0.0/20", ipaddress.ip_network("10.1.0.0/20")),
    ("network", "10.1.0.7", ipaddress.ip_network("10.1.0.7/32")),
    ("network", "fd00::/48", ipaddress.ip_network("fd00::/48")),
    ("sysctl", "net.ipv4.ip_forward", "net.ipv4.ip_forward"),
    ("sysctl", "net/ipv4/ip_forward", "net.ipv4.ip_forward"),
    ("sysctl", "net/ipv4/conf/eth0.1/forwarding", "net.ipv4.conf.eth0/1.forwarding"),
    ("sysctl", "net.ipv4.conf.eth0/1.forwarding", "net.ipv4.conf.eth0/1.forwarding"),
    ("sysctl_value", True, "1"),
    ("sysctl_value", False, "0"),
    ("sysctl_value", 7, "7"),
    ("sysctl_value", "32768\t60999", "32768 60999"),
    ("sysctl_value", "x" * 1024, "x" * 1024),
]

BAD = [
    ("ifname", "br-0123456789abc", "'br-0123456789abc' is too long for an interface name: the kernel takes at most 15 characters."),
    ("ifname", "ä" * 8, "'" + "\\xe4" * 8 + "' is too long for an interface name: the kernel takes at most 15 characters."),
    ("ifname", "", "''" + IFNAME),
    ("ifname", "a/b", "'a/b'" + IFNAME),
    ("ifname", "a b", "'a b'" + IFNAME),
    ("ifname", "-a", "'-a'" + IFNAME),
    ("ifname", "veth%d", "'veth%d'" + IFNAME),
    ("ifname", "a\n", "'a\\n'" + IFNAME),
    ("ifname", ".", "'.'" + IFNAME),
    ("ifname", "..", "'..'" + IFNAME),
    ("ifname", "all", "'all'" + IFNAME),
    ("ifname", "default", "'default'" + IFNAME),
    ("netns_name", "", "''" + NETNS),
    ("netns_name", "..", "'..'" + NETNS),
    ("netns_name", "a/b", "'a/b'" + NETNS),
    ("netns_name", "-a", "'-a'" + NETNS),
    ("netns_name", "a\n", "'a\\n'" + NETNS),
    ("netns_name", "x" * 129, "'" + "x" * 80 + "...'" + NETNS),
    ("network_name", "a,b", "'a,b'" + NETWORK_NAME),
    ("network_name", "_a", "'_a'" + NETWORK_NAME),
    ("network_name", "0" * 64, "'" + "0" * 64 + "'" + NETWORK_NAME),
    ("mac", "02:00:00:00:00", "'02:00:00:00:00'" + MAC),
    ("mac", "02:00:00-00:00:00", "'02:00:00-00:00:00'" + MAC),
    ("mac", "2:0:0:0:0:1", "'2:0:0:0:0:1'" + MAC),
    ("mac", "02:00:00:00:00:00\n", "'02:00:00:00:00:00\\n'" + MAC),
    ("mac", "01:00:5e:00:00:01", "'01:00:5e:00:00:01' is a multicast MAC; an interface needs a unicast one (even first byte)."),
    ("interface_mac", "00:00:00:00:00:00", "the all-zero MAC cannot be an interface's."),
    ("address", "192.0.2", "'192.0.2' is not an IP address."),
    ("address", "192.0.2.1/24", "'192.0.2.1/24' is not an IP address."),
    ("address", "fe80::1%eth0", "'fe80::1%eth0' is not an IP address."),
    ("interface", "10.1.0.2", "'10.1.0.2'" + NO_PREFIX),
    ("interface", "10.1.0.2/33", "'10.1.0.2/33'" + INTERFACE),
    ("interface", "10.1.0.300/24", "'10.1.0.300/24'" + INTERFACE),
    ("interface", "fe80::1%eth0/64", "'fe80::1%eth0/64'" + INTERFACE),
    ("interface", "224.0.0.1/24", "'224.0.0.1/24' cannot be the address of an interface."),
    ("interface", "::/64", "'::/64' cannot be the address of an interface."),
    ("interface", "10.1.0.0/24", "'10.1.0.0/24' is the network or broadcast address of 10.1.0.0/24; take one between them."),
    ("interface", "10.1.0.255/24", "'10.1.0.255/24' is the network or broadcast address of 10.1.0.0/24; take one between them."),
    ("network", "10.1.0.1/24", "'10.1.0.1/24' has bits set behind its prefix length; the network is 10.1.0.0/24."),
    ("network", "default", "'default'" + NETWORK),
    ("network", "fe80::%1/64", "'fe80::%1/64'" + NETWORK),
    ("sysctl", "kernel.core.pattern", "'kernel.core.pattern'" + SYSCTL),
    ("sysctl", "net.ipv4", "'net.ipv4'" + SYSCTL),
    ("sysctl", "net/../kernel/hostname", "'net/../kernel/hostname'" + SYSCTL),
    ("sysctl", "net.ipv4.//.hostname", "'net.ipv4.//.hostname'" + SYSCTL),
    ("sysctl", "net.ipv4..forward", "'net.ipv4..forward'" + SYSCTL),
    ("sysctl", "net.ipv4.ip_forward\n", "'net.ipv4.ip_forward\\n'" + SYSCTL),
    ("sysctl_value", "", "'' cannot be the value of a sysctl: one line of at most 1024 printable characters."),
    ("sysctl_value", "1\n0", "'1\\n0' cannot be the value of a sysctl: one line of at most 1024 printable characters."),
    ("sysctl_value", "x" * 1025, "'" + "x" * 80 + "...' cannot be the value of a sysctl: one line of at most 1024 printable characters."),
]


@pytest.mark.parametrize("function, text, value", GOOD)
def test_what_is_taken(function, text, value):
    found = getattr(_values, function)(text, "option")
    assert found == value and type(found) is (_values.Mac if isinstance(value, bytes) else type(value))


@pytest.mark.parametrize("function, text, sentence", BAD)
def test_what_is_not_taken(function, text, sentence):
    with pytest.raises(Problem) as problem:
        getattr(_values, function)(text, "the.option")
    assert str(problem.value) == "the.option: " + sentence


def test_numbers_include_their_limits():
    assert [_values.number(value, "o", 1, 3) for value in (1, 3)] == [1, 3]
    for value, sentence in ((0, "o: 0 is out of range: 1 to 3."), (4, "o: 4 is out of range: 1 to 3.")):
        with pytest.raises(Problem) as problem:
            _values.number(value, "o", 1, 3)
        assert str(problem.value) == sentence


def test_an_mtu_has_room_for_what_it_carries():
    six, four = ipaddress.ip_interface("fd00::1/64"), ipaddress.ip_interface("10.1.0.1/24")
    assert _values.mtu(None, "mtu", [six]) is None
    assert _values.mtu(68, "mtu", [four]) == _values.mtu(68, "mtu", None) == 68
    assert _values.mtu(1280, "mtu", [four, six]) == 1280
    for value, addresses, sentence in (
        (1279, [four, six], "mtu: IPv6 needs an MTU of at least 1280 bytes (RFC 8200), not 1279."),
        (67, None, "mtu: 67 is out of range: 68 to 65535 bytes."),
        (65536, [six], "mtu: 65536 is out of range: 68 to 65535 bytes."),
    ):
        with pytest.raises(Problem) as problem:
            _values.mtu(value, "mtu", addresses)
        assert str(problem.value) == sentence


def test_a_mac_is_bytes_that_print_as_people_write_them():
    mac = _values.mac("02-00-00-00-AB-01", "mac")
    assert "%s" % mac == "02:00:00:00:ab:01" and repr(mac) == str(mac)
    assert mac == _values.mac("02:00:00:00:ab:01", "mac") and hash(mac) == hash(b"\x02\0\0\0\xab\x01")


def test_a_problem_about_no_option_is_its_sentence():
    assert str(Problem("", "Something is wrong.")) == "Something is wrong."
