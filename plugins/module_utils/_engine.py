# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run: read, merge, plan, apply, verify; and back to what was found when something fails."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

from ._along import settle
from ._kernel import apply as applying
from ._kernel import limits, run_folder
from ._kernel.finding import find
from ._kernel.read import read
from ._merge import Merging
from ._plan import plan
from ._problem import Problem
from ._reach import Reach
from ._state import HOST, State
from ._steps import NAMING

#: Kinds of object that stand in other owners' firewalls.
_IN_OTHERS = ("iptables_rule", "firewalld_zone", "firewalld_policy")

_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21

#: Seconds that a run waits for another one on the same host to end.
LOCK_TIMEOUT = 60


@dataclass
class Outcome:
    """What a run did, or would do: the ``steps``, the ``state`` as it now is (or would be), and ``warnings``."""

    steps: list = field(default_factory=list)
    state: State = field(default_factory=State)
    facts: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)
    assumed: list = field(default_factory=list)

    @property
    def commands(self) -> list:
        """The steps as an admin would type them."""
        return [step.line for step in self.steps]

    @property
    def diff(self) -> dict:
        """What ``--diff`` shows."""
        # A namespace's loopback is taken as given along with it.
        assumed = [item for item in self.assumed if item.key[0] != "link" or item.name != "lo"]
        lines = ["# taken as given, an earlier task makes it: %s" % _spoken(item) for item in assumed]
        lines += self.commands
        return {"prepared": "\n".join(lines) + "\n"} if self.steps else {}


def run(wish: Any, check: bool, lock_timeout: float = LOCK_TIMEOUT) -> Outcome:
    """Carry out ``wish``, or say what that would be.

    A wish has ``reach()``, what to read, and ``merge(merging)``, which lays it over what was read. All or nothing:
    whatever fails, the host is put back as it was found, and the Problem says so.
    """
    require_privileges()
    # Before it is this run's turn: others need not wait along for a container. And once: the same answer for all that follows.
    found = find(wish.reach().sought)
    if check:
        return _merged(wish, True, found=found)[0]
    with run_folder.lock(lock_timeout):
        outcome, before = _merged(wish, False, found=found)
        if outcome.steps:
            outcome.state = restore(outcome.steps, wish.reach(), before, outcome.state)
        return outcome


def look(reach: Reach):
    """What there is within ``reach`` (Observed); nothing is changed and nobody is kept waiting."""
    require_privileges()
    return read(reach)


def require_privileges() -> None:
    """Problem when this process may not change networks, or not open the files that it takes."""
    limits.make_room()
    with open("/proc/self/status", encoding="utf-8") as status:
        words = [line.split()[1] for line in status if line.startswith("CapEff:")]
    effective = int(words[0], 16) if words else 0
    if not (effective >> _CAP_NET_ADMIN & 1 and effective >> _CAP_SYS_ADMIN & 1):
        raise Problem(
            "", "user %d may not change the network (CAP_NET_ADMIN and CAP_SYS_ADMIN are missing): run the task with become: true." % os.geteuid()
        )


def _merged(wish, check: bool, **facts):
    """(the Outcome as it would be, the state as it is). ``facts``: what is known beside what is read."""
    observed = read(wish.reach())
    observed.facts.update(facts)
    merging = Merging(observed, check)
    wish.merge(merging)
    settle(merging.target, merging.now)
    before = observed.state
    if merging.assumed:
        before = before.copy()
        for item in merging.assumed:
            before.put(item)
    steps = plan(before, merging.target)
    if merging.steps:
        steps = sorted(steps + merging.steps, key=lambda step: step.sort_key)
    if steps:
        applying.require_pyroute2()
    return Outcome(steps, merging.target, observed.facts, merging.warnings, merging.assumed), before


def restore(steps, reach, before, target) -> State:
    """Apply ``steps``, which lead from ``before`` to ``target``; when that fails, go back and raise Problem.

    Returns ``target`` as it has become, with what the kernel chose where nobody said.
    """
    limits.make_room(steps)
    try:
        return _became(target, applying.apply(steps, lambda: _verify(steps, reach, before, target)))
    except applying.Failure as failure:
        told = _told(failure)
    except _NotKept as failure:
        told = str(failure)
    except Problem as problem:
        told = str(problem)
    except BaseException:
        # Nobody thought of this one: it is shown as it is, but the host is put back all the same.
        _go_back(reach, before, target)
        raise
    raise Problem("", "%s %s" % (told, _after(steps, _go_back(reach, before, target))))


def _after(steps, failed: str) -> str:
    """How the host is after going back; ``failed``: what went wrong with that."""
    ended = ", ".join(applying.ended(steps))
    if failed:
        return failed + (" These processes have been ended: %s." % ended if ended else "")
    return "Everything is as it was before%s." % (", but these processes have been ended: " + ended if ended else "")


class _NotKept(Exception):
    pass


