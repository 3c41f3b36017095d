# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as a whole, on a model of the kernel: all or nothing, verified, one at a time; and checkpoints."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.linuxnet.container.plugins.module_utils import _engine
from ansible_collections.linuxnet.container.plugins.module_utils._doors import bridge, checkpoint, netns, veth
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import run_folder
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem
from ansible_collections.linuxnet.container.plugins.module_utils._sought import Found
from ansible_collections.linuxnet.container.plugins.module_utils._state import State
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import Model
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import observed, parse_state

BEFORE = [
    {"netns": "web", "of": ["blue"]},
    {"link": "br-blue", "kind": "bridge", "of": ["blue"], "addresses": ["10.1.0.1/24"]},
    {"link": "eth0", "addresses": ["192.0.2.1/24"]},
]
PAIR = {
    "name": "v-web", "bridge": "br-blue", "network": "blue",
    "peer": {"name": "eth0", "netns": "web", "addresses": ["10.1.0.2/24"], "gateway": ["10.1.0.1"]},
}  # fmt: skip


class Host:
    """A host whose kernel is the model. ``refuse``: the beginning of the line that it refuses, ``times`` how often;
    ``forget``: a kind of object that it takes and does not keep; ``meanwhile``: what somebody else makes."""

    def __init__(self, elements):
        self.state = parse_state(elements)
        self.refuse, self.times, self.error = None, 1, None
        self.forget, self.meanwhile = None, ()
        self.applied = []

    def read(self, reach):
        return observed(self.state.copy())

    def apply(self, steps, confirm=None):
        for step in steps:
            if self.refuse and self.refuse in step.line and self.times:
                self.times -= 1
                raise self.error or _engine.applying.Failure(step, 17, "it is there.")
            self.applied.append(step.line)
            self.state = Model(self.state).apply([step]).state
            for item in self.state.values() if self.forget else ():
                if item.key[0] == self.forget:
                    self.state.drop(item.key)
                    break
            for item in parse_state(self.meanwhile).values():
                self.state.put(item)
        return confirm and confirm()

    def run(self, door, check=False, **task):
        validated = ArgumentSpecValidator(door.ARGUMENTS).validate(task)
        assert validated.error_messages == []
        wish = door.Wish(validated.validated_parameters)
        if hasattr(wish, "run"):
            return wish.run(check, 0)
        return _engine.run(wish, check, 0)


@pytest.fixture
def host(monkeypatch, tmp_path):
    host = Host(BEFORE)
    monkeypatch.setattr(_engine, "read", host.read)
    monkeypatch.setattr(checkpoint, "read", host.read)
    monkeypatch.setattr(checkpoint, "require_pyroute2", lambda: None)
    monkeypatch.setattr(_engine.applying, "require_pyroute2", lambda: None)
    monkeypatch.setattr(_engine.applying, "apply", host.apply)
    monkeypatch.setattr(_engine, "require_privileges", lambda: None)
    monkeypatch.setattr(run_folder, "PATH", str(tmp_path / "run"))
    return host


def same(state, other):
    """Whether two states are the same, inodes and made-up numbers apart."""
    return sorted(map(str, state)) == sorted(map(str, other)) and plan(state, other) == plan(other, state) == []


def test_a_run_does_what_it_says_and_nothing_the_second_time(host):
    said = host.run(veth, check=True, **PAIR).commands
    assert host.applied == [] and same(host.state, parse_state(BEFORE))
    outcome = host.run(veth, **PAIR)
    assert outcome.commands == said == host.applied
    assert outcome.diff == {"prepared": "\n".join(said) + "\n"}
    assert host.run(veth, **PAIR).commands == [] and host.applied == said


def test_every_step_may_fail_and_leaves_the_host_as_it_was(host):
    lines = host.run(veth, check=True, **PAIR).commands
    for line in lines:
        host.refuse, host.times = line, 1
        with pytest.raises(Problem) as problem:
            host.run(veth, **PAIR)
        assert same(host.state, parse_state(BEFORE)), line
        assert str(problem.value) == (
            "The kernel refused '%s': it is there (something with this name or number is there already; "
            "it is not ours to change). Everything is as it was before." % line
        )


