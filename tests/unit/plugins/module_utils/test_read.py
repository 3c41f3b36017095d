# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard from the kernel: bytes that pyroute2's own classes encode, read by our decoder."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import answers, links, pairs, read
from ansible_collections.linuxnet.container.plugins.module_utils._kernel.netlink import NetlinkError, attributes, encode
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.address import Address
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.fdb import Fdb
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import LINK_KINDS, Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.route import Route
from ansible_collections.linuxnet.container.plugins.module_utils._reach import Observed, Reach
from ansible_collections.linuxnet.container.plugins.module_utils._values import MAC_FLOOD, Mac

ifaddrmsg = pytest.importorskip("pyroute2.netlink.rtnl.ifaddrmsg").ifaddrmsg
ifinfmsg = pytest.importorskip("pyroute2.netlink.rtnl.ifinfmsg").ifinfmsg
ndmsg = pytest.importorskip("pyroute2.netlink.rtnl.ndmsg").ndmsg
rtmsg = pytest.importorskip("pyroute2.netlink.rtnl.rtmsg").rtmsg

MAC = "02:00:00:00:00:01"
GROUP = 0x4C4E43


def link(index, name, *attrs, flags=1, mtu=1500):
    first = [["IFLA_IFNAME", name], ["IFLA_MTU", mtu], ["IFLA_ADDRESS", MAC]]
    return encode(ifinfmsg, {"index": index, "flags": flags}, first + [list(attr) for attr in attrs])


def info(kind, *data, slave=()):
    attrs = [["IFLA_INFO_KIND", kind]] if kind else []
    if data:
        attrs.append(["IFLA_INFO_DATA", {"attrs": [list(one) for one in data]}])
    if slave:
        attrs.append(["IFLA_INFO_SLAVE_KIND", "bridge"])
        attrs.append(["IFLA_INFO_SLAVE_DATA", {"attrs": [list(one) for one in slave]}])
    return ["IFLA_LINKINFO", {"attrs": attrs}]


def heard(body):
    return links.answer("web", body)


def test_a_device_of_the_host():
    index, found, raw = heard(link(7, "eth0", ("IFLA_GROUP", 0)))
    assert (index, found) == (7, Link("web", "eth0", "", True, 1500, Mac(b"\2\0\0\0\0\1"), "", 0, "", None))
    assert raw == {"master": 0, "link": 0, "nsid": None, "dev": 0, "altnames": []}


def test_a_device_that_is_down_and_has_no_mac():
    body = encode(ifinfmsg, {"index": 3, "flags": 0x1002}, [["IFLA_IFNAME", "tun0"], ["IFLA_MTU", 1420]])
    assert heard(body)[1] == Link("web", "tun0", "", False, 1420, None, "", 0, "", None)


def test_a_bridge_of_ours():
    data = info("bridge", ("IFLA_BR_STP_STATE", 1), ("IFLA_BR_AGEING_TIME", 3000))
    _index, found, _raw = heard(link(5, "br0", ("IFLA_GROUP", GROUP), ("IFLA_IFALIAS", "linuxnet.container:blue"), data))
    assert found.kind == "bridge" and found.options == {"stp": True, "ageing_time": 30}
    assert found.networks == frozenset(["blue"])


def test_a_port_with_its_options():
    data = info("veth", slave=[("IFLA_BRPORT_MODE", 1), ("IFLA_BRPORT_ISOLATED", 0)])
    _index, found, raw = heard(link(6, "v-web", ("IFLA_MASTER", 5), ("IFLA_LINK", 2), ("IFLA_LINK_NETNSID", 0), data))
    assert found.port == {"hairpin": True, "isolated": False}
    assert (raw["master"], raw["link"], raw["nsid"]) == (5, 2, 0)


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_how_link_local_addresses_are_made(mode):
    inet6 = {"attrs": [["IFLA_INET6_ADDR_GEN_MODE", mode]]}
    assert heard(link(6, "v", ("IFLA_AF_SPEC", {"attrs": [["AF_INET6", inet6]]})))[1].addr_gen == mode


