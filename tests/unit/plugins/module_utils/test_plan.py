# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner's rules, on states as small as each rule allows, and on random ones."""

from __future__ import annotations

import ipaddress
import random

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _steps
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.netns import Netns
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.plugins.module_utils._state import State
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import Model
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

WEB = {"netns": "web", "of": ["blue"]}
BRIDGE = {"link": "br0", "kind": "bridge", "of": ["blue"]}
NEAR = {"link": "v-web", "kind": "veth", "of": ["blue"], "peer": "web/eth0"}
FAR = {"link": "web/eth0", "kind": "veth", "peer": "v-web"}
VXLAN = {"link": "vx", "kind": "vxlan", "of": ["blue"], "options": {"vni": 7, "local": "192.0.2.1", "dev": "up0"}}
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


def test_ports_of_a_bridge_that_is_made_anew_join_again_with_their_options():
    port = dict(NEAR, master="br0", port={"hairpin": True})
    before = [dict(BRIDGE, kind="vxlan", options={"vni": 1}), WEB, dict(NEAR), FAR]
    assert lines(before, [BRIDGE, WEB, port, FAR])[-2:] == [
        "ip link set dev v-web master br0", "ip link set dev v-web type bridge_slave hairpin on",
    ]  # fmt: skip


def test_a_namespace_that_is_another_is_remade_before_anything_is_made_in_it():
    old, new = State([Netns("web", 1)]), State([Netns("web", 2, 71)])
    assert [step.line for step in plan(old, new)] == ["ip netns delete web", "ip netns attach web 71"]
    assert [step.line for step in plan(new, old)] == []  # which one it was is no longer asked


def test_deletions_come_before_additions():
    before = [UP0, UP1, dict(VXLAN, addresses=["10.1.0.1/24"], routes=["10.9.0.0/16 via 10.1.0.9"], fdb=["02:00:00:00:00:01 192.0.2.2"])]
    after = [UP0, UP1, dict(VXLAN, addresses=["10.2.0.1/24"], routes=["10.8.0.0/16 via 10.2.0.9"], fdb=["02:00:00:00:00:01 192.0.2.3"])]
    assert [verb for _netns, verb in verbs(before, after)] == [
        "route_del", "address_del", "address_add", "route_add", "fdb_del", "fdb_add",
    ]  # fmt: skip


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


def test_a_device_that_cannot_be_made_is_left_out():
    assert plan(State(), parse_state([{"link": "eth0"}])) == []


# Random states: to each from each


def random_state(chance):
    """A state that the kernel could be in: namespaces, bridges, pairs and VXLAN devices with what belongs to them."""
    spaces = [name for name in ("a", "b", "c") if chance.random() < 0.7]
    state = [{"netns": name, "of": chance.choice([[], ["blue"]]), "lo": chance.choice(["up", "down"])} for name in spaces]
    bridges = [name for name in ("br0", "br1") if chance.random() < 0.7]
    for name in bridges:
        state.append({"link": name, "kind": "bridge", "of": ["blue"], "options": {"stp": chance.random() < 0.5}, **belongings(chance, 10)})
    for name in ("v0", "v1", "v2"):
        if chance.random() < 0.7:
            near, far = chance.choice([""] + spaces), chance.choice([""] + spaces)
            ends = ["%s/%s" % (near, name) if near else name, "%s/%s-x" % (far, name) if far else name + "-x"]
            master = chance.choice(bridges + [""]) if not near else ""
            port = {"hairpin": chance.random() < 0.5} if master else {}
            near = {"link": ends[0], "kind": "veth", "of": [], "peer": ends[1], "master": master, "port": port}
            state.append({**near, **belongings(chance, 20)})
            state.append({"link": ends[1], "kind": "veth", "peer": ends[0], **belongings(chance, 30)})
    near_ends = [one["link"] for one in state if one.get("kind") == "veth" and "/" not in one["link"]]
    if chance.random() < 0.7:
        options = {"vni": chance.choice([7, 8]), "local": "192.0.2.1", "learning": chance.random() < 0.5}
        if near_ends and chance.random() < 0.5:
            options["dev"] = chance.choice(near_ends)
        macs = ["00:00:00:00:00:00 192.0.2.2", "00:00:00:00:00:00 192.0.2.3", "02:00:00:00:00:01 192.0.2.%d" % chance.choice([2, 3])]
        fdb = [one for one in macs if chance.random() < 0.5]
        state.append({"link": "vx", "kind": "vxlan", "of": [], "options": options, "fdb": fdb, **belongings(chance, 40)})
    chance.shuffle(state)
    return without_conflicts(parse_state(state))


def belongings(chance, number):
    """Fields of a link that may differ, and addresses and routes."""
    addresses = [
        "10.%d.0.%d/%d" % (number + chance.randrange(2), chance.randrange(1, 5), chance.choice([24, 25])) for _n in range(chance.randrange(4))
    ] + ["fd00:%d::%d/64" % (number, chance.randrange(1, 3)) for _n in range(chance.randrange(2))]
    routes = []
    if addresses:
        network = ipaddress.ip_interface(addresses[0]).network
        if network.version == 4:
            routes.append("10.%d.0.0/16 via %s" % (200 + chance.randrange(2), network[6]))
            routes.append("10.210.%d.0/24" % chance.randrange(2))
    return {
        "mtu": chance.choice([1400, 1500]),
        "mac": "02:00:00:00:00:%02x" % (number + chance.randrange(3)),
        "addr_gen": chance.choice([0, 1]),
        "addresses": sorted(set(addresses), key=addresses.index),
        "routes": routes,
    }


def without_conflicts(state):
    """A namespace's routes are by destination and metric, whatever the device."""
    seen = set()
    for item in state.every("route"):
        if (item.netns, item.dst, item.metric) in seen:
            state.drop(item.key)
        seen.add((item.netns, item.dst, item.metric))
    return state


@pytest.mark.parametrize("seed", range(150))
def test_from_any_state_to_any_other_and_back(seed):
    chance = random.Random(seed)
    before = State()
    for _round in range(3):
        wanted = random_state(chance)
        after = Model(before).apply(plan(before, wanted)).state
        assert plan(after, wanted) == []
        assert plan(Model(after).apply(plan(after, before)).state, before) == []
        before = after


def test_a_step_that_comes_twice_would_be_noticed():
    steps = plan(State(), parse_state([WEB]))
    with pytest.raises(AssertionError):
        Model(State()).apply(steps + steps)
