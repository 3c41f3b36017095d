# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner's rules, on states as small as each rule allows. What holds of any two states is in test_properties.py."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _steps
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.address import in_order
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.netns import Netns
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.plugins.module_utils._state import State
from ansible_collections.linuxnet.container.plugins.module_utils._values import Mac
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import Model
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

WEB = {"netns": "web", "of": ["blue"]}
BRIDGE = {"link": "br0", "kind": "bridge", "of": ["blue"]}
NEAR = {"link": "v-web", "kind": "veth", "of": ["blue"], "peer": "web/eth0"}
FAR = {"link": "web/eth0", "kind": "veth", "peer": "v-web"}
VXLAN = {"link": "vx", "kind": "vxlan", "mtu": 1450, "of": ["blue"], "options": {"vni": 7, "local": "192.0.2.1", "dev": "up0"}}
UP0 = {"link": "up0", "kind": "veth", "of": ["blue"], "peer": "up1"}
UP1 = {"link": "up1", "kind": "veth", "peer": "up0"}


def planned(before, after):
    """The steps from one readable state to another, each of which the model takes."""
    before, after = parse_state(before), parse_state(after)
    steps = plan(before, after)
    assert plan(Model(before).apply(steps).state, after) == []
    return steps


def lines(before, after):
    return [step.line for step in planned(before, after)]


def verbs(before, after):
    return [(step.netns,) + step.do[:1] for step in planned(before, after)]


def test_what_is_as_wanted_needs_nothing():
    everything = [WEB, BRIDGE, dict(NEAR, master="br0"), dict(FAR, addresses=["10.1.0.2/24"]), UP0, UP1, VXLAN]
    assert lines(everything, everything) == []


def test_a_shell_reads_what_is_meant():
    vxlan = {"link": "vx;1", "kind": "vxlan", "of": ["blue"], "options": {"vni": 7, "local": "192.0.2.1"}}
    assert lines([vxlan], [dict(vxlan, group=0, alias="", tx_offload=False)]) == [
        "ip link set dev 'vx;1' group 0 alias ''", "ethtool -K 'vx;1' tx off",
    ]  # fmt: skip


def test_what_is_missing_is_made_in_the_order_of_dependence():
    after = [dict(VXLAN, master="br0"), dict(FAR, addresses=["10.1.0.2/24"], routes=["default via 10.1.0.1"]),
             dict(NEAR, master="br0"), UP1, UP0, BRIDGE, WEB]  # fmt: skip
    steps = planned([], after)
    assert [(step.netns, step.do[0]) for step in steps if step.do[0] in ("netns_add", "link_add")] == [
        ("", "netns_add"), ("", "link_add"), ("", "link_add"), ("", "link_add"), ("", "link_add"),
    ]  # fmt: skip
    made = [step.do[1].name for step in steps if step.do[0] == "link_add"]
    assert made[0] == "br0" and made[-1] == "vx" and set(made[1:3]) == {"v-web", "up0"}


def test_phases_follow_each_other():
    state = [
        WEB, BRIDGE, NEAR, dict(FAR, addresses=["10.1.0.2/24"]), {"sysctl": "net.ipv4.ip_forward", "value": "1"},
        {"sysctl": "net.ipv4.ip_forward", "netns": "web", "value": "1"},
        {"record": "sysctl", "name": "net.ipv4.ip_forward", "value": {"value": "0"}},
        {"nft": [{"name": "blue", "sources": ["10.1.0.0/24"], "bridge": "br0", "isolate": False}]},
    ]  # fmt: skip
    made = [step.phase for step in planned([], state)]
    assert made == sorted(made)
    assert set(made) == {
        _steps.RECORD, _steps.NETNS_ADD, _steps.NETNS_SYSCTL, _steps.LINK_ADD, _steps.CONFIGURE, _steps.FIREWALL, _steps.SYSCTL,
    }  # fmt: skip
    gone = [step.phase for step in planned(state, [{"sysctl": "net.ipv4.ip_forward", "value": "0"}])]
    assert gone == [_steps.LINK_DEL, _steps.LINK_DEL, _steps.FIREWALL, _steps.SYSCTL, _steps.NETNS_DEL, _steps.FORGET]


