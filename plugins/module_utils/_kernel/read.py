# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: from a Reach to what is there. What the kernel's answers mean is said in ``links`` and ``answers``, whose other
end is where in ``pairs``.
"""

from __future__ import annotations

import errno
import os
import platform
import socket

from .._kinds.netns import Netns
from .._kinds.record import Record
from .._kinds.sysctl import ROUTE_LOCALNET, Sysctl
from .._problem import Problem
from .._reach import Observed
from .._state import HOST
from . import answers, links, listeners, pairs, run_folder, spaces, sysctls
from .netlink import Netlink, NetlinkError

#: More single requests than this cost more than one dump.
_FEW = 24


def read(reach) -> Observed:
    """All that ``reach`` speaks of, as it is now. Raises Problem for what cannot be read."""
    observed = Observed()
    try:
        _Reading(reach, observed).run()
    except (NetlinkError, OSError) as error:
        raise Problem("", "The state of the network cannot be read: %s." % (getattr(error, "strerror", None) or error)) from error
    return observed


def host_words() -> tuple:
    """What tells this host from others, for MACs that nobody gave: machine-id(5) and the host's name."""
    try:
        with open("/etc/machine-id", encoding="ascii") as file:
            machine = file.read().strip()
    except OSError:
        machine = ""
    return (machine, platform.node())


def _dump_routes(netlink, request) -> list:
    """The routes of a table; none when there is no such table: a namespace gets its IPv4 tables with the first device up."""
    try:
        return netlink.dump(answers.RTM_GETROUTE, request)
    except NetlinkError as error:
        if error.errno != errno.ENOENT:
            raise
        return []


class _Space:
    """What one namespace answered, before names are put in the place of indexes."""

    def __init__(self, name: str):
        self.name = name
        self.links: dict = {}  # index -> (Link, attributes of peer and master by index)
        self.names: dict = {}  # index -> name, of links that only others refer to
        self.nsid_of_host = None

    def name_of(self, index: int) -> str:
        return self.links[index][0].name if index in self.links else self.names.get(index, "")


