# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays beside firewalls that drop what is for the host: the peers get in, to the overlay's port, and nobody else."""

from __future__ import annotations

import json

import pytest

from ansible_collections.linuxnet.container.tests.integration.beside.conftest import Beside, Firewalld, start_ufw
from ansible_collections.linuxnet.container.tests.integration.beside.test_iptables import rules

#: (Own underlay address, the other's) by IP version.
UNDERLAY = {4: ("192.0.2.11", "192.0.2.12"), 6: ("2001:db8:0:2::11", "2001:db8:0:2::12")}
PORT = 4790


def overlay(host, number, version, **more):
    """One end of an overlay: a container c<number> at 10.9.0.<number>, and the entries that lead to the other node."""
    own, other = UNDERLAY[version] if number == 1 else UNDERLAY[version][::-1]
    peer = {"name": "eth0", "netns": "c%d" % number, "addresses": ["10.9.0.%d/24" % number]}
    host.make(
        ("netns", {"name": "c%d" % number, "network": ["red"]}),
        ("bridge", {"name": "br-red", "network": "red"}),
        ("vxlan", {"name": "vx-red", "vni": 7, "local": own, "dstport": PORT, "bridge": "br-red", "network": "red"}),
        ("veth", {"name": "v-red", "bridge": "br-red", "network": "red", "peer": peer}),
        ("vxlan_fdb", dict({"device": "vx-red", "flood": [other], "purge": True}, **more)),
    )


@pytest.fixture(params=[4, 6])
def two(request, lab):
    lab.up(["node1", "node2"])
    hosts = [Beside(lab, name) for name in ("node1", "node2")]
    hosts[0].version = request.param
    for number, host in enumerate(hosts, 1):
        # Bridged frames are the other test's.
        host.bridges_call_iptables(0)
        overlay(host, number, request.param, open_firewall=False)
    yield hosts
    for host in hosts:
        host.close()


def reached(host):
    host.run(["ip", "neighbour", "flush", "all"], "c1")
    return host.reaches("c1", "10.9.0.2")


@pytest.mark.parametrize("legacy", [False, True], ids=["nft", "legacy"])
def test_peers_get_in_where_input_drops(two, legacy):
    host, version = two[0], two[0].version
    program = ("iptables" if version == 4 else "ip6tables") + ("-legacy" if legacy else "")
    asked = {"device": "vx-red", "flood": [UNDERLAY[version][1]], "purge": True}
    assert reached(host)
    host.sh("%s -P INPUT DROP" % program, "%s -A INPUT -i theirs0 -j ACCEPT" % program)
    if version == 6:
        host.sh("%s -A INPUT -p icmpv6 -j ACCEPT" % program)
    before = host.theirs(), host.legacy()
    assert not reached(host), "nothing drops"
    host.changes("vxlan_fdb", **asked)
    assert reached(host)
    source = UNDERLAY[version][1] + ("/32" if version == 4 else "/128")
    mine = '-A INPUT -s %s -p udp -m udp --dport %d -m comment --comment "linuxnet.container:red/vx-red" -j ACCEPT' % (source, PORT)
    assert rules(host, program, "INPUT")[0] == mine and "linuxnet" not in "".join(rules(host, program, "INPUT")[1:])
    # Another peer comes and goes; the device gets another port; it goes.
    another = UNDERLAY[version][1][:-2] + "99"
    host.changes("vxlan_fdb", **dict(asked, flood=[*asked["flood"], another]))
    assert "".join(rules(host, program, "INPUT")).count("linuxnet") == 2
    host.changes("vxlan_fdb", **asked)
    host.changes("vxlan", name="vx-red", vni=7, local=UNDERLAY[version][0], dstport=PORT + 1, bridge="br-red", network="red")
    assert rules(host, program, "INPUT")[0] == mine.replace(str(PORT), str(PORT + 1))
    host.unchanged("vxlan_fdb", **asked)
    host.changes("vxlan", purge_networks=["red"])
    assert (host.theirs(), host.legacy()) == before


def test_what_fails_is_put_back(two):
    host, version = two[0], two[0].version
    program = "iptables" if version == 4 else "ip6tables"
    host.sh("%s -P INPUT DROP" % program)
    asked = {"device": "vx-red", "flood": [UNDERLAY[version][1], UNDERLAY[version][1][:-2] + "99"], "purge": True}
    before = host.dump()
    for position in range(3):
        result = host.call("vxlan_fdb", breaks={"positions": [position], "how": "stop"}, **asked)
        assert result["failed"] and result["msg"].endswith("Everything is as it was before."), result
        host.is_as(before)


