# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces: made, adopted, entered by processes, taken away, and other people's left alone."""

from __future__ import annotations

import os
import time

import pytest


def _command_line(entry):
    try:
        with open("/proc/%s/cmdline" % entry, "rb") as file:
            return file.read()
    except OSError:
        return b""


@pytest.fixture
def sleeper(host):
    """Starts ``argv`` in a namespace of the node's and waits until it says that it is ready; ends them afterwards."""
    started = []

    def start(netns=None, prefix=(), deaf=False):
        trap = "trap '' TERM; " if deaf else ""
        line = trap + "echo $$; exec sleep 600"
        if deaf:
            # An ignored signal stays ignored through exec.
            line = "trap '' TERM; echo $$; exec sleep 600"
        process = host.start([*prefix, "sh", "-c", line], netns, stdout=-1, text=True)
        started.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_many_names_at_once_with_loopback_up_and_sysctls_inside(host):
    result = host.changes(
        "netns", name=["web", "db", "x.y-z_1"], network=["red"], sysctls={"net.ipv4.ip_unprivileged_port_start": 80}
    )
    assert host.names() == ["db", "web", "x.y-z_1"]
    for name in host.names():
        assert "UP" in host.link("lo", name)["flags"]
        assert host.sh("cat /proc/sys/net/ipv4/ip_unprivileged_port_start", netns=name) == "80\n"
        assert host.reaches(name, "127.0.0.1") and host.reaches(name, "::1")
    assert host.sh("cat /proc/sys/net/ipv4/ip_unprivileged_port_start") == "1024\n"
    web = result["namespaces"][0]
    assert (web["name"], web["ours"], web["networks"], web["loopback"]) == ("web", True, ["red"], True)
    assert web["sysctls"] == {"net.ipv4.ip_unprivileged_port_start": "80"}


def test_different_namespaces_in_one_task(host):
    host.changes(
        "netns",
        namespaces=[
            {"name": "router", "sysctls": {"net.ipv4.ip_forward": True, "net.ipv6.conf.all.forwarding": "1"}},
            {"name": "quiet", "loopback": False},
            {"name": "both", "network": ["red", "blue"]},
        ],
    )
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding", netns="router") == "1\n1\n"
    assert "UP" not in host.link("lo", "quiet")["flags"]
    assert host.link("lo", "both")["ifalias"] == "linuxnet.container:blue,red"


def test_a_sysctl_for_devices_to_come_is_there_before_they_are(host):
    host.done("netns", name=["c"], sysctls={"net/ipv6/conf/default/addr_gen_mode": 1})
    host.done("veth", name="v", peer={"name": "eth0", "netns": "c"})
    assert host.link("eth0", "c")["inet6_addr_gen_mode"] == "none"


def test_drift_inside_is_mended_and_nothing_else_touched(host):
    asked = {"name": ["c"], "sysctls": {"net.ipv4.ip_unprivileged_port_start": 80}}
    host.done("netns", **asked)
    before = host.dump()
    host.sh("ip link set lo down", "sysctl -qw net.ipv4.ip_unprivileged_port_start=90 net.ipv4.tcp_ecn=0", netns="c")
    result = host.changes("netns", **asked)
    assert sorted(result["commands"]) == [
        "ip -n c link set dev lo up",
        "ip netns exec c sysctl -w net.ipv4.ip_unprivileged_port_start=80",
    ]
    host.is_as(before)
    assert host.sh("cat /proc/sys/net/ipv4/tcp_ecn", netns="c") == "0\n"


def test_absent_takes_the_namespace_and_the_pairs_that_lead_into_it(host):
    before = host.dump()
    host.done("netns", name=["c", "d"])
    host.done("veth", name="v-c", peer={"name": "eth0", "netns": "c"})
    host.done("veth", name="v-cd", netns="d", peer={"name": "eth1", "netns": "c"})
    result = host.changes("netns", name=["c", "d"], state="absent")
    # At once, not when the kernel comes to it: the next task may want the name.
    assert host.link("v-c") is None
    assert "ip netns delete c" in result["commands"] and "ip link delete dev v-c" in result["commands"]
    host.is_as(before)
    host.unchanged("netns", name=["c", "d"], state="absent")


def test_another_network_makes_a_namespace_one_of_both_and_purging_one_leaves_the_other(host):
    host.done("netns", name=["c"], network=["red"])
    host.changes("netns", name=["c"], network=["blue"])
    assert host.link("lo", "c")["ifalias"] == "linuxnet.container:blue,red"
    host.changes("netns", purge_networks=["red"])
    assert host.link("lo", "c")["ifalias"] == "linuxnet.container:blue"
    host.changes("netns", purge_networks=["blue"])
    assert host.names() == []


