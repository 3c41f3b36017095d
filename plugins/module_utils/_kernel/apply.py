# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying: steps become messages, many in one send; what the kernel refuses names its step.

What a step does to links, addresses, routes and entries is said in ``speaker``; the rest has a module each.
"""

from __future__ import annotations

import errno
import os
import struct

from .._marks import GOING, OWNER
from .._state import HOST
from .._steps import NAMING
from .._values import plain
from . import links, run_folder, spaces, sysctls
from .limits import PEERS
from .netlink import Message, Netlink, NetlinkError
from .offload import set_tx_offload
from .speaker import RTM_DELLINK, RTM_SETLINK, Failure, Speaker, mark_loopback, require_pyroute2

__all__ = ["Failure", "apply", "ended", "require_pyroute2"]

_MANY = 2  # from here on one delete by group is cheaper than deletes one by one


def apply(steps, confirm=None):
    """Apply ``steps`` in their order, then call ``confirm``, and return what that returns.

    Raises Failure at the first step that is refused; steps behind it may have been applied all the same (a netlink batch is
    no transaction), so what to do next is to be read from the kernel. A namespace whose name is taken away is held until
    ``confirm`` has returned: whatever fails before, it gets its name back.
    """
    return _Applying(steps).run(confirm) if steps else confirm and confirm()


def ended(steps) -> list:
    """Those of the processes that ``steps`` stop which have ended, in words."""
    victims = [victim for step in steps if step.do[0] == "stop" for victim in step.do[2]]
    return ["%d (%s)" % (victim[0], victim[2]) for victim in victims if not spaces.lives(victim)]


class _Applying:
    def __init__(self, steps):
        self.steps = steps
        self.at = steps[0]  # the step that is being carried out
        self.removed: list = []  # (name, descriptor) of namespaces whose names have been taken away
        self.attached: set = set()  # names that were given to others' namespaces, maybe those taken away before
        self.journey = spaces.Journey()

    def run(self, confirm):
        try:
            with run_folder.unfinished({step.do[1] for step in self.steps if step.do[0] in NAMING}):
                try:
                    self._carry_out()
                    return confirm and confirm()
                except BaseException:
                    self._put_names_back()
                    raise
        except NetlinkError as error:
            raise Failure(self.at, error.errno, error.said) from error
        except OSError as error:
            raise Failure(self.at, error.errno or 0, error.strerror or str(error)) from error
        finally:
            for _name, descriptor in self.removed:
                os.close(descriptor)

    def _carry_out(self):
        with self.journey:
            position = 0
            while position < len(self.steps):
                step = self.at = self.steps[position]
                verb = step.do[0]
                end = position + 1
                same = _FAMILY.get(verb, verb)
                while (
                    end < len(self.steps)
                    and _FAMILY.get(self.steps[end].do[0], self.steps[end].do[0]) == same
                    and self.steps[end].netns == step.netns
                ):
                    end += 1
                self._go(step.netns)
                getattr(self, "_" + same)(self.steps[position:end])
                position = end

    def _go(self, name):
        if name == HOST:
            self.journey.back()
            return
        descriptor = spaces.open_name(name)
        if descriptor is None:
            raise OSError(errno.ENOENT, "there is no namespace '%s'" % name)
        try:
            self.journey.into(descriptor)
        finally:
            os.close(descriptor)

    def _put_names_back(self):
        for name, descriptor in reversed(self.removed):
            try:
                if name in self.attached:
                    spaces.remove(name)
                spaces.attach(name, descriptor)
            except OSError:
                continue  # going back, which follows, makes what is missing anew or says that it cannot

    def _each(self, steps):
        for self.at in steps:
            yield self.at

    # Netlink

    def _netlink(self, steps):
        deletions = [step for step in steps if step.do[0] == "link_del"]
        if len(deletions) >= _MANY and len(deletions) == len(steps):
            self._delete_together(steps)
            return
        if deletions and len(deletions) < len(steps):
            self._netlink(deletions)
            self._netlink([step for step in steps if step.do[0] != "link_del"])
            return
        with Netlink() as netlink:
            speaker = Speaker(netlink, self.journey.home)
            start = 0
            while start < len(steps):
                # Each may hold a namespace's descriptor open.
                end = min(start + PEERS, len(steps))
                # The alias of a new link goes out with it.
                while end < len(steps) and steps[end].do[0] != "link_add" and steps[end].phase == steps[end - 1].phase:
                    end += 1
                try:
                    speaker.say(steps[start:end])
                finally:
                    speaker.close()
                start = end

    def _delete_together(self, steps):
        """One deletion by group: the kernel waits once for all of them instead of once for each."""
        names = [step.do[1] for step in steps]
        with Netlink() as netlink:
            taken, found = set(), {}
            for _type, body in netlink.dump(links.RTM_GETLINK, links.request()):
                index, link, _raw = links.answer(HOST, body)
                taken.add(link.group)
                # Without an alias, a killed run would leave it in that group for ever, as nobody's.
                found[link.name] = links.header(index) + (b"" if link.alias else links.string(links.IFLA_IFALIAS, OWNER))
            free = next((number for number in GOING if number not in taken), None)
            if free is None:
                raise OSError(errno.ENOSPC, "interface groups %d to %d are all taken" % (GOING[0], GOING[-1]))
            victims = [(step, found[name]) for step, name in zip(steps, names) if name in found]
            if not victims:
                return
            group = struct.pack("=HHI", 8, links.IFLA_GROUP, free)
            try:
                netlink.batch((Message(RTM_SETLINK, 0, header + group) for _step, header in victims), _vanished)
                netlink.batch([Message(RTM_DELLINK, 0, links.header() + group)], _vanished)
            except NetlinkError as error:
                raise Failure(victims[min(error.index, len(victims) - 1)][0], error.errno, error.said) from error

    # The rest, one verb a method

    def _nft(self, steps):
        from . import nft  # pylint: disable=import-outside-toplevel

        operations = [step.do[1] for step in steps]
        try:
            with nft.connect() as netlink:
                nft.apply(netlink, operations)
        except nft.Unsupported as error:
            raise Failure(steps[0], errno.EOPNOTSUPP, str(error)) from error
        except nft.Refused as error:
            # The transaction as a whole, when no single operation of it is to blame.
            refused = operations.index(error.operation) if error.operation else 0
            raise Failure(steps[refused], error.errno, error.said) from error

    def _forget_flows(self, steps):
        from . import flows  # pylint: disable=import-outside-toplevel

        ports: dict = {}
        for _verb, family, address, port in (step.do for step in steps):
            ports.setdefault(family, set()).add((address, port))
        for family, asked in ports.items():
            flows.forget(family, asked)

    def _iptables_nft(self, steps):
        from . import iptables_nft, nft  # pylint: disable=import-outside-toplevel

        changes = [step.do[1:] for step in steps]
        try:
            iptables_nft.apply(changes)
        except nft.Refused as error:
            raise Failure(steps[changes.index(error.operation) if error.operation else 0], error.errno, error.said) from error

    def _iptables_legacy(self, steps):
        from . import iptables_legacy  # pylint: disable=import-outside-toplevel

        for step in self._each(steps):
            iptables_legacy.change(*step.do[1:])

    def _firewalld(self, steps):
        from . import firewalld  # pylint: disable=import-outside-toplevel

        for step in self._each(steps):
            firewalld.change(step.do[1])

    def _netns_add(self, steps):
        spaces.make_ready()
        for step in self._each(steps):
            _verb, name, mark = step.do

            def prepare(mark=mark):
                if mark:
                    with Netlink() as netlink:
                        netlink.batch([mark_loopback(*mark)])

            spaces.add(name, self.journey, prepare)

    def _netns_attach(self, steps):
        spaces.make_ready()
        for step in self._each(steps):
            _verb, name, source, inode = step.do
            by_process = isinstance(source, int)
            descriptor = spaces.open_process(source) if by_process else spaces.open_file(source)
            if descriptor is None:
                raise OSError(errno.ESRCH, "process %d has ended" % source if by_process else "%s is there no more" % plain(source))
            try:
                if inode is not None and spaces.inode(descriptor) != inode:
                    another = "process %d has ended, and another has its number" % source if by_process else "%s is another one now" % plain(source)
                    raise OSError(errno.ESRCH, another)
                spaces.attach(name, descriptor)
                self.attached.add(name)
            finally:
                os.close(descriptor)

    def _netns_del(self, steps):
        for step in self._each(steps):
            name = step.do[1]
            descriptor = spaces.open_name(name)
            if descriptor is None:
                continue
            self.removed.append((name, descriptor))
            spaces.remove(name)

    def _sysctl(self, steps):
        for step in self._each(steps):
            sysctls.write(step.do[1], step.do[2])

    def _tx_offload(self, steps):
        for step in self._each(steps):
            set_tx_offload(step.do[1], step.do[2])

    def _record(self, steps):
        for step in self._each(steps):
            run_folder.note(*step.do[1:])

    def _stop(self, steps):
        for step in self._each(steps):
            _verb, name, victims, patience = step.do
            spaces.stop_all(name, victims, patience)


def _vanished(_position, number) -> bool:
    """Whether the kernel says that what is to be deleted is not there: with its namespace, say, it may have gone."""
    return number == errno.ENODEV


#: Verbs that are spoken over one rtnetlink socket.
_FAMILY = {
    verb: "netlink"
    for verb in (
        "link_add", "link_set", "link_options", "port_options", "link_del", "address_add", "address_del",
        "route_add", "route_del", "fdb_add", "fdb_del",
    )
}  # fmt: skip
