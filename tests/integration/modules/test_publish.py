# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published ports: who reaches a container from where and as whom it is seen, who is refused a port, and what is left behind."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._whoami import PORT
from ansible_collections.linuxnet.container.tests.integration.modules.conftest import Host
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, endpoint

NODE, NODE6 = "192.0.2.11", "2001:db8:0:2::11"
OUTSIDE, OUTSIDE6 = "192.0.2.254", "2001:db8:0:2::254"
GATEWAY, GATEWAY6 = "10.1.0.1", "fd00:1::1"
FOUR = {"port": "8080", "address": "10.1.0.2", "to_port": str(PORT)}
SIX = {"port": "8080", "address": "fd00:1::2", "to_port": str(PORT)}
UDP = [dict(FOUR, protocol="udp"), dict(SIX, protocol="udp")]
RED = {"name": "red", "bridge": "br-red", "ports": [FOUR, SIX, *UDP]}


def network(number, name, hairpin=True, **more):
    """The options of a network with containers c<number> and c<number + 1>, in both families."""
    subnet, prefix = "10.%d.0" % number, "fd00:%d" % number
    peers = [{"addresses": ["%s.%d/24" % (subnet, at), "%s::%d/64" % (prefix, at)], "gateway": [subnet + ".1", prefix + "::1"]} for at in (2, 3)]
    numbers = (number * 2 - 1, number * 2)
    return {
        "namespaces": [{"name": "c%d" % one, "network": [name]} for one in numbers],
        "bridges": [bridge(name, subnet, addresses=[subnet + ".1/24", prefix + "::1/64"])],
        "veths": [endpoint(one, name, subnet, hairpin=hairpin, peer=peer, **more) for one, peer in zip(numbers, peers)],
        "masquerades": [{"name": name, "sources": [subnet + ".0/24", prefix + "::/64"], "bridge": "br-" + name}],
    }


def joined(*parts):
    return {name: [one for part in parts for one in part[name]] for name in parts[0]}


@pytest.fixture
def router(lab, hosts):
    """A node with two networks of two containers each, in all of which somebody answers. Nothing is published."""
    lab.up(["node1"])
    host = hosts("node1")
    host.outside = hosts("internet")
    host.done("network", **joined(network(1, "red"), network(2, "blue")))
    for number in (1, 2, 3, 4):
        lab.serve("node1", "c%d" % number)
    # A new bridge asks for nobody before it is sure of its own address.
    while host.sh("ip -6 address show tentative"):
        time.sleep(0.05)
    return host


@pytest.fixture(scope="module")
def shared(module_lab):
    """The same, shared by tests that leave it as they found it."""
    module_lab.up(["node1"])
    host = Host(module_lab, "node1")
    host.done("network", **joined(network(1, "red"), network(2, "blue")))
    module_lab.serve("node1", "c1")
    yield host
    host.close()


def seen(host, netns, address, port=8080, protocol="tcp"):
    """As whom the service behind a port sees the one in ``netns`` who asks; None for no answer."""
    target = {"address": address, "protocol": protocol, "port": port, "timeout": 0.5, "count": 2}
    if netns:
        target["netns"] = netns
    return host._call("probe", {"targets": [target]})["results"][0]["source"]


def from_everywhere(host, protocol, port=8080):
    """As whom the service sees those who ask from everywhere, each under the addresses it can ask at."""
    return {
        "outside": [seen(host.outside, None, at, port, protocol) for at in (NODE, NODE6)],
        "host": [seen(host, None, at, port, protocol) for at in (NODE, NODE6, GATEWAY, GATEWAY6, "127.0.0.1", "127.1.2.3")],
        "sibling": [seen(host, "c2", at, port, protocol) for at in (NODE, NODE6, GATEWAY, GATEWAY6)],
        "itself": [seen(host, "c1", at, port, protocol) for at in (NODE, NODE6, GATEWAY, GATEWAY6)],
        "another network": [seen(host, "c3", at, port, protocol) for at in (NODE, NODE6, GATEWAY, GATEWAY6)],
    }


SEEN = {
    "outside": [OUTSIDE, OUTSIDE6],
    "host": [NODE, NODE6, GATEWAY, GATEWAY6, GATEWAY, GATEWAY],
    "sibling": [GATEWAY, GATEWAY6] * 2,
    "itself": [GATEWAY, GATEWAY6] * 2,
    "another network": ["10.2.0.2", "fd00:2::2"] * 2,
}


