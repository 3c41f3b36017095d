# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs: both ends as asked for, traffic through them, drift mended, and other people's interfaces left alone."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._marks import container_mac
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, calls, endpoint


@pytest.fixture
def red(host):
    """The node with a bridge and two containers on it."""
    host.make(*calls())
    return host


# What is made


def test_two_containers_reach_each_other_and_their_host(host):
    host.changes("netns", name=["c1", "c2"])
    host.changes("bridge", **bridge())
    result = host.changes("veth", veths=[endpoint(1), endpoint(2)])
    assert host.reaches("c1", "10.1.0.3") and host.reaches("c2", "10.1.0.1") and host.reaches(None, "10.1.0.2")
    assert host.addresses("eth0", "c1") == ["10.1.0.2/24"]
    (shown, _other) = result["veths"]
    assert (shown["name"], shown["bridge"], shown["networks"]) == ("v-1", "br-red", ["red"])
    assert shown["peer"]["addresses"] == ["10.1.0.2/24"] and shown["peer"]["netns"] == "c1"
    assert shown["peer"]["routes"][0]["dst"] == "0.0.0.0/0" and shown["peer"]["routes"][0]["via"] == "10.1.0.1"


def test_the_marks_are_on_the_near_end_alone(red):
    near, far = red.link("v-1"), red.link("eth0", "c1")
    assert near["group"] == "5000771" and near["ifalias"] == "linuxnet.container:red"
    assert far["group"] == "default" and "ifalias" not in far


def test_a_mac_that_nobody_gave_follows_from_network_and_address(red):
    assert red.link("eth0", "c1")["address"] == container_mac("red", "10.1.0.2")
    mac = red.link("v-1")["address"]
    red.done("veth", name="v-1", state="absent")
    red.done("veth", **endpoint(1))
    assert red.link("v-1")["address"] == mac
    assert red.link("eth0", "c1")["address"] == container_mac("red", "10.1.0.2")


def test_everything_that_can_be_said_of_both_ends(host):
    host.done("netns", name=["a", "b"])
    host.changes(
        "veth",
        name="near",
        netns="a",
        mac="02:00:00:00:00:0a",
        mtu=1400,
        addresses=["10.2.0.1/30", "fd00:2::1/64"],
        network="blue",
        peer={
            "name": "far",
            "netns": "b",
            "mac": "02-00-00-00-00-0B",
            "mtu": 1380,
            "addresses": ["10.2.0.2/30", "10.2.0.6/30", "192.0.2.1/32", "fd00:2::2/64"],
            "gateway": ["10.2.0.1", "fd00:2::1"],
            "routes": [
                {"dst": "198.51.100.0/24", "via": "10.2.0.1", "metric": 50, "src": "192.0.2.1"},
                {"dst": "203.0.113.0/25"},
                {"dst": "203.0.113.128/25", "via": "203.0.113.1"},
                {"dst": "100.64.0.0/10", "via": "172.16.0.1", "onlink": True},
                {"dst": "2001:db8:1::/48", "via": "fd00:2::1", "metric": 7},
            ],
        },
    )
    near, far = host.link("near", "a"), host.link("far", "b")
    assert (near["address"], near["mtu"]) == ("02:00:00:00:00:0a", 1400)
    assert (far["address"], far["mtu"]) == ("02:00:00:00:00:0b", 1380)
    assert host.addresses("near", "a") == ["10.2.0.1/30", "fd00:2::1/64"]
    assert host.addresses("far", "b") == ["10.2.0.2/30", "10.2.0.6/30", "192.0.2.1/32", "fd00:2::2/64"]
    routes = host.run(["ip", "route"], "b")
    for line in (
        "default via 10.2.0.1 dev far proto static",
        "198.51.100.0/24 via 10.2.0.1 dev far proto static src 192.0.2.1 metric 50",
        "203.0.113.0/25 dev far proto static scope link",
        "203.0.113.128/25 via 203.0.113.1 dev far proto static",
        "100.64.0.0/10 via 172.16.0.1 dev far proto static onlink",
    ):
        assert line in routes
    routes = host.run(["ip", "-6", "route"], "b")
    assert "default via fd00:2::1 dev far proto static metric 1024" in routes
    assert "2001:db8:1::/48 via fd00:2::1 dev far proto static metric 7" in routes
    assert host.reaches("b", "10.2.0.1") and host.reaches("b", "fd00:2::1")


