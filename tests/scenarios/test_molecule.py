# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Molecule as users run it: every scenario of this repository, and the guide's example in a repository of its own."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = sorted(path.parent.name for path in (CHECKOUT / "molecule").glob("*/molecule.yml"))
BIN = pathlib.Path(sys.executable).parent


def molecule(folder, cache, *arguments, **more):
    """Run molecule in ``folder``, with the Makefile's variables; returns what it said, and fails with it."""
    (cache / "home").mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "LINUXNET_", "MOLECULE_", "PYTHON", "PYTEST_"))}
    known = dict(
        kept,
        PATH="%s:%s" % (BIN, os.environ["PATH"]),  # molecule calls ansible-playbook and pytest by their names
        HOME=str(cache / "home"),
        XDG_CACHE_HOME=str(cache),
        ANSIBLE_HOME=str(cache / "ansible"),
        ANSIBLE_REMOTE_TMP=str(cache / "ansible" / "tmp"),
        ANSIBLE_NOCOLOR="1",
        MOLECULE_COMMAND_BORDERS="0",
        NO_COLOR="1",
        **more,
    )
    done = subprocess.run(["molecule", *arguments], cwd=folder, env=known, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout and "[WARNING]" not in done.stdout and "DEPRECAT" not in done.stdout, done.stdout
    nothing_is_left(cache)
    return done.stdout


def nothing_is_left(cache):
    """No lab below ``cache``, no process that was started with anything there, and nothing in the home folder."""
    assert not list(cache.glob("**/lab")) and not os.listdir(cache / "home")
    ours = [path for path in pathlib.Path("/proc").glob("[0-9]*") if str(cache).encode() in read(path / "cmdline")]
    assert not ours, [read(path / "cmdline") for path in ours]


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""  # ended meanwhile


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario, tmp_path, record_property):
    if scenario == "ssh" and os.geteuid() != 0:
        pytest.skip("molecule scenario ssh: sshd and sudo need root, and the other users whom an ordinary user's lab does not have")
    if scenario == "beside_docker" and os.geteuid() != 0:
        pytest.skip("molecule scenario beside_docker: Docker needs root")
    said = molecule(CHECKOUT, tmp_path, "test", "--scenario-name", scenario)
    verified = re.findall(r"^=+ (\d+) passed(?:, \d+ warnings?)? in", said, re.M)
    assert verified and "no tests found" not in said and len(verified) == said.count("Verifier completed successfully"), said
    record_property("molecule: checks in verify", sum(map(int, verified)))
    assert "%s > idempotence: Executed: Successful" % scenario in said


def test_the_example_of_the_guide(tmp_path):
    guide = (CHECKOUT / "docs" / "molecule.md").read_text()
    repository = tmp_path / "repository"
    files = re.findall(r"```yaml\n# (molecule/\S+)\n(.*?)```", guide, re.S)
    assert len(files) > 4
    for name, text in files:
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("---\n" + text)
    said = molecule(repository, tmp_path, "test", ANSIBLE_COLLECTIONS_PATH=str(CHECKOUT / ".collections"))
    assert re.findall(r"^default > (\w+): Executed: Successful$", said, re.M) == ["create", "converge", "idempotence", "verify", "destroy"], said
