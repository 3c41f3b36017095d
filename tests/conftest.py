# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test has: the collection importable from a checkout, and labs of its own."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
if "ansible_collections" not in CHECKOUT.parts:  # ansible-test brings its own path
    sys.path.insert(0, str(CHECKOUT / ".collections"))


def pytest_terminal_summary(terminalreporter):
    """The figures that tests have recorded (record_property), added up: how much was really tried."""
    figures = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
                figures[name] = figures.get(name, 0) + value
    for name, value in sorted(figures.items()):
        terminalreporter.write_line("%s: %s" % (name, format(value, ",")))


def _new_lab(tmp_path_factory):
    from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab

    if shutil.which("nsenter") is None or shutil.which("ip", path=os.defpath + ":/usr/sbin:/sbin") is None:
        pytest.fail("These tests need the programs nsenter (util-linux) and ip (iproute2).")
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def lab(tmp_path_factory):
    """An empty lab; whatever the test puts up in it is taken down afterwards."""
    lab = _new_lab(tmp_path_factory)
    yield lab
    lab.down()


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory):
    """An empty lab that the tests of one file share."""
    lab = _new_lab(tmp_path_factory)
    yield lab
    lab.down()


@pytest.fixture
def node(lab):
    """One bare node: ``node(argv, ...)`` runs a program in it (see Lab.run); it has nothing but its loopback."""
    lab.up(["node"], underlay=False)
    return lambda argv, *args, **keywords: lab.run("node", argv, *args, **keywords)
