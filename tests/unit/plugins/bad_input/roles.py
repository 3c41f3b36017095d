# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that the roles take, and the kinds of what stands in them."""

from __future__ import annotations

_MTU = ("int", 68, 65535)
_STATE = ("choice", "present", "absent")
#: Of a container, in both roles.
_CONTAINER = {
    "": "container", ".name": "box", ".address": "text list", ".address[]": "box address", ".netns": "box", ".interface": "ifname", ".host_interface": "ifname",
    ".mac": "interface mac", ".mtu": ("int", 68, 1500), ".default_route": "bool", ".routes": "strict list", ".routes[]": "options", ".routes[].dst": "route",
    ".routes[].via": "route address", ".routes[].metric": ("int", 0, 2**32 - 1), ".routes[].src": "route address", ".routes[].onlink": "bool",
    ".publish": "strict list", ".publish[]": "options", ".publish[].port": "ports", ".publish[].protocol": ("choice", "tcp", "udp", "sctp"),
    ".publish[].to_port": "ports", ".publish[].host_address": "host address",
    ".sysctls": "options", ".sysctls{": "sysctl", ".sysctls{}": "sysctl value", ".pid": ("int", 1, 1 << 22), ".path": "text path", ".container": "text container",
    ".engine": ("choice", "auto", "docker", "podman"), ".wait": ("int", 0, 86400),
}  # fmt: skip


def _containers(path):
    return {path: "strict list", **{path + "[]" + name: kind for name, kind in _CONTAINER.items()}}


_NODE = {
    "underlay_address": "underlay", "underlay_mtu": _MTU, "underlay_device": "device", "endpoints": "options", "endpoints{": "overlay", "endpoints{}": "options",
}  # fmt: skip


def _endpoint(path):
    return {
        path: "options", path + ".state": _STATE, path + ".gateway": "text list", path + ".gateway[]": "gateway address", **_containers(path + ".containers"),
    }  # fmt: skip


KINDS = {
    "single_host_bridge": {
        "single_host_bridge_state": _STATE, "single_host_bridge_purge_networks": "list", "single_host_bridge_purge_networks[]": "network",
        "single_host_bridge_networks": "strict list", "single_host_bridge_networks[]": "options",
        **{
            "single_host_bridge_networks[]." + name: kind
            for name, kind in {
                "name": "network", "state": _STATE, "gateway": "text list", "gateway[]": "gateway", "bridge": "ifname", "mtu": _MTU, "stp": "bool", "masquerade": "bool",
                "exclude": "text list", "exclude[]": "source", "isolate": "bool", "out_interface": "ifname", "isolate_containers": "bool", "snat_to": "text list",
                "snat_to[]": "role snat", "open_firewall": "bool", **_containers("containers"),
            }.items()
        },
    },
    "vxlan_overlay": {
        "vxlan_overlay_state": _STATE, "vxlan_overlay_purge_networks": "list", "vxlan_overlay_purge_networks[]": "network",
        "vxlan_overlay_overlays": "strict list", "vxlan_overlay_overlays[]": "options",
        **{
            "vxlan_overlay_overlays[]." + name: kind
            for name, kind in {
                "name": "network", "state": _STATE, "vni": ("int", 1, 2**24 - 1), "subnet": "text list", "subnet[]": "overlay subnet", "dstport": ("int", 1, 65535),
                "mtu": ("int", 68, 1450), "masquerade": "bool", "exclude": "text list", "exclude[]": "source", "isolate": "bool", "open_firewall": "bool", "bridge": "ifname", "device": "ifname",
            }.items()
        },
        **{"vxlan_overlay_" + name: kind for name, kind in _NODE.items() if "{" not in name},
        **_endpoint("vxlan_overlay_endpoints.red"),
        "vxlan_overlay_nodes": "options", "vxlan_overlay_nodes.m1": "options", **{"vxlan_overlay_nodes.m1." + name: kind for name, kind in _NODE.items()},
        "vxlan_overlay_nodes.m1.state": _STATE,
    },
}  # fmt: skip

