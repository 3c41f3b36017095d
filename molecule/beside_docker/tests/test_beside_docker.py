# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network blue of node1 beside Docker: both work, and nothing of Docker's is changed."""

from __future__ import annotations

import pathlib
import sys

import pytest

ENGINES = pathlib.Path(__file__).resolve().parents[3] / "tests" / "integration" / "engines.py"
OUTSIDE = [("203.0.113.10", "192.0.2.11"), ("2001:db8:ffff::10", "2001:db8:0:2::11")]


def docker(at, words):
    return at("node1").run("%s -I -S %s call docker %s" % (sys.executable, ENGINES, words))


def test_docker_drops_what_it_does_not_forward(at):
    assert "-P FORWARD DROP" in at("node1").check_output("iptables -S FORWARD")


def test_what_is_ours_stands_in_dockers_chain_for_that(at):
    rules = at("node1").check_output("iptables -S DOCKER-USER").splitlines()
    mark = '-m comment --comment "linuxnet.container:blue" -j ACCEPT'
    assert rules == [
        "-N DOCKER-USER",
        "-A DOCKER-USER -i br-blue " + mark,
        "-A DOCKER-USER -o br-blue -m conntrack --ctstate RELATED,ESTABLISHED " + mark,
        "-A DOCKER-USER -o br-blue -m conntrack --ctstate DNAT " + mark,
        "-A DOCKER-USER -j RETURN",
    ]
    said = at("node1").run("iptables-save")
    assert said.rc == 0 and "incompatible" not in said.stdout + said.stderr
    assert said.stdout.count("linuxnet") == 3


@pytest.mark.parametrize(("outside", "as_whom"), OUTSIDE)
def test_from_the_container(at, outside, as_whom):
    with at("internet").serving(outside) as came:
        assert at("node1/web").send("tcp", outside, 100_000) == at("node1/db").send("udp", outside, 1000) == "same"
    assert came == [as_whom] * 2


@pytest.mark.parametrize("theirs", ["10.10.1.20", "fd00:10:1::20"])
def test_from_the_sibling(at, theirs):
    assert at("node1").sysctl("net.bridge.bridge-nf-call-iptables") == 1
    with at("node1/db").serving(theirs):
        assert at("node1/web").send("tcp", theirs, 100_000) == "same"


def test_from_the_host_and_to_it(at):
    for address in "10.10.1.10", "fd00:10:1::10":
        assert at("node1").send("icmp", address, 56) == "same"
    assert at("node1/web").send("icmp", "10.10.1.1", 56) == "same"


def test_the_outside_is_closed(at):
    at("internet").check_output("ip route replace 10.10.1.0/24 via 192.0.2.11")
    assert at("internet").send("icmp", "10.10.1.10", 56) == "no: timed out"
    # The way is there: the host itself is reached by it.
    assert at("internet").send("icmp", "10.10.1.1", 56) == "same"


def test_dockers_own_container_gets_out(at):
    assert docker(at, "exec theirs ping -c1 -W1 203.0.113.10").rc == 0
