# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every node is as it was before it was broken."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("node", ["node1", "node2"])
def test_all_is_mended(at, remembered, node):
    assert remembered("broken", node) != remembered("whole", node)
    assert at(node).look() == remembered("whole", node)
