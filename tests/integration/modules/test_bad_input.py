# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be is refused in one sentence that names the option; nothing is changed, and nobody sees a traceback."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules.conftest import HERE
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls, endpoint

PEER = {"name": "eth7", "netns": "c1"}


def pair(**peer):
    return {"name": "v", "peer": dict(PEER, **peer)}


_REFUSED = [
    ("bridge", "^name: 'abcdefghijklmnop' is too long for an interface name: .* 15 characters", {"name": "abcdefghijklmnop"}),
    ("bridge", "^name: 'a/b' is not an interface name", {"name": "a/b"}),
    ("bridge", "^name: '..' is not an interface name", {"name": ".."}),
    ("bridge", "^name: '-x' is not an interface name", {"name": "-x"}),
    ("bridge", "^name: 'a.nb' is not an interface name", {"name": "a\nb"}),
    ("bridge", "^addresses: '10.1.0.1' has no prefix length", {"name": "b", "addresses": ["10.1.0.1"]}),
    ("bridge", "^addresses: '10.1.0.0/24' is the network or broadcast address", {"name": "b", "addresses": ["10.1.0.0/24"]}),
    ("bridge", "^addresses: '224.0.0.1/24' cannot be the address", {"name": "b", "addresses": ["224.0.0.1/24"]}),
    ("bridge", "^mtu: 67 is out of range", {"name": "b", "mtu": 67}),
    ("bridge", "^mac: '01:00:5e:00:00:01' is a multicast MAC", {"name": "b", "mac": "01:00:5e:00:00:01"}),
    ("bridge", "^mac: 'zz' is not a MAC", {"name": "b", "mac": "zz"}),
    ("bridge", r"^ports\[1\].name: 'x' is listed twice", {"name": "b", "ports": [{"name": "x"}, {"name": "x"}]}),
    ("bridge", "^purge: .*but ports is not given", {"name": "b", "purge": True}),
    ("bridge", r"^bridges\[1\].name: 'b' occurs twice", {"bridges": [{"name": "b"}, {"name": "b"}]}),
    ("bridge", "^name: name and bridges exclude each other", {"name": "b", "bridges": [{"name": "c"}]}),
    ("bridge", "^network: 'a b' is not a network name", {"name": "b", "network": "a b"}),
    ("netns", "^name: 'a/b' is not a namespace name", {"name": ["a/b"]}),
    ("netns", "^name: '..' is not a namespace name", {"name": [".."]}),
    ("netns", "^name: 'x' is listed twice", {"name": ["x", "x"]}),
    ("netns", "^sysctls: 'kernel.hostname' is not a sysctl of a network namespace", {"name": ["x"], "sysctls": {"kernel.hostname": 1}}),
    ("netns", "^sysctls: .* is not a sysctl of a network namespace", {"name": ["x"], "sysctls": {"net/../kernel/panic": 1}}),
    ("netns", "^pid: it has one namespace, but 2 names", {"name": ["x", "y"], "pid": 1}),
    ("netns", "^path: 'ns/net' is not the path of a file: write it from the root on", {"name": ["x"], "path": "ns/net"}),
    ("netns", "^container: '../x' is neither a name nor an ID of a container", {"name": ["x"], "container": "../x"}),
    ("netns", "^container: path and container exclude each other", {"name": ["x"], "path": "/x", "container": "x"}),
    ("netns", "^engine: Docker can be asked for a container alone", {"name": ["x"], "path": "/x", "engine": "docker"}),
    ("netns", "^wait: there is nothing to wait for: say what, with pid, path, container", {"name": ["x"], "wait": 1}),
    ("netns", "^wait: 86401 is out of range: 0 to 86400 seconds", {"name": ["x"], "pid": 1, "wait": 86401}),
    ("netns", "^pid: 0 is out of range", {"name": ["x"], "pid": 0}),
    ("netns", "^stop_timeout: -1 is out of range", {"name": ["x"], "stop_timeout": -1}),
    ("veth", "^peer: a pair that is made needs its other end", {"name": "v"}),
    ("veth", "^peer.name: '.*' is too long", pair(name="e" * 16)),
    ("veth", "^peer.addresses: an address is listed twice", pair(addresses=["10.1.0.2/24", "10.1.0.2/24"])),
    ("veth", "^peer.gateway: gateway 10.9.0.1 cannot be reached from 'eth7'", pair(addresses=["10.1.0.2/24"], gateway=["10.9.0.1"])),
    ("veth", "^peer.gateway: gateway 10.1.0.2 is the endpoint's own address", pair(addresses=["10.1.0.2/24"], gateway=["10.1.0.2"])),
    ("veth", "^peer.gateway: 'gw' is not an IP address", pair(gateway=["gw"])),
    ("veth", r"^peer.routes\[0\].via: .*different families", pair(routes=[{"dst": "10.0.0.0/8", "via": "fd00::1"}])),
    ("veth", r"^peer.routes\[0\].dst: '10.0.0.1/8' has bits set .* the network is 10.0.0.0/8", pair(routes=[{"dst": "10.0.0.1/8"}])),
    ("veth", "^peer.routes: two routes lead to the same network", pair(routes=[{"dst": "10.0.0.0/8"}, {"dst": "10.0.0.0/8"}])),
    ("veth", "^peer.mtu: IPv6 needs an MTU of at least 1280", pair(mtu=1000, addresses=["fd00::2/64"])),
    ("veth", "^hairpin: only the port of a bridge can be so", {"name": "v", "hairpin": True, "peer": PEER}),
    ("veth", "^peer.name: both ends would be 'v'", {"name": "v", "peer": {"name": "v"}}),
    ("veth", r"^veths\[1\].name: 'v' is an end of two pairs", {"veths": [pair(), pair(name="eth8")]}),
    ("veth", r"^veths\[1\].peer.addresses: 10.1.0.2 is that of 'v-1' too", {"veths": [endpoint(1), endpoint(2, peer={"addresses": ["10.1.0.2/24"]})]}),
    ("veth", r"^veths\[1\].peer.mac: 02:.* is that of 'v-1' too", {"veths": [endpoint(1, peer={"mac": "02:00:00:00:00:01"}), endpoint(2, peer={"mac": "02:00:00:00:00:01"})]}),
    ("veth", "^mtu: mtu says something about one object, but name is missing|^name: ", {"mtu": 1400}),
]  # fmt: skip


