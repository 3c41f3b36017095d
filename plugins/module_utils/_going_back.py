# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a checkpoint to what must be: the checkpoint's networks as they were, everybody else's as it is now. Pure."""

from __future__ import annotations

from dataclasses import replace

from ._kinds.nft import NftTable
from ._state import HOST, State


class GoingBack:
    """``before``: the State that was kept; ``now``: what there is; ``networks``: whose objects go back.

    ``warnings``: sentences about what cannot come back.
    """

    def __init__(self, before, now, networks):
        self.before = before
        self.now = now
        self.networks = frozenset(networks)
        self.warnings: list = []

    @classmethod
    def others_spaces(cls, before, networks) -> set:
        """Names of the namespaces in ``before`` that are neither the networks' nor adopted: pairs of theirs stood there."""
        kept = cls(before, State(), networks)
        return {item.name for item in before.every("netns") if not kept._space(before, item.name)}

    def lost_inodes(self) -> dict:
        """{inode: name} of the adopted namespaces whose names have gone: a process in each is needed to name it again."""
        return {
            item.inode: item.name
            for item in self.before.every("netns")
            if self._adopted(self.before, item.name) and self._inode(item.name) != item.inode
        }

    def _inode(self, name):
        item = self.now.get(("netns", HOST, name))
        return item.inode if item else None

    def target(self, processes) -> State:
        """What must be. ``processes``: {name: [(pid, start time, command)]} for ``lost_inodes``."""
        found = State()
        for key, item in self.before.items():
            if self._goes_back(self.before, item):
                found.put(item)
            elif key in self.now:
                found.put(self.now[key])
        for key, item in self.now.items():
            if key not in found and not self._goes_back(self.now, item):
                found.put(item)
        self._firewall(found)
        self._adopt(found, processes)
        self._ports(found)
        return found

    def _goes_back(self, state, item) -> bool:
        """Whether ``item`` of ``state`` is one of the networks', or of what they share."""
        kind, netns, name = item.key[:3]
        if kind == "netns":
            return self._space(state, name)
        if kind == "link":
            return self._link(state, item)
        if kind in ("address", "route", "fdb"):
            link = state.link(netns, name)
            return link is not None and self._link(state, link)
        if kind == "nft_rule":
            return item.network in self.networks
        if kind == "nft_table":
            return False
        if kind == "record" and item.subject == "adopted":
            return bool(self.networks & set(item.value["networks"]))
        return netns != HOST or not self._others_came()

    def _space(self, state, name) -> bool:
        loopback = state.link(name, "lo")
        marks = loopback.networks if loopback is not None else None
        return bool(marks and marks & self.networks) or self._adopted(state, name)

    def _adopted(self, state, name) -> bool:
        record = state.get(("record", HOST, "adopted", name))
        return record is not None and bool(self.networks & set(record.value["networks"]))

    def _link(self, state, link) -> bool:
        # In a namespace of ours everything is; in an adopted one, and on the host, what is marked, and its far end.
        if link.netns and self._space(state, link.netns) and not self._adopted(state, link.netns):
            return True
        ends = (link, state.get(link.peer_key) if link.peer else None)
        return any(end is not None and end.networks and end.networks & self.networks for end in ends)

    def _others_came(self) -> bool:
        """Whether networks that need the host's switches as they are have come since: then they stay so."""
        known = {item.network for item in self.before.every("nft_rule")}
        return any(item.network not in known | self.networks for item in self.now.every("nft_rule"))

    def _firewall(self, found):
        key = NftTable(()).key
        table = self.before.get(key) or self.now.get(key)
        if table is not None and (key in self.before or found.every("nft_rule")):
            found.put(table)
        else:
            found.drop(key)

    def _adopt(self, found, processes):
        for inode, name in self.lost_inodes().items():
            item = found[("netns", HOST, name)]
            if processes.get(name):
                found.put(replace(item, inode=inode, pid=processes[name][0][0]))
                continue
            self.warnings.append("namespace '%s' cannot come back: its last process has ended." % name)
            near = [link.peer_key for link in found.every("link") if link.netns == name and link.peer]
            gone = {("netns", HOST, name), ("record", HOST, "adopted", name), *near}
            for key in list(found):
                if key in gone or key[1] == name or ("link",) + key[1:3] in gone:
                    found.drop(key)

    @staticmethod
    def _ports(found):
        for link in found.every("link"):
            if link.master and found.link(link.netns, link.master) is None:
                found.put(replace(link, master="", port={}))