def test_the_far_end_may_be_on_the_host_and_the_near_one_inside(host):
    host.done("netns", name=["a"])
    host.changes("veth", name="near", netns="a", addresses=["10.3.0.1/24"], peer={"name": "far", "addresses": ["10.3.0.2/24"]})
    assert host.link("far") and host.link("near", "a") and not host.link("far", "a")
    assert host.reaches(None, "10.3.0.1")
    host.changes("veth", name="near", netns="a", state="absent")
    assert not host.link("far")


def test_both_ends_may_be_on_the_host(host):
    host.changes("veth", name="x", peer={"name": "y"}, network="red")
    host.changes("veth", veths=[], purge_networks=["red"])
    assert not host.link("x") and not host.link("y")


def test_ipv6_addresses_serve_at_once(host):
    host.done("netns", name=["c1"])
    host.done("bridge", name="br-red", addresses=["fd00:1::1/64"])
    host.done("veth", **endpoint(1, peer={"addresses": ["fd00:1::2/64"], "gateway": ["fd00:1::1"]}))
    for netns in (None, "c1"):
        assert "tentative" not in host.run(["ip", "-6", "address", "show", "scope", "global"], netns)
    assert host.reaches("c1", "fd00:1::1")


def test_duplicate_address_detection_is_done_when_asked_for(host):
    host.done("netns", name=["c1"])
    host.done("veth", name="v", dad=True, peer={"name": "eth0", "netns": "c1", "addresses": ["fd00:1::2/64"]})
    assert "nodad" not in host.run(["ip", "-6", "address"], "c1")
    host.done("netns", name=["c2"])
    host.done("veth", name="v2", peer={"name": "eth0", "netns": "c2", "addresses": ["fd00:1::3/64"]})
    assert "nodad" in host.run(["ip", "-6", "address"], "c2")


def test_link_local_addresses_are_there_with_ipv6_and_only_then(host):
    host.done("netns", name=["four", "six", "told"])
    pairs = [
        {"name": "v4", "peer": {"name": "eth0", "netns": "four", "addresses": ["10.1.0.2/24"]}},
        {"name": "v6", "peer": {"name": "eth0", "netns": "six", "addresses": ["fd00::2/64"]}},
        {"name": "vt", "peer": {"name": "eth0", "netns": "told", "addresses": ["10.1.0.3/24"], "link_local": True}},
    ]
    host.changes("veth", veths=pairs)
    for netns, mode in (("four", "none"), ("six", "eui64"), ("told", "eui64")):
        assert host.link("eth0", netns)["inet6_addr_gen_mode"] == mode
    time.sleep(0.1)  # the kernel makes them when the carrier comes
    found = {netns: "fe80" in host.run(["ip", "-6", "address", "show", "dev", "eth0"], netns) for netns in ("four", "six", "told")}
    assert found == {"four": False, "six": True, "told": True}


def test_ports_are_isolated_and_hairpin_as_asked(red):
    isolated = [endpoint(1, isolated=True), endpoint(2, isolated=True)]
    red.changes("veth", veths=isolated)
    assert red.link("v-1")["linkinfo"]["info_slave_data"]["isolated"] is True
    assert not red.reaches("c1", "10.1.0.3") and red.reaches("c1", "10.1.0.1")
    red.changes("veth", veths=[endpoint(1, isolated=False, hairpin=True)])
    port = red.link("v-1")["linkinfo"]["info_slave_data"]
    assert port["isolated"] is False and port["hairpin"] is True
    assert red.reaches("c1", "10.1.0.3")


# What is changed


def test_a_changed_address_takes_the_place_of_the_old_one_and_disturbs_nobody(red):
    red.lab.serve("node")
    loss = red.start([sys.executable, "-c", _STEADY], "c2", stdout=subprocess.PIPE, text=True)
    assert loss.stdout.readline() == "ready\n"
    red.changes("veth", veths=[endpoint(1, peer={"addresses": ["10.1.0.20/24"]}), endpoint(2)])
    assert red.addresses("eth0", "c1") == ["10.1.0.20/24"]
    assert "default via 10.1.0.1" in red.run(["ip", "route"], "c1")
    assert red.reaches("c2", "10.1.0.20") and not red.reaches("c2", "10.1.0.2")
    answers, asked = map(int, loss.communicate(timeout=10)[0].split())
    assert answers == asked > 10


