# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab: nodes on one machine, and an Ethernet segment between them.

``Lab(folder).up()`` gives a switch, two nodes and a namespace that plays the internet; ``Lab(folder).down()`` takes
everything away.  A node is known by a file in the lab's folder with its holder's process id and start time, so that a
process id used again by somebody else is never entered or ended.  Needs Linux, nsenter and ip; no Ansible, no pyroute2.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time

from ansible_collections.linuxnet.container.plugins.module_utils import _values, _whoami
from ansible_collections.linuxnet.container.plugins.module_utils._lab_holder import (
    HOME_DIR,
    NETNS_DIR,
    SYSTEM_PATH,
    TMP_DIR,
    LabError,
    hold,
    program,
)
from ansible_collections.linuxnet.container.plugins.module_utils._marks import derived_mac, short_ifname
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem
from ansible_collections.linuxnet.container.plugins.module_utils._values import shown

__all__ = ["INTERNET", "Lab", "LabError", "NodeSpec", "SWITCH", "Node", "check_folder", "check_netns", "checked", "segment"]

SWITCH, INTERNET, BRIDGE, UPLINK = "switch", "internet", "br0", "eth0"

#: The words a node's name and a namespace's name may be: safe as a file, a host name, an argument.
NODE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\Z")
NETNS_NAME = re.compile(r"[A-Za-z0-9_@+:][A-Za-z0-9_@+:.-]{0,254}\Z")


@dataclasses.dataclass(frozen=True)
class NodeSpec:
    """What a node is to be.  Without ``addresses`` it has no uplink; addresses and loopback are CIDR strings."""

    name: str
    addresses: tuple = ()
    gateways: tuple = ()
    mtu: int = 1500
    loopback: tuple = ()
    whoami: bool = False


@dataclasses.dataclass(frozen=True)
class Node:
    """A node that is up: its name, and its holder's process id and start time (clock ticks since boot ``boot``)."""

    name: str
    pid: int
    started: int
    boot: str


def segment(names=("node1", "node2")):
    """The specifications of a whole lab: the switch, ``names`` as .11, .12 ... of 192.0.2.0/24, and the internet."""
    specs = [NodeSpec(SWITCH)]
    for number, name in enumerate(names, 11):
        addresses = ("192.0.2.%d/24" % number, "2001:db8:0:2::%d/64" % number)
        specs.append(NodeSpec(name, addresses, ("192.0.2.254", "2001:db8:0:2::254")))
    addresses = ("192.0.2.254/24", "2001:db8:0:2::254/64")
    specs.append(NodeSpec(INTERNET, addresses, loopback=("203.0.113.10/32", "2001:db8:ffff::10/128"), whoami=True))
    return specs


def check_netns(name: str) -> str:
    """``name`` if it can be a named namespace's, and needs no quoting anywhere.  Raises LabError."""
    if not isinstance(name, str) or not NETNS_NAME.match(name):
        raise LabError(
            "%s is no name for a network namespace: use up to 255 of A-Z a-z 0-9 _ @ + : . - beginning with none of"
            " the last two." % shown(name)
        )
    return name


def check_folder(option: str, path: str) -> str:
    """``path`` if it can be a lab's folder and stand in a sentence.  Raises LabError that names the ``option``."""
    if not isinstance(path, str) or not path or not path.isprintable():
        raise LabError("%s: %s is not the path of a folder: take one like /tmp/lab." % (option, shown(path)))
    return path


