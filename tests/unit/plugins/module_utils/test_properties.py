# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of any two states: the plan leads there, and back, in steps that the kernel takes, each of which is one line."""

from __future__ import annotations

import collections
import contextlib
import importlib
import itertools
import json
import re
import shlex
from dataclasses import replace
from unittest import mock

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.linuxnet.container.plugins.module_utils import _engine, _nft, _our_table, _steps, _store
from ansible_collections.linuxnet.container.plugins.module_utils._going_back import GoingBack
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply, speaker
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem
from ansible_collections.linuxnet.container.plugins.module_utils._state import HOST
from hypothesis import HealthCheck, Phase, assume, given, settings, strategies

from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils import tasks
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import HEADROOM, Model, Refused, family_of_vxlan
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import observed
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.states import chains
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.test_golden import known

#: States in a chain, each of which is gone to from each other.
LENGTH = 8
CHAINS = 360

#: Examples of tasks for each door.
TASKS = 200

#: What the lines of all steps that were planned stand for: {line: (namespace, Step.do)}.
meant: dict = {}
#: Verbs after which there is no way back.
LAST = ("stop", "netns_del")
#: Verbs that are of a whole host, not of a namespace.
#: The rules of our table that are no network's own.
COMMON = [rule for name in _nft.MAPS for rule in _our_table._asks(name)] + [_our_table._AS_THEY_ARE]
OF_HOST = ("netns_add", "netns_attach", "netns_del", "nft", "iptables_nft", "iptables_legacy", "firewalld", "record", "stop", "tx_offload")
PROGRAMS = ("ip", "bridge", "nft", "iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy", "firewall-cmd", "sysctl", "ethtool", "conntrack", "kill", "nsenter", "#")

