# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process that holds a lab node: a network, a mount and a UTS namespace, and a user namespace for an ordinary user.

The process is forked off twice, makes the namespaces, furnishes them and becomes ``sleep``: a megabyte, no open
descriptor of its maker's, no tie to its maker's life. Python before 3.12 has no ``os.unshare``, hence ctypes.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import select
import shutil
import socket
import struct
import time

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x4000, 0x40000
#: Seconds that a node may take to be made: it is some milliseconds.
PATIENCE = 60
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1

#: What a node has of its own, all below its own /run: the named namespaces, the home folder, the temporary folder.
NETNS_DIR, HOME_DIR, TMP_DIR = "/run/netns", "/run/home", "/run/tmp"

#: Where programs are looked for: an ordinary user's PATH often lacks the system's folders.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LabError(Exception):
    """The lab cannot do what was asked; the message is one sentence for the user."""


class Stuck(LabError):
    """The kernel does not answer."""


def program(name: str) -> str:
    """The path of the program ``name``.  Raises LabError when the system does not have it."""
    path = shutil.which(name, path=SYSTEM_PATH)
    if path is None:
        package = {"ip": "iproute2", "sleep": "coreutils"}.get(name, "util-linux")
        raise LabError("The lab needs the program %s: install the package %s." % (name, package))
    return path


def hold(name: str, user_namespace_of=None) -> int:
    """Start the holder of a new node and return its process id.

    ``name`` becomes the host name inside.  ``user_namespace_of`` is the process id of a holder whose user namespace
    the node joins; None means: a new one if the caller is not root, none at all if it is.
    Raises LabError when the system forbids it.
    """
    sleep = program("sleep")
    reader, writer = os.pipe()  # both close on exec: the reader sees the end when sleep has started
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _hold(name, user_namespace_of, sleep, writer)
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    pid, _newline, failure = _answer(reader).partition("\n")
    if failure:
        step, number = failure.split()
        raise LabError(explain(step, int(number)))
    return int(pid)


def _answer(reader) -> str:
    """All that is written to ``reader``; Stuck when it has no end: the system call that the holder is in does not return."""
    said, deadline = b"", time.monotonic() + PATIENCE
    try:
        while True:
            ready, _writable, _errors = select.select([reader], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise Stuck("This kernel has not made namespaces in %d s, and may never (dmesg may say why): start the machine anew." % PATIENCE)
            more = os.read(reader, 4096)
            if not more:
                return said.decode("utf-8")
            said += more
    finally:
        os.close(reader)


def _hold(name, user_namespace_of, sleep, writer):
    """The holder's side; ends as ``sleep``, or writes ``STEP ERRNO`` to ``writer`` and ends."""
    step = "detach"
    try:
        _detach(writer)
        os.write(writer, b"%d\n" % os.getpid())
        for step, work in (
            ("user", lambda: _enter_user_namespace(user_namespace_of)),
            # A second unshare, or parts of /proc/net of the new namespace stay unreadable for an ordinary user.
            ("net", lambda: _libc("unshare", CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS)),
            ("mount", _furnish),
            ("hostname", lambda: socket.sethostname(name)),
            ("network", _settle_network),
            ("sleep", lambda: os.execve(sleep, ["sleep", "infinity"], {"LINUXNET_LAB_NODE": name})),
        ):
            work()
    except OSError as error:
        os.write(writer, ("%s %d" % (step, error.errno or 0)).encode())


def _detach(keep):
    """Let go of everything inherited but the descriptor ``keep``."""
    os.chdir("/")
    os.umask(0o022)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    # The list, not the limit: that may be a thousand million in a container.
    for descriptor in os.listdir("/proc/self/fd"):
        if int(descriptor) > 2 and int(descriptor) != keep:
            try:
                os.close(int(descriptor))
            except OSError:
                pass  # the one that listed the folder


def _enter_user_namespace(of):
    uid, gid = os.geteuid(), os.getegid()
    if of is not None:
        if os.stat("/proc/%d/ns/user" % of).st_ino == os.stat("/proc/self/ns/user").st_ino:
            return
        descriptor = os.open("/proc/%d/ns/user" % of, os.O_RDONLY | os.O_CLOEXEC)
        _libc("setns", descriptor, CLONE_NEWUSER)
    elif uid != 0:
        _libc("unshare", CLONE_NEWUSER)
        for path, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % uid), ("gid_map", "0 %d 1" % gid)):
            _write("/proc/self/" + path, text)


def _furnish():
    """Private propagation, an own /run with its folders, an own /sys."""
    _libc("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    _libc("mount", b"tmpfs", b"/run", b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=0755")
    for folder, mode in ((NETNS_DIR, 0o755), (HOME_DIR, 0o700), (TMP_DIR, 0o1777)):
        os.mkdir(folder)
        os.chmod(folder, mode)
    _libc("mount", b"sysfs", b"/sys", b"sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)


def _settle_network():
    """Loopback up, and no forwarding, which a new namespace may have inherited from the machine."""
    _write("/proc/sys/net/ipv4/ip_forward", "0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack_from("H", fcntl.ioctl(control, SIOCGIFFLAGS, request), 16)[0]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))


def _libc(function, *arguments):
    """Call a function of the C library; OSError when it says -1."""
    library = ctypes.CDLL(None, use_errno=True)
    converted = [ctypes.c_ulong(a) if isinstance(a, int) and function == "mount" else a for a in arguments]
    if getattr(library, function)(*converted) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _write(path, text):
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text)


def _read_switch(name):
    """A sysctl as an int; None when this kernel does not have it."""
    try:
        with open("/proc/sys/" + name.replace(".", "/"), encoding="ascii") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return None


def explain(step: str, number: int, switch=_read_switch) -> str:
    """One sentence for the user: why a node could not be made (``number`` is the errno at ``step``) and the remedy.

    ``switch`` reads a sysctl by its name (int, or None when there is none).
    """
    said = os.strerror(number)
    if step not in ("user", "net", "mount") or number not in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EUSERS):
        return "The lab node could not be made (%s: %s)." % (step, said)
    remedy = "sudo sysctl -w %s=%s, or run as root"
    if switch("kernel.unprivileged_userns_clone") == 0:
        cause, remedy = "the system forbids them to ordinary users", remedy % ("kernel.unprivileged_userns_clone", 1)
    elif switch("user.max_user_namespaces") == 0:
        cause, remedy = "the system's limit for them is 0", remedy % ("user.max_user_namespaces", 10000)
    elif switch("kernel.apparmor_restrict_unprivileged_userns") == 1:
        cause = "AppArmor forbids them to ordinary users"
        remedy = remedy % ("kernel.apparmor_restrict_unprivileged_userns", 0)
    else:
        cause = "%s at the step '%s'" % (said, step)
        remedy = "run as root, and in a container with the capability SYS_ADMIN and an unmasked /sys and /proc"
    return "The lab needs network and user namespaces, but %s: %s." % (cause, remedy)