#: Asks the whoami server at the bridge's address over and over; prints how often it was answered, and asked.
_STEADY = """
import socket, time
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(0.3)
asker.connect(("10.1.0.1", 7007))
print("ready", flush=True)
answers = asked = 0
end = time.monotonic() + 1
while time.monotonic() < end:
    asked += 1
    asker.send(b"q")
    try:
        answers += bool(asker.recv(99))
    except OSError:
        continue
    time.sleep(0.01)
print(answers, asked)
"""


def test_a_second_address_of_the_same_subnet_outlives_the_first(red):
    red.done("veth", **endpoint(1, peer={"addresses": ["10.1.0.2/24", "10.1.0.20/24"], "routes": [{"dst": "10.8.0.0/16", "via": "10.1.0.1"}]}))
    routes = red.run(["ip", "route", "show", "proto", "static"], "c1")
    # The kernel takes secondaries and routes along when the primary goes.
    red.changes("veth", **endpoint(1, peer={"addresses": ["10.1.0.20/24"], "routes": [{"dst": "10.8.0.0/16", "via": "10.1.0.1"}]}))
    assert red.addresses("eth0", "c1") == ["10.1.0.20/24"]
    assert red.run(["ip", "route", "show", "proto", "static"], "c1") == routes
    assert red.reaches("c1", "10.1.0.1")


def test_another_subnet_altogether(red):
    red.done("bridge", **bridge(addresses=["10.1.0.1/24", "10.7.0.1/16"]))
    red.changes("veth", **endpoint(1, peer={"addresses": ["10.7.0.2/16"], "gateway": ["10.7.0.1"]}))
    assert red.addresses("eth0", "c1") == ["10.7.0.2/16"]
    assert red.run(["ip", "route", "show", "default"], "c1").split()[2] == "10.7.0.1"
    assert red.reaches("c1", "10.7.0.1")


def test_another_prefix_length_of_the_same_address(red):
    red.changes("veth", **endpoint(1, peer={"addresses": ["10.1.0.2/16"]}))
    assert red.addresses("eth0", "c1") == ["10.1.0.2/16"]
    assert "broadcast" in str(red.json("ip", "address", "show", "dev", "eth0", netns="c1"))
    assert "default via 10.1.0.1" in red.run(["ip", "route"], "c1")


def test_what_is_not_given_is_not_touched(red):
    red.sh("ip link set v-1 mtu 1400")
    red.sh("ip address add 10.1.0.99/24 dev eth0", "ip route add 10.9.0.0/16 via 10.1.0.1", netns="c1")
    before = red.dump()
    red.unchanged("veth", name="v-1", peer={"name": "eth0", "netns": "c1"})
    red.unchanged("veth", name="v-1", bridge="br-red")
    red.is_as(before)


def test_a_port_moves_from_one_bridge_of_ours_to_another(red):
    red.done("bridge", name="br-2", network="red", addresses=["10.2.0.1/24"])
    red.changes("veth", **endpoint(1, bridge="br-2"))
    assert red.link("v-1")["master"] == "br-2" and red.link("v-2")["master"] == "br-red"


def test_a_near_end_of_another_name_takes_the_place_of_the_old_pair(red):
    red.changes("veth", **endpoint(1, name="lan-1"))
    assert red.link("v-1") is None and red.link("lan-1")["master"] == "br-red"
    assert red.reaches("c1", "10.1.0.3")
    red.refuses("veth", "network", **endpoint(1, name="x", network="blue"))


# Drift