_BOX = {
    "name": "web", "address": ["10.10.1.10/24", "fd00:10::10"], "netns": "shop", "interface": "eth1", "host_interface": "v-web", "mac": "02:00:00:00:00:07", "mtu": 1400,
    "default_route": True, "sysctls": {"net.ipv4.ip_unprivileged_port_start": 80},
    "publish": [{"port": 8080, "protocol": "udp", "to_port": "80", "host_address": "192.0.2.1"}, {"port": "9000-9001"}],
    "routes": [{"dst": "198.51.100.0/24", "via": "10.10.1.9", "metric": 5, "src": "10.10.1.10", "onlink": False}, {"dst": "10.8.0.0/16", "via": "10.9.9.9", "onlink": True}],
}  # fmt: skip

_ADOPTED = [
    {"name": "a", "address": "10.10.1.20", "pid": 4711, "wait": 30},
    {"name": "b", "address": "10.10.1.21", "path": "/proc/4711/ns/net", "engine": "auto"},
    {"name": "c", "address": "10.10.1.22", "container": "4711", "engine": "docker", "wait": 1},
]

#: Variables that are taken.
VARIABLES = {
    "single_host_bridge": [
        {
            "single_host_bridge_state": "present",
            "single_host_bridge_purge_networks": ["old", "older"],
            "single_host_bridge_networks": [
                {
                    "name": "blue", "state": "present", "gateway": ["10.10.1.1/24", "fd00:10::1/64"], "bridge": "br-b", "mtu": 1500, "stp": True, "masquerade": True,
                    "exclude": ["10.0.0.0/8", "192.168.0.0/16"], "isolate": False, "isolate_containers": True,
                    "snat_to": ["192.0.2.7-192.0.2.9", "2001:db8::7"], "out_interface": "eth0",
                    "open_firewall": False, "containers": [_BOX, {"name": "db", "address": "10.10.1.11"}, *_ADOPTED],
                },
                {"name": "green", "gateway": "10.10.2.1/24"},
                {"name": "gone", "state": "absent"},
            ],
        }
    ],
    "vxlan_overlay": [
        {
            "vxlan_overlay_state": "present",
            "vxlan_overlay_purge_networks": ["old", "older"],
            "vxlan_overlay_overlays": [
                {
                    "name": "red", "state": "present", "vni": 42, "subnet": ["10.10.0.0/16", "fd00:10::/64"], "dstport": 8472, "mtu": 1450, "masquerade": True,
                    "exclude": ["10.0.0.0/8", "192.168.0.0/16"], "isolate": False, "open_firewall": False, "bridge": "br-r", "device": "vx-r",
                },
                {"name": "gone", "state": "absent"},
            ],
            "vxlan_overlay_underlay_address": "192.0.2.21",
            "vxlan_overlay_underlay_mtu": 1500,
            "vxlan_overlay_underlay_device": "eth0",
            "vxlan_overlay_endpoints": {"red": {"state": "present", "gateway": ["10.10.0.1", "fd00:10::1"], "containers": [dict(_BOX, address=["10.10.1.10", "fd00:10::10"]), {"name": "db", "address": "10.10.1.11"}]}},
        },
        {
            "vxlan_overlay_overlays": [{"name": "red", "vni": 42, "subnet": "10.10.0.0/16"}],
            "vxlan_overlay_nodes": {
                "m1": {"state": "present", "underlay_address": "192.0.2.21", "underlay_mtu": 1500, "underlay_device": "eth0", "endpoints": {"red": {"gateway": "10.10.0.1"}}},
                "m2": {"underlay_address": "192.0.2.22", "endpoints": {"red": {"gateway": "10.10.0.2"}}},
            },
        },
    ],
}  # fmt: skip

#: The other member of the overlays.
OTHER = {"vxlan_overlay_underlay_address": "192.0.2.22", "vxlan_overlay_endpoints": {"red": {"gateway": "10.10.0.2"}}}

#: Lists in which the same twice says nothing twice.
SETS = {"single_host_bridge_purge_networks[]", "vxlan_overlay_purge_networks[]"}
