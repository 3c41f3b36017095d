# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes one of the engine's calls to the kernel fail, or the process end there and then.

A point is one netlink message, or one system call that makes, names, writes or removes something; those for reading,
for the lock and for going back are counted with the others.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import os
import signal
import sys

from ansible_collections.linuxnet.container.plugins.module_utils._kernel import netlink, spaces, sysctls

_OURS = "ansible_collections.linuxnet.container.plugins.module_utils."
_SYSTEM_CALLS = ("open", "unlink", "mkdir", "rmdir", "rename", "ftruncate", "pwrite", "kill")
_WRITES = {"batch", "transaction", "unlink", "mkdir", "rmdir", "rename", "kill", "ioctl", "write", "mount", "umount2"}
#: Without these nothing can be put back.
_MAKES = {"batch", "transaction", "mount", "write"}

_KILL = os.kill


class Faults:
    """``at``: positions (from 0) of the points at which something happens; ``onwards``: from the last one on nothing can be
    made any more.

    ``how``: "refuse": the call is not made, and fails; "after": the same, but what is said to netlink is carried out all the
    same, as when its answer is lost; "kill": the process ends before it. ``number``: the errno. ``writes``: only what
    writes is a point. ``passed``: how many points there were; ``hit``: the name of the first at which something happened,
    ``written``: whether something had been written before or was to be there.
    """

    def __init__(self, at, how, number=errno.ENOMEM, writes=False, onwards=False):
        self.at = set(at)
        self.how = how
        self.number = number
        self.writes = writes
        self.onwards = onwards
        self.passed = 0
        self.hit = None
        self.written = False

    def report(self):
        return {"passed": self.passed, "hit": self.hit, "written": self.written}

    def here(self, name) -> bool:
        """Whether the point that is passed now is one of them; ends the process where that is asked for."""
        if self.writes and name not in _WRITES:
            return False
        position = self.passed
        self.passed += 1
        if self.hit is None and name in _WRITES:
            self.written = True
        if position in self.at or (self.onwards and position > max(self.at) and name in _MAKES):
            self.hit = self.hit or name
            if self.how == "kill":
                _KILL(os.getpid(), signal.SIGKILL)
            return True
        return False

    def call(self, name, function, *arguments, **keywords):
        if self.here(name):
            if self.how == "after" and name == "transaction":
                function(*arguments, **keywords)
            # By EINVAL mount(2) says that a folder is no mount point: it would be bound onto itself a second time.
            number = errno.EPERM if name == "mount" and self.number == errno.EINVAL else self.number
            raise OSError(number, os.strerror(number))
        return function(*arguments, **keywords)


def arm(**what) -> Faults:
    """Makes the engine of this process pass its calls by a Faults."""
    faults = Faults(**what)

    def wrap(module, name):
        whole = getattr(module, name)

        @functools.wraps(whole)
        def wrapped(*arguments, **keywords):
            if sys._getframe(1).f_globals.get("__name__", "").startswith(_OURS):
                return faults.call(name, whole, *arguments, **keywords)
            return whole(*arguments, **keywords)

        setattr(module, name, wrapped)

    _netlink(faults)
    for name in _SYSTEM_CALLS:
        wrap(os, name)
    wrap(fcntl, "ioctl")
    wrap(sysctls, "write")
    whole = spaces._call
    spaces._call = lambda function, *arguments: faults.call(function, whole, function, *arguments)
    return faults


def _netlink(faults):
    """The ways to speak netlink: of a batch each message is a point, all others are one."""
    Netlink, NetlinkError = netlink.Netlink, netlink.NetlinkError

    def refuse(name):
        whole = getattr(Netlink, name)

        def spoken(self, *arguments):
            try:
                return faults.call(name, whole, self, *arguments)
            except OSError as error:
                raise NetlinkError(1, error.errno) from error

        setattr(Netlink, name, spoken)

    for name in ("dump", "get", "get_many") + (() if faults.how == "kill" else ("transaction",)):
        refuse(name)
    if faults.how == "kill":
        # Messages that are sent together are carried out together: the process does not end between them.
        send = Netlink._send

        def sent(self, *arguments, **keywords):
            faults.here("batch")
            return send(self, *arguments, **keywords)

        Netlink._send = sent
        return
    whole = Netlink.batch

    def batch(self, messages, tolerates=None):
        messages = list(messages)
        refused = None
        for position, message in enumerate(messages):
            if faults.here("batch") and refused is None and not (tolerates and tolerates(position, faults.number)):
                refused = position
        if refused is None:
            return whole(self, messages, tolerates)
        left = messages if faults.how == "after" else messages[:refused] + messages[refused + 1 :]
        try:
            whole(self, left, lambda position, number: True)
        finally:
            raise NetlinkError(refused, faults.number)

    Netlink.batch = batch
