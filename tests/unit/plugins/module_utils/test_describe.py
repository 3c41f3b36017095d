# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state in the words of the modules' options."""

from __future__ import annotations

import json

from ansible_collections.linuxnet.container.plugins.module_utils import _describe
from ansible_collections.linuxnet.container.plugins.module_utils._doors import network_info
from ansible_collections.linuxnet.container.plugins.module_utils._reach import Observed
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

STATE = parse_state(
    [
        {"netns": "web", "of": ["blue"], "inode": 7},
        {"netns": "box", "inode": 8, "lo": "down"},
        {"record": "adopted", "name": "box", "value": {"inode": 8, "networks": ["green"]}},
        {"link": "br-blue", "kind": "bridge", "of": ["blue"], "mac": "02:00:00:00:00:01", "addresses": ["10.1.0.1/24"]},
        {"link": "v-web", "kind": "veth", "of": ["blue"], "peer": "web/eth0", "master": "br-blue", "mac": "02:00:00:00:00:02"},
        {"link": "web/eth0", "kind": "veth", "peer": "v-web", "mac": "02:00:00:00:00:03", "addr_gen": 1,
         "addresses": ["fd00::2/64", "10.1.0.2/24"], "routes": ["default via 10.1.0.1", "10.9.0.0/16 metric 7 src 10.1.0.2"]},
        {"link": "vx", "kind": "vxlan", "of": [], "mac": "02:00:00:00:00:04", "options": {"vni": 7, "local": "192.0.2.1"},
         "fdb": ["02:00:00:00:00:09 192.0.2.3", "00:00:00:00:00:00 192.0.2.10", "00:00:00:00:00:00 192.0.2.3 port 9 vni 8"]},
        {"sysctl": "net.ipv4.ip_forward", "netns": "web", "value": "1"},
        {"sysctl": "net.ipv4.ip_forward", "value": "0"},
        {"nft": [{"name": "blue", "sources": ["10.1.0.0/24"], "bridge": "br-blue", "isolate": False},
                 {"name": "green", "sources": ["10.2.0.0/24"], "bridge": "br-green", "isolate": False}]},
    ]
)  # fmt: skip

ETH0 = {
    "name": "eth0", "netns": "web", "kind": "veth", "up": True, "mtu": 1500, "mac": "02:00:00:00:00:03", "bridge": None,
    "ours": False, "networks": [], "addr_gen_mode": "none", "peer": {"netns": "", "name": "v-web"},
    "addresses": ["10.1.0.2/24", "fd00::2/64"],
    "routes": [
        {"dst": "0.0.0.0/0", "via": "10.1.0.1", "dev": "eth0", "metric": 0, "src": None, "onlink": False},
        {"dst": "10.9.0.0/16", "via": None, "dev": "eth0", "metric": 7, "src": "10.1.0.2", "onlink": False},
    ],
}  # fmt: skip


def link(netns, name):
    return _describe.link(STATE, STATE.link(netns, name))


def test_a_link_with_what_belongs_to_it():
    assert link("web", "eth0") == ETH0


def test_a_port_shows_its_bridge_and_its_options():
    shown = link("", "v-web")
    assert (shown["bridge"], shown["hairpin"], shown["isolated"]) == ("br-blue", False, False)
    assert (shown["ours"], shown["networks"]) == (True, ["blue"])


def test_options_of_a_kind_stand_beside_the_common_ones():
    shown = link("", "vx")
    assert (shown["vni"], shown["local"], shown["dstport"], shown["learning"]) == (7, "192.0.2.1", 4789, False)
    assert shown["tx_checksum_offload"] is True and shown["ours"] and shown["networks"] == []
    assert "stp" in link("", "br-blue") and "tx_checksum_offload" not in link("", "br-blue")


def test_entries_in_a_stable_order_that_is_not_the_texts():
    assert _describe.entries(STATE, "", "vx") == [
        {"mac": "00:00:00:00:00:00", "dst": "192.0.2.3", "port": 9, "vni": 8},
        {"mac": "00:00:00:00:00:00", "dst": "192.0.2.10", "port": 4789, "vni": 7},
        {"mac": "02:00:00:00:00:09", "dst": "192.0.2.3", "port": 4789, "vni": 7},
    ]


def test_a_namespace_of_ours():
    assert _describe.netns(STATE, "web", [(71, 1000, "nginx")]) == {
        "name": "web", "inode": 7, "adopted": False, "ours": True, "networks": ["blue"], "loopback": True, "links": [ETH0],
        "sysctls": {"net.ipv4.ip_forward": "1"}, "processes": [{"pid": 71, "command": "nginx"}],
    }  # fmt: skip


def test_an_adopted_namespace():
    shown = _describe.netns(STATE, "box")
    assert shown["adopted"] and shown["ours"] and not shown["loopback"] and "processes" not in shown


def question(**task):
    return network_info.Question({"netns": None, "network": None, "host": False, **task})


def test_info_of_a_network_shows_its_rules_alone():
    answer = question(network=["green"]).answer(Observed(STATE))
    assert answer["host"]["rules"] == [
        {"chain": "postrouting", "network": "green",
         "rule": 'ip saddr 10.2.0.0/24 oifname != "br-green" masquerade comment "green"'}
    ]  # fmt: skip
    assert [one["name"] for one in answer["namespaces"]] == ["web", "box"]
    assert [one["name"] for one in answer["host"]["links"]] == ["br-blue", "v-web", "vx"]
    assert [one["device"] for one in answer["host"]["fdb"]] == ["vx"]
    json.dumps(answer)


def test_info_looks_no_further_than_asked():
    assert question(netns=["web"]).reach().networks == set()
    assert question(netns=["web"], network=["blue"]).reach().networks == {"blue"}
    assert question(host=True).reach().spaces == {""}
    everything = question().reach()
    assert everything.networks == everything.marked_spaces == {""} and everything.firewall
