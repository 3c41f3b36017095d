# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer at a time on a host."""

from __future__ import annotations

import threading
import time

import pytest

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
