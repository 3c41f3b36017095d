# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that are there already, of a real Docker and a real Podman, and processes: found, named, plugged in, let go."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules.conftest import Host

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="container engines need root, which an ordinary user's lab does not have")

ENGINES = ("docker", "podman")
SCRIPT = [sys.executable, "-I", "-S", str(pathlib.Path(__file__).resolve().parents[1] / "engines.py")]
PLUG = {"name": "v-box", "bridge": "br-red", "peer": {"name": "lan0", "netns": "box", "addresses": ["10.1.0.9/24"]}}


class Engines:
    """The engines of a node, and what runs in them for one test."""

    def __init__(self, host):
        self.host = host
        self.made: list = []

    def __call__(self, engine, *words):
        return self.host.run([*SCRIPT, "call", engine, *words]).strip()

    def run(self, engine, name, *options, network="none"):
        """A container that does nothing; its ID."""
        self.made.append((engine, name))
        # What shares the node's UTS namespace ends with the lab, whatever happens.
        words = ["run", "-d", "--name", name, "--uts", "host", "--cap-add", "NET_RAW", "--network", network, *options, "busybox", "sleep", "600"]
        return self(engine, *words)

    def create(self, engine, name):
        self.made.append((engine, name))
        return self(engine, "create", "--name", name, "--network", "none", "busybox", "sleep", "600")

    def remove(self, engine, name):
        self.made.remove((engine, name))
        self(engine, *self._removal(engine), name)

    @staticmethod
    def _removal(engine):
        return ["rm", "-f"] + (["-t", "0"] if engine == "podman" else [])

    def pid(self, engine, name):
        return int(self(engine, "inspect", "--format", "{{.State.Pid}}", name))

    def inode(self, engine, name):
        return os.stat("/proc/%d/ns/net" % self.pid(engine, name)).st_ino

    def tidy(self):
        for engine, name in self.made:
            self(engine, *self._removal(engine), name)
        self.made = []


@pytest.fixture(scope="module")
def both(module_lab):
    """A node with both engines, which the tests of this file share."""
    module_lab.up(["engines"], underlay=False)
    host = Host(module_lab, "engines")
    try:
        for engine in ENGINES:
            host.run([*SCRIPT, "up", engine])
        # Podman's own bridge comes with the first who asks for it, and stays.
        host.run([*SCRIPT, "call", "podman", "run", "--rm", "--network", "podman", "busybox", "sleep", "0"])
        # What Docker drops beside its own networks is no matter here: frames on a bridge are not shown to its rules.
        host.sh("sysctl -qw net.bridge.bridge-nf-call-iptables=0")
        yield host
    finally:
        host.close()
        host.run([*SCRIPT, "down"])


@pytest.fixture
def node(both):
    """That node, with a bridge and a container of ours; each test leaves it as it found it."""
    found = both.dump()
    both.make(
        ("bridge", {"name": "br-red", "network": "red", "addresses": ["10.1.0.1/24"]}),
        ("netns", {"name": ["sibling"], "network": ["red"]}),
        ("veth", {"name": "v-sibling", "bridge": "br-red", "network": "red", "peer": {"name": "eth0", "netns": "sibling", "addresses": ["10.1.0.8/24"]}}),
    )
    yield both
    if "box" in both.names():
        both.done("netns", name=["box"], state="absent")
    both.done("network", purge_networks=["red"])
    both.settle()
    both.is_as(found)


@pytest.fixture
def engines(node):
    found = Engines(node)
    yield found
    found.tidy()
    # What was plugged into them goes in the kernel's own time, and not under the next run's hands.
    node.settle()


@pytest.fixture
def process(node):
    """Starts a process with a network namespace of its own, as a container without an engine; its id."""
    started = []

    def start(*argv, prefix=("unshare", "--net")):
        started.append(node.start([*prefix, *(argv or ("sleep", "600"))], stdout=subprocess.DEVNULL))
        while prefix and os.stat("/proc/%d/ns/net" % started[-1].pid).st_ino == namespace_of(node):
            time.sleep(0.01)
        return started[-1].pid

    def end(pid):
        (one,) = [one for one in started if one.pid == pid]
        one.kill()
        one.wait()

    start.end = end
    yield start
    for one in started:
        one.kill()
        one.wait()


