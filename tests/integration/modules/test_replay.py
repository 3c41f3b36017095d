# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that a run prints, typed into a shell on a clean node, make what the run made."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import everything


def _records_apart(dump):
    """What we note for ourselves is no part of the network, and a comment in the lines."""
    del dump[""]["ours"]
    return dump


@pytest.fixture
def two(lab, hosts):
    """Two bare nodes that are the same but for their names."""
    lab.up(["one", "two"], underlay=False)
    found = hosts("one"), hosts("two")
    for host in found:
        host.sh(*everything.FOREIGN)
    return found


def test_typing_the_lines_makes_what_the_modules_made(two):
    made, typed = two
    for module, arguments in everything.CALLS:
        lines = made.done(module, **arguments)["commands"]
        typed.sh(*lines)
        differences = typed.differences(_records_apart(made.dump()), _records_apart(typed.dump()))
        assert not differences, (lines, differences)
    # The engine finds nothing to add either, but for names that are derived from the host's own.
    for module, arguments in everything.CALLS[:-2]:
        assert typed.done(module, **arguments)["commands"] == []


@pytest.mark.parametrize("position", range(len(everything.OTHERWISE)))
def test_typing_the_lines_changes_what_the_modules_changed(two, position):
    made, typed = two
    for module, arguments in everything.CALLS:
        typed.sh(*made.done(module, **arguments)["commands"])
    module, arguments = everything.OTHERWISE[position]
    typed.sh(*made.done(module, **arguments)["commands"])
    assert not typed.differences(_records_apart(made.dump()), _records_apart(typed.dump()))


def test_typing_the_lines_takes_away_what_the_modules_took_away(two):
    made, typed = two
    before = _records_apart(made.dump())
    for module, arguments in everything.CALLS + everything.GONE:
        typed.sh(*made.done(module, **arguments)["commands"])
    assert not typed.differences(before, _records_apart(typed.dump()))


def test_the_diff_is_the_lines(two):
    host = two[0]
    for module, arguments in everything.CALLS:
        result = host.done(module, **arguments)
        assert result["diff"]["prepared"].splitlines() == result["commands"]
