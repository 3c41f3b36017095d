# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example inventory: what it says is understood, and does what it promises on two nodes with its hosts' addresses."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._lab import NodeSpec

EXAMPLE = "playbooks/inventory/example"

#: The hosts of the example, as nodes of a lab.
SWITCH = NodeSpec("switch")
HOSTS = [NodeSpec("alpha", ("198.51.100.11/24",)), NodeSpec("beta", ("198.51.100.12/24",))]
IN_A_LAB = {
    "ansible_connection": "linuxnet.container.lab",
    "ansible_pipelining": True,
    "ansible_python_interpreter": sys.executable,
    "ansible_remote_tmp": "/run/home/.ansible/tmp",
}


def test_the_inventory_is_one(alone, request):
    site, checkout = alone(), request.config.rootpath
    command = [sys.executable, "-m", "ansible", "inventory", "-i", checkout / EXAMPLE, "--list"]
    listed = subprocess.run(command, env=site.environment, cwd=site.folder, capture_output=True, text=True, check=True)
    found = json.loads(listed.stdout)
    assert found["single_host"]["hosts"] == ["alpha"] and found["overlay"]["hosts"] == ["alpha", "beta"]
    assert found["_meta"]["hostvars"]["beta"]["ansible_host"] == "198.51.100.12" and not listed.stderr


@pytest.mark.parametrize("playbook", ["site.yml", "teardown.yml"])
def test_the_playbooks_are_ones(alone, request, playbook):
    played = alone().play(playbook, request.config.rootpath / EXAMPLE, "--syntax-check")
    assert "playbook: " in played.said


def test_its_hosts_get_their_networks(alone, request):
    """With become and a user, as for real hosts; only how they are reached is another."""
    site = alone(SWITCH, *HOSTS)
    clean = site.dump("alpha", "beta")
    arguments = ["-e", json.dumps(IN_A_LAB)]
    played = site.play("site.yml", request.config.rootpath / EXAMPLE, *arguments)
    assert min(played.changed().values()) > 0
    assert site.reaches("alpha", "api", "10.42.2.10") and site.reaches("beta", "worker", "10.42.1.10") and site.reaches("alpha", "web", "10.10.1.20")
    assert site.sh("alpha", "cat /sys/class/net/vx-red/mtu") == "1450\n"
    site.play("teardown.yml", request.config.rootpath / EXAMPLE, *arguments)
    assert site.dump("alpha", "beta") == clean
