# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VXLAN devices, between two nodes, with traffic."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._marks import container_mac

ONE, TWO = "192.0.2.11", "192.0.2.12"
ONE6, TWO6 = "2001:db8:0:2::11", "2001:db8:0:2::12"


def overlay(number, peer, local, remote, mtu=1450, **device):
    """One container on each node, in one overlay."""
    address, other = "10.42.%d.2" % number, "10.42.%d.2" % peer
    device = {"name": "vx-red", "vni": 4242, "local": local, "bridge": "br-red", "network": "red", **device}
    known = {"device": "vx-red", "flood": [remote], "entries": [{"mac": container_mac("red", other), "dst": remote}]}
    far = {"name": "eth0", "netns": "c", "addresses": [address + "/16"], "mac": container_mac("red", address)}
    return [
        ("netns", {"name": ["c"], "network": ["red"]}),
        ("bridge", {"name": "br-red", "network": "red", "mtu": mtu, "addresses": ["10.42.0.%d/16" % number]}),
        ("vxlan", device),
        ("vxlan_fdb", dict(known, purge=True)),
        ("veth", {"name": "v-c", "bridge": "br-red", "network": "red", "mtu": mtu, "peer": far}),
    ]


UNDERLAY = (
    "ip link add under mtu 1500 type veth peer name wire",
    "ip address add 192.0.2.1/24 dev under",
    "ip -6 address add 2001:db8::1/64 dev under nodad",
    "ip link set under up",
    "ip link set wire up",
)


@pytest.fixture
def underlay(host):
    """A node with a device that has addresses, and nothing at its other end."""
    host.sh(*UNDERLAY)
    return host


def data(host, name="vx"):
    return host.link(name)["linkinfo"]["info_data"]


# Traffic


@pytest.mark.parametrize("local, remote, overhead", [(ONE, TWO, 50), (ONE6, TWO6, 70)], ids=["IPv4", "IPv6"])
def test_containers_of_two_nodes_reach_each_other_up_to_the_mtu_that_was_worked_out(nodes, local, remote, overhead):
    one, two = nodes
    mtu = 1500 - overhead
    for host, calls in ((one, overlay(1, 2, local, remote, mtu)), (two, overlay(2, 1, remote, local, mtu))):
        assert all(result["changed"] for result in host.make(*calls))
        for result in host.make(*calls):
            assert result["changed"] is False, result["commands"]
    assert one.link("vx-red")["mtu"] == mtu
    assert data(one, "vx-red")["learning"] is False and data(one, "vx-red")["port"] == 4789
    assert one.reaches("c", "10.42.2.2", mtu - 28)
    assert not one.reaches("c", "10.42.2.2", mtu - 27)
    assert two.reaches("c", "10.42.1.2", mtu - 28)


def test_a_multicast_group_takes_the_place_of_a_list(nodes):
    for number, host in enumerate(nodes, 1):
        host.changes("netns", name=["c"])
        host.done("bridge", name="br")
        host.changes("vxlan", name="vx", vni=7, dev="eth0", local="192.0.2.1%d" % number, group="239.1.2.3", ttl=3, bridge="br")
        host.done("veth", name="v", bridge="br", mtu=1450, peer={"name": "eth0", "netns": "c", "addresses": ["10.7.0.%d/24" % number]})
    told = data(nodes[0])
    assert (told["group"], told["ttl"], told["learning"]) == ("239.1.2.3", 3, True)
    assert nodes[0].reaches("c", "10.7.0.2") and nodes[1].reaches("c", "10.7.0.1")


# What is made


def test_everything_that_can_be_said_of_a_device(underlay):
    result = underlay.changes(
        "vxlan",
        name="vx",
        vni=16777215,
        local="192.0.2.1",
        dev="under",
        dstport=8472,
        learning=True,
        ttl=64,
        udp_csum=True,
        tx_checksum_offload=False,
        mtu=1400,
        mac="02:00:00:00:00:01",
        addresses=["10.244.1.0/32", "fd00:1::1/128"],
        network="red",
    )
    link, told = underlay.link("vx"), data(underlay)
    assert (link["mtu"], link["address"], link["ifalias"]) == (1400, "02:00:00:00:00:01", "linuxnet.container:red")
    assert (told["id"], told["local"], told["link"], told["port"]) == (16777215, "192.0.2.1", "under", 8472)
    assert (told["learning"], told["ttl"], told["udp_csum"]) == (True, 64, True)
    assert underlay.addresses("vx") == ["10.244.1.0/32", "fd00:1::1/128"]
    assert "tx-checksumming: off" in _ethtool(underlay, result)
    (shown,) = result["vxlans"]
    assert (shown["vni"], shown["dev"], shown["tx_checksum_offload"]) == (16777215, "under", False)
    again = {"name": "vx", "vni": 16777215, "local": "192.0.2.1", "dstport": 8472, "tx_checksum_offload": True, "mtu": 1400}
    result = underlay.done("vxlan", **again)
    assert "tx-checksumming: on" in _ethtool(underlay, result)
    underlay.unchanged("vxlan", **again)


