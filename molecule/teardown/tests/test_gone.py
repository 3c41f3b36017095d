# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After teardown.yml every node is as it was before the first run of site.yml."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("node", ["node1", "node2"])
def test_nothing_is_left_and_nothing_else_is_gone(at, remembered, node):
    before, built = remembered("before", node), remembered("built", node)
    assert {"vx-red", "br-red", "br-blue"} <= set(built[""]["links"]) - set(before[""]["links"])
    assert {"docker0", "br-red-old", "vx-other"} <= set(before[""]["links"])
    assert at(node).look() == before
