# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside ufw: the accept stands at the head of FORWARD, which ufw leaves alone when it is reloaded."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.beside.conftest import INTERNET, RED
from ansible_collections.linuxnet.container.tests.integration.beside.test_iptables import expected, rules


@pytest.mark.parametrize("call", [0, 1])
def test_what_is_promised_works(ufw, call):
    ufw.bridges_call_iptables(call)
    before, forward = ufw.theirs(), rules(ufw, "iptables")
    ufw.done("nat_masquerade", open_firewall=False, **RED)
    assert ufw.seen_as("c1", INTERNET) is None
    ufw.changes("nat_masquerade", **RED)
    assert rules(ufw, "iptables") == expected() + forward
    ufw.works()
    ufw.is_closed()
    assert "Status: active" in ufw.run(["ufw", "status"])
    ufw.done("nat_masquerade", name="red", state="absent")
    assert ufw.theirs() == before


@pytest.mark.parametrize("lines", [["ufw reload"], ["ufw disable", "ufw --force enable"], ["nft flush ruleset", "ufw reload"]], ids="; ".join)
def test_what_is_lost_comes_back(ufw, lines):
    ufw.done("nat_masquerade", **RED)
    before = ufw.theirs()
    ufw.sh(*lines)
    if "flush" in lines[0]:
        ufw.changes("nat_masquerade", **RED)
        ufw.publish()
    ufw.unchanged("nat_masquerade", **RED)
    ufw.works()
    ufw.is_closed()
    assert sorted(ufw.theirs().splitlines()) == sorted(before.splitlines())


def test_a_network_stays_let_through_while_ufw_is_off(ufw):
    ufw.done("nat_masquerade", **RED)
    ufw.sh("ufw disable")
    ufw.unchanged("nat_masquerade", **RED)
    ufw.sh("ufw --force enable")
    ufw.works()