VXLAN = [
    (
        [("IFLA_VXLAN_ID", 7), ("IFLA_VXLAN_LINK", 2), ("IFLA_VXLAN_LOCAL", "192.0.2.1"), ("IFLA_VXLAN_GROUP", "239.1.1.1"),
         ("IFLA_VXLAN_TTL", 9), ("IFLA_VXLAN_LEARNING", 1), ("IFLA_VXLAN_PORT", 8472), ("IFLA_VXLAN_UDP_CSUM", 1)],
        {"vni": 7, "local": ipaddress.ip_address("192.0.2.1"), "group": ipaddress.ip_address("239.1.1.1"), "ttl": 9,
         "learning": True, "dstport": 8472, "udp_csum": True},
    ),
    (
        [("IFLA_VXLAN_ID", (1 << 24) - 1), ("IFLA_VXLAN_LINK", 2), ("IFLA_VXLAN_LOCAL6", "2001:db8::1"),
         ("IFLA_VXLAN_GROUP6", "ff02::7"), ("IFLA_VXLAN_LEARNING", 0), ("IFLA_VXLAN_PORT", 4789),
         ("IFLA_VXLAN_UDP_ZERO_CSUM6_TX", 1), ("IFLA_VXLAN_UDP_ZERO_CSUM6_RX", 0)],
        {"vni": (1 << 24) - 1, "local": ipaddress.ip_address("2001:db8::1"), "group": ipaddress.ip_address("ff02::7"),
         "learning": False, "dstport": 4789, "udp6_zero_csum_tx": True, "udp6_zero_csum_rx": False},
    ),
]  # fmt: skip


@pytest.mark.parametrize("data, options", VXLAN, ids=["IPv4", "IPv6"])
def test_a_vxlan(data, options):
    _index, found, raw = heard(link(8, "vx", info("vxlan", *data)))
    assert found.options == options and raw["dev"] == 2


@pytest.mark.parametrize("data, options", VXLAN, ids=["IPv4", "IPv6"])
def test_we_and_pyroute2_read_the_same(data, options):
    body = link(8, "vx", ("IFLA_GROUP", GROUP), info("vxlan", *data))
    message = ifinfmsg(struct.pack("=IHHII", 16 + len(body), 16, 0, 0, 0) + body)
    message.decode()
    _index, found, raw = heard(body)
    theirs = dict(dict(message["attrs"])["IFLA_LINKINFO"]["attrs"])["IFLA_INFO_DATA"]["attrs"]
    ours = dict(found.options, dev=raw["dev"])
    for option in LINK_KINDS["vxlan"].options:
        if option.attribute in dict(theirs):
            assert option.form.wire(ours[option.name]) == dict(theirs)[option.attribute], option
    assert message.get_attr("IFLA_IFNAME") == found.name and message.get_attr("IFLA_MTU") == found.mtu
    assert message.get_attr("IFLA_ADDRESS") == str(found.mac) and message.get_attr("IFLA_GROUP") == found.group


def test_a_kind_that_is_not_ours_is_known_by_its_name_alone():
    assert heard(link(9, "mv", info("macvlan", ("IFLA_MACVLAN_MODE", "bridge"))))[1].kind == "macvlan"


# What belongs to devices


class Answers:
    """A socket that gives the same answers to every dump, of which it notes the requests."""

    def __init__(self, *bodies):
        self.bodies, self.asked = bodies, []

    def dump(self, kind, body):
        self.asked.append((kind, body))
        return [(kind, one) for one in self.bodies if kind != answers.RTM_GETROUTE or one[0] == body[0]]


def reading(*links, reach=None):
    """A reading of a namespace with ``links`` ({index: name or Link})."""
    made = read._Reading(reach or Reach(), Observed())
    space = read._Space("web")
    for number, one in enumerate(links, 1):
        item = one if isinstance(one, Link) else Link("web", one, "", True, 1500, Mac(b"\2\0\0\0\0\1"))
        space.links[number] = (item, {"master": 0, "link": 0, "nsid": None, "dev": 0})
    return made, space


def address(text, index=1, flags=0x80, proto=None, **more):
    interface = ipaddress.ip_interface(text)
    attrs = [["IFA_ADDRESS", str(interface.ip)]]
    if interface.version == 4:
        attrs.append(["IFA_LOCAL", more.pop("local", str(interface.ip))])
    attrs += [list(one) for one in more.items()]
    fields = {"family": socket.AF_INET if interface.version == 4 else socket.AF_INET6, "prefixlen": interface.network.prefixlen}
    body = encode(ifaddrmsg, dict(fields, flags=flags & 0xFF, index=index), attrs)
    # IFA_PROTO, of which pyroute2 0.7.2 does not know.
    return body if proto is None else body + struct.pack("=HHB3x", 5, 11, proto)


def addresses(*bodies, links=("eth0", "lo"), indexes=None):
    made, space = reading(*links)
    made._addresses(Answers(*bodies), space, indexes)
    return list(made.state.values())


