# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the role single_host_bridge: a host's networks, each with its own bridge."""

from __future__ import annotations

from ansible_collections.linuxnet.container.plugins.module_utils._marks import (
    container_mac,
    short_ifname,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._addresses import (
    check_unicast,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._networks import (
    MTU_MAX,
    MTU_MIN,
    STATES,
    Network,
    check_host,
    check_mtu,
    nothing_planned,
    planned,
    read_containers,
    read_exclude,
    read_gateways,
    read_snat,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    NETWORK_NAME_MAX,
    Options,
    Problem,
    check_ifname,
    check_name,
    check_names,
    listed,
)

VARIABLE = "single_host_bridge_networks"

NETWORK_OPTIONS = (
    "name", "state", "bridge", "gateway", "mtu", "masquerade", "exclude", "snat_to", "isolate", "isolate_containers", "open_firewall",
    "out_interface", "stp", "containers",
)  # fmt: skip


def plan(networks, state: str = "present", others=(), purge=()) -> dict:
    """The objects of ``networks`` (as the user wrote them), or none when ``state`` is absent.

    ``purge``: names of networks that are no more; ``others`` are the Networks that other roles see to on this host. Raises Problem for bad input.
    """
    check_names("single_host_bridge_purge_networks", purge)
    if Options("single_host_bridge_state", {"state": state}, ("state",)).choice("state", STATES) == "absent":
        return nothing_planned()
    found = read(networks)
    check_host(found + list(others))
    return planned(found, list(others))


def read(networks) -> list[Network]:
    """The networks that are to be present. Raises Problem for bad input."""
    found = []
    names = set()
    for number, given in enumerate(listed(VARIABLE, networks), 1):
        options = Options(f"{VARIABLE}, network {number}", given, NETWORK_OPTIONS)
        name = check_name(options.where, "network", options.needed("name"), NETWORK_NAME_MAX)
        options.where = f"{VARIABLE}, network '{name}'"
        if name in names:
            raise Problem(f"{options.where}: the list has it twice: keep one.")
        names.add(name)
        if options.choice("state", STATES) == "present":
            found.append(_network(options, name))
    return found


def _network(options: Options, name: str) -> Network:
    where = options.where
    options.needed("gateway")
    gateways = read_gateways(options, None)
    subnets = [check_unicast(where, "gateway", gateway).subnet for gateway in gateways]
    bridge = options.value("bridge")
    bridge = short_ifname("br-", name) if bridge is None else check_ifname(where, "bridge", bridge)
    out_interface = options.value("out_interface")
    if out_interface is not None:
        check_ifname(where, "out_interface", out_interface)
    mtu = check_mtu(where, options.integer("mtu", 1500, MTU_MIN[4], MTU_MAX), subnets)
    return Network(
        where=where,
        name=name,
        bridge=bridge,
        bridge_mac=container_mac(name, gateways[0].text),
        gateways=gateways,
        subnets=subnets,
        mtu=mtu,
        masquerade=options.boolean("masquerade", True),
        isolate=options.boolean("isolate", True),
        isolate_containers=options.boolean("isolate_containers", False),
        open_firewall=options.boolean("open_firewall", True),
        exclude=read_exclude(options),
        snat_to=read_snat(options, subnets),
        out_interface=out_interface,
        stp=None if options.value("stp") is None else options.boolean("stp", False),
        containers=read_containers(options, name, gateways, subnets, mtu),
    )
