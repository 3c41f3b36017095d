# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against real traffic: what is reached, what is not, what fits, what is masqueraded."""

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._lab import NodeSpec

#: Two routers in a row, so that a packet can be too long for the way and not for the first interface.
NEAR = ["link add far type veth peer name eth1 netns /run/netns/far", "address add 198.51.100.1/24 dev far", "link set far mtu 1300 up"]

RUN = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from ansible_collections.linuxnet.container.plugins.module_utils import _probe
try:
    print(json.dumps(_probe.probe([_probe.Target(**target) for target in json.loads(sys.argv[2])])))
except _probe.ProbeError as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture(scope="module")
def probe(module_lab):
    """Probe from node1 of a lab whose internet has, behind it, the namespace far with a smaller MTU on the way."""
    module_lab.up(("node1",))
    module_lab.run("internet", ["ip", "netns", "add", "far"])
    module_lab.ip("internet", NEAR)
    module_lab.ip("internet", ["address add 2001:db8:f::1/64 dev far nodad"])
    module_lab.ip(
        "internet",
        ["link set lo up", "link set eth1 mtu 1300 up", "address add 198.51.100.2/24 dev eth1", "address add 2001:db8:f::2/64 dev eth1 nodad"]
        + ["route add default via 198.51.100.1", "route add default via 2001:db8:f::1"],
        "far",
    )
    for switch in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
        module_lab.run("internet", [sys.executable, "-c", "import sys; open('/proc/sys/' + sys.argv[1].replace('.', '/'), 'w').write('1')", switch])
    module_lab.run("node1", ["ip", "netns", "add", "empty"])

    def ask(*targets, node="node1"):
        done = module_lab.run(node, [sys.executable, "-c", RUN, json.dumps(sys.path), json.dumps(targets)])
        return json.loads(done.stdout)

    ask({"address": "2001:db8:f::2", "count": 3})  # link-local addresses of the routers settle for a second or so
    return ask


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.254", "203.0.113.10", "198.51.100.2", "::1", "2001:db8:ffff::10", "2001:db8:f::2"])
@pytest.mark.parametrize("payload", [0, 1, 56, 4000])
def test_an_echo_comes_back(probe, address, payload):
    (result,) = probe({"address": address, "payload": payload, "count": 3})
    # IPv6 routers do not fragment: the first packet that is too long for the way tells its sender how long it may be.
    learnt = address == "2001:db8:f::2" and payload == 4000
    assert (result["reached"], result["sent"], result["error"]) == (True, 3, None)
    assert result["received"] == 3 or (learnt and result["received"] == 2)
    assert 0 < result["rtt"] < 1000


def test_what_is_not_reached_says_why(probe):
    results = probe(
        {"address": "192.0.2.77", "timeout": 0.3},
        {"address": "198.51.100.77", "timeout": 6},
        {"address": "2001:db8:f::77", "timeout": 6},
        {"address": "127.0.0.1", "netns": "empty", "timeout": 0.3},
        {"address": "127.0.0.1", "protocol": "udp", "port": 9},
        {"address": "::1", "protocol": "tcp", "port": 9},
    )
    assert not any(result["reached"] or result["received"] for result in results)
    reasons = [result["error"] for result in results]
    assert reasons[0] == "no answer"
    assert reasons[1] == "host unreachable" and reasons[2] == "address unreachable"
    assert reasons[3] == "network is unreachable" and reasons[4:] == ["connection refused"] * 2


@pytest.mark.parametrize(
    ("address", "fits"),
    [("203.0.113.10", 1472), ("198.51.100.2", 1272), ("2001:db8:ffff::10", 1452), ("2001:db8:f::2", 1252), ("127.0.0.1", 65507), ("192.0.2.77", None)],
)
def test_the_largest_that_fits_and_one_more(probe, address, fits):
    (result,) = probe({"address": address, "largest": True, "timeout": 0.4})
    assert result["largest"] == fits and result["reached"] == (fits is not None)
    if fits and fits < 60000:
        exact, more, fragmented = probe(
            {"address": address, "payload": fits, "dont_fragment": True},
            {"address": address, "payload": fits + 1, "dont_fragment": True},
            {"address": address, "payload": fits + 1},
        )
        assert exact["reached"] and not more["reached"] and fragmented["reached"]
        # By the first interface itself, or by the router whose way on is narrower.
        assert "MTU" in more["error"], more


