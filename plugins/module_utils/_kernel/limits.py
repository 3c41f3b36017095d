# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of open files: whether a run and the way back from it fit is known before anything is changed."""

from __future__ import annotations

import errno
import os
import resource

from .._problem import Problem
from .._steps import NAMING

#: Pairs that are made with one send; each may hold the namespace of its other end open.
PEERS = 64

#: What is open besides: the lock, a netlink socket, the namespace it is in, the way home, a module that is imported.
_FEW = 16

_PAIRS = ("link_add", "link_del")


def make_room(steps=()) -> None:
    """Problem unless the files can be opened that it takes to read, to carry out ``steps`` and to go back from them.

    This process's own limit is raised as far as that is allowed, and stays so: it ends soon, and nobody inherits it.
    """
    verbs = [step.do[0] for step in steps]
    # A namespace that is removed, be it by going back, is held open until all is done.
    removed = sum(verb in NAMING for verb in verbs)
    peers = sum(verb in _PAIRS for verb in verbs)
    count = _FEW + removed + min(peers, PEERS)
    if _fits(count):
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if _fits(count):
            return
    raise Problem(
        "",
        "%d more files have to be open at once, and the limit of open files (%d) leaves no room for them: raise it (ulimit -n, "
        "nofile in limits.conf, LimitNOFILE of a systemd unit), or do less in one task." % (count, hard),
    )


def _fits(count: int) -> bool:
    """Whether ``count`` more files can be open at once."""
    held: list = []
    try:
        while len(held) < count:
            held.append(os.open("/", os.O_RDONLY | os.O_CLOEXEC))
        return True
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        return False
    finally:
        for descriptor in held:
            os.close(descriptor)
