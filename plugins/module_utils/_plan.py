# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning: two states in, steps out. Pure."""

from __future__ import annotations

from dataclasses import replace

from ._state import State


def plan(observed, target) -> list:
    """The steps that turn the State ``observed`` into ``target``, in an order that the kernel accepts.

    Check mode, diff, idempotence, verification and rollback are all this one function.
    """
    remade = {key for key, item in target.items() if key in observed and item.remake(observed[key])}
    # The last comes off first: the kernel takes secondary addresses along with the primary one before them.
    removed = [key for key in reversed(observed) if key in remade or key not in target]
    gone = _with_dependents(observed, set(removed))
    standing = _standing(observed, gone)
    shaken = _shaken(observed, [standing[key] for key in removed if key in standing]) | _switched(observed, target)

    made = []
    for key in removed:
        for step in standing[key].remove(standing) if key in standing else ():
            # What is made anew under the same name has to go before, whatever its kind's usual place.
            for first in target[key].create(target)[:1] if key in remade else ():
                if (first.phase, first.order) <= (step.phase, step.order):
                    step = replace(step, phase=first.phase, order=first.order - 1)
            made.append(step)
    for key, item in target.items():
        if key not in observed or key in gone:
            made.extend(item.create(target))
            continue
        now = observed[key].without(gone) if gone else observed[key]
        if not item.same(now):
            made.extend(item.change(now, target))
        elif key in shaken:
            made.extend(item.create(target, again=True))
    made.sort(key=lambda step: step.sort_key)
    return made


def _switched(observed, target) -> set:
    """Keys of the sysctls in ``target`` that are set along with another one, which changes: they are asserted again."""
    wanted = target.every("sysctl")
    changed = {item.key for item in wanted if item.key in observed and not item.same(observed[item.key])}
    return {item.key for item in wanted if item.switch in changed} if changed else set()


def _with_dependents(state, gone: set) -> set:
    """``gone`` and all that the kernel removes along with it."""
    while gone:
        more = {
            key for key, item in state.items() if key not in gone and any(parent in gone for parent in item.parents())
        }
        if not more:
            break
        gone |= more
    return gone


def _standing(observed, gone: set) -> State:
    """``observed`` without what goes by itself, with its namespace or device. Of a pair one end is told to go, and it
    cannot be the one that goes by itself."""
    return State(
        item
        for item in observed.values()
        if not gone or not any(parent in gone and parent != getattr(item, "peer_key", None) for parent in item.parents())
    )


def _shaken(observed, removed) -> set:
    """Keys of what the kernel may take along with the IPv4 addresses among ``removed``, which go from a device that stays.

    With a primary address go its secondaries, and with the last address all routes (inet_del_ifa in
    net/ipv4/devinet.c, fib_inetaddr_event in net/ipv4/fib_frontend.c): they are asserted again.
    """
    found = set()
    for item in removed:
        if item.key[0] != "address" or item.interface.version != 4:
            continue
        for other in observed.of("address", item.netns, item.dev):
            if other.interface.network == item.interface.network:
                found.add(other.key)
        for route in observed.of("route", item.netns, item.dev):
            if route.dst.version == 4:
                found.add(route.key)
    return found
