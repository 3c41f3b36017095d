# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The core of it under another Python than the tests' own: Debian's with the pyroute2 that it packages, or the version matrix's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.conftest import MANAGED
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls, endpoint

PYTHON = "/usr/bin/python3" if MANAGED == sys.executable else MANAGED


@pytest.fixture
def other_python(lab, hosts):
    """A bare node whose modules run under the other Python, which sees of ours Ansible and the collections alone."""
    asked = subprocess.run([PYTHON, "-I", "-c", "import pyroute2"], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("%s has no pyroute2: install python3-pyroute2" % PYTHON)
    lab.up(["node"], underlay=False)
    return hosts("node", python=PYTHON)


def test_it_is_that_pythons_own_pyroute2(other_python):
    where = "import sys, pyroute2; print(sys.prefix, pyroute2.__file__, sep='\\n')"
    prefix, found = other_python.run([PYTHON, "-c", where], env=other_python.environment()).split()
    assert found.startswith(prefix + "/lib/python3")


def test_everything_is_built_changed_and_taken_away(other_python):
    host = other_python
    host.sh(*everything.FOREIGN)
    before = host.dump()
    for module, arguments in everything.CALLS:
        host.changes(module, **arguments)
    assert host.reaches("c1", "10.1.0.1") and host.reaches("c1", "fd00:1::1")
    built = host.dump()
    host.done("checkpoint", name="role", networks=["red", "blue", "green"])
    host.make(*everything.OTHERWISE[:2], *everything.OTHERWISE[5:7], everything.OTHERWISE[8])
    host.done("checkpoint", name="role", state="restored")
    host.done("checkpoint", name="role", state="dropped")
    host.is_as(built)
    for module, arguments in everything.GONE:
        host.changes(module, **arguments)
    host.is_as(before)


def test_it_makes_the_same_as_the_newest(other_python, lab, hosts):
    lab.up(["node", "other"], underlay=False)
    other = hosts("other", python=sys.executable)
    for host in (other_python, other):
        host.sh("hostname same", *everything.FOREIGN)
        host.make(*everything.CALLS)
    assert not other.differences(other_python.dump(), other.dump())


def test_what_fails_is_put_back(other_python):
    other_python.make(*calls())
    before = other_python.dump()
    for how in ("stop", "refuse"):
        result = other_python.call("veth", breaks={"positions": [3], "how": how}, **endpoint(1, peer={"addresses": ["10.1.0.77/24"], "mac": "02:00:00:00:00:07"}, mtu=1400))
        assert "Everything is as it was before" in result["msg"]
        other_python.is_as(before)
