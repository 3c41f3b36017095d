# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way on the lab's two nodes, with this Python's Ansible and the managed Python that tools/matrix.py names."""

from __future__ import annotations

import os

from ansible_collections.linuxnet.container.tests.integration.modules.conftest import MANAGED
from ansible_collections.linuxnet.container.tests.integration.playbooks.conftest import CHECKOUT, Site

INVENTORY = CHECKOUT / "playbooks" / "inventory" / "lab"
NODES = ("node1", "node2")


def lines(played):
    """{node: lines of --diff}: what both roles share on a node is printed twice in a dry run, because nothing was made."""
    return {node: list(dict.fromkeys(played.lines.get(node, []))) for node in NODES}


def test_foretold_made_proven_and_taken_away(lab, tmp_path):
    site = Site(lab, tmp_path)

    def play(playbook, *arguments):
        """No run may warn of anything (see Site.play)."""
        return site.play(playbook, INVENTORY, "-e", "ansible_python_interpreter=" + MANAGED, *arguments, environ={"ANSIBLE_REMOTE_TMP": str(tmp_path / "tmp")})

    play("lab_up.yml")
    clean = site.dump(*NODES)
    foretold = play("site.yml", "--check", "--diff")
    assert site.dump(*NODES) == clean

    made = play("site.yml", "--diff")
    assert lines(made) == lines(foretold) and min(map(len, lines(made).values())) > 20
    assert made.changed() == foretold.changed() and min(made.changed().values()) > 5
    standing = site.dump(*NODES)
    assert standing != clean

    again = play("site.yml", "--diff")
    assert again.changed() == dict.fromkeys(NODES, 0) and not any(lines(again).values()), again.said
    assert site.dump(*NODES) == standing
    play("lab_proof.yml")

    play("teardown.yml")
    assert site.dump(*NODES) == clean
    play("lab_down.yml")
    assert lab.nodes() == {} and not [name for name in os.listdir(lab.folder) if name.endswith(".json")]