class Lab:
    """The lab whose state is in ``folder`` (made with mode 0700 when the first node is).

    All methods raise LabError, with one sentence for the user, when they cannot do their work.
    """

    def __init__(self, folder):
        self.folder = os.path.abspath(os.fspath(folder))

    # -- what there is

    def nodes(self):
        """The nodes that are up, as a dict of Node by name."""
        if not os.path.isdir(self.folder):
            return {}
        self._check_owner()
        found = {}
        for entry in sorted(os.listdir(self.folder)):
            if entry.endswith(".json"):
                node = self._live(entry[: -len(".json")])
                if node:
                    found[node.name] = node
        return found

    def node(self, name: str) -> Node:
        """The node ``name``.  Raises LabError when it is not up."""
        if os.path.isdir(self.folder):
            self._check_owner()
            node = self._live(name)
            if node:
                return node
        raise LabError(
            "The lab node '%s' is not up in %s: run 'ansible-playbook linuxnet.container.lab_up' (in a checkout:"
            " 'make lab-up')." % (name, self.folder)
        )

    # -- making and taking away

    def up(self, nodes=("node1", "node2"), underlay=True):
        """Bring up a switch, ``nodes``, the internet and the segment between them; returns the names that changed.

        With ``underlay=False``: ``nodes`` alone, each with nothing but its own loopback.
        """
        return self.apply(segment(nodes) if underlay else [NodeSpec(name) for name in nodes])

    def down(self):
        """End every node; returns the names of those that were up."""
        return self.remove(list(self.nodes()))

    def changes(self, specs):
        """The names of those of ``specs`` that ``apply`` would make, or make anew, in its order.  Reads only."""
        live = self.nodes()
        wanted = {spec.name: _plain(spec) for spec in checked(specs)}
        changed = [name for name, spec in wanted.items() if name not in live or self._record(name)["is"] != spec]
        # A cable ends with the switch it was plugged into.
        switch = None if SWITCH in changed else _identity(live.get(SWITCH))
        torn = [name for name, spec in wanted.items() if spec["addresses"] and self._plugged(name) != switch]
        return [name for name in wanted if name in changed or name in torn]

    def apply(self, specs):
        """Make every node of ``specs`` (NodeSpec) as it says; returns the names that changed.

        A node that is up but otherwise than wanted is ended and made anew.  Nodes not in ``specs`` are left alone.
        """
        specs = checked(specs)
        with self._lock():
            changed = self.changes(specs)
            self._remove(changed)
            for spec in specs:
                if spec.name in changed:
                    self._make(spec)
            return changed

    def remove(self, names):
        """End the nodes ``names`` with all processes inside; returns the names of those that were up."""
        if not os.path.isdir(self.folder):
            return []
        with self._lock():
            return self._remove(names)

    def _remove(self, names):
        live = self.nodes()
        gone = [name for name in names if name in live]
        _empty([live[name] for name in gone])
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path(name))
        if SWITCH in live and SWITCH not in gone:
            for name in gone:  # at once: the kernel itself takes its time to clear up behind a namespace
                self.run(SWITCH, [program("ip"), "link", "delete", short_ifname("p-", name)], check=False)
        return gone

    def _make(self, spec):
        anyone = next(iter(self.nodes().values()), None)  # all nodes share one user namespace
        pid = hold(spec.name, anyone.pid if anyone else None)
        node = Node(spec.name, pid, _start_time(pid), _boot())
        self._note(node, None)
        try:
            if spec.name == SWITCH:
                self.ip(SWITCH, ["link add %s type bridge mcast_snooping 0" % BRIDGE, "link set %s up" % BRIDGE])
            self.ip(spec.name, ["address add %s dev lo" % address for address in spec.loopback])
            if spec.addresses:
                self._wire(spec, node)
            if spec.whoami:
                self.serve(spec.name)
        except BaseException:
            self._remove([spec.name])
            raise
        self._note(node, _plain(spec))

    def _wire(self, spec, node):
        port = short_ifname("p-", spec.name)
        # The MAC follows from the name: a node made anew leaves no stale ARP entry at the others.
        self.ip(
            SWITCH,
            [
                "link add name {port} mtu {mtu} type veth peer name {uplink} mtu {mtu} address {mac} netns {pid}".format(
                    port=port, uplink=UPLINK, mtu=spec.mtu, mac=derived_mac("lab", spec.name), pid=node.pid
                ),
                "link set %s master %s up" % (port, BRIDGE),
            ],
        )
        lines = ["link set %s up" % UPLINK]
        for address in spec.addresses:
            extra = "nodad" if ":" in address else "broadcast +"
            lines.append("address add %s %s dev %s" % (address, extra, UPLINK))
        lines += ["route add default via %s dev %s" % (gateway, UPLINK) for gateway in spec.gateways]
        self.ip(spec.name, lines)

    # -- being inside

    def enter(self, name: str, argv, netns=None):
        """The argument list that runs ``argv`` in the node, or in the named namespace ``netns`` of the node."""
        node = self.node(name)
        command = [program("nsenter"), "--target=%d" % node.pid, "--net", "--mount", "--uts"]
        if not _same_namespace("user", node.pid, "self"):
            command += ["--user", "--preserve-credentials"]
        command += ["--"]
        if netns is not None:
            command += [program("nsenter"), "--net=%s/%s" % (NETNS_DIR, check_netns(netns)), "--"]
        return command + list(argv)

    def run(self, name: str, argv, netns=None, check=True, **keywords):
        """Run ``argv`` in the node and return the CompletedProcess, with text output; ``keywords`` as subprocess.run.

        Raises LabError when the program fails, unless ``check`` is False.
        """
        options = dict({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment()}, **keywords)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(self.enter(name, argv, netns), check=False, **options)
        if check and done.returncode:
            where = name if netns is None else "%s/%s" % (name, netns)
            said = str(done.stderr or done.stdout or "").strip()
            raise LabError("%s: '%s' failed (%d): %s" % (where, " ".join(map(str, argv)), done.returncode, said))
        return done

    def ip(self, name: str, lines, netns=None):
        """Run ``lines`` of the ip program in the node, in one process."""
        if lines:
            self.run(name, [program("ip"), "-batch", "-"], netns, input="\n".join(lines) + "\n")

    def serve(self, name: str, netns=None, port: int = _whoami.PORT):
        """Start a whoami server (see _whoami) that lives as long as the node; returns its process id."""
        # A file would have to be found from inside an Ansible module's archive; an argument is always there.
        source = inspect.getsource(_whoami)
        started = self.run(name, [sys.executable, "-I", "-S", "-c", source, str(port)], netns, False, start_new_session=True)
        if started.returncode:
            said = started.stderr.strip().splitlines() or ["no reason given"]
            raise LabError("%s: the whoami server did not start: %s" % (name, said[-1]))
        return int(started.stdout)

    # -- the folder

    def _path(self, name):
        return os.path.join(self.folder, _normal(NodeSpec(name)).name + ".json")

    def _check_owner(self):
        owner = os.stat(self.folder).st_uid
        if owner != os.geteuid():
            raise LabError(
                "The lab folder %s belongs to user %d: become that user, or choose another folder with the variable"
                " linuxnet_lab_dir." % (self.folder, owner)
            )

    @contextlib.contextmanager
    def _lock(self):
        """One writer at a time on this lab."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            self._check_owner()
            descriptor = os.open(os.path.join(self.folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LabError(
                "The lab folder %s cannot be made (%s): choose another with the variable linuxnet_lab_dir."
                % (self.folder, error.strerror)
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _record(self, name):
        """What was noted of the node ``name``; None when nothing was, or somebody else wrote it."""
        try:
            with open(self._path(name), encoding="utf-8") as stream:
                record = json.load(stream)
        except (FileNotFoundError, ValueError):
            return None
        holder = record.get("holder") if isinstance(record, dict) else None
        kinds = {"name": str, "pid": int, "started": int, "boot": str}
        if not isinstance(holder, dict) or {key: type(value) for key, value in holder.items()} != kinds:
            return None
        return record if set(record) == {"holder", "is", "switch"} and holder["name"] == name else None

    def _plugged(self, name):
        record = self._record(name)
        return record and record["switch"]

    def _note(self, node, spec):
        switch = node if node.name == SWITCH else self._live(SWITCH)
        record = {"holder": dataclasses.asdict(node), "is": spec, "switch": _identity(switch)}
        path = self._path(node.name)
        with open(path + ".new", "w", encoding="utf-8") as stream:
            json.dump(record, stream)
        os.replace(path + ".new", path)

    def _live(self, name):
        record = self._record(name)
        if record is None:
            return None
        node = Node(**record["holder"])
        return node if node.boot == _boot() and _start_time(node.pid) == node.started else None


def environment():
    """The environment inside a node: as after a login, nothing of the caller's but language and terminal."""
    kept = {key: value for key, value in os.environ.items() if key in ("LANG", "TERM") or key.startswith("LC_")}
    return dict(kept, PATH=SYSTEM_PATH, HOME=HOME_DIR, TMPDIR=TMP_DIR, USER="root", LOGNAME="root", SHELL="/bin/sh")


