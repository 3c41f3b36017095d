# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the third member has left, everything is as before it came."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("node", ["node1", "node2"])
def test_the_others_are_as_before_it_joined(at, remembered, node):
    assert at(node).look("--numbers") == remembered("two", node)


def test_nothing_is_left_on_it(at, remembered):
    assert at("node3").look() == remembered("clean", "node3")
