# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masquerading: who arrives where under which address, what nft lists, and the switches put back afterwards."""

from __future__ import annotations

import ipaddress
import json
import re
import sys
import time

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules.conftest import HERE, Host
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls, endpoint

INTERNET, INTERNET6 = "203.0.113.10", "2001:db8:ffff::10"
NODE, NODE6 = "192.0.2.11", "2001:db8:0:2::11"
RED = {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-red"}
BLUE = {"name": "blue", "sources": ["10.2.0.0/24"], "bridge": "br-blue"}


@pytest.fixture
def router(lab, hosts):
    """A node with an uplink and two networks of two containers each, none of which is let out yet."""
    lab.up(["node1"])
    host = hosts("node1")
    host.make(*calls([1, 2]), *calls([3, 4], "blue", "10.2.0"))
    return host


@pytest.fixture(scope="module")
def module_router(module_lab):
    """The same, shared by tests that leave it as they found it."""
    module_lab.up(["node1"])
    host = Host(module_lab, "node1")
    host.make(*calls([1, 2]), *calls([3, 4], "blue", "10.2.0"))
    yield host
    host.close()


def ruleset(host):
    return host.run(["nft", "list", "ruleset"])


def rules(host, chain):
    """The rules of one of our chains, as nft lists them."""
    listed = host.run(["nft", "list", "chain", "inet", "linuxnet", chain])
    return [line.strip() for line in listed.splitlines() if "comment" in line]


def warnings(result):
    return json.dumps(result.get("warnings"))


def forwarding(host):
    return host.sh("cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding").split()


# Who arrives where


def test_what_leaves_arrives_with_the_nodes_address(router):
    assert router.seen_as("c1", INTERNET) is None
    result = router.changes("nat_masquerade", **RED)
    assert router.seen_as("c1", INTERNET) == NODE and router.seen_as("c2", INTERNET) == NODE
    assert router.seen_as("c3", INTERNET) is None, "the other network was let out too"
    assert [one["network"] for one in result["rules"]] == ["red"] * 5
    # Within the bridge nobody is disguised.
    router.lab.serve("node1", "c2")
    assert router.seen_as("c1", "10.1.0.3") == "10.1.0.2"


def test_the_ruleset_is_what_a_human_would_have_written(router):
    router.changes("nat_masquerade", masquerades=[dict(RED, exclude=["198.51.100.0/24"]), dict(BLUE, isolate=False, out_interface="eth0")])
    assert ruleset(router) == """\
table inet linuxnet {
	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname "br-red" oifname != "br-red" oifgroup 5000771 ct status ! dnat drop comment "red"
		iifname "br-red" oifname != "br-red" meta oifkind "bridge" ct status ! dnat drop comment "red"
		oifname "br-red" iifname != "br-red" iifgroup 5000771 ct status ! dnat drop comment "red"
		oifname "br-red" iifname != "br-red" meta iifkind "bridge" ct status ! dnat drop comment "red"
	}

	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 10.1.0.0/24 oifname != "br-red" ip daddr != 198.51.100.0/24 masquerade comment "red"
		ip saddr 10.2.0.0/24 oifname "eth0" oifname != "br-blue" masquerade comment "blue"
	}
}
"""


def test_every_prefix_length_reads_back_as_it_was_said(host):
    four = ["%s/%d" % (ipaddress.IPv4Address((length << 24) + (1 << 32 - length)), length) for length in range(9, 33)]
    six = ["%s/%d" % (ipaddress.IPv6Address((0x2000 + length << 112) + (1 << 128 - length)), length) for length in range(17, 129)]
    host.changes("nat_masquerade", name="all", sources=four + six, bridge="br")
    listed = ruleset(host)
    for source in four + six:
        shown = source[: -len("/32")] if source in four[-1:] else source[: -len("/128")] if source in six[-1:] else source
        assert "saddr %s oifname" % shown in listed
    assert "255.255" not in listed and "&" not in listed


def test_networks_of_one_host_are_kept_apart_unless_said_otherwise(router):
    router.done("nat_masquerade", masquerades=[RED, BLUE])
    assert not router.reaches("c1", "10.2.0.4") and not router.reaches("c3", "10.1.0.2")
    assert router.reaches("c1", "10.1.0.3") and router.seen_as("c3", INTERNET) == NODE
    # One of them is enough to keep them apart.
    router.changes("nat_masquerade", **dict(RED, isolate=False))
    assert not router.reaches("c1", "10.2.0.4") and not router.reaches("c3", "10.1.0.2")
    router.changes("nat_masquerade", **dict(BLUE, isolate=False))
    assert router.reaches("c1", "10.2.0.4") and router.reaches("c3", "10.1.0.2")


def others_bridge(host):
    """Somebody else's bridge, such as Docker's, with a container on it in which somebody answers."""
    host.sh(
        "ip link add docker0 type bridge", "ip address add 172.17.0.1/16 dev docker0", "ip link set docker0 up", "ip netns add theirs",
        "ip link add veth0 master docker0 up type veth peer name eth0 netns theirs", "ip -n theirs address add 172.17.0.2/16 dev eth0",
        "ip -n theirs link set eth0 up", "ip -n theirs route add default via 172.17.0.1",
    )  # fmt: skip
    host.lab.serve("node1", "theirs")


def test_networks_are_kept_apart_from_others_bridges_too(router):
    others_bridge(router)
    router.done("nat_masquerade", **dict(RED, isolate=False))
    assert router.reaches("c1", "172.17.0.2") and router.reaches("theirs", "10.1.0.2")
    router.changes("nat_masquerade", **RED)
    assert not router.reaches("c1", "172.17.0.2") and not router.reaches("theirs", "10.1.0.2")
    # The host, and the way out, are nobody's network.
    assert router.reaches("", "172.17.0.2") and router.reaches("c1", "172.17.0.1") and router.seen_as("c1", INTERNET) == NODE
    assert router.reaches("c1", "10.1.0.3")


@pytest.mark.parametrize("said", [False, True], ids=["by its default route", "by out_interface"])
def test_a_bridge_that_is_the_hosts_own_way_out_is_no_network(router, said):
    router.sh(
        "ip address flush dev eth0", "ip link add br-up type bridge", "ip link set br-up up", "ip link set eth0 master br-up",
        "ip address add %s/24 dev br-up" % NODE, "ip route add %s via 192.0.2.254" % ("203.0.113.10" if said else "default"),
    )  # fmt: skip
    router.changes("nat_masquerade", **dict(RED, **({"out_interface": "br-up"} if said else {})))
    assert router.seen_as("c1", INTERNET) == NODE and not router.reaches("c1", "10.2.0.4")
    router.sh("ip route delete %s" % ("203.0.113.10" if said else "default"))
    if not said:
        # Without its route it is a bridge like any other.
        router.changes("nat_masquerade", **RED)


def test_containers_of_one_network_can_be_kept_apart(router):
    router.done("nat_masquerade", **dict(RED, isolate_containers=True))
    router.done("veth", veths=[{"name": "v-%d" % number, "bridge": "br-red", "isolated": True} for number in (1, 2)])
    assert not router.reaches("c1", "10.1.0.3") and router.reaches("c1", "10.1.0.1") and router.seen_as("c1", INTERNET) == NODE
    # Nor by way of the host, for who knows another route.
    router.sh(*("ip -n c%d route replace 10.1.0.%d via 10.1.0.1" % pair for pair in ((1, 3), (2, 2))))
    assert not router.reaches("c1", "10.1.0.3")
    router.changes("nat_masquerade", **RED)
    assert router.reaches("c1", "10.1.0.3"), "the rule is not what kept them apart"


def test_a_fixed_address_or_one_of_a_range(router):
    router.sh(*("ip address add 192.0.2.%d/24 dev eth0" % number for number in (50, 51, 52)), "ip -6 address add 2001:db8:0:2::50/64 dev eth0 nodad")
    result = router.changes("nat_masquerade", masquerades=[dict(RED, snat_to=["192.0.2.50"]), dict(BLUE, snat_to=["192.0.2.51-192.0.2.52"])])
    assert "warnings" not in result
    assert router.seen_as("c1", INTERNET) == router.seen_as("c2", INTERNET) == "192.0.2.50"
    assert router.seen_as("c3", INTERNET) in ("192.0.2.51", "192.0.2.52") and router.seen_as("c4", INTERNET) in ("192.0.2.51", "192.0.2.52")
    assert "snat ip to 192.0.2.51-192.0.2.52" in ruleset(router) and "masquerade" not in ruleset(router)
    assert forwarding(router) == ["1", "0"]
    router.changes("nat_masquerade", masquerades=[dict(RED, snat_to=["192.0.2.52"]), BLUE])
    assert router.seen_as("c1", INTERNET) == "192.0.2.52" and router.seen_as("c3", INTERNET) == NODE
    router.changes("nat_masquerade", state="absent", masquerades=[{"name": "red"}, {"name": "blue"}])
    assert forwarding(router) == ["0", "0"]


def test_a_fixed_address_in_either_family(host):
    both = dict(RED, sources=["10.1.0.0/24", "fd00:1::/64"], snat_to=["192.0.2.50", "2001:db8::7-2001:db8::9"])
    result = host.changes("nat_masquerade", **both)
    assert "snat ip6 to 2001:db8::7-2001:db8::9" in ruleset(host) and "snat ip to 192.0.2.50" in ruleset(host)
    assert warnings(result).count("this host has no address") == 3
    # What has none of its own has the interface's.
    host.changes("nat_masquerade", **dict(both, snat_to=["192.0.2.50"]))
    assert "ip6 saddr fd00:1::/64 oifname != \"br-red\" masquerade" in ruleset(host)


def test_excluded_destinations_see_the_container_itself(router):
    router.lab.run("internet", ["ip", "route", "add", "10.1.0.0/24", "via", NODE])
    router.done("nat_masquerade", **dict(RED, exclude=["203.0.113.0/24"]))
    assert router.seen_as("c1", INTERNET) == "10.1.0.2"
    router.changes("nat_masquerade", **dict(RED, exclude=["203.0.113.0/25", "198.51.100.7/32"]))
    router.changes("nat_masquerade", **dict(RED, exclude=[]))
    assert router.seen_as("c2", INTERNET) == NODE


def test_a_named_way_out_is_the_only_one_that_disguises(router):
    router.done("nat_masquerade", name="red", sources=["10.1.0.0/24"], out_interface="eth0")
    assert router.seen_as("c1", INTERNET) == NODE
    result = router.changes("nat_masquerade", name="red", sources=["10.1.0.0/24"], out_interface="wg0")
    assert "there is no device 'wg0' yet" in warnings(result)
    assert router.seen_as("c2", INTERNET) is None


def test_ipv6_as_well(router):
    router.done("bridge", name="br-red", addresses=["10.1.0.1/24", "fd00:1::1/64"])
    router.done("veth", **endpoint(1, peer={"addresses": ["10.1.0.2/24", "fd00:1::2/64"], "gateway": ["10.1.0.1", "fd00:1::1"]}))
    router.changes("nat_masquerade", **dict(RED, sources=["10.1.0.0/24", "fd00:1::/64"]))
    assert forwarding(router) == ["1", "1"]
    assert router.seen_as("c1", INTERNET) == NODE and router.seen_as("c1", INTERNET6) == NODE6


# Several networks, and drift


def test_networks_do_not_disturb_each_other(router):
    router.done("nat_masquerade", **RED)
    router.changes("nat_masquerade", **BLUE)
    assert router.seen_as("c1", INTERNET) == NODE and router.seen_as("c3", INTERNET) == NODE
    router.changes("nat_masquerade", name="red", state="absent")
    assert router.seen_as("c3", INTERNET) == NODE and forwarding(router)[0] == "1"
    assert "red" not in ruleset(router)
    router.changes("nat_masquerade", name="red2", sources=["10.9.0.0/24"], bridge="br-x", purge_networks=["blue"])
    assert "br-blue" not in ruleset(router)


_DRIFT = {
    "the table flushed": "nft flush table inet linuxnet",
    "the table deleted": "nft delete table inet linuxnet",
    "everything flushed": "nft flush ruleset",
    "a rule deleted": "nft delete rule inet linuxnet postrouting handle $(nft -a list chain inet linuxnet postrouting | sed -n 's/.*\"red\" # handle //p')",
    "a rule tampered with": "nft replace rule inet linuxnet postrouting handle $(nft -a list chain inet linuxnet postrouting | sed -n 's/.*\"red\" # handle //p') 'ip saddr 10.1.0.0/16 masquerade comment \"red\"'",
    "a rule of no one": "nft insert rule inet linuxnet forward 'tcp dport 80 drop'",
    "a rule in the network's name": "nft insert rule inet linuxnet forward 'udp dport 7007 drop comment \"red\"'",
    "a rule twice": "nft add rule inet linuxnet postrouting 'ip saddr 10.1.0.0/24 oifname != \"br-red\" masquerade comment \"red\"'",
    "a chain of another kind": "nft delete chain inet linuxnet forward; nft 'add chain inet linuxnet forward { type filter hook forward priority 10; policy drop; }'",
    "the policy": "nft 'add chain inet linuxnet forward { type filter hook forward priority filter; policy drop; }'",
    "dormant": "nft 'add table inet linuxnet { flags dormant; }'",
    "the switch": "sysctl -qw net.ipv4.ip_forward=0",
}


@pytest.mark.parametrize("drift", _DRIFT)
def test_drift_is_mended_and_nothing_else_is_touched(module_router, drift):
    router = module_router
    router.sh("nft flush ruleset", "nft add table inet theirs", "nft add chain inet theirs c", "nft add rule inet theirs c counter")
    asked = {"masquerades": [RED, BLUE]}
    router.done("nat_masquerade", **asked)
    before = ruleset(router)
    router.sh(_DRIFT[drift])
    router.changes("nat_masquerade", **asked)
    after = ruleset(router)
    theirs = before[before.index("table inet theirs") :].split("\n}\n")[0]
    assert (theirs in after) == (drift != "everything flushed")
    ours = before[before.index("table inet linuxnet") :].split("\n}\n")[0].splitlines()
    # Rules of different networks have no order among each other.
    assert sorted(ours + ["}"]) == sorted(router.run(["nft", "list", "table", "inet", "linuxnet"]).splitlines())
    assert router.seen_as("c1", INTERNET) == NODE and not router.reaches("c1", "10.2.0.4")


# The switches


def test_removal_puts_the_switches_back(router):
    router.sh("sysctl -qw net.ipv4.conf.br-blue.forwarding=1")
    before = router.dump()
    router.done("nat_masquerade", **dict(RED, sources=["10.1.0.0/24", "fd00:1::/64"]))
    assert forwarding(router) == ["1", "1"]
    router.changes("nat_masquerade", name="red", state="absent")
    router.is_as(before)
    router.unchanged("nat_masquerade", name="red", state="absent")


def test_a_switch_that_was_on_before_us_stays_on(router):
    router.sh("sysctl -qw net.ipv4.ip_forward=1")
    before = router.dump()
    router.done("nat_masquerade", **RED)
    router.changes("nat_masquerade", name="red", state="absent")
    assert forwarding(router)[0] == "1"
    router.is_as(before)


def test_a_switch_that_somebody_else_came_to_need_stays_on_and_the_run_says_so(router):
    router.done("nat_masquerade", **RED)
    router.sh("nft add table ip docker", "nft 'add chain ip docker FORWARD { type filter hook forward priority filter; }'")
    result = router.done("nat_masquerade", name="red", state="absent")
    assert forwarding(router)[0] == "1"
    assert re.search("net.ipv4.ip_forward stays 1.*docker", warnings(result))
    assert router.dump()[""]["ours"] == []


def test_a_switch_that_somebody_switched_off_since_stays_off(router):
    router.done("nat_masquerade", **RED)
    router.sh("sysctl -qw net.ipv4.ip_forward=0")
    router.done("nat_masquerade", name="red", state="absent")
    assert forwarding(router)[0] == "0"


def test_a_default_route_from_a_router_survives_that_the_host_becomes_one(router):
    router.sh("ip -6 route delete default", "sysctl -qw net.ipv6.conf.eth0.accept_ra=1")
    until = time.monotonic() + 10
    while "proto ra" not in router.run(["ip", "-6", "route", "show", "default"]):
        assert time.monotonic() < until, "no router advertisement came"
        # Its source is the link-local address, once the kernel has made sure that nobody else has it.
        router.lab.run("internet", [sys.executable, str(HERE / "router_advertisement.py"), "eth0"])
        time.sleep(0.1)
    before = router.dump()
    result = router.changes("nat_masquerade", **dict(RED, sources=["fd00:1::/64"]))
    lines = result["commands"]
    assert lines.index("sysctl -w net/ipv6/conf/eth0/accept_ra=2") < lines.index("sysctl -w net.ipv6.conf.all.forwarding=1")
    assert "proto ra" in router.run(["ip", "-6", "route", "show", "default"])
    router.changes("nat_masquerade", name="red", state="absent")
    assert "proto ra" in router.run(["ip", "-6", "route", "show", "default"])
    router.is_as(before)
    # The route may have run out meanwhile; what we set is set back all the same.
    router.done("nat_masquerade", **dict(RED, sources=["fd00:1::/64"]))
    router.sh("ip -6 route delete default")
    router.done("nat_masquerade", name="red", state="absent")
    assert router.sh("cat /proc/sys/net/ipv6/conf/eth0/accept_ra") == "1\n"


# Other people's firewalls


def test_a_chain_that_drops_is_named_to_who_leaves_it_closed(router):
    router.sh("nft add table ip filter", "nft 'add chain ip filter FORWARD { type filter hook forward priority filter; policy drop; }'")
    result = router.done("nat_masquerade", open_firewall=False, **RED)
    assert "chain FORWARD of table ip filter drops forwarded packets by its policy" in warnings(result)
    router.sh("nft 'add chain ip filter FORWARD { policy accept; }'", "nft add rule ip filter FORWARD counter drop")
    result = router.done("nat_masquerade", open_firewall=False, **RED)
    assert "by a rule at its end" in warnings(result)


def test_the_rules_of_others_are_neither_seen_as_ours_nor_touched(router):
    router.sh("nft add table inet filter", "nft add chain inet filter c", "nft add rule inet filter c masquerade comment red || true")
    router.sh("nft add rule inet filter c counter drop comment red")
    theirs = router.run(["nft", "list", "table", "inet", "filter"])
    router.done("nat_masquerade", **RED)
    router.done("nat_masquerade", name="red", state="absent")
    assert router.run(["nft", "list", "table", "inet", "filter"]) == theirs


# What is refused


@pytest.mark.parametrize(
    "said, arguments",
    [
        ("^sources: say which networks", {"sources": []}),
        ("^sources: .*every address there is", {"sources": ["0.0.0.0/0"]}),
        ("^sources: '10.1.0.1/24' has bits set .* the network is 10.1.0.0/24", {"sources": ["10.1.0.1/24"]}),
        ("^sources: 'nonsense' is not a network", {"sources": ["nonsense"]}),
        ("^sources: a network is listed twice", {"sources": ["10.1.0.0/24", "10.1.0.0/24"]}),
        ("^exclude: .*is not a network", {"exclude": ["10.1.0.0/33"]}),
        ("^bridge: .*too long for an interface name", {"bridge": "b" * 16}),
        ("^bridge: say the networks' own bridge", {"bridge": None}),
        ("^name: .*is not a network name", {"name": 'red" drop'}),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(host, said, arguments):
    host.refuses("nat_masquerade", said, **{**RED, **arguments})


def test_overlapping_networks_are_refused(host):
    host.refuses(
        "nat_masquerade", r"^masquerades\[1\].sources: 10.1.0.128/25 overlaps 10.1.0.0/24 of 'red'",
        masquerades=[RED, dict(BLUE, sources=["10.1.0.128/25"])],
    )  # fmt: skip