def test_addresses_with_and_without_broadcast():
    assert addresses(address("10.1.0.2/20", IFA_BROADCAST="10.1.15.255"), address("10.2.0.2/24"), address("fd00::2/64")) == [
        Address("web", "eth0", ipaddress.ip_interface("10.1.0.2/20"), ipaddress.ip_address("10.1.15.255")),
        Address("web", "eth0", ipaddress.ip_interface("10.2.0.2/24"), None),
        Address("web", "eth0", ipaddress.ip_interface("fd00::2/64"), None),
    ]


def test_of_a_point_to_point_address_the_own_end_counts():
    (found,) = addresses(address("10.9.0.1/32", local="10.9.0.2"))
    assert str(found.interface) == "10.9.0.2/32"


def test_addresses_that_are_the_kernels_or_for_a_while_are_left_out():
    link_local = "fe80::ff:fe00:1/64"  # of 02:00:00:00:00:01
    assert addresses(address("10.1.0.2/24", flags=0), address(link_local), address("127.0.0.1/8", index=2), address("::1/128", index=2)) == []
    assert len(addresses(address("fe80::2/64"), address("10.0.0.1/8", index=2))) == 2
    assert addresses(address("fe80::2/64", proto=3)) == []
    assert len(addresses(address(link_local, proto=0))) == 1


def test_flags_beyond_eight_bits_are_in_an_attribute():
    assert addresses(address("10.1.0.2/24", flags=0, IFA_FLAGS=0x280)) != []
    assert addresses(address("10.1.0.2/24", flags=0x80, IFA_FLAGS=0x200)) == []


def test_addresses_of_devices_that_nobody_asked_for_are_left_out():
    assert addresses(address("10.1.0.2/24", index=9)) == []
    assert addresses(address("10.1.0.2/24"), indexes={2}) == []


def route(dst, index=1, proto=4, table=254, kind=1, flags=0, **attrs):
    network = ipaddress.ip_network(dst)
    made = [["RTA_OIF", index]] + [list(one) for one in attrs.items()]
    if network.prefixlen:
        made.append(["RTA_DST", str(network.network_address)])
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    fields = {"family": family, "dst_len": network.prefixlen, "table": table, "proto": proto, "type": kind, "flags": flags}
    return encode(rtmsg, fields, made)


def routes(*bodies, links=("eth0",), indexes=None):
    made, space = reading(*links)
    socket_of = Answers(*bodies)
    made._routes(socket_of, space, indexes)
    return list(made.state.values()), socket_of.asked


def test_routes_of_both_families():
    found, _asked = routes(
        route("0.0.0.0/0", RTA_GATEWAY="10.1.0.1"),
        route("10.9.0.0/17", RTA_PRIORITY=7, RTA_PREFSRC="10.1.0.2", flags=4),
        route("::/0", RTA_GATEWAY="fe80::1", RTA_PRIORITY=1024),
        route("fd00:9::/48", RTA_PRIORITY=5),
    )
    net, ip = ipaddress.ip_network, ipaddress.ip_address
    assert found == [
        Route("web", "eth0", net("0.0.0.0/0"), 0, ip("10.1.0.1")),
        Route("web", "eth0", net("10.9.0.0/17"), 7, None, ip("10.1.0.2"), True),
        Route("web", "eth0", net("::/0"), 1024, ip("fe80::1")),
        Route("web", "eth0", net("fd00:9::/48"), 5),
    ]


@pytest.mark.parametrize(
    "other", [{"proto": 2}, {"proto": 9}, {"proto": 1}, {"table": 255}, {"kind": 2}, {"flags": 0x200}, {"index": 9}, {"RTA_TABLE": 1000}]
)
def test_routes_that_are_not_for_us_to_judge_are_left_out(other):
    assert routes(route("10.9.0.0/16", **other))[0] == []


def test_few_devices_are_asked_one_by_one_and_ports_not_at_all():
    made, space = reading("eth0", "v-web", "eth1")
    space.links[2][1]["master"] = 3
    socket_of = Answers()
    made._routes(socket_of, space, {1, 2})
    assert [(body[0], attributes(body, 12)) for _kind, body in socket_of.asked] == [
        (family, {4: struct.pack("=I", 1)}) for family in (socket.AF_INET, socket.AF_INET6)
    ]


def test_a_namespace_without_any_table_has_no_routes():
    class Empty:
        def __init__(self, number):
            self.number = number

        def dump(self, kind, body):
            raise NetlinkError(0, self.number)

    made, space = reading("eth0")
    made._routes(Empty(errno.ENOENT), space, None)
    assert made.state == {}
    with pytest.raises(NetlinkError):
        made._routes(Empty(errno.EPERM), space, None)