_DRIFT = {
    "an address removed": ("c1", "ip address delete 10.1.0.2/24 dev eth0"),
    "an address added": ("c1", "ip address add 10.1.0.66/24 dev eth0"),
    "a route removed": ("c1", "ip route delete default"),
    "a route added": ("c1", "ip route add 10.9.0.0/16 via 10.1.0.1"),
    "a route changed": ("c1", "ip route replace default via 10.1.0.3"),
    "a wrong broadcast": ("c1", "ip address delete 10.1.0.2/24 dev eth0; ip address add 10.1.0.2/24 broadcast 10.1.0.77 dev eth0"),
    "taken off the bridge": (None, "ip link set v-1 nomaster"),
    "on another bridge": (None, "ip link set v-1 master br-x"),
    "a wrong MTU": (None, "ip link set v-1 mtu 1300"),
    "a wrong MTU inside": ("c1", "ip link set eth0 mtu 1000"),
    "down": (None, "ip link set v-1 down"),
    "down inside": ("c1", "ip link set eth0 down"),
    "another MAC": ("c1", "ip link set eth0 address 02:00:00:00:00:99"),
    "deleted": (None, "ip link delete v-1"),
    "deleted from inside": ("c1", "ip link delete eth0"),
    "the far end renamed": ("c1", "ip link set eth0 down; ip link set eth0 name lan0; ip link set lan0 up"),
    "the far end moved": ("c1", "ip link set eth0 netns c2 name stray"),
    "the far end on the host": ("c1", "ip link set eth0 netns $HOLDER name stray"),
    "another pair under the name": (None, "ip link delete v-1; ip link add v-1 group 5000771 type veth peer name zz; ip link set v-1 alias linuxnet.container:red"),
    "the wrong kind": (None, "ip link delete v-1; ip link add v-1 group 5000771 type bridge; ip link set v-1 alias linuxnet.container:red"),
    "no hairpin": (None, "bridge link set dev v-1 hairpin off"),
    "the alias of no network": (None, "ip link set v-1 alias linuxnet.container"),
}


@pytest.fixture(scope="module")
def drifting(module_host):
    """A node from which one container drifts, while the other must not notice."""
    module_host.make(*calls()[:2])
    module_host.sh(
        "ip link add br-x address 02:00:00:00:00:aa type bridge",
        "ip link set br-x mtu 1499 up",
        "ip link add other type veth peer name rehto",
    )
    return module_host


@pytest.mark.parametrize("drift", _DRIFT)
def test_drift_is_mended_and_nothing_else_is_touched(drifting, drift):
    host = drifting
    far = {"mac": "02:00:00:00:00:01", "addresses": ["10.1.0.2/24", "fd00:1::2/64"], "gateway": ["10.1.0.1", "fd00:1::1"]}
    pairs = [endpoint(1, mtu=1450, hairpin=True, peer=far), endpoint(2)]
    host.done("veth", veths=pairs)
    before = host.dump()
    netns, line = _DRIFT[drift]
    host.sh(line.replace("$HOLDER", str(host.lab.node("node").pid)), netns=netns)
    assert host.dump() != before
    host.changes("veth", veths=pairs)
    host.is_as(before)
    assert host.reaches("c1", "10.1.0.3")


def test_a_lost_group_makes_it_somebody_elses(red):
    red.sh("ip link set v-1 group default")
    red.refuses("veth", "'v-1' is somebody else's", **endpoint(1))


def test_a_group_without_an_alias_is_what_a_killed_run_left(red):
    red.sh("ip link set v-1 alias ''")
    red.changes("veth", **endpoint(1))
    red.sh("ip link set v-1 alias ''")
    red.changes("veth", name="v-1", state="absent")


# Other people's


@pytest.mark.parametrize("kind", ["bridge", "veth peer name theirs", "vxlan id 5 dstport 4789 local 127.0.0.1"])
def test_somebody_elses_interface_under_one_of_our_names_is_an_error_and_stays(red, kind):
    red.sh("ip link add v-3 type " + kind)
    red.done("netns", name=["c3"])
    before = red.dump()
    red.refuses("veth", "'v-3' is .*somebody else's", veths=[endpoint(1), endpoint(3)])
    red.refuses("veth", "'v-3' was not made by this collection", name="v-3", state="absent")
    red.is_as(before)


def test_somebody_elses_interface_inside_is_an_error_too(red):
    red.done("netns", name=["c3"])
    red.sh("ip link add eth0 type bridge", netns="c3")
    red.refuses("veth", "peer.name: 'eth0' is somebody else's bridge", **endpoint(3))


