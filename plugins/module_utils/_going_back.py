# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a checkpoint to what must be: the checkpoint's networks as they were, everybody else's as it is now. Pure."""

from __future__ import annotations

from dataclasses import replace

from ._along import settle
from ._kinds.firewalld import TARGET, FirewalldZone
from ._kinds.nft import CHAINS, PUBLISHING, NftTable
from ._kinds.sysctl import ROUTE_LOCALNET, Sysctl
from ._marks import alias
from ._nft import MAPS
from ._our_table import ask_maps
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
        return {item.name for item in before.every("netns") if not kept._goes_back(before, item) and not kept._adopted(before, item.name)}

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
            if not self._goes_back(self.before, item) and not self._went_along(item):
                continue
            if not self._taken(item):
                found.put(self._shared(item))
            elif key[0] == "nft_element":
                self.warnings.append("the port %s does not come back: it is another network's now." % key[3])
            elif key[0] in ("netns", "link"):
                self.warnings.append("'%s' does not come back: its place, or that of its other end, is somebody else's now." % key[2])
        back = set(found)
        for key, item in self.now.items():
            # What belongs to a device is as the device is.
            if key in back or key[0] in ("address", "route", "fdb") and ("link",) + key[1:3] in back:
                continue
            if not self._goes_back(self.now, item):
                found.put(item)
            elif self._networks(self.now, item) - self.networks:
                # It has come since, and others are in it.
                found.put(self._shared(item))
        for note in self.now.every("record"):
            if note.subject == "localnet" and note.key not in found and found.link(HOST, note.name) is not None:
                found.put(Sysctl(HOST, ROUTE_LOCALNET % note.name, note.value["value"]))
        self._firewall(found)
        self._firewalld(found)
        self._adopt(found, processes)
        self._settle(found, found.copy())
        return found

    def _goes_back(self, state, item) -> bool:
        """Whether ``item`` of ``state`` is one of the networks', or of what they share."""
        if item.key[0] in ("nft_table", "firewalld_zone"):
            return False
        if self._of_localhost(item):
            return self._published(self.before, self._of_localhost(item)) or self._published(self.now, self._of_localhost(item))
        if item.key[:2] == ("sysctl", HOST) or item.key[0] == "record" and item.subject != "adopted":
            return not self._others_came()
        return bool(self._networks(state, item) & self.networks)

    @staticmethod
    def _of_localhost(item) -> str:
        """The bridge of which ``item`` says whether 127.0.0.0/8 is routed over it; "" when it says something else."""
        if item.key[0] == "record":
            return item.name if item.subject == "localnet" else ""
        return item.device if item.key[:2] == ("sysctl", HOST) and item.device and item.path == ROUTE_LOCALNET % item.device else ""

    def _published(self, state, bridge) -> bool:
        """Whether one of the networks has had 127.0.0.0/8 routed over ``bridge``."""
        note = state.get(("record", HOST, "localnet", bridge))
        return note is not None and note.value["network"] in self.networks

    @staticmethod
    def _marked(state, name) -> frozenset:
        """The networks in the mark of namespace ``name``."""
        loopback = state.link(name, "lo")
        return (loopback.networks if loopback is not None else None) or frozenset()

    @staticmethod
    def _noted(state, name) -> frozenset:
        """The networks for which somebody else's namespace got ``name``."""
        record = state.get(("record", HOST, "adopted", name))
        return frozenset(record.value["networks"]) if record is not None else frozenset()

    def _went_along(self, item) -> bool:
        """Whether ``item`` of the checkpoint is others', but has gone with a namespace that is one of the networks'."""
        if item.key[0] not in ("link", "address", "route", "fdb"):
            return False
        link = self.before.link(*item.key[1:3])
        ends = self._ends(self.before, link)
        return any(self._inside(self.before, end) & self.networks for end in ends) and not any(end.key in self.now for end in ends)

    @staticmethod
    def _ends(state, link) -> list:
        """``link``, and the other end of a pair."""
        return [end for end in (link, state.get(link.peer_key) if link.peer else None) if end is not None]

    def _inside(self, state, link) -> frozenset:
        """The networks of the namespace that ``link`` is in, if that was made for them."""
        return frozenset() if self._noted(state, link.netns) else self._marked(state, link.netns)

    def _networks(self, state, item) -> frozenset:
        """The networks that ``item`` of ``state`` belongs to."""
        kind, netns, name = item.key[:3]
        if kind in ("netns", "sysctl"):
            space = name if kind == "netns" else netns
            return self._marked(state, space) | self._noted(state, space)
        if kind == "link":
            # What is marked, and its far end; in a namespace of ours everything else too.
            ends = self._ends(state, item)
            marks = frozenset().union(*(end.networks or () for end in ends))
            return marks or frozenset().union(*(self._inside(state, end) for end in ends))
        if kind in ("address", "route", "fdb"):
            link = state.link(netns, name)
            return self._networks(state, link) if link is not None else frozenset()
        if kind in ("nft_rule", "nft_element", "iptables_rule", "firewalld_policy"):
            return frozenset((item.network,))
        return self._noted(state, item.name) if kind == "record" else frozenset()

    def _adopted(self, state, name) -> bool:
        return bool(self._noted(state, name) & self.networks)

    def _taken(self, item) -> bool:
        """Whether the place of ``item`` of the checkpoint has become somebody else's."""
        netns, name = item.key[1:3]
        if item.key[0] not in ("netns", "link", "address", "route", "fdb", "sysctl", "nft_element"):
            return False
        places = [item.key] if item.key[0] in ("netns", "nft_element") else [("netns", HOST, netns), ("link", netns, name)]
        if item.key[0] == "link" and item.peer:
            places += [("netns", HOST, item.peer[0]), item.peer_key]
        for key in places:
            was, now = self.before.get(key), self.now.get(key)
            if was is None or now is None or not self._goes_back(self.before, was):
                continue
            theirs = self._networks(self.now, now)
            # A run that was killed leaves what is ours and of no network yet.
            nobodys = key[0] == "link" and now.networks == frozenset() and not theirs
            if not nobodys and not self._networks(self.before, was) & theirs:
                return True
        return False

    def _shared(self, item):
        """``item`` with our networks as the checkpoint has them, and others' as they are now."""
        was, now = self.before.get(item.key), self.now.get(item.key)
        if now is None:
            return item
        if item.key[0] == "link" and now.networks is not None:
            back = (was.networks or frozenset()) & self.networks if was is not None else frozenset()
            return replace(item, group=now.group, alias=alias(back | now.networks - self.networks))
        if item.key[0] == "record" and item.subject == "adopted":
            back = set(was.value["networks"]) & self.networks if was is not None else set()
            return replace(item, value=dict(item.value, networks=sorted(back | set(now.value["networks"]) - self.networks)))
        return item

    def _others_came(self) -> bool:
        """Whether networks that need the host's switches as they are have come since: then they stay so."""
        known = {item.network for item in self.before.every("nft_rule")} | self.networks | {""}
        return any(item.network not in known for item in self.now.every("nft_rule"))

    def _firewall(self, found):
        key = NftTable(()).key
        was, now = self.before.get(key), self.now.get(key)
        asked = ask_maps(found, self.now)
        needed = {item.rule.chain for item in found.every("nft_rule")}
        if was is None and not needed:
            found.drop(key)
            return
        # A table that is there stays: what is made anew loses rules that we do not understand.
        table = now or was or NftTable(CHAINS)
        known = {one.name for one in (was.chains + was.maps if was is not None else ()) + asked + CHAINS} | needed
        ours = PUBLISHING + tuple(MAPS.values())
        chains, maps = ({one.name: one for one in part if one not in ours or one.name in known} for part in (table.chains, table.maps))
        for chain in (was.chains if was is not None else ()) + CHAINS + PUBLISHING:
            if chain.name in needed:
                chains.setdefault(chain.name, chain)
        maps.update((one.name, one) for one in asked)
        found.put(NftTable(tuple(chains.values()), tuple(maps.values())))

    def _firewalld(self, found):
        """Our zone: the networks' bindings as they were, everybody else's as they are."""
        key = FirewalldZone().key
        was, now = self.before.get(key), self.now.get(key)
        if was is None and now is None:
            return
        kept = {place: one for place, one in (now.bindings if now else {}).items() if set(one.networks) - self.networks}
        back = {place: one for place, one in (was.bindings if was else {}).items() if self.networks & set(one.networks)}
        bindings = tuple(one for _place, one in sorted({**back, **kept}.items()))
        if bindings:
            found.put(replace(now or replace(was, loaded=False), permanent=bindings, runtime=bindings, target=TARGET))
        else:
            found.drop(key)

    def _adopt(self, found, processes):
        for inode, name in self.lost_inodes().items():
            item = found[("netns", HOST, name)]
            if processes.get(name):
                found.put(replace(item, inode=inode, source=processes[name][0][0]))
                continue
            self.warnings.append("namespace '%s' cannot come back: its last process has ended." % name)
            near = [link.peer_key for link in found.every("link") if link.netns == name and link.peer]
            gone = {("netns", HOST, name), ("record", HOST, "adopted", name), *near}
            for key in list(found):
                if key in gone or key[1] == name or ("link",) + key[1:3] in gone:
                    found.drop(key)

    def _settle(self, found, wanted):
        # Nothing here is somebody's wish: it all was, or is.
        for key in settle(found, self.now, self.before, wanted):
            if key[0] == "link" and key in self.before and self._goes_back(self.before, self.before[key]):
                self.warnings.append("'%s' cannot come back: what it stands on is there no more." % key[2])
