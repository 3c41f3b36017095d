# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a task gives a module that it does not take: one sentence that names the option, and nothing is changed.

The modules' own main() is run, with Ansible's own check of the arguments, on a host that is only a State.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import traceback

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.linuxnet.container.plugins.module_utils import _engine, _lab, _probe
from ansible_collections.linuxnet.container.plugins.module_utils._doors import checkpoint
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import run_folder, spaces
from ansible_collections.linuxnet.container.plugins.module_utils._sought import Found
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.modules import CONTRADICTIONS, FOUND, HOST, KINDS, MANY, SETS, TASKS
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.spoil import complaint, kind_of, places, spoilt, with_word
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.words import more_wrong, wrong
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import Model
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import observed, parse_state

PLUGINS = _engine.__package__.rpartition(".")[0]
MODULES = sorted(TASKS)
#: How one of our own sentences begins: with the path of an option. Ansible's begin otherwise.
_OWN = re.compile(r"[a-z_]+(\[\d+\])?(\.[a-z_]+(\[\d+\])?)*: ")


class Touched(BaseException):
    """The run has come to where it would change something."""


@pytest.fixture
def run(monkeypatch):
    """Runs a module on the host: what it says, and in ``run.touched`` what it would have done to the kernel."""
    state, touched = parse_state(HOST), []

    def read(reach):
        return observed(state.copy())

    def apply(steps, confirm=None):
        touched.append(steps)
        Model(state).apply(steps)
        raise Touched

    def never(*words, **more):
        touched.append(words)
        raise Touched

    def find(sought):
        return {one: Found(FOUND[one.what], one.what) if one.what in FOUND else Found(problem="there is no '%s'." % one.what) for one in sought}

    monkeypatch.setattr(_engine, "find", find)
    for module in (_engine, checkpoint):
        monkeypatch.setattr(module, "read", read)
    monkeypatch.setattr(_engine, "require_privileges", lambda: None)
    monkeypatch.setattr(_engine, "_go_back", lambda *states: [])
    monkeypatch.setattr(_engine.applying, "apply", apply)
    monkeypatch.setattr(_engine.applying, "require_pyroute2", lambda: None)
    monkeypatch.setattr(run_folder, "lock", lambda patience: contextlib.nullcontext())
    for module, names in ((run_folder, ("store_checkpoint", "drop_checkpoint", "load_checkpoint", "note")), (spaces, ("add", "attach", "remove", "stop"))):
        for name in names:
            monkeypatch.setattr(module, name, never)
    monkeypatch.setattr(_probe, "_probe_one", lambda target: never(target))
    monkeypatch.setattr(_lab.Lab, "_lock", never)
    # Spent on what is the same for every module: the environment of a real one.
    monkeypatch.setattr(basic.AnsibleModule, "_check_locale", lambda self: None)
    monkeypatch.setattr(basic.AnsibleModule, "_log_invocation", lambda self: None)

    def run(name, arguments, check=False):
        module = importlib.import_module("%s.modules.%s" % (PLUGINS, name))
        printed = io.StringIO()
        touched.clear()
        try:
            with patch_module_args(dict(arguments, _ansible_check_mode=check)), contextlib.redirect_stdout(printed):
                module.main()
        except SystemExit:
            return json.loads(printed.getvalue())
        except Touched:
            return {"changed": True}
        except BaseException:
            return {"traceback": traceback.format_exc()}
        return {"traceback": "the module ended without a result"}

    run.touched = touched
    return run


def _wrong_with(result, touched, *paths):
    """What is wrong with how a module took what it must refuse for what stands at one of ``paths``; None when nothing is."""
    if "traceback" in result:
        return "a traceback: " + result["traceback"].strip().splitlines()[-1]
    said = result.get("msg", "")
    if touched:
        return "it went on to the kernel"
    if not result.get("failed"):
        return "it was taken"
    own = _OWN.match(said)
    if own and not any(own.group().startswith(path) or path.startswith(own.group()[:-2]) for path in paths):
        return "it names %s" % own.group()[:-2]
    if not any(re.search(r"\b%s\b" % re.escape(_word(path)), said) or _word(path) in said for path in paths):
        return "it does not name the option"
    return complaint(said, bool(own))


def _word(path):
    """The option itself at the end of a path."""
    return re.sub(r"(\[\d+\])+\Z", "", path).rpartition(".")[2].strip()


def _written(value):
    return "a number of %d bits" % value.bit_length() if isinstance(value, int) and value.bit_length() > 999 else "%.200r" % (value,)


def _check(failures, count):
    text = "\n".join("%s %s = %s: %s\n    %.300s" % failure for failure in failures[:40])
    assert not failures, "%d of %d:\n%s" % (len(failures), count, text)


def _arrives(given):
    """Whether Ansible hands it on to a module: half a character is stopped by its JSON, with words of Ansible's own."""
    try:
        return bool(json.dumps(given, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False


def cases(module):
    for task in TASKS[module]:
        found = spoilt(task, KINDS[module], wrong, MANY.get(module, ""), SETS)
        yield from (case for case in found if _arrives(case.given))


@pytest.mark.parametrize("module", MODULES)
def test_what_the_cases_are_made_from_is_taken(run, module):
    for task in TASKS[module]:
        result = run(module, task)
        assert "traceback" not in result, result["traceback"]
        assert not result.get("failed"), (task, result["msg"])
        assert bool(run.touched) == result["changed"]


@pytest.mark.parametrize("module", MODULES)
def test_one_thing_wrong(run, module):
    failures, count = [], 0
    for case in cases(module):
        count += 1
        result = run(module, case.given)
        trouble = _wrong_with(result, run.touched, case.path, *([case.path + ".name"] if case.value == "twice" else []))
        if trouble:
            failures.append((module, case.path, _written(case.value), trouble, result.get("msg", result)))
    _check(failures, count)


@pytest.mark.parametrize("module", MODULES)
def test_one_thing_wrong_that_nobody_wrote_down(run, module):
    targets = []
    for task in TASKS[module]:
        for path, place, _value in places(task, KINDS[module], MANY.get(module, "")):
            strategy = more_wrong(kind_of(path, KINDS[module], MANY.get(module, "")))
            if strategy is not None:
                targets.append((task, path, place, strategy))

    @settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(data):
        task, path, place, strategy = data.draw(st.sampled_from(targets))
        result = run(module, with_word(task, place, data.draw(strategy.filter(_arrives))))
        trouble = _wrong_with(result, run.touched, path)
        assert trouble is None, "%s %s: %s: %s" % (module, path, trouble, result.get("msg"))

    one()


@pytest.mark.parametrize("module, names, task", CONTRADICTIONS)
def test_a_contradiction_between_options(run, module, names, task):
    result = run(module, task)
    trouble = _wrong_with(result, run.touched, *names)
    assert trouble is None, "%s: %s" % (trouble, result.get("msg", result))
    assert all(_word(name) in result["msg"] for name in names), result["msg"]


def test_elements_that_are_checked_by_another_modules_arguments_have_no_others(run):
    for module in ("bridge", "network"):
        said = run(module, {"bridges": [{"name": "br0", "colour": "blue"}]})["msg"]
        assert said.startswith("Unsupported parameters") and ": bridges.colour. Supported parameters include: addresses, " in said