@pytest.mark.parametrize("refused", ["", "ip netns attach"])
def test_whose_a_namespace_is_is_asked_once_and_before_the_lock(host, monkeypatch, refused):
    """However often what there is is read: for verifying, and for going back."""
    order = []

    def find(sought):
        order.append("find")
        return {one: Found(4026539999, 71, "docker") for one in sought}

    def read(reach):
        order.append("read")
        return host.read(reach)

    @contextlib.contextmanager
    def lock(patience):
        order.append("lock")
        yield

    monkeypatch.setattr(_engine, "find", find)
    monkeypatch.setattr(_engine, "read", read)
    monkeypatch.setattr(run_folder, "lock", lock)
    host.refuse = refused
    task = {"namespaces": [{"name": "box", "container": "shop"}]}
    if refused:
        with pytest.raises(Problem):
            host.run(netns, **task)
    else:
        assert host.run(netns, **task).commands[-1] == "ip netns attach box 71"
    assert order[:3] == ["find", "lock", "read"] and order.count("find") == 1 and order.count("read") > 1
    order.clear()
    host.run(netns, check=True, **task)
    assert order == ["find", "read"]


def test_what_the_kernel_did_not_keep_is_no_success(host):
    host.forget = "route"
    with pytest.raises(Problem) as problem:
        host.run(veth, **PAIR)
    assert str(problem.value) == (
        "The kernel did not keep what it was given: ip -n web route add default via 10.1.0.1 dev eth0 proto static. "
        "Everything is as it was before."
    )
    assert same(host.state, parse_state(BEFORE))


def test_what_somebody_else_makes_meanwhile_is_neither_an_error_nor_taken_away(host):
    host.meanwhile = [{"link": "docker0", "kind": "bridge", "addresses": ["172.17.0.1/16"]}]
    host.run(veth, **PAIR)
    host.refuse, host.times = "mtu 1400", 1
    with pytest.raises(Problem):
        host.run(veth, **dict(PAIR, mtu=1400))
    assert host.state.link("", "docker0") is not None


def test_going_back_may_fail_too_and_says_what_is_left(host):
    # The old address goes before the new one is refused, and cannot come back.
    host.refuse, host.times = "address add", 3
    with pytest.raises(Problem) as problem:
        host.run(bridge, name="br-blue", addresses=["10.6.0.1/24"])
    assert str(problem.value) == (
        "The kernel refused 'ip address add 10.6.0.1/24 dev br-blue broadcast 10.6.0.255': it is there (something with this "
        "name or number is there already; it is not ours to change). Going back failed too: "
        "The kernel refused 'ip address add 10.1.0.1/24 dev br-blue broadcast 10.1.0.255': it is there (something with this "
        "name or number is there already; it is not ours to change). "
        "What is left to do by hand: ip address add 10.1.0.1/24 dev br-blue broadcast 10.1.0.255"
    )


def test_going_back_is_tried_twice(host):
    host.refuse, host.times = "address add", 2
    with pytest.raises(Problem) as problem:
        host.run(bridge, name="br-blue", addresses=["10.6.0.1/24"])
    assert str(problem.value).endswith(" Everything is as it was before.")
    assert same(host.state, parse_state(BEFORE))


def test_what_nobody_thought_of_is_shown_as_it_is_and_the_host_put_back(host):
    host.refuse, host.error = "route add", ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        host.run(veth, **PAIR)
    assert same(host.state, parse_state(BEFORE))


def test_namespaces_and_processes_go_after_everything_else(host):
    host.run(veth, **PAIR)
    host.applied.clear()
    host.run(netns, name=["web"], state="absent")
    assert host.applied == ["ip link delete dev v-web", "ip netns delete web"]


def test_a_run_waits_for_another_with_a_limit_and_looking_waits_for_nobody(host):
    with run_folder.lock(0):
        with pytest.raises(Problem) as problem:
            host.run(veth, **PAIR)
        assert problem.value.option == "lock_timeout" and host.applied == []
        assert host.run(veth, check=True, **PAIR).commands
        assert _engine.look(_engine.Reach()).state.link("", "br-blue")


def test_without_privileges_one_sentence_says_what_to_do(monkeypatch, tmp_path):
    import builtins

    status = tmp_path / "status"
    status.write_text("Name:\tpython\nCapEff:\t0000000000001000\n")  # CAP_NET_ADMIN alone
    opened = builtins.open
    monkeypatch.setattr(builtins, "open", lambda path, *rest, **more: opened(status if path == "/proc/self/status" else path, *rest, **more))
    with pytest.raises(Problem) as problem:
        _engine.require_privileges()
    assert "may not change the network (CAP_NET_ADMIN and CAP_SYS_ADMIN are missing): run the task with become: true." in str(problem.value)
    status.write_text("CapEff:\t0000000000201000\n")
    _engine.require_privileges()


