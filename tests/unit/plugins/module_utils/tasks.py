# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: options of each door that its argument spec takes, about what a state has and what it does not have.

Some of them no state allows, and some only others: those are the Problems that a door raises.
"""

from __future__ import annotations

from ansible_collections.linuxnet.container.plugins.module_utils import _forwarding
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.firewalld import policy_name
from ansible_collections.linuxnet.container.plugins.module_utils._state import HOST
from hypothesis import assume, strategies

from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.states import (
    _NS_SYSCTLS, ADOPTED, FOREIGN, NETWORKS, SPACES, Dice,
)  # fmt: skip

#: Whose namespaces are there, whose are not, and who is gone.
FOUND = {
    71: 4026530009, 72: 4026539999, 73: {"problem": "process 73 is in the host's own network namespace."}, 74: {"problem": "there is no process 74.", "gone": True},
    "/run/x": 4026530009, "/run/y": {"problem": "there is no file '/run/y'.", "gone": True},
    "auto/web": {"inode": 4026539998, "source": 76, "engine": "podman"}, "docker/web": {"problem": "Docker knows no container 'web'.", "gone": True},
}  # fmt: skip
_HOLDERS = (
    {"pid": 71}, {"pid": 72}, {"pid": 73}, {"pid": 74}, {"path": "/run/x"}, {"path": "/run/y"}, {"container": "web"}, {"container": "web", "engine": "docker"},
)  # fmt: skip
_GOOD_SPACES = (SPACES[0], SPACES[1], ADOPTED, "new")
_MACS = (None, "02:00:00:00:00:41")
_MTUS = (None, None, None, 1500, 1300, 1000)
_FIREWALLD = {"owner": "firewalld", "family": "inet", "table": "firewalld", "chain": "filter_FORWARD", "how": "by a rule at its end"}


def facts(state, busy) -> dict:
    """What reading tells beside ``state``; in the namespaces ``busy`` a process runs."""
    forwarding = {}
    for version, path in _forwarding.SWITCHES.items():
        switch = state[("sysctl", HOST, path)].value
        devices = {"all": switch, "default": switch}
        for link in state.every("link"):
            if link.netns == HOST:
                own = state.get(("sysctl", HOST, "net/ipv%d/conf/%s/forwarding" % (version, link.name)))
                devices[link.name] = own.value if own else switch
        forwarding[version] = devices
    return {
        "found": dict(FOUND), "forwarding": forwarding, "router_advertised": {FOREIGN},
        "processes": {name: [(500, 1, "sleep")] for name in busy},
        "others_chains": [{"how": "by its policy", "head": "DOCKER-USER"}, {"owner": "legacy", "family": "ip6", "how": "by a rule at its end"}, _FIREWALLD,
                          {"chain": "INPUT", "hook": "input", "how": "by its policy"}, {"owner": "legacy", "family": "ip6", "chain": "INPUT", "hook": "input", "how": "by its policy"},
                          dict(_FIREWALLD, chain="filter_INPUT", hook="input"), {"owner": "nft", "family": "inet", "table": "theirs", "chain": "in", "hook": "input", "how": "by its policy"}],
        "firewalld": {"zones": {one.value: "linuxnet" for zone in state.every("firewalld_zone") for one in zone.runtime}, "known": ["linuxnet"],
                      "peers": [policy_name(name) for name in ("vx0", "vx&1", "x0", "x1")]},
    }  # fmt: skip


@strategies.composite
def tasks(draw, state, door):
    """(Options, names of the namespaces in which processes run) for ``door``."""
    dice = Dice(draw)
    chosen = _DOORS[door](dice, state)
    if door != "vxlan_fdb":
        chosen["purge_networks"] = dice.some(NETWORKS) if dice.pick(0, 0, 1) else []
    chosen["state"] = dice.pick("present", "present", "present", "absent")
    return {name: value for name, value in chosen.items() if value is not None}, dice.some(_GOOD_SPACES[:3])


def _many(dice, word, make, keys=None):
    """One object by options of the task, or some by the list ``word``."""
    if dice.half():
        return make()
    found, seen = [], set()
    for _round in range(dice.pick(1, 2, 3, 0)):
        one = make()
        if one[keys or "name"] not in seen:
            seen.add(one[keys or "name"])
            found.append({name: value for name, value in one.items() if value is not None})
    return {word: found}


def _netns(dice, state):
    def about(name):
        there = [item.path for item in state.every("sysctl") if item.netns == name]
        known = [path for path in there if "p0" not in path] if ("netns", HOST, name) in state else _NS_SYSCTLS
        return {
            "network": dice.pick(None, [], ["blue"], ["red", "blue"]),
            "sysctls": {path: dice.pick("0", "1") for path in dice.some(known)} or None,
            **dice.pick({}, {}, {}, {}, *_HOLDERS), "loopback": dice.pick(None, True, False),
        }  # fmt: skip

    name = dice.pick(*_GOOD_SPACES)
    if dice.half():
        return {"name": [name], **about(name), "stop_processes": dice.half()}
    listed = [{"name": one, **about(one)} for one in dice.some(_GOOD_SPACES)]
    return {"namespaces": [{word: value for word, value in one.items() if value is not None} for one in listed], "stop_processes": dice.half()}


def _bridge(dice, state):
    ports = [link.name for link in state.every("link") if link.netns == HOST and link.name.isalnum() and link.kind != "bridge"]

    def one():
        listed = [{"name": name, "hairpin": dice.half()} for name in dice.some(ports[:5] + ["missing"]) if name != "missing" or dice.pick(0, 0, 0, 1)]
        ported = dice.pick(None, listed)
        return {
            "name": dice.pick("br0", "x0", "x1", "new", "p0", FOREIGN), "mtu": dice.pick(*_MTUS), "mac": dice.pick(*_MACS),
            "addresses": dice.pick(None, [], ["10.10.0.1/24"], ["10.10.0.2/24", "10.10.0.1/24"], ["fd00:10::1/64", "10.10.0.3/24"]),
            "stp": dice.pick(None, True, False), "ageing_time": dice.pick(None, 300, 10), "network": dice.pick(None, *NETWORKS),
            "dad": dice.half(), "ports": ported, "purge": dice.half() if ported is not None else None,
        }  # fmt: skip

    return _many(dice, "bridges", one)


def _veth(dice, state):
    there = [item.name for item in state.every("netns") if item.name in _GOOD_SPACES]

    def end(number):
        return {
            "netns": dice.pick(None, *there, *there, "new"), "mac": dice.pick(*_MACS), "mtu": dice.pick(*_MTUS),
            "addresses": dice.pick(None, [], *[[text % number for text in texts] for texts in _ADDRESSES]), "link_local": dice.pick(None, None, True, False),
        }  # fmt: skip

    bridges = [link.name for link in state.every("link") if link.netns == HOST and link.name.isalnum() and link.kind == "bridge"]

    def one():
        bridge = dice.pick(None, "", *bridges, *bridges, "none")
        number = dice.pick(21, 22)
        peer = {
            "name": dice.pick("e0", "p0x", "p~1x", "x1"), **end(number),
            "gateway": dice.pick(None, None, ["10.%d.0.100" % number], ["fd00:%d::100" % number]), "routes": dice.pick(None, [], _routes(dice, number)),
        }  # fmt: skip
        peer = {name: value for name, value in peer.items() if value is not None}
        return {
            "name": dice.pick("p0", "p~1", "p2", "x0", "new", FOREIGN), **end(20), "bridge": bridge,
            "hairpin": dice.pick(None, True, False) if bridge else None, "network": dice.pick(None, *NETWORKS), "dad": dice.half(),
            "peer": dice.pick(peer, peer, peer, None),
        }  # fmt: skip

    return _many(dice, "veths", one)


_ADDRESSES = (
    ["10.%d.0.1/24"], ["10.%d.0.2/24", "10.%d.0.1/24"], ["fd00:%d::1/64"], ["10.%d.0.3/24", "fd00:%d::1/64"], ["10.%d.7.1/32"],
)  # fmt: skip


def _routes(dice, number):
    routes = [
        {"dst": "10.%d.0.0/16" % (number + 100), "via": "10.%d.0.100" % number, "src": dice.pick(None, "10.%d.0.1" % number)},
        {"dst": "10.99.0.0/16"}, {"dst": "10.98.0.0/16", "via": "10.99.0.1", "metric": dice.pick(None, 5)},
        {"dst": "10.97.0.0/16", "via": "192.168.9.9", "onlink": True}, {"dst": "default", "via": "10.%d.0.100" % number},
        {"dst": "fd97::/64", "src": dice.pick(None, "fd00:%d::1" % number)}, {"dst": "fd96::/64", "via": "fd97::1"},
    ]  # fmt: skip
    return [{name: value for name, value in route.items() if value is not None} for route in dice.some(routes)]


def _vxlan(dice, state):
    own = [str(item.interface.ip) for item in state.every("address") if item.netns == HOST]
    assume(own)
    links = [link.name for link in state.every("link") if link.netns == HOST and link.name.isalnum() and link.kind != "bridge"]

    def one():
        dev = dice.pick(None, *links, *links, "missing")
        return {
            "name": dice.pick("vx0", "x0", "x1", "new", FOREIGN), "vni": dice.pick(7, 8, 9), "local": dice.pick(*own[:4], "192.0.2.1", *([None] if dev else [])), "dev": dev,
            "dstport": dice.pick(None, 4789, 8472), "group": dice.pick(None, None, "239.1.1.1", "ff05::1") if dev else None, "ttl": dice.pick(None, 0, 5),
            "learning": dice.pick(None, True, False), "udp_csum": dice.pick(None, True, False), "tx_checksum_offload": dice.pick(None, True, False),
            "mtu": dice.pick(None, None, 1300, 1000), "mac": dice.pick(*_MACS), "bridge": dice.pick(None, "", "br0", "x1"),
            "addresses": dice.pick(None, [], ["10.30.0.1/24"], ["fd00:30::1/64"]), "dad": dice.half(), "network": dice.pick(None, *NETWORKS),
        }  # fmt: skip

    return _many(dice, "vxlans", one)


_REMOTES = (["192.0.2.2", "192.0.2.3"], ["2001:db8::2", "2001:db8::3"])


def _vxlan_fdb(dice, state):
    devices = [link.name for link in state.every("link") if link.netns == HOST and link.kind == "vxlan" and "&" not in link.name]
    assume(devices)

    def one():
        remotes = dice.pick(*_REMOTES)
        entries = [
            {"mac": "02:00:00:00:00:01", "dst": dice.pick(*remotes)}, {"mac": "02:00:00:00:00:02", "dst": remotes[0], "port": 9},
            {"mac": "02:00:00:00:00:03", "dst": remotes[1], "vni": 99}, {"mac": "00:00:00:00:00:00", "dst": remotes[0], "vni": 99},
        ]  # fmt: skip
        return {
            "device": dice.pick(*devices * 9, "missing"), "entries": dice.pick(None, dice.some(entries)),
            "flood": dice.pick(None, dice.some(remotes)), "purge": dice.half(), "open_firewall": dice.pick(True, False),
        }  # fmt: skip

    return _many(dice, "devices", one, "device")


def _nat_masquerade(dice, state):
    def one():
        return {
            "name": dice.pick(*NETWORKS, "new"), "sources": ["10.%d.0.0/24" % dice.pick(1, 2, 3)] + dice.some(["fd0%d::/64" % dice.pick(1, 2)]),
            "bridge": dice.pick("br0", None), "out_interface": dice.pick(FOREIGN, None, "later"),
            "exclude": dice.pick(None, ["10.0.0.0/8"], ["fd00::/8"]), "isolate": dice.half(), "open_firewall": dice.pick(None, True, False),
            "snat_to": dice.pick(None, None, ["192.0.2.7-192.0.2.9"]),
        }  # fmt: skip

    return _many(dice, "masquerades", one)


def _publish(dice, state):
    def port():
        four = dice.half()
        return {
            "port": dice.pick("80", "8000-8002", "53"), "protocol": dice.pick("tcp", "udp"), "address": "10.1.0.9" if four else "fd01::9",
            "host_address": dice.pick(None, "127.0.0.1" if four else None),
        }  # fmt: skip

    def one():
        return {
            "name": dice.pick(*NETWORKS, "new"), "bridge": dice.pick("br0", "br0", "br1", "nowhere"),
            "subnets": dice.pick(["10.1.0.0/24", "fd01::/64"], ["10.1.0.0/24", "fd01::/64"], None),
            "ports": [port() for _round in range(dice.pick(1, 2, 0))],
        }  # fmt: skip

    return _many(dice, "publications", one)


_DOORS = {
    "netns": _netns, "bridge": _bridge, "veth": _veth, "vxlan": _vxlan, "vxlan_fdb": _vxlan_fdb, "nat_masquerade": _nat_masquerade, "publish": _publish,
}  # fmt: skip
DOORS = tuple(_DOORS)