def test_what_is_no_longer_listed_goes_and_other_peoples_stays(host):
    host.done("netns", name=["a", "b"], network=["red"])
    host.done("netns", name=["other"], network=["blue"])
    host.done("netns", name=["plain"])
    host.sh("ip netns add foreign")
    host.changes("netns", name=["b", "c"], network=["red"], purge_networks=["red"])
    assert host.names() == ["b", "c", "foreign", "other", "plain"]


def test_a_network_whose_name_begins_another_ones_is_not_purged_with_it(host):
    host.done("netns", name=["a"], network=["red"])
    host.done("netns", name=["b"], network=["red2"])
    host.changes("netns", purge_networks=["red"])
    assert host.names() == ["b"]


# Other people's


def test_somebody_elses_namespace_is_used_but_neither_marked_nor_removed(host):
    host.sh("ip netns add foreign")
    host.changes("netns", name=["foreign"])
    assert "UP" in host.link("lo", "foreign")["flags"] and "ifalias" not in host.link("lo", "foreign")
    host.refuses("netns", "^name: namespace 'foreign' was not made by this collection", name=["foreign"], state="absent")
    assert host.names() == ["foreign"]


def test_a_symbolic_link_or_a_file_in_the_place_of_a_namespace_is_not_followed(host):
    host.sh("ip netns add real", "touch /run/netns/file /run/secret", "ln -s /run/netns/real /run/netns/link")
    for name in ("file", "link"):
        for state in ("present", "absent"):
            host.refuses("netns", "/run/netns/%s: it is no namespace, and left alone" % name, name=[name], state=state)
    host.done("netns", name=["c"])
    host.refuses("veth", "/run/netns/link", name="v", peer={"name": "eth0", "netns": "link"})
    # Those who look for marks pass them by.
    host.done("netns", purge_networks=["red"])
    assert host.sh("ls /run/netns").split() == ["c", "file", "link", "real"]


# Processes


def test_absent_names_the_processes_inside_and_changes_nothing(host, sleeper):
    host.done("netns", name=["c", "d"])
    process, pid = sleeper("c")
    text = host.refuses("netns", "processes run in namespace 'c'", name=["d", "c"], state="absent")
    assert "%d (sleep)" % pid in text and "stop_processes: true" in text
    assert process.poll() is None
    host.done("netns", name=["d"], network=["red"])
    host.done("netns", namespaces=[{"name": "e", "network": ["red"]}])


def test_purging_a_namespace_with_processes_inside_is_refused_too(host, sleeper):
    host.done("netns", name=["c"], network=["red"])
    process, pid = sleeper("c")
    assert "%d (sleep)" % pid in host.refuses("netns", "^purge_networks: processes run", purge_networks=["red"])
    assert process.poll() is None


def test_processes_are_stopped_when_asked_for(host, sleeper):
    host.done("netns", name=["c"])
    process, pid = sleeper("c")
    said = host.call("netns", check=True, name=["c"], state="absent", stop_processes=True)
    assert said["commands"] == ["kill -TERM %d" % pid, "ip netns delete c"] and process.poll() is None
    started = time.monotonic()
    result = host.done("netns", name=["c"], state="absent", stop_processes=True)
    assert result["commands"] == said["commands"]
    assert process.wait(5) == -15 and time.monotonic() - started < 5
    assert host.names() == []


def test_what_ignores_term_is_killed_after_the_timeout(host, sleeper):
    host.done("netns", name=["c"])
    process, _pid = sleeper("c", deaf=True)
    started = time.monotonic()
    host.done("netns", name=["c"], state="absent", stop_processes=True, stop_timeout=1)
    assert process.wait(5) == -9 and time.monotonic() - started >= 1
    assert host.names() == []


def test_what_is_started_while_others_are_stopped_is_stopped_too(host):
    host.done("netns", name=["c"])
    # Every TERM leaves a child behind, as a supervisor that restarts its workers does.
    line = "trap 'sleep 61234 & exit' TERM; echo ready; while :; do sleep 0.05; done"
    process = host.start(["sh", "-c", line], "c", stdout=-1, text=True)
    assert process.stdout.readline() == "ready\n"
    host.done("netns", name=["c"], state="absent", stop_processes=True, stop_timeout=1)
    process.wait(5)
    process.stdout.close()
    assert b"sleep\x0061234" not in b"".join(map(_command_line, os.listdir("/proc")))


