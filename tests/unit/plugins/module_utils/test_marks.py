# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks, and what is derived from the user's words: the same on every host and in every release."""

from __future__ import annotations

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _marks


def test_an_alias_names_the_networks_in_order_and_once():
    assert _marks.alias() == "linuxnet.container"
    assert _marks.alias(["green", "blue", "green"]) == "linuxnet.container:blue,green"


@pytest.mark.parametrize("networks", [(), ("blue",), ("blue", "green")])
def test_what_is_marked_is_read_back(networks):
    assert _marks.networks_of(_marks.GROUP, _marks.alias(networks)) == frozenset(networks)


@pytest.mark.parametrize(
    "group, text",
    [(0, "linuxnet.container"), (1, "linuxnet.container:blue"), (_marks.GROUP, "linuxnet.containers"), (_marks.GROUP, "uplink")],
)
def test_half_a_mark_is_somebody_elses(group, text):
    assert _marks.networks_of(group, text) is None


def test_derived_macs_stay_what_they_are():
    # A release that changed them would change every container's MAC under its traffic.
    assert _marks.container_mac("blue", "10.1.0.2") == "02:d7:df:4f:48:79"
    assert _marks.derived_mac("machine", "node", "bridge", "br-blue") == "02:93:10:5f:36:21"


def test_words_do_not_run_into_each_other():
    assert _marks.derived_mac("ab", "c") != _marks.derived_mac("a", "bc")


def test_a_name_that_is_too_long_gets_a_short_form_of_its_own():
    assert _marks.short_ifname("br-", "0123456789ab") == "br-0123456789ab"
    short = _marks.short_ifname("br-", "0123456789abc")
    assert short == _marks.short_ifname("br-", "0123456789abc") != _marks.short_ifname("br-", "0123456789abd")
    assert len(short) == 15 and short.startswith("br-0123-")


def test_a_link_that_a_killed_run_was_about_to_delete_is_ours_by_its_alias():
    for group in (_marks.GOING[0], _marks.GOING[-1]):
        assert _marks.networks_of(group, _marks.alias(["red"])) == {"red"}
        assert _marks.networks_of(group, _marks.alias()) == frozenset()
        assert _marks.networks_of(group, "somebody") is None and _marks.networks_of(group, "") is None
    assert _marks.networks_of(_marks.GOING[-1] + 1, _marks.alias(["red"])) is None
