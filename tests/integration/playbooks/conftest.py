# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks run on lab nodes as a user runs them: what ansible-playbook prints, and what the kernel then has."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, NodeSpec, environment

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
LOOK = HERE.parent / "modules" / "look.py"

DEBIAN = "/usr/bin/python3"


def has_debians_pyroute2():
    """Whether the system's own Python has a pyroute2, as Debian's package python3-pyroute2 brings it."""
    found = subprocess.run([DEBIAN, "-I", "-c", "import pyroute2"], check=False, capture_output=True) if os.path.exists(DEBIAN) else None
    return found is not None and found.returncode == 0


class Played:
    """What one run of ansible-playbook said.

    ``recap``: {host: {"ok": 3, "changed": 0, ...}}; ``lines``: {host: [lines of --diff]}, without the remarks on what is
    taken as given; ``errors``: {host: [messages]} of failed tasks.
    """

    def __init__(self, status, out, err):
        self.status = status
        self.said = out + err
        self.recap, self.lines, self.errors = {}, {}, {}
        shown = []
        for line in out.splitlines():
            result = re.match(r"(ok|changed|skipping|fatal): \[([^ \]]+)", line)
            if line.startswith(("TASK [", "PLAY ")):
                shown = []
            elif result:
                if result[1] in ("ok", "changed"):
                    self.lines.setdefault(result[2], []).extend(shown)
                shown = []
            elif line and not line.startswith("#"):
                shown.append(line)
            failed = re.match(r"fatal: \[([^ \]]+)(?: -> .*?)?\]: FAILED! => (\{.*)", line)
            if failed:
                self.errors.setdefault(failed[1], []).append(json.loads(failed[2])["msg"])
            numbers = re.match(r"(\S+) +: (ok=.*)", line)
            if numbers:
                self.recap[numbers[1]] = {word: int(number) for word, number in (pair.split("=") for pair in numbers[2].split())}

    def changed(self):
        return {host: numbers["changed"] for host, numbers in self.recap.items()}


class Site:
    """A lab, and playbooks on it."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "LINUXNET_", "PYTHON"))}
        self.environment = dict(
            kept,
            ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"),
            ANSIBLE_HOME=str(folder / "ansible"),
            ANSIBLE_NOCOLOR="1",
            LINUXNET_LAB_DIR=lab.folder,
        )

    def play(self, playbook, inventory, *arguments, fails=False, environ=None):
        """Run a playbook (a path, or the name of one of the collection's) on an inventory (a path, or a dict to be
        written as YAML); returns Played. ``fails``: whether it is to fail (None: tasks do, and are rescued). No run may show
        a traceback or a deprecation."""
        if isinstance(inventory, dict):
            path = self.folder / "hosts.yml"
            path.write_text(yaml.safe_dump(inventory))
            inventory = path
        playbook = CHECKOUT / "playbooks" / playbook if isinstance(playbook, str) else playbook
        command = [sys.executable, "-m", "ansible", "playbook", "-i", inventory, playbook, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=dict(self.environment, **environ or {}), capture_output=True, text=True, timeout=300, check=False
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == bool(fails), said
        assert "Traceback" not in said and "DEPRECAT" not in said, said
        if fails is False:
            assert "[WARNING]" not in said and "[ERROR]" not in said, said
        return Played(done.returncode, done.stdout, done.stderr)

    def dump(self, *nodes):
        """{node: what look.py sees there} of ``nodes``."""
        return {node: json.loads(self.lab.run(node, [sys.executable, "-I", "-S", str(LOOK)]).stdout) for node in nodes}

    def sh(self, node, *lines, netns=None):
        """Output of lines of a shell in a node, which stops at the first that fails."""
        return self.lab.run(node, ["sh", "-e", "-c", "\n".join(lines)], netns).stdout

    def python(self, node, program, *arguments, netns=None):
        """A Python program of this folder in a node, as a Popen with pipes; it ends when its standard input is closed."""
        command = [sys.executable, str(HERE / program), *arguments]
        return subprocess.Popen(
            self.lab.enter(node, command, netns),
            env=dict(environment(), PYTHONPATH=str(CHECKOUT / ".collections")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextlib.contextmanager
    def watch(self, node, program, *arguments, netns=None):
        """Run a program of this folder beside the block; yields a dict that has what it printed (JSON) after the block."""
        found = {}
        process = self.python(node, program, *arguments, netns=netns)
        try:
            assert process.stdout.readline() == "ready\n"
            yield found
        finally:
            with process:  # closes the pipes and waits
                process.stdin.close()
                out = process.stdout.read()  # not communicate(), which knows nothing of what readline() has read ahead
        assert process.returncode == 0, "%s in %s ended with %d" % (program, node, process.returncode)
        found.update(json.loads(out))

    def reaches(self, node, netns, address):
        """Whether a container's echo request is answered."""
        with self.watch(node, "echo_stream.py", address, "1", netns=netns) as seen:
            pass
        return seen["answered"] > 0


