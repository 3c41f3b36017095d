# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of single_host_bridge: what is refused, in which words, and what comes of good input."""

from __future__ import annotations

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._marks import (
    container_mac,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils import (
    _overlay,
    _single_host,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import Problem


def net(name="blue", gateway="10.10.1.1/24", *containers, **more):
    return {"name": name, "gateway": gateway, "containers": list(containers), **more}


def box(name="web", address="10.10.1.10", **more):
    return {"name": name, "address": address, **more}


REFUSED = {
    "not a list": (
        "blue",
        "single_host_bridge_networks: 'blue' is not a list.",
    ),
    "not a dictionary": (
        ["blue"],
        "single_host_bridge_networks, network 1: 'blue' is not a dictionary: write options as 'name: value' lines.",
    ),
    "no name": (
        [{"gateway": "10.10.1.1/24"}],
        "single_host_bridge_networks, network 1: name is missing: give it.",
    ),
    "unknown option": (
        [net(gatway="x")],
        "single_host_bridge_networks, network 1: unknown option 'gatway': known are name, state, bridge, gateway, mtu, masquerade, exclude, snat_to, isolate, isolate_containers, open_firewall, out_interface, stp, containers.",
    ),
    "published port 0": (
        [net(containers=[box(publish=[{"port": 0}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: port: 0 is no port: they go from 1 to 65535.",
    ),
    "published port 65536": (
        [net(containers=[box(publish=[{"port": "65536"}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: port: 65536 is no port: they go from 1 to 65535.",
    ),
    "published range backwards": (
        [net(containers=[box(publish=[{"port": "8010-8000"}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: port: the range 8010-8000 ends before it begins: write the lower port first.",
    ),
    "published ranges of two lengths": (
        [net(containers=[box(publish=[{"port": "8000-8010", "to_port": 80}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: to_port 80 is not as many ports as port 8000-8010: give a range as long.",
    ),
    "published without a port": (
        [net(containers=[box(publish=[{"to_port": 80}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: port is missing: give it.",
    ),
    "published of no protocol": (
        [net(containers=[box(publish=[{"port": 80, "protocol": "icmp"}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: protocol 'icmp' is none of tcp, udp, sctp.",
    ),
    "published at another family": (
        [net(containers=[box(publish=[{"port": 80, "host_address": "2001:db8::1"}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: host_address 2001:db8::1 is IPv6, and the container has no such address behind a gateway: give it one.",
    ),
    "published at a prefix": (
        [net(containers=[box(publish=[{"port": 80, "host_address": "192.0.2.1/24"}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: host_address 192.0.2.1/24 has a prefix length: leave it out.",
    ),
    "published at ::1": (
        [net(gateway=["10.10.1.1/24", "fd00::1/64"], containers=[box(address="fd00::2", publish=[{"port": 80, "host_address": "::1"}])])],
        "single_host_bridge_networks, network 'blue', container 'web', published port 1: host_address ::1 leads to no container, the kernel takes no answer to it from a bridge: use another address of the host.",
    ),
    "published by no gateway": (
        [net(gateway="10.10.1.1/24", containers=[box(default_route=False, publish=[{"port": 80}])])],
        "single_host_bridge_networks, network 'blue', container 'web': publish needs default_route, or answers do not come back: set it to true, or publish at host_address 127.0.0.1 alone.",
    ),
    "published twice": (
        [net(containers=[box(publish=[{"port": 80}]), box("db", "10.10.1.11", publish=[{"port": "79-81"}])])],
        "single_host_bridge_networks, network 'blue', container 'db': the host's tcp port 80 is published for single_host_bridge_networks, network 'blue', container 'web' already: take another port.",
    ),
    "published twice, once at an address": (
        [net(containers=[box(publish=[{"port": 80}])]), net("red", "10.10.2.1/24", box("db", "10.10.2.11", publish=[{"port": 80, "host_address": "192.0.2.1"}]))],
        "single_host_bridge_networks, network 'red', container 'db': the host's tcp port 80 is published for single_host_bridge_networks, network 'blue', container 'web' already: take another port.",
    ),
    "snat_to backwards": (
        [net(snat_to="192.0.2.9-192.0.2.7")],
        "single_host_bridge_networks, network 'blue': snat_to '192.0.2.9-192.0.2.7' is no address and no range of them: write it like 192.0.2.7 or 192.0.2.7-192.0.2.9.",
    ),
    "snat_to twice": (
        [net(snat_to=["192.0.2.7", "192.0.2.9"])],
        "single_host_bridge_networks, network 'blue': snat_to has two for IPv4: give one address, or one range.",
    ),
    "snat_to of another family": (
        [net(snat_to="2001:db8::7")],
        "single_host_bridge_networks, network 'blue': snat_to '2001:db8::7' is IPv6, and the network is not: leave it out.",
    ),
    "snat_to no address": (
        [net(snat_to="eth0")],
        "single_host_bridge_networks, network 'blue': snat_to 'eth0' is not an IP address.",
    ),
    "network name with a comma": (
        [net("blue,red")],
        "single_host_bridge_networks, network 1: network name 'blue,red' is not usable: use letters, digits, '_', '.' and '-', with a letter or digit first.",
    ),
    "network name with a colon": (
        [net("blue:red")],
        "single_host_bridge_networks, network 1: network name 'blue:red' is not usable: use letters, digits, '_', '.' and '-', with a letter or digit first.",
    ),
    "network name too long": (
        [net("n" * 64)],
        "single_host_bridge_networks, network 1: network name 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' has 64 characters: use at most 63.",
    ),
    "unknown state": (
        [net(state="gone")],
        "single_host_bridge_networks, network 'blue': state 'gone' is none of present, absent.",
    ),
    "network twice": (
        [net(), net(gateway="10.10.2.1/24")],
        "single_host_bridge_networks, network 'blue': the list has it twice: keep one.",
    ),
    "present and absent": (
        [net(), {"name": "blue", "state": "absent"}],
        "single_host_bridge_networks, network 'blue': the list has it twice: keep one.",
    ),
    "bridge of 16 characters": (
        [net(bridge="bridge-too-long1")],
        "single_host_bridge_networks, network 'blue': bridge 'bridge-too-long1' has 16 characters, but an interface name has at most 15: shorten it, or leave bridge out and get a short form.",
    ),
    "bridge with a slash": (
        [net(bridge="br/blue")],
        "single_host_bridge_networks, network 'blue': bridge 'br/blue' is not an interface name: use letters, digits and . _ - @ + = ~, with no dash first; it may not be 'all' or 'default', nor contain '/' or a blank.",
    ),
    "no gateway": (
        [{"name": "blue"}],
        "single_host_bridge_networks, network 'blue': gateway is missing: give it.",
    ),
    "empty list of gateways": (
        [net(gateway=[])],
        "single_host_bridge_networks, network 'blue': gateway is missing: give it.",
    ),
    "gateway without prefix": (
        [net(gateway="10.10.1.1")],
        "single_host_bridge_networks, network 'blue': gateway '10.10.1.1' has no prefix length, which makes the subnet: write it like 10.10.1.1/24.",
    ),
    "gateway no address": (
        [net(gateway="10.10.1/24")],
        "single_host_bridge_networks, network 'blue': gateway '10.10.1/24' is not an IP address.",
    ),
    "prefix too long": (
        [net(gateway="10.10.1.1/33")],
        "single_host_bridge_networks, network 'blue': gateway '10.10.1.1/33': '/33' is not a prefix length for IPv4.",
    ),
    "gateway is the network's address": (
        [net(gateway="10.10.1.0/24")],
        "single_host_bridge_networks, network 'blue': gateway 10.10.1.0 is the network address of 10.10.1.0/24: take another.",
    ),
    "gateway is the broadcast address": (
        [net(gateway="10.10.1.255/24")],
        "single_host_bridge_networks, network 'blue': gateway 10.10.1.255 is the broadcast address of 10.10.1.0/24: take another.",
    ),
    "gateway is the anycast address": (
        [net(gateway="fd00::/64")],
        "single_host_bridge_networks, network 'blue': gateway fd00:: is the subnet-router anycast address of fd00::/64: take another.",
    ),
    "gateway is multicast": (
        [net(gateway="224.0.0.1/24")],
        "single_host_bridge_networks, network 'blue': gateway 224.0.0.1 cannot be an interface's address: take a unicast one.",
    ),
    "two gateways of a family": (
        [net(gateway=["10.10.1.1/24", "10.10.2.1/24"])],
        "single_host_bridge_networks, network 'blue': gateway names more than one of IPv4: one of each family is the most.",
    ),
    "overlapping networks": (
        [net(), net("green", "10.10.0.1/16")],
        "single_host_bridge_networks, network 'blue': 10.10.1.0/24 overlaps 10.10.0.0/16 of single_host_bridge_networks, network 'green': give each network a subnet of its own.",
    ),
    "overlapping IPv6": (
        [net("blue", "fd00::1/48"), net("green", "fd00:0:0:1::1/64")],
        "single_host_bridge_networks, network 'green': fd00:0:0:1::/64 overlaps fd00::/48 of single_host_bridge_networks, network 'blue': give each network a subnet of its own.",
    ),
    "mtu too small for IPv6": (
        [net(gateway="fd00::1/64", mtu=1279)],
        "single_host_bridge_networks, network 'blue': mtu 1279 is too small for fd00::/64: IPv6 needs 1280 or more.",
    ),
    "mtu out of range": (
        [net(mtu=65536)],
        "single_host_bridge_networks, network 'blue': mtu 65536 is out of range: it must be between 68 and 65535.",
    ),
    "mtu is no number": (
        [net(mtu="big")],
        "single_host_bridge_networks, network 'blue': mtu 'big' is not a whole number.",
    ),
    "masquerade is no truth value": (
        [net(masquerade="maybe")],
        "single_host_bridge_networks, network 'blue': masquerade 'maybe' is neither true nor false.",
    ),
    "exclude with host bits": (
        [net(exclude=["10.0.0.1/8"])],
        "single_host_bridge_networks, network 'blue': exclude '10.0.0.1/8' has bits set beyond its prefix: write 10.0.0.0/8.",
    ),
    "exclude without prefix": (
        [net(exclude=["10.0.0.1"])],
        "single_host_bridge_networks, network 'blue': exclude '10.0.0.1' has no prefix length: write 10.0.0.1/32 for it alone, or its subnet.",
    ),
    "container without name": (
        [net("blue", "10.10.1.1/24", {"address": "10.10.1.10"})],
        "single_host_bridge_networks, network 'blue', container 1: name is missing: give it.",
    ),
    "container name with a slash": (
        [net("blue", "10.10.1.1/24", box("../web"))],
        "single_host_bridge_networks, network 'blue', container 1: container name '../web' is not usable: use letters, digits, '_', '.' and '-', with a letter or digit first.",
    ),
    "container without address": (
        [net("blue", "10.10.1.1/24", {"name": "web"})],
        "single_host_bridge_networks, network 'blue', container 'web': address is missing: give it one of 10.10.1.0/24.",
    ),
    "address outside": (
        [net("blue", "10.10.1.1/24", box(address="10.11.1.10"))],
        "single_host_bridge_networks, network 'blue', container 'web': address 10.11.1.10 is outside 10.10.1.0/24: give it an address of the network's subnet.",
    ),
    "address of no family": (
        [net("blue", "10.10.1.1/24", box(address="fd00::10"))],
        "single_host_bridge_networks, network 'blue', container 'web': address fd00::10 is outside 10.10.1.0/24: give it an address of the network's subnet.",
    ),
    "address is a number": (
        [net("blue", "10.10.1.1/24", box(address=[10]))],
        "single_host_bridge_networks, network 'blue', container 'web': address 10 is not an IP address: write it in quotes.",
    ),
    "address is the gateway": (
        [net("blue", "10.10.1.1/24", box(address="10.10.1.1"))],
        "single_host_bridge_networks, network 'blue', container 'web': address 10.10.1.1 is the network's gateway: take another.",
    ),
    "address is the network's": (
        [net("blue", "10.10.1.1/24", box(address="10.10.1.0"))],
        "single_host_bridge_networks, network 'blue', container 'web': address 10.10.1.0 is the network address of 10.10.1.0/24: take another.",
    ),
    "address is the broadcast": (
        [net("blue", "10.10.1.1/24", box(address="10.10.1.255"))],
        "single_host_bridge_networks, network 'blue', container 'web': address 10.10.1.255 is the broadcast address of 10.10.1.0/24: take another.",
    ),
    "address with a wider prefix": (
        [net("blue", "10.10.1.1/24", box(address="10.10.1.10/16"))],
        "single_host_bridge_networks, network 'blue', container 'web': address 10.10.1.10/16 has a wider prefix than its subnet 10.10.1.0/24: leave the prefix out.",
    ),
    "address twice": (
        [net("blue", "10.10.1.1/24", box(), box("db"))],
        "single_host_bridge_networks, network 'blue', container 'db': address 10.10.1.10 is also that of single_host_bridge_networks, network 'blue', container 'web': give each its own.",
    ),
    "address twice, spelt otherwise": (
        [net("blue", "fd00::1/64", box(address="fd00::a"), box("db", "FD00:0::A"))],
        "single_host_bridge_networks, network 'blue', container 'db': address fd00::a is also that of single_host_bridge_networks, network 'blue', container 'web': give each its own.",
    ),
    "name twice": (
        [net("blue", "10.10.1.1/24", box(), box("web", "10.10.1.11"))],
        "single_host_bridge_networks, network 'blue', container 'web': the list has it twice: keep one.",
    ),
    "MAC twice": (
        [net("blue", "10.10.1.1/24", box(mac="02:00:00:00:00:0A"), box("db", "10.10.1.11", mac="02-00-00-00-00-0a"))],
        "single_host_bridge_networks, network 'blue', container 'db': MAC address 02:00:00:00:00:0a is also that of single_host_bridge_networks, network 'blue', container 'web': give each its own.",
    ),
    "MAC is none": (
        [net("blue", "10.10.1.1/24", box(mac="02:00:00"))],
        "single_host_bridge_networks, network 'blue', container 'web': mac '02:00:00' is not a MAC address: write it like 02:00:0a:0a:01:02, in quotes.",
    ),
    "MAC is a group's": (
        [net("blue", "10.10.1.1/24", box(mac="01:00:5e:00:00:01"))],
        "single_host_bridge_networks, network 'blue', container 'web': mac '01:00:5e:00:00:01' cannot belong to one interface: the first octet must be even, and not all be zero.",
    ),
    "interface too long": (
        [net("blue", "10.10.1.1/24", box(interface="ethernet-number0"))],
        "single_host_bridge_networks, network 'blue', container 'web': interface 'ethernet-number0' has 16 characters, but an interface name has at most 15: shorten it, or leave interface out and get a short form.",
    ),
    "interface lo": (
        [net("blue", "10.10.1.1/24", box(interface="lo"))],
        "single_host_bridge_networks, network 'blue', container 'web': interface 'lo' is every namespace's own: take another name.",
    ),
    "interface with a space": (
        [net("blue", "10.10.1.1/24", box(interface="eth 0"))],
        "single_host_bridge_networks, network 'blue', container 'web': interface 'eth 0' is not an interface name: use letters, digits and . _ - @ + = ~, with no dash first; it may not be 'all' or 'default', nor contain '/' or a blank.",
    ),
    "gateway out of reach": (
        [net("blue", "10.10.1.1/24", box(address="10.10.1.130/25"))],
        "single_host_bridge_networks, network 'blue', container 'web': gateway 10.10.1.1 cannot be reached from 10.10.1.130/25: widen the container's prefix, or set default_route to false.",
    ),
    "via out of reach": (
        [net("blue", "10.10.1.1/24", box(routes=[{"dst": "192.0.2.0/24", "via": "10.99.0.1"}]))],
        "single_host_bridge_networks, network 'blue', container 'web', route 1: via 10.99.0.1 cannot be reached from the container's subnet 10.10.1.0/24: take an address in it, or set onlink to true.",
    ),
    "via of another family": (
        [net("blue", "10.10.1.1/24", box(routes=[{"dst": "2001:db8::/32", "via": "10.10.1.2"}]))],
        "single_host_bridge_networks, network 'blue', container 'web', route 1: via '10.10.1.2' is not an IPv6 address without prefix, as dst 2001:db8::/32 needs.",
    ),
    "route without destination": (
        [net("blue", "10.10.1.1/24", box(routes=[{"via": "10.10.1.2"}]))],
        "single_host_bridge_networks, network 'blue', container 'web', route 1: dst is missing: give it.",
    ),
    "container mtu above the network's": (
        [net("blue", "10.10.1.1/24", box(mtu=1501))],
        "single_host_bridge_networks, network 'blue', container 'web': mtu 1501 is more than the network's 1500: longer packets would be lost, so make it 1500 or less.",
    ),
    "same interface in two networks": (
        [net("blue", "10.10.1.1/24", box()), net("green", "10.10.2.1/24", box(address="10.10.2.10"))],
        "single_host_bridge_networks, network 'green', container 'web': namespace 'web' has its interface 'eth0' already from single_host_bridge_networks, network 'blue', container 'web': set interface to another name.",
    ),
    "two default routes": (
        [net("blue", "10.10.1.1/24", box()), net("green", "10.10.2.1/24", box(address="10.10.2.10", interface="eth1"))],
        "single_host_bridge_networks, network 'green', container 'web': namespace 'web' has an IPv4 default route already from single_host_bridge_networks, network 'blue', container 'web': set default_route to false in one of them.",
    ),
    "default route by hand beside the gateway": (
        [net("blue", "10.10.1.1/24", box(routes=[{"dst": "default", "via": "10.10.1.2"}]))],
        "single_host_bridge_networks, network 'blue', container 'web': routes has an IPv4 default route, and the network's gateway is one already: set default_route to false, or give the route a metric.",
    ),
    "sysctls disagree": (
        [
            net("blue", "10.10.1.1/24", box(sysctls={"net.ipv4.ip_forward": 1})),
            net("green", "10.10.2.1/24", box(address="10.10.2.10", interface="eth1", default_route=False, sysctls={"net.ipv4.ip_forward": 0})),
        ],
        "single_host_bridge_networks, network 'green', container 'web': sysctl net.ipv4.ip_forward is 0 here and 1 in single_host_bridge_networks, network 'blue', container 'web', for the same namespace 'web': make them equal.",
    ),
    "derived names collide": (
        [net("a-b", "10.10.1.1/24", box("c")), net("a", "10.10.2.1/24", box("b-c", "10.10.2.10"))],
        "single_host_bridge_networks, network 'a', container 'b-c' (host_interface): interface 'v-a-b-c' is also that of single_host_bridge_networks, network 'a-b', container 'c' (host_interface): name one of them otherwise.",
    ),
    "bridges collide": (
        [net(), net("green", "10.10.2.1/24", bridge="br-blue")],
        "single_host_bridge_networks, network 'green' (bridge): interface 'br-blue' is also that of single_host_bridge_networks, network 'blue' (bridge): name one of them otherwise.",
    ),
    "gateway is a number": (
        [net(gateway=10)],
        "single_host_bridge_networks, network 'blue': gateway 10 is neither text nor a list.",
    ),
    "sysctls are a list": (
        [net("blue", "10.10.1.1/24", box(sysctls=["net.ipv4.ip_forward"]))],
        "single_host_bridge_networks, network 'blue', container 'web': sysctls ['net.ipv4.ip_forward'] is not a dictionary.",
    ),
    "1,024th port": (
        [net("blue", "10.10.0.1/20", *(box(f"c{n}", f"10.10.{1 + n // 250}.{1 + n % 250}") for n in range(1024)))],
        "single_host_bridge_networks, network 'blue': bridge 'br-blue' would have 1024 ports, and the kernel allows 1023: spread the containers over several networks.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_sentence(case):
    networks, sentence = REFUSED[case]
    with pytest.raises(Problem) as caught:
        _single_host.plan(networks)
    assert str(caught.value) == sentence


def test_plan_of_a_dual_stack_network():
    plan = _single_host.plan([net("blue", ["10.10.1.1/24", "fd00:10::1/64"], box(address=["10.10.1.10", "FD00:10:0::10"]))])
    assert plan == {
        "problem": "",
        "namespaces": [{"name": "web", "network": ["blue"], "sysctls": {}}],
        "bridges": [
            {
                "name": "br-blue",
                "network": "blue",
                "mac": container_mac("blue", "10.10.1.1"),
                "mtu": 1500,
                "addresses": ["10.10.1.1/24", "fd00:10::1/64"],
            }
        ],
        "vxlans": [],
        "veths": [
            {
                "name": "v-blue-web",
                "network": "blue",
                "bridge": "br-blue",
                "hairpin": False,
                "isolated": False,
                "mtu": 1500,
                "peer": {
                    "netns": "web",
                    "name": "eth0",
                    "mac": container_mac("blue", "10.10.1.10"),
                    "mtu": 1500,
                    "addresses": ["10.10.1.10/24", "fd00:10::10/64"],
                    "gateway": ["10.10.1.1", "fd00:10::1"],
                    "routes": [],
                },
            }
        ],
        "masquerades": [{"name": "blue", "sources": ["10.10.1.0/24", "fd00:10::/64"], "exclude": [], "isolate": True, "open_firewall": True, "bridge": "br-blue"}],
        "publications": [],
    }


def test_every_option_reaches_its_module():
    container = box(
        address="10.10.1.10/25",
        mac="02-00-00-00-00-0A",
        interface="lan0",
        netns="shop",
        host_interface="shop0",
        mtu="1400",
        default_route="no",
        routes=[{"dst": "default", "via": "10.10.1.2", "metric": 5}, {"dst": "192.0.2.1", "via": "10.99.0.1", "src": "10.10.1.10", "onlink": True}],
        sysctls={"net.ipv4.ip_forward": True},
    )
    network = net(bridge="blue0", mtu=9000, masquerade="yes", exclude="10.0.0.0/8", isolate=False, out_interface="eth0", stp=True)
    plan = _single_host.plan([{**network, "containers": [container]}])
    assert plan["namespaces"] == [{"name": "shop", "network": ["blue"], "sysctls": {"net.ipv4.ip_forward": "1"}}]
    assert (plan["bridges"][0]["name"], plan["bridges"][0]["mtu"], plan["bridges"][0]["stp"]) == ("blue0", 9000, True)
    assert plan["masquerades"] == [{"name": "blue", "sources": ["10.10.1.0/24"], "exclude": ["10.0.0.0/8"], "isolate": False, "open_firewall": True, "out_interface": "eth0", "bridge": "blue0"}]
    (veth,) = plan["veths"]
    assert (veth["name"], veth["bridge"], veth["mtu"]) == ("shop0", "blue0", 1400)
    assert veth["peer"] == {
        "netns": "shop",
        "name": "lan0",
        "mac": "02:00:00:00:00:0a",
        "mtu": 1400,
        "addresses": ["10.10.1.10/25"],
        "gateway": [],
        "routes": [
            {"dst": "0.0.0.0/0", "via": "10.10.1.2", "metric": 5},
            {"dst": "192.0.2.1/32", "via": "10.99.0.1", "src": "10.10.1.10", "onlink": True},
        ],
    }


def test_published_ports_are_of_every_family_that_has_a_gateway():
    ports = [{"port": 8080, "to_port": "80"}, {"port": "53", "protocol": "udp", "host_address": "192.0.2.11"}]
    both = box(address=["10.10.1.10", "10.10.1.11", "fd00:10::10"], publish=ports)
    plan = _single_host.plan([net(gateway=["10.10.1.1/24", "fd00:10::1/64"], containers=[both]), net("red", "10.10.2.1/24", box("db", "10.10.2.10"))])
    assert plan["publications"] == [
        {
            "name": "blue",
            "bridge": "br-blue",
            "subnets": ["10.10.1.0/24", "fd00:10::/64"],
            "ports": [
                {"port": "8080", "protocol": "tcp", "to_port": "80", "address": "10.10.1.10"},
                {"port": "8080", "protocol": "tcp", "to_port": "80", "address": "fd00:10::10"},
                {"port": "53", "protocol": "udp", "host_address": "192.0.2.11", "address": "10.10.1.10"},
            ],
        }
    ]
    assert [veth["hairpin"] for veth in plan["veths"]] == [True, False]


def test_a_port_may_be_published_twice_at_two_addresses():
    ports = [[{"port": "80", "host_address": f"192.0.2.{number}"}] for number in (11, 12)]
    plan = _single_host.plan([net("blue", "10.10.1.1/24", *(box(f"c{n}", f"10.10.1.1{n}", publish=one) for n, one in enumerate(ports)))])
    assert len(plan["publications"][0]["ports"]) == 2
    # Nor are TCP and UDP one port, or a port of IPv4 and of IPv6.
    plan = _single_host.plan([net("blue", "10.10.1.1/24", box(publish=[{"port": 80}, {"port": 80, "protocol": "udp"}]))])
    assert len(plan["publications"][0]["ports"]) == 2


def test_a_container_without_the_default_route_is_published_to_the_host_alone():
    plan = _single_host.plan([net("blue", "10.10.1.1/24", box(default_route=False, publish=[{"port": 80, "host_address": "127.0.0.1"}]))])
    assert plan["publications"][0]["ports"][0]["host_address"] == "127.0.0.1"


def test_containers_kept_apart_and_an_address_to_leave_with():
    network = net(gateway=["10.10.1.1/24", "fd00:10::1/64"], isolate_containers=True, snat_to=["192.0.2.7-192.0.2.9", "2001:DB8::7"], containers=[])
    plan = _single_host.plan([{**network, "containers": [box()]}])
    assert plan["masquerades"][0]["isolate_containers"] and plan["veths"][0]["isolated"]
    assert plan["masquerades"][0]["snat_to"] == ["192.0.2.7-192.0.2.9", "2001:db8::7"]


def test_container_in_two_networks_is_one_namespace_with_both_marks():
    plan = _single_host.plan(
        [
            net("blue", "10.10.1.1/24", box(sysctls={"net.ipv4.a": 1})),
            net("green", "10.10.2.1/24", box(address="10.10.2.10", interface="eth1", default_route=False, sysctls={"net.ipv4.b": 2})),
        ]
    )
    assert plan["namespaces"] == [{"name": "web", "network": ["blue", "green"], "sysctls": {"net.ipv4.a": "1", "net.ipv4.b": "2"}}]
    assert [veth["peer"]["gateway"] for veth in plan["veths"]] == [["10.10.1.1"], []]


def test_long_names_get_short_forms_that_stay_and_differ():
    names = ["development-databases", "development-webservers"]
    plan = _single_host.plan([net("blue", "10.10.1.1/24", *(box(name, f"10.10.1.{number}") for number, name in enumerate(names, 10)))])
    interfaces = [veth["name"] for veth in plan["veths"]]
    assert interfaces == ["v-blue--c1fa719", "v-blue--31c9671"]


@pytest.mark.parametrize("networks, state", [([{"name": "blue", "state": "absent"}], "present"), ([net("not/checked")], "absent"), ([], "present")])
def test_nothing_is_planned_for_what_is_absent(networks, state):
    plan = _single_host.plan(networks, state)
    assert not any(plan.values())


def test_masquerade_may_be_left_out():
    assert _single_host.plan([net(masquerade=False)])["masquerades"] == []


def test_pairs_may_use_both_addresses_of_a_31_and_a_127():
    plan = _single_host.plan([net("blue", ["10.10.1.0/31", "fd00::/127"], box(address=["10.10.1.1", "fd00::1"]))])
    assert plan["veths"][0]["peer"]["gateway"] == ["10.10.1.0", "fd00::"]


def test_what_just_fits_is_planned():
    name = "n" * 63
    container = box(interface="i" * 15, address="10.10.1.10/24", mtu=1280)
    plan = _single_host.plan([net(name, ["10.10.1.1/24", "fd00::1/64"], container, bridge="b" * 15, mtu=1280)])
    assert (plan["bridges"][0]["name"], plan["bridges"][0]["mtu"], plan["veths"][0]["mtu"]) == ("b" * 15, 1280, 1280)


def test_the_1023rd_port_is_planned():
    plan = _single_host.plan([net("blue", "10.10.0.1/20", *(box(f"c{n}", f"10.10.{1 + n // 250}.{1 + n % 250}") for n in range(1023)))])
    assert len(plan["veths"]) == 1023


OVERLAY = [{"name": "red", "vni": 1, "subnet": "10.42.0.0/16"}]


def red(**container):
    return _overlay.beside(OVERLAY, "node1", {"endpoints": {"red": {"gateway": "10.42.0.1", "containers": [box(**container)] if container else []}}})


def test_overlay_on_the_same_host_may_not_overlap():
    with pytest.raises(Problem) as caught:
        _single_host.plan([net(gateway="10.42.1.1/24")], others=red())
    assert str(caught.value) == (
        "single_host_bridge_networks, network 'blue': 10.42.1.0/24 overlaps 10.42.0.0/16 of vxlan_overlay_endpoints of host 'node1', overlay 'red': "
        "give each network a subnet of its own."
    )


def test_overlay_on_the_same_host_may_not_have_the_same_name():
    with pytest.raises(Problem) as caught:
        _single_host.plan([net("red")], others=red())
    assert str(caught.value) == (
        "vxlan_overlay_endpoints of host 'node1', overlay 'red': name 'red' is also that of single_host_bridge_networks, network 'red': "
        "name one of them otherwise."
    )


def test_namespace_shared_with_an_overlay_carries_both_marks():
    others = red(address="10.42.1.1", interface="eth1", default_route=False, sysctls={"net.ipv4.a": 1})
    plan = _single_host.plan([net("blue", "10.10.1.1/24", box())], others=others)
    assert plan["namespaces"] == [{"name": "web", "network": ["blue", "red"], "sysctls": {"net.ipv4.a": "1"}}]
    assert len(plan["veths"]) == 1


@pytest.mark.parametrize(
    "given, adopted",
    [
        ({"pid": "4711", "wait": 0}, {"pid": 4711}),
        ({"path": "/proc/4711/ns/net", "wait": "30"}, {"path": "/proc/4711/ns/net", "wait": 30}),
        ({"container": "shop", "engine": "auto"}, {"container": "shop"}),
        ({"container": "shop", "engine": "podman", "interface": "lan0", "default_route": False}, {"container": "shop", "engine": "podman"}),
    ],
)
def test_a_container_that_is_there_already_is_adopted(given, adopted):
    plan = _single_host.plan([net("blue", "10.10.1.1/24", box(**given))])
    assert plan["namespaces"] == [{"name": "web", "network": ["blue"], "sysctls": {}, **adopted}]
    assert plan["veths"][0]["peer"]["netns"] == "web"


def test_an_adopted_container_in_several_networks_is_said_once_or_alike():
    green = box(interface="eth1", address="10.20.1.2", default_route=False)
    plan = _single_host.plan([net("blue", "10.10.1.1/24", box(container="shop")), net("green", "10.20.1.1/24", green)])
    assert plan["namespaces"] == [{"name": "web", "network": ["blue", "green"], "sysctls": {}, "container": "shop"}]
    others = red(address="10.42.1.1", interface="eth1", default_route=False, path="/run/x")
    assert _single_host.plan([net("blue", "10.10.1.1/24", box())], others=others)["namespaces"][0]["path"] == "/run/x"
    with pytest.raises(Problem) as caught:
        _single_host.plan([net("blue", "10.10.1.1/24", box(container="shop")), net("green", "10.20.1.1/24", dict(green, pid=7))])
    assert str(caught.value) == (
        "single_host_bridge_networks, network 'green', container 'web': namespace 'web' is taken from elsewhere than in single_host_bridge_networks, "
        "network 'blue', container 'web': make pid, path, container, engine and wait equal, or leave them out in one of them."
    )


@pytest.mark.parametrize(
    "given, said",
    [
        ({"pid": 1, "path": "/x"}, "pid and path exclude each other: a container has one namespace."),
        ({"path": "/x", "container": "x"}, "path and container exclude each other: a container has one namespace."),
        ({"engine": "docker"}, "engine says whom to ask for a container, but container is missing."),
        ({"engine": "podman", "pid": 7}, "engine says whom to ask for a container, but container is missing."),
        ({"wait": 5}, "wait says for how long, but not what for: give pid, path or container."),
        ({"container": 4711}, "container 4711 is no text: put it into quotes."),
        ({"path": "x"}, "path 'x' is not the path of a file: write it from the root on, like /proc/4711/ns/net."),
    ],
)
def test_what_says_nothing_of_whose_a_namespace_is(given, said):
    with pytest.raises(Problem) as caught:
        _single_host.plan([net("blue", "10.10.1.1/24", box(**given))])
    assert str(caught.value) == "single_host_bridge_networks, network 'blue', container 'web': " + said