def test_each_namespace_is_visited_once():
    spaces = ["a", "b", "c"]
    state = [{"netns": name, "of": []} for name in spaces]
    for kind in ("one", "two"):
        for name in spaces:
            state += [{"link": "%s-%s" % (name, kind), "kind": "veth", "of": [], "peer": "%s/%s" % (name, kind)},
                      {"link": "%s/%s" % (name, kind), "kind": "veth", "peer": "%s-%s" % (name, kind), "addresses": ["10.%d.0.1/24" % len(state)]}]  # fmt: skip
    visits = [step.netns for step in planned([], state) if step.netns]
    assert [name for position, name in enumerate(visits) if position == 0 or visits[position - 1] != name] == spaces


def test_a_pair_between_namespaces_is_made_in_one_visit_to_the_leading_one():
    state = [{"netns": name, "of": []} for name in ("a", "b")]
    for n in range(3):
        for near, far in (("a", "b"), ("b", "a")):
            names = ("%s/n%d" % (near, n), "%s/f%d" % (far, n))
            state += [{"link": names[0], "kind": "veth", "of": [], "peer": names[1]}, {"link": names[1], "kind": "veth", "peer": names[0]}]
    adds = [step.netns for step in planned([], state) if step.do[0] == "link_add"]
    assert adds == ["a"] * 3 + ["b"] * 3


def test_a_pair_is_made_and_removed_by_one_end():
    state = [WEB, NEAR, FAR]
    assert [verb for verb in verbs([WEB], state) if verb[1] == "link_add"] == [("", "link_add")]
    assert verbs(state, [WEB]) == [("", "link_del")]


def test_a_pair_whose_leading_end_goes_with_its_namespace_is_removed_by_the_other():
    state = [
        WEB, {"netns": "db", "of": []}, {"link": "db/a", "kind": "veth", "of": [], "peer": "web/b"},
        {"link": "web/b", "kind": "veth", "peer": "db/a"},
    ]  # fmt: skip
    assert lines(state, [WEB]) == ["ip -n web link delete dev b", "ip netns delete db"]


def test_a_pair_whose_namespaces_both_go_needs_no_removal():
    state = [
        WEB, {"netns": "db", "of": []}, {"link": "db/a", "kind": "veth", "of": [], "peer": "web/b"},
        {"link": "web/b", "kind": "veth", "peer": "db/a"},
    ]  # fmt: skip
    assert lines(state, []) == ["ip netns delete db", "ip netns delete web"]


def test_what_goes_with_something_else_is_told_nothing():
    vxlan = dict(VXLAN, addresses=["10.9.0.1/24"], fdb=["00:00:00:00:00:00 192.0.2.2"])
    assert lines([UP0, UP1, vxlan, BRIDGE], [BRIDGE]) == ["ip link delete dev up0"]
    state = [WEB, {"link": "web/br", "kind": "bridge", "of": [], "addresses": ["10.1.0.1/24"], "routes": ["10.2.0.0/16"]}]
    assert lines(state, []) == ["ip netns delete web"]


def test_what_goes_along_and_is_wanted_all_the_same_is_made_again():
    port = dict(NEAR, master="br0", port={"hairpin": True})
    other = dict(BRIDGE, kind="vxlan", options={"vni": 1})
    assert lines([BRIDGE, WEB, port, FAR], [other, WEB, dict(NEAR), FAR])[:1] == ["ip link delete dev br0"]
    changed = dict(VXLAN, options=dict(VXLAN["options"], vni=8), fdb=["02:00:00:00:00:01 192.0.2.2"])
    before = [UP0, UP1, dict(VXLAN, fdb=["02:00:00:00:00:01 192.0.2.2"])]
    after = lines(before, [UP0, UP1, changed])
    assert after[0] == "ip link delete dev vx" and after[-1].startswith("bridge fdb replace 02:00:00:00:00:01 dev vx")


def test_what_stands_on_something_comes_after_it_and_finds_room():
    low = {"link": "low", "kind": "vxlan", "mtu": 1400, "of": [], "options": {"vni": 1, "dev": "up0"}}
    high = {"link": "high", "kind": "vxlan", "mtu": 1350, "of": [], "options": {"vni": 2, "dev": "low"}}
    up0 = dict(UP0, mtu=1450)
    made = [step.do[1].name for step in planned([up0, UP1], [high, low, up0, UP1]) if step.do[0] == "link_add"]
    assert made == ["low", "high"]
    wide = [dict(high, mtu=1400), dict(low, mtu=1450), dict(up0, mtu=1500), UP1]
    assert lines([high, low, up0, UP1], wide) == [
        "ip link set dev up0 mtu 1500", "ip link set dev low mtu 1450", "ip link set dev high mtu 1400",
    ]  # fmt: skip
    assert [line.split(" type")[0] for line in lines([low, up0, UP1], wide)][:3] == [
        "ip link set dev up0 mtu 1500", "ip link set dev low mtu 1450",
        "ip link add name high mtu 1400 address %s group 5000771" % parse_state([high]).link("", "high").mac,
    ]  # fmt: skip


