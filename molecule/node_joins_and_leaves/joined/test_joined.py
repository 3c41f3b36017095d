# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a third member changes on the other two: forwarding entries that lead to it, and nothing else."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("node", ["node1", "node2"])
def test_only_entries_are_added(at, remembered, node):
    before, now = remembered("two", node), at(node).look("--numbers")
    new = [entry for entry in now[""]["fdb"] if entry not in before[""]["fdb"]]
    # Two containers, the bridge, and flooding.
    assert [entry["dst"] for entry in new] == ["192.0.2.13"] * 4 and {entry["ifname"] for entry in new} == {"vx-red"}
    now[""]["fdb"] = [entry for entry in now[""]["fdb"] if entry not in new]
    assert now == before