def namespace_of(node):
    return int(node.run(["stat", "-L", "-c", "%i", "/proc/self/ns/net"]))


def named(node, name="box"):
    """The inode of what has the name."""
    return int(node.run(["stat", "-L", "-c", "%i", "/run/netns/" + name]))


# Found and plugged in


@pytest.mark.parametrize("form", ["name", "id", "prefix"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_container_is_adopted_by_its_name_or_its_id(node, engines, engine, form):
    identity = engines.run(engine, "shop.1")
    given = {"name": "shop.1", "id": identity, "prefix": identity[:12]}[form]
    result = node.changes("netns", name=["box"], container=given)
    assert named(node) == engines.inode(engine, "shop.1")
    assert result["commands"][1:] == ["ip netns attach box %d" % engines.pid(engine, "shop.1")]
    node.unchanged("netns", name=["box"], container="shop.1", engine=engine)
    node.changes("veth", **PLUG)
    engines(engine, "exec", "shop.1", "ping", "-c", "1", "-w", "2", "10.1.0.8")
    assert node.reaches("sibling", "10.1.0.9") and node.reaches("", "10.1.0.9")


@pytest.mark.parametrize("engine, network, gateway", [("docker", "bridge", "172.30.0.1"), ("podman", "podman", "10.88.0.1")])
def test_a_container_with_a_network_of_its_own_keeps_it(node, engines, engine, network, gateway):
    engines.run(engine, "shop", network=network)
    routes = engines(engine, "exec", "shop", "ip", "route", "show").splitlines()
    assert any("default via " + gateway in route for route in routes)
    node.changes("network", namespaces=[{"name": "box", "container": "shop"}], veths=[PLUG])
    for address in gateway, "10.1.0.8":
        engines(engine, "exec", "shop", "ping", "-c", "1", "-w", "2", address)
    assert set(routes) < set(engines(engine, "exec", "shop", "ip", "route", "show").splitlines())
    text = node.refuses("veth", "'eth0' is an end of somebody else's pair", name="v-2", peer={"name": "eth0", "netns": "box"})
    assert text.startswith("peer.name: ")
    node.changes("netns", name=["box"], state="absent")
    engines(engine, "exec", "shop", "ping", "-c", "1", "-w", "2", gateway)


@pytest.mark.parametrize("given", ["/proc/%d/ns/net", "/run/link"])
def test_a_process_without_an_engine_is_adopted_by_a_path(node, process, given):
    pid = process()
    node.sh("ln -sf /proc/%d/ns/net /run/link" % pid)
    path = given.replace("%d", str(pid))
    result = node.changes("netns", name=["box"], path=path)
    assert named(node) == os.stat("/proc/%d/ns/net" % pid).st_ino
    assert result["commands"][1:] == ["nsenter --net=%s sh -c 'ip netns attach box $$'" % path]
    node.unchanged("netns", namespaces=[{"name": "box", "path": path}])
    # That is what an admin would type.
    node.sh("ip netns delete box", result["commands"][1])
    node.unchanged("netns", name=["box"], path=path)
    node.changes("veth", **PLUG)
    assert node.reaches("box", "10.1.0.8")


def test_a_container_is_adopted_by_the_path_that_docker_keeps(node, engines):
    engines.run("docker", "shop")
    path = engines("docker", "inspect", "--format", "{{.NetworkSettings.SandboxKey}}", "shop")
    assert path.startswith("/var/run/docker/netns/")
    node.changes("netns", name=["box"], path=path)
    assert named(node) == engines.inode("docker", "shop")
    node.unchanged("netns", name=["box"], path="/proc/%d/ns/net" % engines.pid("docker", "shop"))


# What cannot be adopted


def test_what_is_no_network_namespace_of_its_own_is_refused(node, process):
    pid = process()
    node.sh("mkfifo /run/fifo", "touch /run/file", "ln -s /run/nowhere /run/dangling", "ln -s loop /run/loop")
    for path, *said in [
        ("/run/file", "'/run/file' is no network namespace"),
        ("/run/fifo", "is no network namespace"),
        ("/run", "is no network namespace"),
        ("/dev/null", "is no network namespace"),
        ("/proc/%d/ns/uts" % pid, "is a namespace of another kind"),
        ("/proc/self/ns/net", "is the host's own network namespace"),
        ("/run/nowhere", "there is no file '/run/nowhere'"),
        ("/run/dangling", "there is no file"),
        ("/run/file/x", "'/run/file/x' cannot be looked at: Not a directory"),
        ("/run/loop", "cannot be looked at: Too many levels of symbolic links"),
        ("/run/" + "x" * 300, "cannot be looked at: File name too long"),
    ]:
        node.refuses("netns", "^path: ", *said, name=["box"], path=path)


@pytest.mark.parametrize("engine, called", [("docker", "Docker"), ("podman", "Podman")])
def test_a_container_that_has_no_namespace_to_adopt_is_refused(node, engines, engine, called):
    node.refuses("netns", "^container: %s knows no container 'nobody'" % called, name=["box"], container="nobody", engine=engine)
    engines.create(engine, "shop")
    node.refuses("netns", "^container: container 'shop' of %s does not run" % called, name=["box"], container="shop")
    engines(engine, "start", "shop")
    engines(engine, "stop", "-t", "0", "shop")
    node.refuses("netns", "does not run", "start it first", namespaces=[{"name": "box", "container": "shop"}])
    engines.run(engine, "open", network="host")
    node.refuses("netns", "container 'open' of %s shares the host's network: it has no namespace of its own" % called, name=["box"], container="open")


def test_a_container_that_nobody_knows_is_refused(node):
    node.refuses(
        "netns", r"^namespaces\[0\].container: neither Docker nor Podman knows a container 'nobody'", namespaces=[{"name": "box", "container": "nobody"}]
    )


def test_where_both_engines_know_a_container_it_has_to_be_said_which(node, engines):
    for engine in ENGINES:
        engines.run(engine, "shop")
    node.refuses("netns", "^container: Docker and Podman both have a container 'shop': say which is meant, with engine", name=["box"], container="shop")
    for engine in ENGINES:
        node.changes("netns", name=["box"], container="shop", engine=engine)
        assert named(node) == engines.inode(engine, "shop")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_beginning_of_two_ids_is_refused(node, engines, engine):
    seen: dict = {}
    for number in range(17):  # two of them begin alike
        identity = engines.create(engine, "c%d" % number)
        if identity[0] in seen:
            break
        seen[identity[0]] = identity
    node.refuses("netns", "^container: ", "give more of the ID", name=["box"], container=identity[0], engine=engine)


def test_where_no_engine_is_the_sentence_says_so(module_host):
    module_host.refuses(
        "netns",
        "^container: nobody can be asked for container 'shop': Docker does not run here .*No such file",
        "Podman has no containers here",
        name=["box"],
        container="shop",
    )
    module_host.refuses("netns", "^container: .*Docker does not run here", name=["box"], container="shop", engine="docker")
    module_host.sh("mkdir -p /run/podman", "touch /run/podman/podman.sock")
    module_host.refuses("netns", "^container: .*Podman has no containers here", name=["box"], container="shop", engine="podman")
    module_host.sh("rm -r /run/podman")


def test_a_number_that_became_another_process_is_not_taken_for_the_container(node, engines, process):
    identity = engines.run("podman", "shop")
    engines("podman", "stop", "-t", "0", "shop")
    file = "/run/containers/storage/vfs-containers/%s/userdata/pidfile" % identity
    # Podman leaves the number there; by now it may be that of anybody, in a container of its own.
    assert node.sh("cat " + file)
    node.sh("echo %d > %s" % (process(), file))
    node.refuses("netns", "^container: container 'shop' of Podman does not run", name=["box"], container="shop")


# Over another socket


def test_podman_is_asked_over_its_socket_where_that_is_there(node, engines):
    node.sh("mkdir /run/podman")
    service = node.start([*SCRIPT, "call", "podman", "system", "service", "--time", "0", "unix:///run/podman/podman.sock"])
    try:
        engines.run("podman", "shop")
        while "podman.sock" not in node.sh("ls /run/podman"):
            assert service.poll() is None
            time.sleep(0.02)
        # With its lists out of reach there is only the socket.
        node.sh("cp /etc/containers/storage.conf /run/aside", "sed -i s,/var/lib,/var/nowhere, /etc/containers/storage.conf")
        try:
            node.done("netns", name=["box"], container="shop")
        finally:
            node.sh("mv /run/aside /etc/containers/storage.conf")
        assert named(node) == engines.inode("podman", "shop")
        node.refuses("netns", "^container: Podman knows no container 'nobody'", name=["other"], container="nobody", engine="podman")
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()
    # A socket behind which nobody listens any more.
    node.sh("test -S /run/podman/podman.sock || python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/run/podman/podman.sock\")'")
    node.unchanged("netns", name=["box"], container="shop")
    node.sh("rm -r /run/podman")


class Elsewhere(Host):
    """A host on which Docker listens where DOCKER_HOST says."""

    def environment(self):
        return dict(super().environment(), DOCKER_HOST="unix:///run/elsewhere.sock")


def test_docker_is_asked_where_docker_host_says(node, engines):
    engines.run("docker", "shop")
    other = Elsewhere(node.lab, node.name)
    try:
        other.refuses("netns", "Docker does not run here .'?/run/elsewhere.sock", name=["box"], container="shop", engine="docker")
        node.sh("ln -s docker.sock /run/elsewhere.sock")
        other.changes("netns", name=["box"], container="shop", engine="docker")
    finally:
        other.close()
        node.sh("rm -f /run/elsewhere.sock")


# Restarted, gone


@pytest.mark.parametrize("engine", ENGINES)
def test_a_container_that_was_started_anew_is_plugged_in_anew(node, engines, engine):
    asked = {"namespaces": [{"name": "box", "container": "shop", "network": ["red"]}], "veths": [dict(PLUG, network="red")]}
    engines.run(engine, "shop")
    node.changes("network", **asked)
    before = named(node)
    engines(engine, "restart", "-t", "0", "shop")
    assert engines.inode(engine, "shop") != before
    said = node.call("network", check=True, **asked)
    assert said["commands"] and said["commands"] == node.done("network", **asked)["commands"]
    node.unchanged("network", **asked)
    assert named(node) == engines.inode(engine, "shop")
    engines(engine, "exec", "shop", "ping", "-c", "1", "-w", "2", "10.1.0.8")


def let_go(node, **asked):
    """The run that finds the container gone: it warns, and takes away what kept the namespace; the next one fails."""
    result = node.call("network", check=True, **asked), node.done("network", **asked)
    assert result[0]["commands"] == result[1]["commands"] and result[1]["changed"]
    for one in result:
        (warning,) = one["warnings"]
        assert "namespaces[0]." in str(warning) and "The name 'box' is taken away, and the pairs of ours that lead into it." in str(warning)
    assert "box" not in node.names() and node.link("v-box") is None
    assert not [name for name in node.dump()[""]["ours"] if "box" in str(name)]
    node.refuses("network", r"^namespaces\[0\].", **asked)
    return result[1]


@pytest.mark.parametrize("how", ["removed", "stopped"])
@pytest.mark.parametrize("engine", ENGINES)
def test_what_keeps_the_namespace_of_a_container_that_is_gone_is_taken_away(node, engines, engine, how):
    engines.run(engine, "shop")
    asked = {
        "namespaces": [{"name": "box", "container": "shop", "network": ["red"]}, {"name": "sibling", "network": ["red"]}],
        "bridges": [{"name": "br-red", "network": "red"}],
        "veths": [dict(PLUG, network="red"), {"name": "v-new", "network": "red", "bridge": "br-red", "peer": {"name": "eth1", "netns": "sibling"}}],
    }
    node.done("network", **dict(asked, veths=asked["veths"][:1]))
    if how == "removed":
        engines.remove(engine, "shop")
    else:
        engines(engine, "stop", "-t", "0", "shop")
    assert node.link("v-box"), "the name keeps it"
    let_go(node, **asked)
    # What else was asked for has been done.
    assert node.link("v-new") and node.link("eth1", "sibling")


@pytest.mark.parametrize("option", ["pid", "path"])
def test_what_keeps_the_namespace_of_a_process_that_has_ended_is_taken_away(node, process, option):
    pid = process()
    given = {"pid": pid, "path": "/proc/%d/ns/net" % pid}
    asked = {"namespaces": [{"name": "box", option: given[option]}], "veths": [PLUG]}
    node.changes("network", **asked)
    process.end(pid)
    let_go(node, **asked)


def test_who_else_is_in_the_namespace_of_what_is_gone_keeps_what_is_not_ours(node, process):
    pid = process()
    node.done("netns", name=["box"], pid=pid)
    other = process(prefix=("nsenter", "--net=/proc/%d/ns/net" % pid, "--"))
    while os.stat("/proc/%d/ns/net" % other).st_ino != named(node):
        time.sleep(0.01)
    node.done("veth", **PLUG)
    node.sh("ip link add theirs type veth peer name eth7 netns box")
    process.end(pid)
    let_go(node, namespaces=[{"name": "box", "pid": pid}], veths=[PLUG])
    links = node.run(["nsenter", "--net=/proc/%d/ns/net" % other, "ip", "link"])
    assert "eth7" in links and "lan0" not in links and node.link("theirs")
    node.sh("ip link delete theirs")


@pytest.mark.parametrize("then", ["gone", "anew"])
def test_a_run_that_fails_while_it_lets_go_puts_everything_back(node, process, then):
    pid = process()
    # Who else is in there keeps the namespace, and its name can come back.
    process(prefix=("nsenter", "--net=/proc/%d/ns/net" % pid, "--"))
    node.make(("netns", {"name": ["box"], "pid": pid}), ("veth", dict(PLUG, peer=dict(PLUG["peer"], gateway=["10.1.0.1"]))))
    process.end(pid)
    asked = {"namespaces": [{"name": "box", "pid": pid if then == "gone" else process()}], "veths": [PLUG]}
    before, named_before = node.dump(), named(node)
    count = len(node.call("network", check=True, **asked)["commands"])
    assert count >= 3
    for position in range(count):
        for how in "stop", "bug":
            try:
                result = node.call("network", breaks={"positions": [position], "how": how}, **asked)
            except AssertionError as error:
                assert how == "bug" and "nobody thought of this" in str(error)
            else:
                assert result["failed"] and "Everything is as it was before" in result["msg"]
            node.is_as(before)
            assert named(node) == named_before
    assert node.done("network", **asked)["changed"]


def test_a_file_that_becomes_another_or_none_while_it_is_adopted_is_not_named(node, process):
    pid, other = process(), process()
    node.sh("ln -sf /proc/%d/ns/net /run/link" % pid)
    before = node.dump()
    for breaks, said in [
        ({"positions": ["/run/link", "/proc/%d/ns/net" % other], "how": "leads"}, "/run/link is another one now"),
        ({"positions": [other], "how": "ends"}, "/run/link is there no more"),
    ]:
        result = node.call("netns", breaks=breaks, name=["box"], path="/run/link")
        assert result["failed"]
        node.is_a_sentence(result["msg"], "The kernel refused 'nsenter --net=/run/link", said, "Everything is as it was before")
        node.is_as(before)
    node.sh("rm /run/link")


def test_docker_that_is_stopped_is_no_reason_to_let_its_containers_go(both, lab, hosts):
    """On a node of its own, because Docker ends there."""
    lab.up(["alone"], underlay=False)
    host = hosts("alone")
    try:
        for engine in ENGINES:
            host.run([*SCRIPT, "up", engine])
        engines = Engines(host)
        engines.run("docker", "shop")
        host.done("netns", name=["box"], container="shop")
        pid = engines.pid("docker", "shop")
        host.sh("kill -9 $(cat /run/docker.pid)", "rm /run/docker.sock")
        assert os.path.exists("/proc/%d" % pid), "a container outlives its daemon"
        host.refuses("netns", "^container: Podman knows no container 'shop' .Docker does not run here", name=["box"], container="shop")
        assert host.names() == ["box"]
    finally:
        host.run([*SCRIPT, "down"])


# Waited for


@pytest.mark.parametrize("engine", ENGINES)
def test_a_container_that_is_about_to_start_is_waited_for(node, engines, engine):
    engines.create(engine, "shop")
    starting = node.start(["sh", "-c", 'sleep 1; exec "$@" >/dev/null', "sh", *SCRIPT, "call", engine, "start", "shop"])
    result = node.done("netns", name=["box"], container="shop", wait=60)
    assert result["changed"] and named(node) == engines.inode(engine, "shop")
    starting.wait()


def test_a_process_is_waited_for_until_it_has_a_namespace_of_its_own(node, process):
    pid = process("sh", "-c", "sleep 1; exec unshare --net sleep 600", prefix=())
    node.done("netns", namespaces=[{"name": "box", "pid": pid, "wait": 60}])
    assert named(node) == os.stat("/proc/%d/ns/net" % pid).st_ino


def test_a_path_is_waited_for(node, process):
    pid = process()
    linking = node.start(["sh", "-c", "sleep 1; ln -s /proc/%d/ns/net /run/soon" % pid])
    node.done("netns", name=["box"], path="/run/soon", wait=60)
    linking.wait()
    assert named(node) == os.stat("/proc/%d/ns/net" % pid).st_ino
    node.sh("rm /run/soon")


def test_what_does_not_come_is_an_error_that_says_how_long_was_waited(node):
    for check in True, False:
        result = node.call("netns", check=check, namespaces=[{"name": "box", "container": "nobody", "wait": 1}])
        assert result["failed"]
        node.is_a_sentence(result["msg"], r"^namespaces\[0\].container: neither Docker nor Podman knows a container 'nobody'; waited 1 s for it")


def test_what_cannot_be_otherwise_is_not_waited_for(node, engines):
    engines.run("docker", "open", network="host")
    node.refuses("netns", "shares the host's network: it has no namespace of its own to adopt.$", name=["box"], container="open", wait=3600)


def test_others_need_not_wait_along(node, process):
    """Whoever waits for a container has not begun yet: another run goes first."""
    waiting = Host(node.lab, node.name)
    waiting.done("network_info")  # it has begun, and answers
    told = {}
    thread = threading.Thread(target=lambda: told.update(waiting.call("netns", name=["box"], path="/run/soon", wait=60)))
    thread.start()
    try:
        while not is_under_way(waiting):
            time.sleep(0.01)
        for number in range(20):
            node.done("netns", name=["other%d" % number], network=["red"], lock_timeout=0)
        assert not told and "box" not in node.names()
        node.sh("ln -s /proc/%d/ns/net /run/soon" % process())
        thread.join()
        assert told["changed"] and "box" in node.names()
    finally:
        thread.join()
        waiting.close()
        node.sh("rm -f /run/soon")


def is_under_way(host):
    """Whether a module of the host's is under way: the process that runs it is a child of that which runs them all."""
    pid = host._worker.pid
    return bool(pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text())
