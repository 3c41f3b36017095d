# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes and checkpoints that no run of ours wrote: never a traceback, never a name that leads elsewhere."""

from __future__ import annotations

import copy
import json
import os
import re

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _shapes, _store
from ansible_collections.linuxnet.container.plugins.module_utils._going_back import GoingBack
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import sysctls
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NOTES = {
    "sysctl": {
        "net.ipv4.ip_forward": {"value": "0", "devices": ["eth0", "a{b"], "chains": ["ip filter \x1b FORWARD"], "accept_ra": {"eth0": "1"}},
        "net.ipv6.conf.all.forwarding": {"value": "0", "devices": [], "chains": [], "accept_ra": {}},
    },
    "adopted": {"web": {"inode": 4026531840, "networks": ["red"]}},
    "localnet": {"br-red": {"value": "0", "network": "red"}},
}
STATE = parse_state(
    [
        {"netns": "web", "of": ["blue"], "inode": 7},
        {"link": "br-blue", "kind": "bridge", "of": ["blue"], "addresses": ["10.1.0.1/24"]},
        {"link": "v-web", "kind": "veth", "of": ["blue"], "peer": "web/eth0", "master": "br-blue", "port": {"hairpin": True}},
        {"link": "web/eth0", "kind": "veth", "peer": "v-web", "addresses": ["10.1.0.2/24", "fd00::2/64"],
         "routes": ["default via 10.1.0.1", "fd01::/64 via fd00::1", "10.9.0.0/16 metric 7 src 10.1.0.2"]},
        {"link": "vx", "kind": "vxlan", "of": [], "options": {"vni": 7, "local": "2001:db8::1", "group": "ff02::1", "dev": "eth0"},
         "fdb": ["00:00:00:00:00:00 2001:db8::2", "02:00:00:00:00:01 2001:db8::2 port 9 vni 8"]},
        {"sysctl": "net.ipv4.ip_forward", "value": "1"},
        {"sysctl": "net/ipv4/conf/a{b/forwarding", "value": "1"},
        {"sysctl": "net.ipv4.nonsense", "netns": "web", "value": None},
        {"record": "sysctl", "name": "net.ipv4.ip_forward", "value": NOTES["sysctl"]["net.ipv4.ip_forward"]},
        {"record": "adopted", "name": "web", "value": NOTES["adopted"]["web"]},
        {"nft": [{"name": "blue", "sources": ["10.1.0.0/20", "fd00:1::/64"], "bridge": "br-blue", "exclude": ["10.0.0.0/8"]}]},
        {"rule": "forward", "comment": "", "text": "snat"},
        {"iptables": "-A FORWARD -s 10.1.0.0/24 -o eth0 -m comment --comment linuxnet.container:blue -j ACCEPT"},
        {"firewalld": ["br-blue", "10.3.0.0/24"], "of": ["blue"], "runtime": []},
        {"policy": "vx", "of": "blue", "peers": ["192.0.2.12 4789", "2001:db8::12 4789"], "runtime": []},
    ]
)  # fmt: skip
CHECKPOINT = {"networks": ["blue"], "objects": _store.dump(STATE)}

#: Valid JSON that is put in the place of anything.
WORDS = [
    None, True, 5, -1, 1.5, 2**70, "", "x", "..", ".", "../../kernel/hostname", "a/b", "a\0b", "a\nb", "x" * 300, "\ud800", "net.ipv4.//.x", "kernel.hostname",
    [], [1], {}, {"Mac": "02"}, {"Mac": 5}, {"tuple": []}, {"tuple": {}}, {"dict": {}}, {"dict": []}, {"Link": {}}, {"Link": []}, {"Nobody": {}}, {"IPv4Address": "x"},
    {"IPv4Address": 5}, {"IPv4Interface": "10.1.0.1/24"}, {"a": 1, "b": 2}, {"Netns": {"name": "..", "inode": 1, "source": None}},
]  # fmt: skip


def test_what_was_written_is_taken():
    _shapes.check_records(json.loads(json.dumps(NOTES)))
    _shapes.check_records({})
    _shapes.check_checkpoint(json.loads(json.dumps(CHECKPOINT)))


def _places(value, place=()):
    yield place
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _places(value[key], (*place, key))


def _changed(value, place, word, how):
    changed = copy.deepcopy(value)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    if how == "gone":
        del inner[place[-1]]
    elif how == "renamed" and isinstance(inner, dict):
        inner[str(word)] = inner.pop(place[-1])
    else:
        inner[place[-1]] = word
    return changed


