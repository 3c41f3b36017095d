# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the third member has left, everything is as before it came, on itself too."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("node", ["node1", "node2", "node3"])
def test_the_nodes_are_as_before_it_joined(at, remembered, node):
    assert at(node).look("--numbers") == remembered("two", node)
