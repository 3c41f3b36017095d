# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in a role's variables that it does not take: one sentence that names the option and the object, before any task.

Either the role's argument specification refuses, by the validator that Ansible itself uses, or the filter that plans.
"""

from __future__ import annotations

import copy
import pathlib
import re

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.linuxnet.container.plugins.filter import (
    container_mac,
    overlay_fdb,
    overlay_members,
    overlay_nodes,
    overlay_plan,
    short_ifname,
    single_host_plan,
)
from ansible_collections.linuxnet.container.plugins.module_utils._values import shown
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.roles import KINDS, OTHER, SETS, VARIABLES
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.spoil import complaint, kind_of, places, spoilt, with_word
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.words import ADDRESSES, NUMBERS, OBJECTS, TEXTS, more_wrong, wrong

ROLES = sorted(VARIABLES)
FOLDER = pathlib.Path(single_host_plan.__file__).resolve().parents[2] / "roles"
SPECS = {
    role: yaml.safe_load((FOLDER / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"] for role in ROLES
}  # fmt: skip


def refused(role, variables):
    """("specification" or "filter", the sentence) by which the role refuses its ``variables``; None when it takes them."""
    try:
        errors = ArgumentSpecValidator(SPECS[role]).validate(copy.deepcopy(variables)).error_messages
    except OverflowError:
        return "specification", ""  # by Ansible, of a number without end, in words of its own
    if errors:
        return "specification", "; ".join(errors)
    full = {name: spec.get("default") for name, spec in SPECS[role].items()}
    full.update(variables)
    problem = {"single_host_bridge": _single_host, "vxlan_overlay": _overlay}[role](full)
    return ("filter", problem) if problem else None


def _single_host(full):
    plan = single_host_plan.single_host_plan(
        full["single_host_bridge_networks"], state=full["single_host_bridge_state"], purge=full["single_host_bridge_purge_networks"], strict=False
    )
    return plan["problem"]


def _overlay(full):
    # As in the role's tasks and variables.
    nodes = full["vxlan_overlay_nodes"] or overlay_nodes.overlay_nodes(["m1", "m2"], {"m1": full, "m2": OTHER})
    members = overlay_members.overlay_members(full["vxlan_overlay_overlays"], nodes, strict=False)
    node = {name: full["vxlan_overlay_" + name] for name in ("underlay_address", "underlay_mtu", "underlay_device", "endpoints")}
    own = full["vxlan_overlay_nodes"].get("m1")
    node.update(own if isinstance(own, dict) else {})
    if full["vxlan_overlay_state"] == "absent":
        node["state"] = "absent"
    return overlay_plan.overlay_plan(members, "m1", node, purge=full["vxlan_overlay_purge_networks"], strict=False)["problem"]


def wrong_with(role, variables, path):
    """What is wrong with how the role took ``variables``, which it must refuse for what stands at ``path``; None when nothing is."""
    try:
        result = refused(role, variables)
    except Exception as error:
        return "a traceback: %r" % error
    if result is None:
        return "it was taken"
    by, said = result
    if by == "specification":
        return None if not said or _words(path)[0] in said else "it does not name the option: " + said
    if not _named(_words(path)[0], said) and "the list has it twice" not in said:
        return "it does not name the option: " + said
    objects = _objects(path)
    if objects and not any(one in said for one in objects):
        return "it does not name the object: " + said
    trouble = complaint(said)
    return trouble and "%s: %r" % (trouble, said[:200])


def _named(word, said):
    """Whether a sentence speaks of the option ``word``: by itself, of one of a list's ("container 2"), or in plain English."""
    return any(one in said for one in (word, word.rstrip("s") + " ", word.replace("_", " "), shown(word)[1:-1]))


def _words(path):
    """The names along a path, the last first, without what stands for a list's place."""
    names = [name for name in re.sub(r"\[\d+\]", "", path).split(".") if name]
    return [re.sub("^(single_host_bridge|vxlan_overlay)_(?=underlay|endpoints)", "", name).strip() for name in reversed(names)]


def _objects(path):
    """Words for the innermost object that holds the option at ``path``: its name, or its place where that is what is wrong."""
    place = re.findall(r"(bridge_networks|overlay_overlays|containers)\[(\d+)\]", path)
    if not place:
        return []
    kind, number = place[-1]
    word = kind.rpartition("_")[2][:-1]
    known = {"bridge_networks": ["blue", "green", "gone"], "overlay_overlays": ["red", "gone"], "containers": ["web", "db", "a", "b", "c"]}[kind]
    position = int(number)
    return ["%s %d" % (word, position + 1), "the list has it twice"] + ["'%s'" % name for name in known[position : position + 1] or known]


def cases(role):
    for variables in VARIABLES[role]:
        yield from spoilt(variables, KINDS[role], wrong, sets=SETS)


@pytest.mark.parametrize("role", ROLES)
def test_what_the_cases_are_made_from_is_taken(role):
    for variables in VARIABLES[role]:
        assert refused(role, variables) is None


@pytest.mark.parametrize("role", ROLES)
def test_one_thing_wrong(role):
    failures, count = [], 0
    for case in cases(role):
        count += 1
        trouble = wrong_with(role, case.given, case.path)
        if trouble:
            failures.append("%s = %s: %s" % (case.path, _written(case.value), trouble))
    assert not failures, "%d of %d:\n%s" % (len(failures), count, "\n".join(failures[:40]))


