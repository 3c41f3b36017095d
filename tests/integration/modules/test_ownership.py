# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we made can be told from what others made, at every moment, and goes without a trace."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls


def test_building_and_taking_away_leaves_the_host_as_it_was_twice_in_a_row(host):
    host.sh(*everything.FOREIGN)
    before = host.dump()
    for _round in range(2):
        for module, arguments in everything.CALLS:
            assert host.done(module, **arguments)["changed"]
        for module, arguments in everything.CALLS:
            again = host.done(module, **arguments)
            assert not again["changed"], again["commands"]
        for module, arguments in everything.GONE:
            assert host.done(module, **arguments)["changed"]
        for module, arguments in everything.GONE:
            assert not host.done(module, **arguments)["changed"]
        host.is_as(before)


def test_on_a_host_that_never_had_anything_removal_changes_nothing(host):
    before = host.dump()
    for module, arguments in everything.GONE:
        host.unchanged(module, **arguments)
    host.is_as(before)


def test_in_check_mode_nothing_is_made_not_even_a_folder(host):
    before = host.dump()
    host.sh("test ! -e /run/linuxnet.container")
    host.call("netns", check=True, name=["c"])
    host.call("nat_masquerade", check=True, name="red", sources=["10.1.0.0/24"], bridge="b")
    host.sh("test ! -e /run/linuxnet.container")
    host.is_as(before)


@pytest.mark.parametrize("module, arguments", everything.CALLS, ids=[module for module, _arguments in everything.CALLS])
def test_a_run_that_is_killed_leaves_only_what_the_next_one_recognises(host, module, arguments):
    host.sh(*everything.FOREIGN)
    before = host.dump()
    needed = everything.CALLS[: [call[0] for call in everything.CALLS].index(module)]
    host.make(*needed)
    steps = len(host.call(module, check=True, **arguments)["commands"])
    for position in range(1, steps, 3):
        host.make(*needed)
        with pytest.raises(AssertionError, match="process died"):
            host.call(module, breaks={"positions": [position], "how": "die"}, **arguments)
        # The same task completes what was there when the run died, and removal finds all of it.
        if position % 2:
            host.done(module, **arguments)
            assert not host.done(module, **arguments)["changed"]
        host.make(*everything.GONE)
        host.is_as(before)


def test_links_carry_the_group_from_the_message_that_makes_them(host):
    host.done("netns", name=["c1"])
    watch = host.start(["ip", "-d", "monitor", "link"], stdout=-1, text=True)
    host.sh("sleep 0.2")
    host.make(*calls([1])[1:])
    host.sh("sleep 0.2")
    watch.kill()
    seen = watch.communicate()[0]
    first = {}
    for line in seen.splitlines():
        name = line.split(": ")[1].split("@")[0] if line[:1].isdigit() else None
        if name in ("br-red", "v-1"):
            first.setdefault(name, line)
    assert set(first) == {"br-red", "v-1"}
    assert all("group 5000771" in line for line in first.values()), first


def test_the_objects_of_one_network_go_and_those_of_another_stay(host):
    host.make(*calls([3], "blue", "10.2.0"))
    before = host.dump()
    host.make(*calls([1], "red"))
    for module in ("veth", "bridge", "netns"):
        host.changes(module, purge_networks=["red"])
    host.is_as(before)
