# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``netns``: named network namespaces."""

from __future__ import annotations

from dataclasses import replace

from .. import _describe, _values
from .._door import COMMON, PURGE
from .._kinds.link import Link
from .._kinds.netns import Netns, stop_processes
from .._kinds.record import Record
from .._kinds.sysctl import Sysctl
from .._marks import GROUP, alias
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

_SINGLE = {
    "network": {"type": "list", "elements": "str"},
    "sysctls": {"type": "dict"},
    "pid": {"type": "int"},
    "loopback": {"type": "bool"},
}

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
            for option in _SINGLE:
                if params[option] is not None:
                    raise Problem(option, "%s says something about one namespace, but name is missing." % option)
        if params["name"]:
            if listed:
                raise Problem("name", "name and namespaces exclude each other: put them all into the list.")
            listed = [("", dict(params, name=name)) for name in params["name"]]
        elif params["name"] is None and params["namespaces"] is None and not self.purge:
            raise Problem("name", "say which: by name, or by namespaces.")
        seen = set()
        for prefix, item in listed:
            name = _values.netns_name(item["name"], prefix + "name")
            if name in seen:
                raise Problem(prefix + "name", "'%s' is listed twice." % name)
            seen.add(name)
            networks = [_values.network_name(one, prefix + "network") for one in item["network"] or []]
            sysctls: dict = {}
            for given, value in (item["sysctls"] or {}).items():
                path = _values.sysctl(given, prefix + "sysctls")
                if path in sysctls:
                    raise Problem(prefix + "sysctls", "%s is set twice, once with dots and once with slashes." % path)
                sysctls[path] = _values.sysctl_value(value, prefix + "sysctls")
            pid = item["pid"]
            if pid is not None:
                _values.number(pid, prefix + "pid", 1, 1 << 22)
                if len(listed) > 1 and not prefix:
                    raise Problem("pid", "a process has one namespace, but %d names are given." % len(listed))
            self.items.append((prefix, name, networks, sysctls, pid, item["loopback"]))

    def reach(self) -> Reach:
        reach = Reach(records=True, marked_spaces=set(self.purge), processes_of_marked=bool(self.purge))
        # What leads into a namespace goes with it: by us, so that it is gone when we are done.
        reach.peers = bool(self.purge) or not self.present or any(pid for _prefix, _name, _nets, _sysctls, pid, _up in self.items)
        for prefix, name, _networks, sysctls, pid, _loopback in self.items:
            reach.spaces.add(name)
            reach.asked_by[name] = prefix + "name"
            if not self.present:
                reach.processes.add(name)
            elif pid is not None:
                reach.pids.add(pid)
            reach.sysctls |= {(name, path) for path in sysctls}
        return reach

    def merge(self, merging) -> None:
        self.bring(merging)
        self.take_away(merging)

    def bring(self, merging) -> None:
        """Lay over what there is what is to be."""
        for prefix, name, networks, sysctls, pid, loopback in self.items if self.present else ():
            self._present(merging, prefix, name, networks, sysctls, pid, loopback)

    def take_away(self, merging) -> None:
        """Take out what is not to be, and with it what is inside."""
        gone = []
        for prefix, name, *_rest in self.items if not self.present else ():
            if ("netns", HOST, name) not in merging.target:
                # Somebody else took the name away: what we noted of it goes after it.
                merging.target.drop(("record", HOST, "adopted", name))
            else:
                gone.append((prefix + "name", name, self._adopted(merging, name)))
        if self.purge:
            gone += self._purge(merging)
        self._remove(merging, gone)

    def _present(self, merging, prefix, name, networks, sysctls, pid, loopback):
        now = merging.now.get(("netns", HOST, name))
        found = merging.now.link(name, "lo")
        if pid is not None:
            self._adopt(merging, prefix, name, networks, pid, now, found)
        elif now is None:
            merging.target.put(Netns(name))
            found = None
        if pid is None or loopback is not None:
            up = True if loopback is None else loopback
            if found is None:
                wanted = Link(name, "lo", "", up)
                if pid is None:
                    wanted = replace(wanted, group=GROUP, alias=alias(networks))
            else:
                wanted = replace(found, up=up)
                if found.networks is not None:
                    wanted = replace(wanted, alias=alias(found.networks | set(networks)))
            merging.target.put(wanted)
        for path, value in sysctls.items():
            known = merging.now.get(("sysctl", name, path))
            if known is not None and known.value is None:
                raise Problem(prefix + "sysctls", "this kernel has no sysctl %s in namespace '%s'." % (path, name))
            merging.target.put(Sysctl(name, path, value))

    def _adopt(self, merging, prefix, name, networks, pid, now, loopback):
        inode = merging.facts["inode"][pid]
        if inode is None:
            raise Problem(prefix + "pid", "there is no process %d (it has ended, or never was)." % pid)
        if inode == 0:
            raise Problem(prefix + "pid", "process %d may not be looked into: it is in another user namespace." % pid)
        if inode == -1:
            raise Problem(prefix + "pid", "process %d is a thread of the kernel's own: it has no namespace to adopt." % pid)
        if inode == merging.facts["home"]:
            raise Problem(prefix + "pid", "process %d is in the host's own network namespace: it has none to adopt." % pid)
        if now is not None and now.inode != inode and not self._adopted(merging, name):
            whose = "ours" if loopback is not None and loopback.networks is not None else "somebody else's"
            raise Problem(prefix + "name", "'%s' names another namespace, %s: remove it first, or take another name." % (name, whose))
        there = now is not None and now.inode == inode
        record = self._adopted(merging, name)
        if there and record is None:
            return  # somebody else named it before us
        if not there:
            # What the name led to is another namespace's: pairs into that one go, nothing else of it is made in the new one.
            self._forget(merging, {name})
            merging.overlook(name)
            merging.target.put(Netns(name, inode, pid))
        # The namespace is not ours to mark: which networks it belongs to is noted with its name.
        known = record.value["networks"] if record is not None and there else []
        merging.target.put(Record("adopted", name, {"inode": inode, "networks": sorted(set(known) | set(networks))}))

    @staticmethod
    def _adopted(merging, name):
        """What was noted of a namespace of which the name, and only the name, is ours; else None."""
        record = merging.now.get(("record", HOST, "adopted", name))
        now = merging.now.get(("netns", HOST, name))
        return record if record is not None and now is not None and record.value["inode"] == now.inode else None

    def _purge(self, merging):
        kept = {name: set(networks) for _prefix, name, networks, _sysctls, _pid, _loopback in self.items if self.present}
        named = set() if self.present else {name for _prefix, name, *_rest in self.items}
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
        names = [name for _prefix, name, *_rest in self.items]
        found = [
            _describe.netns(outcome.state, name, outcome.facts["processes"].get(name, ()))
            for name in names
            if ("netns", HOST, name) in outcome.state
        ]
        return {"namespaces": found}