class _Reading:
    def __init__(self, reach, observed):
        self.reach = reach
        self.state = observed.state
        self.facts = observed.facts
        self.spaces: dict = {}
        self.inodes: dict = {}

    def run(self):
        reach, facts = self.reach, self.facts
        facts["host"] = host_words()
        facts["owner"] = {}
        facts["ports"] = {}
        facts["altnames"] = {}
        facts["above"] = {}
        wanted = reach.namespaces()
        if reach.records:
            for subject, name, value in run_folder.records():
                self.state.put(Record(subject, name, value))
        with spaces.Journey() as journey:
            for name in spaces.names() if reach.marked_spaces or reach.processes_of_marked or reach.everywhere else ():
                if name not in wanted:
                    self._space(name, journey, only_marked=reach.marked_spaces)
            for name in sorted(wanted):
                self._space(name, journey)
        self._host()
        if reach.peers:
            self._far_ends()
        if reach.peers or reach.near_ends:
            self._near_ends()
        for link in pairs.resolved(self.spaces):
            self.state.put(link)
        listed = set(reach.processes)
        if reach.processes_of_marked:
            listed |= {name for name in self.inodes.values() if self._marked(name, reach.marked_spaces)}
        facts["processes"] = {}
        if listed:
            facts["processes"] = spaces.processes({i: n for i, n in self.inodes.items() if n in listed})
        if reach.firewall or reach.others_firewall:
            # Only then: what speaks nf_tables costs time to load.
            from . import firewall  # pylint: disable=import-outside-toplevel

            firewall.read(reach, self.state, facts)
        facts["listening"] = listeners.listening(reach.listening) if reach.listening else []
        if reach.forwarding:
            self._forwarding()

    def _forwarding(self):
        """The forwarding switches device by device, and what is lost when they are switched."""
        facts = self.facts
        facts["forwarding"] = {version: sysctls.every("net/ipv%d/conf" % version, "forwarding") for version in (4, 6)}
        for version, values in facts["forwarding"].items():
            for device, value in values.items():
                # The switch sets them all: only one that differs from it is a state of its own.
                if value != values.get("all"):
                    self.state.put(Sysctl(HOST, "net/ipv%d/conf/%s/forwarding" % (version, device), value))
        redirects = "net/ipv4/conf/all/accept_redirects"
        self.state.put(Sysctl(HOST, redirects, sysctls.read(redirects)))
        facts["router_advertised"], facts["uplinks"] = self._defaults()
        # Those that we have told to go on listening are looked at even when their route has run out.
        told = [item.value.get("accept_ra", {}) for item in self.state.every("record") if item.subject == "sysctl"]
        for device in sorted(facts["router_advertised"].union(*told)):
            path = "net/ipv6/conf/%s/accept_ra" % device
            self.state.put(Sysctl(HOST, path, sysctls.read(path)))

        for bridge in [item.name for item in self.state.every("record") if item.subject == "localnet"]:
            path = ROUTE_LOCALNET % bridge
            self.state.put(Sysctl(HOST, path, sysctls.read(path)))

    @staticmethod
    def _defaults():
        """Of the devices with a default route: those whose IPv6 route came in a router advertisement, and the bridges."""
        with Netlink() as netlink:
            routes = [body for family in (socket.AF_INET, socket.AF_INET6) for _type, body in _dump_routes(netlink, answers.ask_routes(family))]
            advertised, devices = ({which(body) for body in routes} - {None} for which in (answers.router_advertised, answers.way_out))
            requests = [(links.RTM_GETLINK, links.request(index)) for index in sorted(advertised | devices)]
            found = [links.answer(HOST, body)[:2] for body in netlink.get_many(requests) if body]
        names = {link.name for index, link in found if index in advertised}
        return names, sorted(link.name for index, link in found if index in devices and link.kind == "bridge" and link.networks is None)

    # One namespace

    def _space(self, name, journey, only_marked=None, whole=False):
        try:
            descriptor = spaces.open_name(name)
        except spaces.NoNamespace as error:
            if only_marked is not None:
                return
            raise Problem(self.reach.asked_by.get(name, "netns"), "%s/%s: %s." % (spaces.RUN, name, error.strerror)) from error
        if descriptor is None:
            return
        try:
            journey.into(descriptor)
            with Netlink() as netlink:
                if only_marked is not None and not self._is_marked(netlink, only_marked, name, descriptor):
                    return
                space = self.spaces[name] = _Space(name)
                self.state.put(Netns(name, spaces.inode(descriptor)))
                self.inodes[spaces.inode(descriptor)] = name
                if whole or name in self.reach.spaces or only_marked is not None:
                    self._whole(netlink, space)
                else:
                    self._some(netlink, space)
                if any(raw["nsid"] is not None for _link, raw in space.links.values()):
                    space.nsid_of_host = pairs.id_of(netlink, journey.home)
                self._fdbs(netlink, space)
            self._sysctls(name)
        finally:
            os.close(descriptor)

    def _whole(self, netlink, space):
        self._links(netlink, space, netlink.dump(links.RTM_GETLINK, links.request()))
        if space.name not in self.reach.bare:
            self._addresses(netlink, space, None)
            self._routes(netlink, space, None)

    def _is_marked(self, netlink, networks, name, descriptor):
        adopted = self.state.get(("record", HOST, "adopted", name))
        if adopted is not None and adopted.value["inode"] == spaces.inode(descriptor):
            return "" in networks or bool(networks & set(adopted.value["networks"]))
        found = self._by_name(netlink, ["lo"])
        if found[0] and self._carries(found[0], networks):
            return True
        if not self.reach.everywhere:
            return False
        # Pairs of ours may stand in a namespace of somebody else's.
        return any(self._carries(body, self.reach.networks) for _type, body in netlink.dump(links.RTM_GETLINK, links.request()))

    @staticmethod
    def _carries(body, networks):
        """Whether the link of an answer carries the mark of one of ``networks``; "" for any of ours."""
        marks = links.answer("", body)[1].networks
        return marks is not None and bool(networks & marks or "" in networks)

    def _marked(self, name, networks):
        loopback = self.state.link(name, "lo")
        marks = loopback.networks if loopback else None
        return marks is not None and bool(networks & marks or "" in networks)

    def _host(self):
        space = self.spaces[HOST] = _Space(HOST)
        with Netlink() as netlink:
            if HOST in self.reach.spaces:
                self._whole(netlink, space)
            else:
                self._some(netlink, space)
            self._fdbs(netlink, space)
        self._sysctls(HOST)
        for link, _raw in space.links.values():
            path = ROUTE_LOCALNET % link.name
            # Off is what a new bridge has: only what is on has to come back with one that is made again.
            if link.kind == "bridge" and sysctls.read(path) == "1":
                self.state.put(Sysctl(HOST, path, "1"))

    def _far_ends(self):
        """The other ends of pairs, those in namespaces that were not read."""
        read = [space for space in self.spaces.values() if space.name == HOST or space.name in self.reach.spaces]
        for space in read:
            ids = {raw["nsid"] for link, raw in space.links.values() if link.kind == "veth"} - {None, space.nsid_of_host}
            if ids:
                descriptor = spaces.own() if space.name == HOST else spaces.open_name(space.name)
                if descriptor is None:
                    continue  # it has gone meanwhile, and its pairs with it
                try:
                    # Those that are read already first: nobody else may have to be looked into.
                    names = sorted(spaces.names(), key=lambda name: name not in self.spaces)
                    known = pairs.known_as(descriptor, ids, names)
                finally:
                    os.close(descriptor)
                with spaces.Journey() as journey:
                    for name in known.values():
                        if name not in self.spaces:
                            self._space(name, journey, whole=True)

    def _near_ends(self):
        """The other ends of pairs, those on the host."""
        host = self.spaces[HOST]
        near = set()
        for space in self.spaces.values():
            if space.name != HOST and space.nsid_of_host is not None:
                ends = [raw for link, raw in space.links.values() if link.kind == "veth" and raw["nsid"] == space.nsid_of_host]
                near |= {raw["link"] for raw in ends} - set(host.links)
        if near:
            with Netlink() as netlink:
                requests = [(links.RTM_GETLINK, links.request(index)) for index in sorted(near)]
                self._links(netlink, host, [(16, body) for body in netlink.get_many(requests) if body])
                self._masters(netlink, host)
                self._addresses(netlink, host, near)
                self._routes(netlink, host, near & set(host.links))

    def _some(self, netlink, space):
        """The links of a namespace that the reach names, or that carry one of its networks' marks."""
        reach, netns = self.reach, space.name
        names = sorted(name for where, name in reach.links if where == netns)
        bridges = {name for where, name in reach.ports_of if where == netns}
        owners = reach.owners_of if netns == HOST else set()
        networks = reach.networks if netns == HOST else set()
        if owners:
            names += [name for name in self._owners(netlink, owners) if name not in names]
        if networks or bridges or len(names) > _FEW:
            dumped = netlink.dump(links.RTM_GETLINK, links.request())
            self._links(netlink, space, dumped)
            self._keep(space, set(names), bridges, networks)
        else:
            self._links(netlink, space, [(16, body) for body in self._by_name(netlink, names) if body])
            # The kernel finds a device by any of its names; only that of its own is the one that was spoken of.
            space.links = {index: found for index, found in space.links.items() if found[0].name in names}
            self._masters(netlink, space)
        indexes = set(space.links)
        if indexes:
            self._addresses(netlink, space, indexes)
            self._routes(netlink, space, indexes)

    def _keep(self, space, names, bridges, networks):
        index_of = {link.name: index for index, (link, raw) in space.links.items()}
        masters = {index_of[name]: name for name in bridges if name in index_of}
        for index, (link, raw) in space.links.items():
            # Whose the ports of a bridge are decides whether it may go.
            if link.kind == "bridge" and link.networks and link.networks & networks:
                masters[index] = link.name
        kept: set = set()
        count: dict = {}
        for index, (link, raw) in space.links.items():
            if raw["master"]:
                count[raw["master"]] = count.get(raw["master"], 0) + 1
            marks = link.networks
            if link.name in names or raw["master"] in masters:
                kept.add(index)
            elif marks is not None and ("" in networks or marks & networks):
                kept.add(index)
        # What a kept link refers to is read along with it, so that its master has a name.
        kept |= {space.links[index][1]["master"] for index in kept} - {0}
        for index, name in masters.items():
            self.facts["ports"][(space.name, name)] = count.get(index, 0)
            self.facts["above"][(space.name, name)] = sorted(
                link.name
                for link, raw in space.links.values()
                if link.networks is None and (index == raw["dev"] or index == raw["link"] and raw["nsid"] is None and link.kind != "veth")
            )
        for index in set(space.links) - kept:
            space.names[index] = space.links.pop(index)[0].name

    def _masters(self, netlink, space):
        """Single links name their master and underlay by index: read those too."""
        missing = set()
        for _link, raw in space.links.values():
            missing |= {raw["master"], raw["dev"]}
        missing -= set(space.links) | {0}
        requests = [(links.RTM_GETLINK, links.request(index)) for index in sorted(missing)]
        for body in netlink.get_many(requests):
            if body:
                index, link, _raw = links.answer(space.name, body)
                space.names[index] = link.name

    @staticmethod
    def _by_name(netlink, names):
        return netlink.get_many([(links.RTM_GETLINK, links.request_name(name)) for name in names])

    def _owners(self, netlink, addresses):
        """Names of the devices that have one of ``addresses``."""
        wanted = {address.packed: address for address in addresses}
        owners = (answers.owner(body) for _type, body in netlink.dump(answers.RTM_GETADDR, answers.ask_addresses()))
        found = {wanted[packed]: index for packed, index in owners if packed in wanted}
        indexes = sorted(set(found.values()))
        requests = [(links.RTM_GETLINK, links.request(index)) for index in indexes]
        bodies = netlink.get_many(requests)
        names = {index: links.answer(HOST, body)[1].name for index, body in zip(indexes, bodies) if body}
        self.facts["owner"].update((address, names[index]) for address, index in found.items() if index in names)
        return sorted(names.values())

    # Objects

    def _links(self, netlink, space, answers):
        for _type, body in answers:
            index, link, raw = links.answer(space.name, body)
            space.links[index] = (link, raw)
            self.facts["altnames"].update(((space.name, name), link.name) for name in raw["altnames"])

    def _addresses(self, netlink, space, indexes):
        known = {index: link for index, (link, _raw) in space.links.items() if indexes is None or index in indexes}
        for _type, body in netlink.dump(answers.RTM_GETADDR, answers.ask_addresses()):
            self._put(answers.address(space.name, known, body))

    def _routes(self, netlink, space, indexes):
        known = {index: link for index, (link, _raw) in space.links.items()}
        for family in (socket.AF_INET, socket.AF_INET6):
            if indexes is None or len(indexes) > _FEW:
                requests = [answers.ask_routes(family)]
            else:
                # A bridge's port has none, and a thousand of them would be asked one by one.
                requests = [answers.ask_routes(family, index) for index in sorted(indexes) if not space.links[index][1]["master"]]
            for request in requests:
                for _type, body in _dump_routes(netlink, request):
                    self._put(answers.route(space.name, known, body))

    def _fdbs(self, netlink, space):
        devices = {name for where, name in self.reach.fdb if where == space.name}
        if not devices and not self.reach.fdb_of_marked:
            return
        for index, (link, _raw) in space.links.items():
            wanted = link.name in devices or self.reach.fdb_of_marked and link.networks is not None
            if wanted and link.kind == "vxlan":
                for _type, body in netlink.dump(answers.RTM_GETNEIGH, answers.ask_entries(index)):
                    self._put(answers.entry(space.name, link, index, body))

    def _put(self, item):
        if item is not None:
            self.state.put(item)

    def _sysctls(self, netns):
        for where, path in sorted(self.reach.sysctls) if self.reach.sysctls else ():
            if where == netns:
                self.state.put(Sysctl(netns, path, sysctls.read(path)))
