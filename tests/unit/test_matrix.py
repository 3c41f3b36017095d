# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions that README calls supported are those that tools/matrix.py runs, and a version that is missing is told."""

from __future__ import annotations

import importlib.util
import pathlib
import re

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def matrix(monkeypatch):
    monkeypatch.syspath_prepend(str(CHECKOUT / "tools"))
    spec = importlib.util.spec_from_file_location("matrix", CHECKOUT / "tools" / "matrix.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_readme_lists_what_is_run(matrix):
    section = (CHECKOUT / "README.md").read_text().split("\n## Requirements\n")[1].split("\n## ")[0]
    assert section.strip().split("\n\n")[-1].splitlines() == list(matrix.table())


def test_every_pair_is_run_and_each_controller_meets_the_oldest_and_the_newest(matrix):
    run = {(core, *pair) for core, pairs in matrix.LABS for pair in pairs}
    for core in matrix.CONTROLLERS:
        assert {(core, "3.9", "0.7.2"), (core, "3.13", "0.9.7")} <= run
    assert {(python, pyroute2) for _core, python, pyroute2 in run} == set(matrix.MANAGED)


@pytest.mark.parametrize("ci", [False, True])
def test_a_python_that_is_missing_is_named_and_fails_under_ci(matrix, monkeypatch, tmp_path, capsys, ci):
    for name, value in (("PATH", str(tmp_path)), ("PYENV_ROOT", str(tmp_path))):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CI", "true") if ci else monkeypatch.delenv("CI", raising=False)
    _name, result = matrix.run("one", lambda: matrix.find("3.1"))
    assert (result.failed, result.skipped.total()) == ((1, 0) if ci else (0, 1))
    said = capsys.readouterr().out + str(dict(result.skipped))
    assert re.search(r"no Python 3\.1 .*'pyenv install 3\.1'", said)


def test_pyenvs_pythons_are_found_and_others_are_not_taken_for_them(matrix, monkeypatch, tmp_path):
    for version, says in (("3.1.0", "3.8 /wrong"), ("3.1.4", "3.1 /right")):
        python = tmp_path / "versions" / version / "bin" / "python3.1"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\necho %s\n" % says)
        python.chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert matrix.find("3.1") == "/right"