def lab_host(**variables):
    """Variables of a host that is a lab node."""
    common = {
        "ansible_connection": "linuxnet.container.lab",
        "ansible_pipelining": True,
        "ansible_remote_tmp": "/run/home/.ansible/tmp",
        "ansible_python_interpreter": sys.executable,
    }
    return dict(common, **variables)


def inventory_of(single_host=(), overlay=(), hosts=None, **variables):
    """An inventory with the groups that site.yml works on: names of hosts; ``hosts``: {name: variables}."""
    return {
        "all": {"hosts": {name: lab_host(**given) for name, given in (hosts or {}).items()}, "vars": variables},
        "single_host": {"hosts": {name: {} for name in single_host}},
        "overlay": {"hosts": {name: {} for name in overlay}},
    }


#: Three nodes with an overlay between them, the first of them with a network of its own besides.
SITE = inventory_of(
    ["node1"],
    ["node1", "node2", "node3"],
    {
        "node1": {
            "single_host_bridge_networks": [
                {
                    "name": "blue",
                    "gateway": ["10.10.1.1/24", "fd00:10:1::1/64"],
                    "containers": [{"name": "web", "address": ["10.10.1.10", "fd00:10:1::10"]}],
                }
            ],
            "vxlan_overlay_underlay_address": "192.0.2.11",
            "vxlan_overlay_endpoints": {
                "red": {
                    "gateway": ["10.42.0.1", "fd00:42::1"],
                    "containers": [
                        {"name": "a1", "address": ["10.42.1.1", "fd00:42::1:1"]},
                        {"name": "a2", "address": ["10.42.1.2", "fd00:42::1:2"]},
                    ],
                }
            },
        },
        "node2": {
            "vxlan_overlay_underlay_address": "192.0.2.12",
            "vxlan_overlay_endpoints": {
                "red": {
                    "gateway": ["10.42.0.2", "fd00:42::2"],
                    "containers": [
                        {"name": "b1", "address": ["10.42.2.1", "fd00:42::2:1"]},
                        {"name": "b2", "address": ["10.42.2.2", "fd00:42::2:2"]},
                    ],
                }
            },
        },
        "node3": {
            "vxlan_overlay_underlay_address": "192.0.2.13",
            "vxlan_overlay_endpoints": {
                "red": {
                    "gateway": ["10.42.0.3", "fd00:42::3"],
                    "containers": [{"name": "c1", "address": ["10.42.3.1", "fd00:42::3:1"]}],
                }
            },
        },
    },
    vxlan_overlay_overlays=[{"name": "red", "vni": 42, "subnet": ["10.42.0.0/16", "fd00:42::/64"]}],
    vxlan_overlay_underlay_device="eth0",
)
if has_debians_pyroute2():
    SITE["all"]["hosts"]["node3"]["ansible_python_interpreter"] = DEBIAN

NODES = ("node1", "node2", "node3")

