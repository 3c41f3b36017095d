# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on three nodes: seen in advance, applied, applied again, changed, broken by hand and mended, refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._lab import environment
from ansible_collections.linuxnet.container.plugins.module_utils._marks import container_mac

DEBIANS = subprocess.run(["/usr/bin/python3", "-I", "-c", "import pyroute2"], check=False, capture_output=True).returncode == 0

NODES = ("node1", "node2", "node3")
UNDERLAY = {"node1": "192.0.2.11", "node2": "192.0.2.12", "node3": "192.0.2.13"}
NOTHING = dict.fromkeys(NODES, 0)


def endpoints(inventory, node):
    return inventory["all"]["hosts"][node]["vxlan_overlay_endpoints"]["red"]["containers"]


def forwarding(dump):
    """The entries of the overlay's device in a node's dump, as {(mac, remote)}."""
    return {(entry["mac"], entry["dst"]) for entry in dump[""]["fdb"] if entry["ifname"] == "vx-red"}


def indexes(site, *nodes):
    """{(node, namespace, device): its number}: what was made anew has another one."""
    found = {}
    for node in nodes:
        for netns in ["", *(line.split()[0] for line in site.sh(node, "ip netns").splitlines())]:
            for link in json.loads(site.sh(node, "ip %s -j link" % ("-n " + netns if netns else ""))):
                found[node, netns, link["ifname"]] = link["ifindex"]
    return found


# First of all, for it needs nodes that have nothing yet.
def test_a_dry_run_prints_what_the_first_run_does_and_the_next_ones_do_nothing(site, wanted):
    assert site.dump(*NODES) == site.clean
    dry = site.play("site.yml", wanted, "--check", "--diff")
    assert site.dump(*NODES) == site.clean
    real = site.play("site.yml", wanted, "--diff")
    site.standing = site.dump(*NODES)
    for node in NODES:
        # What two roles on one host share is not there yet when the dry run of the second one looks: it is printed twice.
        assert list(dict.fromkeys(dry.lines[node])) == real.lines[node]
    assert dry.changed() == real.changed()
    for node in NODES:
        assert "ip link add name vx-red" in " ".join(dry.lines[node]) and dry.changed()[node] and len(dry.lines[node]) > 5
        assert site.standing[node] != site.clean[node]
    for arguments in ["--diff"], ["--check", "--diff"]:
        again = site.play("site.yml", wanted, *arguments)
        assert again.changed() == NOTHING and not any(again.lines.values()), again.said
        assert site.dump(*NODES) == site.standing


def test_containers_reach_each_other_their_hosts_and_nobody_elses_network(built):
    for address in "10.42.1.2", "10.42.2.1", "10.42.3.1", "fd00:42::3:1", "10.42.0.1", "203.0.113.10", "2001:db8:ffff::10":
        assert built.reaches("node1", "a1", address), address
    assert not built.reaches("node1", "a1", "10.10.1.10") and not built.reaches("node1", "web", "10.42.1.1")


@pytest.mark.skipif(not DEBIANS, reason="the system's Python has no pyroute2 (Debian's python3-pyroute2)")
def test_debians_pyroute2_serves_one_of_the_nodes(built, wanted, tmp_path):
    """What this file asks of node3, a Python and a pyroute2 do that Debian packages."""
    (tmp_path / "which.yml").write_text("- hosts: node3\n  gather_facts: false\n  tasks: [{linuxnet.container.network_info: {}}]\n")
    played = built.play(tmp_path / "which.yml", wanted, "-vvv")
    assert re.search("EXEC .*/usr/bin/python3 ", played.said) and sys.executable + " &&" not in played.said
    assert wanted["all"]["hosts"]["node1"]["ansible_python_interpreter"] == sys.executable


def test_unicast_between_two_nodes_is_not_seen_by_a_third(built):
    macs = [container_mac("red", address) for address in ("10.42.1.1", "10.42.2.1")]
    # Afterwards neither end has to ask who the other is.
    assert built.reaches("node1", "a1", "10.42.2.1") and built.reaches("node2", "b1", "10.42.1.1")
    with built.watch("node3", "overheard.py", "eth0", *macs) as overheard:
        with built.watch("node1", "echo_stream.py", "10.42.2.1", "20", netns="a1") as stream:
            pass
        # What is for everybody does arrive, or this test would not know what it did not see.
        assert not built.reaches("node1", "a1", "10.42.9.9")
    assert stream == {"asked": 20, "answered": 20}
    assert overheard["unicast"] == 0 and overheard["broadcast"] > 0


