# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up topologies, made-up drift and made-up other wishes on the real kernel; whatever is done is typed on a twin."""

from __future__ import annotations

import copy
import os

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import covering, expected, topologies
from ansible_collections.linuxnet.container.tests.integration.modules.conftest import Host
from ansible_collections.linuxnet.container.tests.integration.modules.drift import Drift, refusal
from ansible_collections.linuxnet.container.tests.integration.modules.twins import Twins

#: How many seeds; GENERATED_CASES=300 for more of them, GENERATED_CASES=100-120 for certain ones.
_CASES = os.environ.get("GENERATED_CASES", "20").split("-")
SEEDS = range(int(_CASES[0]), int(_CASES[1])) if len(_CASES) == 2 else range(int(_CASES[0]))


@pytest.fixture(scope="module")
def standing(module_lab):
    """The nodes, as long as they are clean."""
    kept = []

    def fresh():
        for twins in kept:
            for host in twins.both:
                host.close()
        kept.clear()
        module_lab.down()
        module_lab.up(["made", "typed"], underlay=False)
        twins = Twins(*(Host(module_lab, name) for name in ("made", "typed")))
        kept.append(twins)
        # MACs that nobody gave follow from the host's name.
        twins.sh("echo twin > /proc/sys/kernel/hostname", *topologies.FOREIGN)
        return twins

    yield lambda: kept[0] if kept and kept[0].clean else fresh()
    for twins in kept:
        for host in twins.both:
            host.close()


@pytest.fixture
def twins(standing):
    """Two nodes that have somebody else's network; the test leaves them as it found them, or they are not used again."""
    found = standing()
    found.clean = False
    found.lines = []
    yield found
    found.end_processes()


@pytest.mark.parametrize("seed", SEEDS)
def test_generated(twins, seed):
    topology = topologies.generate(seed)
    twins.start_with_namespaces(topology.processes)
    twins.sh(*topology.before)
    before = twins.same()

    twins.run(topology.calls())
    made = twins.same()
    assert not expected.complaints(topology, made)
    twins.nothing_left(topology.calls(purge=True))
    twins.is_as(made, "a run that had nothing to do")

    drift = Drift(topology, seed)
    _mended(twins, topology, drift.lines, _with(made, drift.stays))

    _refused(twins, topology, refusal(topology, seed), drift.stays)

    other = topologies.mutate(topology, seed)
    twins.start_with_namespaces(other.processes - topology.processes)
    twins.run(other.calls(purge=True))
    changed = twins.same()
    assert not expected.complaints(other, changed)
    twins.nothing_left(other.calls(purge=True))

    twins.run(other.gone())
    twins.is_as(before, "everything was made, and taken away")

    # From nothing the other wish leads to the same.
    twins.run(other.calls())
    anew = twins.same()
    differences = list(twins.made.differences(_unsaid(other, anew, drift.stays), _unsaid(other, changed, drift.stays)))
    assert not differences, "made at once, it is otherwise (made at once: changed):\n" + "\n".join(differences)
    twins.run(other.gone("netns"))
    twins.is_as(before, "everything was made at once, and taken away")
    twins.sh(*topology.after)
    twins.clean = True


def test_every_kind_of_step_is_typed(twins):
    twins.seen = set()
    twins.start_with_namespaces(1)
    before = twins.same()
    for calls in (covering.MADE, covering.CHANGED):
        for call in calls:
            twins.run([call])
            twins.same()
    twins.start("sleep", "10000", netns="c1")
    for call in covering.GONE:
        twins.run([call])
        twins.same()
    twins.is_as(before, "everything was taken away")
    assert not covering.missing(twins.seen)
    twins.clean = True


def _mended(twins, topology, lines, wanted):
    """After ``lines`` check mode changes nothing, one run leads to ``wanted``, and the next finds nothing to do."""
    twins.sh(*lines)
    drifted = twins.same()
    twins.check(topology.calls(purge=True))
    twins.is_as(drifted, "check mode")
    twins.run(topology.calls(purge=True))
    differences = list(twins.made.differences(_in_no_order(wanted), _in_no_order(twins.same())))
    assert not differences, "not mended (before: now):\n" + "\n".join(differences)
    twins.nothing_left(topology.calls(purge=True))


def _refused(twins, topology, what, stays):
    """What is somebody else's now is left alone, until it is made right by hand."""
    if what is None:
        return
    lines, module, sentence, undone = what
    before = twins.same()
    twins.sh(*lines)
    wrong = twins.same()
    arguments = next(arguments for name, arguments in topology.calls() if name == module)
    twins.refuses(module, arguments, sentence)
    twins.is_as(wrong, "a run that was refused")
    twins.sh(*undone)
    twins.run(topology.calls(purge=True))
    differences = list(twins.made.differences(_unsaid(topology, before, stays), _unsaid(topology, twins.same(), stays)))
    assert not differences, "not mended (before: now):\n" + "\n".join(differences)


def _with(dump, stays):
    """``dump`` with what stays as somebody made it."""
    dump = copy.deepcopy(dump)
    for path, value in stays:
        place = dump
        for name in path[:-1]:
            place = place[name]
        assert path[-1] in place, path
        place[path[-1]] = value
    return dump


def _in_no_order(dump):
    """The rules of a chain of ours exclude each other: which comes first makes no difference."""
    dump = copy.deepcopy(dump)
    head, ours, tail = dump[""]["ruleset"].partition("table inet linuxnet {")
    inside, end, tail = tail.partition("\n}\n")
    chains = ["\n".join(sorted(chain.splitlines())) for chain in inside.split("\n\tchain ")]
    # Whose table was made first is no difference either.
    dump[""]["ruleset"] = sorted([head + tail, ours, end] + chains)
    for space in dump.values():
        for addresses in space["addresses"].values():
            for one in addresses:
                # Of the moment in which it was added, by whomever.
                one.pop("nodad", None)
        # A loopback that has once been up keeps its address.
        space["addresses"]["lo"] = [one for one in space["addresses"]["lo"] if one["scope"] != "host"]
        space["links"]["lo"].pop("qdisc")
    return dump


def _unsaid(topology, dump, stays):
    """``dump`` without what nobody said: MACs are those of what was there first, and somebody else's doing stays."""
    dump = _in_no_order(dump)
    for path, _value in stays:
        place = dump
        for name in path[:-1]:
            place = place.get(name, {})
        place.pop(path[-1], None)
    named = [(netns, name, options) for netns, name, options, _pair, _near in topology.ends()]
    named += [("", one["name"], one) for one in topology.bridges + topology.vxlans]
    for netns, name, options in named:
        if "mac" not in options:
            dump[netns]["links"][name].pop("address", None)
    return dump
