# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of one host as the filters see it: its bridge, its gateways and its containers, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.linuxnet.container.plugins.module_utils._marks import (
    container_mac,
    short_ifname,
)
from ansible_collections.linuxnet.container.plugins.module_utils._sought import (
    ENGINES,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._addresses import (
    Address,
    Subnet,
    address,
    check_apart,
    check_host_of,
    check_unicast,
    one_a_family,
    subnet,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    CONTAINER_NAME_MAX,
    Options,
    Problem,
    check_container,
    check_ifname,
    check_mac,
    check_name,
    check_path,
    check_sysctls,
    shown,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._published import (
    check_ports,
    read_ports,
)

#: Ports a bridge takes (BR_MAX_PORTS less one, net/bridge/br_private.h).
BRIDGE_PORTS = 1023

#: The least MTU that IPv6 works with (RFC 8200), and IPv4 (RFC 791).
MTU_MIN = {6: 1280, 4: 68}
MTU_MAX = 65535

#: The highest number of a process (PID_MAX_LIMIT, linux/threads.h), and the seconds of a day.
PID_MAX = 1 << 22
WAIT_MAX = 86400

STATES = ("present", "absent")

CONTAINER_OPTIONS = (
    "name", "address", "mac", "interface", "netns", "routes", "sysctls", "mtu", "default_route", "host_interface",
    "publish", "pid", "path", "container", "engine", "wait",
)  # fmt: skip
ROUTE_OPTIONS = ("dst", "via", "metric", "src", "onlink")


@dataclass
class Container:
    """One interface of one container: its namespace, and the veth pair that joins it to the network's bridge."""

    where: str  #: words for it in an error
    name: str
    netns: str
    interface: str
    host_interface: str
    addresses: list[Address]
    mac: str
    mtu: int | None
    gateways: list[Address]
    routes: list[dict]
    sysctls: dict[str, str]
    publish: list[dict]  #: the ports option of the module publish
    adopted: dict  #: whose the namespace is, in the netns module's options; empty when it is ours

    def default_routes(self):
        """(family, metric) of each default route it asks for."""
        for gateway in self.gateways:
            yield gateway.version, 0
        for route in self.routes:
            if route["dst"] in ("0.0.0.0/0", "::/0"):
                yield (6 if ":" in route["dst"] else 4), route.get("metric", 0)


@dataclass
class Network:
    """A network on one host."""

    where: str
    name: str
    bridge: str
    bridge_mac: str
    gateways: list[Address]
    subnets: list[Subnet]
    mtu: int
    masquerade: bool
    isolate: bool
    open_firewall: bool
    exclude: list[str]
    snat_to: list[str] = field(default_factory=list)
    isolate_containers: bool = False
    out_interface: str | None = None
    stp: bool | None = None
    vxlan: dict | None = None  #: the vxlan module's options, for an overlay
    containers: list[Container] = field(default_factory=list)

    @property
    def ports(self) -> int:
        return len(self.containers) + (1 if self.vxlan else 0)


def read_gateways(options: Options, subnets: list[Subnet] | None) -> list[Address]:
    """The option ``gateway``: one address a family, each with a prefix.

    With ``subnets`` each must lie in one of them, and takes its prefix; without, it must bring a prefix, which makes the subnet.
    """
    where = options.where
    gateways = []
    for text in options.texts("gateway"):
        one = address(where, "gateway", text)
        if subnets is None:
            if one.prefix is None:
                raise Problem(f"{where}: gateway '{text}' has no prefix length, which makes the subnet: write it like {one.text}/24.")
        else:
            net = _subnet_of(where, "gateway", one, subnets)
            if one.prefix not in (None, net.prefix):
                raise Problem(f"{where}: gateway {one.cidr} has another prefix length than its subnet {net.cidr}: leave it out.")
            one = one._replace(prefix=net.prefix)
        check_unicast(where, "gateway", one)
        check_host_of(where, "gateway", one, one.subnet)
        gateways.append(one)
    one_a_family(where, "gateway", gateways)
    return gateways


def read_containers(options: Options, network: str, gateways: list[Address], subnets: list[Subnet], mtu: int | None) -> list[Container]:
    """The option ``containers`` of a network. ``mtu`` is the network's, or None while it is not known."""
    seen: dict = {}
    found = []
    for number, given in enumerate(options.objects("containers"), 1):
        container = _container(f"{options.where}, container {number}", options.where, given, network, gateways, subnets, mtu)
        claim(seen, container, gateways)
        found.append(container)
    return found


def claim(seen: dict, container: Container, gateways) -> None:
    """Enter what must be unique in one network into ``seen``; a Problem, naming both, when it is taken."""
    keys = [("name", container.name), *(("address", one.text) for one in container.addresses), ("MAC address", container.mac)]
    for key in keys:
        other = seen.setdefault(key, container.where)
        if other is not container.where:
            if other == container.where:
                raise Problem(f"{other}: the list has it twice: keep one.")
            raise Problem(f"{container.where}: {key[0]} {key[1]} is also that of {other}: give each its own.")
    for gateway in gateways:
        if ("address", gateway.text) in seen:
            raise Problem(f"{seen['address', gateway.text]}: address {gateway.text} is the network's gateway: take another.")


def _container(where, network_where, given, network, gateways, subnets, mtu) -> Container:
    options = Options(where, given, CONTAINER_OPTIONS)
    name = check_name(where, "container", options.needed("name"), CONTAINER_NAME_MAX)
    options.where = where = f"{network_where}, container '{name}'"
    netns = check_name(where, "netns", options.value("netns", name), CONTAINER_NAME_MAX)
    interface = check_ifname(where, "interface", options.value("interface", "eth0"))
    if interface == "lo":
        raise Problem(f"{where}: interface 'lo' is every namespace's own: take another name.")
    host_interface = options.value("host_interface")
    if host_interface is None:
        host_interface = short_ifname("v-", f"{network}-{name}")
    else:
        check_ifname(where, "host_interface", host_interface)

    addresses = [_container_address(where, text, subnets) for text in options.texts("address")]
    if not addresses:
        raise Problem(f"{where}: address is missing: give it one of {' or '.join(net.cidr for net in subnets)}.")
    _once(where, "address", [one.text for one in addresses])
    mac = options.value("mac")
    mac = container_mac(network, addresses[0].text) if mac is None else check_mac(where, "mac", mac)

    families = {one.version for one in addresses}
    own_mtu = options.integer("mtu", None, MTU_MIN[6 if 6 in families else 4], MTU_MAX)
    if own_mtu and mtu and own_mtu > mtu:
        raise Problem(f"{where}: mtu {own_mtu} is more than the network's {mtu}: longer packets would be lost, so make it {mtu} or less.")

    reach = [one.subnet for one in addresses]
    used = []
    if options.boolean("default_route", True):
        for gateway in gateways:
            if gateway.version not in families:
                continue
            if not any(gateway in net for net in reach):
                raise Problem(
                    f"{where}: gateway {gateway.text} cannot be reached from {_cidrs(addresses, gateway.version)}: "
                    "widen the container's prefix, or set default_route to false."
                )
            used.append(gateway)
    routes = [_route(where, number, route, reach) for number, route in enumerate(options.objects("routes"), 1)]
    _once(where, "routes", [f"{route['dst']} metric {route['metric']}" if "metric" in route else route["dst"] for route in routes])
    sysctls = check_sysctls(where, options.mapping("sysctls"))
    publish = read_ports(where, options.objects("publish"), [one for one in addresses if one.version in {gateway.version for gateway in gateways}])
    for port in publish:
        if (6 if ":" in port["address"] else 4) not in {one.version for one in used} and not port.get("host_address", "").startswith("127."):
            raise Problem(f"{where}: publish needs default_route, or answers do not come back: set it to true, or publish at host_address 127.0.0.1 alone.")
    return Container(where, name, netns, interface, host_interface, addresses, mac, own_mtu, used, routes, sysctls, publish, read_adopted(options))


def read_adopted(options: Options) -> dict:
    """The options that say whose namespace a container's is, in normal form; none of them when it is to be made."""
    where = options.where
    holders = [key for key in ("pid", "path", "container") if options.value(key) is not None]
    if len(holders) > 1:
        raise Problem(f"{where}: {holders[0]} and {holders[1]} exclude each other: a container has one namespace.")
    engine = options.choice("engine", ("auto", *ENGINES))
    wait = options.integer("wait", 0, 0, WAIT_MAX)
    if engine != "auto" and holders != ["container"]:
        raise Problem(f"{where}: engine says whom to ask for a container, but container is missing.")
    if not holders:
        if wait:
            raise Problem(f"{where}: wait says for how long, but not what for: give pid, path or container.")
        return {}
    found: dict = {"pid": options.integer("pid", None, 1, PID_MAX)}
    for key, check in (("path", check_path), ("container", check_container)):
        if options.value(key) is not None:
            found[key] = check(where, key, options.value(key))
    found.update(engine=engine if engine != "auto" else None, wait=wait or None)
    return {key: value for key, value in found.items() if value is not None}


def _container_address(where: str, text, subnets: list[Subnet]) -> Address:
    one = address(where, "address", text)
    net = _subnet_of(where, "address", one, subnets)
    if one.prefix is None:
        one = one._replace(prefix=net.prefix)
    elif one.prefix < net.prefix:
        raise Problem(f"{where}: address {one.cidr} has a wider prefix than its subnet {net.cidr}: leave the prefix out.")
    for around in (net, one.subnet):
        check_host_of(where, "address", one, around)
    return one


def _subnet_of(where: str, option: str, one: Address, subnets: list[Subnet]) -> Subnet:
    for net in subnets:
        if one in net:
            return net
    known = " and ".join(net.cidr for net in subnets)
    raise Problem(f"{where}: {option} {one.text} is outside {known}: give it an address of the network's subnet.")


def _cidrs(addresses: list[Address], version: int) -> str:
    return ", ".join(one.cidr for one in addresses if one.version == version)


def _route(where: str, number: int, given, reach: list[Subnet]) -> dict:
    options = Options(f"{where}, route {number}", given, ROUTE_OPTIONS)
    where = options.where
    dst, via, src = options.needed("dst"), options.value("via"), options.value("src")
    via = address(where, "via", via) if via is not None else None
    if dst == "default":
        dst = "::/0" if via and via.version == 6 else "0.0.0.0/0"
    elif isinstance(dst, str) and "/" not in dst:
        one = address(where, "dst", dst)
        dst = f"{one.text}/{32 if one.version == 4 else 128}"
    net = subnet(where, "dst", dst)
    route = {"dst": net.cidr}
    onlink = options.boolean("onlink", False)
    if via:
        if via.prefix is not None or via.version != net.version:
            raise Problem(f"{where}: via '{options.value('via')}' is not an IPv{net.version} address without prefix, as dst {net.cidr} needs.")
        if not onlink and not any(via in one for one in reach):
            raise Problem(
                f"{where}: via {via.text} cannot be reached from the container's subnet {' and '.join(one.cidr for one in reach)}: "
                "take an address in it, or set onlink to true."
            )
        route["via"] = via.text
    if src is not None:
        one = address(where, "src", src)
        if one.prefix is not None or one.version != net.version:
            raise Problem(f"{where}: src {shown(src)} is not an IPv{net.version} address without prefix, as dst {net.cidr} needs.")
        route["src"] = one.text
    metric = options.integer("metric", None, 0 if net.version == 4 else 1, 2**32 - 1)
    if metric is not None:
        route["metric"] = metric
    if onlink:
        route["onlink"] = True
    return route


def read_exclude(options: Options) -> list[str]:
    """The option ``exclude``: subnets, none of them twice, and none that is every address there is."""
    where = options.where
    found = [subnet(where, "exclude", text) for text in options.texts("exclude")]
    for net in found:
        if not net.prefix:
            raise Problem(f"{where}: exclude {net.cidr} is every address there is: set masquerade to false instead.")
    _once(where, "exclude", [net.cidr for net in found])
    return [net.cidr for net in found]


def read_snat(options: Options, subnets: list[Subnet]) -> list[str]:
    """The option ``snat_to``: an address, or a range FIRST-LAST, for each family of the network at most."""
    found: dict = {}
    for text in options.texts("snat_to"):
        parts = text.split("-", 1) if isinstance(text, str) else [text]
        ends = [check_unicast(options.where, "snat_to", address(options.where, "snat_to", part)) for part in parts]
        version = ends[0].version
        if any(end.prefix is not None for end in ends) or ends[-1].version != version or ends[-1].number < ends[0].number:
            raise Problem(f"{options.where}: snat_to {shown(text)} is no address and no range of them: write it like 192.0.2.7 or 192.0.2.7-192.0.2.9.")
        if version in found:
            raise Problem(f"{options.where}: snat_to has two for IPv{version}: give one address, or one range.")
        if version not in {net.version for net in subnets}:
            raise Problem(f"{options.where}: snat_to {shown(text)} is IPv{version}, and the network is not: leave it out.")
        found[version] = "-".join(end.text for end in ends)
    return list(found.values())


def _once(where: str, option: str, texts: list[str]) -> None:
    """A Problem when ``texts``, the elements of ``option`` in their normal form, holds one of them twice."""
    for text in texts:
        if texts.count(text) > 1:
            raise Problem(f"{where}: {option} has {text} twice: keep one.")


def check_mtu(where: str, mtu: int, subnets: list[Subnet]) -> int:
    """``mtu`` when the network's families can live with it, else a Problem."""
    for net in subnets:
        if mtu < MTU_MIN[net.version]:
            raise Problem(f"{where}: mtu {mtu} is too small for {net.cidr}: IPv{net.version} needs {MTU_MIN[net.version]} or more.")
    return mtu


def check_host(networks: list[Network]) -> None:
    """A Problem when ``networks``, all those of one host, cannot live beside each other."""
    _unique((network.name, "name", network.where) for network in networks)
    check_apart([(net, network.where) for network in networks for net in network.subnets])
    _unique(_host_interfaces(networks))
    for network in networks:
        if network.ports > BRIDGE_PORTS:
            raise Problem(
                f"{network.where}: bridge '{network.bridge}' would have {network.ports} ports, and the kernel allows {BRIDGE_PORTS}: "
                "spread the containers over several networks."
            )
    _check_namespaces(networks)
    check_ports((container.where, port) for network in networks for container in network.containers for port in container.publish)
    _check_adopted(networks)


def _host_interfaces(networks: list[Network]):
    for network in networks:
        yield network.bridge, "interface", f"{network.where} (bridge)"
        if network.vxlan:
            yield network.vxlan["name"], "interface", f"{network.where} (vxlan)"
        for container in network.containers:
            yield container.host_interface, "interface", f"{container.where} (host_interface)"


def _unique(claims) -> None:
    seen: dict = {}
    for name, kind, where in claims:
        other = seen.setdefault(name, where)
        if other is not where:
            raise Problem(f"{where}: {kind} '{name}' is also that of {other}: name one of them otherwise.")


def _check_namespaces(networks: list[Network]) -> None:
    interfaces: dict = {}
    defaults: dict = {}
    sysctls: dict = {}
    for network in networks:
        for container in network.containers:
            other = interfaces.setdefault((container.netns, container.interface), container.where)
            if other is not container.where:
                raise Problem(
                    f"{container.where}: namespace '{container.netns}' has its interface '{container.interface}' already from {other}: "
                    "set interface to another name."
                )
            for version, metric in container.default_routes():
                other = defaults.get((container.netns, version, metric))
                defaults[container.netns, version, metric] = container.where
                if other == container.where:
                    raise Problem(
                        f"{other}: routes has an IPv{version} default route, and the network's gateway is one already: "
                        "set default_route to false, or give the route a metric."
                    )
                if other:
                    raise Problem(
                        f"{container.where}: namespace '{container.netns}' has an IPv{version} default route already from {other}: "
                        "set default_route to false in one of them."
                    )
            for path, value in container.sysctls.items():
                before, other = sysctls.setdefault((container.netns, path), (value, container.where))
                if before != value:
                    raise Problem(
                        f"{container.where}: sysctl {path} is {value} here and {before} in {other}, "
                        f"for the same namespace '{container.netns}': make them equal."
                    )


def _check_adopted(networks: list[Network]) -> None:
    adopted: dict = {}
    for network in networks:
        for container in network.containers:
            if container.adopted:
                before, other = adopted.setdefault(container.netns, (container.adopted, container.where))
                if before != container.adopted:
                    raise Problem(
                        f"{container.where}: namespace '{container.netns}' is taken from elsewhere than in {other}: make pid, path, container, "
                        "engine and wait equal, or leave them out in one of them."
                    )


def planned(networks: list[Network], others: list[Network]) -> dict:
    """What the modules are told for ``networks``; ``others`` are the host's networks that another role sees to."""
    return {
        "problem": "",
        "namespaces": _namespaces(networks, others),
        "bridges": [_bridge(network) for network in networks],
        "vxlans": [network.vxlan for network in networks if network.vxlan],
        "veths": [_veth(network, container) for network in networks for container in network.containers],
        "masquerades": [_masquerade(network) for network in networks if network.masquerade and network.gateways],
        "publications": [_publication(network) for network in networks if any(container.publish for container in network.containers)],
    }


def nothing_planned(problem: str = "") -> dict:
    """The plan of a host that is to have nothing, or of one whose variables have a ``problem``."""
    return {**planned([], []), "problem": problem}


def _namespaces(networks: list[Network], others: list[Network]) -> list[dict]:
    marks: dict = {}
    sysctls: dict = {}
    adopted: dict = {}
    for network in networks:
        for container in network.containers:
            marks.setdefault(container.netns, set()).add(network.name)
            sysctls.setdefault(container.netns, {}).update(container.sysctls)
            adopted.setdefault(container.netns, {}).update(container.adopted)
    for network in others:  # a namespace that both roles put interfaces into carries the marks of both
        for container in network.containers:
            if container.netns in marks:
                marks[container.netns].add(network.name)
                sysctls[container.netns].update(container.sysctls)
                adopted[container.netns].update(container.adopted)
    return [{"name": name, "network": sorted(names), "sysctls": sysctls[name], **adopted[name]} for name, names in marks.items()]


def _bridge(network: Network) -> dict:
    options = {
        "name": network.bridge,
        "network": network.name,
        "mac": network.bridge_mac,
        "mtu": network.mtu,
        "addresses": [gateway.cidr for gateway in network.gateways],
    }
    if network.stp is not None:
        options["stp"] = network.stp
    return options


def _veth(network: Network, container: Container) -> dict:
    mtu = container.mtu or network.mtu
    return {
        "name": container.host_interface,
        "network": network.name,
        "bridge": network.bridge,
        # By itself a bridge does not send back where something came from: needed where netfilter sees what is bridged.
        "hairpin": bool(container.publish),
        "isolated": network.isolate_containers,
        "mtu": mtu,
        "peer": {
            "netns": container.netns,
            "name": container.interface,
            "mac": container.mac,
            "mtu": mtu,
            "addresses": [one.cidr for one in container.addresses],
            "gateway": [gateway.text for gateway in container.gateways],
            "routes": container.routes,
        },
    }


def _masquerade(network: Network) -> dict:
    families = {gateway.version for gateway in network.gateways}
    options = {
        "name": network.name,
        "sources": [net.cidr for net in network.subnets if net.version in families],
        "exclude": network.exclude,
        "isolate": network.isolate,
        "open_firewall": network.open_firewall,
    }
    if network.snat_to:
        options["snat_to"] = network.snat_to
    if network.isolate_containers:
        options["isolate_containers"] = True
    if network.out_interface:
        options["out_interface"] = network.out_interface
    options["bridge"] = network.bridge
    return options


def _publication(network: Network) -> dict:
    return {
        "name": network.name,
        "bridge": network.bridge,
        "subnets": [net.cidr for net in network.subnets],
        "ports": [port for container in network.containers for port in container.publish],
    }
