# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a node as iproute2, nft and /proc show it, printed as JSON: what the engine says is not asked.

What changes by itself is left out: numbers of objects, counters, timers, what follows from a carrier. With --numbers those of
links are kept: what was made anew has another.
"""

from __future__ import annotations

import ctypes
import glob
import json
import os
import re
import shutil
import subprocess
import sys

_VOLATILE = {
    "ifindex", "link_index", "iflink", "link_netnsid", "stats", "stats64", "used", "updated", "expires", "operstate",
    "promiscuity", "allmulti", "tentative", "tso_max_size", "tso_max_segs", "valid_life_time", "preferred_life_time",
    # what a bridge and its ports work out among themselves
    "bridge_id", "root_id", "root_port", "topology_change", "topology_change_detected",
    "designated_bridge", "designated_root", "designated_port",
} - ({"ifindex"} if "--numbers" in sys.argv else set())  # fmt: skip
_CARRIER = {"LOWER_UP", "NO-CARRIER", "linkdown", "dead", "M-DOWN"}
_LINK_LOCAL = re.compile("fe80:|fe80::/64")
#: Sysctls of a namespace that tests set.
_SYSCTLS = (
    "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range", "net/ipv4/ip_forward", "net/ipv4/conf/*/rp_filter",
    "net/ipv4/conf/*/forwarding", "net/ipv6/conf/default/addr_gen_mode", "net/ipv6/conf/*/forwarding",
)  # fmt: skip
_CLONE_NEWNET = 0x40000000


def _tell(*argv, **keywords):
    for left in (2, 1, 0):
        try:
            return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, **keywords).stdout
        except subprocess.CalledProcessError:  # "Dump was interrupted": the kernel is still busy with the last change
            if not left:
                raise


def _objects(*options, lines):
    """What one process of ip says to several lines of it."""
    text = _tell("ip", *options, "-j", "-d", "-batch", "-", input="\n".join(lines) + "\n")
    found, position, decoder = [], 0, json.JSONDecoder(strict=False)  # ip prints a name as it is, control characters and all
    for _line in lines:
        value, position = decoder.raw_decode(text, position + len(text[position:]) - len(text[position:].lstrip()))
        found.append(_clean(value))
    return found


def _clean(value):
    if isinstance(value, list):
        return [_clean(one) for one in value if not (isinstance(one, str) and one in _CARRIER)]
    if not isinstance(value, dict):
        return value
    kept = {}
    # A topology change of STP shortens the ageing time for as long as it lasts (__br_set_topology_change in the kernel).
    short = {"ageing_time"} if value.get("topology_change") else set()
    for name, one in value.items():
        if name in _VOLATILE | short or "timer" in name:
            continue
        if name == "addr_info":
            # Link-local addresses of the kernel's own come and go with carriers.
            one = [address for address in one if not address["local"].startswith("fe80")]
        kept[name] = _clean(one)
    return kept


def _links(links):
    found = {}
    for link in links:
        link.pop("link", None)  # the peer in the same namespace, by whichever of its numbers
        for volatile in ("id", "no", "state"):
            link.get("linkinfo", {}).get("info_slave_data", {}).pop(volatile, None)
        found[link["ifname"]] = link
    return found


def _sorted(objects):
    return sorted(objects, key=lambda one: json.dumps(one, sort_keys=True))


def _enter(path):
    with open(path, "rb") as file:
        if ctypes.CDLL(None).setns(file.fileno(), _CLONE_NEWNET):
            raise OSError("%s cannot be entered" % path)


def _offload(links):
    """Transmit checksum offload of VXLAN devices, where there is ethtool."""
    found = {}
    for name, link in links.items():
        if link.get("linkinfo", {}).get("info_kind") == "vxlan" and shutil.which("ethtool"):
            text = subprocess.run(["ethtool", "-k", name], check=True, stdout=subprocess.PIPE, text=True).stdout
            found[name] = re.search("tx-checksumming: (on|off)", text).group(1)
    return found


def _switches(*patterns):
    found = {}
    for pattern in patterns:
        for path in sorted(glob.glob("/proc/sys/" + pattern)):
            with open(path, encoding="ascii") as file:
                found[path[10:]] = " ".join(file.read().split())
    return found


def look() -> dict:
    found = {}
    try:
        names = sorted(name for name in os.listdir("/run/netns") if os.path.ismount("/run/netns/" + name))
    except FileNotFoundError:
        names = []
    for netns in [""] + names:
        if netns:  # for good; and not by ip -n, which copies all mounts each time
            _enter("/run/netns/" + netns)
        links, addresses, routes, neighbours = _objects(lines=["link show", "address show", "route show", "neighbour show nud permanent"])
        (routes6,) = _objects("-6", lines=["route show"])
        entries = json.loads(_tell("bridge", "-j", "fdb") or "[]", strict=False)
        found[netns] = {
            "links": _links(links),
            "addresses": {one["ifname"]: _sorted(one["addr_info"]) for one in addresses},
            "routes": _sorted(routes),
            "routes6": _sorted(one for one in routes6 if not _LINK_LOCAL.match(one["dst"])),
            "neighbours": _sorted(neighbours),
            "fdb": _sorted(one for one in entries if "dst" in one and one.get("state") == "permanent"),
        }
        if netns:
            found[netns]["sysctls"] = {path.replace("/", "."): value for path, value in _switches(*_SYSCTLS).items()}
        else:
            found[netns].update(_of_the_host(found[netns]["links"]))
    return found


def _of_the_host(links):
    return {
        "ruleset": _in_order(re.sub(r"packets \d+ bytes \d+ ", "", _tell("nft", "list", "ruleset"))),
        "switches": _switches("net/ipv4/ip_forward", "net/ipv[46]/conf/*/forwarding", "net/ipv4/conf/*/route_localnet", "net/ipv6/conf/*/accept_ra", "net/ipv4/conf/all/accept_redirects"),
        "offload": _offload(links),
        "ours": sorted(os.listdir("/run/linuxnet.container")) if os.path.isdir("/run/linuxnet.container") else [],
    }


def _in_order(ruleset):
    """What nft lists, with chains, maps, their elements and the rules that ask them in one order: which came first says nothing."""
    ruleset = re.sub(r"(?:\t\t.* map @published_.*\n)+", lambda found: "".join(sorted(found[0].splitlines(True))), ruleset)
    ruleset = re.sub(r"elements = \{ ([^}]*) \}", lambda found: "elements = { %s }" % ", ".join(sorted(re.split(r",\s+", found[1]))), ruleset)
    return re.sub(r"(?<=\{\n)(\t.*?\n)(?=\}\n)", lambda found: "\n\n".join(sorted(found[1].rstrip("\n").split("\n\n"))) + "\n", ruleset, flags=re.S)


def serve():
    """A look for each line that is read, by a child that ends in whichever namespace it looked at last."""
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            print(json.dumps(look()), flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit("the look failed; its last words are above")


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        print(json.dumps(look()))
