# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every door has in common: one or many, and the way out."""

from __future__ import annotations

import importlib

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.linuxnet.container.plugins.module_utils import _door
from ansible_collections.linuxnet.container.plugins.module_utils._engine import Outcome
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem

DOORS = ("bridge", "checkpoint", "nat_masquerade", "netns", "network_info", "veth", "vxlan", "vxlan_fdb")
SINGLE = {"name": {"type": "str"}, "mtu": {"type": "int"}, "dad": {"type": "bool", "default": False}}
ARGUMENTS = {**_door.COMMON, **_door.PURGE, **_door.one_or_many("things", SINGLE)}


def door(name):
    return importlib.import_module("%s._doors.%s" % (_door.__package__, name))


def validated(arguments, task):
    done = ArgumentSpecValidator(arguments).validate(task)
    assert done.error_messages == []
    return done.validated_parameters


def items(**task):
    return _door.items(validated({**ARGUMENTS, **_door.PURGE}, task), "things", SINGLE)


def test_one_object_is_a_list_of_one_whose_errors_need_no_position():
    assert items(name="a", mtu=7) == [("", {"name": "a", "mtu": 7, "dad": False})]


def test_many_objects_say_which_one_is_wrong():
    assert items(things=[{"name": "a", "mtu": 7}, {"name": "b", "dad": True}]) == [
        ("things[0].", {"name": "a", "mtu": 7, "dad": False}),
        ("things[1].", {"name": "b", "mtu": None, "dad": True}),
    ]


def test_an_empty_list_is_a_list_and_what_is_to_be_purged_needs_none():
    assert items(things=[]) == items(purge_networks=["blue"]) == []


@pytest.mark.parametrize(
    "task, sentence",
    [
        ({}, "name: say which: one by name, or many by things."),
        ({"name": "a", "things": [{"name": "b"}]}, "name: name and things exclude each other: put the object into the list."),
        ({"mtu": 7}, "mtu: mtu says something about one object, but name is missing."),
        ({"dad": True, "things": [{"name": "b"}]}, "dad: dad says something about one object, but name is missing."),
    ],
)
def test_one_way_to_say_a_thing(task, sentence):
    with pytest.raises(Problem) as problem:
        items(**task)
    assert str(problem.value) == sentence


def test_an_element_of_the_list_needs_a_name_and_nothing_else():
    element = ARGUMENTS["things"]["options"]
    assert [name for name in element if element[name].get("required")] == ["name"]
    assert "required" not in ARGUMENTS["name"]


def test_specs_are_such_that_ansible_takes_them():
    for name in DOORS:
        arguments = door(name).ARGUMENTS
        validated(arguments, {"name": "x"} if name == "checkpoint" else {})


class _Exit(Exception):
    def __init__(self, kind, **result):
        super().__init__(kind, result)
        self.kind, self.result = kind, result


class FakeModule:
    def __init__(self, argument_spec, supports_check_mode, **more):
        assert supports_check_mode
        self.params, self.check_mode, self.warned = {"lock_timeout": 7}, True, []
        FakeModule.last = self

    def fail_json(self, **result):
        raise _Exit("failed", **result)

    def exit_json(self, **result):
        raise _Exit("done", **result)

    def warn(self, text):
        self.warned.append(text)


class Wish:
    def __init__(self, params):
        self.params = params

    def result(self, outcome):
        return {"things": outcome.facts}


@pytest.fixture
def module(monkeypatch):
    monkeypatch.setattr(_door, "Module", FakeModule)
    return FakeModule


def test_a_run_gives_the_objects_the_lines_and_the_warnings(module, monkeypatch):
    step = type("Step", (), {"line": "ip link"})
    seen = []

    def run(wish, check, lock_timeout):
        seen.append((wish.params, check, lock_timeout))
        return Outcome([step], facts={"a": 1}, warnings=["Mind the gap."])

    monkeypatch.setattr(_door, "run", run)
    with pytest.raises(_Exit) as done:
        _door.enter(Wish, {})
    assert seen == [({"lock_timeout": 7}, True, 7)]
    assert done.value.kind == "done" and FakeModule.last.warned == ["Mind the gap."]
    assert done.value.result == {
        "changed": True, "commands": ["ip link"], "diff": {"prepared": "ip link\n"}, "things": {"a": 1},
    }  # fmt: skip


def test_nothing_to_do_is_no_change_and_no_diff(module, monkeypatch):
    monkeypatch.setattr(_door, "run", lambda wish, check, lock_timeout: Outcome())
    with pytest.raises(_Exit) as done:
        _door.enter(Wish, {})
    assert done.value.result == {"changed": False, "commands": [], "diff": {}, "things": {}}


def test_a_problem_is_a_failure_with_its_sentence(module, monkeypatch):
    def run(wish, check, lock_timeout):
        raise Problem("mtu", "too small.")

    monkeypatch.setattr(_door, "run", run)
    with pytest.raises(_Exit) as done:
        _door.enter(Wish, {})
    assert (done.value.kind, done.value.result) == ("failed", {"msg": "mtu: too small."})


def test_a_question_changes_nothing_and_may_fail_too(module, monkeypatch):
    class Question:
        def __init__(self, params):
            self.reach = lambda: "reach"

        def answer(self, observed):
            if observed == "odd":
                raise Problem("", "No.")
            return {"seen": observed}

    monkeypatch.setattr(_door, "look", lambda reach: "what %s saw" % reach)
    with pytest.raises(_Exit) as done:
        _door.ask(Question, {})
    assert (done.value.kind, done.value.result) == ("done", {"changed": False, "seen": "what reach saw"})
    monkeypatch.setattr(_door, "look", lambda reach: "odd")
    with pytest.raises(_Exit) as done:
        _door.ask(Question, {})
    assert (done.value.kind, done.value.result) == ("failed", {"msg": "No."})
