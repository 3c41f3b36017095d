# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published ports on hosts where somebody else drops what is forwarded, and networks of ours and of Docker's kept apart there."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._whoami import PORT
from ansible_collections.linuxnet.container.tests.integration.beside.conftest import BLUE, NODE, NODE6, RED, Firewalld, start_ufw

OUTSIDE, OUTSIDE6 = "192.0.2.254", "2001:db8:0:2::254"
PORTS = [{"port": "8080", "protocol": protocol, "address": address, "to_port": str(PORT)} for protocol in ("tcp", "udp") for address in ("10.1.0.3", "fd00:1::3")]
PUBLISHED = {"name": "red", "bridge": "br-red", "ports": PORTS}


def seen(host, netns, address, protocol):
    """As whom the service in c2 sees who asks for the host's port 8080; None for no answer."""
    target = {"address": address, "protocol": protocol, "port": 8080, "timeout": 0.7, "count": 2, **({"netns": netns} if netns else {})}
    return host._call("probe", {"targets": [target]})["results"][0]["source"]


def is_reached(host):
    """From outside, from the host and by localhost, from the sibling, from the container itself and from another network."""
    while host.sh("ip -6 address show tentative"):
        time.sleep(0.05)  # a new bridge asks for nobody before it is sure of its own address
    for protocol in ("tcp", "udp"):
        assert [seen(host.outside, "", at, protocol) for at in (NODE, NODE6)] == [OUTSIDE, OUTSIDE6]
        assert [seen(host, "", at, protocol) for at in (NODE, NODE6, "127.0.0.1")] == [NODE, NODE6, "10.1.0.1"]
        for who in ("c1", "c2"):
            assert [seen(host, who, at, protocol) for at in (NODE, NODE6)] == ["10.1.0.1", "fd00:1::1"]
        assert seen(host, "c3", NODE, protocol) == "10.2.0.4"


def nobody(host, firewalld):
    """Nobody drops anything."""


def iptables(host, firewalld):
    host.sh("iptables -P FORWARD DROP", "ip6tables -P FORWARD DROP")


def legacy(host, firewalld):
    host.sh("iptables-legacy -P FORWARD DROP", "ip6tables-legacy -P FORWARD DROP")


def ufw(host, firewalld):
    start_ufw(host)


def firewall_d(host, firewalld):
    firewalld.append(Firewalld(host))


@pytest.fixture
def started():
    """The daemons of a test, ended with it."""
    found = []
    yield found
    for one in found:
        one.stop()


@pytest.mark.parametrize("call", [0, 1], ids=["bridged apart", "bridged through netfilter"])
@pytest.mark.parametrize("owner", [nobody, iptables, legacy, ufw, firewall_d], ids=lambda owner: owner.__name__)
def test_a_published_port_is_reached(beside, started, owner, call):
    beside.sh("nft delete table ip published")
    owner(beside, started)
    beside.bridges_call_iptables(call)
    beside.done("veth", veths=[{"name": "v-%d" % number, "bridge": "br-red", "hairpin": True} for number in (1, 2)])
    before = beside.dump()
    beside.done("network", masquerades=[RED, BLUE], publications=[PUBLISHED])
    is_reached(beside)
    beside.is_closed()
    assert not beside.reaches("c1", "10.2.0.4") and not beside.reaches("c3", "10.1.0.2"), "the networks are not apart"
    beside.unchanged("network", masquerades=[RED, BLUE], publications=[PUBLISHED])
    beside.done("network", purge_networks=["red", "blue"], **beside.kept())
    if started:
        beside.sh("firewall-cmd --reload")  # until then the chains of our zone stay, empty and asked by nobody
    beside.is_as(before)


def test_beside_docker(beside, make_docker):
    beside.sh("nft delete table ip published")
    docker = make_docker()
    docker.call("run", "--detach", "--name=page", "--publish=9090:80", "busybox", "sh", "-c", "mkdir /page; echo page > /page/index.html; exec httpd -f -p 80 -h /page")
    theirs = docker.address()
    beside.done("veth", veths=[{"name": "v-%d" % number, "bridge": "br-red", "hairpin": True} for number in (1, 2)])
    beside.done("network", masquerades=[RED, BLUE], publications=[PUBLISHED])
    is_reached(beside)
    # Networks of ours and Docker's do not see each other, in either direction,
    assert not beside.reaches("c1", theirs)
    answer = docker.call("exec", "theirs", "sh", "-c", "ping -c1 -W1 10.1.0.3 >/dev/null && echo reached || echo no")
    assert answer.strip() == "no"
    assert docker.gets_out() and beside.reaches("", theirs)
    # but for what is published, by either.
    page = "import urllib.request; print(urllib.request.urlopen('http://%s:9090/', timeout=3).read().decode())" % NODE
    assert beside.run(["python3", "-c", page], "c1").strip() == "page"
    heard = docker.call("exec", "theirs", "sh", "-c", "nc -w 2 %s 8080 < /dev/null" % NODE)
    assert heard.split()[0] == "10.1.0.1", "Docker masquerades what its own containers send elsewhere"
    # Said to be open, it is.
    beside.done("nat_masquerade", isolate=False, **RED)
    assert beside.reaches("c1", theirs)
    beside.refuses("publish", r"^ports\[0\].port: tcp port 9090 is taken: process \d+ \(docker-proxy\)", **dict(PUBLISHED, ports=[dict(PORTS[0], port="9090")]))


def test_who_is_published_but_not_masqueraded_is_told_what_drops(beside):
    beside.sh("nft delete table ip published", "iptables -P FORWARD DROP")
    alone = dict(PUBLISHED, ports=PORTS[:1])
    said = json.dumps(beside.done("publish", **alone)["warnings"])
    assert "What is published of 'red' may not get through, as it is not masqueraded: chain FORWARD of table ip filter drops forwarded packets" in said
    assert seen(beside.outside, "", NODE, "tcp") is None
    beside.done("nat_masquerade", **RED)
    assert "warnings" not in beside.done("publish", **alone)
    assert seen(beside.outside, "", NODE, "tcp") == OUTSIDE