def test_one_that_belongs_to_another_network_is_not_taken_over(red):
    red.refuses("veth", "'v-1' belongs to network 'red', not to 'blue'", **endpoint(1, network="blue", bridge="br-red"))


def test_a_port_too_small_for_ipv6_takes_its_bridges_mtu_along(host):
    host.sh("ip link add br0 type bridge", "ip link set br0 up")
    options = {"name": "v-1", "mtu": 1000, "bridge": "br0", "peer": {"name": "eth0", "addresses": ["10.1.0.2/24"]}}
    host.changes("veth", **options)
    assert host.link("br0")["mtu"] == 1000
    # Back above, both ends have IPv6 again, and the mode that was asked for.
    host.changes("veth", **dict(options, mtu=1400))
    assert host.link("v-1")["inet6_addr_gen_mode"] == host.link("eth0")["inet6_addr_gen_mode"] == "none"


# What must be there already


def test_a_missing_bridge_or_namespace_is_an_error_but_taken_as_given_in_check_mode(host):
    host.fails("veth", "^peer.netns: there is no namespace 'c1': make it first", **endpoint(1))
    host.done("netns", name=["c1"])
    host.fails("veth", "^bridge: there is no bridge 'br-red': make it first", **endpoint(1))
    host.done("netns", name=["c1"], state="absent")
    said = host.call("veth", check=True, **endpoint(1))
    assert said["changed"] and "taken as given, an earlier task makes it: namespace c1" in said["diff"]["prepared"]
    assert "taken as given, an earlier task makes it: bridge br-red" in said["diff"]["prepared"]
    host.make(*calls([1])[:2])
    assert host.done("veth", **endpoint(1))["commands"] == said["commands"]


# What goes


def test_absent_takes_a_pair_with_both_ends(red):
    red.changes("veth", veths=[{"name": "v-1"}, {"name": "never-was"}], state="absent")
    assert not red.link("v-1") and not red.link("eth0", "c1") and red.link("v-2")
    red.unchanged("veth", name="v-1", state="absent")


def test_what_is_no_longer_listed_goes_and_other_peoples_stays(red):
    red.sh("ip link add foreign group 5000771 type veth peer name f2", "ip link set foreign alias mine master br-red")
    red.done("veth", name="blue1", network="blue", peer={"name": "blue2"})
    red.changes("veth", veths=[endpoint(2)], purge_networks=["red"])
    assert not red.link("v-1") and red.link("v-2") and red.link("foreign") and red.link("blue1")
    assert red.reaches("c2", "10.1.0.1")


def test_what_is_no_longer_listed_goes_from_namespaces_too(host):
    host.sh("ip netns add theirs", "ip -n theirs link add br0 type bridge")
    host.done("netns", name=["c1"], network=["red"])
    veths = [
        {"name": "p1", "netns": "theirs", "bridge": "br0", "network": "red", "peer": {"name": "eth0", "netns": "c1"}},
        {"name": "p2", "netns": "c1", "network": "red", "peer": {"name": "q2"}},
        {"name": "p3", "netns": "theirs", "network": "blue", "peer": {"name": "q3"}},
    ]
    host.done("veth", veths=veths)
    told = [link["name"] for one in host.call("network_info", network=["red"])["namespaces"] for link in one["links"]]
    assert {"p1", "p2"} <= set(told)
    host.done("checkpoint", name="before", networks=["red"])
    before = host.dump()
    host.changes("veth", purge_networks=["red"])
    assert not host.link("p1", "theirs") and not host.link("q2") and host.link("p3", "theirs")
    host.done("checkpoint", name="before", networks=["red"], state="restored")
    host.is_as(before)


def test_more_at_once_go_by_group_without_taking_others_along(host):
    names = ["v-%d" % number for number in range(10)]
    host.done("veth", veths=[{"name": name, "peer": {"name": name + "-p"}} for name in names])
    host.sh("ip link add other group 5000771 type veth peer name other2")
    host.changes("veth", veths=[{"name": name} for name in names], state="absent")
    assert sorted(one["ifname"] for one in host.json("ip", "link")) == ["lo", "other", "other2"]
