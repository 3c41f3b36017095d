# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking: the steps of one namespace, said to its rtnetlink socket. One verb a method.

Message bodies are pyroute2's. What a message refers to by number (a device, a namespace) is looked up here.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass

from .._kinds.bridge import PORT_OPTIONS
from .._kinds.fdb import Fdb
from .._kinds.link import LINK_KINDS
from .._kinds.options import DEVICE, rows
from .._problem import Problem
from .._state import HOST
from .._steps import Step
from . import links, spaces
from .netlink import (
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    Message,
    NetlinkError,
    encode,
)

RTM_NEWLINK, RTM_DELLINK, RTM_SETLINK = 16, 17, 19
RTM_NEWADDR, RTM_DELADDR = 20, 21
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
RTM_NEWNEIGH, RTM_DELNEIGH = 28, 29
_IFF_UP = 1
_IFA_F_NODAD = 2
_RT_TABLE_MAIN, _RTPROT_STATIC, _RTN_UNICAST = 254, 4, 1
_RT_SCOPE_UNIVERSE, _RT_SCOPE_LINK, _RT_SCOPE_NOWHERE = 0, 253, 255
_RTNH_F_ONLINK = 4
_NUD_PERMANENT, _NTF_SELF = 0x80, 2


@dataclass
class Failure(Exception):
    """A step that could not be applied: the ``step``, the kernel's ``errno`` and what it ``said``."""

    step: Step
    errno: int
    said: str

    def __str__(self):
        return "%s: %s" % (self.step.line, self.said)


def require_pyroute2() -> None:
    """Import the message classes; Problem when there is no pyroute2."""
    try:
        from pyroute2.netlink.rtnl import ifaddrmsg, ifinfmsg, ndmsg, rtmsg  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        import sys  # pylint: disable=import-outside-toplevel

        raise Problem(
            "",
            "%s has no pyroute2 (%s): install Debian's python3-pyroute2, Fedora's python3-pyroute2 or PyPI's pyroute2 "
            "for it, or let the role linuxnet.container.pyroute2 do so." % (sys.executable, error),
        ) from error
    _CLASSES.update(
        link=ifinfmsg.ifinfmsg, address=ifaddrmsg.ifaddrmsg, route=rtmsg.rtmsg, neighbour=ndmsg.ndmsg
    )


_CLASSES: dict = {}


#: What the kernel says to the deletion of what is gone already: with its namespace, say, whose last process has ended.
_GONE = {
    "link_del": (errno.ENODEV,),
    "address_del": (errno.ENODEV, errno.EADDRNOTAVAIL),
    "route_del": (errno.ENODEV, errno.ESRCH),
    "fdb_del": (errno.ENODEV, errno.ENOENT),
}


