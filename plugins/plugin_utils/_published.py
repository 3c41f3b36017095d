# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of a container that are published at the host, read and checked."""

from __future__ import annotations

from ansible_collections.linuxnet.container.plugins.module_utils import _values
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem as _ValueProblem
from ansible_collections.linuxnet.container.plugins.plugin_utils._addresses import (
    Address,
    address,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    Options,
    Problem,
)

PORT_OPTIONS = ("port", "protocol", "to_port", "host_address")
PROTOCOLS = ("tcp", "udp", "sctp")


def read_ports(where: str, listed: list, addresses: list[Address]) -> list[dict]:
    """The option ``publish`` of a container, as the module publish takes it. ``addresses``: of each family that has a gateway the first counts."""
    return [port for number, given in enumerate(listed, 1) for port in _port(Options(f"{where}, published port {number}", given, PORT_OPTIONS), addresses)]


def _port(options: Options, addresses: list[Address]) -> list[dict]:
    where = options.where
    port = _range(options, "port", options.needed("port"))
    port["protocol"] = options.choice("protocol", PROTOCOLS)
    if options.value("to_port") is not None:
        port.update(_range(options, "to_port", options.value("to_port")))
        if len(_values.ports(port["to_port"], "")) != len(_values.ports(port["port"], "")):
            raise Problem(f"{where}: to_port {port['to_port']} is not as many ports as port {port['port']}: give a range as long.")
    families = {one.version: one for one in reversed(addresses)}
    if not families:
        raise Problem(f"{where}: publish needs a gateway of the network, by which packets come to the container: give it one.")
    if options.value("host_address") is not None:
        at = address(where, "host_address", options.value("host_address"))
        if at.prefix is not None:
            raise Problem(f"{where}: host_address {at.cidr} has a prefix length: leave it out.")
        if at.version not in families:
            raise Problem(f"{where}: host_address {at.text} is IPv{at.version}, and the container has no such address behind a gateway: give it one.")
        if at.text == "::1":
            raise Problem(f"{where}: host_address ::1 leads to no container, the kernel takes no answer to it from a bridge: use another address of the host.")
        port["host_address"] = at.text
        families = {at.version: families[at.version]}
    return [dict(port, address=one.text) for _version, one in sorted(families.items())]


def _range(options: Options, key: str, value) -> dict:
    try:
        _values.ports(str(value), key)
    except _ValueProblem as problem:
        raise Problem(f"{options.where}: {problem}") from None
    return {key: str(value)}


def check_ports(claims) -> None:
    """A Problem when two of ``claims`` ((where, port as ``read_ports`` gives it)) ask for one port of the host."""
    seen: dict = {}
    for where, port in claims:
        at = port.get("host_address")
        for number in _values.ports(port["port"], ""):
            key = (":" in port["address"], port["protocol"], number)
            for other_at, other in seen.setdefault(key, []):
                if None in (at, other_at) or at == other_at:
                    raise Problem(f"{where}: the host's {port['protocol']} port {number} is published for {other} already: take another port.")
            seen[key].append((at, where))
