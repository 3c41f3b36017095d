# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``network``: whatever the other doors can do, in one run that is all or nothing."""

from __future__ import annotations

from .. import _our_table
from .._door import LOCK, PURGE
from .._problem import Problem
from .._reach import joined
from . import bridge, nat_masquerade, netns, publish, veth, vxlan, vxlan_fdb

#: {our option: the door whose option it is}, in an order in which each finds there what it needs.
PARTS = {
    "namespaces": netns, "bridges": bridge, "vxlans": vxlan, "devices": vxlan_fdb, "veths": veth, "masquerades": nat_masquerade,
    "publications": publish,
}  # fmt: skip

#: Those whose rules are in our table, which is completed when all are in it.
_RULES = {"masquerades", "publications"}

ARGUMENTS = {
    **LOCK,
    **PURGE,
    **netns.STOP,
    **{many: {"type": "list", "elements": "dict"} for many in PARTS},
}

#: What the elements of the lists are checked by: the other doors' own arguments.
ELEMENTS = {many: {many: door.ARGUMENTS[many]} for many, door in PARTS.items()}


class Wish:
    """What a task wants of networks as a whole."""

    def __init__(self, params):
        said = [many for many in PARTS if params[many] is not None or params["purge_networks"]]
        if not said:
            raise Problem("bridges", "say what there is to be: %s, or purge_networks." % ", ".join(PARTS))
        self.parts = {many: self._part(PARTS[many], many, params) for many in said}

    @staticmethod
    def _part(door, many, params):
        given = {name: spec.get("default") for name, spec in door.ARGUMENTS.items()}
        given.update((name, params[name]) for name in given if name in params)
        given[many] = params[many] or []
        # Not every kind of object has networks of its own, and so a purge.
        return door.Wish(given)

    def reach(self):
        return joined(part.reach() for part in self.parts.values())

    def merge(self, merging) -> None:
        for many, part in self.parts.items():
            if many == "namespaces":
                part.bring(merging)
            elif many in _RULES:
                part.lay(merging)
            else:
                part.merge(merging)
        if _RULES & set(self.parts):
            _our_table.finish(merging)
        if "namespaces" in self.parts:
            # What leads into them has been taken out by then.
            self.parts["namespaces"].take_away(merging)

    def result(self, outcome) -> dict:
        return {}