# Adoption


def test_the_namespace_of_a_process_gets_a_name_that_alone_is_ours(host, sleeper):
    host.sh("ip netns add before")
    process, pid = sleeper(prefix=["unshare", "--net"])
    host.changes("netns", name=["box"], pid=pid)
    inode = os.stat("/proc/%d/ns/net" % pid).st_ino
    assert host.run(["stat", "-L", "-c", "%i", "/run/netns/box"]).strip() == str(inode)
    assert "ifalias" not in host.link("lo", "box") and "UP" not in host.link("lo", "box")["flags"]
    host.done("bridge", name="br", addresses=["10.9.0.1/24"])
    host.done("veth", name="v-box", bridge="br", peer={"name": "eth0", "netns": "box", "addresses": ["10.9.0.2/24"]})
    assert host.reaches("box", "10.9.0.1")
    host.done("veth", name="v-box", state="absent")
    host.sh("ip link add inside type veth peer name other", netns="box")
    (shown,) = host.done("netns", name=["box"], pid=pid)["namespaces"]
    assert shown["adopted"] and shown["ours"] and not shown["loopback"]

    host.changes("netns", name=["box"], state="absent")
    assert host.names() == ["before"] and process.poll() is None
    assert "inside" in host.run(["nsenter", "--net=/proc/%d/ns/net" % pid, "ip", "link"])
    assert not host.dump()[""]["ours"]


def test_an_adopted_namespace_is_changed_inside_only_where_asked(host, sleeper):
    _process, pid = sleeper(prefix=["unshare", "--net"])
    host.changes("netns", name=["box"], pid=pid, loopback=True, sysctls={"net.ipv4.ip_forward": 1})
    assert "UP" in host.link("lo", "box")["flags"]
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward", netns="box") == "1\n"
    host.changes("netns", name=["box"], state="absent", stop_processes=True)
    assert os.path.exists("/proc/%d" % pid)


def test_a_process_started_anew_is_adopted_under_the_old_name(host, sleeper):
    first, pid = sleeper(prefix=["unshare", "--net"])
    host.done("netns", name=["box"], pid=pid)
    first.kill()
    first.wait()
    _second, pid = sleeper(prefix=["unshare", "--net"])
    result = host.done("netns", name=["box"], pid=pid)
    assert result["commands"][1:] == ["ip netns delete box", "ip netns attach box %d" % pid]
    host.unchanged("netns", name=["box"], pid=pid)
    inode = os.stat("/proc/%d/ns/net" % pid).st_ino
    assert host.run(["stat", "-L", "-c", "%i", "/run/netns/box"]).strip() == str(inode)


def test_an_adopted_name_that_was_removed_by_hand_leaves_no_note_behind(host, sleeper):
    _process, pid = sleeper(prefix=["unshare", "--net"])
    host.done("netns", name=["box"], pid=pid)
    host.sh("ip netns delete box")
    host.done("netns", name=["box"], state="absent")
    assert not host.dump()[""]["ours"]


def test_an_adopted_namespace_belongs_to_its_networks_like_any_other(host, sleeper):
    _process, pid = sleeper(prefix=["unshare", "--net"])
    host.changes("netns", name=["box"], pid=pid, network=["red"])
    host.unchanged("netns", namespaces=[{"name": "box", "pid": pid, "network": ["red"]}], purge_networks=["red"])
    (shown,) = host.done("network_info", network=["red"])["namespaces"]
    assert shown["name"] == "box" and shown["networks"] == ["red"] and shown["adopted"]
    host.changes("netns", purge_networks=["red"])
    assert host.names() == [] and not host.dump()[""]["ours"]
    assert os.path.exists("/proc/%d" % pid)


def test_what_cannot_be_adopted_is_refused(host, sleeper):
    process, pid = sleeper(prefix=["unshare", "--net"])
    host.done("netns", name=["ours"])
    host.sh("ip netns add foreign")
    host.refuses("netns", "^name: 'ours' names another namespace, ours", name=["ours"], pid=pid)
    host.refuses("netns", "^name: 'foreign' names another namespace, somebody else's", name=["foreign"], pid=pid)
    _process, at_home = sleeper()
    host.refuses("netns", "^pid: process %d is in the host's own" % at_home, name=["box"], pid=at_home)
    process.kill()
    process.wait()
    host.refuses("netns", "^pid: there is no process %d" % pid, name=["box"], pid=pid)