def _verify(steps, reach, before, target) -> State:
    """Read again what was touched: the plan to the target must be empty. Returns what was read."""
    touched = {HOST} | {step.netns for step in steps}
    touched |= {step.do[1] for step in steps if step.do[0] in NAMING}
    for step in steps:
        if step.do[0] == "link_add" and step.do[2] is not None:
            touched.add(step.do[2].netns)
    narrow = _reach_of(reach, before, target)
    narrow.spaces = narrow.spaces & touched
    # What has neither addresses nor routes to speak of need not be asked for them.
    narrow.bare = narrow.spaces - {key[1] for state in (before, target) for key in state if key[0] in ("address", "route")}
    narrow.sysctls = {(netns, path) for netns, path in narrow.sysctls if netns in touched}
    narrow.links = {(netns, name) for netns, name in narrow.links if netns in touched}
    narrow.marked_spaces, narrow.processes, narrow.sought, narrow.listening = set(), set(), set(), set()
    narrow.processes_of_marked = narrow.peers = False
    # What others' chains do is no state of ours; what of ours is in them is.
    narrow.others_firewall = any(key[0] in _IN_OTHERS for state in (before, target) for key in state)
    wanted = State(_as_read(item, before, touched) for key, item in target.items() if _touched(key, touched))
    # What was not read again because nothing was done to it is no difference.
    now = State(item for key, item in _now(narrow, before, target).items() if _touched(key, touched))
    left = plan(now, wanted)
    if left:
        raise _NotKept("The kernel did not keep what it was given: %s." % "; ".join(step.line for step in left[:3]))
    return now


def _became(target, now) -> State:
    became = target.copy()
    for key, item in now.items():
        if key in target:
            # A narrow reading does not know the far end of a pair that was left alone.
            became.put(replace(item, peer=target[key].peer) if key[0] == "link" else item)
    return became


def _as_read(item, before, touched):
    """``item`` as a narrow reading may show it."""
    if item.key[0] != "link":
        return item
    if item.peer and item.peer[0] not in touched:
        # A pair whose far end was left alone reads back without its peer.
        return replace(item, peer=None)
    now = before.get(item.key)
    if item.kind == "bridge" and now is not None:
        # Its MTU and MAC follow its ports until somebody sets them: what was not asked for is no difference. Nor is the
        # mode of its link-local address, which goes with an MTU that is too small for IPv6.
        followed = {name: None for name in ("mtu", "mac", "addr_gen") if getattr(item, name) == getattr(now, name)}
        return replace(item, **followed)
    return item


def _touched(key, touched) -> bool:
    return key[2] in touched if key[0] == "netns" else key[1] in touched


def _go_back(reach, before, target) -> str:
    """Put ``before`` back; "" when that was done, else sentences about what was not.

    Tried twice: what the kernel lacked for a moment (memory, room in a table) may be there again.
    """
    wide = _reach_of(reach, before, target)
    said = "The kernel did not keep what it was given."
    for _try in range(2):
        try:
            steps = plan(_now(wide, before, target), before)
            if not steps:
                return ""
            applying.apply(steps)
        except applying.Failure as failure:
            said = _told(failure)
        except Problem as problem:
            said = str(problem)
    try:
        left = [step.line for step in plan(_now(wide, before, target), before)]
    except Problem as problem:
        return "Going back failed too: %s What is not as it was is not known." % problem
    return left and "Going back failed too: %s What is left to do by hand: %s" % (said, _for_a_shell(left)) or ""


def _for_a_shell(lines) -> str:
    """``lines`` as one. What is to be deleted may have gone by itself until then; remarks, which are about our notes, end it."""
    told = ""
    for line in lines:
        if not line.startswith("#"):
            told += line + ("; " if " delete " in line else " && ")
    return " ".join([told.rstrip(" &;")] + [line for line in lines if line.startswith("#")])


def _reach_of(reach, *states) -> Reach:
    """``reach``, and whatever is in ``states``, by whatever way it came there."""
    wide = Reach(**vars(reach))
    keys = [key for state in states for key in state]
    wide.spaces = reach.spaces | {key[2] for key in keys if key[0] == "netns"}
    wide.links = reach.links | {key[1:] for key in keys if key[0] == "link"}
    wide.sysctls = reach.sysctls | {key[1:3] for key in keys if key[0] == "sysctl"}
    return wide


def _now(reach, before, target) -> State:
    """What is there, without what neither state knew: that is somebody else's doing, or was in an adopted namespace."""
    return State(item for key, item in read(reach).state.items() if key in before or key in target)


#: Who carries out what the kernel does not, by verb.
_REFUSING = {"firewalld": "firewalld", "iptables_legacy": "iptables"}

_REMEDIES = {
    1: "run the task with become: true",  # EPERM
    12: "the kernel is out of memory, or a table is full (dmesg says which)",  # ENOMEM
    13: "is IPv6 switched off there? sysctl net.ipv6.conf.all.disable_ipv6=0 switches it on",  # EACCES, of addresses and routes
    17: "something with this name or number is there already; it is not ours to change",  # EEXIST
    24: "raise the limit of open files (ulimit -n)",  # EMFILE
    54: "a bridge takes at most 1023 ports: use a second bridge",  # EXFULL
    95: "this kernel was built without it, or its module is not loaded",  # EOPNOTSUPP
    105: "a table is full; for neighbours and forwarding entries raise net.ipv4.neigh.default.gc_thresh3",  # ENOBUFS
}


def _told(failure) -> str:
    remedy = _REMEDIES.get(failure.errno)
    return "%s refused '%s': %s%s." % (
        _REFUSING.get(failure.step.do[0], "The kernel"),
        failure.step.line,
        failure.said.rstrip("."),
        " (%s)" % remedy if remedy else "",
    )


def _spoken(item) -> str:
    kind, netns, name = item.key[:3]
    if kind == "netns":
        return "namespace %s" % name
    return "%s %s%s" % (item.kind or kind, name, " in %s" % netns if netns else "")
