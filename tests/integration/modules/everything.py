# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with some of everything: what it has of its own, and what the modules make on it."""

from __future__ import annotations

#: Somebody else's network, with a device that has addresses for VXLAN below it.
FOREIGN = (
    "ip link add under address 02:00:00:00:99:01 mtu 1500 type veth peer name wire address 02:00:00:00:99:02",
    "ip address add 192.0.2.1/24 broadcast + dev under",
    "ip link set under up",
    "ip link set wire up",
    "ip link add docker0 address 02:00:00:00:99:03 type bridge",
    "ip address add 172.17.0.1/16 dev docker0",
    "ip netns add foreign",
    "nft add table ip theirs",
    "nft 'add chain ip theirs input { type filter hook input priority filter; }'",
    "nft add rule ip theirs input tcp dport 22 accept",
    "sysctl -qw net.ipv4.conf.docker0.forwarding=1",
)

CALLS = [
    (
        "netns",
        {
            "namespaces": [
                {"name": "c1", "network": ["red"], "sysctls": {"net.ipv4.ip_unprivileged_port_start": 80}},
                {"name": "c2", "network": ["red", "blue"], "sysctls": {"net/ipv6/conf/default/addr_gen_mode": 1}},
            ]
        },
    ),
    (
        "bridge",
        {
            "bridges": [
                {"name": "br-red", "network": "red", "addresses": ["10.1.0.1/24", "fd00:1::1/64"], "mtu": 1450, "ageing_time": 60},
                {"name": "br-blue", "network": "blue", "addresses": ["10.2.0.1/20"], "stp": True, "mac": "02:00:00:00:00:0b", "mtu": 1500},
            ]
        },
    ),
    (
        "vxlan",
        {"name": "vx-red", "vni": 42, "local": "192.0.2.1", "dev": "under", "bridge": "br-red", "network": "red", "ttl": 9, "udp_csum": False},
    ),
    (
        "vxlan_fdb",
        {
            "device": "vx-red",
            "flood": ["192.0.2.2", "192.0.2.3"],
            "entries": [
                {"mac": "02:00:00:00:00:02", "dst": "192.0.2.2"},
                {"mac": "02:00:00:00:00:03", "dst": "192.0.2.3", "port": 8472, "vni": 43},
            ],
        },
    ),
    (
        "veth",
        {
            "veths": [
                {
                    "name": "v-1", "bridge": "br-red", "network": "red", "mtu": 1450, "hairpin": True,
                    "peer": {
                        "name": "eth0", "netns": "c1", "addresses": ["10.1.0.2/24", "10.1.0.3/24", "fd00:1::2/64"],
                        "gateway": ["10.1.0.1", "fd00:1::1"],
                        "routes": [{"dst": "198.51.100.0/24", "via": "10.1.0.1", "metric": 50, "src": "10.1.0.3"}],
                    },
                },
                {
                    "name": "v-2", "bridge": "br-blue", "network": "blue", "isolated": True,
                    "peer": {"name": "eth0", "netns": "c2", "addresses": ["10.2.0.2/20"], "gateway": ["10.2.0.1"]},
                },
                {
                    "name": "p1", "netns": "c1", "network": "red", "addresses": ["10.3.0.1/31"],
                    "peer": {"name": "p2", "netns": "c2", "addresses": ["10.3.0.0/31"], "routes": [{"dst": "10.4.0.0/16", "via": "10.9.9.9", "onlink": True}]},
                },
            ]
        },
    ),
    (
        "nat_masquerade",
        {
            "masquerades": [
                {"name": "red", "sources": ["10.1.0.0/24", "fd00:1::/64"], "bridge": "br-red", "exclude": ["10.0.0.0/9"]},
                {"name": "blue", "sources": ["10.2.0.0/20"], "bridge": "br-blue", "out_interface": "under", "isolate": False, "snat_to": ["192.0.2.1"]},
            ]
        },
    ),
    (
        "publish",
        {
            "publications": [
                {
                    "name": "red", "bridge": "br-red",
                    "ports": [
                        {"port": "8080", "address": "10.1.0.2", "to_port": "80"}, {"port": "8080", "address": "fd00:1::2", "to_port": "80"},
                        {"port": "5060-5062", "protocol": "udp", "address": "10.1.0.3", "host_address": "192.0.2.1"},
                    ],
                },
                {"name": "blue", "bridge": "br-blue", "ports": [{"port": "8443", "address": "10.2.0.2", "host_address": "192.0.2.1"}]},
            ]
        },
    ),
]  # fmt: skip

#: Takes all of it away again.
GONE = [
    ("publish", {"purge_networks": ["red", "blue"]}),
    ("nat_masquerade", {"purge_networks": ["red", "blue"]}),
    ("veth", {"purge_networks": ["red", "blue"]}),
    ("vxlan", {"purge_networks": ["red", "blue"]}),
    ("bridge", {"purge_networks": ["red", "blue"]}),
    ("netns", {"purge_networks": ["red", "blue"]}),
]

#: Changes something of every kind: what a run over a host that has it all would do.
OTHERWISE = [
    (
        "netns",
        {
            "namespaces": [
                {"name": "c1", "network": ["green"], "loopback": False},
                {"name": "c3", "network": ["red"]},
            ],
        },
    ),
    (
        "bridge",
        {
            "bridges": [
                {"name": "br-red", "addresses": ["10.1.0.254/24"], "mtu": 1400, "ageing_time": 30, "mac": "02:00:00:00:00:77", "ports": [{"name": "v-1", "isolated": True}], "purge": True},
                {"name": "br-new", "network": "blue", "ports": [{"name": "v-2"}]},
            ]
        },
    ),
    ("bridge", {"name": "br-blue", "state": "absent"}),
    ("vxlan", {"name": "vx-red", "vni": 43, "local": "192.0.2.1", "dev": "under", "bridge": "br-blue", "mtu": 1300}),
    ("vxlan", {"name": "vx-red", "state": "absent"}),
    ("vxlan_fdb", {"device": "vx-red", "purge": True, "flood": ["192.0.2.4"], "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.3"}]}),
    (
        "veth",
        {
            "veths": [
                {
                    "name": "v-1", "bridge": "br-blue", "mtu": 1400, "isolated": True,
                    "peer": {
                        "name": "eth0", "netns": "c1", "addresses": ["10.1.0.3/24", "10.1.0.9/24"], "mac": "02:00:00:00:00:99",
                        "gateway": ["10.1.0.254"],
                    },
                },
                {"name": "v-2", "peer": {"name": "lan0", "netns": "c2", "addresses": ["10.2.0.9/20"]}},
                {"name": "v-3", "network": "red", "peer": {"name": "eth3", "netns": "c2"}},
            ]
        },
    ),
    ("veth", {"veths": [{"name": "v-1"}, {"name": "v-2"}, {"name": "p1", "netns": "c1"}], "state": "absent"}),
    ("nat_masquerade", {"name": "red", "sources": ["10.8.0.0/16"], "bridge": "br-red", "purge_networks": ["blue"]}),
    (
        "publish",
        {"name": "red", "bridge": "br-red", "ports": [{"port": "5060", "protocol": "udp", "address": "10.1.0.2"}, {"port": "8080", "address": "10.1.0.3"}], "purge_networks": ["blue"]},
    ),
    ("publish", {"name": "blue", "bridge": "br-blue", "ports": [{"port": "53", "protocol": "udp", "address": "10.2.0.2"}]}),
    ("netns", {"name": ["c1", "c2"], "state": "absent"}),
]  # fmt: skip
