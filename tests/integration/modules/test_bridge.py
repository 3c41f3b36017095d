# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges: their options, addresses and ports, and the host's own interfaces kept out of harm's way."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, calls, endpoint


def test_everything_that_can_be_said_of_a_bridge(host):
    result = host.changes(
        "bridge",
        name="br0",
        addresses=["10.1.0.1/20", "10.2.0.1/31", "10.3.0.1/32", "fd00:1::1/64"],
        mtu=1400,
        mac="02:00:00:00:00:01",
        stp=True,
        ageing_time=30,
        network="red",
    )
    link = host.link("br0")
    assert (link["mtu"], link["address"], link["ifalias"]) == (1400, "02:00:00:00:00:01", "linuxnet.container:red")
    assert link["linkinfo"]["info_data"]["stp_state"] == 1 and link["linkinfo"]["info_data"]["ageing_time"] == 3000
    (shown,) = host.json("ip", "address", "show", "dev", "br0")
    found = {one["local"]: one.get("broadcast") for one in shown["addr_info"]}
    assert found.pop("10.1.0.1") == "10.1.15.255"
    assert not any(found.values())
    assert "tentative" not in str(shown)
    (told,) = result["bridges"]
    assert (told["name"], told["stp"], told["ageing_time"], told["ports"]) == ("br0", True, 30, [])
    host.changes("bridge", name="br0", stp=False, ageing_time=300, mtu=1500, addresses=[])
    link = host.link("br0")
    assert link["mtu"] == 1500 and link["linkinfo"]["info_data"]["stp_state"] == 0 and host.addresses("br0") == []


def test_its_mac_is_pinned_when_ports_come_and_go(host):
    host.make(*calls([1]))
    mac = host.link("br-red")["address"]
    assert int(mac[:2], 16) & 3 == 2
    # A lower MAC than the bridge's would become its own, were it not pinned.
    host.done("netns", name=["c2"])
    host.done("veth", **endpoint(2, mac="00:00:00:00:00:01"))
    assert host.link("br-red")["address"] == mac
    host.done("veth", name="v-2", state="absent")
    assert host.link("br-red")["address"] == mac
    host.done("veth", name="v-1", state="absent")
    host.done("bridge", name="br-red", state="absent")
    host.done("bridge", **bridge())
    assert host.link("br-red")["address"] == mac


def test_ports_are_added_and_purged_on_demand(host):
    host.sh("ip link add pa type veth peer name pa2", "ip link add pb type veth peer name pb2")
    host.changes("bridge", name="br0", ports=[{"name": "pa", "hairpin": True, "isolated": True}])
    port = host.link("pa")
    assert port["master"] == "br0" and "UP" in port["flags"]
    assert port["linkinfo"]["info_slave_data"]["hairpin"] and port["linkinfo"]["info_slave_data"]["isolated"]
    result = host.changes("bridge", name="br0", ports=[{"name": "pb"}])
    assert result["bridges"][0]["ports"] == ["pa", "pb"]
    assert host.link("pa")["linkinfo"]["info_slave_data"]["hairpin"]
    host.changes("bridge", name="br0", ports=[{"name": "pb", "isolated": True}], purge=True)
    assert "master" not in host.link("pa") and host.link("pb")["master"] == "br0"
    host.changes("bridge", name="br0", ports=[], purge=True)
    assert "master" not in host.link("pb") and "ifalias" not in host.link("pb")


def test_many_bridges_in_one_task(host):
    result = host.changes("bridge", bridges=[{"name": "br%d" % n, "addresses": ["10.%d.0.1/24" % n]} for n in range(5)])
    assert [one["name"] for one in result["bridges"]] == ["br%d" % n for n in range(5)]


_DRIFT = {
    "an address removed": "ip address delete 10.1.0.1/24 dev br-red",
    "an address added": "ip address add 10.1.0.9/24 dev br-red",
    "no broadcast": "ip address delete 10.1.0.1/24 dev br-red; ip address add 10.1.0.1/24 dev br-red",
    "down": "ip link set br-red down",
    "a wrong MTU": "ip link set br-red mtu 1300",
    "another MAC": "ip link set br-red address 02:00:00:00:00:99",
    "STP": "ip link set br-red type bridge stp_state 1",
    "ageing": "ip link set br-red type bridge ageing_time 100",
    "a port taken off": "ip link set v-1 nomaster",
    "isolation": "bridge link set dev v-1 isolated on",
    "the wrong kind": "ip link delete br-red; ip link add br-red group 5000771 type veth peer name zz; ip link set br-red alias linuxnet.container:red",
    "deleted": "ip link delete br-red",
}


@pytest.mark.parametrize("drift", _DRIFT)
def test_drift_is_mended_and_nothing_else_is_touched(module_host, drift):
    host = module_host
    asked = bridge(mtu=1450, mac="02:00:00:00:00:01", stp=False, ageing_time=300, ports=[{"name": "v-1", "isolated": False}])
    host.done("netns", name=["c1"])
    host.done("veth", name="v-1", network="red", link_local=False, peer=dict(endpoint(1)["peer"], mtu=1450), mtu=1450)
    host.done("bridge", **asked)
    before = host.dump()
    host.sh(_DRIFT[drift])
    assert host.dump() != before
    host.changes("bridge", **asked)
    host.is_as(before)
    assert host.reaches("c1", "10.1.0.1")


