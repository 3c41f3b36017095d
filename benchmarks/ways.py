# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to make endpoints on one node, and to take them away: ours, the kernel's own best, and peers.

An endpoint is a namespace cN whose eth0 has an address and a default route, and is a port vN of the bridge br0. All ways
leave that; what only some can (marks of ours, no IPv6 link-local addresses) is in their titles.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "bench"
sys.path.insert(0, str(HERE.parent / ".collections"))

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab  # noqa: E402
from ansible_collections.linuxnet.container.plugins.module_utils._marks import GROUP, alias  # noqa: E402

GATEWAY = "10.1.0.1"
IFSTATE = "ifstate==2.5.1"


class Missing(Exception):
    """What this way needs is not on this machine; the sentence says what."""


def address(number):
    return "10.1.%d.%d" % (number // 250, number % 250 + 2)


@contextlib.contextmanager
def lab_node(*nodes, underlay=False):
    """A lab with ``nodes`` (one, "bench", if none are named) for the time of the block."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        lab.up(nodes or ("bench",), underlay=underlay)
        try:
            yield lab
        finally:
            lab.down()


def environ():
    return {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def in_node(lab, phases, node="bench"):
    """Seconds of modules ([[phase, [[module, arguments], ...]], ...]), in a process of their own in the node."""
    return json.loads(lab.run(node, [sys.executable, HERE / "in_node.py"], input=json.dumps(phases), env=environ()).stdout)


def driven(lab, phases, node="bench"):
    """Seconds of programs ([[phase, [command, ...]], ...]; see driver.py)."""
    return json.loads(lab.run(node, [sys.executable, "-I", "-S", HERE / "driver.py"], input=json.dumps(phases)).stdout)


def batch(lines, netns=None, program="ip"):
    return {"run": [program, *(["-n", netns] if netns else []), "-batch", "-"], "input": "\n".join(lines) + "\n"}


# Ours


def endpoints(count):
    """The modules' arguments for ``count`` endpoints: [[module, arguments], ...]."""
    network = {"network": "bench"}
    veths = [
        {
            "name": "v%d" % number,
            "bridge": "br0",
            "peer": {"name": "eth0", "netns": "c%d" % number, "addresses": [address(number) + "/16"], "gateway": [GATEWAY]},
            **network,
        }
        for number in range(count)
    ]
    return [
        ["netns", {"name": ["c%d" % number for number in range(count)], "network": ["bench"]}],
        ["bridge", {"name": "br0", "addresses": [GATEWAY + "/16"], **network}],
        ["veth", {"veths": veths}],
    ]


def whole(count):
    """The same for the module that makes all of it at once."""
    (_netns, spaces), (_bridge, bridge), (_veth, veths) = endpoints(count)
    namespaces = [{"name": name, "network": ["bench"]} for name in spaces["name"]]
    return {"purge_networks": ["bench"], "namespaces": namespaces, "bridges": [bridge], **veths}


def one_task(lab, count):
    wanted = [["network", whole(count)]]
    return in_node(lab, [["create", wanted], ["no-op", wanted], ["remove", [["network", {"purge_networks": ["bench"]}]]]])


def three_tasks(lab, count):
    wanted = endpoints(count)
    gone = [[module, {"purge_networks": ["bench"]}] for module in ("veth", "netns", "bridge")]
    return in_node(lab, [["create", wanted], ["no-op", wanted], ["remove", gone]])


# The kernel's own


@functools.lru_cache(1)
def compiled():
    compiler = shutil.which("cc")
    if compiler is None:
        raise Missing("there is no C compiler (Debian's gcc and libc6-dev)")
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run([compiler, "-O2", "-Wall", "-o", CACHE / "reference", HERE / "reference.c"], check=True)
    return CACHE / "reference"


def reference(lab, count):
    return json.loads(lab.run("bench", [compiled(), str(count), "0", str(GROUP), alias(["bench"]), "both"]).stdout)


# Peers


def ip_batch(lab, count, link_local=False):
    gone = ["link delete dev v%d" % number for number in range(count)]
    gone += ["netns delete c%d" % number for number in range(count)] + ["link delete dev br0"]
    return {**ip_batch_create(lab, count, link_local), **driven(lab, [["remove", [batch(gone)]]])}


def ip_batch_create(lab, count, link_local=False):
    host = ["link add name br0 up type bridge", "address add %s/16 broadcast 10.1.255.255 dev br0" % GATEWAY]
    commands = []
    for number in range(count):
        host.append("netns add c%d" % number)
        host.append("link add name v%d up master br0 type veth peer name eth0 netns c%d" % (number, number))
        lines = [
            "link set dev lo up",
            "link set dev eth0 up",
            "address add %s/16 broadcast 10.1.255.255 dev eth0" % address(number),
            "route add default via %s dev eth0" % GATEWAY,
        ]
        if not link_local:
            host.append("link set dev v%d addrgenmode none" % number)
            lines.insert(1, "link set dev eth0 addrgenmode none")
        commands.append(batch(lines, "c%d" % number))
    return driven(lab, [["create", [batch(host), *commands]]])


def cni(lab, count):
    plugins = pathlib.Path(os.environ.get("CNI_PATH", "/usr/lib/cni"))
    if not (plugins / "bridge").exists():
        raise Missing("there are no CNI plugins (Debian's containernetworking-plugins)")
    subnet = {"subnet": "10.1.0.0/16", "gateway": GATEWAY}
    ipam = {"type": "host-local", "ranges": [[subnet]], "routes": [{"dst": "0.0.0.0/0"}], "dataDir": "/run/cni"}
    network = json.dumps({"cniVersion": "0.4.0", "name": "bench", "type": "bridge", "bridge": "br0", "isGateway": True, "ipam": ipam})

    def call(command, number):
        names = {"CNI_CONTAINERID": "c%d" % number, "CNI_NETNS": "/run/netns/c%d" % number, "CNI_IFNAME": "eth0"}
        return {"run": [str(plugins / "bridge")], "input": network, "environ": dict(names, CNI_COMMAND=command, CNI_PATH=str(plugins))}

    numbers = range(count)
    create = [batch(["netns add c%d" % number for number in numbers]), *(call("ADD", number) for number in numbers)]
    remove = [*(call("DEL", number) for number in numbers), batch(["netns delete c%d" % number for number in numbers] + ["link delete dev br0"])]
    return driven(lab, [["create", create], ["remove", remove]])


@functools.lru_cache(1)
def ifstate_program():
    room = CACHE / "ifstate"
    program = room / "bin" / "ifstatecli"
    if not program.exists():
        venv.create(room, with_pip=True, clear=True)
        pip = [room / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", IFSTATE]
        if subprocess.run(pip, check=False, capture_output=True).returncode:
            raise Missing("IfState cannot be installed (ifstate, from PyPI)")
    return program


def ifstate(lab, count):
    program = ifstate_program()
    bridge = {"addresses": [GATEWAY + "/16"], "link": {"state": "up", "kind": "bridge"}}
    ports = {"v%d" % number: {"link": {"state": "up", "kind": "veth", "master": "br0"}} for number in range(count)}
    spaces = {
        "c%d" % number: {
            "interfaces": {
                "eth0": {
                    "addresses": [address(number) + "/16"],
                    "link": {"state": "up", "kind": "veth", "peer": "v%d" % number, "peer_netns": None},
                },
            },
            "routing": {"routes": [{"to": "0.0.0.0/0", "dev": "eth0", "via": GATEWAY}]},
        }
        for number in range(count)
    }
    wanted = CACHE / "ifstate.yml"
    wanted.write_text(json.dumps({"interfaces": {"br0": bridge, **ports}, "namespaces": spaces}), encoding="utf-8")
    return driven(lab, [["create", [{"run": [str(program), "-c", str(wanted), "apply"]}]]])


def mininet(lab, count):
    if importlib.util.find_spec("mininet") is None and not os.path.exists("/usr/lib/python3/dist-packages/mininet"):
        raise Missing("there is no mininet (Debian's mininet)")
    return json.loads(lab.run("bench", ["/usr/bin/python3", HERE / "with_mininet.py", str(count)]).stdout)


#: {title: (function, {number of endpoints: rounds at the most, for those that take minutes})}
WAYS = {
    "one task": (one_task, {}),
    "three tasks": (three_tasks, {}),
    "C": (reference, {}),
    "ip -batch": (ip_batch, {}),
    "ip -batch, link-local": (functools.partial(ip_batch_create, link_local=True), {}),
    "CNI": (cni, {1000: 1}),
    "IfState": (ifstate, {100: 1, 1000: 0}),
    "mininet": (mininet, {1000: 1}),
}
