# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile input on a real kernel: nothing but the intended object is ever touched, whatever a name, a file or the kernel says."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

from ansible_collections.linuxnet.container.plugins.become.netns import BecomeModule
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.modules import KINDS, MANY, SETS, TASKS
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.spoil import complaint, spoilt
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.words import TEXTS, wrong

#: Everything that a run could have made or changed by mistake, as text; the files that must not be touched among it.
SURROUNDINGS = """
exec 2>&1
cd /run/hostile && for name in $(find . | sort); do stat -c '%A %s %n' $name; done; cat canary
find /run/netns /run/linuxnet.container -printf '%M %U %s %p %l\\n' | sort
find /proc/sys/net -name forwarding -o -name ip_forward -o -name addr_gen_mode | sort | xargs grep -H .
cat /proc/sys/kernel/hostname /proc/sys/kernel/panic
ls -A / /run/tmp /run/home "$PWD"
"""


@pytest.fixture(scope="module")
def shared(module_host):
    """One node with a small network, and a folder with a file that must not be touched."""
    module_host.make(*calls())
    module_host.sh("mkdir /run/hostile", "echo untouched > /run/hostile/canary", "ip netns add other", "ip -n other link add theirs type bridge")
    return module_host


def surroundings(host):
    return host.dump(), host.run(["sh", "-c", SURROUNDINGS])


def unchanged(host, before):
    after = surroundings(host)
    assert after[1] == before[1]
    host.is_as(before[0])


def refused(host, module, arguments):
    """What a module says that must fail; the traceback of one that crashes fails the test by itself."""
    result = host.call(module, **arguments)
    assert result.get("failed"), "%s takes %r" % (module, arguments)
    assert complaint(result["msg"]) is None, "%s %r: %s" % (module, arguments, result["msg"])
    return result["msg"]


# --- Bad input in bulk, on a kernel: a sample of what tests/unit/plugins/bad_input runs all of --------------------------


