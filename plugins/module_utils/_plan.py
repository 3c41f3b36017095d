# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning: two states in, steps out. Pure."""

from __future__ import annotations

from dataclasses import replace

from . import _steps as steps
from ._along import coming_off, sourceless, with_dependents
from ._state import State


def plan(observed, target) -> list:
    """The steps that turn the State ``observed`` into ``target``, in an order that the kernel accepts.

    Check mode, diff, idempotence, verification and rollback are all this one function.
    """
    off = coming_off(observed, target)
    remade = {key for key in off if key in target}
    # The last comes off first: the kernel takes secondary addresses along with the primary one before them.
    removed = [key for key in reversed(observed) if key in off]
    gone = with_dependents(observed, off)
    standing = _standing(observed, removed, gone)
    shaken = _shaken(observed, target, gone) | _switched(observed, target)

    beneath = _beneath(target, [item for key, item in target.items() if key not in observed or key in gone])

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
        if key in beneath and (now.mtu or 0) < (item.mtu or 0):
            room = replace(now, mtu=item.mtu)
            made.extend(replace(step, phase=steps.LINK_ADD, order=item.depth(target)) for step in room.change(now, target))
            now = room
        if not item.same(now):
            made.extend(item.change(now, target))
        elif key in shaken:
            made.extend(item.create(target, again=True))
    made.sort(key=lambda step: step.sort_key)
    return made


def _beneath(target, created) -> set:
    """Keys of the links below those ``created``. What they are to carry has to fit before that is made: the kernel makes
    no device larger than the one below lets it be, and says nothing (vxlan_config_apply in drivers/net/vxlan)."""
    found, links = set(), [item for item in created if item.key[0] == "link"]
    while links:
        link = links.pop()
        below = target.link(link.netns, link.options["dev"]) if link.options.get("dev") else None
        if below is not None and below.key not in found:
            found.add(below.key)
            links.append(below)
    return found


def _switched(observed, target) -> set:
    """Keys of the sysctls in ``target`` that are set along with another one, which changes: they are asserted again."""
    wanted = target.every("sysctl")
    changed = {item.key for item in wanted if item.key in observed and not item.same(observed[item.key])}
    return {item.key for item in wanted if item.switches & changed} if changed else set()


def _standing(observed, removed, gone: set) -> State:
    """What of ``removed`` does not go by itself, with its namespace or device. Of a pair one end is told to go, and it
    cannot be the one that goes by itself."""

    def goes_along(item):
        return any(parent in gone and parent != getattr(item, "peer_key", None) for parent in item.parents())

    standing = State(observed[key] for key in removed if not goes_along(observed[key]))
    lost = [item for item in observed.every("address") if item.key in gone and goes_along(item)] if gone else []
    for key in sourceless(observed, lost):
        if observed[key].dst.version == 4:
            standing.drop(key)
    return standing


def _shaken(observed, target, gone: set) -> set:
    """Keys of what the kernel may take along from a device that stays: it is asserted again.

    With the last IPv4 address go all routes of the device (fib_inetaddr_event in net/ipv4/fib_frontend.c), with any one
    the routes that are from it, and with a device that is taken down its IPv6 addresses (addrconf_ifdown in
    net/ipv6/addrconf.c).
    """
    lost = [item for item in observed.every("address") if item.key in gone]
    known = {(item.netns, item.interface.ip) for item in target.every("address")} if lost else ()
    found = {key for key in sourceless(observed, lost) if (key[1], observed[key].src) in known}
    for netns, dev in {(item.netns, item.dev) for item in lost if item.interface.version == 4}:
        if all(item.key in gone for item in observed.of("address", netns, dev) if item.interface.version == 4):
            found |= {route.key for route in observed.of("route", netns, dev) if route.dst.version == 4}
    for link in observed.every("link"):
        if link.up and link.key in target and target[link.key].up is False:
            found |= {item.key for item in observed.of("address", link.netns, link.name) if item.interface.version == 6}
    return found