def _written(value):
    return "a number of %d bits" % value.bit_length() if isinstance(value, int) and value.bit_length() > 999 else "%.100r" % (value,)


@pytest.mark.parametrize("role", ROLES)
def test_one_thing_wrong_that_nobody_wrote_down(role):
    targets = []
    for variables in VARIABLES[role]:
        for path, place, _value in places(variables, KINDS[role]):
            strategy = more_wrong(kind_of(path, KINDS[role]))
            if strategy is not None:
                targets.append((variables, path, place, strategy))

    @settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(data):
        variables, path, place, strategy = data.draw(st.sampled_from(targets))
        word = data.draw(strategy)
        trouble = wrong_with(role, with_word(variables, place, word), path)
        assert trouble is None, "%s %s = %r: %s" % (role, path, word, trouble)

    one()


FILTERS = {
    "single_host_plan": (single_host_plan.single_host_plan, [[]], {"state": "present", "beside": {}, "purge": []}),
    "overlay_members": (overlay_members.overlay_members, [[], {}], {}),
    "overlay_nodes": (overlay_nodes.overlay_nodes, [["m1"], {"m1": {}}], {}),
    "overlay_plan": (overlay_plan.overlay_plan, [{"problem": "", "overlays": {}}, "m1", {}], {"beside": [], "purge": []}),
    "overlay_fdb": (overlay_fdb.overlay_fdb, [{"problem": "", "overlays": {}}, "m1"], {"state": "present"}),
    "short_ifname": (short_ifname.short_ifname, ["a-name-that-is-long"], {"prefix": "v-"}),
    "container_mac": (container_mac.container_mac, ["10.1.0.2", "red"], {}),
}  # fmt: skip
#: Of two parts and a hash a good name can be made even when one of them alone is none.
_PARTS = [one for one in TEXTS if one not in ("", ".", "..", "-x", "--help", "x" * 300)]
_NOTHING = [5, 1.5, True, b"bytes", object]
#: What each argument of a filter does not take, and the word that must be named.
_ARGUMENTS = [
    ("single_host_plan", 0, "single_host_bridge_networks", [*_NOTHING, "x", {"a": 1}, [5], ["x"], [None], [[]]]),
    ("single_host_plan", "state", "state", [*_NOTHING, "", "gone", "PRESENT", "absent\n", [], {}]),
    ("single_host_plan", "beside", "beside", [*_NOTHING, "x", [1], {"nodes": 1}]),
    ("single_host_plan", "purge", "purge", [*_NOTHING, "x", {"a": 1}, [5], [None], *([one] for one in TEXTS)]),
    ("overlay_members", 0, "vxlan_overlay_overlays", [*_NOTHING, "x", {"a": 1}, [5], ["x"], [None], [[]]]),
    ("overlay_members", 1, "nodes", [*_NOTHING, "x", [1], None]),
    ("overlay_nodes", 0, "hosts", [*_NOTHING, "m1", {"m1": 1}, [5], [None], [[]], [{}], ["m2"], *([one] for one in TEXTS)]),
    ("overlay_nodes", 1, "hostvars", [*_NOTHING, "m1", ["m1"], {"m1": 5}, {"m1": None}]),
    ("overlay_plan", 0, "members", [*_NOTHING, "x", [], {}, None, {"overlays": 5}, {"problem": ""}]),
    ("overlay_plan", 2, "variables", [*_NOTHING, "x", [1], {"a": 1}]),
    ("overlay_plan", "purge", "purge", [*_NOTHING, "x", {"a": 1}, [5], [None], *([one] for one in TEXTS)]),
    ("overlay_fdb", 0, "members", [*_NOTHING, "x", [], {}, None, {"overlays": 5}, {"problem": ""}]),
    ("overlay_fdb", "state", "state", [*_NOTHING, "", "gone", [], {}]),
    ("short_ifname", 0, "name", [*_NOTHING, *_PARTS, "", *OBJECTS, None]),
    ("short_ifname", "prefix", "prefix", [*_NOTHING, *_PARTS, *OBJECTS, None]),
    ("container_mac", 0, "address", [*_NOTHING, *TEXTS, *ADDRESSES, *OBJECTS, *NUMBERS, None]),
    ("container_mac", 1, "network", [*_NOTHING, *TEXTS, *OBJECTS, *NUMBERS, None]),
]  # fmt: skip
FILTER_CASES = [(name, argument, word, value) for name, argument, word, values in _ARGUMENTS for value in values]


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_that_is_called_by_itself(name):
    function, positional, named = FILTERS[name]
    function(*positional, **named)
    failures = []
    for argument, word, value in (case[1:] for case in FILTER_CASES if case[0] == name):
        arguments, options = list(positional), dict(named)
        (options if isinstance(argument, str) else arguments)[argument] = value
        try:
            trouble = "it was taken: %r" % (function(*arguments, **options),)
        except AnsibleFilterError as error:
            said = str(error)
            trouble = complaint(said) or (None if word in said else "it does not name the argument: " + said)
        except Exception as error:
            trouble = "a traceback: %r" % error
        if trouble:
            failures.append("%s of %s = %s: %s" % (argument, name, _written(value), trouble))
    assert not failures, "\n".join(failures)
