# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``vxlan_fdb``: the forwarding entries of VXLAN devices."""

from __future__ import annotations

from .. import _beside, _describe, _values
from .._door import COMMON
from .._kinds.fdb import Fdb
from .._kinds.vxlan import carried_by
from .._problem import Problem
from .._reach import Reach
from .._state import HOST
from .._values import MAC_FLOOD
from .vxlan import DSTPORT, VNI_MAX

_SINGLE = {
    "entries": {
        "type": "list",
        "elements": "dict",
        "options": {
            "mac": {"type": "str", "required": True},
            "dst": {"type": "str", "required": True},
            "port": {"type": "int"},
            "vni": {"type": "int"},
        },
    },
    "flood": {"type": "list", "elements": "str"},
    "purge": {"type": "bool", "default": False},
    "open_firewall": {"type": "bool", "default": True},
}

ARGUMENTS = {
    **COMMON,
    "device": {"type": "str"},
    **_SINGLE,
    "devices": {
        "type": "list",
        "elements": "dict",
        "options": {"device": {"type": "str", "required": True}, **_SINGLE},
    },
}


class _Device:
    """The entries of one device in normal form: [(option, mac, dst, port or None, vni or None)]."""

    def __init__(self, prefix, options):
        self.prefix = prefix
        self.name = _values.ifname(options["device"], prefix + "device")
        self.purge = options["purge"]
        self.open_firewall = options["open_firewall"]
        self.all = options["entries"] is None and options["flood"] is None
        self.entries = []
        # A thousand nodes' containers share few remotes: each is parsed once.
        known: dict = {}
        for position, text in enumerate(options["flood"] or []):
            option = "%sflood[%d]" % (prefix, position)
            self.entries.append((option, MAC_FLOOD, self._dst(known, text, option), None, None))
        for position, entry in enumerate(options["entries"] or []):
            option = "%sentries[%d]." % (prefix, position)
            mac = _values.mac(entry["mac"], option + "mac")
            dst = self._dst(known, entry["dst"], option + "dst")
            if entry["port"] is not None:
                _values.number(entry["port"], option + "port", 1, 65535)
            if entry["vni"] is not None:
                _values.number(entry["vni"], option + "vni", 0, VNI_MAX)
            self.entries.append((option + "mac", mac, dst, entry["port"], entry["vni"]))

    @staticmethod
    def _dst(known, text, option):
        if text not in known:
            dst = _values.address(text, option)
            if dst.is_unspecified:
                raise Problem(option, "'%s' is the address of no remote." % text)
            known[text] = dst
        return known[text]


class Wish:
    """What a task wants of forwarding entries."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        listed = [("devices[%d]." % n, one) for n, one in enumerate(params["devices"] or [])]
        if params["device"] is not None:
            if listed:
                raise Problem("device", "device and devices exclude each other: put them all into the list.")
            listed = [("", params)]
        elif params["entries"] or params["flood"] or params["purge"]:
            raise Problem("device", "entries are given, but the device they are of is missing.")
        elif params["devices"] is None:
            raise Problem("device", "say which: one by device, or many by devices.")
        self.devices = [_Device(prefix, one) for prefix, one in listed]
        names = set()
        for one in self.devices:
            if one.name in names:
                raise Problem(one.prefix + "device", "'%s' is listed twice." % one.name)
            names.add(one.name)

    def reach(self) -> Reach:
        reach = Reach(others_firewall=True)
        for one in self.devices:
            reach.links.add((HOST, one.name))
            reach.fdb.add((HOST, one.name))
        return reach

    def merge(self, merging) -> None:
        for one in self.devices:
            if not self.present and merging.target.link(HOST, one.name) is None:
                continue
            link = merging.need_link(HOST, one.name, one.prefix + "device", "vxlan")
            wanted = self._wanted(one, link)
            there = merging.target.of("fdb", HOST, one.name)
            if not self.present:
                for item in there:
                    if one.all or item.key in wanted:
                        merging.target.drop(item.key)
                continue
            remote = {entry.mac: entry.key for entry in wanted.values() if entry.mac != MAC_FLOOD}
            for item in there:
                # A unicast MAC has one remote: where the wanted one is another, the old one goes.
                moved = remote.get(item.mac, item.key) != item.key
                if item.key not in wanted and (one.purge or moved):
                    merging.target.drop(item.key)
            for entry in wanted.values():
                merging.target.put(entry)
        self._let_in(merging)

    def _let_in(self, merging):
        """Those whom the entries lead to may send, each to the port that the device receives on."""
        receiving = []
        for one in self.devices:
            link = merging.target.link(HOST, one.name)
            if not one.open_firewall or link is None or "dstport" not in link.options:
                continue
            peers = sorted({entry.dst for entry in merging.target.of("fdb", HOST, one.name) if not entry.dst.is_multicast}, key=int)
            network = min(link.networks or (), default="")
            receiving.append(_beside.Receiving(one.name, network, one.prefix + "open_firewall", link.options["dstport"], peers))
        _beside.let_in(merging, receiving, {one.name for one in self.devices})

    @staticmethod
    def _wanted(one, link) -> dict:
        port = link.options.get("dstport", DSTPORT)
        vni = link.options.get("vni", 0)
        wanted: dict = {}
        remotes: dict = {}
        for option, mac, dst, its_port, its_vni in one.entries:
            # Of a device that an earlier task would have made nothing is known.
            if link.options and dst.version != carried_by(link.options):
                raise Problem(option, "%s is not IPv%d, which carries '%s'." % (dst, carried_by(link.options), one.name))
            entry = Fdb(
                HOST, one.name, mac, dst, port if its_port is None else its_port, vni if its_vni is None else its_vni, port, vni
            )
            if mac != MAC_FLOOD:
                # vxlan_fdb_update_existing in the kernel: of several remotes of a MAC the last would be left.
                if remotes.setdefault(mac, entry).key != entry.key:
                    raise Problem(option, "%s is listed twice, with different remotes; a container is behind one." % mac)
            wanted[entry.key] = entry
        return wanted

    def result(self, outcome) -> dict:
        found = []
        for one in self.devices:
            if outcome.state.link(HOST, one.name) is not None:
                found.append({"device": one.name, "entries": _describe.entries(outcome.state, HOST, one.name)})
        return {"devices": found}
