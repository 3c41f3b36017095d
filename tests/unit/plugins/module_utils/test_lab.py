# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's pure parts: names, specifications, records, explanations."""

from __future__ import annotations

import errno
import json
import os

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils import _lab, _lab_holder
from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, LabError, NodeSpec


@pytest.mark.parametrize("name", ["web", "0", "a.b", "Web_1", "a" * 255, "x-y", "eth0:1", "+x", "@x"])
def test_a_namespace_may_be_called(name):
    assert _lab.check_netns(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".a", "-n", "a/b", "../x", "a b", "a;b", "$x", "a'b", 'a"b', "a\n", "a" * 256, "ü", None, 7]
)
def test_a_namespace_may_not_be_called(name):
    with pytest.raises(LabError, match="is no name for a network namespace"):
        _lab.check_netns(name)


@pytest.mark.parametrize("name", ["", "..", "a/b", "Node", "-a", "a-", "a_b", "a.b", "a" * 33, "a\n"])
def test_a_node_may_not_be_called(tmp_path, name):
    with pytest.raises(LabError, match="is no name for a lab node"):
        Lab(tmp_path).node(name)


def test_the_segment_has_the_documented_addresses():
    specs = {spec.name: spec for spec in _lab.segment(("node1", "node2", "node3"))}
    assert list(specs) == ["switch", "node1", "node2", "node3", "internet"]
    assert specs["node3"].addresses == ("192.0.2.13/24", "2001:db8:0:2::13/64")
    assert specs["node1"].gateways == ("192.0.2.254", "2001:db8:0:2::254")
    assert specs["internet"].loopback == ("203.0.113.10/32", "2001:db8:ffff::10/128")
    assert specs["internet"].gateways == () and specs["internet"].whoami


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (NodeSpec("node1", addresses=("192.0.2.300/24",)), "node1.*192.0.2.300/24"),
        (NodeSpec("node1", gateways=("192.0.2.1/24",)), "node1.*192.0.2.1/24"),
        (NodeSpec("node1", loopback=("x",)), "node1.*'x'"),
        (NodeSpec("node1", mtu=1000), "mtu 1000 is not between 1280 and 65535"),
        (NodeSpec("switch", addresses=("192.0.2.1/24",)), "it takes no addresses"),
    ],
)
def test_a_bad_specification_is_one_sentence_and_makes_nothing(tmp_path, spec, said):
    with pytest.raises(LabError, match=said):
        Lab(tmp_path / "lab").apply([spec])
    assert not (tmp_path / "lab").exists()


def test_nothing_up_is_said_with_the_remedy(tmp_path):
    with pytest.raises(LabError, match="node1.*not up.*linuxnet.container.lab_up"):
        Lab(tmp_path / "none").enter("node1", ["true"])
    assert Lab(tmp_path / "none").nodes() == {}
    assert Lab(tmp_path / "none").down() == []


def test_a_process_id_used_again_is_not_a_node(tmp_path):
    started = _lab._start_time(os.getpid())
    for boot, start, is_node in ((_lab._boot(), started, True), (_lab._boot(), started - 1, False), ("before", started, False)):
        record = {"holder": {"name": "n", "pid": os.getpid(), "started": start, "boot": boot}, "is": None, "switch": None}
        (tmp_path / "n.json").write_text(json.dumps(record))
        assert ("n" in Lab(tmp_path).nodes()) is is_node


def test_a_process_whose_start_time_differs_is_not_ended(tmp_path):
    child = os.fork()
    if child == 0:
        while True:
            os.read(os.pipe()[0], 1)
    try:
        _lab._end([(child, _lab._start_time(child) + 1), (child, None)], patience=0.2)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    finally:
        _lab._end([(child, _lab._start_time(child))])
        assert os.waitpid(child, 0)[1] == 15


def test_a_record_that_names_our_own_namespaces_finds_nobody_else():
    me = _lab.Node("n", os.getpid(), _lab._start_time(os.getpid()), _lab._boot())
    with _lab._spaces([me]) as spaces:
        assert spaces == set() and _lab._inside(set()) == []


def test_another_users_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    for work in (lambda: Lab(tmp_path).nodes(), lambda: Lab(tmp_path).down(), lambda: Lab(tmp_path).up(["a"], underlay=False)):
        with pytest.raises(LabError, match="belongs to user"):
            work()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="cannot be made.*linuxnet_lab_dir"):
        Lab(tmp_path / "file" / "lab").up(["a"], underlay=False)


def test_the_environment_inside_has_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", "x")
    monkeypatch.setenv("LC_ALL", "C")
    inside = _lab.environment()
    assert "VIRTUAL_ENV" not in inside and inside["LC_ALL"] == "C"
    assert "/usr/sbin" in inside["PATH"].split(":") and inside["HOME"] == "/run/home"


@pytest.mark.parametrize(
    ("step", "number", "switches", "said"),
    [
        ("user", errno.EPERM, {"kernel.unprivileged_userns_clone": 0}, "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("user", errno.ENOSPC, {"user.max_user_namespaces": 0}, "sysctl -w user.max_user_namespaces=10000"),
        (
            "net",
            errno.EPERM,
            {"kernel.apparmor_restrict_unprivileged_userns": 1, "user.max_user_namespaces": 99},
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user", errno.EACCES, {"kernel.apparmor_restrict_unprivileged_userns": 1}, "AppArmor"),
        ("mount", errno.EPERM, {}, "run as root, and in a container with the capability SYS_ADMIN"),
        ("net", errno.ENOMEM, {}, r"could not be made \(net: Cannot allocate memory\)"),
    ],
)
def test_what_the_system_forbids_is_one_sentence_with_the_remedy(step, number, switches, said):
    text = _lab_holder.explain(step, number, switches.get)
    assert said in text or __import__("re").search(said, text)
    assert text.endswith(".") and "\n" not in text


def test_a_missing_program_names_its_package(monkeypatch):
    monkeypatch.setattr(_lab_holder, "SYSTEM_PATH", "/nonexistent")
    with pytest.raises(LabError, match="program ip: install the package iproute2"):
        _lab_holder.program("ip")
