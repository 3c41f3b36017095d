# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of the role vxlan_overlay: who is a member of which overlay, and what each member must know of the others.

``members`` reads and checks every node once and keeps of each just what the others need. ``plan`` and ``forwarding``
are then linear, in the host's own containers and in the overlay's.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.linuxnet.container.plugins.module_utils._marks import (
    container_mac,
    derived_mac,
    short_ifname,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._addresses import (
    address,
    check_unicast,
    one_a_family,
    subnet,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._networks import (
    MTU_MAX,
    MTU_MIN,
    STATES,
    Network,
    check_host,
    check_mtu,
    claim,
    nothing_planned,
    planned,
    read_containers,
    read_exclude,
    read_gateways,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    NETWORK_NAME_MAX,
    Options,
    Problem,
    check_ifname,
    check_name,
    listed,
    shown,
)

VARIABLE = "vxlan_overlay_overlays"

OVERLAY_OPTIONS = (
    "name", "state", "vni", "subnet", "dstport", "mtu", "masquerade", "isolate", "open_firewall", "exclude", "bridge", "device",
)  # fmt: skip
NODE_OPTIONS = ("state", "underlay_address", "underlay_mtu", "underlay_device", "endpoints")
ENDPOINT_OPTIONS = ("state", "gateway", "containers")

#: Bytes that VXLAN puts before a packet: inner Ethernet 14, VXLAN 8, UDP 8, and the outer IP header of the underlay's family.
OVERHEAD = {4: 50, 6: 70}


def nodes_of(hosts, hostvars) -> dict:
    """Each of ``hosts`` with its ``vxlan_overlay_*`` variables, under their names without the prefix."""
    nodes = {}
    if not isinstance(hostvars, Mapping):
        raise Problem(f"overlay_nodes: hostvars {shown(hostvars)} is not a dictionary: give it the variable hostvars.")
    for host in listed("overlay_nodes: hosts", hosts):
        if not isinstance(host, str) or host not in hostvars:
            raise Problem(f"overlay_nodes: hosts has {shown(host)}, which is no host of the inventory: correct the name.")
        given = hostvars[host]
        if not isinstance(given, Mapping):
            raise Problem(f"overlay_nodes: hostvars of host {shown(host)} are not a dictionary: give it the variable hostvars.")
        nodes[str(host)] = {key: given["vxlan_overlay_" + key] for key in NODE_OPTIONS if "vxlan_overlay_" + key in given}
    return nodes


def members(overlays, nodes) -> dict:
    """Every overlay that is to be present, with its MTU and what its members must know of each other.

    Returns a dictionary of overlay name to its options in normal form and ``nodes``: of each member its underlay address
    (``address``), the MACs behind it (``macs``: its bridge's, then its containers'). Raises Problem for bad input.
    """
    found = _read_overlays(overlays)
    known = {check_name(VARIABLE, "network", given.get("name"), NETWORK_NAME_MAX) for given in overlays}
    if not isinstance(nodes, Mapping):
        raise Problem(f"vxlan_overlay_nodes: {shown(nodes)} is not a dictionary: write a host's name before its variables.")
    underlays: dict = {}
    claims: dict = {name: {} for name in found}
    gateways: dict = {name: {} for name in found}
    lives: dict = {name: {} for name in found}
    for host, given in nodes.items():
        options = _node_options(host, given)
        if options.choice("state", STATES) == "absent":
            continue
        for name, given_endpoint in options.mapping("endpoints").items():
            if name not in known:
                raise Problem(f"{options.where}: endpoints name overlay {shown(name)}, which {VARIABLE} does not have: add it there, or correct the name.")
            if name not in found:
                continue
            network = _endpoint(options, host, found[name], given_endpoint)
            if network is None:
                continue
            underlay = _underlay(options, name, underlays)
            for gateway in network.gateways:
                other = gateways[name].setdefault(gateway.text, network.where)
                if other is not network.where:
                    raise Problem(f"{network.where}: gateway {gateway.text} is also that of {other}: each node's bridge needs its own.")
            for container in network.containers:
                claim(claims[name], container, ())
            lives[name][host] = (underlay, options.integer("underlay_mtu", 1500, MTU_MIN[4], MTU_MAX), network)
    for name, overlay in found.items():
        _check_mesh(overlay, lives[name], claims[name], gateways[name])
        _settle_mtu(overlay, lives[name])
        overlay["nodes"] = {
            host: {"address": underlay.text, "macs": [network.bridge_mac, *(one.mac for one in network.containers)]}
            for host, (underlay, mtu, network) in lives[name].items()
        }
    return found


def mesh_of(where: str, members):
    """What ``members`` above returned, from what the filter overlay_members made of it; a Problem when that had one."""
    if not isinstance(members, Mapping) or not isinstance(members.get("overlays"), Mapping):
        raise Problem(f"{where}: members {shown(members)} is not what the filter overlay_members returns.")
    if members.get("problem"):
        raise Problem(str(members["problem"]))
    return members["overlays"]


def is_absent(host: str, node) -> bool:
    """Whether the ``host`` with the variables ``node`` is on its way out."""
    return _node_options(host, node).choice("state", STATES) == "absent"


def plan(mesh, host: str, node, others=()) -> dict:
    """The objects of one ``host`` but for its forwarding entries. ``mesh`` is what ``members`` made, ``node`` the host's own variables.

    ``others`` are the Networks that other roles see to on this host. Raises Problem for bad input.
    """
    options = _node_options(host, node)
    if options.choice("state", STATES) == "absent":
        return nothing_planned()
    found = networks_of(mesh, options, host)
    check_host(found + list(others))
    return planned(found, list(others))


def forwarding(mesh, host: str) -> list[dict]:
    """What the vxlan_fdb module is told for ``host``: of each overlay the flood entries, and one entry for each MAC elsewhere."""
    devices = []
    for overlay in mesh.values():
        nodes = overlay["nodes"]
        if host not in nodes:
            continue
        others = [(node["address"], node["macs"]) for name, node in nodes.items() if name != host]
        devices.append(
            {
                "device": overlay["device"],
                "flood": [dst for dst, macs in others],
                "entries": [{"mac": mac, "dst": dst} for dst, macs in others for mac in macs],
                "purge": True,
                "open_firewall": overlay["open_firewall"],
            }
        )
    return devices


def networks_of(mesh, options: Options, host: str) -> list[Network]:
    """The overlays that ``host`` is a member of, as networks of that host."""
    found = []
    for name, given in options.mapping("endpoints").items():
        overlay = mesh.get(name)
        network = overlay and _endpoint(options, host, overlay, given)
        if not network:
            continue
        underlay = address(options.where, "underlay_address", options.needed("underlay_address"))
        known = overlay["nodes"].get(host)
        macs = [network.bridge_mac, *(one.mac for one in network.containers)]
        if not known or known["address"] != underlay.text or list(known["macs"]) != macs:
            raise Problem(
                f"{network.where}: the other nodes are told something else of this host, because it is not (or differently) in the inventory: "
                "put its vxlan_overlay variables into host_vars or vxlan_overlay_nodes, and the host into the group."
            )
        device = options.value("underlay_device", "")
        network.vxlan = _vxlan(overlay, underlay.text, None if device == "" else device, options.where)
        found.append(network)
    return found


def beside(overlays, host: str, node) -> list[Network]:
    """The overlays of ``host`` as far as its own variables show them, for another role to keep clear of. Raises Problem for bad input."""
    options = _node_options(host, node)
    if options.choice("state", STATES) == "absent":
        return []
    found = []
    for name, overlay in _read_overlays(overlays).items():
        network = name in options.mapping("endpoints") and _endpoint(options, host, overlay, options.mapping("endpoints")[name])
        if network:
            network.vxlan = {"name": overlay["device"]}
            found.append(network)
    return found


def _read_overlays(overlays) -> dict:
    found: dict = {}
    names = set()
    tunnels: dict = {}
    for number, given in enumerate(listed(VARIABLE, overlays), 1):
        options = Options(f"{VARIABLE}, overlay {number}", given, OVERLAY_OPTIONS)
        name = check_name(options.where, "network", options.needed("name"), NETWORK_NAME_MAX)
        options.where = where = f"{VARIABLE}, overlay '{name}'"
        if name in names:
            raise Problem(f"{where}: the list has it twice: keep one.")
        names.add(name)
        if options.choice("state", STATES) == "absent":
            continue
        options.needed("vni")
        options.needed("subnet")
        subnets = [subnet(where, "subnet", text) for text in options.texts("subnet")]
        one_a_family(where, "subnet", subnets)
        for net in subnets:
            check_unicast(where, "subnet", address(where, "subnet", net.cidr))
        overlay = {
            "name": name,
            "where": where,
            "vni": options.integer("vni", None, 1, 2**24 - 1),
            "dstport": options.integer("dstport", 4789, 1, 65535),
            "subnets": [net.cidr for net in subnets],
            "mtu": options.integer("mtu", None, MTU_MIN[4], MTU_MAX),
            "masquerade": options.boolean("masquerade", True),
            "isolate": options.boolean("isolate", True),
            "open_firewall": options.boolean("open_firewall", True),
            "exclude": read_exclude(options),
            "bridge": check_ifname(where, "bridge", options.value("bridge", short_ifname("br-", name))),
            "device": check_ifname(where, "device", options.value("device", short_ifname("vx-", name))),
        }
        tunnel = overlay["vni"], overlay["dstport"]
        if tunnel in tunnels:
            raise Problem(f"{where}: vni {tunnel[0]} on port {tunnel[1]} is also that of {tunnels[tunnel]}: give each overlay its own vni.")
        tunnels[tunnel] = where
        found[name] = overlay
    return found


def _node_options(host, given) -> Options:
    return Options(f"vxlan_overlay variables of host {shown(host)}", {} if given is None else given, NODE_OPTIONS)


def _endpoint(node: Options, host: str, overlay, given) -> Network | None:
    """A node's share of an overlay as a network of that node, its MTU still open unless ``overlay`` has it; None when absent."""
    name = overlay["name"]
    options = Options(f"vxlan_overlay_endpoints of host {shown(host)}, overlay '{name}'", {} if given is None else given, ENDPOINT_OPTIONS)
    if options.choice("state", STATES) == "absent":
        return None
    where = options.where
    subnets = [subnet(where, "subnet", text) for text in overlay["subnets"]]
    gateways = read_gateways(options, subnets)
    return Network(
        where=where,
        name=name,
        bridge=str(overlay["bridge"]),
        bridge_mac=container_mac(name, gateways[0].text) if gateways else derived_mac("bridge", name, str(host)),
        gateways=gateways,
        subnets=subnets,
        mtu=overlay["mtu"],
        masquerade=overlay["masquerade"],
        isolate=overlay["isolate"],
        open_firewall=overlay["open_firewall"],
        exclude=list(overlay["exclude"]),
        containers=read_containers(options, name, gateways, subnets, overlay["mtu"]),
    )


def _underlay(node: Options, overlay: str, underlays: dict):
    """The node's underlay address. ``underlays`` has those met so far, with their owners."""
    where = node.where
    if node.value("underlay_address") in (None, ""):
        raise Problem(f"{where}: vxlan_overlay_underlay_address is missing, and overlay '{overlay}' needs it on every member: set it in the host's variables.")
    one = address(where, "vxlan_overlay_underlay_address", node.value("underlay_address"))
    if one.prefix is not None:
        raise Problem(f"{where}: vxlan_overlay_underlay_address '{one.cidr}' has a prefix length: write {one.text}.")
    check_unicast(where, "vxlan_overlay_underlay_address", one)
    other = underlays.setdefault(one.text, where)
    if other is not where and other != where:
        raise Problem(f"{where}: vxlan_overlay_underlay_address {one.text} is also that of the {other}: each node has its own.")
    return one


def _check_mesh(overlay, lives: dict, claims: dict, gateways: dict) -> None:
    """A Problem when the members of one overlay do not fit each other."""
    first = None
    subnets = [subnet(overlay["where"], "subnet", text) for text in overlay["subnets"]]
    for host, (underlay, mtu, network) in lives.items():
        first = first or (host, underlay)
        if underlay.version != first[1].version:
            raise Problem(
                f"{overlay['where']}: host '{first[0]}' has the IPv{first[1].version} underlay address {first[1].text} and host '{host}' the "
                f"IPv{underlay.version} one {underlay.text}: all members must use one family."
            )
        for net in subnets:
            if underlay in net:
                raise Problem(
                    f"{overlay['where']}: subnet {net.cidr} holds the underlay address {underlay.text} of host '{host}': take a subnet that no underlay uses."
                )
    for text, where in gateways.items():
        if ("address", text) in claims:
            raise Problem(f"{claims['address', text]}: address {text} is the gateway of {where}: take another.")
    for network in (network for underlay, mtu, network in lives.values()):
        if ("MAC address", network.bridge_mac) in claims:
            raise Problem(f"{claims['MAC address', network.bridge_mac]}: MAC address {network.bridge_mac} is the bridge's of {network.where}: take another.")


def _settle_mtu(overlay, lives: dict) -> None:
    """The overlay's MTU: what the narrowest underlay leaves, or the user's own when it fits."""
    if not lives:
        overlay["mtu"] = overlay["mtu"] or 1500 - OVERHEAD[4]
        return
    host, (underlay, narrowest, network) = min(lives.items(), key=lambda item: item[1][1])
    where, overhead = overlay["where"], OVERHEAD[underlay.version]
    room = narrowest - overhead
    if overlay["mtu"] is None:
        overlay["mtu"] = room
    elif overlay["mtu"] > room:
        raise Problem(
            f"{where}: mtu {overlay['mtu']} does not fit: host '{host}' has an underlay MTU of {narrowest}, which less {overhead} bytes of VXLAN "
            f"over IPv{underlay.version} leaves {room}."
        )
    subnets = [subnet(where, "subnet", text) for text in overlay["subnets"]]
    check_mtu(f"{where} (underlay MTU {narrowest} of host '{host}', less {overhead})", overlay["mtu"], subnets)
    for underlay, mtu, network in lives.values():
        for container in network.containers:
            if container.mtu and container.mtu > overlay["mtu"]:
                raise Problem(f"{container.where}: mtu {container.mtu} is more than the overlay's {overlay['mtu']}: make it {overlay['mtu']} or less.")


def _vxlan(overlay, local: str, device, where: str) -> dict:
    name = str(overlay["name"])
    options = {
        "name": str(overlay["device"]),
        "network": name,
        "vni": overlay["vni"],
        "local": local,
        "dstport": overlay["dstport"],
        "learning": False,
        "bridge": str(overlay["bridge"]),
        "mac": derived_mac("vxlan", name, local),
        "mtu": overlay["mtu"],
    }
    if device is not None:
        options["dev"] = check_ifname(where, "vxlan_overlay_underlay_device", device)
    return options
