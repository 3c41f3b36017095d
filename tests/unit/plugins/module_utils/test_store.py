# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state as JSON and back."""

from __future__ import annotations

import json

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _store
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.all import KINDS
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

EVERYTHING = [
    {"netns": "web", "of": ["blue"], "inode": 7},
    {"link": "br-blue", "kind": "bridge", "of": ["blue"], "addresses": ["10.1.0.1/24"]},
    {"link": "v-web", "kind": "veth", "of": ["blue"], "peer": "web/eth0", "master": "br-blue", "port": {"hairpin": True}},
    {"link": "web/eth0", "kind": "veth", "peer": "v-web", "addresses": ["10.1.0.2/24", "fd00::2/64"],
     "routes": ["default via 10.1.0.1", "fd01::/64 via fd00::1", "10.9.0.0/16 metric 7 src 10.1.0.2"]},
    {"link": "vx", "kind": "vxlan", "of": [], "options": {"vni": 7, "local": "2001:db8::1", "group": "ff02::1", "dev": "eth0"},
     "fdb": ["00:00:00:00:00:00 2001:db8::2", "02:00:00:00:00:01 2001:db8::2 port 9 vni 8"]},
    {"link": "eth0"},
    {"sysctl": "net.ipv4.ip_forward", "value": "1"},
    {"sysctl": "net.ipv4.nonsense", "netns": "web", "value": None},
    {"record": "sysctl", "name": "net.ipv4.ip_forward", "value": {"value": "0", "devices": ["a"], "accept_ra": {"a": "1"}}},
    {"nft": [{"name": "blue", "sources": ["10.1.0.0/20", "fd00:1::/64"], "bridge": "br-blue", "exclude": ["10.0.0.0/8"]}]},
    {"nft": [{"name": "green", "sources": ["10.2.0.0/24"], "bridge": "br", "snat_to": ["192.0.2.7-192.0.2.8"]}]},
    {"published": [{"name": "blue", "bridge": "br-blue", "subnets": ["10.1.0.0/20"], "ports": [{"port": "53", "protocol": "udp", "address": "10.1.0.2"}]}]},
    {"record": "localnet", "name": "br-blue", "value": {"value": "0", "network": "blue"}},
    {"rule": "forward", "comment": "blue", "text": "quota"},
    {"iptables": "-A FORWARD -i br-blue -m comment --comment linuxnet.container:blue -j ACCEPT"},
    {"firewalld": ["br-blue", "10.3.0.0/24"], "of": ["blue"], "runtime": []},
    {"policy": "vx", "of": "blue", "peers": ["192.0.2.12 4789", "2001:db8::12 4789"], "runtime": []},
]  # fmt: skip


def test_every_kind_comes_back_as_it_was():
    state = parse_state(EVERYTHING)
    assert {type(item) for item in state.values()} == set(KINDS)
    back = _store.load(json.loads(json.dumps(_store.dump(state))))
    assert list(back.items()) == list(state.items())
    assert [type(item) for item in back.values()] == [type(item) for item in state.values()]
    assert plan(back, state) == plan(state, back) == []


@pytest.mark.parametrize("path", ["netns", "netns.name", "Mac"])
def test_a_word_that_is_also_a_type_is_no_confusion(path):
    state = parse_state([{"record": "sysctl", "name": path, "value": {"Mac": "02", "tuple": [], "dict": {"Link": {}}}}])
    assert _store.load(json.loads(json.dumps(_store.dump(state)))) == state