quietly = settings(
    derandomize=True, deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def difference(is_so, should_be) -> list:
    """What tells two states apart, for people. The planner is not asked."""
    told = ["%s should not be there" % (item,) for key, item in is_so.items() if key not in should_be]
    for key, wanted in should_be.items():
        item = is_so.get(key)
        if item is None:
            told.append("%s is missing" % (wanted,))
        elif key[0] == "netns":
            continue  # one that was made anew is another
        elif item != wanted or key[0] == "address" and item.secondary != wanted.secondary:
            told.append("%s should be %s" % (item, wanted))
    return told


def carried_out(before, after, promote):
    """The state after the plan from ``before`` to ``after``, which must be just ``after``."""
    with shown(before, after, promote):
        return _carried_out(before, after, promote)


@contextlib.contextmanager
def shown(before, after, promote):
    """What fails shows the two states."""
    try:
        yield
    except (Refused, AssertionError) as error:
        listed = ["-- from --", *map(str, before.values()), "-- to --", *map(str, after.values())]
        raise AssertionError("\n".join([str(error), "promote_secondaries=%d" % promote, *listed])) from error


def _carried_out(before, after, promote):
    steps = plan(before, after)
    model = Model(before, promote).apply(steps)
    told = difference(model.state, after)
    assert not told, "\n".join(told + [step.line for step in steps])
    assert plan(model.state, after) == []
    hear(steps)
    listening = {item.device for item in after.every("sysctl") if item.path.endswith("/accept_ra") and item.value == "2"}
    assert not model.cut_off & listening, "the advertised route has gone"
    return model.state


def hear(steps):
    """What holds of the steps of any plan, and what their lines mean."""
    done = set()
    # A name that is only given to somebody else's namespace can be given back.
    given = {step.do[1] for step in steps if step.do[0] == "netns_attach"}
    for step in steps:
        assert done.isdisjoint(LAST) or step.do[0] in LAST or step.phase == _steps.FORGET, "a way back is closed too early: %s" % step.line
        if step.do[0] != "netns_del" or step.do[1] not in given:
            done.add(step.do[0])
        if step.line.startswith("# begin"):
            continue  # a remark about a note, which has the rest
        known = meant.setdefault(step.line, (step.netns, step.do))
        if known != (step.netns, step.do):
            assert said(*known) == said(step.netns, step.do), "one line for two doings: %s" % step.line
    # A rule that is there twice was added twice; and what is new in firewalld is known to it from a reload on, each.
    twice = ("firewall-cmd --reload", "nft add rule", "nft insert rule", "iptables", "ip6tables")
    once = [step.line for step in steps if not step.line.startswith(twice)]
    assert len(set(once)) == len(once), "a step comes twice: %s" % sorted(line for line in once if once.count(line) > 1)[:2]


def possible(state) -> bool:
    """Whether what was put together could be there at once. Where not, others' objects are in the way, which a call does
    not read: the kernel refuses, and all is as it was."""
    vxlans = [link for link in state.every("link") if link.kind == "vxlan"]
    for link in vxlans:
        # What was made smaller than what it carries lets that not be made again.
        below = state.link(link.netns, link.options.get("dev"))
        if below is not None and (link.mtu or 0) > (below.mtu or 1500) - HEADROOM[family_of_vxlan(link)]:
            return False
    numbers = [(link.netns, link.options["vni"], link.options.get("dstport"), family_of_vxlan(link)) for link in vxlans]
    routes = [(route.netns, route.dst, route.metric) for route in state.every("route")]
    return len(set(numbers)) == len(numbers) and len(set(routes)) == len(routes)


def said(netns, do):
    """What of a step's doing is said in its line."""
    verb, *rest = do
    if verb == "link_add":
        # The other end is told its name, place, MAC and MTU; what else it is to be is set where it is.
        link, peer = rest
        rest = [replace(link, alias=None, tx_offload=None, up=bool(link.up)), peer and (peer.netns, peer.name, peer.mtu, peer.mac)]
    elif verb in ("address_add", "address_del"):
        # Whether it comes behind another follows from the order; IPv4 has no detection of duplicates that could be skipped.
        own = rest[0].interface
        rest = [own, rest[0].dev, (rest[0].broadcast, rest[0].nodad or own.version == 4, rest[1]) if verb == "address_add" else ""]
    elif verb in ("fdb_add", "fdb_del"):
        # What is the device's own is not said, neither to the kernel.
        entry = rest[0]
        own = [entry.port if entry.port != entry.default_port else None, entry.vni if entry.vni != entry.default_vni else None]
        rest = [entry.dev, entry.mac, entry.dst, own]
    elif verb in ("netns_add", "netns_attach"):
        # The mark is said where the loopback gets it; which namespace a process is in, the process tells.
        rest = rest[:-1]
    elif verb in ("iptables_nft", "iptables_legacy"):
        # A rule is known by its words; the kernel's number of it only finds it faster.
        rest = [rest[0], rest[1].place, rest[1].words]
    elif verb == "stop":
        # When it began tells a process from another with its number, and the line cannot wait.
        rest = [pid for pid, _started, _command in rest[1]]
    elif verb == "record" and isinstance(rest[2], dict) and rest[2].get("returning"):
        # What there was before us has been said when it was noted.
        rest = [*rest[:2], "returning"]
    elif verb == "record" and isinstance(rest[2], dict):
        rest = [*rest[:2], {name: value for name, value in rest[2].items() if value or value == 0}]
    return repr((netns, verb, rest))


def test_that_lines_and_steps_are_one_to_one():
    """Run by the tests above it, of all that they have planned."""
    found: dict = {}
    for line, (netns, do) in meant.items():
        other = found.setdefault(said(netns, do), line)
        assert other == line, "two lines for one doing: %s | %s" % (other, line)
        assert line.isprintable() and line.strip() == line, repr(line)
        words = line.split() if line.startswith("#") else shlex.split(line)
        assert words[0] in PROGRAMS, line
        assert do[0] in apply._FAMILY and hasattr(speaker.Speaker, do[0]) or hasattr(apply._Applying, "_" + do[0]), line
        assert not netns or do[0] not in OF_HOST, line


def test_from_any_state_to_any_other_and_back(record_property):
    counted = {"pairs": 0, "examples": 0}

    @settings(quietly, max_examples=CHAINS)
    @given(chains(LENGTH), strategies.booleans())
    def check(chain, promote):
        counted["examples"] += 1
        for before, after in itertools.combinations(chain, 2):
            # A round trip is two pairs: from the one to the other, and from there back.
            there = carried_out(before, after, promote)
            carried_out(there, before, promote)
            counted["pairs"] += 2

    check()
    test_that_lines_and_steps_are_one_to_one()
    record_property("pairs of states", counted["pairs"])
    assert counted["pairs"] >= 10000, counted


@pytest.mark.parametrize("name", tasks.DOORS)
def test_a_task_a_second_time_changes_nothing(name):
    door = importlib.import_module("%s._doors.%s" % (_engine.__package__, name))
    counted = collections.Counter()

    @settings(quietly, max_examples=TASKS)
    @given(strategies.data(), chains(1), strategies.booleans())
    def check(data, chain, promote):
        state = chain[0]
        options, busy = data.draw(tasks.tasks(state, name))
        validated = ArgumentSpecValidator(door.ARGUMENTS).validate(options)
        assert not validated.error_messages, validated.error_messages

        def run(state):
            wish = door.Wish(validated.validated_parameters)
            wish.reach()
            with mock.patch.object(_engine, "read", lambda reach: observed(state.copy(), tasks.facts(state, busy))):
                return _engine._merged(wish, False)

        try:
            outcome, before = run(state)
        except Problem as problem:
            counted["problems"] += 1
            assert re.fullmatch(r"(?:[a-z_]+(?:\[\d+\])?[.:] ?)*\S.*[.]", str(problem)) and str(problem).isprintable(), str(problem)
            return
        assume(possible(outcome.state))
        counted["tasks"] += 1
        counted["changes"] += bool(outcome.steps)
        told = "\n".join(["%s: %s" % (name, options)] + outcome.commands)
        hear(outcome.steps)
        with shown(before, outcome.state, promote):
            after = Model(before, promote).apply(outcome.steps).state
        assert plan(known(after, before, outcome.state), outcome.state) == [], told
        if any("is taken away" in one for one in outcome.warnings):
            with pytest.raises(Problem):  # nothing is left to take away, and who is to be adopted is not there
                run(after)
            return
        again, _before = run(after)
        assert not again.commands, told + "\n-- again --\n" + "\n".join(again.commands)
        again, _before = run(outcome.state)
        assert again.state == outcome.state, told + "\n-- merged again --\n" + "\n".join(difference(again.state, outcome.state))

    check()
    test_that_lines_and_steps_are_one_to_one()
    print("%(tasks)d tasks, %(changes)d of them with changes, %(problems)d problems" % counted)
    assert counted["changes"] >= TASKS // 10


def holders(state, item) -> set:
    """The networks that ``item`` belongs to: by its marks, or what it is in."""
    kind, netns, name = item.key[:3]
    if kind in ("nft_rule", "nft_element", "iptables_rule", "firewalld_policy"):
        return {item.network}
    if kind == "firewalld_zone":
        return set()
    if kind in ("record", "nft_table"):
        return set(item.value.get("networks", ())) if kind == "record" else set()
    if kind in ("address", "route", "fdb"):
        return holders(state, state.link(netns, name))
    noted = state.get(("record", HOST, "adopted", name if kind == "netns" else netns))
    loopback = state.link(name if kind == "netns" else netns, "lo")
    found = set(loopback.networks or ()) if loopback is not None else set()
    if kind in ("netns", "sysctl"):
        return found | set(noted.value["networks"] if noted else ())
    ends = [end for end in (item, state.get(item.peer_key) if item.peer else None) if end is not None]
    own = set().union(*(end.networks or () for end in ends))
    # Unmarked, it is of those for whom the namespace at either end was made.
    spaces = [end.netns for end in ends if end.netns and ("record", HOST, "adopted", end.netns) not in state]
    return own or set().union(*(state.link(space, "lo").networks or () for space in spaces))


def stands_on(state, item) -> set:
    """The keys of all that ``item`` cannot be as it is without."""
    kind, netns, name = item.key[:3]
    found = {("netns", HOST, netns)} if netns else set()
    if kind in ("address", "route", "fdb"):
        found.add(("link", netns, name))
    if kind == "sysctl" and item.device:
        found.add(("link", netns, item.device))
    if kind == "link":
        found |= {("link", netns, other) for other in (item.master, item.options.get("dev")) if other}
        found |= {item.peer_key} if item.peer else set()
    if kind == "route":
        # An address from which it is, and what its gateway is reached through.
        found |= {one.key for one in state.every("address") if one.netns == netns and (one.interface.ip == item.src or one.dev == name)}
        found |= {one.key for one in state.of("route", netns, name) if item.via and not one.via}
    if kind in ("nft_rule", "nft_element"):
        found.add(("nft_table", HOST, _nft.TABLE.name))
    deeper = [state[key] for key in found if key in state and not (kind == "link" and key == item.peer_key)]
    if kind == "link" and item.peer and item.peer[0]:
        found.add(("netns", HOST, item.peer[0]))
    return found.union(*(stands_on(state, one) for one in deeper))


def _goes(now, item, mine) -> bool:
    """Whether ``item`` is theirs, or stands on what is and goes with that."""
    return any(mine & holders(now, one) for one in [item, *(now[key] for key in stands_on(now, item) if key in now)])


def test_going_back_to_a_checkpoint_brings_back_what_is_the_networks_and_leaves_others_alone():
    counted = collections.Counter()

    @settings(quietly, max_examples=TASKS)
    @given(chains(2, apart=True), strategies.booleans())
    def check(chain, promote):
        before, now = chain[0], chain[-1]
        mine = {"blue"}
        going_back = GoingBack(_store.load(json.loads(json.dumps(_store.dump(before)))), now, mine)
        target = going_back.target({})
        assume(possible(target))
        steps = plan(now, target)
        hear(steps)
        with shown(now, target, promote):
            found = Model(now, promote).apply(steps).state
        told = "\n".join(step.line for step in steps)
        assert plan(found, target) == [], told
        for key, item in before.items():
            if key[0] in ("nft_table", "firewalld_zone") or not mine & holders(before, item):
                continue
            below = stands_on(before, item) | {key}
            # What it stands on may be others', and gone; or its place may have become theirs.
            ours = [one for one in below if one in before and mine & holders(before, before[one])]
            lost = [one for one in below if one in before and one not in ours and (one not in now or _goes(now, now[one], mine))]
            taken = [one for one in ours if one in now and not holders(before, before[one]) & holders(now, now[one])]
            counted["mine"] += 1
            if not lost and not taken:
                counted["back"] += 1
                assert without_marks(found.get(key)) == without_marks(item), told
        for key, item in now.items():
            if key[0] in ("nft_table", "firewalld_zone") or mine & holders(now, item):
                continue
            was = holders(before, before[key]) if key in before else set()
            if mine & was and (was & holders(now, item) or not holders(now, item)):
                continue  # theirs together, or left by a run that was killed
            if key[:2] == ("sysctl", HOST) or key[0] == "record" or key[0] == "nft_rule" and item.rule in COMMON:
                continue  # what networks share, each with a part of its own
            counted["others"] += 1
            if not any(mine & holders(now, now[one]) or one in before and mine & holders(before, before[one]) and not holders(now, now[one]) for one in stands_on(now, item) if one in now):
                counted["alone"] += 1
                assert found.get(key) == item, told
        for link in now.every("link"):
            kept = found.get(link.key)
            if link.networks and kept is not None and kept.networks is not None and link.networks - mine:
                assert link.networks - mine <= kept.networks, told
        counted["examples"] += 1

    check()
    test_that_lines_and_steps_are_one_to_one()
    print("%(examples)d checkpoints: %(back)d of %(mine)d objects came back, %(alone)d of %(others)d of others' were left alone" % counted)
    assert counted["back"] > 3 * TASKS and counted["alone"] > 10 * TASKS


def without_marks(item):
    """``item`` but for what others may have joined since."""
    if item is not None and item.key[0] == "netns":
        return item.key
    if item is not None and item.key[0] == "record":
        return replace(item, value=dict(item.value, networks=[]))
    return replace(item, alias=None, group=None) if item is not None and item.key[0] == "link" else item


@settings(quietly, max_examples=TASKS)
@given(chains(1))
def test_a_checkpoint_keeps_any_state(chain):
    (state,) = chain
    back = _store.load(json.loads(json.dumps(_store.dump(state))))
    assert list(back.items()) == list(state.items())
    assert [type(item) for item in back.values()] == [type(item) for item in state.values()]
    assert [vars(item) for item in back.values()] == [vars(item) for item in state.values()]
