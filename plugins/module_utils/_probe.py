# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can reach whom: targets probed side by side, each from its own network namespace, and held against what was expected."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import ipaddress
import os
import socket
import time
import typing as t

from ansible_collections.linuxnet.container.plugins.module_utils import _values, _whoami
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import spaces
from ansible_collections.linuxnet.container.plugins.module_utils._probe_echo import Echo
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem

#: Probed at the same time; more wait their turn.
AT_ONCE = 64

#: The most tries, and the most seconds for one: more is a typing error.
COUNT_MAX, TIMEOUT_MAX = 1000, 3600


class ProbeError(Exception):
    """The probe itself cannot be made (as opposed to: is not answered); one sentence for the user."""


@dataclasses.dataclass(frozen=True)
class Target:
    """One probe.  ``timeout`` is in seconds, ``payload`` in octets; what is expected may be None: anything is fine."""

    address: str
    netns: t.Optional[str] = None
    protocol: str = "icmp"
    port: int = _whoami.PORT
    payload: int = 56
    dont_fragment: bool = False
    largest: bool = False
    count: int = 1
    timeout: float = 1.0
    expect_reached: t.Optional[bool] = None
    expect_source: t.Optional[str] = None
    expect_largest: t.Optional[int] = None
    name: t.Optional[str] = None


@dataclasses.dataclass
class Answer:
    """What came of a probe.  ``rtt`` is the shortest round trip in ms, ``source`` the address the other end saw."""

    sent: int = 0
    received: int = 0
    rtt: t.Optional[float] = None
    source: t.Optional[str] = None
    largest: t.Optional[int] = None
    error: t.Optional[str] = None

    def count(self, elapsed, error):
        """Take one more try into account."""
        self.sent += 1
        if elapsed is None:
            self.error = self.error or error
        else:
            self.received += 1
            self.rtt = round(min(elapsed, self.rtt or elapsed), 3)


def probe(targets) -> list:
    """Probe all ``targets``; returns a result (dict) for each, in their order.  Raises ProbeError."""
    targets = [_checked(target) for target in targets]
    with concurrent.futures.ThreadPoolExecutor(max(1, min(AT_ONCE, len(targets)))) as pool:
        return list(pool.map(_probe_one, targets))


def complaint(results) -> t.Optional[str]:
    """One sentence that names every result that was not expected; None when all were."""
    wrong = ["%s: %s" % (_title(result), result["unexpected"]) for result in results if result["unexpected"]]
    if not wrong:
        return None
    return "%d of %d targets are not as expected: %s." % (len(wrong), len(results), "; ".join(wrong))


def _checked(target):
    def refuse(reason):
        raise ProbeError("targets: %s: %s." % (_values.shown(target.address), reason))

    host, scope, device = target.address.partition("%")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        refuse("an IP address is needed")
    try:
        if scope:
            _values.ifname(device, "targets: address")
        if target.netns is not None:
            _values.netns_name(target.netns, "targets: netns")
    except Problem as problem:
        raise ProbeError(str(problem)) from None
    if scope and not (address.version == 6 and address.is_link_local):
        refuse("only a link-local IPv6 address takes a device behind a percent sign")
    if target.protocol != "icmp" and (target.largest or target.dont_fragment):
        refuse("largest and dont_fragment need the protocol icmp, not %s" % target.protocol)
    if not 0 <= target.payload <= 65000:
        refuse("payload %s is not between 0 and 65000 octets" % _values.shown(target.payload))
    if not 1 <= target.port <= 65535:
        refuse("port %s is not between 1 and 65535" % _values.shown(target.port))
    # Written so that what is not a number is refused too.
    if not (1 <= target.count <= COUNT_MAX and 0 < target.timeout <= TIMEOUT_MAX):
        refuse("count and timeout must be positive, and at most %d tries of %d seconds" % (COUNT_MAX, TIMEOUT_MAX))
    if target.expect_source is not None:
        if target.protocol == "icmp":
            refuse("expect_source needs the protocol udp or tcp, and a whoami server at the other end")
        try:
            return dataclasses.replace(target, expect_source=str(ipaddress.ip_address(target.expect_source)))
        except ValueError:
            refuse("expect_source %s is no IP address" % _values.shown(target.expect_source))
    if target.expect_largest is not None:
        if not target.largest:
            refuse("expect_largest needs largest: true")
        if not 0 <= target.expect_largest <= 65535:
            refuse("expect_largest %s is not between 0 and 65535 octets" % _values.shown(target.expect_largest))
    return target


