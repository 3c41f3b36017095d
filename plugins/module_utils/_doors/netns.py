# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``netns``: named network namespaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

from .. import _describe, _values
from .._door import COMMON, PURGE
from .._kinds.link import Link
from .._kinds.netns import Netns, stop_processes
from .._kinds.record import Record
from .._kinds.sysctl import Sysctl
from .._marks import GROUP, alias
from .._problem import Problem
from .._reach import Reach
from .._sought import ENGINES, Sought
from .._state import HOST

_SINGLE: dict = {
    "network": {"type": "list", "elements": "str"},
    "sysctls": {"type": "dict"},
    "pid": {"type": "int"},
    "path": {"type": "str"},
    "container": {"type": "str"},
    "engine": {"type": "str", "choices": ["auto", *ENGINES], "default": "auto"},
    "wait": {"type": "int", "default": 0},
    "loopback": {"type": "bool"},
}

#: What names the namespace that is to be adopted: one of these.
_HOLDERS: dict = {"pid": _values.pid, "path": _values.path, "container": _values.container}

#: A day: who waits longer than that waits for nothing.
WAIT_MAX = 86400

STOP = {
    "stop_processes": {"type": "bool", "default": False},
    "stop_timeout": {"type": "int", "default": 10},
}

ARGUMENTS = {
    **COMMON,
    **PURGE,
    **_SINGLE,
    "name": {"type": "list", "elements": "str"},
    "namespaces": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, **_SINGLE},
    },
    **STOP,
}


@dataclass(frozen=True)
class _Space:
    """One namespace in normal form; what was not given is None."""

    prefix: str
    name: str
    networks: list
    sysctls: dict
    sought: Optional[Sought]
    loopback: Optional[bool]

    @classmethod
    def read(cls, prefix, options):
        """The namespace that ``options`` speak of. Raises Problem for bad input."""
        sysctls: dict = {}
        name = _values.netns_name(options["name"], prefix + "name")
        networks = [_values.network_name(one, prefix + "network") for one in options["network"] or []]
        for given, value in (options["sysctls"] or {}).items():
            path = _values.sysctl(given, prefix + "sysctls")
            if path in sysctls:
                raise Problem(prefix + "sysctls", "%s is set twice, once with dots and once with slashes." % path)
            sysctls[path] = _values.sysctl_value(value, prefix + "sysctls")
        return cls(prefix, name, networks, sysctls, _sought(prefix, options), options["loopback"])


def _sought(prefix, options):
    """Whose namespace is to get the name; None when nobody's is."""
    given = [option for option in _HOLDERS if options[option] is not None]
    if len(given) > 1:
        raise Problem(prefix + given[1], "%s and %s exclude each other: a name is that of one namespace." % tuple(given[:2]))
    wait = _values.number(options["wait"], prefix + "wait", 0, WAIT_MAX, "seconds")
    if options["engine"] != "auto" and given != ["container"]:
        raise Problem(prefix + "engine", "%s can be asked for a container alone: say which, with container." % ENGINES[options["engine"]])
    if not given:
        if wait:
            raise Problem(prefix + "wait", "there is nothing to wait for: say what, with %s." % ", ".join(_HOLDERS))
        return None
    (option,) = given
    what = _HOLDERS[option](options[option], prefix + option)
    return Sought(option, what, options["engine"] if option == "container" else "", wait)