def test_a_group_that_goes_or_changes_needs_a_new_device():
    options = [dict(VXLAN["options"], group=group) for group in ("239.1.1.1", "239.1.1.2", "192.0.2.9")] + [VXLAN["options"]]
    for before, after in itertools.permutations(options, 2):
        steps = planned([UP0, UP1, dict(VXLAN, options=before)], [UP0, UP1, dict(VXLAN, options=after)])
        assert [step.do[0] for step in steps][:2] == ["link_del", "link_add"]
    assert " remote 192.0.2.9 " in lines([UP0, UP1], [UP0, UP1, dict(VXLAN, options=options[2])])[0]


def test_remotes_of_a_multicast_mac_are_a_list():
    entries = ["01:00:5e:00:00:01 192.0.2.2", "01:00:5e:00:00:01 192.0.2.3", "02:00:00:00:00:01 192.0.2.2"]
    added = lines([UP0, UP1, VXLAN], [UP0, UP1, dict(VXLAN, fdb=entries)])
    assert [line.split()[2] for line in added] == ["append", "append", "replace"]


def test_ports_of_a_bridge_that_is_made_anew_join_again_with_their_options():
    port = dict(NEAR, master="br0", port={"hairpin": True})
    before = [dict(BRIDGE, kind="vxlan", options={"vni": 1}), WEB, dict(NEAR), FAR]
    assert lines(before, [BRIDGE, WEB, port, FAR])[-2:] == [
        "ip link set dev v-web master br0", "ip link set dev v-web type bridge_slave hairpin on",
    ]  # fmt: skip


def test_the_loopback_of_a_namespace_that_is_made_anew_is_as_it_was():
    loopback = Link("web", "lo", "", True, 16384, Mac(6), "", 5, "mine", 1)
    assert [step.line for step in plan(State(), State([Netns("web"), loopback]))] == [
        "ip netns add web", "ip -n web link set dev lo mtu 16384",
        "ip -n web link set dev lo group 5 alias mine addrgenmode none", "ip -n web link set dev lo up",
    ]  # fmt: skip


def test_a_namespace_that_is_another_is_remade_before_anything_is_made_in_it():
    old, new = State([Netns("web", 1)]), State([Netns("web", 2, 71)])
    assert [step.line for step in plan(old, new)] == ["ip netns delete web", "ip netns attach web 71"]
    assert [step.line for step in plan(new, old)] == []  # which one it was is no longer asked


def test_deletions_come_before_additions():
    before = [UP0, UP1, dict(VXLAN, addresses=["10.1.0.1/24"], routes=["10.9.0.0/16 via 10.1.0.9"], fdb=["02:00:00:00:00:01 192.0.2.2"])]
    after = [UP0, UP1, dict(VXLAN, addresses=["10.2.0.1/24"], routes=["10.8.0.0/16 via 10.2.0.9"], fdb=["02:00:00:00:00:01 192.0.2.3"])]
    assert [verb for _netns, verb in verbs(before, after)] == [
        "route_del", "address_del", "fdb_del", "address_add", "route_add", "fdb_add",
    ]  # fmt: skip


def test_what_goes_goes_before_its_device_loses_it_by_itself():
    before = dict(BRIDGE, addresses=["fd00::1/64"], routes=["fd09::/64 via fd00::9"])
    for change in ({"up": False}, {"mtu": 1200, "addr_gen": None}):
        assert [verb for _netns, verb in verbs([before], [dict(BRIDGE, **change)])] == ["route_del", "address_del", "link_set"]


@pytest.mark.parametrize(
    "before, after",
    [
        (["10.1.0.1/24", "10.1.0.2/24"], []),
        (["10.1.0.1/24", "10.1.0.2/24"], ["10.1.0.2/24"]),
        (["10.1.0.1/24", "10.1.0.2/24", "10.1.0.3/24"], ["10.1.0.4/24", "10.1.0.3/24"]),
        (["10.1.0.1/24", "10.1.0.2/25"], ["10.1.0.2/25"]),
        (["10.1.0.1/24", "fd00::1/64"], ["10.2.0.1/24", "fd00::2/64"]),
    ],
)
def test_what_the_kernel_takes_along_with_an_address_is_there_afterwards(before, after):
    route = ["10.1.0.0/16"]
    planned([dict(BRIDGE, addresses=before, routes=route)], [dict(BRIDGE, addresses=after, routes=route if after else [])])