@pytest.mark.parametrize(
    "number, remedy",
    [(1, "run the task with become: true"), (54, "a bridge takes at most 1023 ports: use a second bridge"), (22, None)],
)
def test_what_the_kernel_says_comes_with_a_remedy_where_there_is_one(number, remedy):
    step = plan(State(), parse_state([{"link": "br0", "kind": "bridge", "of": []}]))[0]
    told = _engine._told(_engine.applying.Failure(step, number, "Said so."))
    assert told == "The kernel refused '%s': Said so%s." % (step.line, " (%s)" % remedy if remedy else "")


def test_what_is_assumed_stands_in_the_diff():
    made = parse_state([{"netns": "web", "of": []}, {"link": "web/eth0", "kind": "veth", "of": []}, {"link": "up0"}])
    step = plan(State(), parse_state([{"link": "br0", "kind": "bridge", "of": []}]))[0]
    outcome = _engine.Outcome([step], assumed=[made["netns", "", "web"], made.link("web", "eth0"), made.link("", "up0")])
    assert outcome.diff["prepared"].splitlines() == [
        "# taken as given, an earlier task makes it: namespace web",
        "# taken as given, an earlier task makes it: veth eth0 in web",
        "# taken as given, an earlier task makes it: link up0",
        step.line,
    ]
    assert dataclasses.replace(outcome, steps=[]).diff == {}


# Checkpoints


def test_what_several_tasks_did_is_put_back(host):
    assert host.run(checkpoint, name="role", networks=["blue"]).commands == []
    host.run(bridge, name="br-blue", addresses=["10.9.0.1/24"], mtu=1400)
    host.run(veth, **dict(PAIR, peer={"name": "eth0", "netns": "web"}))
    host.run(netns, name=["new"], network=["blue"])
    said = host.run(checkpoint, check=True, name="role", state="restored").commands
    host.applied.clear()
    assert host.run(checkpoint, name="role", state="restored").commands == said == host.applied
    assert same(host.state, parse_state(BEFORE))
    assert host.run(checkpoint, name="role", state="restored").commands == []
    host.run(checkpoint, name="role", state="dropped")
    with pytest.raises(Problem) as problem:
        host.run(checkpoint, name="role", state="restored")
    assert str(problem.value) == "name: there is no checkpoint 'role': it was never taken, or has been dropped."


def test_a_namespace_that_was_removed_comes_back_with_what_was_in_it(host):
    host.run(veth, **PAIR)
    there = host.state.copy()
    host.run(checkpoint, name="role", networks=["blue"])
    host.run(netns, name=["web"], state="absent")
    host.run(checkpoint, name="role", state="restored")
    assert same(host.state, there)


def test_a_dry_run_takes_and_drops_nothing(host):
    host.run(checkpoint, check=True, name="role", networks=["blue"])
    assert run_folder.load_checkpoint("role") is None
    assert host.run(checkpoint, check=True, name="role", state="restored").commands == []
    host.run(checkpoint, name="role", networks=["blue"])
    host.run(checkpoint, check=True, name="role", state="dropped")
    assert run_folder.load_checkpoint("role") is not None


def test_a_checkpoint_is_of_networks(host):
    with pytest.raises(Problem) as problem:
        host.run(checkpoint, name="role")
    assert str(problem.value) == "networks: say which networks' objects the checkpoint is to keep."


def test_checkpoints_without_a_name_do_not_replace_each_other(host):
    names = []
    for _run in range(2):
        validated = ArgumentSpecValidator(checkpoint.ARGUMENTS).validate({"networks": ["blue"]}).validated_parameters
        wish = checkpoint.Wish(validated)
        names.append(wish.result(wish.run(False, 0))["name"])
    with run_folder.lock(0):
        assert len(set(names)) == 2 and run_folder.checkpoints() == sorted(names)


def test_checkpoints_of_networks_that_are_taken_away_go_and_others_stay(host):
    host.run(checkpoint, name="a", networks=["blue"])
    host.run(checkpoint, name="b", networks=["blue", "red"])
    host.run(checkpoint, name="c", networks=["green"])
    host.run(checkpoint, state="dropped", networks=["blue", "old"])
    with run_folder.lock(0):
        assert run_folder.checkpoints() == ["b", "c"]