def _probe_one(target):
    with _in_namespace(target.netns):
        port = 0 if target.protocol == "icmp" else target.port  # a raw IPv6 socket refuses any other
        try:
            family, _kind, _protocol, _name, destination = socket.getaddrinfo(
                target.address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )[0]
        except socket.gaierror as error:
            raise ProbeError("targets: address: there is no device '%s'." % target.address.partition("%")[2]) from error
        answer = {"icmp": _icmp, "udp": _udp, "tcp": _tcp}[target.protocol](target, family, destination)
    result = dict(dataclasses.asdict(target), **dataclasses.asdict(answer))
    result["reached"] = answer.received > 0
    if answer.received:
        result["error"] = None
    result["unexpected"] = _unexpected(target, result)
    return result


@contextlib.contextmanager
def _in_namespace(name):
    """This thread in the named namespace (None: where it is)."""
    if name is None:
        yield
        return
    try:
        descriptor = spaces.open_name(name)
    except OSError as error:
        raise ProbeError("netns: %s: %s." % (name, error.strerror or error)) from error
    if descriptor is None:
        raise ProbeError("netns: there is no network namespace %s." % name)
    try:
        with spaces.inside(descriptor):
            yield
    except PermissionError as error:
        raise ProbeError("netns: entering the network namespace %s needs root." % name) from error
    finally:
        os.close(descriptor)


def _icmp(target, family, destination):
    answer = Answer()
    try:
        echo = Echo(family, destination, target.dont_fragment or target.largest)
    except PermissionError as error:
        raise ProbeError("protocol: icmp needs root (the capability NET_RAW); udp and tcp do not.") from error
    with echo:
        payload = target.payload
        if target.largest:
            answer.largest, answer.error = echo.largest(target.timeout)
            if answer.largest is None:
                answer.sent = 1
                return answer
            payload = answer.largest
        for _try in range(target.count):
            answer.count(*echo.once(payload, target.timeout))
    return answer


def _udp(target, family, destination):
    answer = Answer()
    with socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(target.timeout)
        for _try in range(target.count):
            token = os.urandom(8).hex()
            started = time.monotonic()
            try:
                asker.connect(destination)
                asker.send(token.encode().ljust(target.payload))
                said = asker.recv(70000).decode("ascii", "replace").split()
                while said[:1] != [token]:  # a late answer to the try before
                    said = asker.recv(70000).decode("ascii", "replace").split()
            except OSError as error:
                answer.count(None, _reason(error))
                continue
            answer.count((time.monotonic() - started) * 1000, None)
            answer.source = _address(said[1:2])
    return answer


def _tcp(target, family, destination):
    answer = Answer()
    for _try in range(target.count):
        started = time.monotonic()
        try:
            with socket.socket(family, socket.SOCK_STREAM) as caller:
                caller.settimeout(target.timeout)
                caller.connect(destination)
                answer.count((time.monotonic() - started) * 1000, None)
                with contextlib.suppress(OSError):  # a server that waits for us to speak says nothing
                    caller.settimeout(min(target.timeout, 0.3))
                    answer.source = _address(caller.recv(200).decode("ascii", "replace").split()[:1])
        except OSError as error:
            answer.count(None, _reason(error))
    return answer


def _reason(error):
    return "no answer" if isinstance(error, socket.timeout) else (error.strerror or str(error)).lower()


def _address(words):
    """The address at the head of a whoami answer; None when it is something else."""
    try:
        return str(ipaddress.ip_address(words[0]))
    except (IndexError, ValueError):
        return None


def _unexpected(target, result):
    """What differs from the expectations, in words; None when nothing does."""
    if target.expect_reached is not None and target.expect_reached != result["reached"]:
        return "reached, and should not be" if result["reached"] else "not reached (%s)" % result["error"]
    if target.expect_source is not None and target.expect_source != result["source"]:
        return "the other end saw %s, expected %s" % (result["source"] or "nobody", target.expect_source)
    if target.expect_largest is not None and target.expect_largest != result["largest"]:
        return "the largest payload that fits is %s octets, expected %d" % (result["largest"], target.expect_largest)
    return None


def _title(result):
    place = "" if result["netns"] is None else " from " + result["netns"]
    return (_values.shown(result["name"])[1:-1] + " " if result["name"] else "") + result["address"] + place
