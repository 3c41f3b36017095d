# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside Docker: the accept stands in DOCKER-USER, where Docker leaves it alone."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.beside.conftest import INTERNET, NODE, RED
from ansible_collections.linuxnet.container.tests.integration.beside.test_iptables import expected, rules


@pytest.mark.parametrize("call", [0, 1])
def test_both_work_and_nothing_of_dockers_is_changed(beside, make_docker, call):
    docker = make_docker()
    beside.bridges_call_iptables(call)
    before, forward = beside.theirs(), rules(beside, "iptables")
    assert "-P FORWARD DROP" in beside.run(["iptables", "-S"]) and docker.gets_out()
    beside.done("nat_masquerade", open_firewall=False, **RED)
    assert beside.seen_as("c1", INTERNET) is None
    beside.changes("nat_masquerade", **RED)
    assert rules(beside, "iptables", "DOCKER-USER") == expected(chain="DOCKER-USER") + ["-A DOCKER-USER -j RETURN"]
    assert rules(beside, "iptables") == forward
    assert "incompatible" not in beside.sh("iptables-save 2>&1", "ip6tables-save 2>&1", "iptables -S 2>&1")
    beside.works()
    beside.is_closed()
    assert docker.gets_out()
    beside.done("nat_masquerade", name="red", state="absent")
    assert beside.theirs() == before and docker.gets_out()


def test_docker_restarted(beside, make_docker):
    docker = make_docker()
    beside.done("nat_masquerade", **RED)
    before = rules(beside, "iptables", "DOCKER-USER"), rules(beside, "iptables")
    docker.stop()
    beside.works()
    docker.start()
    assert (rules(beside, "iptables", "DOCKER-USER"), rules(beside, "iptables")) == before
    beside.unchanged("nat_masquerade", **RED)
    beside.works()
    beside.is_closed()
    docker.call("start", "theirs")
    assert docker.gets_out()


def test_docker_that_came_after_us(beside, make_docker):
    # Forwarding is on by then, so Docker leaves the policy alone; whoever sets it afterwards finds our networks closed.
    beside.done("nat_masquerade", **RED)
    docker = make_docker()
    beside.unchanged("nat_masquerade", **RED)
    beside.works()
    beside.sh("iptables -P FORWARD DROP")
    assert beside.seen_as("c1", INTERNET) is None
    beside.changes("nat_masquerade", **RED)
    beside.works()
    assert docker.gets_out()


def test_docker_that_came_where_forward_dropped_before(beside, make_docker):
    beside.sh("iptables -P FORWARD DROP", "ip6tables -P FORWARD DROP")
    beside.done("nat_masquerade", **RED)
    docker = make_docker()
    beside.works()
    # DOCKER-USER is where Docker never touches anything: the rules move there.
    beside.changes("nat_masquerade", **RED)
    assert rules(beside, "iptables", "DOCKER-USER")[:3] == expected(chain="DOCKER-USER")
    assert not [rule for rule in rules(beside, "iptables") if "linuxnet" in rule]
    beside.works()
    assert docker.gets_out()


def test_everything_flushed(beside, make_docker):
    docker = make_docker()
    beside.done("nat_masquerade", **RED)
    before = beside.theirs()
    beside.sh("nft flush ruleset")
    docker.stop()
    docker.start()
    docker.call("start", "theirs")
    # Forwarding was on when Docker looked, so that it has not set the policy again.
    beside.sh("iptables -P FORWARD DROP")
    beside.publish()
    beside.changes("nat_masquerade", **RED)
    assert beside.seen_as("c1", INTERNET) == NODE
    beside.works()
    assert docker.gets_out()
    assert sorted(beside.theirs().splitlines()) == sorted(before.splitlines())
