# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run folder: one writer at a time, and what the kernel cannot keep. In a folder of the test's own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import run_folder
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem

HOLDER = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(descriptor, fcntl.LOCK_EX)
os.pwrite(descriptor, b"%d" % os.getpid(), 0)
print("held", flush=True)
sys.stdin.read()
"""


SYSCTL = {"value": "0", "devices": ["eth0"], "chains": [], "accept_ra": {"eth0": "1"}}


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "run"
    monkeypatch.setattr(run_folder, "PATH", str(path))
    return path


@pytest.fixture
def holder(path):
    """Another process that has the lock, until its standard input is closed."""
    path.mkdir(0o700)
    (path / "lock").touch(0o600)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_run_that_keeps_nothing_leaves_nothing(path):
    with run_folder.lock(0):
        assert os.stat(path).st_mode & 0o777 == 0o700
        assert (path / "lock").read_text() == str(os.getpid())
        assert os.stat(path / "lock").st_mode & 0o777 == 0o600
    assert not path.exists()


def test_a_run_that_fails_leaves_nothing_either(path):
    with pytest.raises(ZeroDivisionError), run_folder.lock(0):
        raise ZeroDivisionError
    assert not path.exists()


def test_a_second_run_waits_with_a_limit_and_names_the_first(path, holder):
    with pytest.raises(Problem) as problem, run_folder.lock(0.05):
        pass
    assert str(problem.value) == (
        "lock_timeout: another run has been changing this host's network for 0.05 s (pid %d); "
        "wait for it to end, or raise lock_timeout." % holder.pid
    )


def test_a_second_run_goes_on_when_the_first_has_died(path, holder):
    ender = threading.Timer(0.1, holder.kill)
    ender.start()
    with run_folder.lock(5):
        assert (path / "lock").read_text() == str(os.getpid())
    ender.join()
    assert not path.exists()


def test_runs_take_turns_though_each_takes_the_folder_away(path):
    inside, most, left = [], [], []

    def run(number):
        for _round in range(20):
            with run_folder.lock(30):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
        left.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(left) == [0, 1, 2, 3] and max(most) == 1
    assert not path.exists()


CONTENDER = """
import os, sys
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import run_folder
run_folder.PATH, total, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
for number in range(rounds):
    with run_folder.lock(60):
        with open(total) as file:
            count = int(file.read())
        if number % 3 == 0:
            run_folder.note("adopted", str(os.getpid()), {"inode": number, "networks": []})
        if number % 3 == 1:
            run_folder.note("adopted", str(os.getpid()), None)
        with open(total, "w") as file:
            file.write(str(count + 1))
with run_folder.lock(60):
    run_folder.note("adopted", str(os.getpid()), None)