def test_nobody_else_gets_in(two):
    host, version = two[0], two[0].version
    program = "iptables" if version == 4 else "ip6tables"
    host.sh("%s -P INPUT DROP" % program, *(["ip6tables -A INPUT -p icmpv6 -j ACCEPT"] if version == 6 else []))
    host.done("vxlan_fdb", device="vx-red", flood=[UNDERLAY[version][1]], purge=True)
    # The other node under another address, with the same VNI and port: what it sends is not let in.
    other = "192.0.2.77" if version == 4 else "2001:db8:0:2::77"
    two[1].sh("ip address add %s/%d dev eth0 %s" % (other, 24 if version == 4 else 64, "nodad" if version == 6 else ""))
    assert reached(host)
    two[1].done("vxlan", name="vx-red", vni=7, local=other, dstport=PORT, bridge="br-red", network="red")
    two[1].done("vxlan_fdb", device="vx-red", flood=[UNDERLAY[version][0]], purge=True)
    assert not reached(host)


def test_beside_ufw(two):
    host = two[0]
    start_ufw(host)
    assert not reached(host)
    asked = {"device": "vx-red", "flood": [UNDERLAY[host.version][1]], "purge": True}
    host.changes("vxlan_fdb", **asked)
    assert reached(host)
    host.sh("ufw reload")
    host.unchanged("vxlan_fdb", **asked)
    assert reached(host)


def test_beside_firewalld(two):
    host, version = two[0], two[0].version
    firewalld = Firewalld(host)
    try:
        before = host.theirs()
        assert not reached(host)
        asked = {"device": "vx-red", "flood": [UNDERLAY[version][1]], "purge": True}
        assert "firewalld is reloaded" in json.dumps(host.changes("vxlan_fdb", **asked)["warnings"])
        assert reached(host)
        for event in ("--reload", "--complete-reload"):
            host.sh("firewall-cmd " + event)
            host.unchanged("vxlan_fdb", **asked)
            assert reached(host)
        firewalld.stop()
        firewalld.start()
        host.unchanged("vxlan_fdb", **asked)
        assert reached(host)
        another = UNDERLAY[version][1][:-2] + "99"
        result = host.changes("vxlan_fdb", **dict(asked, flood=[*asked["flood"], another]))
        assert "firewall-cmd --reload" not in result["commands"] and reached(host)
        result = host.changes("vxlan_fdb", **dict(asked, flood=[another]))
        assert not reached(host)
        host.sh("firewall-cmd --policy=linuxnet-vx-red --remove-rich-rule='%s'" % _rich(another, version))
        host.changes("vxlan_fdb", **dict(asked, flood=[another]))
        host.changes("vxlan", name="vx-red", vni=7, local=UNDERLAY[version][0], dstport=PORT + 1, bridge="br-red", network="red")
        host.done("vxlan_fdb", **asked)
        two[1].done("vxlan", name="vx-red", vni=7, local=UNDERLAY[version][1], dstport=PORT + 1, bridge="br-red", network="red")
        assert reached(host)
        host.changes("vxlan", purge_networks=["red"])
        assert UNDERLAY[version][1] not in host.theirs()
        host.sh("firewall-cmd --reload")
        assert host.theirs() == before
    finally:
        firewalld.stop()


def _rich(address, version):
    return 'rule family="ipv%d" source address="%s" port port="%d" protocol="udp" accept' % (version, address, PORT)


@pytest.mark.parametrize("two", [4], indirect=True)
@pytest.mark.parametrize("position", range(1, 7))
def test_what_fails_beside_firewalld_is_put_back(two, position):
    host = two[0]
    firewalld = Firewalld(host)
    try:
        before = host.dump()
        asked = {"device": "vx-red", "flood": [UNDERLAY[host.version][1]], "purge": True}
        result = host.call("vxlan_fdb", breaks={"positions": [position], "how": "stop"}, **asked)
        if position < 6:
            assert result["failed"] and result["msg"].endswith("Everything is as it was before."), result
            host.sh("firewall-cmd --reload")
            host.is_as(before)
    finally:
        firewalld.stop()


def test_a_chain_of_nobody_that_we_know_is_named(two):
    host, version = two[0], two[0].version
    asked = {"device": "vx-red", "flood": [UNDERLAY[version][1]], "purge": True}
    chain = "nft 'add chain inet filter input { type filter hook input priority filter; policy drop; }'"
    host.sh("nft add table inet filter", chain)
    said = json.dumps(host.done("vxlan_fdb", **asked)["warnings"])
    assert "chain input of table inet filter drops what is for the host by its policy. Let UDP port %d in from %s." % (PORT, UNDERLAY[version][1]) in said
    host.sh("nft insert rule inet filter input udp dport { 53, %d } accept" % PORT, "nft insert rule inet filter input icmpv6 type nd-neighbor-solicit accept")
    assert not host.unchanged("vxlan_fdb", **asked).get("warnings")
