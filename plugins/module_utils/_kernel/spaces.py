# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file under /run that names a namespace, the way into it, and who is inside.

Nothing else in the collection touches /run/netns, changes namespace or mounts anything. Source: namespaces(7),
setns(2), mount(2), ip-netns(8) and iproute2's ip/ipnetns.c, whose conventions are kept.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import signal
import stat
import time
from contextlib import contextmanager

from .._values import plain

RUN = "/run/netns"

_CLONE_NEWNET = 0x40000000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_SHARED = 1 << 20
_MNT_DETACH = 2
_UMOUNT_NOFOLLOW = 8
_O_PATH = getattr(os, "O_PATH", 0o10000000)

_NS_GET_NSTYPE = 0xB703

_NO_NAMESPACE = "it is no namespace, and left alone: remove it, or take another name"

#: So often the processes in a namespace are looked up again before it is given up.
_ROUNDS = 5

#: What open(2) says to a symbolic link, a socket, a device that is not there, a file that may not be read.
_STRANGE = frozenset((errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EACCES))

_libc = ctypes.CDLL(None, use_errno=True)


class NoNamespace(OSError):
    """What is in the place of a namespace's file is something else."""


def _call(function: str, *arguments):
    if getattr(_libc, function)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def own() -> int:
    """A descriptor of the namespace this thread is in."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def names() -> list:
    """The names under /run/netns, sorted; files that are no namespaces among them."""
    try:
        _be_a_folder()
        return sorted(os.listdir(RUN))
    except FileNotFoundError:
        return []


def open_name(name: str):
    """A descriptor of the namespace ``name``; None when there is none.

    NoNamespace: whatever else stands in its place. A link is not followed, nothing is opened, read or waited for.
    """
    try:
        _be_a_folder()
        # Looked at before it is opened: of a device or a FIFO even that is noticed by somebody.
        looked = os.open(os.path.join(RUN, name), _O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in _STRANGE:
            raise
        raise NoNamespace(errno.EINVAL, _NO_NAMESPACE) from error
    try:
        if is_namespace(looked):
            return os.open("/proc/self/fd/%d" % looked, os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(looked)
    if _is_unfinished(name):
        return None
    raise NoNamespace(errno.EINVAL, _NO_NAMESPACE)


def _is_unfinished(name: str) -> bool:
    """Whether the file ``name`` is what a run that was killed leaves: ours and ip(8) make it empty, with no permission for
    anybody, before they mount a namespace on it."""
    found = os.lstat(os.path.join(RUN, name))
    return stat.S_ISREG(found.st_mode) and not found.st_mode & 0o7777 and not found.st_size and found.st_uid == os.geteuid()


def tidy(names) -> None:
    """Remove the files of ``names`` that a run which was killed has left."""
    for name in names:
        try:
            if _is_unfinished(name):
                os.unlink(os.path.join(RUN, name))
        except FileNotFoundError:
            continue


def is_namespace(descriptor: int) -> bool:
    """Whether ``descriptor`` is a file of nsfs."""
    return os.fstat(descriptor).st_dev == _nsfs()


@functools.lru_cache(1)
def _nsfs() -> int:
    return os.stat("/proc/self/ns/net").st_dev


def inode(descriptor: int) -> int:
    """What tells a namespace from any other that exists now."""
    return os.fstat(descriptor).st_ino


def open_process(pid: int):
    """A descriptor of the network namespace of process ``pid``; None when there is no such process."""
    try:
        return os.open("/proc/%d/ns/net" % pid, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError):
        return None


def open_file(path: str):
    """A descriptor of the network namespace that the file at ``path`` is; None when there is no such file.

    NoNamespace: whatever else stands there. It is not opened, read or waited for.
    """
    try:
        looked = os.open(path, _O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError):
        return None
    try:
        if not is_namespace(looked):
            raise NoNamespace(errno.EINVAL, "is no network namespace")
        descriptor = os.open("/proc/self/fd/%d" % looked, os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(looked)
    if fcntl.ioctl(descriptor, _NS_GET_NSTYPE) != _CLONE_NEWNET:
        os.close(descriptor)
        raise NoNamespace(errno.EINVAL, "is a namespace of another kind")
    return descriptor


class Journey:
    """A way through many namespaces, without going home between them: a context manager, at whose end the thread is back.

    ``home``: a descriptor of the namespace that it was in.
    """

    def __enter__(self):
        self.home = own()
        self._away = False
        return self

    def into(self, descriptor: int) -> None:
        """Go into the namespace of ``descriptor``."""
        _call("setns", descriptor, _CLONE_NEWNET)
        self._away = True

    def anew(self) -> None:
        """Go into a namespace that is made for it; from home, because some of its settings may follow those of where one is."""
        self.back()
        _call("unshare", _CLONE_NEWNET)
        self._away = True

    def back(self) -> None:
        """Go home. In the wrong namespace the wrong network would be changed: better to stop than not to arrive."""
        if self._away and _libc.setns(self.home, _CLONE_NEWNET) != 0:
            os._exit(70)
        self._away = False

    def __exit__(self, *exception):
        self.back()
        os.close(self.home)


@contextmanager
def inside(descriptor: int):
    """With this thread in the namespace of ``descriptor``."""
    with Journey() as journey:
        journey.into(descriptor)
        yield


def add(name: str, journey, prepare=None) -> None:
    """Make a namespace and give it ``name``; /run/netns is ready (``make_ready``).

    ``prepare`` is called inside before the name appears, so that nobody ever sees it unmarked.
    """
    path = _place(name)
    try:
        journey.anew()
        if prepare:
            prepare()
        _call("mount", b"/proc/thread-self/ns/net", path.encode(), b"none", _MS_BIND, None)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        journey.back()


def attach(name: str, descriptor: int) -> None:
    """Give the namespace of ``descriptor`` the ``name``; /run/netns is ready (``make_ready``)."""
    path = _place(name)
    try:
        _call("mount", b"/proc/self/fd/%d" % descriptor, path.encode(), b"none", _MS_BIND, None)
    except OSError:
        os.unlink(path)
        raise


def remove(name: str) -> None:
    """Take the name away; the namespace lives on as long as something else holds it."""
    path = os.path.join(RUN, name)
    _call("umount2", path.encode(), _MNT_DETACH | _UMOUNT_NOFOLLOW)
    os.unlink(path)


def processes(inodes: dict) -> dict:
    """The processes in the namespaces ``inodes`` ({inode: name}): {name: [(pid, start time in ticks, command)]}."""
    found: dict = {name: [] for name in inodes.values()}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            number = os.stat("/proc/%s/ns/net" % entry).st_ino
            if number in inodes:
                found[inodes[number]].append((int(entry),) + _identity(int(entry)))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def stop_all(name: str, victims, patience: float) -> None:
    """End ``victims`` and then whoever they, or others, have started meanwhile in the namespace ``name``."""
    descriptor = open_name(name)
    if descriptor is None:
        return
    try:
        for _attempt in range(_ROUNDS):
            stop(victims, patience)
            victims = processes({inode(descriptor): name})[name]
            if not victims:
                return
    finally:
        os.close(descriptor)
    raise OSError(errno.EBUSY, "processes keep being started in it, now %d (%s)" % (victims[0][0], victims[0][2]))


def stop(victims, patience: float) -> None:
    """End ``victims`` ([(pid, start time, command)]) by TERM, those left after ``patience`` seconds by KILL.

    The start time tells a process from a later one with its pid, which is left alone.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [victim for victim in victims if lives(victim)]
        for victim in left:
            _signal(victim, number)
        deadline = time.monotonic() + (patience if number == signal.SIGTERM else 5)
        while any(lives(victim) for victim in left) and time.monotonic() < deadline:
            time.sleep(0.02)
    left = [victim for victim in victims if lives(victim)]
    if left:
        raise OSError(errno.EBUSY, "process %d (%s) did not end" % (left[0][0], left[0][2]))