def checked(specs):
    """``specs`` with addresses in normal form, the switch first.  Raises LabError that names the node and the value."""
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1:
            raise LabError("The lab node %s is listed %d times: name each once." % (shown(name), names.count(name)))
    return sorted(map(_normal, specs), key=lambda spec: spec.name != SWITCH)


def _normal(spec):
    if not isinstance(spec.name, str) or not NODE_NAME.match(spec.name):
        raise LabError(
            "%s is no name for a lab node: use up to 32 lower-case letters, digits and hyphens, with no hyphen at"
            " either end." % shown(spec.name)
        )
    try:
        gateways = [_values.address(gateway, "gateways") for gateway in spec.gateways]
        if len({gateway.version for gateway in gateways}) < len(gateways):
            raise Problem("gateways", "one of each address family is the most.")
        normal = dataclasses.replace(
            spec,
            addresses=tuple(map(str, _values.interfaces(spec.addresses, "addresses"))),
            loopback=tuple(map(str, _values.interfaces(spec.loopback, "loopback"))),
            gateways=tuple(map(str, gateways)),
        )
    except Problem as problem:
        raise LabError("The lab node '%s': %s" % (spec.name, problem)) from None
    if not 1280 <= normal.mtu <= 65535:
        raise LabError("The lab node '%s': mtu %s is not between 1280 and 65535." % (spec.name, shown(normal.mtu)))
    if normal.name == SWITCH and normal.addresses:
        raise LabError("The lab node '%s' is the segment itself: it takes no addresses." % SWITCH)
    return normal