def test_absent_lets_its_own_ports_go_first(host):
    host.make(*calls())
    host.changes("bridge", name="br-red", state="absent")
    assert host.link("br-red") is None and "master" not in host.link("v-1")
    host.unchanged("bridge", name="br-red", state="absent")


def test_absent_with_ports_that_are_not_ours_refuses_and_names_them(host):
    host.make(*calls())
    host.sh("ip link add tap7 type veth peer name t", "ip link set tap7 master br-red")
    host.refuses("bridge", "^name: bridge 'br-red' has ports that are not ours: tap7", name="br-red", state="absent")
    host.refuses("bridge", "^purge_networks: bridge 'br-red' has ports", purge_networks=["red"])
    host.sh("ip link set tap7 nomaster")
    host.changes("bridge", purge_networks=["red"])
    assert host.link("br-red") is None and host.link("tap7") is not None


def test_the_hosts_own_interface_does_not_lose_its_addresses(host):
    host.sh("ip link add eth0 type veth peer name wire", "ip address add 192.0.2.1/24 dev eth0", "ip link set eth0 up")
    host.refuses("bridge", r"^ports\[0\].name: 'eth0' has addresses of the host's", name="br0", ports=[{"name": "eth0"}])
    host.done("bridge", name="br0")
    host.refuses("bridge", "'eth0' has addresses", name="br0", ports=[{"name": "eth0"}])


def test_somebody_elses_port_is_not_taken_away(host):
    host.sh("ip link add theirs type bridge", "ip link add pa type veth peer name pa2", "ip link set pa master theirs")
    host.refuses("bridge", "'pa' is somebody else's port of 'theirs'", name="br0", ports=[{"name": "pa"}])


@pytest.mark.parametrize("kind", ["veth peer name x2", "vxlan id 5 dstport 4789 local 127.0.0.1"])
def test_somebody_elses_interface_under_our_name_is_an_error_and_stays(host, kind):
    host.sh("ip link add br0 type " + kind)
    host.refuses("bridge", "^name: 'br0' is somebody else's", name="br0")
    host.refuses("bridge", "^name: 'br0' was not made by this collection", name="br0", state="absent")


def test_somebody_elses_bridge_is_used_but_not_claimed(host):
    host.sh("ip link add br0 type bridge", "ip address add 10.5.0.1/24 dev br0", "ip link add pa type veth peer name pa2")
    host.refuses("bridge", "^name: 'br0' is somebody else's", name="br0", network="red")
    host.changes("bridge", name="br0", addresses=["10.6.0.1/24"], ports=[{"name": "pa"}])
    assert host.addresses("br0") == ["10.5.0.1/24", "10.6.0.1/24"] and "ifalias" not in host.link("br0")
    host.refuses("bridge", "not made by this collection", name="br0", state="absent")


def test_a_missing_port_is_an_error_but_taken_as_given_in_check_mode(host):
    asked = {"name": "br0", "ports": [{"name": "later"}]}
    host.fails("bridge", r"^ports\[0\].name: there is no device 'later'", **asked)
    said = host.call("bridge", check=True, **asked)
    assert said["changed"] and "taken as given" in said["diff"]["prepared"]


def test_an_mtu_that_was_given_stays_when_a_smaller_port_comes(host):
    # The kernel lets a bridge follow its smallest port until somebody has set its MTU, and creating it so is not setting it.
    for mtu in (1500, 1450):
        host.done("bridge", name="br-%d" % mtu, mtu=mtu)
        host.done("veth", name="v-%d" % mtu, bridge="br-%d" % mtu, mtu=1400, peer={"name": "p-%d" % mtu})
        assert host.link("br-%d" % mtu)["mtu"] == mtu
        host.unchanged("bridge", name="br-%d" % mtu, mtu=mtu)


def test_an_mtu_that_nobody_gave_follows_the_ports_as_the_kernel_has_it(host):
    host.done("bridge", name="br0", network="red")
    host.changes("veth", name="v0", bridge="br0", mtu=1400, network="red", peer={"name": "p0"})
    assert host.link("br0")["mtu"] == 1400
    host.changes("veth", purge_networks=["red"])
    assert host.link("br0")["mtu"] == 1500


def test_the_last_port_that_fits_and_the_first_that_does_not(host):
    host.done("bridge", name="br0")
    ports = [{"name": "p%d" % number, "bridge": "br0", "peer": {"name": "q%d" % number}} for number in range(1023)]
    host.sh("printf 'link add name p%d group 5000771 type veth peer name q%d\\n' $(seq 0 1022 | sed 'p') > /run/batch", "ip -batch /run/batch")
    host.sh("seq 0 1022 | sed 's/.*/link set p& alias linuxnet.container master br0/' > /run/batch", "ip -batch /run/batch")
    host.refuses("veth", "^bridge: bridge 'br0' would have more than 1023 ports", name="one-more", bridge="br0", peer={"name": "x"})
    host.done("veth", name="p0", bridge="br0")
    host.done("veth", name="p1", state="absent")
    host.done("veth", name="one-more", bridge="br0", peer={"name": "x"})
    assert len(ports) == 1023
