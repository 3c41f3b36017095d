# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios are verified with: testinfra's hosts that are nodes of the lab, or containers on one.

The lab's own code is used to get inside. What is seen there is the kernel's, by iproute2, nft and plain sockets.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import shlex
import subprocess
import sys

import pytest
import testinfra.backend.local
import testinfra.host
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
TRAFFIC = CHECKOUT / "molecule" / "traffic.py"
LOOK = CHECKOUT / "tests" / "integration" / "modules" / "look.py"
EPHEMERAL = pathlib.Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
sys.path.insert(0, str(CHECKOUT / ".collections"))

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, environment  # noqa: E402


class Backend(testinfra.backend.local.LocalBackend):
    """Commands inside: testinfra's ansible:// enters through a run of Ansible for each, and takes fifty times as long."""

    def __init__(self, enter):
        super().__init__()
        self.enter = enter

    def run(self, command, *args, **_keywords):
        return self.run_local(shlex.join(self.enter(["sh", "-c", self.get_command(command, *args)])))


class Host(testinfra.host.Host):
    """A host of testinfra's, with iproute2 in JSON and with traffic."""

    def ip(self, words):
        return json.loads(self.check_output("ip -j -d " + words) or "[]")

    def mac(self, device):
        return self.ip("link show dev " + device)[0]["address"]

    def addresses(self, device):
        """The addresses of a device with their lengths, but for those that the kernel gives it by itself."""
        found = (one for one in self.ip("address show dev " + device)[0]["addr_info"] if one["scope"] == "global")
        return {"%(local)s/%(prefixlen)d" % one for one in found}

    def forwarding(self, device):
        """The entries of a VXLAN device, as {(MAC, remote)}."""
        return {(entry["mac"], entry["dst"]) for entry in json.loads(self.check_output("bridge -j fdb show dev " + device)) if "dst" in entry}

    def send(self, protocol, address, size, *how):
        """Send octets and have them back: "same", or why not."""
        return self.check_output("%s -I -S %s %s %s %d %s" % (sys.executable, TRAFFIC, protocol, address, size, " ".join(map(str, how))))

    def rate(self, address):
        """Octets per second to the server there, the best of several."""
        return max(int(self.check_output("%s -I -S %s flood %s 0.3" % (sys.executable, TRAFFIC, address))) for _time in range(3))

    def look(self, *also):
        """Everything at once, to be compared with what remember.yml has kept."""
        return json.loads(self.check_output(" ".join([sys.executable, "-I -S", str(LOOK), *also])))

    @contextlib.contextmanager
    def serving(self, address):
        """A server beside the block; yields a list that has, after the block, the addresses of those who came."""
        came = []
        server = subprocess.Popen(
            self.backend.enter([sys.executable, "-I", "-S", str(TRAFFIC), "serve", address]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout.readline() == "ready\n"
            yield came
        finally:
            with server:
                server.stdin.close()
                came += server.stdout.read().split()


@pytest.fixture(scope="session")
def at():
    """``at("node1")`` is a node, ``at("node1/web")`` a container of it."""
    lab = Lab(EPHEMERAL / "lab")
    inside = ["env", "-i", *("%s=%s" % pair for pair in environment().items())]

    @functools.cache
    def get(where):
        node, _slash, netns = where.partition("/")
        return Host(Backend(lambda argv: lab.enter(node, [*inside, *argv], netns or None)))

    return get


@pytest.fixture
def raw_rate(at):
    """Octets per second over a pair of veth devices with nothing else on the way, made here and now on a node."""
    node = at("node1")
    lines = """
        ip netns add raw1
        ip netns add raw2
        ip -n raw1 link add raw mtu 1450 type veth peer name raw netns raw2
        ip -n raw1 address add 198.18.0.1/30 dev raw
        ip -n raw2 address add 198.18.0.2/30 dev raw
        ip -n raw1 link set raw up
        ip -n raw2 link set raw up
    """
    try:
        node.check_output("set -e\n" + lines)
        with at("node1/raw2").serving("198.18.0.2"):
            yield at("node1/raw1").rate("198.18.0.2")
    finally:
        node.run("ip netns delete raw1; ip netns delete raw2")


@pytest.fixture(scope="session")
def remembered():
    """``remembered("before", "node1")`` is the network of node1 as remember.yml has kept it under that name."""
    return lambda name, node: json.loads((EPHEMERAL / ("%s-%s.json" % (name, node))).read_text())


@pytest.fixture(scope="session")
def inventory():
    """What the user has written: the scenario's inventory, as {group: [host]}, with the hosts' variables under "_meta"."""
    arguments = yaml.safe_load(pathlib.Path(os.environ["MOLECULE_FILE"]).read_text())["ansible"]["executor"]["args"]["ansible_playbook"]
    command = ["ansible-inventory", "--list", "--inventory", str(EPHEMERAL / "inventory"), *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
