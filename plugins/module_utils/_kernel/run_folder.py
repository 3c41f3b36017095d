# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our folder under /run: the lock that makes runs on one host take turns, and what the kernel cannot keep for us."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager, suppress

from .. import _shapes
from .._problem import Problem
from . import spaces

PATH = "/run/linuxnet.container"
#: The end of a name under which a file is written before it gets its own.
_BESIDE = ".new"
_CHECKPOINT = re.compile(r"checkpoint-(.+)\.json\Z")
_UNFINISHED = "unfinished.json"
_KINDS = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"))


def _folder() -> str:
    try:
        os.mkdir(PATH, 0o700)
    except FileExistsError:
        if not _is_there():
            return _folder()  # the last run has just taken it away
    return PATH


def _is_there() -> bool:
    """Whether our folder is there; Problem when what is there could be written by others."""
    try:
        found = os.lstat(PATH)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Problem("", "%s is not a folder that is root's alone (mode 0700): remove it and run again." % PATH)
    return True


def _open(file_name: str, flags: int) -> int:
    """A descriptor of one of our files. Problem when something else stands in its place: a link is not followed, a FIFO not waited for."""
    path = os.path.join(PATH, file_name)
    _refuse_unless_plain(path)
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _refuse_unless_plain(path: str) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        what = next((word for test, word in _KINDS if test(found.st_mode)), "a device, or a file of two names")
        raise Problem("", "%s is not the file that runs keep there, but %s: remove it and run again." % (path, what))


@contextmanager
def lock(patience: float):
    """Alone on this host until the end of the block; Problem when another run has not ended after ``patience`` seconds.

    The kernel drops the lock of a process that died. What that process had no time to tidy is tidied first.
    """
    deadline = time.monotonic() + patience
    while True:
        path = os.path.join(_folder(), "lock")
        try:
            descriptor = _open("lock", os.O_RDWR | os.O_CREAT)
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
        _tidy()
        yield
    finally:
        _leave_nothing(descriptor)
        os.close(descriptor)


def _is_at(path: str, descriptor: int) -> bool:
    """Whether ``descriptor`` is still the file at ``path``: the last run may have taken that away since it was opened."""
    try:
        return os.lstat(path).st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _tidy():
    """Remove what a run that was killed has left: files written beside, and the places of namespaces in the making."""
    _drop_halves()
    spaces.tidy(_load(_UNFINISHED, _shapes.check_unfinished).get("names", ()))
    _discard(_UNFINISHED)


def _drop_halves():
    """Remove files that were not written to their end. Only the holder of the lock writes any."""
    for entry in os.listdir(PATH):
        if entry.endswith(_BESIDE):
            os.unlink(os.path.join(PATH, entry))


@contextmanager
def unfinished(names):
    """While namespaces are given these names, or lose them: the next run knows, should this one be killed."""
    if names:
        _store(_UNFINISHED, {"names": sorted(names)})
    try:
        yield
    finally:
        if names:
            with suppress(OSError):  # the work is done, or undone; the next run tries again
                spaces.tidy(names)
                _discard(_UNFINISHED)


def _leave_nothing(descriptor: int):
    """Take the folder away when it holds nothing but the lock of ``descriptor``; another's lock is left alone.

    What cannot be taken away is no failure of a run that has done its work: the next one tries again.
    """
    path = os.path.join(PATH, "lock")
    try:
        if not _is_at(path, descriptor):
            return
        _drop_halves()
        if os.listdir(PATH) == ["lock"]:
            os.unlink(path)
            os.rmdir(PATH)
    except OSError:
        return


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"


def records() -> list:
    """[(subject, name, value)] of all that was noted."""
    return [(subject, name, value) for subject, named in _records().items() for name, value in named.items()]


def _records() -> dict:
    return _load("records.json", _shapes.check_records)


def note(subject: str, name: str, value) -> None:
    """Note ``value`` (anything JSON can hold); None forgets it."""
    kept = _records()
    if value is None:
        kept.get(subject, {}).pop(name, None)
    else:
        kept.setdefault(subject, {})[name] = value
    kept = {subject: named for subject, named in kept.items() if named}
    if kept:
        _store("records.json", kept)
    else:
        _discard("records.json")


def checkpoint_name() -> str:
    """A name that no other checkpoint has: several runs of one role may be at work at once."""
    return "run-" + secrets.token_hex(8)


def checkpoints() -> list:
    """The names of those that are kept."""
    found = (_CHECKPOINT.match(entry) for entry in sorted(os.listdir(PATH)))
    return [one.group(1) for one in found if one]


def load_checkpoint(name: str):
    """What ``store_checkpoint`` kept under ``name``; None when there is none."""
    return _load("checkpoint-%s.json" % name, _shapes.check_checkpoint) or None


def store_checkpoint(name: str, content) -> None:
    _store("checkpoint-%s.json" % name, content)


def drop_checkpoint(name: str) -> bool:
    """Whether there was one."""
    return _discard("checkpoint-%s.json" % name)


def _load(file_name: str, check) -> dict:
    """What the file holds, {} when there is none; ``check`` raises ValueError for what no run of ours wrote."""
    try:
        if not _is_there():
            return {}
        descriptor = _open(file_name, os.O_RDONLY)
    except FileNotFoundError:
        return {}
    with open(descriptor, encoding="utf-8") as file:
        try:
            kept = json.load(file)
            check(kept)
        except (ValueError, RecursionError) as error:
            raise Problem("", "%s/%s is damaged (%s): remove it and run again." % (PATH, file_name, error)) from error
    return kept


def _store(file_name: str, content) -> None:
    """Written beside and renamed: a reader, or a run that is killed, never leaves half a file."""
    path = os.path.join(_folder(), file_name)
    _refuse_unless_plain(path)
    descriptor = _open(file_name + _BESIDE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, sort_keys=True)
    os.rename(path + _BESIDE, path)


def _discard(file_name: str) -> bool:
    try:
        _refuse_unless_plain(os.path.join(PATH, file_name))
        os.unlink(os.path.join(PATH, file_name))
    except FileNotFoundError:
        return False
    return True
