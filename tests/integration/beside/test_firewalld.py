# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside firewalld: the network is bound to a zone of ours, in its configuration and in what runs."""

from __future__ import annotations

import json

import pytest

from ansible_collections.linuxnet.container.tests.integration.beside.conftest import BLUE, INTERNET, NODE, RED


def bound(host, *options):
    """The interfaces of our zone, in what runs or (--permanent) in the configuration; None when there is no such zone."""
    done = host.lab.run(host.name, ["firewall-cmd", *options, "--zone=linuxnet", "--list-interfaces"], check=False)
    return done.stdout.split() if done.returncode == 0 else None


@pytest.mark.parametrize("call", [0, 1])
def test_what_is_promised_works_in_a_zone_of_ours(firewalld, call):
    firewalld.bridges_call_iptables(call)
    firewalld.sh("firewall-cmd --permanent --zone=public --add-port=8080/tcp", "firewall-cmd --reload")
    before = firewalld.theirs()
    firewalld.done("nat_masquerade", open_firewall=False, **RED)
    assert firewalld.seen_as("c1", INTERNET) is None
    result = firewalld.changes("nat_masquerade", **RED)
    assert "firewalld is reloaded" in json.dumps(result["warnings"])
    assert [line for line in result["commands"] if "firewall-cmd" in line] == [
        "firewall-cmd --permanent --new-zone=linuxnet",
        "firewall-cmd --permanent --zone=linuxnet --set-target=ACCEPT",
        "firewall-cmd --permanent --zone=linuxnet --add-interface=br-red",
        "firewall-cmd --reload",
    ]
    firewalld.works()
    firewalld.is_closed()
    assert firewalld.seen_as("c3", INTERNET) is None, "the other network was let through as well"
    result = firewalld.changes("nat_masquerade", masquerades=[RED, BLUE])
    assert [line for line in result["commands"] if "firewall-cmd" in line] == [
        "firewall-cmd --permanent --zone=linuxnet --add-interface=br-blue",
        "firewall-cmd --zone=linuxnet --add-interface=br-blue",
    ]
    assert firewalld.seen_as("c3", INTERNET) == NODE and not firewalld.reaches("c3", "10.1.0.2")
    firewalld.changes("nat_masquerade", name="red", state="absent")
    assert bound(firewalld) == bound(firewalld, "--permanent") == ["br-blue"]
    firewalld.changes("nat_masquerade", name="blue", state="absent")
    assert bound(firewalld, "--permanent") is None
    # What was made for the zone is empty, and nothing leads there; firewalld forgets it when it is loaded next.
    assert "br-" not in firewalld.theirs()
    firewalld.sh("firewall-cmd --reload")
    assert firewalld.theirs() == before


@pytest.mark.parametrize("event", ["--reload", "--complete-reload", "restart", "flush"])
def test_it_lasts_and_what_is_lost_comes_back(firewalld, event):
    firewalld.done("nat_masquerade", **RED)
    before = firewalld.theirs()
    if event == "flush":
        # firewalld does not notice: until it is started again nothing of its is there, and nothing drops.
        firewalld.sh("nft flush ruleset")
        firewalld.changes("nat_masquerade", **RED)
        firewalld.publish()
    if event.startswith("-"):
        firewalld.sh("firewall-cmd " + event)
    else:
        firewalld.firewalld.stop()
        firewalld.firewalld.start()
    firewalld.unchanged("nat_masquerade", **RED)
    firewalld.works()
    firewalld.is_closed()
    assert sorted(firewalld.theirs().splitlines()) == sorted(before.splitlines())


def test_a_binding_that_somebody_took_away_comes_back(firewalld):
    firewalld.done("nat_masquerade", **RED)
    before = firewalld.dump()
    for line in ("--zone=linuxnet --remove-interface=br-red", "--permanent --zone=linuxnet --remove-interface=br-red"):
        firewalld.sh("firewall-cmd " + line)
        result = firewalld.changes("nat_masquerade", **RED)
        assert ["firewall-cmd " + line.replace("remove", "add")] == result["commands"]
        firewalld.is_as(before)
    firewalld.sh("firewall-cmd --permanent --zone=linuxnet --set-target=default", "firewall-cmd --reload")
    firewalld.changes("nat_masquerade", **RED)
    firewalld.works()


def test_a_network_without_a_bridge_is_known_by_its_addresses(firewalld):
    asked = dict(RED, bridge=None, out_interface="eth0")
    firewalld.changes("nat_masquerade", **asked)
    assert firewalld.seen_as("c1", INTERNET) == NODE
    firewalld.is_closed()
    firewalld.changes("nat_masquerade", name="red", state="absent")
    assert "10.1.0.0" not in firewalld.theirs()


def test_a_bridge_that_somebody_put_into_another_zone(firewalld):
    firewalld.sh("firewall-cmd --zone=internal --add-interface=br-red")
    firewalld.refuses("nat_masquerade", "^open_firewall: firewalld has br-red in zone internal, which does not let it out", **RED)
    firewalld.sh("firewall-cmd --zone=trusted --change-interface=br-red")
    assert not [line for line in firewalld.changes("nat_masquerade", **RED)["commands"] if "firewall-cmd" in line]
    firewalld.works()


@pytest.mark.parametrize("position", range(1, 7))
def test_what_fails_is_put_back(firewalld, position):
    """The steps of the first network: those of our table, and firewalld's own four."""
    steps = firewalld.call("nat_masquerade", check=True, **RED)["commands"]
    before = firewalld.dump()
    result = firewalld.call("nat_masquerade", breaks={"positions": [len(steps) - position], "how": "stop"}, **RED)
    assert result["failed"] and result["msg"].endswith("Everything is as it was before."), result
    firewalld.sh("firewall-cmd --reload")
    firewalld.is_as(before)
