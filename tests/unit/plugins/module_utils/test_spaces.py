# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and processes that are not what they seem. In a folder of the test's own, with processes of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import spaces


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "netns"
    path.mkdir()
    monkeypatch.setattr(spaces, "RUN", str(path))
    return path


@pytest.fixture
def child():
    process = subprocess.Popen(["sleep", "infinity"], stdin=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def _make(what, place, canary):
    if what == "FIFO":
        os.mkfifo(place)
    elif what == "folder":
        place.mkdir()
    elif what == "file":
        place.write_text("mine")
    elif what == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(place))
    else:
        place.symlink_to({"link to a file": canary, "link to a namespace": "/proc/self/ns/net", "link to a device": "/dev/zero", "dangling link": "/nowhere"}[what])


@pytest.mark.parametrize("what", ["FIFO", "folder", "file", "socket", "link to a file", "link to a namespace", "link to a device", "dangling link"])
def test_what_is_no_namespace_is_neither_followed_nor_waited_for(folder, tmp_path, what):
    canary = tmp_path / "canary"
    canary.write_text("untouched")
    _make(what, folder / "x", canary)
    with pytest.raises(OSError, match="it is no namespace, and left alone"):
        spaces.open_name("x")
    assert canary.read_text() == "untouched" and spaces.names() == ["x"] and spaces.open_name("y") is None


@pytest.mark.parametrize("what", ["file", "link"])
def test_a_folder_that_is_none_is_not_looked_through(folder, tmp_path, what):
    folder.rename(tmp_path / "elsewhere")
    if what == "link":
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.write_text("mine")
    for work in (spaces.names, lambda: spaces.open_name("x"), spaces.make_ready):
        with pytest.raises(OSError, match="is a link or a file, not a folder: remove it"):
            work()
    assert os.listdir(tmp_path / "elsewhere") == []


def test_no_folder_is_no_names(folder):
    folder.rmdir()
    assert spaces.names() == [] and spaces.open_name("x") is None


@pytest.mark.parametrize("descriptors", [True, False])
def test_a_process_with_the_number_of_another_is_not_stopped(child, monkeypatch, descriptors):
    if not descriptors:
        monkeypatch.delattr(os, "pidfd_open")
    started, command = spaces._identity(child.pid)
    spaces.stop([(child.pid, started + 1, command)], 0)
    assert child.poll() is None
    spaces.stop([(child.pid, started, command)], 5)
    assert child.wait() == -15
    spaces.stop([(child.pid, started, command)], 0)


def test_a_number_that_changes_hands_between_the_look_and_the_signal(child, monkeypatch):
    """It is looked at again once its descriptor is held: what had the number before is not asked for the other's sake."""
    started, command = spaces._identity(child.pid)
    looks = []
    known = spaces._identity

    def identity(pid):
        looks.append(pid)
        return (started - 1, command) if len(looks) == 1 else known(pid)

    sent = []
    monkeypatch.setattr(spaces, "_identity", identity)
    for sender in ((spaces.signal, "pidfd_send_signal"), (os, "kill")):
        monkeypatch.setattr(*sender, lambda *words: sent.append(words))
    spaces.stop([(child.pid, started - 1, command)], 0)
    assert sent == [] and len(looks) > 1


def test_a_thread_of_the_kernel_is_told_from_a_process(child, tmp_path, monkeypatch):
    assert not spaces.is_of_the_kernel(child.pid) and not spaces.is_of_the_kernel(1 << 22)
    # As /proc shows kthreadd on Linux 6.18; where threads of the kernel can be seen at all depends on where the test runs.
    stat = tmp_path / "stat"
    stat.write_text("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 1 0 0 20 0 1 0 1 0 0 18446744073709551615 0 0 0 0 0 0\n")
    monkeypatch.setattr(spaces, "open", lambda path, **options: open(stat, **options), raising=False)
    assert spaces.is_of_the_kernel(2)


def test_what_a_process_calls_itself_can_stand_in_a_sentence(tmp_path):
    program = tmp_path / "\x1b[31m\u202e(a)"
    program.symlink_to(shutil.which("sleep"))
    with subprocess.Popen([str(program), "infinity"], stdin=subprocess.DEVNULL) as process:
        assert spaces._identity(process.pid)[1] == "\\x1b[31m\\u202e(a)"
        process.kill()
