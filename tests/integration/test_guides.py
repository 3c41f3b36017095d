# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks in README and guides, run on the lab's own inventory; the second run changes nothing."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GUIDES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^( *)```yaml\n(.*?)^\1```", re.S | re.M)
RECAP = re.compile(r"^(node\d)\s*: ok=\d+\s+changed=(\d+)\s+unreachable=0\s+failed=0", re.M)


def plays(guide):
    """The plays of a guide, without those that would change the machine that the lab is on."""
    found = [yaml.safe_load(text) for _indent, text in BLOCK.findall(guide.read_text())]
    found = [play for block in found if isinstance(block, list) for play in block if "hosts" in play]
    return [play for play in found if "linuxnet.container.pyroute2" not in str(play)]


def run(lab, folder, *playbooks):
    """Run ``playbooks`` on the lab's inventory; {node: number of changes}."""
    known = dict(
        os.environ,
        ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"),
        ANSIBLE_COLLECTIONS_PATH=str(CHECKOUT / ".collections"),
        ANSIBLE_HOME=str(folder / "ansible"),
        ANSIBLE_NOCOLOR="1",
        LINUXNET_LAB_DIR=lab.folder,
    )
    command = [sys.executable, str(pathlib.Path(sys.executable).parent / "ansible-playbook")]
    command += ["-i", str(CHECKOUT / "playbooks" / "inventory" / "lab"), *map(str, playbooks)]
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {node: int(changed) for node, changed in RECAP.findall(done.stdout)}


@pytest.mark.parametrize("guide", [guide for guide in GUIDES if plays(guide)], ids=lambda guide: guide.name)
def test_playbooks_of_the_guide(lab, tmp_path, guide):
    lab.up(("node1", "node2"))
    playbook = tmp_path / "guide.yml"
    playbook.write_text(yaml.safe_dump(plays(guide), sort_keys=False))
    first, again = run(lab, tmp_path, playbook), run(lab, tmp_path, playbook)
    assert all(first.values()) and set(again) == {"node1", "node2"}
    assert not any(again.values()), again
