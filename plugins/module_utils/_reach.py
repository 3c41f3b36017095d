# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reach: what a call speaks of, and so all that is read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from ._state import HOST, State


@dataclass
class Reach:
    """What to read. A namespace is named; HOST ("") is the one the module runs in.

    ``spaces``: namespaces read whole (links, addresses, routes), of those in ``bare`` the links alone; ``links``: {(netns, name)} read with their addresses
    and routes; ``ports_of``: {(netns, bridge)} whose ports are read too; ``networks``: names whose marked links on the
    host are read; ``everywhere``: those in any other namespace too, with that namespace;
    ``marked_spaces``: names whose marked namespaces are read, "" for all that are ours; ``peers``: the other ends of
    pairs too, wherever they are (looks into namespaces that nothing else speaks of: for removing);
    ``near_ends``: those of them that are on the host;
    ``fdb``: {(netns, device)}, ``fdb_of_marked``: of all marked devices too; ``owners_of``: addresses whose device on the host is read;
    ``sysctls``: {(netns, path)}; ``sought``: {Sought} namespaces that are to be adopted; ``processes``: namespaces whose
    processes are listed; ``firewall``: our table; ``others_firewall``: what other owners' chains do to packets, and what of ours is
    there; ``records``: what we noted; ``forwarding``: the forwarding switches as a whole; ``listening``: {(protocol, port)} of whom is
    looked up who listens there on the host; ``asked_by``: {netns: option that names it}.
    """

    spaces: set = field(default_factory=set)
    bare: set = field(default_factory=set)
    links: set = field(default_factory=set)
    ports_of: set = field(default_factory=set)
    networks: set = field(default_factory=set)
    everywhere: bool = False
    marked_spaces: set = field(default_factory=set)
    peers: bool = False
    near_ends: bool = False
    fdb: set = field(default_factory=set)
    fdb_of_marked: bool = False
    owners_of: set = field(default_factory=set)
    sysctls: set = field(default_factory=set)
    sought: set = field(default_factory=set)
    processes: set = field(default_factory=set)
    processes_of_marked: bool = False
    firewall: bool = False
    others_firewall: bool = False
    records: bool = False
    forwarding: bool = False
    listening: set = field(default_factory=set)
    asked_by: dict = field(default_factory=dict)

    def namespaces(self) -> set:
        """The named namespaces this reach looks into."""
        found = set(self.spaces)
        for netns, _name in self.links | self.ports_of | self.fdb | self.sysctls:
            found.add(netns)
        found |= self.processes
        found.discard(HOST)
        return found


def joined(reaches) -> Reach:
    """What all of ``reaches`` speak of together."""
    together = Reach()
    for reach in reaches:
        for one in fields(Reach):
            known, more = getattr(together, one.name), getattr(reach, one.name)
            setattr(together, one.name, {**known, **more} if isinstance(known, dict) else known | more)
    return together


@dataclass
class Observed:
    """What was read: the ``state``, and ``facts`` that are no objects of ours to set.

    Facts: ``host``: words that tell this host from others; ``ports``: {(netns, bridge): number of ports}; ``above``:
    {(netns, bridge): names of others' devices that were made on it, such as a macvlan};
    ``altnames``: {(netns, another name of a device): its name}; ``owner``: {address: device}; ``found``: {Sought: Found}, which
    is looked for once, before the run; ``processes``: {netns: [(pid, start time, command)]}; ``forwarding``: {4 or 6: {device: value}};
    ``uplinks``: bridges with a default route; ``listening``: [(protocol, address, port, process in words)];
    ``router_advertised``: devices with a default route from a router advertisement; ``others_chains``: list of
    _beside.OthersChain; ``firewalld``: how it runs, None when it does not; ``forward_chains``: the names of others' chains
    that see what is forwarded.
    """

    state: State = field(default_factory=State)
    facts: dict = field(default_factory=dict)
