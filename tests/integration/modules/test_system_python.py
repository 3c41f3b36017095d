# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The core of it under the system's own Python with the pyroute2 that the distribution packages."""

from __future__ import annotations

import os
import pathlib
import subprocess

import ansible
import pytest

import ansible_collections
from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls, endpoint

PYTHON = "/usr/bin/python3"


@pytest.fixture
def distribution(lab, hosts, tmp_path):
    """A bare node whose modules run under the system's Python, which sees of ours Ansible and the collections alone."""
    asked = subprocess.run([PYTHON, "-I", "-c", "import pyroute2"], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("%s has no pyroute2: install python3-pyroute2" % PYTHON)
    os.symlink(pathlib.Path(ansible.__file__).parent, tmp_path / "ansible")
    tmp_path.chmod(0o755)
    collections = pathlib.Path(list(ansible_collections.__path__)[0]).parent
    lab.up(["node"], underlay=False)
    return hosts("node", python=PYTHON, path=[str(tmp_path), str(collections)])


def test_it_is_the_distributions_pyroute2(distribution):
    found = distribution.run([PYTHON, "-c", "import pyroute2; print(pyroute2.__file__)"], env=distribution.environment())
    assert found.startswith("/usr/lib/python3")


def test_everything_is_built_changed_and_taken_away(distribution):
    host = distribution
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


def test_it_makes_the_same_as_the_newest(distribution, lab, hosts):
    lab.up(["node", "other"], underlay=False)
    other = hosts("other")
    for host in (distribution, other):
        host.sh("hostname same", *everything.FOREIGN)
        host.make(*everything.CALLS)
    assert not other.differences(distribution.dump(), other.dump())


def test_what_fails_is_put_back(distribution):
    distribution.make(*calls())
    before = distribution.dump()
    for how in ("stop", "refuse"):
        result = distribution.call("veth", breaks={"positions": [3], "how": how}, **endpoint(1, peer={"addresses": ["10.1.0.77/24"], "mac": "02:00:00:00:00:07"}, mtu=1400))
        assert "Everything is as it was before" in result["msg"]
        distribution.is_as(before)
