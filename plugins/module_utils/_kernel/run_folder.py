# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our folder under /run: the lock that makes runs on one host take turns, and what the kernel cannot keep for us."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from contextlib import contextmanager

from .._problem import Problem

PATH = "/run/linuxnet.container"

#: The end of a name under which a file is written before it gets its own.
_UNFINISHED = ".new"


def _folder() -> str:
    try:
        os.mkdir(PATH, 0o700)
    except FileExistsError:
        try:
            found = os.lstat(PATH)
        except FileNotFoundError:
            return _folder()  # the last run has just taken it away
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise Problem(
                "", "%s is not a folder that is root's alone (mode 0700): remove it and run again." % PATH
            ) from None
    return PATH


@contextmanager
def lock(patience: float):
    """Alone on this host until the end of the block; Problem when another run has not ended after ``patience`` seconds.

    The kernel drops the lock of a process that died.
    """
    deadline = time.monotonic() + patience
    while True:
        path = os.path.join(_folder(), "lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            continue  # the last run has just taken the folder away
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                break
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = _holder(descriptor)
                os.close(descriptor)
                raise Problem(
                    "lock_timeout",
                    "another run has been changing this host's network for %g s (pid %s); wait for it to end, "
                    "or raise lock_timeout." % (patience, holder),
                ) from None
            time.sleep(0.02)
        os.close(descriptor)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d" % os.getpid(), 0)
        yield
    finally:
        _leave_nothing(descriptor)
        os.close(descriptor)


def _is_at(path: str, descriptor: int) -> bool:
    """Whether ``descriptor`` is still the file at ``path``: the last run may have taken that away since it was opened."""
    try:
        return os.stat(path).st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _leave_nothing(descriptor: int):
    """Take the folder away when it holds nothing but the lock of ``descriptor``; another's lock is left alone.

    Whoever has the lock is alone: what is unfinished is that of a run that was killed.
    """
    path = os.path.join(PATH, "lock")
    if not _is_at(path, descriptor):
        return
    left = set(os.listdir(PATH))
    for name in [name for name in left if name.endswith(_UNFINISHED)]:
        os.unlink(os.path.join(PATH, name))
        left.discard(name)
    if left == {"lock"}:
        os.unlink(path)
        try:
            os.rmdir(PATH)
        except OSError:
            return


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"


def records() -> list:
    """[(subject, name, value)] of all that was noted."""
    kept = _load("records.json")
    return [(subject, name, value) for subject, named in kept.items() for name, value in named.items()]


def note(subject: str, name: str, value) -> None:
    """Note ``value`` (anything JSON can hold); None forgets it."""
    kept = _load("records.json")
    if value is None:
        kept.get(subject, {}).pop(name, None)
    else:
        kept.setdefault(subject, {})[name] = value
    kept = {subject: named for subject, named in kept.items() if named}
    if kept:
        _store("records.json", kept)
    else:
        _discard("records.json")


def load_checkpoint(name: str):
    """What ``store_checkpoint`` kept under ``name``; None when there is none."""
    return _load("checkpoint-%s.json" % name) or None


def store_checkpoint(name: str, content) -> None:
    _store("checkpoint-%s.json" % name, content)


def drop_checkpoint(name: str) -> bool:
    """Whether there was one."""
    return _discard("checkpoint-%s.json" % name)


def _load(file_name: str) -> dict:
    try:
        descriptor = os.open(os.path.join(PATH, file_name), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return {}
    with open(descriptor, encoding="utf-8") as file:
        try:
            return json.load(file)
        except ValueError as error:
            raise Problem("", "%s/%s is damaged (%s): remove it and run again." % (PATH, file_name, error)) from error


def _store(file_name: str, content) -> None:
    """Written beside and renamed: a reader, or a run that is killed, never leaves half a file."""
    path = os.path.join(_folder(), file_name)
    descriptor = os.open(path + _UNFINISHED, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, sort_keys=True)
    os.rename(path + _UNFINISHED, path)


def _discard(file_name: str) -> bool:
    try:
        os.unlink(os.path.join(PATH, file_name))
    except FileNotFoundError:
        return False
    return True
