# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes with networks of ours, on which somebody else's firewall is at home: the real program, kept inside the node."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._whoami import PORT
from ansible_collections.linuxnet.container.tests.integration.modules.conftest import Host
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import endpoint

HERE = pathlib.Path(__file__).resolve().parent
INTERNET, INTERNET6 = "203.0.113.10", "2001:db8:ffff::10"
NODE, NODE6 = "192.0.2.11", "2001:db8:0:2::11"
RED = {"name": "red", "sources": ["10.1.0.0/24", "fd00:1::/64"], "bridge": "br-red"}
BLUE = {"name": "blue", "sources": ["10.2.0.0/24"], "bridge": "br-blue"}


class Beside(Host):
    """A node with two networks, red (c1 and c2, both families) and blue (c3), beside somebody else's firewall."""

    def networks(self):
        self.make(
            ("netns", {"name": ["c1", "c2"], "network": ["red"]}),
            ("netns", {"name": ["c3"], "network": ["blue"]}),
            ("bridge", {"name": "br-red", "network": "red", "addresses": ["10.1.0.1/24", "fd00:1::1/64"]}),
            ("bridge", {"name": "br-blue", "network": "blue", "addresses": ["10.2.0.1/24"]}),
            ("veth", {"veths": [self._endpoint(1), self._endpoint(2), endpoint(3, "blue", "10.2.0")]}),
        )
        self.lab.serve(self.name, "c2")
        self.publish()
        self.outside = Host(self.lab, "internet")
        # From outside too, unless somebody is against it.
        for outside in ("ip route replace 10.1.0.0/24 via " + NODE, "ip -6 route replace fd00:1::/64 via " + NODE6):
            self.lab.run("internet", outside.split())

    def publish(self):
        """A published port is one that somebody's rule sends into the network."""
        self.sh(
            "nft add table ip published",
            "nft 'add chain ip published prerouting { type nat hook prerouting priority dstnat; }'",
            "nft add rule ip published prerouting iifname eth0 udp dport %d dnat to 10.1.0.3" % PORT,
        )

    @staticmethod
    def _endpoint(number):
        addresses = ["10.1.0.%d/24" % (number + 1), "fd00:1::%d/64" % (number + 1)]
        return endpoint(number, peer={"addresses": addresses, "gateway": ["10.1.0.1", "fd00:1::1"]})

    def kept(self):
        """The options of ``network`` by which the networks stay, when their rules and ports go."""
        return {
            "namespaces": [{"name": name, "network": [network]} for name, network in (("c1", "red"), ("c2", "red"), ("c3", "blue"))],
            "bridges": [{"name": "br-" + name, "network": name} for name in ("red", "blue")],
            "veths": [{"name": "v-%d" % number, "network": network} for number, network in ((1, "red"), (2, "red"), (3, "blue"))],
        }

    def needs(self, *programs):
        """The programs of others that a test starts; a machine without them does not run it silently."""
        missing = [name for name in programs if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
        if missing:
            pytest.fail("This test needs %s (bindep.txt)." % ", ".join(missing))

    def private(self, *folders):
        """Copies of the machine's ``folders`` in their places, for the node alone."""
        for folder in folders:
            copy = "/run/private" + folder
            self.sh("mkdir -p '%s' '%s'" % (copy, folder), "cp -a '%s/.' '%s/'" % (folder, copy), "mount --bind '%s' '%s'" % (copy, folder))

    def until(self, *argv, patience=20):
        """Wait until a program in the node is content."""
        end = time.monotonic() + patience
        while True:
            done = self.lab.run(self.name, list(argv), check=False)
            if done.returncode == 0:
                return done.stdout
            assert time.monotonic() < end, "%s: %s" % (argv, done.stderr)
            time.sleep(0.1)

    def theirs(self):
        """Everybody's rules but our own table's, without counters."""
        listed = self.run(["nft", "list", "ruleset"])
        listed = re.sub(r"table inet linuxnet \{.*?\n\}\n", "", listed, flags=re.S)
        return re.sub(r"packets \d+ bytes \d+ ?", "", listed)

    def legacy(self):
        return re.sub(r"\[\d+:\d+\]|# .*\n", "", self.sh("iptables-legacy-save", "ip6tables-legacy-save"))

    def dump(self):
        """What there is, with what nft does not show."""
        zones = self.sh("cd /etc/firewalld 2>/dev/null || exit 0", "for one in zones/*.xml policies/*.xml; do [ ! -e $one ] || { echo $one; cat $one; }; done")
        return dict(super().dump(), legacy=self.legacy(), zones=zones)

    @staticmethod
    def redirects(dump):
        """Whether the host believed ICMP redirects, in an earlier ``dump``."""
        return dump[""]["switches"]["net/ipv4/conf/all/accept_redirects"]

    # Who reaches whom

    def works(self):
        """All that a network is promised: out and back, to the sibling, from the host and to it."""
        assert self.seen_as("c1", INTERNET) == NODE, "the container does not get out"
        assert self.seen_as("c1", INTERNET6) == NODE6, "the container does not get out by IPv6"
        for address in ("10.1.0.3", "fd00:1::3"):
            assert self.seen_as("c1", address) is not None, "the sibling is not reached"
            assert self.seen_as("", address) is not None, "the host does not reach the container"
        assert self.reaches("c1", "10.1.0.1"), "the container does not reach the host"

        assert self.outside.seen_as("", NODE) is not None, "the published port does not answer"

    def is_closed(self, node="internet"):
        """What begins outside does not get in, unless it is published."""
        for address in ("10.1.0.3", "fd00:1::3"):
            assert not self.lab_reaches(node, address), "%s is open to the outside" % address

    def lab_reaches(self, node, address):
        """Whether an echo request of another node is answered."""
        return self.lab.run(node, ["ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", address], check=False).returncode == 0

    def bridges_call_iptables(self, value):
        for name in ("iptables", "ip6tables"):
            self.sh("sysctl -qw net.bridge.bridge-nf-call-%s=%d" % (name, value))


@pytest.fixture
def beside(lab):
    """A node with an uplink and networks, which are not let out yet."""
    lab.up(["node1"])
    host = Beside(lab, "node1")
    host.networks()
    yield host
    host.outside.close()
    host.close()


@pytest.fixture
def firewalld(beside):
    """The same with firewalld, as Debian installs it: its default zone rejects what is forwarded."""
    beside.firewalld = Firewalld(beside)
    yield beside
    beside.firewalld.stop()


class Firewalld:
    """The daemon. Process ids are the machine's own: none but this one is ended."""

    def __init__(self, host):
        self.host = host
        host.needs("firewalld", "firewall-cmd", "dbus-daemon")
        host.private("/etc/firewalld", "/var/log")
        host.sh("mkdir -p /run/dbus", "dbus-daemon --system --fork --nopidfile")
        self.start()

    def start(self):
        self._process = self.host.start(["firewalld", "--nofork", "--nopid"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.host.until("firewall-cmd", "--state")

    def stop(self):
        self._process.terminate()
        self._process.wait()


@pytest.fixture
def ufw(beside):
    """The same with ufw switched on, as Debian installs it: FORWARD and INPUT drop."""
    start_ufw(beside)
    return beside


def start_ufw(host):
    host.needs("ufw")
    host.private("/etc/ufw", "/etc/default", "/lib/ufw", "/var/log")
    # Reloaded once: it makes a few of its chains only then.
    host.sh("ufw --force enable", "ufw reload")


class Docker:
    """Docker's own engine in the node, with a container of its own: ``theirs``, which answers pings."""

    SCRIPT = str(HERE.parent / "engines.py")

    def __init__(self, host):
        self.host = host
        self.start()
        self.call("run", "--detach", "--name=theirs", "--restart=always", "busybox", "sleep", "86400")

    def start(self):
        self._run("up", "docker")

    def stop(self):
        """End the daemon alone, as an update of it does."""
        self.host.sh("kill $(cat /run/docker.pid)")
        self.host.until("sh", "-c", "[ ! -e /run/docker.pid ]")

    def call(self, *arguments):
        return self._run("call", "docker", *arguments)

    def address(self):
        return self.call("inspect", "--format={{.NetworkSettings.IPAddress}}", "theirs").strip()

    def gets_out(self):
        return self.host.lab.run(
            self.host.name, [sys.executable, "-I", "-S", self.SCRIPT, "call", "docker", "exec", "theirs", "ping", "-c1", "-W1", INTERNET], check=False
        ).returncode == 0

    def close(self):
        self._run("down")

    def _run(self, *arguments):
        return self.host.run([sys.executable, "-I", "-S", self.SCRIPT, *arguments])


@pytest.fixture
def make_docker(beside):
    """Starts Docker beside the networks, before or after they are let out."""
    beside.needs("dockerd", "runc")
    made = []

    def make():
        made.append(Docker(beside))
        return made[-1]

    yield make
    for one in made:
        one.close()
