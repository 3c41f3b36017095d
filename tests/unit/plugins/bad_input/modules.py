# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that every module takes, and the kinds of what their options take."""

from __future__ import annotations

_COMMON = {"state": ("choice", "present", "absent"), "lock_timeout": ("int", 0, 86400)}
_PURGE = {"purge_networks": "list", "purge_networks[]": "network"}
_MTU = ("int", 68, 65535)
_END = {
    "name": "ifname", "netns": "netns", "mac": "interface mac", "mtu": _MTU, "addresses": "list", "addresses[]": "interface", "link_local": "bool",
}  # fmt: skip

#: {module: {option: kind}}. Elements of a list are at option[]; a list of objects says the same of them as the module itself.
KINDS = {
    "bridge": {
        **_COMMON, **_PURGE,
        "name": "ifname", "addresses": "list", "addresses[]": "interface", "mtu": _MTU, "mac": "interface mac", "stp": "bool",
        "ageing_time": ("int", 0, 1000000), "network": "network", "dad": "bool", "purge": "bool",
        "ports": "list", "ports[]": "dict", "ports[].name": "ifname", "ports[].hairpin": "bool", "ports[].isolated": "bool",
    },
    "netns": {
        **_COMMON, **_PURGE,
        "name": "list", "name[]": "netns", "network": "list", "network[]": "network", "sysctls": "dict", "sysctls{}": "sysctl value", "sysctls{": "sysctl",
        "pid": ("int", 1, 1 << 22), "path": "path", "container": "engine's container", "engine": ("choice", "auto", "docker", "podman"), "wait": ("int", 0, 86400), "loopback": "bool", "stop_processes": "bool", "stop_timeout": ("int", 0, 3600),
        "namespaces[].name": "netns",
    },
    "veth": {
        **_COMMON, **_PURGE, **_END,
        "bridge": "ifname or nothing", "hairpin": "bool", "isolated": "bool", "network": "network", "dad": "bool", "peer": "dict",
        **{"peer." + name: kind for name, kind in _END.items()},
        "peer.gateway": "list", "peer.gateway[]": "address", "peer.routes": "list", "peer.routes[]": "dict", "peer.routes[].dst": "destination",
        "peer.routes[].via": "address", "peer.routes[].metric": ("int", 0, (1 << 32) - 1), "peer.routes[].src": "address", "peer.routes[].onlink": "bool",
    },
    "vxlan": {
        **_COMMON, **_PURGE,
        "name": "ifname", "vni": ("int", 0, (1 << 24) - 1), "local": "address", "dev": "ifname", "dstport": ("int", 1, 65535), "group": "address",
        "ttl": ("int", 0, 255), "learning": "bool", "udp_csum": "bool", "udp6_zero_csum_tx": "bool", "udp6_zero_csum_rx": "bool",
        "tx_checksum_offload": "bool", "mtu": _MTU, "mac": "interface mac", "bridge": "ifname or nothing", "addresses": "list",
        "addresses[]": "interface", "dad": "bool", "network": "network",
    },
    "vxlan_fdb": {
        **_COMMON,
        "device": "ifname", "flood": "list", "flood[]": "address", "purge": "bool", "entries": "list", "entries[]": "dict", "entries[].mac": "mac",
        "entries[].dst": "address", "entries[].port": ("int", 1, 65535), "entries[].vni": ("int", 0, (1 << 24) - 1),
        "open_firewall": "bool",
    },
    "nat_masquerade": {
        **_COMMON, **_PURGE,
        "name": "network", "sources": "list", "sources[]": "source", "bridge": "ifname", "out_interface": "ifname", "exclude": "list",
        "exclude[]": "source", "isolate": "bool", "isolate_containers": "bool", "open_firewall": "bool", "snat_to": "list", "snat_to[]": "snat",
    },
    "publish": {
        **_COMMON, **_PURGE,
        "name": "network", "bridge": "ifname", "subnets": "list", "subnets[]": "subnet", "ports": "list", "ports[]": "dict", "ports[].port": "ports",
        "ports[].protocol": ("choice", "tcp", "udp", "sctp"), "ports[].address": "address", "ports[].to_port": "ports", "ports[].host_address": "address",
    },
    "network_info": {"netns": "list", "netns[]": "netns", "network": "list", "network[]": "network", "host": "bool"},
    "checkpoint": {
        "name": "network", "networks": "list", "networks[]": "network", "state": ("choice", "taken", "restored", "dropped"), "lock_timeout": ("int", 0, 86400),
    },
    "probe": {
        "targets": "list", "targets[]": "dict", "targets[].address": "target", "targets[].netns": "netns", "targets[].protocol": ("choice", "icmp", "udp", "tcp"),
        "targets[].port": ("int", 1, 65535), "targets[].payload": ("int", 0, 65000), "targets[].dont_fragment": "bool", "targets[].largest": "bool",
        "targets[].count": ("int", 1, 1000), "targets[].timeout": "seconds", "targets[].expect_reached": "bool", "targets[].expect_source": "target",
        "targets[].expect_largest": ("int", 0, 65535), "netns": "netns",
    },
    "lab_node": {
        "lab_dir": "folder", "name": "list", "name[]": "node", "state": ("choice", "present", "absent"), "nodes": "list", "nodes[]": "dict", "nodes[].name": "node",
        "nodes[].addresses": "list", "nodes[].addresses[]": "interface", "nodes[].gateways": "list", "nodes[].gateways[]": "address",
        "nodes[].mtu": ("int", 1280, 65535), "nodes[].loopback": "list", "nodes[].loopback[]": "interface", "nodes[].whoami": "bool",
    },
}  # fmt: skip

