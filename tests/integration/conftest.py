# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which the files are begun, on several workers (--dist loadfile --no-loadscope-reorder): the longest first."""

from __future__ import annotations

LONGEST = ("test_all_or_nothing", "test_site", "test_generated", "test_examples", "test_demo", "test_crowd", "test_resources")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
