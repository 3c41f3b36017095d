# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses in one normal form, and the overlap of many subnets."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from ansible_collections.linuxnet.container.plugins.plugin_utils._addresses import (
    address,
    check_apart,
    check_host_of,
    subnet,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import Problem


@pytest.mark.parametrize(
    "text, normal",
    [("10.1.2.3", "10.1.2.3"), ("FD00:0:0::A", "fd00::a"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("10.1.2.3/20", "10.1.2.3")],
)
def test_normal_form(text, normal):
    assert address("here", "address", text).text == normal


@pytest.mark.parametrize(
    "text", ["10.1", "010.1.1.1", "10.1.1.1/", "10.1.1.1/-1", "10.1.1.1/24/24", "fd00::/129", "10.1.1.256", " 10.1.1.1", "", None, True, 17]
)
def test_what_is_no_address(text):
    with pytest.raises(Problem, match="^here: address "):
        address("here", "address", text)


@pytest.mark.parametrize(
    "text, fits", [("10.0.0.0/30", False), ("10.0.0.3/30", False), ("10.0.0.2/31", True), ("fd00::/126", False), ("fd00::3/126", True), ("fd00::/127", True)]
)
def test_first_and_last_address_of_a_subnet(text, fits):
    one = address("here", "address", text)
    try:
        check_host_of("here", "address", one, one.subnet)
    except Problem:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("prefix", range(33))
def test_every_prefix_length_of_ipv4(prefix):
    net = address("here", "address", f"10.173.213.171/{prefix}").subnet
    mask = (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
    assert net.first == 0x0AADD5AB & mask and net.last - net.first == 0xFFFFFFFF - mask
    assert subnet("here", "subnet", net.cidr) == net


NETS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.255.255/32", "10.2.0.0/15", "11.0.0.0/8", "0.0.0.0/0", "fd00::/8", "fd00:1::/32", "fd00:2::/64", "::/1"]


@pytest.mark.parametrize("chosen", list(itertools.combinations(NETS, 3)), ids=" ".join)
def test_overlap_is_found_exactly_when_two_of_them_do(chosen):
    nets = [subnet("here", "subnet", text) for text in chosen]
    clash = any(one.overlaps(other) for one, other in itertools.combinations(nets, 2))
    assert clash == any(ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other)) for one, other in itertools.combinations(chosen, 2))
    try:
        check_apart([(net, f"network {number}") for number, net in enumerate(nets)])
        found = False
    except Problem:
        found = True
    assert found == clash
