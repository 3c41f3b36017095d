# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking: the steps of one namespace, said to its rtnetlink socket. One verb a method.

Message bodies are ``packed``'s, those of kinds of links pyroute2's. What a message refers to by number (a device, a
namespace) is looked up here.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import sys
from dataclasses import dataclass

from .._kinds.bridge import PORT_OPTIONS
from .._kinds.link import LINK_KINDS
from .._kinds.options import DEVICE, rows
from .._problem import Problem
from .._state import HOST
from .._steps import Step
from . import links, packed, spaces
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


@dataclass
class Failure(Exception):
    """A step that could not be applied: the ``step``, the kernel's ``errno`` and what it ``said``."""

    step: Step
    errno: int
    said: str

    def __str__(self):
        return "%s: %s" % (self.step.line, self.said)


def require_pyroute2() -> None:
    """Problem when there is no pyroute2. It is loaded only where a message needs it, which takes longer than many a run."""
    try:
        if importlib.util.find_spec("pyroute2") is None:
            raise ImportError("No module named 'pyroute2'")
    except ImportError as error:
        raise _without_pyroute2(error) from error


def _without_pyroute2(why) -> Problem:
    return Problem(
        "",
        "%s has no pyroute2 (%s): install Debian's python3-pyroute2, Fedora's python3-pyroute2 or PyPI's pyroute2 "
        "for it, or let the role linuxnet.container.pyroute2 do so." % (sys.executable, why),
    )


def _link_class():
    try:
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise _without_pyroute2(error) from error
    return ifinfmsg


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
        master = self.indexes[link.master] if link.master else None
        body = packed.link_header(True if link.up else None) + packed.link_attributes(link.name, link.mtu, link.mac, link.group, master)
        if peer is not None:
            descriptor = None
            if peer.netns != link.netns:
                descriptor = self.home if peer.netns == HOST else self._namespace(peer.netns)
            body += packed.veth(peer, descriptor)
        else:
            body += self._info("IFLA_INFO", link.kind, LINK_KINDS[link.kind].options, link.options)
        return Message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body)

    def link_set(self, name, plain):
        return Message(RTM_SETLINK, 0, packed.link_set(name, plain, self.indexes))

    def link_options(self, name, kind, options):
        body = packed.link_header() + packed.link_attributes(name) + self._info("IFLA_INFO", kind, LINK_KINDS[kind].options, options)
        return Message(RTM_NEWLINK, 0, body)

    def port_options(self, name, options):
        body = packed.link_header() + packed.link_attributes(name) + self._info("IFLA_INFO_SLAVE", "bridge", PORT_OPTIONS, options)
        return Message(RTM_NEWLINK, 0, body)

    def link_del(self, name):
        return Message(RTM_DELLINK, 0, packed.link_header() + packed.link_attributes(name))

    def address_add(self, address, again):
        body = packed.address(address, self.indexes[address.dev], True)
        return Message(RTM_NEWADDR, NLM_F_CREATE | (NLM_F_REPLACE if again else NLM_F_EXCL), body)

    def address_del(self, address):
        return Message(RTM_DELADDR, 0, packed.address(address, self.indexes[address.dev], False))

    def route_add(self, route, again):
        body = packed.route(route, self.indexes[route.dev], True)
        return Message(RTM_NEWROUTE, NLM_F_CREATE | (NLM_F_REPLACE if again else NLM_F_EXCL), body)

    def route_del(self, route):
        return Message(RTM_DELROUTE, 0, packed.route(route, self.indexes[route.dev], False))

    def fdb_add(self, entry):
        flags = NLM_F_CREATE | (NLM_F_APPEND if entry.many else NLM_F_REPLACE)
        return Message(RTM_NEWNEIGH, flags, packed.entry(entry, self.indexes[entry.dev]))

    def fdb_del(self, entry):
        return Message(RTM_DELNEIGH, 0, packed.entry(entry, self.indexes[entry.dev]))

    def _info(self, prefix, kind, options, values):
        """IFLA_LINKINFO with what only the ``kind`` has: a few of these there are, and pyroute2 makes them."""
        data = [
            [option.attribute, self.indexes[value] if option.form is DEVICE else option.form.wire(value)]
            for option, value in rows(options, values)
        ]
        info: list = [[prefix + "_KIND", kind]] + ([[prefix + "_DATA", {"attrs": data}]] if data else [])
        return encode(_link_class(), {}, [["IFLA_LINKINFO", {"attrs": info}]])[links.IFINFO.size :]


def mark_loopback(group, alias):
    """The message that marks a new namespace's loopback."""
    return Message(RTM_SETLINK, 0, packed.link_set("lo", {"group": group or 0, "alias": alias or ""}, {}))
