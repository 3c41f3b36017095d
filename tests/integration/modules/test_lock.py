# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer at a time on a host."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, endpoint

#: Holds the lock until its standard input ends.
_HOLDER = """
import fcntl, os, sys
os.makedirs("/run/linuxnet.container", mode=0o700, exist_ok=True)
with open("/run/linuxnet.container/lock", "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write("4711")
    file.flush()
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(host):
    """A node on which another run is at work; call it to end that run."""
    import subprocess
    import sys

    holder = subprocess.Popen(
        host.lab.enter(host.name, [sys.executable, "-c", _HOLDER]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"

    def release():
        holder.stdin.close()
        holder.wait()

    yield release
    if holder.poll() is None:
        release()
    holder.stdout.close()


def test_a_second_writer_waits_with_a_limit_and_says_for_whom(host, held):
    started = time.monotonic()
    text = host.fails("netns", r"^lock_timeout: another run .* \(pid 4711\)", name=["c"], lock_timeout=1)
    assert 1 <= time.monotonic() - started < 4 and "raise lock_timeout" in text
    assert host.names() == []


def test_it_goes_on_when_the_first_has_ended(host, held):
    timer = threading.Timer(0.5, held)
    timer.start()
    assert host.done("netns", name=["c"], lock_timeout=10)["changed"]
    timer.join()


def test_whoever_only_looks_does_not_wait(host, held):
    assert host.call("netns", check=True, name=["c"], lock_timeout=0)["changed"]
    assert host.done("network_info")["namespaces"] == []


def test_many_at_once_take_turns(lab, host, hosts):
    results = []

    def run(worker, number):
        for repeat in range(5):
            results.append(worker.call("netns", name=["c%d" % number], state="present" if repeat % 2 == 0 else "absent"))

    workers = [hosts("node") for _number in range(4)]
    threads = [threading.Thread(target=run, args=(worker, number)) for number, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20 and all(result.get("changed") for result in results), results
    assert host.names() == ["c0", "c1", "c2", "c3"]
    assert host.dump()[""]["ours"] == []


def _at_once(hosts, sequences):
    """Run each of ``sequences`` (lists of calls) in a process of its own, all at once; no call may fail."""
    workers = [hosts("node") for _sequence in sequences]
    start, failures = threading.Barrier(len(sequences)), []

    def run(worker, sequence):
        worker.call("network_info")  # what a module imports is there
        start.wait()
        for module, arguments in sequence:
            try:
                result = worker.call(module, **arguments)
            except AssertionError as error:
                result = {"failed": True, "msg": str(error)}
            if result.get("failed"):
                failures.append("%s %s: %s" % (module, arguments, result["msg"]))

    threads = [threading.Thread(target=run, args=pair) for pair in zip(workers, sequences)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, "\n".join(failures)


def _network(number, mtu=1500):
    """The calls that make a network of its own, masquerading included."""
    name, subnet = "net%d" % number, "10.%d.0" % (number + 1)
    numbers = (10 * number + 1, 10 * number + 2)
    return [
        ("netns", {"name": ["c%d" % one for one in numbers], "network": [name]}),
        ("bridge", bridge(name, subnet, mtu=mtu)),
        ("veth", {"veths": [endpoint(one, name, subnet, mtu=mtu) for one in numbers]}),
        ("nat_masquerade", {"name": name, "sources": [subnet + ".0/24"], "bridge": "br-" + name}),
    ]


def _gone(number):
    return [(module, {"purge_networks": ["net%d" % number]}) for module in ("nat_masquerade", "veth", "bridge", "netns")]


def _rules(host):
    return [line for line in host.sh("nft list ruleset").splitlines() if "comment" in line]


def test_many_networks_at_once_are_all_there_and_then_none(host, hosts):
    before = host.dump()
    numbers = range(4)
    _at_once(hosts, [_network(number, 1400) + _network(number) + _network(number) for number in numbers])
    assert host.names() == sorted("c%d" % (10 * number + one) for number in numbers for one in (1, 2))
    for number in numbers:
        for module, arguments in _network(number):
            assert host.call(module, check=True, **arguments)["commands"] == []
        assert host.reaches("c%d" % (10 * number + 1), "10.%d.0.%d" % (number + 1, 10 * number + 3))
    assert len(_rules(host)) == 5 * len(numbers)
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward") == "1\n"
    # Half of them go while the other half are changed, and what they share stays as it is.
    _at_once(hosts, [_gone(0), _network(1, 1400), _gone(2), _network(3, 1400)])
    assert host.names() == ["c11", "c12", "c31", "c32"] and len(_rules(host)) == 10
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward") == "1\n"
    _at_once(hosts, [_gone(1), _gone(3), _gone(1), _gone(3)])
    host.is_as(before)


def test_one_network_at_once_is_the_union(host, hosts):
    before = host.dump()
    numbers = range(1, 5)
    shared = [("bridge", bridge()), ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-red"})]

    def own(number):
        return [
            *shared,
            ("netns", {"name": ["c%d" % number, "c9"], "network": ["red"]}),
            ("veth", endpoint(number)),
            ("veth", endpoint(number, mtu=1400)),
            *shared,
        ]

    _at_once(hosts, [own(number) for number in numbers])
    assert host.names() == ["c1", "c2", "c3", "c4", "c9"]
    for number in numbers:
        assert host.link("v-%d" % number)["mtu"] == 1400 and host.reaches("c%d" % number, "10.1.0.1")
    assert len(_rules(host)) == 5
    _at_once(hosts, [[(module, {"purge_networks": ["red"]}) for module in ("nat_masquerade", "veth", "bridge", "netns")] for _number in numbers])
    host.is_as(before)


def test_a_run_that_is_killed_while_it_holds_the_lock_lets_the_next_one_in(host, hosts):
    before = host.dump()
    calls = _network(0)
    host.make(*calls[:2])
    module, arguments = calls[2]
    last = len(host.call(module, check=True, **arguments)["commands"]) - 1
    hung, waiting = hosts("node"), hosts("node")
    said, done = [], []

    def hang():
        with pytest.raises(AssertionError, match="process died"):
            hung.call(module, breaks={"positions": [last], "how": "hang"}, **arguments)
        said.append("died")

    def wait():
        done.append(waiting.call(module, lock_timeout=60, **arguments))

    threads = [threading.Thread(target=hang), threading.Thread(target=wait)]
    threads[0].start()
    while threads[0].is_alive() and host.link("v-2") is None:
        time.sleep(0.05)
    pid = int(host.sh("cat /run/linuxnet.container/lock"))
    threads[1].start()
    host.fails(module, r"^lock_timeout: another run .* for 0 s \(pid %d\); wait for it to end, or raise lock_timeout\.$" % pid, lock_timeout=0, **arguments)
    assert not done and not said
    os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert said and done[0]["changed"], done
    assert host.reaches("c1", "10.1.0.3") and host.reaches("c2", "10.1.0.2")
    host.make(*_gone(0)[1:])
    host.is_as(before)


def test_a_folder_that_others_could_write_to_is_not_trusted(host):
    host.sh("mkdir -m 0777 /run/linuxnet.container")
    host.fails("netns", "/run/linuxnet.container is not a folder that is root's alone", name=["c"])
    host.sh("rmdir /run/linuxnet.container", "mkdir /run/elsewhere", "ln -s /run/elsewhere /run/linuxnet.container")
    host.fails("netns", "/run/linuxnet.container is not a folder that is root's alone", name=["c"])


def test_a_damaged_record_is_named(host):
    host.sh("mkdir -m 0700 /run/linuxnet.container", "echo '{' > /run/linuxnet.container/records.json")
    result = host.call("nat_masquerade", name="red", sources=["10.1.0.0/24"], bridge="b")
    assert result["failed"]
    host.is_a_sentence(result["msg"], "/run/linuxnet.container/records.json is damaged .*: remove it and run again")
