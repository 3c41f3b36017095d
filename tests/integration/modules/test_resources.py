# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run takes of a host's resources it gives back; where they do not suffice, it says so and nothing is half done."""

from __future__ import annotations

import os
import re
import time

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._kinds.bridge import MAX_PORTS
from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls, endpoint

#: With as many containers as a bridge takes, more files are open at once than a process usually may.
MANY = range(1, MAX_PORTS + 1)
NAT = ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/20"], "bridge": "br-red"})


def _endpoint(number, peer=(), **more):
    """The options of one of more than 254 containers."""
    inside = {"addresses": ["10.1.%d.%d/20" % divmod(number + 1, 256)], "gateway": ["10.1.0.1"]}
    return endpoint(number, peer=dict(inside, **dict(peer)), **more)


def _processes(host):
    """The processes in the host, whatever their network namespace."""
    found, mount = set(), os.stat("/proc/%d/ns/mnt" % host.lab.node(host.name).pid).st_ino
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat("/proc/%s/ns/mnt" % pid).st_ino == mount:
                found.add(pid)
        except OSError:  # it has ended
            continue
    return found


def _namespaces_known(host):
    """Namespaces that the host's kernel has at the other end of a pair; one that is gone takes a moment to be forgotten."""
    for _try in range(100):
        known = host.sh("ip netns list-id")
        if not known:
            break
        time.sleep(0.1)
    return known


def test_a_thousand_namespaces_leave_nothing_open_running_or_mounted(lab, hosts):
    lab.up(["node"], underlay=False)
    host = hosts("node", runner="one_process.py")
    names = ["c%d" % number for number in MANY]
    pairs = [_endpoint(number) for number in MANY]
    build = [
        ("netns", {"name": names, "network": ["red"]}),
        ("bridge", {"name": "br-red", "network": "red", "addresses": ["10.1.0.1/20"]}),
        ("veth", {"veths": pairs}),
        NAT,
    ]
    route = {"dst": "198.51.100.0/24", "via": "10.1.0.1", "src": "10.99.0.1"}
    refused = [dict(pair, mtu=1420) for pair in pairs[:-1]] + [dict(pairs[-1], peer=dict(pairs[-1]["peer"], routes=[route]))]

    # What is loaded, and how iproute2 prepares the folder of names, stays from the first run on.
    host.make(("netns", {"name": ["c1"], "network": ["red"]}), NAT, *everything.GONE)
    before = host.dump()
    free = host.done("network_info")["held"]
    processes = _processes(host)

    def holds(held, namespaces):
        """The process that runs the modules, and the host, hold what they held in the beginning, and the namespaces."""
        mounts = set(free["mounts"])
        named = [mount.split()[4] for mount in held.pop("mounts") if mount not in mounts]
        assert sorted(named) == sorted("/run/netns/" + name for name in namespaces)
        assert held == {what: free[what] for what in held}
        assert _processes(host) == processes

    def run(calls, changed):
        for module, arguments in calls:
            result = host.done(module, **arguments)
            assert result["changed"] == changed or module in ("vxlan", "publish")
            holds(result["held"], () if arguments is everything.GONE[-1][1] else names)

    for _round in range(2):
        run(build, True)
        run(build, False)
        run([("veth", {"veths": [dict(pair, mtu=1400) for pair in pairs]})], True)
        result = host.call("veth", veths=refused)
        assert result.get("failed") and "Everything is as it was before" in result["msg"]
        holds(result["held"], names)
        run(everything.GONE, True)
        host.is_as(before)
        assert _namespaces_known(host) == ""


#: The new and the old of two dozen containers.
OLD, NEW = range(1, 25), range(101, 125)


def _between(number):
    """The options of a pair between two of the old containers."""
    return {"name": "next", "netns": "c%d" % number, "network": "red", "peer": {"name": "last", "netns": "c%d" % (number % 24 + 1)}}