"""


def test_processes_take_turns_while_the_folder_comes_and_goes(path, tmp_path):
    """None of them fails, and none does its work beside another: then a count would get lost."""
    total = tmp_path / "total"
    total.write_text("0")
    command = [sys.executable, "-c", CONTENDER, str(path), str(total), "60"]
    environment = dict(os.environ, PYTHONPATH=":".join(one for one in sys.path if one))
    processes = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _number in range(6)]
    said = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, said
    assert total.read_text() == "360"
    assert not path.exists()


def test_a_folder_that_goes_before_its_lock_is_opened_is_made_again(path, monkeypatch):
    make, left = run_folder._folder, [1, 1]

    def goes():
        found = make()
        if left:
            left.pop()
            path.rmdir()
        return found

    monkeypatch.setattr(run_folder, "_folder", goes)
    with run_folder.lock(0):
        assert not left and (path / "lock").exists()


def test_a_folder_that_goes_before_it_is_looked_at_is_made_again(path, monkeypatch):
    real, left = os.mkdir, [1, 1]

    def there_a_moment_ago(*arguments):
        if left:
            left.pop()
            raise FileExistsError
        real(*arguments)

    monkeypatch.setattr(run_folder.os, "mkdir", there_a_moment_ago)
    with run_folder.lock(0):
        assert not left and (path / "lock").exists()


def test_what_a_killed_run_was_about_to_write_goes_with_the_next_one(path):
    with run_folder.lock(0):
        run_folder.note("adopted", "web", {"inode": 1, "networks": []})
        (path / "records.json.new").write_text("{")
        (path / "checkpoint-a.json.new").write_text("")
    assert sorted(os.listdir(path)) == ["lock", "records.json"]
    with run_folder.lock(0):
        run_folder.note("adopted", "web", None)
    assert not path.exists()


def test_a_folder_that_was_taken_away_during_a_run_is_no_error(path):
    with run_folder.lock(0):
        (path / "lock").unlink()
        path.rmdir()
    assert not path.exists()


def test_the_lock_of_a_run_that_came_after_the_folder_was_taken_away_is_left_alone(path):
    with run_folder.lock(0):
        (path / "lock").unlink()
        (path / "lock").touch(0o600)
    assert (path / "lock").exists()


@pytest.mark.parametrize("what", ["symlink", "file", "mode"])
def test_a_folder_that_others_could_write_is_refused(path, what):
    if what == "symlink":
        (path.parent / "elsewhere").mkdir(0o700)
        path.symlink_to(path.parent / "elsewhere")
    elif what == "file":
        path.touch(0o600)
    else:
        path.mkdir(0o755)
        path.chmod(0o755)
    with pytest.raises(Problem) as problem, run_folder.lock(0):
        pass
    assert str(problem.value) == "%s is not a folder that is root's alone (mode 0700): remove it and run again." % path


def test_notes_are_kept_until_they_are_forgotten(path):
    with run_folder.lock(0):
        run_folder.note("sysctl", "net.ipv4.ip_forward", SYSCTL)
        run_folder.note("adopted", "web", {"inode": 7, "networks": ["red"]})
        run_folder.note("adopted", "web", {"inode": 8, "networks": []})
    assert sorted(run_folder.records()) == [
        ("adopted", "web", {"inode": 8, "networks": []}),
        ("sysctl", "net.ipv4.ip_forward", SYSCTL),
    ]
    with run_folder.lock(0):
        run_folder.note("adopted", "web", None)
        run_folder.note("adopted", "db", None)
    assert run_folder.records() == [("sysctl", "net.ipv4.ip_forward", SYSCTL)]
    with run_folder.lock(0):
        run_folder.note("sysctl", "net.ipv4.ip_forward", None)
    assert run_folder.records() == [] and not path.exists()


def test_checkpoints_are_kept_beside(path):
    with run_folder.lock(0):
        assert run_folder.load_checkpoint("a") is None
        run_folder.store_checkpoint("a", {"networks": [], "objects": []})
        run_folder.store_checkpoint("b", {"networks": ["red"], "objects": []})
    assert run_folder.load_checkpoint("a") == {"networks": [], "objects": []}
    with run_folder.lock(0):
        assert run_folder.drop_checkpoint("a") and not run_folder.drop_checkpoint("a")
    assert run_folder.load_checkpoint("a") is None and run_folder.load_checkpoint("b") == {"networks": ["red"], "objects": []}


def test_a_damaged_file_is_named(path):
    path.mkdir(0o700)
    (path / "records.json").write_text("{")
    with pytest.raises(Problem) as problem:
        run_folder.records()
    assert str(problem.value).startswith("%s/records.json is damaged (" % path)
    assert str(problem.value).endswith("): remove it and run again.")


def test_a_link_in_the_place_of_a_file_is_not_followed(path):
    path.mkdir(0o700)
    (path / "records.json").symlink_to(path / "elsewhere")
    (path / "elsewhere").write_text("{}")
    with pytest.raises(Problem, match="is not the file that runs keep there, but a symbolic link: remove it and run again"):
        run_folder.records()


def test_what_is_written_is_whole_or_not_there(path, monkeypatch):
    monkeypatch.setattr(run_folder.json, "dump", lambda content, file, **options: file.write("{") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_folder.note("adopted", "web", {"inode": 1, "networks": []})
    assert run_folder.records() == []


def _put(what, place, canary):
    """Something else in the place of a file of ours."""
    if what == "symbolic link":
        place.symlink_to(canary)
    elif what == "dangling":
        place.symlink_to(canary.parent / "nobody")
    elif what == "second name":
        os.link(canary, place)
    elif what == "folder":
        place.mkdir()
    elif what == "FIFO":
        os.mkfifo(place)
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(place))


def _lock():
    with run_folder.lock(0):
        pass


WORKS = {
    "lock": [_lock],
    "records.json": [run_folder.records, lambda: run_folder.note("adopted", "web", {"inode": 7, "networks": []})],
    "records.json.new": [lambda: run_folder.note("adopted", "web", {"inode": 7, "networks": []})],
    "checkpoint-a.json": [
        lambda: run_folder.load_checkpoint("a"),
        lambda: run_folder.store_checkpoint("a", {"networks": [], "objects": []}),
        lambda: run_folder.drop_checkpoint("a"),
    ],
    "checkpoint-a.json.new": [lambda: run_folder.store_checkpoint("a", {"networks": [], "objects": []})],
}


@pytest.mark.parametrize("what", ["symbolic link", "dangling", "second name", "folder", "FIFO", "socket"])
@pytest.mark.parametrize("file", WORKS)
def test_what_stands_in_the_place_of_a_file_is_neither_followed_nor_waited_for(path, tmp_path, what, file):
    path.mkdir(0o700)
    canary = tmp_path / "canary"
    canary.write_text("{}")
    _put(what, path / file, canary)
    before = os.lstat(path / file)
    for work in WORKS[file]:
        with pytest.raises(Problem) as problem:
            work()
        assert str(problem.value).startswith("%s is not the file that runs keep there, but " % (path / file))
        assert str(problem.value).endswith(": remove it and run again.")
    assert canary.read_text() == "{}" and not (tmp_path / "nobody").exists()
    assert os.lstat(path / file).st_ino == before.st_ino and sorted(os.listdir(path)) == [file]


@pytest.mark.parametrize("what", ["symlink", "file", "group"])
def test_nothing_is_read_from_a_folder_that_others_could_write(path, tmp_path, what):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    (elsewhere / "records.json").write_text("{}")
    if what == "symlink":
        path.symlink_to(elsewhere)
    elif what == "file":
        path.write_text("{}")
    else:
        elsewhere.rename(path)
        path.chmod(0o770)
    for work in (run_folder.records, lambda: run_folder.load_checkpoint("a"), _lock):
        with pytest.raises(Problem, match="is not a folder that is root's alone"):
            work()


@pytest.mark.parametrize("content", ["", "{", "[]", "5", "null", '"x"', "[" * 100000, '{"a": {}}', '{"sysctl": []}', '{"adopted": {"../x": {}}}', "\ud800"])
def test_what_no_run_wrote_is_damaged(path, content):
    path.mkdir(0o700)
    for file in ("records.json", "checkpoint-a.json"):
        (path / file).write_bytes(content.encode("utf-8", "surrogatepass"))
    for work in (run_folder.records, lambda: run_folder.note("adopted", "web", None), lambda: run_folder.load_checkpoint("a")):
        with pytest.raises(Problem) as problem:
            work()
        assert " is damaged (" in str(problem.value) and str(problem.value).endswith("): remove it and run again.")
        assert len(str(problem.value)) < 400 and "\n" not in str(problem.value)


def test_names_in_the_making_are_noted_until_it_is_done_and_tidied_by_the_next_run(path, tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder.spaces, "RUN", str(tmp_path / "netns"))
    (tmp_path / "netns").mkdir()
    halves = [tmp_path / "netns" / name for name in ("left", "theirs")]
    for place in halves:
        place.touch(0)
    with run_folder.lock(0):
        with run_folder.unfinished({"other"}):
            assert (path / "unfinished.json").exists()
        assert not (path / "unfinished.json").exists()
        run_folder._store("unfinished.json", {"names": ["left", "gone"]})  # and the run is killed
    with run_folder.lock(0):
        assert [place.exists() for place in halves] == [False, True]
    assert not path.exists()