@pytest.mark.parametrize("strict", ["0", "1"], ids=["rp_filter off", "rp_filter strict"])
@pytest.mark.parametrize("netfilter", ["0", "1"], ids=["bridged apart", "bridged through netfilter"])
def test_it_is_reached_from_everywhere_and_sees_who_asks(router, netfilter, strict):
    router.sh(*("sysctl -qw net.bridge.bridge-nf-call-%s=%s" % (name, netfilter) for name in ("iptables", "ip6tables")))
    router.sh("sysctl -qw net.ipv4.conf.all.rp_filter=%s net.ipv4.conf.br-red.rp_filter=%s" % (strict, strict))
    assert seen(router.outside, None, NODE) is None and seen(router, None, "127.0.0.1") is None
    result = router.changes("publish", **RED)
    for protocol in ("tcp", "udp"):
        assert from_everywhere(router, protocol) == SEEN
    assert [(one["protocol"], one["port"], one["address"]) for one in result["ports"]] == [
        ("tcp", "8080", "10.1.0.2"), ("udp", "8080", "10.1.0.2"), ("tcp", "8080", "fd00:1::2"), ("udp", "8080", "fd00:1::2"),
    ]  # fmt: skip
    # Nobody else's port is open, and the networks are no less apart than before.
    assert seen(router.outside, None, NODE, 8081) is None
    assert not router.reaches("c3", "10.1.0.2") and not router.reaches("c1", "10.2.0.2")


def test_without_hairpin_at_its_port_a_container_does_not_reach_itself_where_netfilter_sees_the_bridge(router):
    router.done("veth", name="v-1", bridge="br-red", hairpin=False)
    router.done("publish", **RED)
    router.sh("sysctl -qw net.bridge.bridge-nf-call-iptables=1")
    assert seen(router, "c1", NODE) is None and seen(router, "c2", NODE) == GATEWAY
    router.sh("sysctl -qw net.bridge.bridge-nf-call-iptables=0")
    assert seen(router, "c1", NODE) == GATEWAY


def test_all_is_as_before_when_it_is_taken_back(router):
    before = router.dump()
    router.changes("publish", **RED)
    router.changes("publish", name="red", state="absent")
    router.is_as(before)


def test_a_network_goes_with_its_ports(router):
    before = router.dump()
    made = joined(network(5, "green"))
    router.changes("network", **made, publications=[{"name": "green", "bridge": "br-green", "ports": [dict(FOUR, address="10.5.0.2")]}])
    router.changes("network", purge_networks=["green"])
    router.is_as(before)


def test_a_certain_address_of_the_host(router):
    router.sh("ip address add 192.0.2.99/24 dev eth0")
    here, local = dict(FOUR, host_address="192.0.2.99"), dict(FOUR, port="8081", host_address="127.0.0.1")
    router.changes("publish", **dict(RED, ports=[here, local]))
    assert seen(router.outside, None, "192.0.2.99") == OUTSIDE and seen(router.outside, None, NODE) is None
    assert seen(router, None, "192.0.2.99") == NODE and seen(router, None, "127.0.0.1") is None
    assert seen(router, None, "127.0.0.1", 8081) == GATEWAY
    assert seen(router, None, NODE, 8081) is None and seen(router, "c2", GATEWAY, 8081) is None
    # Who is reached from outside alone needs nothing of what opens 127.0.0.1.
    router.done("publish", **dict(RED, ports=[here]))
    assert router.sh("cat /proc/sys/net/ipv4/conf/br-red/route_localnet") == "0\n"
    assert "127.0.0.0" not in router.sh("nft list ruleset")


def test_containers_do_not_reach_what_the_host_keeps_to_itself(router):
    """What route_localnet would open: the host's own services on 127.0.0.1 (CVE-2020-8558)."""
    router.done("publish", **RED)
    router.lab.run("node1", ["sh", "-c", "ip link set lo up"])
    router.lab.serve("node1", port=9999)
    router.run(["ip", "route", "add", "127.0.0.0/8", "via", GATEWAY, "table", "100"], "c2")
    router.sh("ip netns exec c2 ip rule add from 10.1.0.3 lookup 100 pref 1", "ip netns exec c2 ip rule del pref 0", "ip netns exec c2 ip rule add lookup local pref 10")
    router.sh("ip netns exec c2 sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.eth0.route_localnet=1")
    ask = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('10.1.0.3', 0)); s.settimeout(0.5); s.connect(('127.0.0.1', 9999)); s.send(b'x'); print(s.recv(99))"
    reached = router.lab.run("node1", [sys.executable, "-c", ask], "c2", check=False)
    assert reached.returncode, reached.stdout
    guard = router.sh("nft list chain inet linuxnet guard")
    router.sh("nft flush chain inet linuxnet guard")
    reached = router.lab.run("node1", [sys.executable, "-c", ask], "c2", check=False)
    assert "10.1.0.3" in reached.stdout, "the test itself does not get there without the guard: %s" % reached.stderr
    router.changes("publish", **RED)
    assert router.sh("nft list chain inet linuxnet guard") == guard


