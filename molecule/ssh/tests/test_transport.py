# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That each node was really reached the way it says: what sshd and sudo on it have noted."""

from __future__ import annotations

import pytest

WAYS = {"node1": ("root", True), "node2": ("root", False), "node3": ("operator", True), "node4": ("operator", False)}


@pytest.mark.parametrize("node", WAYS)
def test_the_way_in(at, node):
    user, pipelining = WAYS[node]
    said = at(node).file("/run/ssh/log").content_string
    source = "2001:db8:0:2::100" if node == "node4" else "192.0.2.100"
    assert "Accepted publickey for %s from %s " % (user, source) in said
    assert said.count("Accepted publickey for ") == said.count("Accepted publickey for %s from %s " % (user, source))
    # Without pipelining every module is a file first, brought by sftp.
    assert ("subsystem 'sftp'" in said) == (not pipelining)


@pytest.mark.parametrize("node", WAYS)
def test_becoming_root(at, node):
    log = at(node).file("/run/ssh/sudo.log")
    assert log.exists == (WAYS[node][0] == "operator")
    if log.exists:
        commands = [line for line in log.content_string.splitlines() if "BECOME-SUCCESS" in line]
        assert commands and all("operator : " in line and "USER=root" in line and "/usr/bin/python3" in line for line in commands)


@pytest.mark.parametrize("node", WAYS)
def test_the_systems_python_has_debians_pyroute2(at, node):
    found = at(node).check_output("/usr/bin/python3 -c 'import pyroute2; print(pyroute2.__file__)'")
    assert found == "/usr/lib/python3/dist-packages/pyroute2/__init__.py"