def test_the_other_end_tells_where_we_come_from(probe):
    for protocol in ("udp", "tcp"):
        four, six = probe({"address": "203.0.113.10", "protocol": protocol}, {"address": "2001:db8:ffff::10", "protocol": protocol, "payload": 900})
        assert (four["source"], six["source"]) == ("192.0.2.11", "2001:db8:0:2::11")


def test_expectations(probe):
    good, unreached, reached, source, largest = probe(
        {"address": "203.0.113.10", "protocol": "udp", "expect_reached": True, "expect_source": "192.0.2.11"},
        {"address": "192.0.2.77", "timeout": 0.2, "expect_reached": True},
        {"address": "127.0.0.1", "expect_reached": False},
        {"address": "203.0.113.10", "protocol": "tcp", "expect_source": "192.0.2.99"},
        {"address": "203.0.113.10", "largest": True, "expect_largest": 1400},
    )
    assert good["unexpected"] is None
    assert unreached["unexpected"] == "not reached (no answer)"
    assert reached["unexpected"] == "reached, and should not be"
    assert source["unexpected"] == "the other end saw 192.0.2.11, expected 192.0.2.99"
    assert largest["unexpected"] == "the largest payload that fits is 1472 octets, expected 1400"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"address": "localhost"}, "targets: 'localhost': an IP address is needed."),
        ({"address": "127.0.0.1", "netns": "none"}, "netns: there is no network namespace none."),
        ({"address": "127.0.0.1", "netns": "../x"}, "targets: netns: '../x' is not a namespace name: use up to 128 letters, digits and . _ - @ + =, beginning with a letter, a digit or _."),
        ({"address": "127.0.0.1", "protocol": "udp", "largest": True}, "targets: '127.0.0.1': largest and dont_fragment need the protocol icmp, not udp."),
        ({"address": "127.0.0.1", "payload": 65001}, "targets: '127.0.0.1': payload 65001 is not between 0 and 65000 octets."),
        ({"address": "127.0.0.1", "port": 0}, "targets: '127.0.0.1': port 0 is not between 1 and 65535."),
        ({"address": "127.0.0.1", "count": 0}, "targets: '127.0.0.1': count and timeout must be positive, and at most 1000 tries of 3600 seconds."),
        (
            {"address": "127.0.0.1", "expect_source": "127.0.0.1"},
            "targets: '127.0.0.1': expect_source needs the protocol udp or tcp, and a whoami server at the other end.",
        ),
        ({"address": "127.0.0.1", "protocol": "udp", "expect_source": "me"}, "targets: '127.0.0.1': expect_source 'me' is no IP address."),
        ({"address": "127.0.0.1", "expect_largest": 9}, "targets: '127.0.0.1': expect_largest needs largest: true."),
    ],
)
def test_bad_input_is_one_sentence(probe, target, said):
    assert probe(target) == said


def test_a_hundred_targets_take_the_time_of_one(probe):
    results = probe(*[{"address": "192.0.2.%d" % last, "timeout": 0.5} for last in range(100, 160)], *[{"address": "127.0.0.1"}] * 40)
    assert [result["reached"] for result in results] == [False] * 60 + [True] * 40


def test_a_lost_switch_is_noticed(lab, probe):
    """The probe can say no: the same target that is reached above is not when the cable is out."""
    lab.apply([NodeSpec("switch"), NodeSpec("a", ("192.0.2.1/24",)), NodeSpec("b", ("192.0.2.2/24",))])
    argv = [sys.executable, "-c", RUN, json.dumps(sys.path), json.dumps([{"address": "192.0.2.2", "timeout": 0.5}])]
    assert json.loads(lab.run("a", argv).stdout)[0]["reached"]
    lab.ip("switch", ["link set p-b down"])
    assert not json.loads(lab.run("a", argv).stdout)[0]["reached"]
