# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's decisions, case by case: what there is and what a task says, and the lines that follow from both.

A case is a file golden/<module>/<case>.yml: `about`, `observed` and `facts` (see readable.py), `check`, `task` (the
module's options), and `expect`: `commands`, `warnings`, `assumed`, or `error`; what is left out is empty. With
GOLDEN_UPDATE=1 in the environment, `expect` is written anew: read every line of it before it is committed, it is the
specification. Every case that is no error is also carried out on a model of the kernel, there, again and back (`one_way`
says why not). `then` is what the next run fails with, where that is no success.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.linuxnet.container.plugins.module_utils import _engine
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem
from ansible_collections.linuxnet.container.plugins.module_utils._state import State

from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import Model
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import observed, parse_state

GOLDEN = pathlib.Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*/*.yml"))
#: An error changes nothing: there is nothing to carry out.
GOOD = [path for path in CASES if "\n  error: " not in path.read_text(encoding="utf-8")]
#: What cannot be taken back by a plan alone says why.
TWO_WAYS = [path for path in GOOD if "\none_way: " not in path.read_text(encoding="utf-8")]


class _Dumper(yaml.SafeDumper):
    """Lists indented, as yamllint wants them."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


class Case:
    def __init__(self, path, monkeypatch):
        self.path = path
        self.content = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.check = self.content.get("check", False)
        self.state = parse_state(self.content.get("observed"))
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(_engine.applying, "require_pyroute2", lambda: None)

    def wish(self):
        door = importlib.import_module("%s._doors.%s" % (_engine.__package__, self.path.parent.name))
        elements = {name: spec[name] for name, spec in getattr(door, "ELEMENTS", {}).items()}
        validated = ArgumentSpecValidator({**door.ARGUMENTS, **elements}).validate(self.content.get("task") or {})
        assert not validated.error_messages, validated.error_messages
        return door.Wish(validated.validated_parameters)

    def run(self, state):
        """(Outcome, the state before it, the wish), of the task when there is ``state``."""
        wish = self.wish()
        wish.reach()
        self.monkeypatch.setattr(_engine, "read", lambda reach: observed(state, self.content.get("facts")))
        return _engine._merged(wish, self.check) + (wish,)

    def told(self):
        """What the case comes to, as it stands in its file."""
        try:
            outcome = self.run(self.state)[0]
        except Problem as problem:
            return {"error": str(problem)}
        assumed = [_engine._spoken(item) for item in outcome.assumed]
        found = {"commands": outcome.commands, "warnings": outcome.warnings, "assumed": assumed}
        return {name: value for name, value in found.items() if value}


def known(state, before, target):
    """What the engine looks at when it verifies or goes back: an adopted namespace holds more."""
    return State(item for key, item in state.items() if key in before or key in target)


def _name(path):
    return "%s-%s" % (path.parent.name, path.stem)


@pytest.mark.parametrize("path", CASES, ids=_name)
def test_what_a_task_comes_to(path, monkeypatch):
    case = Case(path, monkeypatch)
    told = case.told()
    if os.environ.get("GOLDEN_UPDATE"):
        head = case.path.read_text(encoding="utf-8").partition("\nexpect:")[0].rstrip("\n")
        text = yaml.dump({"expect": told}, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
        case.path.write_text(head + "\n" + text, encoding="utf-8")
    else:
        assert told == case.content["expect"]


@pytest.mark.parametrize("path", GOOD, ids=_name)
def test_it_can_be_carried_out_and_leaves_nothing_to_do(path, monkeypatch):
    case = Case(path, monkeypatch)
    outcome, before, wish = case.run(case.state)
    after = Model(before).apply(outcome.steps).state
    assert plan(known(after, before, outcome.state), outcome.state) == []
    json.dumps(wish.result(outcome))
    if "then" in case.content:
        with pytest.raises(Problem) as problem:
            case.run(after)
        assert str(problem.value) == case.content["then"]
    else:
        assert case.run(after)[0].commands == []


@pytest.mark.parametrize("path", TWO_WAYS, ids=_name)
def test_it_can_be_taken_back(path, monkeypatch):
    case = Case(path, monkeypatch)
    outcome, before, _wish = case.run(case.state)
    after = Model(before).apply(outcome.steps).state
    back = Model(after).apply(plan(known(after, before, outcome.state), before)).state
    assert plan(known(back, before, outcome.state), before) == []