def test_entries_for_a_member_that_cannot_be_reached_stay(built, wanted):
    for node in "node2", "node3":
        built.sh(node, "bridge fdb del 00:00:00:00:00:00 dev vx-red dst 192.0.2.11")
    wanted["all"]["hosts"]["node1"]["linuxnet_lab_node"] = "powered-off"
    played = built.play("site.yml", wanted, fails=True)
    assert played.recap["node1"]["unreachable"] == 1
    assert played.changed() == {"node1": 0, "node2": 1, "node3": 1}
    assert built.dump(*NODES) == built.standing


def test_a_run_on_one_member_knows_them_all(built, wanted):
    entries = sorted(forwarding(built.standing["node1"]))
    assert {remote for _mac, remote in entries} == {UNDERLAY["node2"], UNDERLAY["node3"]}
    built.sh("node1", *("bridge fdb del %s dev vx-red dst %s" % entry for entry in entries))
    played = built.play("site.yml", wanted, "--limit", "node1", "--diff")
    assert played.changed() == {"node1": 1}
    assert sorted(line.split()[3] for line in played.lines["node1"]) == [mac for mac, _remote in entries]
    assert built.dump(*NODES) == built.standing


def test_containers_that_change_come_and_go_without_a_word_to_the_others(built, wanted):
    old, new, gone = (container_mac("red", address) for address in ("10.42.1.1", "10.42.1.7", "10.42.2.2"))
    endpoints(wanted, "node1")[0]["address"] = ["10.42.1.7", "fd00:42::1:7"]
    assert endpoints(wanted, "node2").pop(1)["name"] == "b2"
    endpoints(wanted, "node3").append({"name": "c2", "address": "10.42.3.2"})
    assert built.reaches("node1", "a2", "10.42.1.1")
    before = indexes(built, *NODES)
    with built.watch("node1", "echo_stream.py", "10.42.2.1", netns="a2") as stream:
        built.play("site.yml", wanted)
    assert stream["asked"] == stream["answered"] > 50

    for address in "10.42.1.7", "fd00:42::1:7":
        assert built.reaches("node3", "c1", address) and built.reaches("node1", "a2", address)
    for address in "10.42.1.1", "fd00:42::1:1", "10.42.2.2":
        assert not built.reaches("node3", "c1", address)
    assert built.reaches("node2", "b1", "10.42.3.2")

    now = built.dump(*NODES)
    assert [address["local"] for address in now["node1"]["a1"]["addresses"]["eth0"]] == ["10.42.1.7", "fd00:42::1:7"]
    assert "b2" not in now["node2"] and "v-red-b2" not in now["node2"][""]["links"]
    for node in "node2", "node3":
        assert (new, UNDERLAY["node1"]) in forwarding(now[node])
    for node in NODES:
        assert not {old, gone} & {mac for mac, _remote in forwarding(now[node])}
    # What nobody spoke of is the same object as before.
    same = {key for key in before if key[1:] != ("b2", "eth0") and "b2" not in key[1] + key[2]}
    after = indexes(built, *NODES)
    assert {key: after.get(key) for key in same} == {key: before[key] for key in same}


def test_a_member_that_leaves_is_clean_and_the_others_forget_it(up, wanted):
    wanted["all"]["hosts"]["node3"]["vxlan_overlay_state"] = "absent"
    assert forwarding(up.dump("node3")["node3"])
    with up.watch("node1", "echo_stream.py", "10.42.2.1", netns="a2") as stream:
        up.play("site.yml", wanted)
    assert stream["asked"] == stream["answered"] > 50
    now = up.dump(*NODES)
    assert now["node3"] == up.clean["node3"]
    for node in "node1", "node2":
        left = {entry for entry in forwarding(up.standing[node]) if entry[1] != UNDERLAY["node3"]}
        assert forwarding(now[node]) == left and left


