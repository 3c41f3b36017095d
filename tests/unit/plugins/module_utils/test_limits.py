# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of open files: raised where that is allowed, told where it is not, and never taken for something else."""

from __future__ import annotations

import errno
import os
import resource

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import limits, spaces
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem
from ansible_collections.linuxnet.container.plugins.module_utils._steps import Step


@pytest.fixture
def limit(monkeypatch):
    """Sets the limits that this process seems to have: the soft one is real."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    real = resource.setrlimit
    allowed = {}

    def setrlimit(which, wanted):
        assert wanted[0] <= allowed["hard"]
        real(which, (wanted[0], hard))

    def make(now, most):
        allowed["hard"] = most
        monkeypatch.setattr(resource, "getrlimit", lambda which: (now, most))
        real(resource.RLIMIT_NOFILE, (now, hard))

    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    yield make
    real(resource.RLIMIT_NOFILE, (soft, hard))


def steps(verb, count):
    return [Step(0, "", 0, (verb, "c%d" % number), "") for number in range(count)]


def opened():
    return sorted(os.listdir("/proc/self/fd"))


def test_the_soft_limit_is_raised_when_it_is_too_low(limit):
    limit(200, 400)
    before = opened()
    limits.make_room(steps("netns_del", 250))
    assert opened() == before
    for descriptor in [os.open("/", os.O_RDONLY) for _number in range(250)]:
        os.close(descriptor)


@pytest.mark.parametrize("verb, count", [("netns_del", 300), ("netns_add", 300), ("netns_attach", 300)])
def test_the_hard_limit_is_told_of(limit, verb, count):
    limit(100, 200)
    before = opened()
    limits.make_room(steps(verb, 10) + steps("sysctl", 1000))
    with pytest.raises(Problem) as problem:
        limits.make_room(steps(verb, count))
    assert str(problem.value) == (
        "316 more files have to be open at once, and the limit of open files (200) leaves no room for them: raise it "
        "(ulimit -n, nofile in limits.conf, LimitNOFILE of a systemd unit), or do less in one task."
    )
    assert opened() == before


def test_pairs_take_as_many_as_are_sent_at_once(limit):
    limit(200, 200)
    limits.make_room(steps("link_add", 10000))
    limit(60, 60)
    with pytest.raises(Problem, match="^80 more files"):
        limits.make_room(steps("link_del", 10000))


def test_what_cannot_be_opened_is_not_taken_for_no_namespace(tmp_path, monkeypatch):
    monkeypatch.setattr(spaces, "RUN", str(tmp_path))
    (tmp_path / "link").symlink_to("/proc/self/ns/net")
    (tmp_path / "plain").touch()
    for name in ("link", "plain"):
        with pytest.raises(spaces.NoNamespace, match="no namespace, and left alone"):
            spaces.open_name(name)
    assert spaces.open_name("nothing") is None

    def exhausted(*arguments):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(spaces.os, "open", exhausted)
    with pytest.raises(OSError, match="Too many open files"):
        spaces.open_name("plain")
