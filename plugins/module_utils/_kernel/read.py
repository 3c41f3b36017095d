# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: from a Reach to what is there. The only place that makes objects out of the kernel's answers.

Requests are a few fixed bytes and answers are unpacked directly, so that reading needs no pyroute2. Sources:
rtnetlink(7), linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h, linux/neighbour.h, linux/net_namespace.h.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import platform
import socket
import struct
from dataclasses import replace

from .._kinds.address import Address
from .._kinds.fdb import Fdb
from .._kinds.netns import Netns
from .._kinds.record import Record
from .._kinds.route import DEFAULT_METRIC, Route
from .._kinds.sysctl import Sysctl
from .._problem import Problem
from .._reach import Observed
from .._state import HOST
from .._values import Mac
from . import links, run_folder, spaces, sysctls
from .netlink import Netlink, NetlinkError, attributes
from .offload import tx_offload

RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETNSID = 22, 26, 30, 90
_IFADDR = struct.Struct("=BBBBi")
_RTMSG = struct.Struct("=BBBBBBBBI")
_NDMSG = struct.Struct("=BxxxiHBB")
_U32 = struct.Struct("=I")
_I32 = struct.Struct("=i")

_IFA_F_SECONDARY, _IFA_F_PERMANENT = 0x01, 0x80
_RT_TABLE_MAIN, _RTN_UNICAST, _RTM_F_CLONED, _RTNH_F_ONLINK = 254, 1, 0x200, 4
#: rtm_protocol of routes that are somebody else's doing: redirect, kernel, router advertisement.
_NOT_STATIC = frozenset((1, 2, 9))
_PROTO_RA = 9
_NUD_PERMANENT, _NTF_EXT_LEARNED = 0x80, 0x10
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
        return netlink.dump(RTM_GETROUTE, request)
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
        home = spaces.own()
        try:
            facts["inode"] = {pid: self._inode_of(pid) for pid in reach.pids}
            facts["home"] = spaces.inode(home)
            if reach.records:
                for subject, name, value in run_folder.records():
                    self.state.put(Record(subject, name, value))
            for name in spaces.names() if reach.marked_spaces or reach.processes_of_marked or reach.everywhere else ():
                if name not in wanted:
                    self._space(name, home, only_marked=reach.marked_spaces)
            for name in sorted(wanted):
                self._space(name, home)
            self._host()
            if reach.peers:
                self._far_ends(home)
            if reach.peers or reach.near_ends:
                self._near_ends()
        finally:
            os.close(home)
        self._resolve()
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
        facts["router_advertised"] = self._router_advertised()
        # Those that we have told to go on listening are looked at even when their route has run out.
        told = [item.value.get("accept_ra", {}) for item in self.state.every("record") if item.subject == "sysctl"]
        for device in sorted(facts["router_advertised"].union(*told)):
            path = "net/ipv6/conf/%s/accept_ra" % device
            self.state.put(Sysctl(HOST, path, sysctls.read(path)))

    @staticmethod
    def _router_advertised():
        """Devices whose IPv6 default route came in a router advertisement."""
        with Netlink() as netlink:
            found = set()
            for _type, body in _dump_routes(netlink, _RTMSG.pack(socket.AF_INET6, 0, 0, 0, _RT_TABLE_MAIN, 0, 0, 0, 0)):
                _family, length, _src, _tos, _table, protocol, _scope, _kind, _flags = _RTMSG.unpack_from(body)
                values = attributes(body, _RTMSG.size)
                if protocol == _PROTO_RA and length == 0 and 4 in values:
                    found.add(_U32.unpack(values[4])[0])
            requests = [(links.RTM_GETLINK, links.request(index)) for index in sorted(found)]
            return {links.answer(HOST, body)[1].name for body in netlink.get_many(requests) if body}

    # One namespace

    def _inode_of(self, pid):
        try:
            descriptor = spaces.open_process(pid)
        except PermissionError:
            return 0
        if descriptor is None:
            return None
        try:
            return -1 if spaces.is_of_the_kernel(pid) else spaces.inode(descriptor)
        finally:
            os.close(descriptor)

    def _space(self, name, home, only_marked=None, whole=False):
        try:
            descriptor = spaces.open_name(name)
        except spaces.NoNamespace as error:
            if only_marked is not None:
                return
            raise Problem(self.reach.asked_by.get(name, "netns"), "%s/%s: %s." % (spaces.RUN, name, error.strerror)) from error
        if descriptor is None:
            return
        try:
            with spaces.inside(descriptor):
                with Netlink() as netlink:
                    if only_marked is not None and not self._is_marked(netlink, only_marked, name, descriptor):
                        return
                    space = self.spaces[name] = _Space(name)
                    self.state.put(Netns(name, spaces.inode(descriptor)))
                    self.inodes[spaces.inode(descriptor)] = name
                    if whole or name in self.reach.spaces or only_marked is not None:
                        self._links(netlink, space, netlink.dump(links.RTM_GETLINK, links.request()))
                        self._addresses(netlink, space, None)
                        self._routes(netlink, space, None)
                    else:
                        self._some(netlink, space)
                    space.nsid_of_host = self._nsid(netlink, home)
                    self._fdbs(netlink, space)
                self._sysctls(name)
        finally:
            os.close(descriptor)

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
                self._links(netlink, space, netlink.dump(links.RTM_GETLINK, links.request()))
                self._addresses(netlink, space, None)
                self._routes(netlink, space, None)
            else:
                self._some(netlink, space)
            self._fdbs(netlink, space)
        self._sysctls(HOST)

    def _far_ends(self, home):
        """The other ends of pairs, those in namespaces that were not read."""
        read = [space for space in self.spaces.values() if space.name == HOST or space.name in self.reach.spaces]
        for space in read:
            ids = {raw["nsid"] for link, raw in space.links.values() if link.kind == "veth"} - {None, space.nsid_of_host}
            if ids:
                descriptor = home if space.name == HOST else spaces.open_name(space.name)
                try:
                    # Those that are read already first: nobody else may have to be looked into.
                    names = sorted(spaces.names(), key=lambda name: name not in self.spaces)
                    for name in self._known_as(descriptor, ids, names).values():
                        if name not in self.spaces:
                            self._space(name, home, whole=True)
                finally:
                    if descriptor != home:
                        os.close(descriptor)

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

    def _known_as(self, descriptor, ids, names):
        """{id: name} of the namespaces among ``names`` that the one of ``descriptor`` knows by ``ids``."""
        found: dict = {}
        with spaces.inside(descriptor), Netlink() as netlink:
            for name in names:
                if len(found) == len(ids):
                    break
                try:
                    other = spaces.open_name(name)
                except spaces.NoNamespace:
                    continue
                if other is None:
                    continue
                try:
                    number = self._nsid(netlink, other)
                finally:
                    os.close(other)
                if number in ids:
                    found.setdefault(number, name)
        return found

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
        found = {}
        for _type, body in netlink.dump(RTM_GETADDR, _IFADDR.pack(0, 0, 0, 0, 0)):
            _family, _length, _flags, _scope, index = _IFADDR.unpack_from(body)
            values = attributes(body, _IFADDR.size)
            packed = values.get(2) or values[1]  # IFA_LOCAL, IFA_ADDRESS
            if packed in wanted:
                found[wanted[packed]] = index
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
        names = {index: link.name for index, (link, raw) in space.links.items()}
        for _type, body in netlink.dump(RTM_GETADDR, _IFADDR.pack(0, 0, 0, 0, 0)):
            family, length, flags, _scope, index = _IFADDR.unpack_from(body)
            if index not in names or (indexes is not None and index not in indexes):
                continue
            values = attributes(body, _IFADDR.size)
            flags = _U32.unpack(values[8])[0] if 8 in values else flags
            if not flags & _IFA_F_PERMANENT:
                continue
            packed = values.get(2) or values[1]  # IFA_LOCAL, IFA_ADDRESS
            if family == socket.AF_INET6 and packed[:2] == b"\xfe\x80" and self._of_the_kernel(values, space, index):
                continue
            interface = ipaddress.ip_interface((packed, length))
            broadcast = ipaddress.IPv4Address(values[4]) if 4 in values and family == socket.AF_INET else None
            if names[index] == "lo" and interface.ip.is_loopback:
                continue
            secondary = bool(flags & _IFA_F_SECONDARY) if family == socket.AF_INET else None
            self.state.put(Address(space.name, names[index], interface, broadcast, secondary=secondary))

    @staticmethod
    def _of_the_kernel(values, space, index):
        """Whether a link-local address is the kernel's own: by IFA_PROTO (Linux 5.18), else made from the MAC."""
        if 11 in values:
            return values[11][0] == 3  # IFAPROT_KERNEL_LL
        mac = space.links[index][0].mac
        packed = values.get(2) or values[1]  # IFA_LOCAL, IFA_ADDRESS
        return bool(mac) and packed[8:] == bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]

    def _routes(self, netlink, space, indexes):
        names = {index: link.name for index, (link, raw) in space.links.items()}
        bodies = []
        for family in (socket.AF_INET, socket.AF_INET6):
            head = _RTMSG.pack(family, 0, 0, 0, _RT_TABLE_MAIN, 0, 0, 0, 0)
            if indexes is None or len(indexes) > _FEW:
                bodies += _dump_routes(netlink, head)
                continue
            for index in sorted(indexes):
                # A bridge's port has none, and a thousand of them would be asked one by one.
                if not space.links[index][1]["master"]:
                    bodies += _dump_routes(netlink, head + struct.pack("=HHI", 8, 4, index))
        for _type, body in bodies:
            family, length, _src, _tos, table, protocol, _scope, kind, flags = _RTMSG.unpack_from(body)
            values = attributes(body, _RTMSG.size)
            table = _U32.unpack(values[15])[0] if 15 in values else table
            index = _U32.unpack(values[4])[0] if 4 in values else 0
            if table != _RT_TABLE_MAIN or kind != _RTN_UNICAST or flags & _RTM_F_CLONED or protocol in _NOT_STATIC:
                continue
            if index not in names:
                continue
            version = 4 if family == socket.AF_INET else 6
            packed = values.get(1, b"\0" * (4 if version == 4 else 16))
            metric = _U32.unpack(values[6])[0] if 6 in values else DEFAULT_METRIC[version]
            self.state.put(
                Route(
                    space.name,
                    names[index],
                    ipaddress.ip_network((packed, length)),
                    metric,
                    ipaddress.ip_address(values[5]) if 5 in values else None,
                    ipaddress.ip_address(values[7]) if 7 in values else None,
                    bool(flags & _RTNH_F_ONLINK),
                )
            )

    def _fdbs(self, netlink, space):
        devices = {name for where, name in self.reach.fdb if where == space.name}
        for index, (link, _raw) in space.links.items():
            wanted = link.name in devices or self.reach.fdb_of_marked and link.networks is not None
            if not wanted or link.kind != "vxlan":
                continue
            port, vni = link.options.get("dstport", 0), link.options.get("vni", 0)
            for _type, body in netlink.dump(RTM_GETNEIGH, _NDMSG.pack(socket.AF_BRIDGE, index, 0, 0, 0)):
                _family, device, state, flags, _kind = _NDMSG.unpack_from(body)
                values = attributes(body, _NDMSG.size)
                if device != index or 1 not in values or not state & _NUD_PERMANENT or flags & _NTF_EXT_LEARNED:
                    continue
                dst = ipaddress.ip_address(values[1])
                mac = Mac(values[2])
                # The device's own group or remote stands in the database too; it goes with the device.
                if not any(mac) and dst == link.options.get("group"):
                    continue
                self.state.put(
                    Fdb(
                        space.name,
                        link.name,
                        mac,
                        dst,
                        struct.unpack(">H", values[6])[0] if 6 in values else port,
                        _U32.unpack(values[7])[0] if 7 in values else vni,
                        port,
                        vni,
                    )
                )

    def _sysctls(self, netns):
        for where, path in sorted(self.reach.sysctls):
            if where == netns:
                self.state.put(Sysctl(netns, path, sysctls.read(path)))

    @staticmethod
    def _nsid(netlink, descriptor):
        """The id by which the namespace of ``netlink`` knows that of ``descriptor``; None when it has none."""
        body = netlink.get(RTM_GETNSID, struct.pack("=B3xHHi", 0, 8, 3, descriptor))
        if not body:
            return None
        found = attributes(body, 4).get(1)
        number = _I32.unpack(found)[0] if found else -1
        return number if number >= 0 else None

    # Names in the place of indexes

    def _resolve(self):
        host = self.spaces.get(HOST)
        by_index = {index: link for index, (link, raw) in host.links.items()} if host else {}
        for space in self.spaces.values():
            names = dict(space.names)
            names.update({index: link.name for index, (link, raw) in space.links.items()})
            for index, (link, raw) in space.links.items():
                options = dict(link.options)
                if raw["dev"]:
                    options["dev"] = names.get(raw["dev"], "#%d" % raw["dev"])
                link = replace(link, master=names.get(raw["master"], "") if raw["master"] else "", options=options)
                if link.kind == "vxlan":
                    link = replace(link, tx_offload=self._tx_offload(space.name, link.name))
                self.state.put(link)
        for space in self.spaces.values():
            for index, (link, raw) in space.links.items():
                if link.kind != "veth":
                    continue
                if raw["nsid"] is None and raw["link"] in space.links:
                    self._pair(space.name, link.name, space.name, space.links[raw["link"]][0].name)
                elif space.name != HOST and raw["nsid"] is not None and raw["nsid"] == space.nsid_of_host:
                    near = by_index.get(raw["link"])
                    if near is not None:
                        self._pair(space.name, link.name, HOST, near.name)
        self._pair_namespaces()

    def _pair(self, netns, name, other_netns, other_name):
        for key, peer in (
            (("link", netns, name), (other_netns, other_name)),
            (("link", other_netns, other_name), (netns, name)),
        ):
            self.state.put(replace(self.state[key], peer=peer))

    def _pair_namespaces(self):
        """Pairs between two named namespaces: each is asked by which id it knows the others."""
        open_ends: dict = {}
        for space in self.spaces.values():
            for link, raw in space.links.values() if space.name != HOST else ():
                if link.kind == "veth" and raw["nsid"] not in (None, space.nsid_of_host):
                    open_ends.setdefault(space.name, set()).add(raw["nsid"])
        for name, ids in open_ends.items():
            descriptor = spaces.open_name(name)
            if descriptor is None:
                continue
            try:
                known = self._known_as(descriptor, ids, [other for other in open_ends if other != name])
            finally:
                os.close(descriptor)
            for link, raw in self.spaces[name].links.values():
                other = known.get(raw["nsid"]) if raw["nsid"] is not None else None
                if link.kind == "veth" and other and raw["link"] in self.spaces[other].links:
                    self._pair(name, link.name, other, self.spaces[other].links[raw["link"]][0].name)

    def _tx_offload(self, netns, name):
        """Transmit checksum offload of a device on the host (ethtool(8), ETHTOOL_GTXCSUM); None where unknown."""
        if netns != HOST:
            return None
        return tx_offload(name)