@pytest.fixture(scope="module")
def shared(module_host):
    """One node with a small network on it: what is refused leaves it as it is."""
    module_host.make(*calls())
    return module_host


@pytest.mark.parametrize("module, said, arguments", _REFUSED)
def test_it_is_refused_in_one_sentence(shared, module, said, arguments):
    shared.refuses(module, said, **arguments)


def test_what_the_kernel_will_not_have_names_the_line_and_what_it_said(shared):
    shared.fails("netns", "^The kernel refused 'ip netns exec c1 sysctl -w net.ipv4.ip_forward=maybe': Invalid argument", name=["c1"], sysctls={"net.ipv4.ip_forward": "maybe"})
    shared.fails("netns", "no.* sysctl net.ipv4.no_such", name=["c1"], sysctls={"net.ipv4.no_such": 1})


def once(host, module, arguments, prefix=(), code=""):
    """A module in a process of its own, started by ``prefix``, after ``code`` has been run in it."""
    script = "import sys; sys.path[:0] = [%r]; %s; import run_module; print(run_module.json.dumps(run_module.run(%r, %r)))"
    done = host.lab.run(
        host.name,
        [*prefix, sys.executable, "-c", script % (str(HERE), code or "pass", module, arguments)],
        env=host.environment(),
        stderr=subprocess.STDOUT,
    )
    return json.loads(done.stdout.splitlines()[-1])


MODULES = [
    ("netns", {"name": ["new"]}),
    ("bridge", {"name": "br-new"}),
    ("veth", {"name": "v-new", "peer": {"name": "eth9", "netns": "c1"}}),
    ("vxlan", {"name": "vx-new", "vni": 1, "dev": "br-red"}),
    ("nat_masquerade", {"name": "red", "sources": ["10.1.0.0/24"], "bridge": "br-red"}),
    ("checkpoint", {"name": "x", "networks": ["red"]}),
    ("network_info", {}),
]


@pytest.mark.parametrize("module, arguments", MODULES)
def test_no_privileges(shared, module, arguments):
    before = shared.dump()
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
    result = once(shared, module, arguments, [*drop, "--"])
    assert result["failed"]
    shared.is_a_sentence(result["msg"], "may not change the network .*: run the task with become: true")
    shared.is_as(before)


_NO_PYROUTE2 = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == 'pyroute2':
            raise ModuleNotFoundError("No module named 'pyroute2'")
sys.meta_path.insert(0, Missing())
"""


@pytest.mark.parametrize("module, arguments", MODULES[:5])
def test_no_pyroute2(shared, module, arguments):
    before = shared.dump()
    result = once(shared, module, arguments, code="exec(%r)" % _NO_PYROUTE2)
    assert result["failed"]
    shared.is_a_sentence(result["msg"], r"has no pyroute2 \(No module named 'pyroute2'\): install Debian's python3-pyroute2")
    shared.is_as(before)


def test_looking_and_finding_nothing_to_do_needs_no_pyroute2(shared):
    for module, arguments in calls():
        result = once(shared, module, arguments, code="exec(%r)" % _NO_PYROUTE2)
        assert result.get("changed") is False, result
    assert once(shared, "network_info", {}, code="exec(%r)" % _NO_PYROUTE2)["namespaces"]


def test_a_kernel_without_a_feature_is_named(shared):
    # This machine's kernel has bridges and VXLAN; one that says EOPNOTSUPP to them looks like this.
    result = shared.call("bridge", breaks={"positions": [0], "how": "stop", "number": 95}, name="br-new")
    shared.is_a_sentence(result["msg"].replace(" Everything is as it was before.", ""), "this kernel was built without it, or its module is not loaded")