def _ethtool(host, result):
    """What ethtool says; without the program, what the module says."""
    found = host.lab.run(host.name, ["ethtool", "-k", "vx"], check=False)
    offload = result["vxlans"][0]["tx_checksum_offload"]
    return found.stdout if found.returncode == 0 else "tx-checksumming: %s" % ("on" if offload else "off")


def test_checksum_options_over_ipv6(underlay):
    underlay.changes("vxlan", name="vx", vni=1, local="2001:db8::1", udp6_zero_csum_tx=True, udp6_zero_csum_rx=True)
    told = data(underlay)
    assert told["local6"] == "2001:db8::1" and told["udp_zero_csum6_tx"] and told["udp_zero_csum6_rx"]
    assert underlay.link("vx")["mtu"] == 1430
    underlay.changes("vxlan", name="vx", vni=1, local="2001:db8::1", udp6_zero_csum_tx=False, udp6_zero_csum_rx=True)
    assert not data(underlay)["udp_zero_csum6_tx"] and data(underlay)["udp_zero_csum6_rx"]


def test_its_mac_is_pinned(underlay):
    asked = {"name": "vx", "vni": 1, "local": "192.0.2.1"}
    underlay.done("vxlan", **asked)
    mac = underlay.link("vx")["address"]
    underlay.done("vxlan", name="vx", state="absent")
    underlay.done("vxlan", **asked)
    assert underlay.link("vx")["address"] == mac


def test_the_mtu_follows_the_device_below(underlay):
    asked = {"name": "vx", "vni": 1, "local": "192.0.2.1"}
    underlay.done("vxlan", **asked)
    assert underlay.link("vx")["mtu"] == 1450
    underlay.sh("ip link set under mtu 1400")
    underlay.changes("vxlan", **asked)
    assert underlay.link("vx")["mtu"] == 1350


def test_several_devices_in_one_task(underlay):
    underlay.changes("vxlan", vxlans=[{"name": "vx%d" % n, "vni": n, "local": "192.0.2.1"} for n in range(1, 6)])


# What is changed