#: Other people's objects, which look like ours where they can, on the node that has both kinds of network.
OTHERS = """\
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 broadcast 172.17.255.255 dev docker0
ip link set docker0 up
sysctl -qw net.ipv4.conf.docker0.forwarding=1 net.ipv6.conf.docker0.forwarding=1
ip netns add a1-other
ip link add vethother type veth peer name eth0 netns a1-other
ip link set vethother master docker0 up
ip -n a1-other addr add 172.17.0.2/16 dev eth0
ip -n a1-other link set eth0 up
ip -n a1-other route add default via 172.17.0.1
ip link add br-red-old group 5000771 type bridge
ip link set br-red-old alias somebody
ip link add v-red-other type bridge
ip link set v-red-other alias linuxnet.container:red
ip link add vx-other type vxlan id 4300 local 192.0.2.11 dstport 4800
bridge fdb append 02:00:00:00:00:99 dev vx-other dst 192.0.2.12 self permanent
ip route add 198.18.0.0/15 via 192.0.2.254
ip -6 route add 2001:db8:9::/48 via 2001:db8:0:2::254
ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
nft add table inet linuxnet-other
nft add chain inet linuxnet-other forward '{ type filter hook forward priority 0; policy accept; }'
nft add rule inet linuxnet-other forward iifname docker0 counter accept comment '"red"'
nft add table ip nat
nft add chain ip nat POSTROUTING '{ type nat hook postrouting priority 100; }'
nft add rule ip nat POSTROUTING ip saddr 172.17.0.0/16 oifname != docker0 masquerade
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The nodes of SITE, with nothing of ours on them yet; ``site.clean`` is what they looked like."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.up(NODES)
    site = Site(lab, tmp_path_factory.mktemp("site"))
    site.sh("node1", *OTHERS.splitlines())
    # Somebody else has switched forwarding on: on node2 altogether, on node3 for one device and for those to come.
    site.sh("node2", "sysctl -qw net.ipv4.ip_forward=1")
    site.sh("node3", "sysctl -qw net.ipv4.conf.eth0.forwarding=1 net.ipv4.conf.default.forwarding=1")
    site.clean = site.dump(*NODES)
    site.standing = None
    yield site
    lab.down()


@pytest.fixture
def up(site):
    """SITE as site.yml makes it, or as the test before has left it."""
    if site.standing is None:
        site.play("site.yml", SITE)
        site.standing = site.dump(*NODES)
    return site


@pytest.fixture
def built(up):
    """SITE as site.yml makes it (``standing``): after a test that changed something, made again before the next one."""
    if up.dump(*NODES) != up.standing:
        up.play("site.yml", SITE)
        assert up.dump(*NODES) == up.standing
    return up


@pytest.fixture
def wanted():
    """A copy of SITE to change."""
    return copy.deepcopy(SITE)


@pytest.fixture
def alone(lab, tmp_path):
    """Makes an empty Site with nodes of its own: names, or NodeSpecs."""

    def make(*specs):
        lab.apply([NodeSpec(spec) if isinstance(spec, str) else spec for spec in specs])
        return Site(lab, tmp_path)

    return make


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    """The collection as `ansible-galaxy collection build` packs it."""
    folder = tmp_path_factory.mktemp("built")
    known = dict(os.environ, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_HOME=str(folder / "home"))
    command = [sys.executable, "-m", "ansible", "galaxy", "collection", "build", "--output-path", folder]
    subprocess.run(command, cwd=CHECKOUT, env=known, capture_output=True, check=True)
    (built,) = folder.glob("*.tar.gz")
    return built


class Infra(Site):
    """A copy of examples/infra with the collection installed as its README says, its hosts nodes of a lab: nothing of this
    checkout is on Ansible's paths. ``in_a_lab``: arguments that say how the hosts are reached there."""

    def __init__(self, lab, folder, tarball):
        shutil.copytree(CHECKOUT / "examples" / "infra", folder / "infra")
        super().__init__(lab, folder / "infra")
        shutil.copy(tarball, self.folder)
        del self.environment["ANSIBLE_CONFIG"]  # its own is in the folder
        self.ansible("galaxy", "collection", "install", "-r", "requirements.yml")
        overlay = folder / "lab"
        (overlay / "group_vars").mkdir(parents=True)
        (overlay / "hosts.yml").write_text("all: {}\n")
        reached = dict(lab_host(), linuxnet_lab_dir=lab.folder, motd_dir=str(self.folder / "etc" / "{{ inventory_hostname }}"))
        (overlay / "group_vars" / "all.yml").write_text(yaml.safe_dump(reached))
        self.in_a_lab = ("-i", str(overlay))

    def ansible(self, *words, check=True):
        """Run one of Ansible's programs in the repository."""
        done = subprocess.run(
            [sys.executable, "-m", "ansible", *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def infra(module_lab, tarball, tmp_path_factory):
    """Infra, with nothing of ours on its hosts yet."""
    addresses = {"archive": "198.51.100.20/24", "gate": "198.51.100.21/24", "worker": "198.51.100.22/24"}
    module_lab.apply([NodeSpec("switch"), *(NodeSpec(name, (address,)) for name, address in addresses.items())])
    return Infra(module_lab, tmp_path_factory.mktemp("repositories"), tarball)