def test_a_range_leads_to_a_range(router):
    router.lab.serve("node1", "c1", 9001)
    router.changes("publish", **dict(RED, ports=[dict(FOUR, port="8000-8009", to_port="9000-9009"), dict(SIX, port="9001", to_port=None)]))
    assert seen(router.outside, None, NODE, 8001) == OUTSIDE
    assert seen(router.outside, None, NODE6, 9001) == OUTSIDE6
    assert seen(router.outside, None, NODE, 8000) is None and seen(router.outside, None, NODE, 9001) is None
    said = router.unchanged("publish", **dict(RED, ports=[dict(FOUR, port="8000-8009", to_port="9000-9009"), dict(SIX, port="9001", to_port=None)]))
    assert [(one["port"], one["to_port"]) for one in said["ports"]] == [("8000-8009", "9000-9009"), ("9001", "9001")]


# The same flow goes on asking, from one port


ASKER = """
import socket, sys
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.bind(("", 40000)); asker.settimeout(0.5); asker.connect((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    try:
        asker.send(b"x"); print(asker.recv(100).decode().split()[1], flush=True)
    except OSError as error:
        print(None, flush=True)
"""


@pytest.fixture
def asker():
    """Makes programs that ask again and again from the same port: to the kernel that is one flow."""
    made = []

    def make(host, address, port):
        process = subprocess.Popen(
            host.lab.enter(host.name, [sys.executable, "-c", ASKER, address, str(port)]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        made.append(process)

        def ask():
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        return ask

    yield make
    for process in made:
        process.communicate()


@pytest.mark.parametrize("at", [None, NODE], ids=["any address", "one address"])
def test_a_udp_port_that_is_moved_takes_effect_at_once(router, asker, at):
    port = dict(FOUR, protocol="udp", host_address=at)
    ask = asker(router.outside, NODE, 8080)
    assert ask() == "None"
    # The flow of those who asked in vain is there already.
    router.changes("publish", **dict(RED, ports=[port]))
    assert ask() == OUTSIDE
    # From now on the other container answers: it is another network's, which sees somebody else.
    router.changes("publish", **dict(RED, ports=[dict(port, address="10.1.0.3")]))
    router.lab.run("node1", ["sh", "-c", "ip netns exec c1 ip link set eth0 down"])
    assert ask() == OUTSIDE
    router.changes("publish", name="red", state="absent")
    assert ask() == "None"


def test_other_flows_are_left_alone(router, asker):
    router.done("publish", **dict(RED, ports=[dict(FOUR, protocol="udp"), dict(FOUR, protocol="udp", port="8081")]))
    ask = asker(router.outside, NODE, 8081)
    assert ask() == OUTSIDE
    before = [line for line in router.sh("conntrack -L 2>/dev/null").splitlines() if "dport=8081" in line]
    router.done("publish", **dict(RED, ports=[dict(FOUR, protocol="udp", address="10.1.0.3"), dict(FOUR, protocol="udp", port="8081")]))
    after = [line for line in router.sh("conntrack -L 2>/dev/null").splitlines() if "dport=8081" in line]
    assert len(before) == len(after) == 1


# SCTP


def test_sctp_is_sent_on(router):
    """The kernel of the tests has no SCTP sockets: the packet is made by hand, and seen where it arrives."""
    router.done("publish", **dict(RED, ports=[dict(FOUR, protocol="sctp")]))
    listen = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132); s.settimeout(5); print('ready', flush=True); print(s.recvfrom(999)[0][20:24].hex())"
    heard = router.start([sys.executable, "-c", listen], "c1", stdout=-1, text=True)
    assert heard.stdout.readline() == "ready\n"
    send = """
import socket, struct, zlib
def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff
init = struct.pack(">BBHIIHHI", 1, 0, 20, 7, 65536, 1, 1, 1)
head = struct.pack(">HHI", 5000, 8080, 0)
packet = head + struct.pack("<I", crc32c(head + bytes(4) + init)) + init
socket.socket(socket.AF_INET, socket.SOCK_RAW, 132).sendto(packet, (%r, 0))
""" % NODE
    router.outside.run([sys.executable, "-c", send])
    assert heard.stdout.readline().strip() == struct_ports(5000, PORT)
    heard.wait()


def struct_ports(source, destination):
    return "%04x%04x" % (source, destination)


# Many


def test_a_thousand_ports_are_one_task_and_few_rules(shared):
    before = shared.dump()
    ports = [dict(FOUR, port=str(10000 + number), to_port=str(20000 + number)) for number in range(1000)]
    shared.changes("publish", **dict(RED, ports=ports))
    listed = shared.sh("nft list ruleset")
    assert listed.count("dnat ip to") == 2 and listed.count(" : 10.1.0.2 . ") == 1000
    shared.done("publish", name="red", state="absent")
    shared.is_as(before)


# Others


def test_each_network_has_its_own_ports(router):
    router.done("publish", **RED)
    blue = {"name": "blue", "bridge": "br-blue", "ports": [dict(FOUR, port="9090", address="10.2.0.2")]}
    router.changes("publish", **blue)
    assert seen(router.outside, None, NODE) == OUTSIDE and seen(router.outside, None, NODE, 9090) == OUTSIDE
    router.changes("publish", publications=[dict(blue, ports=[])], purge_networks=["red"])
    assert seen(router.outside, None, NODE) is None and seen(router.outside, None, NODE, 9090) is None
    router.changes("publish", publications=[RED, blue])
    # The masquerade's rules are its own.
    router.changes("nat_masquerade", name="red", state="absent")
    assert seen(router.outside, None, NODE) == OUTSIDE
    assert router.sh("cat /proc/sys/net/ipv4/ip_forward") == "1\n"
    router.changes("nat_masquerade", name="blue", state="absent")
    router.changes("publish", publications=[{"name": "red"}, {"name": "blue"}], state="absent")
    assert router.sh("nft list ruleset") == "" and router.sh("cat /proc/sys/net/ipv4/ip_forward") == "0\n"


@pytest.mark.parametrize("address, asked, taken", [
    ("0.0.0.0", {}, True), ("192.0.2.11", {}, True), ("127.0.0.1", {}, True), ("127.0.0.1", {"host_address": NODE}, False),
    ("0.0.0.0", {"host_address": "127.0.0.1"}, True), ("::", {}, True), ("::1", {}, False), ("0.0.0.0", {"protocol": "udp"}, False),
])  # fmt: skip
def test_a_port_that_somebody_listens_on_is_refused(shared, address, asked, taken):
    family = "AF_INET6" if ":" in address else "AF_INET"
    script = "import socket; s = socket.socket(socket.%s); s.setsockopt(1, 2, 1); s.bind((%r, 8080)); s.listen(); print(1, flush=True); input()" % (family, address)
    listener = subprocess.Popen(shared.lab.enter("node1", [sys.executable, "-c", script]), stdin=-1, stdout=-1)
    try:
        assert listener.stdout.readline()
        task = dict(RED, ports=[dict(FOUR, **asked)])
        if taken:
            shared.refuses("publish", r"^ports\[0\].port: tcp port 8080 is taken: process \d+ \(python", address, **task)
        else:
            shared.done("publish", **task)
            shared.done("publish", name="red", state="absent")
    finally:
        listener.communicate(b"\n")


def test_who_comes_to_listen_later_is_no_reason_to_fail(router):
    router.done("publish", **RED)
    router.lab.serve("node1", port=8080)
    router.unchanged("publish", **RED)
    assert seen(router.outside, None, NODE) == OUTSIDE


BLUE = {"name": "blue", "bridge": "br-blue"}


@pytest.mark.parametrize("ports, said", [
    ([FOUR, dict(FOUR, address="10.1.0.3")], r"ports\[1\].port: tcp port 8080 leads to 10.1.0.2 already"),
    ([FOUR, dict(FOUR, port="8079-8081", to_port=None, address="10.1.0.3")], r"ports\[1\].port: tcp port 8080 leads to 10.1.0.2 already"),
    ([FOUR, dict(FOUR, host_address=NODE)], r"ports\[1\].port: tcp port 8080 leads to 10.1.0.2 already"),
    ([dict(FOUR, host_address=NODE), FOUR], r"ports\[1\].port: tcp port 8080 leads to 10.1.0.2 already"),
    ([dict(FOUR, port="0")], r"ports\[0\].port: 0 is no port: they go from 1 to 65535"),
    ([dict(FOUR, port="65536")], r"ports\[0\].port: 65536 is no port"),
    ([dict(FOUR, port="8010-8000")], r"ports\[0\].port: the range 8010-8000 ends before it begins"),
    ([dict(FOUR, port="http")], r"ports\[0\].port: 'http' is no port"),
    ([dict(FOUR, port="8000-8010", to_port="80")], r"ports\[0\].to_port: 80 are 1 ports, and 8000-8010 are 11"),
    ([dict(FOUR, host_address="198.51.100.7")], r"ports\[0\].host_address: this host has no address 198.51.100.7"),
    ([dict(FOUR, host_address=NODE6)], r"ports\[0\].host_address: .* are of two families"),
    ([dict(SIX, host_address="::1")], r"ports\[0\].host_address: the kernel takes no answer to ::1"),
])  # fmt: skip
def test_what_cannot_be_published_is_said_before_anything_changes(shared, ports, said):
    shared.refuses("publish", said, **dict(RED, ports=ports))


def test_a_port_of_another_network_is_refused(shared):
    shared.done("publish", **RED)
    shared.refuses("publish", r"^ports\[0\].port: tcp port 8080 leads to 10.1.0.2 already \(network 'red'\)\.$", **dict(BLUE, ports=[dict(FOUR, address="10.2.0.2")]))
    shared.done("publish", name="red", state="absent")


def test_a_bridge_that_is_not_there(shared):
    shared.fails("publish", r"^bridge: there is no bridge 'br-green': make it first", **dict(RED, bridge="br-green"))
    shared.refuses("publish", r"^bridge: 'eth0' is no bridge", **dict(RED, bridge="eth0"))


def test_a_bridge_without_an_address_needs_to_be_told_the_subnets(shared):
    shared.sh("ip link add br-bare type bridge")
    bare = dict(RED, bridge="br-bare", ports=[FOUR])
    shared.fails("publish", r"^subnets: bridge 'br-bare' has no address to tell the network's subnets by", **bare)
    shared.refuses("publish", r"^ports\[0\].address: 10.1.0.2 is in none of the network's subnets \(10.9.0.0/24\)\.$", **dict(bare, subnets=["10.9.0.0/24"]))
    shared.done("publish", **dict(bare, subnets=["10.1.0.0/24"]))
    shared.done("publish", name="red", state="absent")
    shared.sh("ip link delete br-bare")


def test_what_others_changed_is_mended(router):
    router.done("publish", **RED)
    before = router.dump()
    router.sh("nft delete element inet linuxnet published_ip '{ tcp . 8080 }'", "nft add element inet linuxnet published_ip '{ tcp . 9 : 10.1.0.9 . 9 }'")
    router.sh("nft flush chain inet linuxnet hairpin", "sysctl -qw net.ipv4.conf.br-red.route_localnet=0")
    router.sh("nft add map inet linuxnet strange '{ type inet_service : ipv4_addr; }'")
    router.changes("publish", **RED)
    router.is_as(before)
    router.sh("nft flush ruleset")
    router.changes("network", **dict(joined(network(1, "red"), network(2, "blue")), publications=[RED]))
    assert from_everywhere(router, "tcp") == SEEN


def test_a_failure_puts_back_what_was_published(router):
    router.done("publish", **RED)
    before = router.dump()
    moved = dict(RED, ports=[dict(FOUR, port="9090"), dict(FOUR, protocol="udp", address="10.1.0.3")])
    steps = len(router.call("publish", check=True, **moved)["commands"])
    assert steps > 8
    for position in range(steps):
        result = router.call("publish", breaks={"positions": [position], "how": "stop"}, **moved)
        assert result["failed"] and "Everything is as it was before" in result["msg"], result
        router.is_as(before)


def test_published_ports_are_shown(shared):
    shared.done("publish", **RED)
    shown = shared.done("network_info", network=["red"])["host"]["ports"]
    assert shown[0] == {"network": "red", "host_address": None, "protocol": "tcp", "port": "8080", "address": "10.1.0.2", "to_port": str(PORT)}
    assert len(shown) == 4 and shared.done("network_info", network=["blue"])["host"]["ports"] == []
    shared.done("publish", name="red", state="absent")
