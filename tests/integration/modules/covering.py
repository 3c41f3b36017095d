# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that between them take every kind of step, on the host of topologies.py; and what kinds of step there are."""

from __future__ import annotations

import inspect
import typing

from ansible_collections.linuxnet.container.plugins.module_utils import _nft
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply as applying
from ansible_collections.linuxnet.container.plugins.module_utils._kinds import link, nft
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.all import KINDS
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.bridge import PORT_OPTIONS

#: Process 0 has a namespace of its own, which is adopted.
MADE = [
    (
        "netns",
        {
            "namespaces": [
                {"name": "c1", "network": ["red"], "sysctls": {"net.ipv4.ip_unprivileged_port_start": 80}},
                {"name": "c2", "network": ["red"], "pid": 0, "loopback": True},
            ]
        },
    ),
    (
        "bridge",
        {
            "name": "br-red", "network": "red", "addresses": ["10.1.0.1/24", "fd00:1::1/64"], "mac": "02:00:00:00:00:0a",
            "mtu": 1450, "stp": True, "ageing_time": 60,
        },
    ),
    (
        "vxlan",
        {
            "vxlans": [
                {
                    "name": "vx4", "vni": 4, "local": "192.0.2.1", "dev": "under", "group": "239.1.1.1", "dstport": 8472, "ttl": 9,
                    "learning": False, "udp_csum": False, "bridge": "br-red", "network": "red", "tx_checksum_offload": False,
                },
                {
                    "name": "vx6", "vni": 6, "local": "2001:db8:2::1", "dev": "under", "group": "ff05::1:1", "learning": True,
                    "udp6_zero_csum_tx": True, "udp6_zero_csum_rx": True, "network": "red", "addresses": [],
                },
            ]
        },
    ),
    (
        "vxlan_fdb",
        {
            "device": "vx4",
            "flood": ["192.0.2.2", "192.0.2.3"],
            "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.2"}, {"mac": "02:00:00:00:00:03", "dst": "192.0.2.3", "port": 8473, "vni": 43}],
        },
    ),
    (
        "veth",
        {
            "veths": [
                {
                    "name": "v-1", "bridge": "br-red", "network": "red", "mtu": 1450, "hairpin": True, "isolated": True,
                    "peer": {
                        "name": "eth0", "netns": "c1", "addresses": ["10.1.0.2/24", "fd00:1::2/64"], "gateway": ["10.1.0.1", "fd00:1::1"],
                        "routes": [{"dst": "198.51.100.0/24", "via": "10.1.0.1", "metric": 50, "src": "10.1.0.2"}],
                    },
                },
                {"name": "v-2", "bridge": "br-red", "network": "red", "peer": {"name": "eth0", "netns": "c2", "addresses": ["10.1.0.3/24"]}},
                {"name": "p1", "netns": "c1", "network": "red", "addresses": ["10.3.0.1/31"], "peer": {"name": "p2", "netns": "c2"}},
                {"name": "h1", "network": "red", "peer": {"name": "h2"}},
                {"name": "h3", "network": "red", "peer": {"name": "h4"}},
            ]
        },
    ),
    ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/24", "fd00:1::/64"], "bridge": "br-red"}),
    (
        "publish",
        {
            "name": "red", "bridge": "br-red",
            "ports": [{"port": "53", "protocol": "udp", "address": "10.1.0.2"}, {"port": "8080", "address": "10.1.0.2", "host_address": "192.0.2.1"}],
        },
    ),
]  # fmt: skip

CHANGED = [
    ("bridge", {"name": "br-red", "mac": "02:00:00:00:00:0b", "mtu": 1400, "stp": False, "ageing_time": 30}),
    (
        "vxlan",
        {
            "vxlans": [
                {"name": "vx4", "vni": 4, "local": "192.0.2.1", "dev": "under", "group": "239.1.1.2", "learning": True, "tx_checksum_offload": True},
                {"name": "vx6", "vni": 6, "local": "2001:db8:2::1", "dev": "under", "group": "ff05::1:2", "bridge": "br-red"},
            ]
        },
    ),
    ("vxlan", {"name": "vx4", "vni": 4, "local": "192.0.2.1", "dev": "under", "group": "239.1.1.2", "learning": False}),
    ("vxlan_fdb", {"device": "vx4", "purge": True, "flood": ["192.0.2.4"], "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.3"}]}),
    (
        "veth",
        {
            "veths": [
                {
                    "name": "v-1", "bridge": "br-red", "mtu": 1400, "hairpin": False, "isolated": False,
                    "peer": {"name": "eth0", "netns": "c1", "mac": "02:00:00:00:00:0c", "addresses": ["10.1.0.9/24"], "gateway": ["10.1.0.1"]},
                },
                {"name": "v-2", "bridge": ""},
            ]
        },
    ),
    ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/25"], "bridge": "br-red", "exclude": ["10.0.0.0/9"]}),
    ("publish", {"name": "red", "bridge": "br-red", "ports": [{"port": "53", "protocol": "udp", "address": "10.1.0.3"}]}),
]  # fmt: skip

#: With a process in c1.
GONE = [
    (module, {"purge_networks": ["red"], **({"stop_processes": True} if module == "netns" else {})})
    for module in ("publish", "nat_masquerade", "veth", "vxlan", "bridge", "netns")
]

#: What stands in other owners' firewalls is typed where those are: tests/integration/beside/test_typed.py.
VERBS_IN_OTHERS, KINDS_IN_OTHERS = {"iptables_nft", "iptables_legacy", "firewalld"}, {"IptablesRule", "FirewalldZone", "FirewalldPolicy"}

#: Methods of the one that applies which are no verbs, but ways to apply some.
_WAYS = ("_each", "_netlink", "_send", "_delete_together")


def missing(seen) -> list:
    """The kinds of step that there are by the engine's own lists, and that are not among ``seen``."""
    verbs = set(applying._FAMILY)
    for name, method in vars(applying._Applying).items():
        if inspect.isfunction(method) and list(inspect.signature(method).parameters) == ["self", "steps"] and name not in _WAYS + ("__init__",):
            verbs.add(name[1:])
    wanted = {("link_add", kind) for kind in link.LINK_KINDS}
    wanted |= {("link_set", field) for field in link._PLAIN}
    for kind in link.LINK_KINDS.values():
        for option in kind.options:
            named = "%s.%s" % (kind.name, option.attribute)
            wanted.add(("link_add", named))
            if option.changeable:
                wanted.add(("link_options", named))
    wanted |= {("port_options", option.name) for option in PORT_OPTIONS}
    source = inspect.getsource(nft)
    wanted |= {("nft", one.__name__) for one in typing.get_args(_nft.Operation) if "_nft.%s(" % one.__name__ in source}
    wanted |= {("class", kind.__name__) for kind in KINDS}
    wanted -= {("class", name) for name in KINDS_IN_OTHERS}
    verbs -= VERBS_IN_OTHERS
    return sorted(verbs - {verb for verb, _part in seen}) + sorted("%s %s" % one for one in wanted - seen)
