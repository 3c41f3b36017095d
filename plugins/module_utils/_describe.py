# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state in the words of the modules' options: what modules return, and network_info shows. Pure."""

from __future__ import annotations

from ._kinds.link import ADDR_GEN
from ._state import HOST


def link(state, item) -> dict:
    """A link with what belongs to it."""
    found = {
        "name": item.name,
        "netns": item.netns,
        "kind": item.kind,
        "up": bool(item.up),
        "mtu": item.mtu,
        "mac": str(item.mac) if item.mac else None,
        "bridge": item.master or None,
        "ours": item.networks is not None,
        "networks": sorted(item.networks or ()),
        "addresses": sorted(str(one.interface) for one in state.of("address", item.netns, item.name)),
        "routes": [route(one) for one in sorted(state.of("route", item.netns, item.name), key=lambda one: (str(one.dst), one.metric))],
    }
    if item.addr_gen is not None:
        found["addr_gen_mode"] = ADDR_GEN.get(item.addr_gen, str(item.addr_gen))
    if item.peer:
        found["peer"] = {"netns": item.peer[0], "name": item.peer[1]}
    if item.kind == "vxlan":
        found["tx_checksum_offload"] = item.tx_offload
    plain = (bool, int, str, type(None))
    for name, value in {**item.options, **item.port}.items():
        found[name] = value if isinstance(value, plain) else str(value)
    return found


def route(item) -> dict:
    return {
        "dst": str(item.dst),
        "via": str(item.via) if item.via else None,
        "dev": item.dev,
        "metric": item.metric,
        "src": str(item.src) if item.src else None,
        "onlink": item.onlink,
    }


def entry(item) -> dict:
    """A forwarding entry."""
    return {"mac": str(item.mac), "dst": str(item.dst), "port": item.port, "vni": item.vni}


def entries(state, netns, device) -> list:
    return [entry(item) for item in sorted(state.of("fdb", netns, device), key=lambda one: (one.mac, one.dst.packed, one.port, one.vni))]


def netns(state, name: str, processes=()) -> dict:
    """A namespace with its links, and the processes in it."""
    item = state.get(("netns", HOST, name))
    loopback = state.link(name, "lo")
    adopted = state.get(("record", HOST, "adopted", name))
    found = {
        "name": name,
        "inode": item.inode if item else None,
        "adopted": adopted is not None,
        "ours": bool(adopted) or (loopback is not None and loopback.networks is not None),
        "networks": adopted.value["networks"] if adopted else sorted((loopback.networks or ()) if loopback else ()),
        "loopback": bool(loopback and loopback.up),
        "links": links(state, name),
        "sysctls": {one.path: one.value for one in state.within("sysctl", name)},
    }
    if processes:
        found["processes"] = [{"pid": pid, "command": command} for pid, _started, command in processes]
    return found


def links(state, space: str) -> list:
    """The links of a namespace, loopback left out."""
    return [link(state, item) for item in state.within("link", space) if item.name != "lo"]


def rules(state) -> list:
    """The rules of our table, as nft lists them."""
    return [
        {"chain": item.rule.chain, "rule": item.rule.text, "network": item.network} for item in state.every("nft_rule")
    ]


def ports(state) -> list:
    """The published ports, in order; neighbours that lead to neighbours are one range."""
    found: list = []
    for item in sorted(state.every("nft_element"), key=lambda item: _order(item.element)):
        *at, protocol, port = item.element.key
        address, to_port = item.element.data
        shown = {
            "network": item.network,
            "host_address": str(at[0]) if at else None,
            "protocol": str(protocol),
            "port": port,
            "address": str(address),
            "to_port": to_port,
        }
        if found and {**shown, "port": 0, "to_port": 0} == {**found[-1][0], "port": 0, "to_port": 0} and found[-1][1:] == [port - 1, to_port - 1]:
            found[-1][1:] = [port, to_port]
        else:
            found.append([shown, port, to_port])
    for shown, *last in found:
        for name, end in zip(("port", "to_port"), last):
            shown[name] = "%d-%d" % (shown[name], end) if end != shown[name] else str(end)
    return [shown for shown, *_last in found]


def _order(element):
    return (element.comment, element.map, [str(one) for one in element.key[:-1]], element.key[-1])