@pytest.mark.parametrize("promote", [False, True])
def test_what_comes_behind_an_address_keeps_its_place_whatever_the_kernel_does_with_it(promote):
    before, after = (parse_state([dict(BRIDGE, addresses=["10.1.0.%d/24" % n for n in numbers])]) for numbers in ((1, 2, 3), (2, 3)))
    before, after = (State([*one.every("link"), *in_order(one.every("address"))]) for one in (before, after))
    found = Model(before, promote).apply(plan(before, after)).state
    assert [(str(one.interface), one.secondary) for one in found.every("address")] == [("10.1.0.2/24", False), ("10.1.0.3/24", True)]


def test_a_route_that_is_from_an_address_of_another_device_comes_again_with_that():
    up0, up1 = dict(UP0, addresses=["10.1.0.1/24"]), dict(UP1, routes=["10.9.0.0/16 src 10.1.0.1"])
    assert lines([up0, up1], [dict(up0, broadcast=False), up1])[-1].startswith("ip route replace 10.9.0.0/16 dev up1")
    before = [dict(VXLAN, options={"vni": 7, "local": "192.0.2.1"}, addresses=["10.1.0.1/24"]), dict(up1, peer="web/up0"), WEB,
              {"link": "web/up0", "kind": "veth", "peer": "up1"}]  # fmt: skip
    gone = [dict(before[1], routes=[]), *before[2:]]
    assert lines(before, gone) == ["ip link delete dev vx"]


def test_a_route_keeps_its_source_when_that_gets_another_prefix_length():
    before, after = ([dict(BRIDGE, addresses=["fd00::1/%d" % length], routes=["fd09::/64 src fd00::1"])] for length in (64, 48))
    assert lines(before, after) == [
        "ip address delete fd00::1/64 dev br0", "ip address add fd00::1/48 dev br0 nodad",
        "ip -6 route replace fd09::/64 dev br0 proto static src fd00::1",
    ]  # fmt: skip


def test_a_device_that_is_taken_down_keeps_its_addresses():
    bridge = dict(BRIDGE, addresses=["10.1.0.1/24", "fd00::1/64"])
    assert lines([bridge], [dict(bridge, up=False)]) == [
        "ip link set dev br0 down", "ip address replace fd00::1/64 dev br0 nodad",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["net.ipv4.conf.eth0/1.rp_filter", "net/ipv4/conf/eth0.1/rp_filter"])
def test_what_is_set_of_a_device_comes_again_with_that(path):
    near, far = dict(NEAR, peer="web/eth0.1"), {"link": "web/eth0.1", "kind": "veth", "peer": "v-web"}
    state = [WEB, near, far, {"sysctl": path, "netns": "web", "value": "1"}]
    other = [WEB, {"link": "v-web", "kind": "bridge"}, {"link": "web/eth0.1", "kind": "bridge"}, state[-1]]
    for before, after in ((state, other), (other, state)):
        assert lines(before, after)[-1] == "ip netns exec web sysctl -w %s=1" % path


@pytest.mark.parametrize("switch", ["net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"])
def test_a_switch_by_any_name_sets_its_followers_and_they_are_asserted_again(switch):
    def state(value):
        return [WEB, {"sysctl": "net.ipv4.conf.lo.forwarding", "netns": "web", "value": "0"}, {"sysctl": switch, "netns": "web", "value": value}]

    assert lines(state("0"), state("1")) == [
        "ip netns exec web sysctl -w %s=1" % switch, "ip netns exec web sysctl -w net.ipv4.conf.lo.forwarding=0",
    ]  # fmt: skip


def test_a_router_says_that_it_listens_before_it_becomes_one():
    def state(*values):
        return [{"sysctl": path, "value": value} for path, value in zip(("net.ipv6.conf.all.forwarding", "net/ipv6/conf/eth0/accept_ra"), values)]

    before, after = parse_state(state("0", "1")), parse_state(state("1", "2"))
    assert not Model(before).apply(plan(before, after)).cut_off


def test_a_device_that_cannot_be_made_is_left_out():
    assert plan(State(), parse_state([{"link": "eth0"}])) == []


def test_a_step_that_comes_twice_would_be_noticed():
    steps = plan(State(), parse_state([WEB]))
    with pytest.raises(AssertionError):
        Model(State()).apply(steps + steps)
