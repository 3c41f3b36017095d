# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One message of every sort that is sent, in hexadecimal: to be made under one pyroute2 and compared under another.

As a program it prints them as JSON; its argument is the folder that holds ansible_collections.
"""

from __future__ import annotations

import json
import sys
from ipaddress import ip_address, ip_interface, ip_network

INDEXES = {"br0": 5, "up0": 6, "eth0": 7, "vx": 8}
DESCRIPTORS = {"web": 9}
HOME = 10


def messages() -> dict:
    """{what it says: [type, flags, body in hexadecimal]}"""
    from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply, speaker
    from ansible_collections.linuxnet.container.plugins.module_utils._kinds.address import Address, broadcast_of
    from ansible_collections.linuxnet.container.plugins.module_utils._kinds.fdb import Fdb
    from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import Link
    from ansible_collections.linuxnet.container.plugins.module_utils._kinds.route import Route
    from ansible_collections.linuxnet.container.plugins.module_utils._values import MAC_FLOOD, Mac

    apply.require_pyroute2()
    said = speaker.Speaker(None, HOME)
    said.indexes, said.descriptors = INDEXES, DESCRIPTORS
    mac = Mac(b"\2\0\0\0\0\1")
    group = 0x4C4E43

    def address(text):
        interface = ip_interface(text)
        return Address("", "eth0", interface, broadcast_of(interface))

    def route(dst, **more):
        return Route("", "eth0", ip_network(dst), **more)

    def entry(dst, **more):
        values = dict({"port": 4789, "vni": 7}, **more)
        return Fdb("", "vx", values.pop("mac", mac), ip_address(dst), default_port=4789, default_vni=7, **values)

    bridge = Link("", "br0", "bridge", True, 1450, mac, "", group, None, options={"stp": True, "ageing_time": 30})
    pair = Link("", "v-web", "veth", True, 1450, mac, "br0", group)
    vxlan4 = {
        "vni": 7, "local": ip_address("192.0.2.1"), "dev": "up0", "dstport": 4789, "ttl": 9, "learning": False, "udp_csum": True,
    }  # fmt: skip
    vxlan6 = {
        "vni": (1 << 24) - 1, "local": ip_address("2001:db8::1"), "group": ip_address("ff02::7"), "dev": "up0", "dstport": 8472,
        "learning": True, "udp6_zero_csum_tx": True, "udp6_zero_csum_rx": True,
    }  # fmt: skip
    plain = {"up": True, "mtu": 1400, "mac": mac, "master": "br0", "group": group, "alias": "linuxnet.container:blue"}
    made = {
        "bridge": said.link_add(bridge, None),
        "pair into a namespace": said.link_add(pair, Link("web", "eth0", "veth", mtu=1450, mac=mac)),
        "pair onto the host": said.link_add(Link("web", "out", "veth", True), Link("", "inw", "veth")),
        "pair on the host": said.link_add(Link("", "a", "veth"), Link("", "b", "veth")),
        "vxlan over IPv4": said.link_add(Link("", "vx", "vxlan", options=vxlan4), None),
        "vxlan over IPv6": said.link_add(
            Link("", "vx", "vxlan", options=dict(vxlan6)), None
        ),
        "multicast over IPv4": said.link_add(Link("", "vx", "vxlan", options={"vni": 7, "group": ip_address("239.1.1.1")}), None),
        "all that can be set": said.link_set("v-web", plain),
        "down and off its bridge": said.link_set("v-web", {"up": False, "master": ""}),
        "no link-local address": said.link_set("eth0", {"addr_gen": 1}),
        "options of a bridge": said.link_options("br0", "bridge", {"stp": False, "ageing_time": 300}),
        "options of a vxlan": said.link_options("vx", "vxlan", {"learning": False}),
        "options of a port": said.port_options("v-web", {"hairpin": True, "isolated": False}),
        "delete a link": said.link_del("v-web"),
        "address": said.address_add(address("10.1.0.2/20"), False),
        "address again": said.address_add(address("10.1.0.2/20"), True),
        "address of a point": said.address_add(address("10.1.0.2/32"), False),
        "IPv6 address": said.address_add(address("fd00::2/64"), False),
        "IPv6 link-local address": said.address_add(address("fe80::2/64"), False),
        "delete an address": said.address_del(address("10.1.0.2/20")),
        "default route": said.route_add(route("0.0.0.0/0", via=ip_address("10.1.0.1")), False),
        "route on the link": said.route_add(route("10.9.0.0/16", metric=7, src=ip_address("10.1.0.2")), False),
        "route replaced": said.route_add(route("10.9.0.0/16", via=ip_address("10.8.0.1"), onlink=True), True),
        "IPv6 default route": said.route_add(route("::/0", metric=1024, via=ip_address("fd00::1")), False),
        "delete a route": said.route_del(route("10.9.0.0/16", metric=7)),
        "flood entry": said.fdb_add(entry("192.0.2.2", mac=MAC_FLOOD)),
        "entry": said.fdb_add(entry("2001:db8::2", port=8472, vni=8)),
        "delete an entry": said.fdb_del(entry("192.0.2.2")),
        "mark of a namespace": speaker.mark_loopback(group, "linuxnet.container:blue"),
    }
    return {name: [one.type, one.flags, one.body.hex()] for name, one in made.items()}


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    print(json.dumps(messages()))