#: What runs, and what runs before it.
RUNS = {
    "namespaces": ([], "netns", {"name": ["c%d" % number for number in NEW], "network": ["red"], "sysctls": {"net.ipv4.ip_unprivileged_port_start": 80}}),
    "pairs": (calls(NEW)[:1], "veth", {"veths": [endpoint(number) for number in NEW]}),
    "pairs between namespaces": ([], "veth", {"veths": [_between(number) for number in OLD]}),
    "masquerading": ([], "nat_masquerade", {"name": "blue", "sources": ["10.2.0.0/20", "fd00:2::/64"], "bridge": "br-red"}),
    "a change": ([], "veth", {"veths": [endpoint(number, mtu=1400, peer={"routes": [{"dst": "10.9.0.0/16", "via": "10.1.0.1"}]}) for number in OLD]}),
    "an end to pairs": ([], "veth", {"purge_networks": ["red"]}),
    "an end to namespaces": ([], "netns", {"purge_networks": ["red"]}),
    "an end to everything": ([everything.GONE[2], everything.GONE[5]], "checkpoint", {"name": "role", "state": "restored"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def red(module_host):
    """A host with two dozen containers."""
    module_host.sh(*everything.FOREIGN)
    module_host.make(*calls(OLD), NAT)
    return module_host


def _glance(host):
    """What a run that stops half way would leave different, for a look after each of many."""
    return host.sh(
        "ls -i /run/netns /run/linuxnet.container",
        "cat /run/linuxnet.container/records.json",
        "cd /sys/class/net; grep -H . */ifindex */mtu */address */netdev_group */ifalias || true",
        "ip -o -4 address; ip route | sed 's/ linkdown//'",
        "nft list ruleset",
        "grep . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf/*/forwarding",
    )


@pytest.mark.parametrize("what", RUNS)
def test_with_few_open_files_a_run_says_so_beforehand_or_goes_through_or_back(red, what):
    before = red.dump()
    red.done("checkpoint", name="role", networks=["red", "blue"])
    needed, module, arguments = RUNS[what]
    red.make(*needed)
    found, glanced = red.dump(), _glance(red)
    last = len(red.call(module, check=True, **arguments)["commands"]) - 1
    refused = 0
    for files in range(1, 200):
        result = red.call(module, room={"files": files}, breaks={"positions": [last], "how": "stop"}, **arguments)
        assert result.get("failed"), "with %d files more the run went through, though its last step was to fail" % files
        red.is_a_sentence(result["msg"])
        if "No more today" in result["msg"]:
            break
        said = r"\d+ more files have to be open at once, and the limit of open files \(\d+\) leaves no room for them: raise it \(ulimit -n"
        assert re.match(said, result["msg"]), "with %d files more: %s" % (files, result["msg"])
        assert _glance(red) == glanced, "with %d files more the run left something" % files
        refused += 1
    assert refused >= 3
    # Just enough for it to go on: then also to go back, and to go through.
    assert "Everything is as it was before" in result["msg"], "with %d files more: %s" % (files, result["msg"])
    red.is_as(found)
    result = red.call(module, room={"files": files}, **arguments)
    assert result.get("changed"), "with %d files more: %s" % (files, result.get("msg"))
    red.done("checkpoint", name="role", state="restored")
    red.done("checkpoint", name="role", state="dropped")
    red.is_as(before)


@pytest.mark.parametrize("module, arguments", [("network_info", {"network": "red"}), ("netns", {"name": ["c1"], "_ansible_check_mode": True})])
def test_with_few_open_files_a_look_says_so_too(red, module, arguments):
    for files in range(1, 200):
        result = red.call(module, room={"files": files}, **arguments)
        if not result.get("failed"):
            break
        red.is_a_sentence(result["msg"], "^[0-9]+ more files have to be open at once")
    assert 3 < files < 100 and "msg" not in result


def test_a_run_needs_no_thread(red):
    """Where no more processes may be started there are no more threads either; here there is no memory for one's stack."""
    before = red.dump()
    names = ["n1", "n2", "n3"]
    assert red.done("netns", name=names, room={"memory": 4 << 20})["changed"]
    assert red.done("netns", name=names, state="absent", room={"memory": 4 << 20})["changed"]
    red.is_as(before)
