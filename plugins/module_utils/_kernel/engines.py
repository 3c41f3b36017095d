# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking Docker and Podman for a container: over the engine's own socket, Podman also by the state that it keeps on disk.

Nothing of the engines is needed on the host but what they run with: no client program, no Python library. Sources: Docker
Engine API, containers-storage.conf(5), containers/storage's containers.go, podman-system-service(1).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import socket
from dataclasses import dataclass
from typing import Optional

from .._sought import ENGINES
from .._values import plain

DOCKER_SOCKET = "/var/run/docker.sock"
PODMAN_SOCKET = "/run/podman/podman.sock"
STORAGE_CONF = ("/etc/containers/storage.conf", "/usr/share/containers/storage.conf")

#: Seconds that an engine may take to answer.
_PATIENCE = 10
#: The most that is taken from an engine, or a file of its: what it says of a container is some kilobytes.
_MUCH = 1 << 26
#: How Docker, and Podman in its place, say that an ID is not all of one.
_SEVERAL = re.compile("multiple IDs|more than one", re.I)
_SETTING = re.compile(r"""^[ \t]*(graphroot|runroot)[ \t]*=[ \t]*["']([^"'\n]+)["']""", re.M)


class Silent(Exception):
    """The engine cannot be asked; says why."""


class Unclear(Exception):
    """The engine has more than one answer; says which."""


@dataclass(frozen=True)
class Container:
    """What an engine knows of a container: its ``identity``, in full, the ``pid`` of its first process, None when it does not
    run, and the ``state`` that it is in."""

    identity: str
    pid: Optional[int]
    state: str

    def has(self, pid: int) -> bool:
        """Whether process ``pid`` is of this container: it may have ended, and another have got its number.

        Either its control group or what watches over it (conmon, containerd-shim) carries the container's identity.
        """
        said = ""
        with contextlib.suppress(OSError):
            said += _text("/proc/%d/cgroup" % pid)
            parent = _text("/proc/%d/stat" % pid).rpartition(")")[2].split()[1]
            said += _text("/proc/%s/cmdline" % parent)
        return self.identity in said


def locate(engine: str, container: str) -> Optional[Container]:
    """The Container that ``engine``, one of ENGINES, knows by the name ``container``, by that ID or the only one that begins so;
    None when it knows none. Raises Silent and Unclear."""
    if engine == "docker":
        return _ask(engine, _docker_socket(), container)
    if os.path.exists(PODMAN_SOCKET):
        # Where it is, it knows best; where nothing listens behind it, the state on disk is all there is.
        with contextlib.suppress(Silent):
            return _ask(engine, PODMAN_SOCKET, container)
    return _look_up(container)


def _several(engine, container):
    return "%s has several containers whose IDs begin with '%s': give more of the ID, or the name" % (ENGINES[engine], container)


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(_MUCH)


# Over a socket: both engines speak Docker's API


def _docker_socket() -> str:
    host = os.environ.get("DOCKER_HOST", "")
    return host[len("unix://") :] if host.startswith("unix:///") else DOCKER_SOCKET


def _ask(engine, path, container):
    # Only then: what speaks HTTP costs time to load.
    import http.client  # pylint: disable=import-outside-toplevel

    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(_PATIENCE)
        connection.sock.connect(path)
        # A name needs no quoting, the door has seen to that.
        connection.request("GET", "/containers/%s/json" % container)
        answer = connection.getresponse()
        said = json.loads(answer.read(_MUCH))
        if answer.status == 404:
            return None
        if answer.status != 200:
            message = str(said["message"])
            if _SEVERAL.search(message):
                raise Unclear(_several(engine, container))
            raise Silent("%s says: %s" % (ENGINES[engine], plain(message).rstrip(".")))
        pid = said["State"]["Pid"] if said["State"]["Running"] else None
        return Container(str(said["Id"]), pid and int(pid), str(said["State"]["Status"]))
    except OSError as error:
        raise Silent("%s does not run here (%s: %s)" % (ENGINES[engine], plain(path), error.strerror or error)) from error
    except (http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise Silent("what answers at %s is not %s" % (plain(path), ENGINES[engine])) from error
    finally:
        connection.close()


# On disk


def _look_up(container):
    graph, run = _roots()
    try:
        drivers = [entry for entry in sorted(os.listdir(graph)) if entry.endswith("-containers")]
    except OSError:
        drivers = []
    if not drivers:
        raise Silent("Podman has no containers here (in %s)" % plain(graph))
    known: dict = {}
    for driver in drivers:
        # What is to go with its first process is in a file of its own, which may be below either root.
        for root in (graph, run):
            for file in ("containers.json", "volatile-containers.json"):
                known.update((identity, (names, driver)) for identity, names in _listed(os.path.join(root, driver, file)))
    identity = _chosen(container, {identity: names for identity, (names, _driver) in known.items()})
    if identity is None:
        return None
    found = Container(identity, _pid_in(os.path.join(run, known[identity][1], identity, "userdata", "pidfile")), "running")
    # The file outlives the process, whose number may be another's by then.
    return found if found.pid is not None and found.has(found.pid) else Container(identity, None, "it has no process")


def _roots():
    """(where Podman keeps containers, where it keeps what goes with the boot)."""
    found = {"graphroot": "/var/lib/containers/storage", "runroot": "/run/containers/storage"}
    for path in filter(None, (os.environ.get("CONTAINERS_STORAGE_CONF"), *STORAGE_CONF)):
        with contextlib.suppress(OSError):
            found.update(_SETTING.findall(_text(path)))
            break
    return found["graphroot"], found["runroot"]


def _listed(path):
    """[(identity, names)] of the containers in a file of containers/storage."""
    try:
        found = os.stat(path)
        return _parsed(path, (found.st_ino, found.st_mtime_ns, found.st_size))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Silent("Podman's list of containers %s cannot be read" % plain(path)) from error


@functools.lru_cache(maxsize=8)
def _parsed(path, _stamp):
    """Read once for as many containers as are asked for: whenever the list changes, Podman writes another file."""
    return [(str(one["id"]), [str(name) for name in one.get("names") or ()]) for one in json.loads(_text(path))]


def _chosen(container, known):
    """The identity that ``container`` stands for, as Podman takes it: a name, all of an ID, or the beginning of only one."""
    for identity, names in known.items():
        if container == identity or container in names:
            return identity
    found = [identity for identity in known if identity.startswith(container)]
    if len(found) > 1:
        raise Unclear(_several("podman", container))
    return found[0] if found else None


def _pid_in(path):
    """The process whose number is in the file ``path``; None when there is no such file."""
    try:
        return int(_text(path))
    except (OSError, ValueError):
        return None
