# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes along with what, as the kernel has it. Pure."""

from __future__ import annotations

from dataclasses import replace

from ._values import IPV6_MIN_MTU


def coming_off(observed, target) -> set:
    """The keys of what has to go from ``observed``, be it for good or to be made anew, on the way to ``target``."""
    off = {key for key, item in observed.items() if key not in target or target[key].remake(item)}
    # With a namespace the kernel removes these too, but in its own time: too late for what is made in their place.
    spaces = {key[2] for key in off if key[0] == "netns"}
    off |= {item.key for item in observed.every("link") if item.peer and item.peer[0] in spaces} if spaces else set()
    return off | _behind(observed, off)


def with_dependents(state, gone: set) -> set:
    """``gone`` and all that the kernel removes along with it."""
    while gone:
        more = {
            key for key, item in state.items() if key not in gone and any(parent in gone for parent in item.parents())
        }
        if not more:
            break
        gone |= more
    return gone


def _behind(observed, off: set) -> set:
    """Keys of the IPv4 addresses that come behind a primary one of the same network which goes.

    The kernel takes them along, or makes the next one the primary (inet_del_ifa in net/ipv4/devinet.c; the sysctl
    promote_secondaries decides): all come off, and those that stay are added again in their order.
    """
    found = set()
    for key in off:
        if key[0] != "address" or observed[key].interface.version != 4 or observed[key].secondary:
            continue
        network = [other for other in observed.of("address", *key[1:3]) if other.interface.network == observed[key].interface.network]
        if network[0].key == key:
            found |= {other.key for other in network}
    return found


def sourceless(observed, lost) -> set:
    """Keys of the routes that are from the addresses ``lost``, which no other device has: IPv4 routes go along with those
    (fib_sync_down_addr in net/ipv4/fib_semantics.c), others lose their source (rt6_remove_prefsrc in net/ipv6/route.c)."""
    keys = {item.key for item in lost}
    sources = {(item.netns, item.interface.ip) for item in lost}
    if not sources:
        return set()
    sources -= {(item.netns, item.interface.ip) for item in observed.every("address") if item.key not in keys}
    return {item.key for item in observed.every("route") if (item.netns, item.src) in sources}


def settle(target, now, *known) -> list:
    """Take out of ``target`` what goes along with something that is no longer in it; the keys of what went.

    ``now``: what there is; ``known``: other states that ``target`` was made from. What none of them holds just so is what
    somebody asks for: it stays, and the kernel says what is wrong with it.
    """
    went: list = []
    less: dict = {}
    known = (now,) + known
    while True:
        sources = {(item.netns, item.interface.ip) for item in target.every("address")}
        off = with_dependents(now, coming_off(now, target))
        gone = []
        for key, item in list(target.items()):
            if not any(state.get(key) == item for state in (*known, less)):
                continue
            if any(parent not in target and any(parent in state for state in known) for parent in item.parents()):
                gone.append(key)
            elif key[0] == "link" and item.peer and _parted(item, target.get(item.peer_key)):
                gone.append(key)
            elif key[0] in ("address", "route"):
                link = target.link(item.netns, item.dev)
                version = (item.dst if key[0] == "route" else item.interface).version
                small = link is not None and version == 6 and (link.mtu or IPV6_MIN_MTU) < IPV6_MIN_MTU
                sourceless_now = key[0] == "route" and item.src is not None and (item.netns, item.src) not in sources
                down = key[0] == "route" and link is not None and link.up is False
                if small or down or sourceless_now and version == 4 or key[0] == "route" and _cut_off(item, target, now, off):
                    gone.append(key)
                elif sourceless_now:
                    less[key] = replace(item, src=None)
                    target.put(less[key])
            elif key[0] == "link" and item.master and ("link", item.netns, item.master) not in target:
                if any(("link", item.netns, item.master) in state for state in known):
                    less[key] = replace(item, master="", port={})
                    target.put(less[key])
        for key in gone:
            target.drop(key)
        went += gone
        if not gone:
            return went


def _parted(link, peer) -> bool:
    """Whether what was the other end of ``link`` is no more, or that of another."""
    return peer is not None and peer.peer != (link.netns, link.name) and (peer.kind != link.kind or peer.peer is not None)


def _cut_off(route, target, now, off) -> bool:
    """Whether ``route`` has to be made, for the first time or after the last IPv4 address of its device, and cannot be:
    nothing leads to its gateway any more."""
    if route.via is None or route.onlink or route.via.is_link_local or reachable(route, target):
        return False
    if now.get(route.key) != route or ("link", route.netns, route.dev) in off:
        return True
    had = [item for item in now.of("address", route.netns, route.dev) if item.interface.version == 4]
    return route.dst.version == 4 and bool(had) and all(item.key in off for item in had)


def reachable(route, state) -> bool:
    """Whether the gateway of ``route`` is in a network of its device, or behind another route of that."""
    networks = [item.interface.network for item in state.of("address", route.netns, route.dev)]
    networks += [item.dst for item in state.of("route", route.netns, route.dev) if item.via is None]
    return any(route.via in network for network in networks)
