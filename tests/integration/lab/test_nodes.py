# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab nodes on the real kernel: what is apart, what is joined, what is left behind."""

from __future__ import annotations

import os
import pathlib
import select
import signal
import subprocess
import sys

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils import _lab
from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, LabError, NodeSpec


ASK = """
import socket, sys
with socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM) as asker:
    asker.settimeout(3)
    asker.connect((sys.argv[2], 7007))
    asker.send(b"q")
    print(asker.recv(99).decode())
"""


def links_of_the_machine():
    return sorted(line.split(":")[0].strip() for line in pathlib.Path("/proc/self/net/dev").read_text().splitlines()[2:])


def test_a_node_is_apart_from_the_machine_and_from_the_next(lab):
    before = links_of_the_machine(), sorted(os.listdir("/run")), pathlib.Path("/proc/self/mountinfo").read_text()
    lab.up(["a", "b"], underlay=False)
    lab.run("a", ["ip", "netns", "add", "web"])
    lab.run("a", ["touch", "/run/tmp/mine"])
    assert lab.run("a", ["hostname"]).stdout == "a\n"
    assert lab.run("a", ["ls", "/sys/class/net"]).stdout.split() == ["lo"]
    assert lab.run("a", ["ip", "netns"]).stdout.split() == ["web"]
    assert lab.run("b", ["ip", "netns"]).stdout == ""
    assert lab.run("b", ["ls", "/run/tmp"]).stdout == ""
    assert "UP" in lab.run("a", ["ip", "link", "show", "lo"]).stdout
    assert lab.run("a", ["cat", "/proc/sys/net/ipv4/ip_forward"]).stdout == "0\n"
    assert lab.run("a", ["id", "-u"]).stdout == "0\n"
    lab.run("a", ["hostname", "renamed"])
    assert before == (links_of_the_machine(), sorted(os.listdir("/run")), pathlib.Path("/proc/self/mountinfo").read_text())
    assert os.uname().nodename != "renamed"


def test_the_folder_is_for_its_owner_alone(lab):
    lab.folder = os.path.join(lab.folder, "new")
    lab.up(["a"], underlay=False)
    assert os.stat(lab.folder).st_mode & 0o777 == 0o700


def test_a_program_in_a_namespace_of_a_node(lab):
    lab.up(["a"], underlay=False)
    lab.run("a", ["ip", "netns", "add", "web"])
    lab.ip("a", ["link add x type veth peer name y"], "web")
    assert lab.run("a", ["ls", "/proc/self/net/dev_snmp6"], "web").stdout.split() == ["lo", "x", "y"]
    with pytest.raises(LabError, match="a/none: 'true' failed.*No such file"):
        lab.run("a", ["true"], "none")


def test_the_whole_lab_carries_traffic_and_the_internet_sees_the_node(module_lab):
    assert module_lab.up() == ["switch", "node1", "node2", "internet"]
    assert module_lab.up() == []
    for family, internet, own in ((2, "203.0.113.10", "192.0.2.11"), (10, "2001:db8:ffff::10", "2001:db8:0:2::11")):
        answer = module_lab.run("node1", [sys.executable, "-c", ASK, str(family), internet]).stdout.split()
        assert answer[:2] == ["q", own]
    assert "203.0.113.10" not in module_lab.run("node1", ["ip", "route"]).stdout


def test_a_third_node_comes_later_and_goes_alone(module_lab):
    module_lab.up()
    assert module_lab.up(("node1", "node2", "node3")) == ["node3"]
    assert "p-node3" in module_lab.run("switch", ["ip", "link"]).stdout
    assert module_lab.remove(["node3", "never"]) == ["node3"]
    assert "p-node3" not in module_lab.run("switch", ["ip", "link"]).stdout
    assert sorted(module_lab.nodes()) == ["internet", "node1", "node2", "switch"]


def test_a_node_wanted_otherwise_is_made_anew_with_its_old_mac(lab):
    lab.up(("node1",))
    mac = lab.run("node1", ["cat", "/sys/class/net/eth0/address"]).stdout
    specs = [NodeSpec("node1", ("192.0.2.99/24",), mtu=1400)]
    assert lab.changes(specs) == ["node1"]
    assert lab.apply(specs) == ["node1"] and lab.apply(specs) == []
    assert "192.0.2.99/24" in lab.run("node1", ["ip", "address"]).stdout
    assert lab.run("node1", ["cat", "/sys/class/net/eth0/mtu"]).stdout == "1400\n"
    assert lab.run("node1", ["cat", "/sys/class/net/eth0/address"]).stdout == mac


def test_nodes_are_plugged_in_again_when_their_switch_was_lost(lab):
    lab.up(("node1",))
    lab.remove(["switch"])
    assert lab.up(("node1",)) == ["switch", "node1", "internet"]
    assert "192.0.2.11" in lab.run("node1", ["ip", "address"]).stdout


def test_a_node_that_cannot_be_wired_is_not_left_half_made(lab):
    with pytest.raises(LabError, match="'switch' is not up"):
        lab.apply([NodeSpec("node1", ("192.0.2.11/24",))])
    assert lab.nodes() == {}


