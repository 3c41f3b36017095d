# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``network_info``: what there is, as the engine sees it."""

from __future__ import annotations

from .. import _describe, _values
from .._reach import Reach
from .._state import HOST

ARGUMENTS = {
    "netns": {"type": "list", "elements": "str"},
    "network": {"type": "list", "elements": "str"},
    "host": {"type": "bool", "default": False},
}


class Question:
    """What a task asks. Without options: all that is ours."""

    def __init__(self, params):
        self.netns = [_values.netns_name(name, "netns") for name in params["netns"] or []]
        self.networks = [_values.network_name(name, "network") for name in params["network"] or []]
        self.host = params["host"]

    def reach(self) -> Reach:
        reach = Reach(spaces=set(self.netns), processes=set(self.netns), records=True)
        if self.host:
            reach.spaces.add(HOST)
        if self.networks or not self.netns:
            # "" stands for every mark of ours.
            marks = set(self.networks) or {""}
            reach.networks, reach.marked_spaces = marks, marks
            reach.everywhere = True
            reach.firewall = reach.fdb_of_marked = reach.processes_of_marked = True
        return reach

    def answer(self, observed) -> dict:
        state = observed.state
        rules, ports, processes = _describe.rules(state), _describe.ports(state), observed.facts.get("processes", {})
        if self.networks:
            rules, ports = ([one for one in listed if one["network"] in self.networks] for listed in (rules, ports))
        return {
            "host": {
                "links": _describe.links(state, HOST),
                "fdb": [
                    {"device": link.name, "entries": _describe.entries(state, HOST, link.name)}
                    for link in state.every("link")
                    if link.kind == "vxlan" and link.netns == HOST
                ],
                "rules": rules,
                "ports": ports,
            },
            "namespaces": [_describe.netns(state, item.name, processes.get(item.name, ())) for item in state.every("netns")],
        }