def _signal(victim, number):
    """``number`` to exactly this process: with its descriptor in hand its pid cannot become somebody else's."""
    try:
        descriptor = os.pidfd_open(victim[0])
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # Linux before 5.3
        os.kill(victim[0], number)
        return
    try:
        if lives(victim):
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def lives(victim) -> bool:
    """Whether ``victim`` (pid, start time, command) has not ended."""
    try:
        started, _command = _identity(victim[0])
        with open("/proc/%d/stat" % victim[0], encoding="utf-8", errors="replace") as file:
            zombie = file.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
    return started == victim[1] and not zombie


def _identity(pid: int):
    with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
        head, _separator, tail = file.read().rpartition(")")
    return int(tail.split()[19]), plain(head.partition("(")[2])


def _be_a_folder():
    """NoNamespace unless /run/netns is a folder itself: through a link, names would be read and made wherever it leads."""
    if not stat.S_ISDIR(os.lstat(RUN).st_mode):
        raise NoNamespace(errno.EINVAL, "%s is a link or a file, not a folder: remove it" % RUN)


def is_of_the_kernel(pid: int) -> bool:
    """Whether process ``pid`` is a thread of the kernel's own (PF_KTHREAD, linux/sched.h)."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as stat_of:
            return bool(int(stat_of.read().rpartition(")")[2].split()[6]) & 0x00200000)
    except (FileNotFoundError, ProcessLookupError):
        return False


def _place(name: str) -> str:
    """The path of a new file to mount a namespace on."""
    path = os.path.join(RUN, name)
    flags = os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        os.close(os.open(path, flags, 0))
    except FileExistsError:
        tidy([name])
        os.close(os.open(path, flags, 0))
    return path


def make_ready() -> None:
    """/run/netns as iproute2 prepares it: a shared mount of its own, so that names reach every mount namespace.

    Once for many names: the kernel walks over all that are there.
    """
    if not os.path.lexists(RUN):
        os.makedirs(RUN, mode=0o755, exist_ok=True)
    _be_a_folder()
    try:
        _call("mount", b"", RUN.encode(), b"none", _MS_SHARED | _MS_REC, None)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        _call("mount", RUN.encode(), RUN.encode(), b"none", _MS_BIND | _MS_REC, None)
        _call("mount", b"", RUN.encode(), b"none", _MS_SHARED | _MS_REC, None)