def test_the_holder_lets_go_of_everything_and_outlives_its_maker(lab):
    code = "import sys; sys.path[:0] = %r; from " + Lab.__module__ + " import Lab; Lab(sys.argv[1]).up(['a'], underlay=False)"
    kept, inherited = os.pipe()
    # run() returns only when nobody holds the pipes any more, and what is read here ends only when nobody can write.
    command = [sys.executable, "-c", code % sys.path, lab.folder]
    subprocess.run(command, capture_output=True, check=True, timeout=20, pass_fds=[inherited])
    os.close(inherited)
    assert select.select([kept], [], [], 5)[0] and os.read(kept, 1) == b""
    os.close(kept)
    node = lab.node("a")
    assert {os.readlink("/proc/%d/fd/%s" % (node.pid, fd)) for fd in os.listdir("/proc/%d/fd" % node.pid)} == {"/dev/null"}
    assert os.getsid(node.pid) != os.getsid(0)


def test_mounts_of_a_node_stay_in_it_where_propagation_is_shared(tmp_path):
    """As on most systems, where an init made every mount shared."""
    way = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    code = SHARED % (sys.path, Lab.__module__)
    done = subprocess.run(
        ["unshare", *way, "--mount", "--propagation", "shared", sys.executable, "-c", code, str(tmp_path / "lab")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


SHARED = """
import sys; sys.path[:0] = %r
from %s import Lab
mounts = lambda: open("/proc/self/mountinfo").read()
before = mounts()
assert " shared:" in before.splitlines()[0]
lab = Lab(sys.argv[1])
lab.up(["a"], underlay=False)
lab.run("a", ["ip", "netns", "add", "web"])
after = mounts()
lab.down()
assert after == before
"""


def test_down_ends_what_runs_inside_and_nothing_else(lab):
    lab.up(["a", "b"], underlay=False)
    lab.run("a", ["ip", "netns", "add", "web"])
    stubborn = "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(300)"
    inside = subprocess.Popen(lab.enter("a", [sys.executable, "-c", stubborn], "web"), stdout=subprocess.PIPE)
    assert inside.stdout.readline() == b"1\n"
    other = lab.serve("b")
    assert lab.remove(["a"]) == ["a"]
    inside.stdout.close()
    assert inside.wait(5) == -signal.SIGKILL
    assert list(lab.nodes()) == ["b"] and _lab._start_time(other)
    assert lab.down() == ["b"] and lab.down() == []
    assert _lab._start_time(other) is None


def test_down_ends_what_is_born_while_it_ends_the_others(lab):
    lab.up(["a"], underlay=False)
    heir = "import os, signal, time; signal.signal(15, lambda *_: os.fork() or time.sleep(300) or 1); print(1, flush=True); time.sleep(300)"
    inside = subprocess.Popen(lab.enter("a", [sys.executable, "-c", heir]), stdout=subprocess.PIPE)
    assert inside.stdout.readline() == b"1\n"
    with _lab._spaces([lab.node("a")]) as spaces:
        assert lab.down() == ["a"]
        assert len(spaces) == 3 and _lab._inside(spaces) == []
    inside.stdout.close()
    inside.wait(5)


def test_down_leaves_a_lab_alone_that_is_given_the_numbers_of_the_one_that_goes(lab, tmp_path, monkeypatch):
    """The kernel gives the lowest free number to the next namespace: while one is looked for, its number must not be free."""
    lab.up(["a"], underlay=False)
    other, ended = _lab.Lab(tmp_path / "other"), []
    end = _lab._end

    def and_then_another_is_made(processes, *arguments):
        end(processes, *arguments)
        ended.extend(processes)
        if not other.nodes():
            other.up(["b"], underlay=False)

    monkeypatch.setattr(_lab, "_end", and_then_another_is_made)
    assert lab.down() == ["a"]
    monkeypatch.undo()
    assert list(other.nodes()) == ["b"] and other.down() == ["b"]
    assert len(set(ended)) == 1


def test_a_port_that_is_taken_is_said(lab):
    lab.up(["a"], underlay=False)
    lab.serve("a")
    with pytest.raises(LabError, match="a: the whoami server did not start: .*Address already in use"):
        lab.serve("a")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_has_the_same_lab(tmp_path):
    nobody, folder = 65534, tmp_path / "lab"
    if subprocess.run(["test", "-x", sys.executable], user=nobody, group=nobody, extra_groups=[], cwd="/", check=False).returncode:
        pytest.skip("an ordinary user may not run this Python, %s" % sys.executable)
    os.chmod(tmp_path, 0o711)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and parent.stat().st_mode & 0o777 == 0o700:  # pytest's own
            os.chmod(parent, 0o711)
    folder.mkdir()
    os.chown(folder, nobody, nobody)
    done = subprocess.run(
        [sys.executable, "-c", ROOTLESS % sys.path, str(folder), ASK],
        user=nobody,
        group=nobody,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "node1", "192.0.2.11", "web"]


ROOTLESS = """
import sys; sys.path[:0] = %r
from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab
lab = Lab(sys.argv[1])
lab.up()
try:
    lab.run("node1", ["ip", "netns", "add", "web"])
    print(lab.run("node1", ["id", "-u"]).stdout, lab.run("node1", ["hostname"]).stdout)
    print(lab.run("node1", [sys.executable, "-c", sys.argv[2], "2", "203.0.113.10"]).stdout.split()[1], lab.run("node1", ["ip", "netns"]).stdout)
finally:
    lab.down()
assert not lab.nodes()
"""