def test_another_vni_remakes_the_device_and_keeps_its_place_and_its_entries(underlay):
    underlay.done("bridge", name="br", network="red")
    device = {"name": "vx", "local": "192.0.2.1", "bridge": "br", "network": "red"}
    entries = [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.2"}, {"mac": "02:00:00:00:00:03", "dst": "192.0.2.3", "vni": 99}]
    underlay.done("vxlan", vni=10, **device)
    underlay.done("vxlan_fdb", device="vx", entries=entries, flood=["192.0.2.2"])
    before = underlay.link("vx")
    underlay.changes("vxlan", vni=11, **device)
    now = underlay.link("vx")
    assert data(underlay)["id"] == 11 and now["master"] == "br" and now["address"] == before["address"]
    # What was said under the device's own number is so under its new one; what named another number keeps it.
    underlay.unchanged("vxlan_fdb", device="vx", entries=entries, flood=["192.0.2.2"], purge=True)
    shown = {(one["mac"], one.get("vni")) for one in underlay.json("bridge", "fdb", "show", "dev", "vx") if "dst" in one}
    assert shown == {("02:00:00:00:00:02", None), ("02:00:00:00:00:03", 99), ("00:00:00:00:00:00", None)}


_DRIFT = {
    "a wrong MTU": "ip link set vx mtu 1300",
    "down": "ip link set vx down",
    "another MAC": "ip link set vx address 02:00:00:00:00:99",
    "taken off the bridge": "ip link set vx nomaster",
    "learning": "ip link set vx type vxlan id 5 learning",
    "deleted": "ip link delete vx",
    "another VNI": "ip link delete vx; ip link add vx group 5000771 type vxlan id 6 local 192.0.2.1 dstport 4789; ip link set vx alias linuxnet.container:red",
    "another local address": "ip link delete vx; ip link add vx group 5000771 type vxlan id 5 local 127.0.0.1 dstport 4789; ip link set vx alias linuxnet.container:red",
    "another port": "ip link delete vx; ip link add vx group 5000771 type vxlan id 5 local 192.0.2.1 dstport 8472; ip link set vx alias linuxnet.container:red",
    "the wrong kind": "ip link delete vx; ip link add vx group 5000771 type bridge; ip link set vx alias linuxnet.container:red",
    "deleted with its device": "ip link delete under; ip link add under mtu 1500 type veth peer name wire; ip address add 192.0.2.1/24 dev under; ip -6 address add 2001:db8::1/64 dev under nodad; ip link set under up; ip link set wire up",
}


@pytest.mark.parametrize("drift", _DRIFT)
def test_drift_is_mended_and_nothing_else_is_touched(module_host, drift):
    underlay = module_host
    if underlay.link("under") is None:
        underlay.sh(*UNDERLAY)
    underlay.sh("ip link set under address 02:00:00:00:01:01", "ip link set wire address 02:00:00:00:01:02")
    drifted = _DRIFT[drift].replace("type veth peer name wire", "address 02:00:00:00:01:01 type veth peer name wire address 02:00:00:00:01:02")
    underlay.done("bridge", name="br", network="red", mtu=1450)
    asked = {
        "name": "vx", "vni": 5, "local": "192.0.2.1", "dstport": 4789, "dev": "under", "learning": False,
        "mac": "02:00:00:00:00:05", "bridge": "br", "network": "red",
    }  # fmt: skip
    underlay.done("vxlan", **asked)
    before = underlay.dump()
    underlay.sh(drifted)
    underlay.changes("vxlan", **asked)
    underlay.is_as(before)


# What goes


def test_absent_and_what_is_no_longer_listed(underlay):
    before = underlay.dump()
    for number, network in ((1, "red"), (2, "red"), (3, "blue")):
        underlay.done("vxlan", name="vx%d" % number, vni=number, local="192.0.2.1", network=network)
    underlay.changes("vxlan", name="vx1", vni=1, local="192.0.2.1", network="red", purge_networks=["red"])
    assert [bool(underlay.link("vx%d" % number)) for number in (1, 2, 3)] == [True, False, True]
    underlay.changes("vxlan", vxlans=[{"name": "vx1"}, {"name": "vx3"}, {"name": "vx9"}], state="absent")
    underlay.is_as(before)


# What is refused


def test_somebody_elses_interface_under_our_name_is_an_error_and_stays(underlay):
    underlay.sh("ip link add vx type vxlan id 5 dstport 4789 local 192.0.2.1", "ip link add vb type bridge")
    underlay.refuses("vxlan", "^name: 'vx' is somebody else's", name="vx", vni=6, local="192.0.2.1")
    underlay.refuses("vxlan", "^name: 'vx' is somebody else's", name="vx", vni=5, local="192.0.2.1", network="red")
    underlay.refuses("vxlan", "^name: 'vb' is somebody else's bridge", name="vb", vni=6, local="192.0.2.1")
    underlay.refuses("vxlan", "^name: 'vx' was not made by this collection", name="vx", state="absent")


@pytest.mark.parametrize(
    "option, said, arguments",
    [
        ("local", "no device of this host has the address 192.0.2.77", {"local": "192.0.2.77"}),
        ("dev", "there is no device 'nowhere' on this host", {"dev": "nowhere"}),
        ("mtu", "1451 bytes do not fit: 'under' has an MTU of 1500, .* IPv4 takes 50 of it; the largest is 1450", {"local": "192.0.2.1", "mtu": 1451}),
        ("mtu", "1431 bytes do not fit: .* IPv6 takes 70 of it; the largest is 1430", {"local": "2001:db8::1", "mtu": 1431}),
        ("vni", "16777216 is out of range: 0 to 16777215", {"local": "192.0.2.1", "vni": 1 << 24}),
        ("mtu", "127.0.0.1 is an address of the loopback device.*say mtu, or dev", {"local": "127.0.0.1"}),
        ("local", "needs its local address, or at least dev", {}),
        ("group", "'192.0.2.9' is no multicast address", {"dev": "under", "group": "192.0.2.9"}),
        ("dev", "multicast needs the device", {"local": "192.0.2.1", "group": "239.1.1.1"}),
        ("group", "different families", {"local": "192.0.2.1", "dev": "under", "group": "ff05::1"}),
        ("dstport", "0 is out of range", {"local": "192.0.2.1", "dstport": 0}),
        ("ttl", "256 is out of range", {"local": "192.0.2.1", "ttl": 256}),
        ("local", "'::' cannot be an address of this host", {"local": "::"}),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(underlay, option, said, arguments):
    underlay.refuses("vxlan", "^%s: .*%s" % (option, said), **{"name": "vx", "vni": 1, **arguments})


def test_a_vni_that_is_taken_on_the_port_is_the_kernels_word(underlay):
    underlay.sh("ip link add theirs type vxlan id 5 dstport 4789 local 192.0.2.1")
    underlay.fails("vxlan", "^The kernel refused 'ip link add name vx .*: .*exist.*Everything is as it was before", name="vx", vni=5, local="192.0.2.1")