#: The lists of objects whose options are those of the module itself.
MANY = {
    "bridge": "bridges", "netns": "namespaces", "veth": "veths", "vxlan": "vxlans", "vxlan_fdb": "devices", "nat_masquerade": "masquerades",
    "publish": "publications",
}  # fmt: skip

_OF_ONE = (*_COMMON, *_PURGE, "stop_processes", "stop_timeout")
#: Those of the module for all kinds: the others' lists.
KINDS["network"] = {
    **_PURGE,
    **{name: KINDS["netns"][name] for name in ("stop_processes", "stop_timeout")},
    "lock_timeout": _COMMON["lock_timeout"],
    **{many + word: kind for many in MANY.values() for word, kind in {"": "list", "[]": "dict"}.items()},
    **{
        "%s[].%s" % (many, name): KINDS[module].get("%s[].%s" % (many, name), kind)
        for module, many in MANY.items()
        for name, kind in KINDS[module].items()
        if name not in _OF_ONE and not name.startswith(many)
    },
}

_ROUTES = [{"dst": "198.51.100.0/24", "via": "10.1.0.1", "metric": 5, "src": "10.1.0.2", "onlink": False}, {"dst": "10.8.0.0/16", "via": "10.9.9.9", "onlink": True}]

#: Tasks that are taken on a host as in HOST.
TASKS = {
    "bridge": [
        {
            "name": "br-new", "addresses": ["10.2.0.1/24", "fd00:2::1/64"], "mtu": 1500, "mac": "02:00:00:00:00:0b", "stp": True, "ageing_time": 60, "network": "blue",
            "dad": True, "purge": True, "ports": [{"name": "p1", "hairpin": True}, {"name": "p2", "isolated": False}], "lock_timeout": 5,
        },
        {"bridges": [{"name": "br-new"}, {"name": "br-red", "addresses": ["10.1.0.1/24", "10.1.0.9/24"], "network": "red", "ports": [{"name": "p1"}]}], "purge_networks": ["red", "blue"]},
        {"name": "br-red", "state": "absent"},
    ],
    "netns": [
        {"name": ["c1", "new"], "network": ["red", "blue"], "sysctls": {"net.ipv4.ip_unprivileged_port_start": 80, "net/ipv6/conf/all/forwarding": "1"}, "loopback": True, "stop_processes": True, "stop_timeout": 3},
        {"namespaces": [{"name": "new"}, {"name": "theirs", "pid": 4711, "network": ["red"], "wait": 0}, {"name": "file", "path": "/proc/4711/ns/net"}, {"name": "box", "container": "box", "engine": "podman", "wait": 0}, {"name": "c1", "sysctls": {"net.ipv4.ip_forward": 1}}], "purge_networks": ["blue"]},
        {"name": ["c1"], "state": "absent", "purge_networks": ["blue"]},
    ],
    "veth": [
        {
            "name": "v-1", "mac": "02:00:00:00:00:01", "mtu": 1500, "addresses": ["10.7.0.1/24"], "link_local": True, "bridge": "br-red", "hairpin": True, "isolated": False,
            "network": "red", "dad": True,
            "peer": {
                "name": "eth0", "netns": "c1", "mac": "02:00:00:00:00:02", "mtu": 1500, "addresses": ["10.1.0.2/24", "fd00:1::2/64"], "link_local": False,
                "gateway": ["10.1.0.1", "fd00:1::1"], "routes": _ROUTES,
            },
        },
        {
            "veths": [
                {"name": "v-1", "bridge": "br-red", "network": "red", "peer": {"name": "eth0", "netns": "c1", "addresses": ["10.1.0.2/24"]}},
                {"name": "p7", "netns": "c1", "addresses": ["10.3.0.1/31"], "peer": {"name": "p8", "netns": "c2", "addresses": ["10.3.0.0/31", "10.1.0.2/24"], "routes": _ROUTES}},
            ],
            "purge_networks": ["blue"],
        },
        {"name": "v-1", "netns": "c1", "state": "absent"},
    ],
    "vxlan": [
        {
            "name": "vx-new", "vni": 7, "local": "192.0.2.1", "dev": "under", "dstport": 8472, "group": "239.1.1.1", "ttl": 3, "learning": True, "udp_csum": True,
            "udp6_zero_csum_tx": False, "udp6_zero_csum_rx": False, "tx_checksum_offload": False, "mtu": 1400, "mac": "02:00:00:00:00:0c", "bridge": "br-red",
            "addresses": ["10.5.0.1/24", "fd00:5::1/64"], "dad": True, "network": "red",
        },
        {"vxlans": [{"name": "vx-new", "vni": 7, "local": "192.0.2.1"}, {"name": "vx-red", "vni": 42, "dev": "under", "local": "192.0.2.1", "bridge": ""}], "purge_networks": ["blue"]},
        {"name": "vx-red", "state": "absent"},
    ],
    "vxlan_fdb": [
        {
            "device": "vx-red", "flood": ["192.0.2.2", "192.0.2.3"], "purge": True,
            "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.2"}, {"mac": "02:00:00:00:00:03", "dst": "192.0.2.3", "port": 8472, "vni": 43}],
            "open_firewall": False,
        },
        {"devices": [{"device": "vx-red", "flood": ["192.0.2.2"]}, {"device": "vx-two", "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.2"}]}]},
        {"device": "vx-red", "state": "absent", "flood": ["192.0.2.2"]},
    ],
    "nat_masquerade": [
        {"name": "red", "sources": ["10.1.0.0/24", "fd00:1::/64"], "bridge": "br-red", "out_interface": "under", "exclude": ["10.0.0.0/9", "10.200.0.0/16"], "isolate": True,
         "isolate_containers": True, "open_firewall": True, "snat_to": ["192.0.2.1-192.0.2.2", "fd00:9::1"]},
        {"masquerades": [{"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-red"}, {"name": "blue", "sources": ["10.2.0.0/20", "10.3.0.0/24"], "out_interface": "under"}], "purge_networks": ["green"]},
        {"name": "red", "state": "absent"},
    ],
    "publish": [
        {"name": "red", "bridge": "br-red", "subnets": ["10.1.0.0/24", "fd00:1::/64"], "ports": [{"port": "8080", "protocol": "udp", "address": "10.1.0.2", "to_port": "80", "host_address": "192.0.2.1"}, {"port": "9000-9001", "address": "fd00:1::2"}]},
        {"publications": [{"name": "red", "bridge": "br-red", "ports": [{"port": "8080", "address": "10.1.0.2"}]}, {"name": "blue", "bridge": "br-red"}], "purge_networks": ["green"]},
        {"name": "red", "state": "absent"},
    ],
    "network": [
        {
            "purge_networks": ["blue", "red"], "stop_processes": True, "stop_timeout": 3, "lock_timeout": 5,
            "namespaces": [{"name": "c1", "network": ["red"]}, {"name": "new", "sysctls": {"net.ipv4.ip_forward": 1}}],
            "bridges": [{"name": "br-new", "addresses": ["10.2.0.1/24"], "network": "blue", "ports": [{"name": "p1", "hairpin": True}]}, {"name": "br-red", "network": "red"}],
            "vxlans": [{"name": "vx-new", "vni": 7, "local": "192.0.2.1", "dstport": 8472, "bridge": "br-new", "network": "blue"}],
            "devices": [{"device": "vx-new", "flood": ["192.0.2.2"], "purge": True, "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.2", "port": 8472}]}],
            "veths": [
                {"name": "v-1", "bridge": "br-red", "network": "red", "peer": {"name": "eth0", "netns": "c1", "addresses": ["10.1.0.2/24"], "gateway": ["10.1.0.1"]}},
                {"name": "v-n", "bridge": "br-new", "network": "blue", "peer": {"name": "eth0", "netns": "new", "addresses": ["10.2.0.2/24"], "routes": [{"dst": "10.8.0.0/16", "via": "10.2.0.1"}]}},
            ],
            "masquerades": [{"name": "blue", "sources": ["10.2.0.0/24"], "bridge": "br-new", "exclude": ["10.0.0.0/9"]}],
        },
        {"purge_networks": ["red"]},
    ],
    "network_info": [{"netns": ["c1", "c2"], "network": ["red", "blue"], "host": True}],
    "checkpoint": [{"name": "one", "networks": ["red", "blue"], "state": "taken", "lock_timeout": 5}],
    "probe": [
        {
            "targets": [
                {"address": "127.0.0.1", "netns": "c1", "protocol": "icmp", "payload": 100, "dont_fragment": True, "largest": True, "count": 2, "timeout": 0.5, "expect_reached": True, "expect_largest": 1472},
                {"address": "10.1.0.2", "protocol": "udp", "port": 7007, "expect_source": "10.1.0.3"},
            ],
            "netns": "c2",
        }
    ],
    "lab_node": [
        {
            "lab_dir": "/nowhere/lab", "name": ["spare", "other"], "state": "present",
            "nodes": [{"name": "switch"}, {"name": "node1", "addresses": ["192.0.2.11/24", "2001:db8::11/64"], "gateways": ["192.0.2.254", "2001:db8::fe"], "mtu": 1400, "loopback": ["203.0.113.1/32"], "whoami": True}],
        },
        {"lab_dir": "/nowhere/lab", "name": ["spare"], "state": "absent"},
    ],
}  # fmt: skip

