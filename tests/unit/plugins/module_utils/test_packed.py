# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is packed directly is byte for byte what pyroute2's own classes make of the same."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import packed
from ansible_collections.linuxnet.container.plugins.module_utils._kernel.netlink import encode
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.address import Address
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.fdb import Fdb
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.route import Route
from ansible_collections.linuxnet.container.plugins.module_utils._values import Mac
from hypothesis import given
from hypothesis import strategies as st

ifaddrmsg = pytest.importorskip("pyroute2.netlink.rtnl.ifaddrmsg").ifaddrmsg
ifinfmsg = pytest.importorskip("pyroute2.netlink.rtnl.ifinfmsg").ifinfmsg
ndmsg = pytest.importorskip("pyroute2.netlink.rtnl.ndmsg").ndmsg
rtmsg = pytest.importorskip("pyroute2.netlink.rtnl.rtmsg").rtmsg

U32 = st.integers(1, (1 << 32) - 1)
INDEX = st.integers(1, (1 << 31) - 1)
NAME = st.text("abcxyz0189.-_", min_size=1, max_size=15)
MAC = st.binary(min_size=6, max_size=6).map(Mac)
#: An alias can be anything that fits (IFALIASZ in linux/if.h).
ALIAS = st.text(max_size=60)


def perhaps(strategy):
    return st.none() | strategy


def of_version(version):
    return st.ip_addresses(v=version)


@st.composite
def networks(draw, version):
    length = draw(st.integers(0, 32 if version == 4 else 128))
    return ipaddress.ip_network((draw(of_version(version)), length), strict=False)


def given_ones(**values):
    return [[name, value] for name, value in values.items() if value]


def of_a_link(name, mtu=None, mac=None, group=None, master=None):
    return given_ones(IFLA_IFNAME=name, IFLA_MTU=mtu, IFLA_ADDRESS=mac and str(mac), IFLA_GROUP=group, IFLA_MASTER=master)


@given(NAME, perhaps(U32), perhaps(MAC), perhaps(U32), perhaps(INDEX), st.booleans(), NAME, perhaps(MAC), perhaps(INDEX))
def test_a_pair(name, mtu, mac, group, master, up, far, far_mac, netns):
    attached = of_a_link(far, mtu, far_mac) + ([["IFLA_NET_NS_FD", netns]] if netns else [])
    info = [["IFLA_INFO_KIND", "veth"], ["IFLA_INFO_DATA", {"attrs": [["VETH_INFO_PEER", {"attrs": attached}]]}]]
    attrs = of_a_link(name, mtu, mac, group, master) + [["IFLA_LINKINFO", {"attrs": info}]]
    made = packed.link_header(up or None) + packed.link_attributes(name, mtu, mac, group, master)
    made += packed.veth(Link("web", far, "veth", mtu=mtu, mac=far_mac), netns)
    assert made == encode(ifinfmsg, {"flags": int(up), "change": int(up)}, attrs)


CHANGES = {"up": st.booleans(), "mtu": U32, "mac": MAC, "master": st.sampled_from(["", "br0"]), "group": U32, "alias": ALIAS, "addr_gen": st.integers(0, 3)}
CALLED = {"mtu": "IFLA_MTU", "group": "IFLA_GROUP", "alias": "IFLA_IFALIAS"}


@given(NAME, INDEX, st.fixed_dictionaries({}, optional=CHANGES))
def test_a_change_of_a_link(name, index, plain):
    attrs = [["IFLA_IFNAME", name]]
    for field, value in plain.items():
        if field == "addr_gen":
            attrs.append(["IFLA_AF_SPEC", {"attrs": [["AF_INET6", {"attrs": [["IFLA_INET6_ADDR_GEN_MODE", value]]}]]}])
        elif field == "master":
            attrs.append(["IFLA_MASTER", index if value else 0])
        elif field == "mac":
            attrs.append(["IFLA_ADDRESS", str(value)])
        elif field != "up":
            attrs.append([CALLED[field], value])
    fields = {"flags": int(plain["up"]), "change": 1} if "up" in plain else {}
    assert packed.link_set(name, plain, {"br0": index}) == encode(ifinfmsg, fields, attrs)


@given(st.data(), st.sampled_from([4, 6]), INDEX, st.booleans(), st.booleans())
def test_an_address(data, version, index, nodad, adding):
    ip = data.draw(of_version(version))
    interface = ipaddress.ip_interface((ip, data.draw(st.integers(0, 32 if version == 4 else 128))))
    broadcast = data.draw(perhaps(of_version(4))) if version == 4 else None
    attrs = [["IFA_ADDRESS", str(ip)], ["IFA_LOCAL", str(ip)]] + given_ones(IFA_BROADCAST=broadcast and str(broadcast))
    fields = {
        "family": socket.AF_INET if version == 4 else socket.AF_INET6,
        "prefixlen": interface.network.prefixlen,
        "flags": 2 if adding and nodad and version == 6 else 0,  # IFA_F_NODAD
        "scope": 254 if ip.is_loopback else 253 if version == 6 and ip.is_link_local else 0,
        "index": index,
    }
    item = Address("web", "eth0", interface, broadcast, nodad)
    assert packed.address(item, index, adding) == encode(ifaddrmsg, fields, attrs)


@given(st.data(), st.sampled_from([4, 6]), INDEX, st.integers(0, (1 << 32) - 1), st.booleans(), st.booleans())
def test_a_route(data, version, index, metric, onlink, adding):
    dst = data.draw(networks(version))
    via, src = (data.draw(perhaps(of_version(version))) for _unused in range(2))
    attrs = given_ones(
        RTA_OIF=index,
        RTA_DST=dst.prefixlen and str(dst.network_address),
        RTA_GATEWAY=via and str(via),
        RTA_PRIORITY=metric,
        RTA_PREFSRC=src and str(src),
    )
    fields = {
        "family": socket.AF_INET if version == 4 else socket.AF_INET6,
        "dst_len": dst.prefixlen,
        "table": 254,
        "proto": 4 if adding else 0,  # RTPROT_STATIC
        "scope": 255 if not adding else 0 if via or version == 6 else 253,
        "type": 1 if adding else 0,
        "flags": 4 if onlink else 0,  # RTNH_F_ONLINK
    }
    item = Route("web", "eth0", dst, metric, via, src, onlink)
    assert packed.route(item, index, adding) == encode(rtmsg, fields, attrs)


@given(st.data(), st.sampled_from([4, 6]), INDEX, MAC, st.sampled_from([4789, 8472]), st.integers(7, 8))
def test_a_forwarding_entry(data, version, index, mac, port, vni):
    dst = data.draw(of_version(version))
    attrs = [["NDA_LLADDR", str(mac)], ["NDA_DST", str(dst)]]
    attrs += given_ones(NDA_PORT=port if port != 4789 else None, NDA_VNI=vni if vni != 7 else None)
    fields = {"family": 7, "ifindex": index, "state": 0x80, "flags": 2}  # AF_BRIDGE, NUD_PERMANENT, NTF_SELF
    made = packed.entry(Fdb("", "vx", mac, dst, port, vni, 4789, 7), index)
    assert made == encode(ndmsg, fields, attrs)
