# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs nft_wire_inside.py in network namespaces of its own: as root and in a user namespace, with every pyroute2."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM_PYTHON = "/usr/bin/python3"

# pytest comes from this interpreter's packages, but pyroute2 from the other's own: it is imported first.
OTHER = "import sys, pyroute2; sys.path.append(%r); import pytest; sys.exit(pytest.main(sys.argv[1:]))"

WAYS = {
    "root": ["unshare", "--net"],
    # In two steps: a namespace that is made together with its user namespace cannot read ip_tables_names.
    "user": ["unshare", "--user", "--map-root-user", "--", "unshare", "--net"],
}


@pytest.mark.parametrize("python", ["this Python", "the system's Python"])
@pytest.mark.parametrize("way", WAYS)
def test_the_wire(way, python):
    if way == "root" and os.geteuid() != 0:
        pytest.skip("needs root; the same runs in a user namespace")
    if subprocess.run([*WAYS[way], "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system permits no %s namespaces" % way)
    if shutil.which("nft") is None:
        pytest.skip("needs nft(8), to compare with")
    python = sys.executable if python == "this Python" else SYSTEM_PYTHON
    where = "import pyroute2; print(pyroute2.__file__)"
    pyroute2 = subprocess.run([python, "-c", where], check=False, capture_output=True, text=True)
    if pyroute2.returncode:
        pytest.skip("%s has no pyroute2" % python)
    command = [sys.executable, "-m", "pytest"]
    if python == SYSTEM_PYTHON:
        command = [SYSTEM_PYTHON, "-c", OTHER % os.path.dirname(os.path.dirname(pytest.__file__))]
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:testinfra", str(HERE / "nft_wire_inside.py")]
    outside = os.stat("/proc/self/ns/net").st_ino
    run = subprocess.run(
        [*WAYS[way], "--", *command, *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NFT_WIRE_OUTSIDE": str(outside), "NFT_WIRE_PYROUTE2": pyroute2.stdout.strip()},
        timeout=300,
    )
    print(run.stdout)
    assert run.returncode == 0, run.stdout