#: What is done by hand on a node, and what may be seen in the lines of the run that mends it.
DRIFT = {
    "node1": (
        ("ip -n a1 address del 10.42.1.1/16 dev eth0", "dev eth0"),  # with it goes its default route
        ("ip address del fd00:42::1/64 dev br-red", "dev br-red"),
        ("ip link set v-red-a2 nomaster", "dev v-red-a2 "),
        ("ip -n web link set eth0 address 02:00:00:00:00:01", "dev eth0 "),
        ("nft flush table inet linuxnet", "inet linuxnet"),
    ),
    "node2": (
        ("ip -n b1 link set eth0 mtu 1400", "ip -n b1 link set dev eth0 mtu 1450"),
        ("bridge fdb append 00:00:00:00:00:00 dev vx-red dst 192.0.2.99", "bridge fdb delete 00:00:00:00:00:00 dev vx-red dst 192.0.2.99 self"),
        ("bridge fdb add 02:00:00:00:00:55 dev vx-red dst 192.0.2.13", "bridge fdb delete 02:00:00:00:00:55 dev vx-red dst 192.0.2.13 self"),
        ("ip link del v-red-b2", "b2"),
        ("ip link set br-red down", "dev br-red "),  # with it go its IPv6 addresses
    ),
    "node3": (
        ("ip link del vx-red", "vx-red"),
        ("ip link add vx-red group 5000771 alias linuxnet.container:red type bridge", "vx-red"),
        ("ip -n c1 route del default", "ip -n c1 route add"),
        ("nft delete table inet linuxnet", "inet linuxnet"),
        ("sysctl -qw net.ipv4.ip_forward=0", "net.ipv4.ip_forward=1"),
    ),
}


def test_drift_is_found_and_mended_and_nothing_else_is_touched(built, wanted):
    before = indexes(built, *NODES)
    for node, drifts in DRIFT.items():
        built.sh(node, *(by_hand for by_hand, _line in drifts))
    played = built.play("site.yml", wanted, "--diff")
    assert built.dump(*NODES) == built.standing
    for node, drifts in DRIFT.items():
        for line in played.lines[node]:
            assert any(words in line + " " for _by_hand, words in drifts), line
        for by_hand, words in drifts:
            assert any(words in line + " " for line in played.lines[node]), by_hand
    after = indexes(built, *NODES)
    assert {key for key in before if before[key] != after.get(key)} == {
        ("node2", "", "v-red-b2"),
        ("node2", "b2", "eth0"),
        ("node3", "", "vx-red"),
    }


def test_a_host_on_which_something_fails_is_put_back(built, wanted):
    """On node1 somebody else's interface has one of our names; on node2 a process runs in a namespace that is to go."""
    endpoints(wanted, "node1")[0]["address"] = "10.42.1.7"
    endpoints(wanted, "node1").append({"name": "a3", "address": "10.42.1.3"})
    built.sh("node1", "ip link del v-red-a2", "ip link add v-red-a2 type bridge")
    endpoints(wanted, "node2").pop(1)
    endpoints(wanted, "node2")[0]["address"] = "10.42.2.7"
    sleeper = subprocess.Popen(built.lab.enter("node2", ["sleep", "300"], "b2"), env=environment())
    try:
        before, numbers = built.dump("node1", "node2"), indexes(built, "node1")
        played = built.play("site.yml", wanted, fails=True)
        assert built.dump("node1", "node2") == before and indexes(built, "node1") == numbers
        assert sleeper.poll() is None
        for node, words in ("node1", ["'v-red-a2' is somebody else's bridge", "take another name"]), ("node2", ["'b2'", "%d (sleep)" % sleeper.pid, "End them"]):
            said = played.errors[node][-1]
            assert all(word in said for word in words), said
            assert played.recap[node]["failed"] == 1
        assert played.recap["node3"]["failed"] == 0
        assert (container_mac("red", "10.42.1.7"), UNDERLAY["node1"]) in forwarding(built.dump("node3")["node3"])
    finally:
        sleeper.kill()
        sleeper.wait()
        built.sh("node1", "ip link del v-red-a2")