class Speaker:
    """Steps of one namespace, said to its socket; ``home`` is a descriptor of the host's."""

    def __init__(self, netlink, home):
        self.netlink = netlink
        self.home = home
        self.indexes: dict = {}
        self.descriptors: dict = {}

    def close(self):
        for descriptor in self.descriptors.values():
            os.close(descriptor)
        self.descriptors = {}

    def say(self, steps):
        """Send ``steps``, in as few sends as their need for indexes of devices that they make allows."""
        pending: list = []
        made: set = set()
        for step in steps:
            needs = self._needs(step)
            if needs & made:
                self._flush(pending)
                pending, made = [], set()
            if step.do[0] == "link_add":
                link, peer = step.do[1], step.do[2]
                made.add(link.name)
                if peer is not None and peer.netns == step.netns:
                    made.add(peer.name)
            pending.append(step)
        self._flush(pending)

    @staticmethod
    def _needs(step):
        """Names of the devices whose index the step's message must hold."""
        verb, subject = step.do[0], step.do[1]
        if verb in ("address_add", "address_del", "route_add", "route_del", "fdb_add", "fdb_del"):
            return {subject.dev}
        if verb == "link_add":
            return {name for name in (subject.master, subject.options.get("dev")) if name}
        if verb == "link_set":
            return {step.do[2]["master"]} if step.do[2].get("master") else set()
        return set()

    def _flush(self, steps):
        if not steps:
            return
        self._look_up(steps)
        messages, said = [], []
        for step in steps:
            try:
                messages.append(getattr(self, step.do[0])(*step.do[1:]))
            except KeyError as error:
                if step.do[0] in _GONE:
                    continue
                raise Failure(step, errno.ENODEV, "there is no device %s" % error) from error
            except OSError as error:
                raise Failure(step, error.errno or 0, error.strerror or str(error)) from error
            said.append(step)

        def gone(position, number):
            return number in _GONE.get(said[position].do[0], ())

        try:
            self.netlink.batch(messages, gone)
        except NetlinkError as error:
            raise Failure(said[error.index], error.errno, error.said) from error

    def _look_up(self, steps):
        missing = sorted(set().union(*(self._needs(step) for step in steps)) - set(self.indexes))
        requests = [(links.RTM_GETLINK, links.request_name(name)) for name in missing]
        for name, body in zip(missing, self.netlink.get_many(requests)):
            if body:
                self.indexes[name] = links.index_of(body)

    def _namespace(self, name):
        if name not in self.descriptors:
            descriptor = spaces.open_name(name)
            if descriptor is None:
                raise OSError(errno.ENOENT, "there is no namespace '%s'" % name)
            self.descriptors[name] = descriptor
        return self.descriptors[name]

    # One verb a method; arguments are those of Step.do

    def link_add(self, link, peer):
        attrs = self._link_attributes(link)
        info = [["IFLA_INFO_KIND", link.kind]]
        data = self._data(LINK_KINDS[link.kind].options, link.options)
        if peer is not None:
            attached = self._link_attributes(peer, brought=True)
            if peer.netns != link.netns:
                descriptor = self.home if peer.netns == HOST else self._namespace(peer.netns)
                attached.append(["IFLA_NET_NS_FD", descriptor])
            data.append(["VETH_INFO_PEER", {"attrs": attached}])
        if data:
            info.append(["IFLA_INFO_DATA", {"attrs": data}])
        attrs.append(["IFLA_LINKINFO", {"attrs": info}])
        flags = _IFF_UP if link.up else 0
        body = encode(_CLASSES["link"], {"flags": flags, "change": flags}, attrs)
        return Message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body)

    def link_set(self, name, plain):
        flags = {}
        if "up" in plain:
            flags = {"flags": _IFF_UP if plain["up"] else 0, "change": _IFF_UP}
        attrs = [["IFLA_IFNAME", name]]
        for field, value in plain.items():
            if field == "addr_gen":
                inet6 = {"attrs": [["IFLA_INET6_ADDR_GEN_MODE", value]]}
                attrs.append(["IFLA_AF_SPEC", {"attrs": [["AF_INET6", inet6]]}])
            elif field == "master":
                attrs.append(["IFLA_MASTER", self.indexes[value] if value else 0])
            elif field != "up":
                attrs.append([_PLAIN[field], str(value) if field == "mac" else value])
        return Message(RTM_SETLINK, 0, encode(_CLASSES["link"], flags, attrs))

    def link_options(self, name, kind, options):
        data = self._data(LINK_KINDS[kind].options, options)
        info = [["IFLA_INFO_KIND", kind], ["IFLA_INFO_DATA", {"attrs": data}]]
        attrs = [["IFLA_IFNAME", name], ["IFLA_LINKINFO", {"attrs": info}]]
        return Message(RTM_NEWLINK, 0, encode(_CLASSES["link"], {}, attrs))

    def port_options(self, name, options):
        data = self._data(PORT_OPTIONS, options)
        info = [["IFLA_INFO_SLAVE_KIND", "bridge"], ["IFLA_INFO_SLAVE_DATA", {"attrs": data}]]
        attrs = [["IFLA_IFNAME", name], ["IFLA_LINKINFO", {"attrs": info}]]
        return Message(RTM_NEWLINK, 0, encode(_CLASSES["link"], {}, attrs))

    def link_del(self, name):
        return Message(RTM_DELLINK, 0, encode(_CLASSES["link"], {}, [["IFLA_IFNAME", name]]))

    def address_add(self, address, again):
        body = self._address(address, _IFA_F_NODAD if address.interface.version == 6 and address.nodad else 0)
        return Message(RTM_NEWADDR, NLM_F_CREATE | (NLM_F_REPLACE if again else NLM_F_EXCL), body)

    def address_del(self, address):
        return Message(RTM_DELADDR, 0, self._address(address, 0))

    def route_add(self, route, again):
        return Message(RTM_NEWROUTE, NLM_F_CREATE | (NLM_F_REPLACE if again else NLM_F_EXCL), self._route(route, False))

    def route_del(self, route):
        return Message(RTM_DELROUTE, 0, self._route(route, True))

    def fdb_add(self, entry):
        flags = NLM_F_CREATE | (NLM_F_APPEND if entry.many else NLM_F_REPLACE)
        return Message(RTM_NEWNEIGH, flags, self._fdb(entry))

    def fdb_del(self, entry):
        return Message(RTM_DELNEIGH, 0, self._fdb(entry))

    # Bodies

    def _link_attributes(self, link, brought=False):
        attrs = [["IFLA_IFNAME", link.name]]
        if link.mtu:
            attrs.append(["IFLA_MTU", link.mtu])
        if link.mac:
            attrs.append(["IFLA_ADDRESS", str(link.mac)])
        if not brought:
            if link.group:
                attrs.append(["IFLA_GROUP", link.group])
            if link.master:
                attrs.append(["IFLA_MASTER", self.indexes[link.master]])
        return attrs

    def _data(self, options, values):
        return [
            [option.attribute, self.indexes[value] if option.form is DEVICE else option.form.wire(value)]
            for option, value in rows(options, values)
        ]

    def _address(self, address, flags):
        interface = address.interface
        attrs = [["IFA_ADDRESS", str(interface.ip)], ["IFA_LOCAL", str(interface.ip)]]
        if address.broadcast:
            attrs.append(["IFA_BROADCAST", str(address.broadcast)])
        fields = {
            "family": _family(interface),
            "prefixlen": interface.network.prefixlen,
            "flags": flags,
            "scope": 254 if interface.ip.is_loopback else _RT_SCOPE_LINK if interface.ip.is_link_local and interface.version == 6 else 0,
            "index": self.indexes[address.dev],
        }
        return encode(_CLASSES["address"], fields, attrs)

    def _route(self, route, deletion):
        attrs = [["RTA_OIF", self.indexes[route.dev]]]
        if route.dst.prefixlen:
            attrs.append(["RTA_DST", str(route.dst.network_address)])
        if route.via:
            attrs.append(["RTA_GATEWAY", str(route.via)])
        if route.metric:
            attrs.append(["RTA_PRIORITY", route.metric])
        if route.src:
            attrs.append(["RTA_PREFSRC", str(route.src)])
        scope = _RT_SCOPE_UNIVERSE if route.via or route.dst.version == 6 else _RT_SCOPE_LINK
        fields = {
            "family": _family(route.dst),
            "dst_len": route.dst.prefixlen,
            "table": _RT_TABLE_MAIN,
            "proto": 0 if deletion else _RTPROT_STATIC,
            "scope": _RT_SCOPE_NOWHERE if deletion else scope,
            "type": 0 if deletion else _RTN_UNICAST,
            "flags": _RTNH_F_ONLINK if route.onlink else 0,
        }
        return encode(_CLASSES["route"], fields, attrs)

    def _fdb(self, entry: Fdb):
        attrs: list = [["NDA_LLADDR", str(entry.mac)], ["NDA_DST", str(entry.dst)]]
        if entry.port != entry.default_port:
            attrs.append(["NDA_PORT", entry.port])
        if entry.vni != entry.default_vni:
            attrs.append(["NDA_VNI", entry.vni])
        fields = {
            "family": socket.AF_BRIDGE if hasattr(socket, "AF_BRIDGE") else 7,
            "ifindex": self.indexes[entry.dev],
            "state": _NUD_PERMANENT,
            "flags": _NTF_SELF,
        }
        return encode(_CLASSES["neighbour"], fields, attrs)


_PLAIN = {"mtu": "IFLA_MTU", "mac": "IFLA_ADDRESS", "group": "IFLA_GROUP", "alias": "IFLA_IFALIAS"}


def _family(value):
    return socket.AF_INET if value.version == 4 else socket.AF_INET6


def mark_loopback(group, alias):
    """The message that marks a new namespace's loopback; packed here because a thousand of them are sent one by one."""
    body = links.header(1) + struct.pack("=HHI", 8, links.IFLA_GROUP, group or 0)
    return Message(RTM_SETLINK, 0, body + links.string(links.IFLA_IFALIAS, alias or ""))