def _identity(node):
    return None if node is None else [node.pid, node.started]


def _plain(spec):
    """``spec`` as JSON would give it back."""
    return json.loads(json.dumps(dataclasses.asdict(spec)))


def _boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
        return stream.read().strip()


def _start_time(pid):
    """The start time of a process in clock ticks since boot; None when there is no such process, or only its corpse."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _namespace(kind, pid):
    """The identity of a process's namespace; None when there is no such process or it is none of our business."""
    try:
        return os.readlink("/proc/%s/ns/%s" % (pid, kind))
    except OSError:
        return None


def _same_namespace(kind, pid, other):
    return _namespace(kind, pid) == _namespace(kind, other)


@contextlib.contextmanager
def _spaces(nodes):
    """The namespaces of ``nodes``, but none that is also ours: from inside a node, or with a wrong file, never the machine's.

    They are held open, because the number of one that is gone is at once given to the next one made, on whichever lab.
    """
    with contextlib.ExitStack() as held:
        found = set()
        for kind in ("net", "mnt", "uts"):
            for node in nodes:
                with contextlib.suppress(OSError):
                    descriptor = os.open("/proc/%d/ns/%s" % (node.pid, kind), os.O_RDONLY | os.O_CLOEXEC)
                    held.callback(os.close, descriptor)
                    space = os.readlink("/proc/self/fd/%d" % descriptor)
                    if _start_time(node.pid) == node.started and space not in (_namespace(kind, "self"), _namespace(kind, 1)):
                        found.add((kind, space))
        yield found


def _inside(spaces):
    """The processes in one of the namespaces ``spaces``, as (pid, start time)."""
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return [(pid, _start_time(pid)) for pid in pids if any(_namespace(kind, pid) == space for kind, space in spaces)]


def _empty(nodes):
    """End the holders of ``nodes`` and whoever lives inside, and look again: one may have been born meanwhile."""
    victims = [(node.pid, node.started) for node in nodes]
    with _spaces(nodes) as spaces:
        for signals in ((signal.SIGTERM, signal.SIGKILL), *[(signal.SIGKILL,)] * 9):
            victims += _inside(spaces)
            if not victims:
                return
            _end(victims, signals)
            victims = []


def _end(processes, signals=(signal.SIGTERM, signal.SIGKILL), patience=2.0):
    """One of ``signals`` after the other, ``patience`` seconds apart, for exactly these ``processes`` of (pid, start time)."""
    held = []
    for pid, started in processes:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        # Looked at again with the descriptor in hand: from here on the number cannot become somebody else.
        if started is not None and _start_time(pid) == started:
            held.append((descriptor, pid))
        else:
            os.close(descriptor)
    for number in signals:
        for descriptor, _pid in held:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, number)
        until = time.monotonic() + patience
        while time.monotonic() < until and any(_start_time(pid) is not None for _descriptor, pid in held):
            time.sleep(0.005)
    for descriptor, _pid in held:
        os.close(descriptor)