def entry(mac, dst=None, index=1, state=0x80, flags=2, **attrs):
    made = [["NDA_LLADDR", mac]] + [list(one) for one in attrs.items()] + ([["NDA_DST", dst]] if dst else [])
    return encode(ndmsg, {"family": socket.AF_INET6, "ifindex": index, "state": state, "flags": flags}, made)


def entries(*bodies, **options):
    vxlan = Link("web", "vx", "vxlan", options={"vni": 7, "dstport": 4789, **options})
    made, space = reading(vxlan, reach=Reach(fdb={("web", "vx")}))
    made._fdbs(Answers(*bodies), space)
    return list(made.state.values())


def test_entries_with_the_devices_own_port_and_vni_or_with_others():
    ip = ipaddress.ip_address
    # pyroute2 has no IPv6 in a neighbour of family bridge; NDA_DST is as long as its address.
    assert entries(
        encode(ndmsg, {"family": 2, "ifindex": 1, "state": 0x80}, [["NDA_LLADDR", "00:00:00:00:00:00"], ["NDA_DST", "192.0.2.2"]]),
        entry(MAC, "2001:db8::2", NDA_PORT=8472, NDA_VNI=8),
    ) == [
        Fdb("web", "vx", MAC_FLOOD, ip("192.0.2.2"), 4789, 7, 4789, 7),
        Fdb("web", "vx", Mac(b"\2\0\0\0\0\1"), ip("2001:db8::2"), 8472, 8, 4789, 7),
    ]


def test_entries_that_are_learned_or_the_devices_own_are_left_out():
    group = ipaddress.ip_address("ff02::7")
    assert entries(entry(MAC, "2001:db8::2", state=2), entry(MAC, "2001:db8::2", flags=0x12)) == []
    assert entries(entry(MAC), entry(MAC, "2001:db8::2", index=2)) == []
    assert entries(entry("00:00:00:00:00:00", "ff02::7"), group=group) == []
    assert len(entries(entry("00:00:00:00:00:00", "ff02::8"), group=group)) == 1


def test_entries_are_asked_for_only_where_somebody_wants_them():
    made, space = reading(Link("web", "vx", "vxlan"), Link("web", "br0", "bridge"))
    socket_of = Answers()
    made._fdbs(socket_of, space)
    assert socket_of.asked == []


# Names in the place of indexes


def test_masters_underlays_and_pairs_of_one_namespace_find_their_names():
    made, space = reading("br0", "v1", "v2", "vx")
    space.links[2] = (Link("web", "v1", "veth", options={}), {"master": 1, "link": 3, "nsid": None, "dev": 0})
    space.links[3] = (Link("web", "v2", "veth", options={}), {"master": 0, "link": 2, "nsid": None, "dev": 0})
    space.links[4] = (Link("web", "vx", "vxlan", options={"vni": 7}), {"master": 1, "link": 0, "nsid": None, "dev": 9})
    space.names = {9: "up0"}
    found = {link.name: link for link in pairs.resolved({"web": space})}
    assert found["v1"].master == "br0" and found["v1"].peer == ("web", "v2")
    assert found["v2"].peer == ("web", "v1")
    assert found["vx"].options == {"vni": 7, "dev": "up0"} and found["vx"].master == "br0"


def test_only_what_is_wanted_is_kept_of_a_dump_and_ports_are_counted():
    made, space = reading("br0", "v1", "eth0", "br1", "v2", "mv0", "vx0", "w")
    space.links[6][1]["link"], space.links[7][1]["dev"] = 1, 1
    # Another namespace's device with that number is none of ours.
    space.links[8][1].update(link=1, nsid=0)
    space.links[2][1]["master"] = 1
    space.links[5][1]["master"] = 4
    made.facts.update(ports={}, above={})
    made._keep(space, {"v2"}, {"br0"}, set())
    assert sorted(link.name for link, _raw in space.links.values()) == ["br0", "br1", "v1", "v2"]
    assert made.facts["ports"] == {("web", "br0"): 1}
    assert made.facts["above"] == {("web", "br0"): ["mv0", "vx0"]}
    assert space.names == {3: "eth0", 6: "mv0", 7: "vx0", 8: "w"}


def test_other_names_of_a_device_are_not_its_name():
    properties = ["IFLA_PROP_LIST", {"attrs": [["IFLA_ALT_IFNAME", "enp0s3"], ["IFLA_ALT_IFNAME", "lan"]]}]
    _index, found, raw = heard(link(7, "eth0", properties))
    assert found.name == "eth0" and raw["altnames"] == ["enp0s3", "lan"]
