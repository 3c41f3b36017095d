# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo as a newcomer runs it, and that its proof proves: a network broken by hand does not pass."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


def run(lab, *command):
    environment = dict(os.environ, LINUXNET_LAB_DIR=lab.folder, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_NOCOLOR="1")
    environment.update(ANSIBLE_HOME=lab.folder + "/ansible", ANSIBLE_REMOTE_TMP=lab.folder + "/ansible/tmp")
    environment.pop("ANSIBLE_INVENTORY", None)
    return subprocess.run([sys.executable, *command], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_demo_holds_and_its_proof_can_fail(lab):
    demo = run(lab, "tools/demo.py")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "✘" not in demo.stdout and demo.stdout.count("✔") >= 20
    for words in ("node1/red1  → red3 on node2", "203.0.113.10 sees 192.0.2.11", "2001:db8:ffff::10 sees 2001:db8:0:2::12", "1422 fits (packet 1450), 1423 does not"):
        assert words in demo.stdout
    assert "site.yml again" in demo.stdout and demo.stdout.count("changed=0") == 2
    assert demo.stdout.rstrip().endswith("make lab-down")
    assert sorted(lab.nodes()) == ["internet", "node1", "node2", "switch"]

    # One promise after the other is broken by hand; each is missed by the very probe that is for it.
    lab.run("node1", ["nft", "delete", "table", "inet", "linuxnet"])
    lab.run("node2", ["ip", "link", "set", "eth0", "mtu", "1400"], "red3")
    lab.run("node2", ["ip", "address", "flush", "dev", "eth0"], "db")
    proof = run(lab, "-m", "ansible", "playbook", "playbooks/lab_proof.yml")
    assert proof.returncode == 2, proof.stdout + proof.stderr
    node1, node2 = (next(line for line in proof.stdout.splitlines() if line.startswith("fatal: [%s]" % node)) for node in ("node1", "node2"))
    assert "internet 203.0.113.10 from web: the other end saw nobody, expected 192.0.2.11" in node1
    assert "red1 on node1 10.42.1.1 from red3: the largest payload that fits is 1372 octets, expected 1422" in node2
    assert "db 10.10.2.20 from web: not reached (" in node2