def _may_be(text):
    """Whether ``text`` can be one name in a path."""
    return text not in (".", "..") and not re.search(r"[/\0\s]", text)


def _leads_inside(path):
    """Whether what the kernel's side makes of a sysctl's path stays below /proc/sys/net."""
    return os.path.normpath(sysctls._file(path)) == sysctls._file(path) and sysctls._file(path).startswith("/proc/sys/net/")


@pytest.mark.parametrize("path", ["net.ipv4.//.x", "net.//.x.y", "net/../kernel/x", "net/ipv4/./x", "net.ipv4..x", "net/ipv4//x", "/net/ipv4/x", "kernel.panic", "net.ipv4.x\0", "net", "net.x"])
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValueError):
        _shapes.check_checkpoint({"networks": [], "objects": [{"Sysctl": {"netns": "", "path": path, "value": "1"}}]})


def _taken_is_harmless(kept):
    """What was let through can be planned back to, and no name in it leads anywhere else."""
    state = _store.load(kept["objects"])
    for item in state.values():
        for name in ("netns", "name", "dev", "master"):
            text = getattr(item, name, None)
            if isinstance(text, str) and text and item.key[0] in ("netns", "link", "address", "route", "fdb"):
                assert _may_be(text), (item, name)
        if item.key[0] == "sysctl":
            assert _leads_inside(item.path), item
    now = STATE if len(state) % 2 else parse_state([])
    plan(now, GoingBack(state, now, kept["networks"]).target({}))


@pytest.mark.parametrize("how", ["another", "gone", "renamed"])
@pytest.mark.parametrize("kept", [NOTES, CHECKPOINT], ids=["notes", "checkpoint"])
def test_anything_in_the_place_of_anything(kept, how):
    check = _shapes.check_records if kept is NOTES else _shapes.check_checkpoint
    refused = taken = 0
    for number, place in enumerate(list(_places(kept))[1:]):
        # Of a checkpoint's many places each has its share of the words.
        words = WORDS if kept is NOTES else WORDS[number % 5 :: 5]
        for word in words if how != "gone" else WORDS[:1]:
            changed = _changed(kept, place, word, how)
            try:
                check(changed)
            except ValueError as error:
                refused += 1
                assert "\n" not in str(error) and len(str(error)) < 400, (place, word)
            except Exception as error:
                raise AssertionError("%s of %r in %r" % (how, word, place)) from error
            else:
                taken += 1
                if kept is CHECKPOINT:
                    _taken_is_harmless(changed)
    # Most of it can be told from what a run wrote.
    assert refused >= taken, (refused, taken)


@pytest.mark.parametrize("word", [word for word in WORDS if word != {}], ids=ascii)
def test_anything_in_the_place_of_it_all(word):
    for check in (_shapes.check_records, _shapes.check_checkpoint):
        with pytest.raises(ValueError):
            check(word)


@pytest.mark.parametrize(
    "subject, name, value",
    [
        ("sysctl", "../kernel/hostname", NOTES["sysctl"]["net.ipv6.conf.all.forwarding"]),
        ("sysctl", "net.ipv4.ip_forward", dict(NOTES["sysctl"]["net.ipv4.ip_forward"], devices=["../../../kernel"])),
        ("sysctl", "net.ipv4.ip_forward", dict(NOTES["sysctl"]["net.ipv4.ip_forward"], accept_ra={"../all": "1"})),
        ("sysctl", "net.ipv4.ip_forward", dict(NOTES["sysctl"]["net.ipv4.ip_forward"], value="1\n0")),
        ("adopted", "../x", NOTES["adopted"]["web"]),
        ("adopted", "web", {"inode": "7", "networks": []}),
        ("adopted", "web", {"inode": 7, "networks": ["a/b"]}),
        ("adopted", "web", {"inode": 7, "networks": [], "engine": "lxc"}),
        ("nobody", "web", 1),
    ],
)
def test_a_note_that_leads_elsewhere_is_refused(subject, name, value):
    with pytest.raises(ValueError):
        _shapes.check_records({subject: {name: value}})


@settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_several_things_changed_at_once(data):
    changed = CHECKPOINT
    for _round in range(data.draw(st.integers(2, 4))):
        place = data.draw(st.sampled_from(list(_places(changed))[1:]))
        changed = _changed(changed, place, data.draw(st.sampled_from(WORDS)), data.draw(st.sampled_from(["another", "gone"])))
    try:
        _shapes.check_checkpoint(changed)
    except ValueError:
        return
    _taken_is_harmless(changed)
