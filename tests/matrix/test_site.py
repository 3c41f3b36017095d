# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way with this Python's Ansible, on three nodes of which each has the Python that tools/matrix.py names for it."""

from __future__ import annotations

import os
import pathlib

import yaml

from ansible_collections.linuxnet.container.tests.integration.playbooks.conftest import CHECKOUT, NODES, Site

HERE = pathlib.Path(__file__).resolve().parent
LAB = CHECKOUT / "playbooks" / "inventory"
PYTHONS = dict(zip(NODES, os.environ["LINUXNET_MANAGED_PYTHONS"].split(":"), strict=True))


def lines(played):
    """{node: lines of --diff}: what both roles share on a node is printed twice in a dry run, because nothing was made."""
    return {node: list(dict.fromkeys(played.lines.get(node, []))) for node in NODES}


def test_foretold_made_proven_and_taken_away(lab, tmp_path):
    site = Site(lab, tmp_path)
    own = tmp_path / "pythons.yml"
    own.write_text(yaml.safe_dump({"lab": {"hosts": {node: {"ansible_python_interpreter": python} for node, python in PYTHONS.items()}}}))

    def play(playbook, *arguments):
        """No run may warn of anything (see Site.play)."""
        inventories = ["-i", LAB / "lab_third_node.yml", "-i", own]
        return site.play(playbook, LAB / "lab", *arguments, *inventories, environ={"ANSIBLE_REMOTE_TMP": str(tmp_path / "tmp")})

    play("lab_up.yml")
    clean = site.dump(*NODES)
    foretold = play("site.yml", "--check", "--diff")
    assert site.dump(*NODES) == clean

    made = play("site.yml", "--diff")
    assert lines(made) == lines(foretold) and min(map(len, lines(made).values())) > 20
    assert made.changed() == foretold.changed() and min(made.changed().values()) > 0
    standing = site.dump(*NODES)
    assert all(standing[node] != clean[node] for node in NODES)

    again = play("site.yml", "--diff")
    assert again.changed() == dict.fromkeys(NODES, 0) and not any(lines(again).values()), again.said
    assert site.dump(*NODES) == standing
    play("lab_proof.yml", HERE / "which_python.yml")

    play("teardown.yml")
    assert site.dump(*NODES) == clean
    play("lab_down.yml")
    assert lab.nodes() == {} and not [name for name in os.listdir(lab.folder) if name.endswith(".json")]