#: The host that they run on, in the form of readable.py.
HOST = [
    {"netns": "c1", "of": ["red"]},
    {"netns": "c2", "of": ["red"]},
    {"link": "br-red", "kind": "bridge", "of": ["red"], "addresses": ["10.1.0.1/24"]},
    {"link": "p1", "kind": "veth", "of": []},
    {"link": "p2", "kind": "veth", "of": []},
    {"link": "under", "addresses": ["192.0.2.1/24"]},
    {"link": "vx-red", "kind": "vxlan", "of": ["red"], "options": {"vni": 42, "local": "192.0.2.1"}},
    {"link": "vx-two", "kind": "vxlan", "of": [], "options": {"vni": 43, "local": "192.0.2.1"}},
    {"sysctl": "net.ipv4.ip_forward", "value": "0"},
    {"sysctl": "net.ipv6.conf.all.forwarding", "value": "0"},
]
#: What there is to be adopted, and the inode of its namespace.
FOUND = {4711: 77, "/proc/4711/ns/net": 77, "box": 77}

#: Lists in which the same twice says nothing twice.
SETS = {
    "purge_networks[]", "network[]", "networks[]", "netns[]", "flood[]", "entries[]", "targets[]", "namespaces[].network[]", "devices[].flood[]",
    "devices[].entries[]",
}  # fmt: skip