def _sample(module, size):
    found = [case for task in TASKS[module] for case in spoilt(task, KINDS[module], wrong, MANY.get(module, ""), SETS)]
    return [case for case in found[:: max(1, len(found) // size)] if "\\ud" not in ascii(case.given)]


@pytest.mark.parametrize("module", sorted(set(TASKS) - {"lab_node"}))
def test_bad_input_changes_nothing(shared, module):
    before = surroundings(shared)
    cases = _sample(module, 50)
    assert len(cases) >= 40
    for case in cases:
        result = shared.call(module, **case.given)
        assert result.get("failed"), (case.path, ascii(case.value)[:200], result)
        assert complaint(result["msg"], own=False) is None, (case.path, ascii(case.value)[:200], result["msg"])
    unchanged(shared, before)


# --- Names -----------------------------------------------------------------------------------------------------------


_PEER = {"name": "eth9", "netns": "c1"}
#: Every option that is a name, or a path: (module, what must be named, arguments for a word).
NAMES = [
    ("netns", "name", lambda word: {"name": [word]}),
    ("netns", "name", lambda word: {"name": [word], "state": "absent"}),
    ("netns", "name", lambda word: {"name": [word], "pid": 1}),
    ("netns", "namespaces[1].name", lambda word: {"namespaces": [{"name": "new"}, {"name": word}]}),
    ("netns", "network", lambda word: {"name": ["new"], "network": [word]}),
    ("netns", "purge_networks", lambda word: {"purge_networks": [word]}),
    ("netns", "sysctls", lambda word: {"name": ["c1"], "sysctls": {"net.ipv4.conf.%s" % word if word else "net.": 1}}),
    ("bridge", "name", lambda word: {"name": word}),
    ("bridge", "name", lambda word: {"name": word, "state": "absent"}),
    ("bridge", "ports[0].name", lambda word: {"name": "br-new", "ports": [{"name": word}]}),
    ("bridge", "network", lambda word: {"name": "br-new", "network": word}),
    ("bridge", "purge_networks", lambda word: {"purge_networks": [word]}),
    ("veth", "name", lambda word: {"name": word, "peer": _PEER}),
    ("veth", "netns", lambda word: {"name": "v-new", "netns": word, "peer": _PEER}),
    ("veth", "peer.name", lambda word: {"name": "v-new", "peer": dict(_PEER, name=word)}),
    ("veth", "peer.netns", lambda word: {"name": "v-new", "peer": dict(_PEER, netns=word)}),
    ("veth", "bridge", lambda word: {"name": "v-new", "bridge": word or "x y", "peer": _PEER}),
    ("veth", "network", lambda word: {"name": "v-new", "network": word, "peer": _PEER}),
    ("veth", "purge_networks", lambda word: {"purge_networks": [word]}),
    ("vxlan", "name", lambda word: {"name": word, "vni": 1, "dev": "br-red"}),
    ("vxlan", "dev", lambda word: {"name": "vx-new", "vni": 1, "dev": word}),
    ("vxlan", "bridge", lambda word: {"name": "vx-new", "vni": 1, "dev": "br-red", "bridge": word or "x y"}),
    ("vxlan", "network", lambda word: {"name": "vx-new", "vni": 1, "dev": "br-red", "network": word}),
    ("vxlan_fdb", "device", lambda word: {"device": word, "flood": ["192.0.2.2"]}),
    ("nat_masquerade", "name", lambda word: {"name": word, "sources": ["10.1.0.0/24"], "bridge": "br-red"}),
    ("nat_masquerade", "bridge", lambda word: {"name": "red", "sources": ["10.1.0.0/24"], "bridge": word}),
    ("nat_masquerade", "out_interface", lambda word: {"name": "red", "sources": ["10.1.0.0/24"], "out_interface": word}),
    ("checkpoint", "name", lambda word: {"name": word, "networks": ["red"]}),
    ("checkpoint", "name", lambda word: {"name": word, "state": "restored"}),
    ("checkpoint", "name", lambda word: {"name": word, "state": "dropped"}),
    ("checkpoint", "networks", lambda word: {"name": "x", "networks": [word]}),
    ("network_info", "netns", lambda word: {"netns": [word]}),
    ("network_info", "network", lambda word: {"network": [word]}),
    ("probe", "netns", lambda word: {"targets": [{"address": "127.0.0.1"}], "netns": word}),
]  # fmt: skip
#: Of the words those that lead somewhere, or are read by somebody, when they are let through.
HOSTILE = [
    "", ".", "..", "../../run/hostile/canary", "../hostile/canary", "/run/hostile/canary", "a/b", "-x", "--help", "-all", "a b", "a\n", "\n", "a\0b", "\x1b[31m",
    "a%sb", "%n%n", "{{ x }}", "$(touch /run/hostile/made)", "`touch /run/hostile/made`", ";touch /run/hostile/made", "a|b", "*", "\u202ea", "a\u200bb", "\u0661", "x" * 300,
]  # fmt: skip


def test_a_hostile_name_is_refused_and_leads_nowhere(shared):
    assert set(HOSTILE) & set(TEXTS)
    before = surroundings(shared)
    for number, (module, option, arguments) in enumerate(NAMES):
        # Every option meets a third of the words, every word a third of the options; unit tests do the rest.
        for word in HOSTILE[number % 3 :: 3]:
            said = refused(shared, module, arguments(word))
            assert said.startswith(option + ": "), "%s %s %r: %s" % (module, option, word, said)
    unchanged(shared, before)


# --- Something else in the place of a namespace -----------------------------------------------------------------------


#: What stands at /run/netns/x, as a line of a shell.
IN_ITS_PLACE = {
    "a link to a file": "ln -s /run/hostile/canary /run/netns/x",
    "a link to another namespace": "ln -s /run/netns/other /run/netns/x",
    "a link to our own": "ln -s /proc/self/ns/net /run/netns/x",
    "a link to a device": "ln -s /dev/zero /run/netns/x",
    "a link to nothing": "ln -s /run/hostile/nobody /run/netns/x",
    "a device": "mknod /run/netns/x c 1 5",
    "a FIFO": "mkfifo /run/netns/x",
    "a folder": "mkdir /run/netns/x",
    "a file": "echo mine > /run/netns/x",
    "an empty file": ": > /run/netns/x",
    "a socket": "%s -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/run/netns/x\")'",
}

#: What speaks of a namespace by its name: (module, option, arguments).
SPEAK_OF_IT = [
    ("netns", "name", {"name": ["x"]}),
    ("netns", "name", {"name": ["x"], "loopback": False, "network": ["red"]}),
    ("netns", "namespaces[1].name", {"namespaces": [{"name": "c1"}, {"name": "x", "sysctls": {"net.ipv4.ip_forward": 1}}]}),
    ("netns", "name", {"name": ["x"], "state": "absent", "stop_processes": True}),
    ("veth", "netns", {"name": "v-new", "netns": "x", "peer": {"name": "eth9"}}),
    ("veth", "peer.netns", {"name": "v-new", "bridge": "br-red", "network": "red", "peer": {"name": "eth9", "netns": "x"}}),
    ("veth", "veths[0].peer.netns", {"veths": [{"name": "v-1", "peer": {"name": "eth9", "netns": "x"}}]}),
    ("veth", "netns", {"name": "v-new", "netns": "x", "state": "absent"}),
    ("network_info", "netns", {"netns": ["x"]}),
    ("probe", "netns", {"targets": [{"address": "127.0.0.1"}], "netns": "x"}),
]

#: What looks through all names there are, and passes by what is no namespace.
PASS_BY = [
    ("netns", {"purge_networks": ["gone"]}),
    ("netns", {"name": ["c1"], "network": ["red"], "purge_networks": ["gone"]}),
    ("veth", {"purge_networks": ["gone"]}),
    ("bridge", {"purge_networks": ["gone"]}),
    ("network_info", {}),
    ("network_info", {"network": ["red"], "host": True}),
    ("checkpoint", {"name": "one", "networks": ["red"]}),
    ("checkpoint", {"name": "one", "state": "restored"}),
    ("checkpoint", {"name": "one", "state": "dropped"}),
]


@pytest.mark.parametrize("what", IN_ITS_PLACE)
def test_what_stands_in_the_place_of_a_namespace_is_left_alone(shared, what):
    shared.sh(IN_ITS_PLACE[what].replace("%s", sys.executable))
    before = surroundings(shared)
    process = shared.start(["sleep", "infinity"], "other")
    try:
        for module, option, arguments in SPEAK_OF_IT + [("netns", "name", {"name": ["x"], "pid": process.pid})]:
            said = refused(shared, module, arguments)
            assert said.startswith(option + ": ") and "it is no namespace, and left alone" in said, "%s: %s" % (module, said)
        for module, arguments in PASS_BY:
            result = shared.call(module, **arguments)
            assert not result.get("failed") and not result["changed"], (module, arguments, result)
        plugin = BecomeModule()
        plugin.get_option = {"netns": "x"}.get
        shell = type("Shell", (), {"ECHO": "echo", "COMMAND_SEP": ";"})()
        line = plugin.build_become_command("touch /run/hostile/made", shell)
        entered = shared.lab.run(shared.name, ["sh", "-c", line], check=False)
        assert entered.returncode == 1 and "linuxnet_netns: there is no network namespace x" in entered.stdout, entered
        unchanged(shared, before)
    finally:
        process.kill()
        process.wait()
        shared.sh("rm -rf /run/netns/x")


@pytest.mark.parametrize("made_as", ["ln -s /run/elsewhere /run/netns", "echo mine > /run/netns", "mkfifo /run/netns"])
def test_what_stands_in_the_place_of_the_folder_of_namespaces(host, made_as):
    host.sh("mkdir /run/elsewhere", "ip link add other type bridge", "umount -l /run/netns || true", "rm -rf /run/netns", made_as)
    before = host.sh("ls -lA /run/elsewhere /run/netns", "stat -c %A /run/netns")
    for module, arguments in (
        ("netns", {"name": ["x"]}),
        ("netns", {"name": ["x"], "state": "absent"}),
        ("netns", {"purge_networks": ["red"]}),
        ("veth", {"name": "v", "peer": {"name": "eth0", "netns": "x"}}),
        ("network_info", {}),
        ("probe", {"targets": [{"address": "127.0.0.1"}], "netns": "x"}),
    ):
        assert "/run/netns is a link or a file, not a folder: remove it" in refused(host, module, arguments)
    assert host.sh("ls -lA /run/elsewhere /run/netns", "stat -c %A /run/netns") == before


# --- Our folder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made_as",
    ["ln -s /run/elsewhere /run/linuxnet.container", "echo mine > /run/linuxnet.container", "mkfifo /run/linuxnet.container",
     "mkdir -m 0770 /run/linuxnet.container", "mkdir -m 0700 /run/linuxnet.container; chown 65534 /run/linuxnet.container"],
)  # fmt: skip
def test_what_stands_in_the_place_of_our_folder(host, made_as):
    host.sh("mkdir -m 0700 /run/elsewhere", made_as)
    before = surroundings_of_ours(host)
    for module, arguments in (
        ("netns", {"name": ["x"]}),
        ("bridge", {"name": "br-x"}),
        ("network_info", {}),
        ("checkpoint", {"name": "one", "networks": ["red"]}),
        ("checkpoint", {"name": "one", "state": "restored"}),
        ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-x"}),
    ):
        assert "/run/linuxnet.container is not a folder that is root's alone (mode 0700): remove it and run again." in refused(host, module, arguments)
    assert surroundings_of_ours(host) == before


def surroundings_of_ours(host):
    return host.dump(), host.sh("find /run/linuxnet.container /run/elsewhere ! -name lock -printf '%M %U %p %l\\n' | sort", "cat /run/canary 2>&1 || true")


@pytest.mark.parametrize("file", ["lock", "records.json", "checkpoint-one.json"])
@pytest.mark.parametrize("made_as", ["ln -s /run/canary", "mkfifo", "mkdir", "ln /run/canary"])
def test_what_stands_in_the_place_of_a_file_of_ours(module_host, made_as, file):
    module_host.sh("mkdir -p -m 0700 /run/linuxnet.container", "echo '{}' > /run/canary", "%s /run/linuxnet.container/%s" % (made_as, file))
    before = surroundings_of_ours(module_host)
    works = {
        "lock": [("netns", {"name": ["x"]}), ("checkpoint", {"name": "one", "networks": ["red"]}), ("checkpoint", {"name": "one", "state": "dropped"})],
        "records.json": [("netns", {"name": ["x"]}), ("network_info", {}), ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-x"})],
        "checkpoint-one.json": [("checkpoint", {"name": "one", "state": state, "networks": ["red"]}) for state in ("taken", "restored", "dropped")],
    }
    try:
        for module, arguments in works[file]:
            said = refused(module_host, module, arguments)
            assert "/run/linuxnet.container/%s is not the file that runs keep there" % file in said and said.endswith(": remove it and run again."), said
        after = surroundings_of_ours(module_host)
        assert after[1] == before[1]
        kinds = module_host.run(["stat", "-c", "%F %h", "/run/linuxnet.container/" + file])
        assert kinds.split()[0] == {"ln -s /run/canary": "symbolic", "mkfifo": "fifo", "mkdir": "directory", "ln /run/canary": "regular"}[made_as], kinds
    finally:
        module_host.sh("rm -rf /run/linuxnet.container /run/canary")


_NOTE = {"value": "0", "devices": [], "chains": [], "accept_ra": {}}
DAMAGED = [
    [], 5, "x", {"sysctl": []}, {"nobody": {"x": 1}}, {"adopted": {"../hostile/canary": {"inode": 1, "networks": []}}},
    {"sysctl": {"net.ipv4.ip_forward": dict(_NOTE, accept_ra={"../../../../kernel/panic": "1"})}},
    {"sysctl": {"net.ipv4.ip_forward": dict(_NOTE, devices=["../../../kernel"])}}, {"sysctl": {"kernel.panic": _NOTE}},
    {"sysctl": {"net.ipv4.ip_forward": dict(_NOTE, value="\n")}},
]  # fmt: skip


@pytest.mark.parametrize("notes", DAMAGED, ids=ascii)
def test_notes_that_no_run_wrote(module_host, notes):
    module_host.sh("mkdir -p -m 0700 /run/linuxnet.container", "echo %s > /run/linuxnet.container/records.json" % shlex.quote(json.dumps(notes)))
    panic = module_host.run(["cat", "/proc/sys/kernel/panic"])
    try:
        for module, arguments in (
            ("netns", {"name": ["x"]}),
            ("network_info", {}),
            ("nat_masquerade", {"purge_networks": ["red"]}),
            ("checkpoint", {"name": "one", "networks": ["red"]}),
        ):
            said = refused(module_host, module, arguments)
            assert said.startswith("/run/linuxnet.container/records.json is damaged (") and said.endswith("): remove it and run again.")
        assert module_host.run(["cat", "/proc/sys/kernel/panic"]) == panic
    finally:
        module_host.sh("rm -rf /run/linuxnet.container")


# --- A process that ends in between ----------------------------------------------------------------------------------


@pytest.fixture
def inside(host):
    """A namespace that somebody else made, and what starts processes in it."""
    host.sh("ip netns add theirs")
    started = []

    def start(netns="theirs"):
        started.append(host.start(["sleep", "infinity"], netns))
        return started[-1].pid

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_process_that_ends_before_its_namespace_is_named(host, inside):
    pid = inside()
    before = host.dump()
    result = host.call("netns", breaks={"positions": [pid], "how": "ends"}, name=["x"], pid=pid)
    assert result["failed"]
    host.is_a_sentence(result["msg"], "ip netns attach x %d'?: process %d has ended" % (pid, pid), "Everything is as it was before")
    host.is_as(before)
    assert host.names() == ["theirs"]


def test_a_number_that_becomes_another_process_in_between(host, inside):
    host.sh("ip netns add elsewhere")
    pid, other = inside(), inside("elsewhere")
    before = host.dump()
    result = host.call("netns", breaks={"positions": [pid, other], "how": "becomes"}, name=["x"], pid=pid)
    assert result["failed"]
    host.is_a_sentence(result["msg"], "process %d has ended, and another has its number" % pid, "Everything is as it was before")
    host.is_as(before)
    assert host.names() == ["elsewhere", "theirs"]


def test_a_process_that_has_ended_already_when_it_is_to_be_stopped(host, inside):
    host.done("netns", name=["c1"])
    pid = inside("c1")
    result = host.call("netns", breaks={"positions": [pid], "how": "ends"}, name=["c1"], state="absent", stop_processes=True)
    assert not result.get("failed") and host.names() == ["theirs"], result


def test_a_number_that_becomes_another_process_is_not_stopped(host, inside):
    host.done("netns", name=["c1"])
    pid, other = inside("c1"), inside("theirs")
    result = host.call("netns", breaks={"positions": [pid, other], "how": "becomes"}, name=["c1"], state="absent", stop_processes=True, stop_timeout=0)
    # What is asked of the number, the other process answers: it was not there when they were listed, and neither is ended.
    assert host.run(["cat", "/proc/%d/comm" % pid]) == host.run(["cat", "/proc/%d/comm" % other]) == "sleep\n"
    assert not result.get("failed") and host.names() == ["theirs"], result


def test_an_adopted_name_whose_process_ends_in_between(host):
    process = subprocess.Popen(host.lab.enter(host.name, ["unshare", "--net", "sleep", "infinity"]), stdin=subprocess.DEVNULL)
    try:
        host.run(["sh", "-c", "until [ \"$(readlink /proc/%d/ns/net)\" != \"$(readlink /proc/self/ns/net)\" ]; do :; done" % process.pid])
        host.done("netns", name=["box"], pid=process.pid, network=["red"])
        for how in ("absent", "purge"):
            options = {"name": ["box"], "state": "absent"} if how == "absent" else {"purge_networks": ["red"]}
            result = host.call("netns", breaks={"positions": [process.pid], "how": "ends"}, **options)
            assert not result.get("failed"), result
            assert host.names() == [] and not host.run(["sh", "-c", "ls /run/linuxnet.container 2>/dev/null || true"])
    finally:
        process.kill()
        process.wait()


def test_processes_that_have_no_namespace_to_adopt(host, inside):
    own = host.start(["sleep", "infinity"])
    zombie = host.start(["true"])
    host.run(["sh", "-c", "until grep -q '^State:.Z' /proc/%d/status; do :; done" % zombie.pid])
    host.done("network_info")
    cases = [
        (own.pid, "is in the host's own network namespace"),
        (host._worker.pid, "is in the host's own network namespace"),
        (2, "is a thread of the kernel's own"),
        (zombie.pid, "there is no process %d" % zombie.pid),
        (1 << 22, "there is no process"),
    ]
    try:
        for pid, said in cases:
            host.refuses("netns", "^pid: ", said, name=["x"], pid=pid)
    finally:
        own.kill()
        own.wait()
        zombie.wait()


# --- What others call their things -----------------------------------------------------------------------------------


#: Names that the kernel lets others give to a device.
STRANGE = ["a{b}c", "$(reboot)", "`id`", "a'b\"c", "a;b|c&d", "\x1b[31mred\x07", "-x", "--help", "<b>", "\u00fcml\u00e4ut", "\U0001f4a5", "a\\nb", "fifteen-octets-", "*", "~", "#"]


@pytest.fixture
def strangers(host):
    """Devices of others with strange names, one of them a port of a bridge of theirs, in the node and in a namespace."""
    host.sh("ip netns add theirs", "ip link add theirs up type bridge")
    for number, name in enumerate(STRANGE):
        quoted = shlex.quote(name)
        host.sh("ip link add name a%d type veth peer name b%d netns theirs" % (number, number), "ip link set dev a%d master theirs up name %s" % (number, quoted))
        host.sh("ip link set dev %s alias %s" % (quoted, shlex.quote("linuxnet.container:%s" % name)))
        host.sh("ip link set dev b%d up name %s" % (number, quoted), netns="theirs")
    host.sh("ip link set dev theirs alias %s" % ("x" * 255))
    return host


def test_devices_of_others_with_strange_names_are_read_and_left_alone(strangers):
    before = strangers.dump()
    shown = strangers.done("network_info", host=True, netns=["theirs"])
    assert {link["name"] for link in shown["host"]["links"]} >= set(STRANGE)
    assert not any(link["ours"] for link in shown["host"]["links"])
    for module, arguments in [*calls(), ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-red"})]:
        strangers.done(module, **arguments)
        strangers.unchanged(module, **arguments)
    strangers.done("checkpoint", name="one", networks=["red"])
    strangers.done("checkpoint", name="one", state="restored")
    strangers.done("checkpoint", name="one", state="dropped")
    strangers.refuses("bridge", "^name: 'theirs' was not made by this collection", name="theirs", state="absent")
    strangers.make(
        ("nat_masquerade", {"purge_networks": ["red"]}), ("veth", {"purge_networks": ["red"]}), ("bridge", {"purge_networks": ["red"]}), ("netns", {"purge_networks": ["red"]})
    )
    strangers.is_as(before)


def test_lines_about_strange_names_can_be_typed(strangers):
    """Taking their ports off a bridge of theirs: what is printed, a shell carries out on the same devices."""
    before = strangers.dump()
    lines = strangers.call("bridge", check=True, name="theirs", ports=[], purge=True)["commands"]
    assert len(lines) >= len(STRANGE)
    strangers.sh(*lines)
    by_hand = strangers.dump()
    for name in STRANGE:
        strangers.sh("ip link set dev %s master theirs" % shlex.quote(name))
    strangers.is_as(before)
    assert strangers.done("bridge", name="theirs", ports=[], purge=True)["commands"] == lines
    strangers.is_as(by_hand)


def test_another_name_of_a_device_is_not_its_name(host):
    """An interface can be found by an altname as well; it is not the one that is spoken of."""
    host.make(*calls())
    host.sh("ip link add eth7 type bridge", "ip address add 10.77.0.1/24 dev eth7")
    for altname in ("br-blue", "v-7", "vx-7", "port7"):
        host.sh("ip link property add dev eth7 altname %s" % altname)
    before = host.dump()
    many = [{"name": "br-%d" % number} for number in range(30)]
    for module, option, arguments in (
        ("bridge", "name", {"name": "br-blue"}),
        ("bridge", "name", {"name": "br-blue", "network": "blue"}),
        ("bridge", "bridges[30].name", {"bridges": [*many, {"name": "br-blue"}]}),
        ("veth", "name", {"name": "v-7", "peer": {"name": "eth9", "netns": "c1"}}),
        ("vxlan", "name", {"name": "vx-7", "vni": 7, "dev": "br-red"}),
        ("vxlan", "dev", {"name": "vx-8", "vni": 7, "dev": "port7"}),
        ("bridge", "ports[0].name", {"name": "br-red", "ports": [{"name": "port7"}]}),
        ("veth", "bridge", {"name": "v-8", "bridge": "br-blue", "peer": {"name": "eth9", "netns": "c1"}}),
        ("vxlan_fdb", "device", {"device": "vx-7", "flood": ["192.0.2.2"]}),
    ):
        said = refused(host, module, arguments)
        assert said.startswith(option + ": ") and "is another name of 'eth7'" in said, said
        host.is_as(before)
    for module, arguments in (
        ("bridge", {"name": "br-blue", "state": "absent"}),
        ("veth", {"name": "v-7", "state": "absent"}),
        ("vxlan", {"name": "vx-7", "state": "absent"}),
    ):
        result = host.call(module, **arguments)
        assert not result["changed"], result
        host.is_as(before)


def test_what_looks_like_ours_without_our_group_is_not(host):
    host.sh(
        "ip link add one type bridge", "ip link set one alias linuxnet.container:red", "ip link add two group 5000771 type bridge", "ip link set two alias linuxnet.container.x:red",
        "ip link add three group 5000771 type bridge", "ip link set three alias %s" % shlex.quote("x" * 200 + "linuxnet.container:red"),
        "ip netns add four", "ip -n four link set lo alias linuxnet.container:red",
    )  # fmt: skip
    before = host.dump()
    for module in ("bridge", "veth", "vxlan", "netns", "nat_masquerade"):
        assert not host.done(module, purge_networks=["red"])["changed"]
    for module, name in (("bridge", "one"), ("bridge", "two"), ("bridge", "three"), ("netns", "four")):
        host.refuses(module, "^name: .*was not made by this collection", name=name if module == "bridge" else [name], state="absent")
    host.is_as(before)


def test_marks_of_ours_with_strange_networks(host):
    """Group and alias are ours, the networks' names are none that a run would write: what is done is done to that device alone."""
    host.sh("ip netns add theirs", "ip link add one group 5000771 type bridge", "ip link set one alias %s" % shlex.quote("linuxnet.container:../x,$(id),a b,"))
    host.done("network_info", host=True)
    assert not host.done("bridge", purge_networks=["x"])["changed"]
    assert host.link("one")
    host.changes("bridge", name="one", state="absent")


def test_rules_of_others_with_strange_names(host):
    host.make(*calls())
    table = [
        "add table inet linuxnet",
        "add chain inet linuxnet forward { type filter hook forward priority 0; policy accept; }",
        "add chain inet linuxnet postrouting { type nat hook postrouting priority 100; policy accept; }",
        "add rule inet linuxnet forward counter accept comment \"it's; $(reboot) `id` {x} %s\"",
        "add table ip Strange.table-name_0",
        "add chain ip Strange.table-name_0 a/b-c { type filter hook forward priority 5; policy drop; }",
    ]
    host.run(["nft", "-f", "-"], input="\n".join(table) + "\n")
    red = {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-red"}
    host.refuses("nat_masquerade", r"^open_firewall: chain a/b-c of table ip Strange.table-name_0 drops forwarded packets", **red)
    result = host.done("nat_masquerade", open_firewall=False, **red)
    assert "chain a/b-c of table ip Strange.table-name_0 drops forwarded packets" in json.dumps(result["warnings"])
    shown = host.done("network_info")
    assert any("$(reboot)" in str(rule) for rule in shown["host"]["rules"])
    host.done("nat_masquerade", purge_networks=["red"])
    ruleset = host.run(["nft", "list", "ruleset"])
    assert "Strange.table-name_0" in ruleset and "$(reboot)" in ruleset