class Wish:
    """What a task wants of namespaces."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        self.stop = params["stop_processes"]
        self.stop_timeout = _values.number(params["stop_timeout"], "stop_timeout", 0, 3600, "seconds")
        self.purge = frozenset(_values.network_name(name, "purge_networks") for name in params["purge_networks"])
        self.items = []
        listed = [("namespaces[%d]." % n, item) for n, item in enumerate(params["namespaces"] or [])]
        if params["name"] is None:
            for option, spec in _SINGLE.items():
                if params[option] not in (None, spec.get("default")):
                    raise Problem(option, "%s says something about one namespace, but name is missing." % option)
        if params["name"]:
            if listed:
                raise Problem("name", "name and namespaces exclude each other: put them all into the list.")
            listed = [("", dict(params, name=name)) for name in params["name"]]
        elif params["name"] is None and params["namespaces"] is None and not self.purge:
            raise Problem("name", "say which: by name, or by namespaces.")
        seen = set()
        for prefix, item in listed:
            space = _Space.read(prefix, item)
            if space.name in seen:
                raise Problem(prefix + "name", "'%s' is listed twice." % space.name)
            seen.add(space.name)
            if space.sought is not None and len(listed) > 1 and not prefix:
                raise Problem(space.sought.option, "it has one namespace, but %d names are given." % len(listed))
            self.items.append(space)

    def reach(self) -> Reach:
        reach = Reach(records=True, marked_spaces=set(self.purge), processes_of_marked=bool(self.purge))
        # What leads into a namespace goes with it: by us, so that it is gone when we are done.
        reach.peers = bool(self.purge) or not self.present or any(space.sought for space in self.items)
        for space in self.items:
            reach.spaces.add(space.name)
            reach.asked_by[space.name] = space.prefix + "name"
            if not self.present:
                reach.processes.add(space.name)
            elif space.sought is not None:
                reach.sought.add(space.sought)
            reach.sysctls |= {(space.name, path) for path in space.sysctls}
        return reach

    def merge(self, merging) -> None:
        self.bring(merging)
        self.take_away(merging)

    def bring(self, merging) -> None:
        """Lay over what there is what is to be."""
        for space in self.items if self.present else ():
            self._present(merging, space)

    def take_away(self, merging) -> None:
        """Take out what is not to be, and with it what is inside."""
        gone = []
        for space in self.items if not self.present else ():
            if ("netns", HOST, space.name) not in merging.target:
                # Somebody else took the name away: what we noted of it goes after it.
                merging.target.drop(("record", HOST, "adopted", space.name))
            else:
                gone.append((space.prefix + "name", space.name, self._adopted(merging, space.name)))
        if self.purge:
            gone += self._purge(merging)
        self._remove(merging, gone)

    def _present(self, merging, space):
        name, sought = space.name, space.sought
        now = merging.now.get(("netns", HOST, name))
        loopback = merging.now.link(name, "lo")
        if sought is not None:
            found = merging.facts["found"][sought]
            record = self._adopted(merging, name)
            if found.problem:
                if not found.gone or record is None or record.value.get("engine") in found.silent:
                    raise Problem(space.prefix + sought.option, found.problem)
                self._let_go(merging, space, found)
                return
            self._adopt(merging, space, found, now, record)
        elif now is None:
            merging.target.put(Netns(name))
            loopback = None
        if sought is None or space.loopback is not None:
            up = True if space.loopback is None else space.loopback
            if loopback is None:
                wanted = Link(name, "lo", "", up)
                if sought is None:
                    wanted = replace(wanted, group=GROUP, alias=alias(space.networks))
            else:
                wanted = replace(loopback, up=up)
                if loopback.networks is not None:
                    wanted = replace(wanted, alias=alias(loopback.networks | set(space.networks)))
            merging.target.put(wanted)
        for path, value in space.sysctls.items():
            known = merging.now.get(("sysctl", name, path))
            if known is not None and known.value is None:
                raise Problem(space.prefix + "sysctls", "this kernel has no sysctl %s in namespace '%s'." % (path, name))
            merging.target.put(Sysctl(name, path, value))

    def _adopt(self, merging, space, found, now, record):
        name = space.name
        there = now is not None and now.inode == found.inode
        if now is not None and not there and record is None:
            loopback = merging.now.link(name, "lo")
            whose = "ours" if loopback is not None and loopback.networks is not None else "somebody else's"
            raise Problem(space.prefix + "name", "'%s' names another namespace, %s: remove it first, or take another name." % (name, whose))
        if there and record is None:
            return  # somebody else named it before us
        if not there:
            # What the name led to is another namespace's: pairs into that one go, nothing else of it is made in the new one.
            self._unplug(merging, name)
            merging.target.put(Netns(name, found.inode, found.source))
        # The namespace is not ours to mark: which networks it belongs to is noted with its name, and who knows if it is gone.
        known = record.value["networks"] if record is not None and there else []
        value = {"inode": found.inode, "networks": sorted(set(known) | set(space.networks))}
        merging.target.put(Record("adopted", name, dict(value, engine=found.engine) if found.engine else value))

    @staticmethod
    def _unplug(merging, name):
        """Take the pairs of ours that lead into an adopted namespace out of the target."""
        ours = [link for link in merging.target.within("link", name) if merging.ours(link)]
        for link in ours:
            merging.remove_link(link)
        # What others have in there may be on its way out, or in use by who else is in there: it goes as it would without us.
        merging.overlook(name, but={(link.netns, link.name) for link in ours})

    def _let_go(self, merging, space, found):
        """What was adopted is gone: our name for it goes, and our pairs that lead into it, which keep it in being."""
        name = space.name
        merging.warnings.append(
            "%s%s: %s The name '%s' is taken away, and the pairs of ours that lead into it." % (space.prefix, space.sought.option, found.problem, name)
        )
        self._unplug(merging, name)
        merging.target.drop(("netns", HOST, name))
        merging.target.drop(("record", HOST, "adopted", name))
        merging.gone.add(name)

    @staticmethod
    def _adopted(merging, name):
        """What was noted of a namespace of which the name, and only the name, is ours; else None."""
        record = merging.now.get(("record", HOST, "adopted", name))
        now = merging.now.get(("netns", HOST, name))
        return record if record is not None and now is not None and record.value["inode"] == now.inode else None

    def _purge(self, merging):
        kept = {space.name: set(space.networks) for space in self.items if self.present}
        named = merging.gone if self.present else {space.name for space in self.items}
        gone = []
        for item in merging.now.every("netns"):
            if item.name in named:
                continue
            loopback = merging.target.link(item.name, "lo")
            marks = loopback.networks if loopback is not None else None
            adopted = self._adopted(merging, item.name)
            if adopted is not None:
                adopted = merging.target[adopted.key]
                marks = frozenset(adopted.value["networks"])
            if not marks or not marks & self.purge:
                continue
            # A namespace that is listed stays; its networks are those of the list, if that names any.
            listed = kept.get(item.name)
            left = marks if listed == set() else marks - (self.purge - (listed or set()))
            if not left and listed is None:
                gone.append(("purge_networks", item.name, adopted))
            elif adopted is not None:
                merging.target.put(replace(adopted, value=dict(adopted.value, networks=sorted(left))))
            else:
                merging.target.put(replace(loopback, alias=alias(left)))
        return gone

    def _remove(self, merging, gone):
        names = set()
        for option, name, adopted in gone:
            loopback = merging.now.link(name, "lo")
            if adopted is None:
                if loopback is None or loopback.networks is None:
                    raise Problem(option, "namespace '%s' was not made by this collection: remove it with `ip netns delete`." % name)
                self._empty(merging, option, name)
            merging.target.drop(("netns", HOST, name))
            merging.target.drop(("record", HOST, "adopted", name))
            if adopted is not None and merging.facts["processes"].get(name):
                # It goes on without the name, and what leads into it too.
                merging.overlook(name)
            else:
                names.add(name)
        self._forget(merging, names)

    @staticmethod
    def _forget(merging, names):
        """Take what is in the namespaces ``names`` out of the target, and the pairs that lead into them."""
        if not names:
            return
        for key in [key for key in merging.target if key[1] in names]:
            merging.target.drop(key)
        for item in merging.target.every("link"):
            if item.peer and item.peer[0] in names:
                merging.remove_link(item)

    def _empty(self, merging, option, name):
        inside = merging.facts["processes"].get(name)
        if not inside:
            return
        if not self.stop:
            shown = ", ".join("%d (%s)" % (pid, command) for pid, _started, command in inside[:8])
            more = " and %d more" % (len(inside) - 8) if len(inside) > 8 else ""
            raise Problem(
                option,
                "processes run in namespace '%s': %s%s. End them, or set stop_processes: true." % (name, shown, more),
            )
        merging.steps.append(stop_processes(name, inside, self.stop_timeout))

    def result(self, outcome) -> dict:
        names = [space.name for space in self.items]
        found = [
            _describe.netns(outcome.state, name, outcome.facts["processes"].get(name, ()))
            for name in names
            if ("netns", HOST, name) in outcome.state
        ]
        return {"namespaces": found}