_PEER = {"name": "eth0", "netns": "c1"}
_PORT = {"port": "80", "address": "10.1.0.2"}

#: What each option says is well and good, and all of them together is not: (module, words that must be named, task).
CONTRADICTIONS = [
    ("bridge", ["name", "bridges"], {"name": "a", "bridges": [{"name": "b"}]}),
    ("bridge", ["name"], {}),
    ("bridge", ["mtu", "name"], {"mtu": 1500}),
    ("bridge", ["mtu", "name"], {"mtu": 1500, "bridges": []}),
    ("bridge", ["stp", "name"], {"stp": False}),
    ("bridge", ["purge", "ports"], {"name": "a", "purge": True}),
    ("bridge", ["bridges[1].name"], {"bridges": [{"name": "a"}, {"name": "a"}]}),
    ("bridge", ["bridges[1].ports[0].name"], {"bridges": [{"name": "a", "ports": [{"name": "p1"}]}, {"name": "b", "ports": [{"name": "p1"}]}]}),
    ("bridge", ["bridges[1].ports[0].name"], {"bridges": [{"name": "a"}, {"name": "b", "ports": [{"name": "a"}]}]}),
    ("bridge", ["ports[0].name"], {"name": "a", "ports": [{"name": "a"}]}),
    ("bridge", ["ports[0].name"], {"name": "a", "ports": [{"name": "nobody"}]}),
    ("bridge", ["ports[0].name"], {"name": "a", "ports": [{"name": "under"}]}),
    ("bridge", ["mtu"], {"name": "a", "mtu": 1279, "addresses": ["fd00::1/64"]}),
    ("bridge", ["addresses"], {"name": "a", "addresses": ["10.9.0.1/24", "10.9.0.1/24"]}),
    ("bridge", ["addresses"], {"name": "a", "addresses": ["fd00::1/64", "fd00:0::1/64"]}),
    ("bridge", ["addresses"], {"name": "a", "addresses": ["fd00::1/64", "fd00::1/48"]}),
    ("bridge", ["name"], {"name": "br-red", "network": "blue"}),
    ("bridge", ["name"], {"name": "under"}),
    ("netns", ["name", "namespaces"], {"name": ["a"], "namespaces": [{"name": "b"}]}),
    ("netns", ["name"], {}),
    ("netns", ["sysctls", "name"], {"sysctls": {"net.ipv4.ip_forward": 1}}),
    ("netns", ["pid", "name"], {"pid": 4711, "namespaces": []}),
    ("netns", ["pid"], {"name": ["a", "b"], "pid": 4711}),
    ("netns", ["pid"], {"name": ["a"], "pid": 4712}),
    ("netns", ["path"], {"name": ["a", "b"], "path": "/proc/4711/ns/net"}),
    ("netns", ["container"], {"name": ["a", "b"], "container": "box"}),
    ("netns", ["path"], {"name": ["a"], "path": "/proc/4712/ns/net"}),
    ("netns", ["container"], {"name": ["a"], "container": "nobody"}),
    ("netns", ["pid", "path"], {"name": ["a"], "pid": 4711, "path": "/proc/4711/ns/net"}),
    ("netns", ["path", "container"], {"name": ["a"], "container": "box", "path": "/proc/4711/ns/net"}),
    ("netns", ["namespaces[0].pid", "namespaces[0].container"], {"namespaces": [{"name": "a", "pid": 4711, "container": "box"}]}),
    ("netns", ["engine", "container"], {"name": ["a"], "engine": "docker"}),
    ("netns", ["engine", "container"], {"name": ["a"], "engine": "podman", "pid": 4711}),
    ("netns", ["engine", "name"], {"engine": "podman", "namespaces": []}),
    ("netns", ["wait"], {"name": ["a"], "wait": 5}),
    ("netns", ["wait", "name"], {"wait": 5, "namespaces": []}),
    ("netns", ["name"], {"name": ["a", "a"]}),
    ("netns", ["namespaces[1].name"], {"namespaces": [{"name": "a"}, {"name": "a"}]}),
    ("netns", ["sysctls"], {"name": ["a"], "sysctls": {"net.ipv4.ip_forward": 1, "net/ipv4/ip_forward": 0}}),
    ("netns", ["name"], {"name": ["c1"], "pid": 4711}),
    ("veth", ["name", "veths"], {"name": "a", "veths": [{"name": "b"}]}),
    ("veth", ["name"], {}),
    ("veth", ["peer", "name"], {"peer": _PEER}),
    ("veth", ["bridge", "name"], {"bridge": ""}),
    ("veth", ["peer"], {"name": "a"}),
    ("veth", ["peer.name"], {"name": "a", "peer": {"name": "a"}}),
    ("veth", ["hairpin", "bridge"], {"name": "a", "hairpin": True, "peer": _PEER}),
    ("veth", ["isolated", "bridge"], {"name": "a", "isolated": False, "bridge": "", "peer": _PEER}),
    ("veth", ["bridge"], {"name": "a", "bridge": "nobody", "peer": _PEER}),
    ("veth", ["bridge"], {"name": "a", "bridge": "under", "peer": _PEER}),
    ("veth", ["netns"], {"name": "a", "netns": "nobody", "peer": _PEER}),
    ("veth", ["peer.netns"], {"name": "a", "peer": dict(_PEER, netns="nobody")}),
    ("veth", ["veths[1].name"], {"veths": [{"name": "a", "peer": _PEER}, {"name": "a", "peer": dict(_PEER, name="eth1")}]}),
    ("veth", ["veths[1].peer.name"], {"veths": [{"name": "a", "peer": _PEER}, {"name": "b", "peer": _PEER}]}),
    ("veth", ["veths[1].peer.mac"], {"veths": [{"name": n, "bridge": "br-red", "peer": dict(_PEER, name="e" + n, mac="02:00:00:00:00:07")} for n in "ab"]}),
    ("veth", ["veths[1].peer.addresses"], {"veths": [{"name": n, "bridge": "br-red", "peer": dict(_PEER, name="e" + n, addresses=["10.1.0.7/24"])} for n in "ab"]}),
    ("veth", ["peer.mtu"], {"name": "a", "mtu": 1000, "peer": dict(_PEER, addresses=["fd00::2/64"])}),
    ("veth", ["peer.gateway"], {"name": "a", "peer": dict(_PEER, addresses=["10.1.0.2/24"], gateway=["10.9.0.1"])}),
    ("veth", ["peer.gateway"], {"name": "a", "peer": dict(_PEER, addresses=["10.1.0.2/24"], gateway=["10.1.0.2"])}),
    ("veth", ["peer.gateway"], {"name": "a", "peer": dict(_PEER, gateway=["10.1.0.1"])}),
    ("veth", ["peer.gateway"], {"name": "a", "peer": dict(_PEER, addresses=["10.1.0.2/24"], gateway=["10.1.0.1", "10.1.0.3"])}),
    ("veth", ["peer.routes"], {"name": "a", "peer": dict(_PEER, addresses=["10.1.0.2/24"], gateway=["10.1.0.1"], routes=[{"dst": "default", "via": "10.1.0.3"}])}),
    ("veth", ["peer.routes[0].via"], {"name": "a", "peer": dict(_PEER, routes=[{"dst": "default"}])}),
    ("veth", ["peer.routes[0].via"], {"name": "a", "peer": dict(_PEER, routes=[{"dst": "10.0.0.0/8", "via": "fd00::1"}])}),
    ("veth", ["peer.routes[0].src"], {"name": "a", "peer": dict(_PEER, routes=[{"dst": "10.0.0.0/8", "src": "fd00::1"}])}),
    ("veth", ["peer.routes[0].metric"], {"name": "a", "peer": dict(_PEER, routes=[{"dst": "fd00::/8", "metric": 0}])}),
    ("veth", ["peer.routes[1]", "peer.routes"], {"name": "a", "peer": dict(_PEER, routes=[{"dst": "10.0.0.0/8"}, {"dst": "10.0.0.0/8", "metric": 0}])}),
    ("veth", ["peer.routes"], {"name": "a", "peer": dict(_PEER, addresses=["10.1.0.2/24"], routes=[{"dst": "10.0.0.0/8", "via": "10.9.0.1"}])}),
    ("veth", ["name"], {"name": "br-red", "network": "blue", "peer": _PEER}),
    ("veth", ["name"], {"name": "under", "peer": _PEER}),
    ("vxlan", ["name", "vxlans"], {"name": "a", "vxlans": [{"name": "b", "vni": 1, "dev": "under"}]}),
    ("vxlan", ["vni", "name"], {"vni": 1}),
    ("vxlan", ["vni"], {"name": "a", "local": "192.0.2.1"}),
    ("vxlan", ["local", "dev"], {"name": "a", "vni": 1}),
    ("vxlan", ["local"], {"name": "a", "vni": 1, "local": "192.0.2.99"}),
    ("vxlan", ["local"], {"name": "a", "vni": 1, "local": "224.0.0.1"}),
    ("vxlan", ["local"], {"name": "a", "vni": 1, "local": "0.0.0.0"}),
    ("vxlan", ["dev"], {"name": "a", "vni": 1, "dev": "nobody"}),
    ("vxlan", ["dev"], {"name": "a", "vni": 1, "local": "192.0.2.1", "group": "239.1.1.1"}),
    ("vxlan", ["group"], {"name": "a", "vni": 1, "dev": "under", "local": "192.0.2.1", "group": "ff02::1"}),
    ("vxlan", ["group"], {"name": "a", "vni": 1, "dev": "under", "group": "192.0.2.2"}),
    ("vxlan", ["mtu"], {"name": "a", "vni": 1, "local": "192.0.2.1", "mtu": 1451}),
    ("vxlan", ["mtu"], {"name": "a", "vni": 1, "local": "192.0.2.1", "mtu": 1000, "addresses": ["fd00::1/64"]}),
    ("vxlan", ["vxlans[1].name"], {"vxlans": [{"name": "a", "vni": n, "dev": "under"} for n in (1, 2)]}),
    ("vxlan", ["vxlans[1].vni"], {"vxlans": [{"name": n, "vni": 1, "dev": "under"} for n in "ab"]}),
    ("vxlan", ["bridge"], {"name": "a", "vni": 1, "dev": "under", "bridge": "nobody"}),
    ("vxlan", ["dev"], {"name": "a", "vni": 1, "dev": "a"}),
    ("vxlan", ["bridge"], {"name": "a", "vni": 1, "dev": "under", "bridge": "a"}),
    ("vxlan_fdb", ["device", "devices"], {"device": "vx-red", "devices": [{"device": "vx-two"}]}),
    ("vxlan_fdb", ["device"], {}),
    ("vxlan_fdb", ["device"], {"flood": ["192.0.2.2"]}),
    ("vxlan_fdb", ["device"], {"device": "nobody", "flood": ["192.0.2.2"]}),
    ("vxlan_fdb", ["device"], {"device": "under", "flood": ["192.0.2.2"]}),
    ("vxlan_fdb", ["devices[1].device"], {"devices": [{"device": "vx-red"}, {"device": "vx-red"}]}),
    ("vxlan_fdb", ["flood[0]"], {"device": "vx-red", "flood": ["fd00::2"]}),
    ("vxlan_fdb", ["flood[0]"], {"device": "vx-red", "flood": ["0.0.0.0"]}),
    ("vxlan_fdb", ["entries[1].mac"], {"device": "vx-red", "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.%d" % n} for n in (2, 3)]}),
    ("nat_masquerade", ["name", "masquerades"], {"name": "a", "masquerades": [{"name": "b"}]}),
    ("nat_masquerade", ["name"], {}),
    ("nat_masquerade", ["sources", "name"], {"sources": ["10.1.0.0/24"]}),
    ("nat_masquerade", ["sources"], {"name": "a", "bridge": "br-red"}),
    ("nat_masquerade", ["sources"], {"name": "a", "bridge": "br-red", "sources": []}),
    ("nat_masquerade", ["bridge", "out_interface"], {"name": "a", "sources": ["10.1.0.0/24"]}),
    ("nat_masquerade", ["sources"], {"name": "a", "bridge": "br-red", "sources": ["10.1.0.0/24", "10.1.0.0/24"]}),
    ("nat_masquerade", ["exclude"], {"name": "a", "bridge": "br-red", "sources": ["10.1.0.0/24"], "exclude": ["10.2.0.0/24", "10.2.0.0/24"]}),
    ("nat_masquerade", ["sources"], {"name": "a", "bridge": "br-red", "sources": ["10.1.0.0/24", "10.0.0.0/8"]}),
    ("nat_masquerade", ["masquerades[1].sources"], {"masquerades": [{"name": n, "bridge": "br-red", "sources": ["10.1.0.0/24"]} for n in "ab"]}),
    ("nat_masquerade", ["masquerades[1].name"], {"masquerades": [{"name": "a", "bridge": "br-red", "sources": ["10.%d.0.0/24" % n]} for n in (1, 2)]}),
    ("nat_masquerade", ["isolate_containers", "bridge"], {"name": "a", "sources": ["10.1.0.0/24"], "out_interface": "under", "isolate_containers": True}),
    ("nat_masquerade", ["snat_to"], {"name": "a", "bridge": "br-red", "sources": ["10.1.0.0/24"], "snat_to": ["192.0.2.1", "192.0.2.2"]}),
    ("nat_masquerade", ["snat_to", "sources"], {"name": "a", "bridge": "br-red", "sources": ["10.1.0.0/24"], "snat_to": ["2001:db8::1"]}),
    ("publish", ["name", "publications"], {"name": "a", "publications": [{"name": "b"}]}),
    ("publish", ["name"], {}),
    ("publish", ["ports", "name"], {"ports": [_PORT]}),
    ("publish", ["bridge"], {"name": "a", "ports": [_PORT]}),
    ("publish", ["bridge"], {"name": "a", "bridge": "nobody", "ports": [_PORT]}),
    ("publish", ["bridge"], {"name": "a", "bridge": "under", "ports": [_PORT]}),
    ("publish", ["ports[1].port"], {"name": "a", "bridge": "br-red", "ports": [_PORT, dict(_PORT, address="10.1.0.3")]}),
    ("publish", ["ports[1].port"], {"name": "a", "bridge": "br-red", "ports": [_PORT, dict(_PORT, port="79-81")]}),
    ("publish", ["ports[1].port"], {"name": "a", "bridge": "br-red", "ports": [_PORT, dict(_PORT, host_address="192.0.2.1")]}),
    ("publish", ["publications[1].ports[0].port"], {"publications": [{"name": n, "bridge": "br-red", "ports": [_PORT]} for n in "ab"]}),
    ("publish", ["publications[1].name"], {"publications": [{"name": "a", "bridge": "br-red"}, {"name": "a", "bridge": "br-red"}]}),
    ("publish", ["ports[0].to_port"], {"name": "a", "bridge": "br-red", "ports": [dict(_PORT, port="80-81", to_port="80")]}),
    ("publish", ["ports[0].address"], {"name": "a", "bridge": "br-red", "subnets": ["10.9.0.0/24"], "ports": [_PORT]}),
    ("publish", ["ports[0].host_address"], {"name": "a", "bridge": "br-red", "ports": [dict(_PORT, host_address="192.0.2.99")]}),
    ("publish", ["ports[0].host_address"], {"name": "a", "bridge": "br-red", "ports": [dict(_PORT, host_address="fd00::1")]}),
    ("publish", ["ports[0].host_address"], {"name": "a", "bridge": "br-red", "ports": [dict(_PORT, address="fd00:1::2", host_address="::1")]}),
    ("network", ["publications[0].bridge"], {"publications": [{"name": "a", "ports": [_PORT]}]}),
    ("network", ["bridges", "purge_networks"], {}),
    ("network", ["veths[1].name"], {"veths": [{"name": "v-1", "peer": _PEER}, {"name": "v-1", "peer": _PEER}]}),
    ("network", ["veths[0].bridge"], {"veths": [{"name": "v-1", "bridge": "nobody", "peer": _PEER}]}),
    ("network", ["devices[0].device"], {"devices": [{"device": "nobody", "flood": ["192.0.2.2"]}]}),
    ("checkpoint", ["networks"], {"name": "a"}),
    ("checkpoint", ["networks"], {"name": "a", "networks": []}),
    ("probe", ["targets", "largest", "protocol"], {"targets": [{"address": "10.1.0.2", "protocol": "udp", "largest": True}]}),
    ("probe", ["targets", "dont_fragment", "protocol"], {"targets": [{"address": "10.1.0.2", "protocol": "tcp", "dont_fragment": True}]}),
    ("probe", ["targets", "expect_source", "protocol"], {"targets": [{"address": "10.1.0.2", "expect_source": "10.1.0.2"}]}),
    ("probe", ["targets", "expect_largest", "largest"], {"targets": [{"address": "10.1.0.2", "expect_largest": 7}]}),
    ("probe", ["targets", "address"], {"targets": [{"address": "10.1.0.2%lo"}]}),
    ("probe", ["targets", "address"], {"targets": [{"address": "fe80::1%no/such"}]}),
    ("lab_node", ["name", "a"], {"lab_dir": "/nowhere/lab", "name": ["a", "a"]}),
    ("lab_node", ["name", "a"], {"lab_dir": "/nowhere/lab", "name": ["a"], "nodes": [{"name": "a"}]}),
    ("lab_node", ["addresses", "switch"], {"lab_dir": "/nowhere/lab", "nodes": [{"name": "switch", "addresses": ["10.1.0.2/24"]}]}),
]  # fmt: skip
