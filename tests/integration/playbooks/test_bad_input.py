# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot work is one clear sentence in the playbook's output, and nothing is changed."""

from __future__ import annotations

import sys

import pytest
import yaml

GATEWAY = "10.10.1.1/24"


def network(*containers, **options):
    """The variables of a host with one network."""
    return {"single_host_bridge_networks": [{"name": "blue", "gateway": GATEWAY, "containers": list(containers), **options}]}


def container(name="web", address="10.10.1.10", **options):
    return {"name": name, "address": address, **options}


#: Variables of a host in the group single_host, and words that must be in the sentence: the option, the object, the remedy.
SINGLE_HOST = {
    "bridge_of_16": (network(bridge="bridge-no-000016"), ["network 'blue'", "bridge 'bridge-no-000016' has 16 characters", "at most 15", "shorten it"]),
    "interface_of_16": (network(container(interface="a" * 16)), ["container 'web'", "interface", "16 characters", "shorten it"]),
    "bridge_with_slash": (network(bridge="br/0"), ["bridge 'br/0' is not an interface name", "nor contain '/'"]),
    "network_with_slash": (network(name="a/b"), ["network name 'a/b'", "use letters, digits"]),
    "container_with_slash": (network(container("../web")), ["container name '../web'", "use letters, digits"]),
    "address_outside": (network(container(address="10.10.2.10")), ["container 'web'", "address 10.10.2.10 is outside 10.10.1.0/24", "give it"]),
    "address_missing": (network({"name": "web"}), ["missing required arguments: address", "single_host_bridge_networks -> containers"]),
    "no_address": (network(container(address="10.10.1.300")), ["container 'web'", "address '10.10.1.300'"]),
    "overlapping": (
        {"single_host_bridge_networks": [{"name": "a", "gateway": "10.10.1.1/24"}, {"name": "b", "gateway": "10.10.0.1/16"}]},
        ["network 'b'", "10.10.0.0/16", "10.10.1.0/24", "network 'a'"],
    ),
    "overlay_overlaps": (
        dict(
            network(),
            vxlan_overlay_overlays=[{"name": "red", "vni": 42, "subnet": "10.10.0.0/16"}],
            vxlan_overlay_endpoints={"red": {"gateway": "10.10.9.1"}},
        ),
        ["10.10.1.0/24", "10.10.0.0/16", "overlay 'red'"],
    ),
    "gateway_unreachable": (network(container(address="10.10.1.10/30")), ["container 'web'", "gateway 10.10.1.1 cannot be reached", "widen"]),
    "route_unreachable": (
        network(container(routes=[{"dst": "198.51.100.0/24", "via": "10.10.2.1"}])),
        ["container 'web', route 1", "via 10.10.2.1 cannot be reached", "onlink"],
    ),
    "same_address": (network(container(), container("db")), ["container 'db'", "address 10.10.1.10", "container 'web'", "give each its own"]),
    "gateways_address": (network(container(address="10.10.1.1")), ["container 'web'", "10.10.1.1 is the network's gateway", "take another"]),
    "same_mac": (
        network(container(mac="02:00:00:00:00:01"), container("db", "10.10.1.11", mac="02-00-00-00-00-01")),
        ["container 'db'", "MAC address 02:00:00:00:00:01", "container 'web'", "give each its own"],
    ),
    "port_1024": (
        network(*(container("c%d" % number, "10.10.%d.%d" % (4 + number // 250, 1 + number % 250)) for number in range(1024)), gateway="10.10.1.1/16"),
        ["network 'blue'", "'br-blue' would have 1024 ports", "the kernel allows 1023", "several networks"],
    ),
    "typing_error": (network(container(adress="10.10.1.11")), ["single_host_bridge_networks.containers.adress", "Supported parameters include: address"]),
}


def overlay(endpoints=({}, {}), nodes=({}, {}), **options):
    """Variables of all hosts, and of each of two members: of their endpoints, and beside these."""
    common = {"vxlan_overlay_overlays": [{"name": "red", "vni": 42, "subnet": "10.42.0.0/16", **options}]}
    members = []
    for number in 1, 2:
        share = {"gateway": "10.42.0.%d" % number, "containers": [container("a%d" % number, "10.42.%d.1" % number)], **endpoints[number - 1]}
        members.append({"vxlan_overlay_underlay_address": "192.0.2.2%d" % number, "vxlan_overlay_endpoints": {"red": share}, **nodes[number - 1]})
    return common, members


#: What ``overlay`` gives, and words that must be in the sentence that every member says.
OVERLAY = {
    "vni_of_2_to_24": (overlay(vni=2**24), ["overlay 'red'", "vni 16777216 is out of range", "between 1 and 16777215"]),
    "same_vni": (
        ({"vxlan_overlay_overlays": [{"name": name, "vni": 42, "subnet": "10.%d.0.0/16" % net} for name, net in (("red", 42), ("blue", 43))]}, [{}, {}]),
        ["overlay 'blue'", "vni 42", "overlay 'red'", "its own vni"],
    ),
    "overlapping": (
        ({"vxlan_overlay_overlays": [{"name": name, "vni": vni, "subnet": "10.42.0.0/16"} for name, vni in (("red", 42), ("blue", 43))]},
         [{"vxlan_overlay_underlay_address": "192.0.2.2%d" % number,
           "vxlan_overlay_endpoints": {"red": {"gateway": "10.42.0.%d" % number}, "blue": {"gateway": "10.42.1.%d" % number}}} for number in (1, 2)]),
        ["overlay 'blue'", "10.42.0.0/16", "overlay 'red'"],
    ),  # fmt: skip
    "device_of_16": (overlay(device="vxlan-device-016"), ["overlay 'red'", "device 'vxlan-device-016' has 16 characters", "shorten it"]),
    "address_elsewhere": (
        overlay([{}, {"containers": [container("a2", "10.42.1.1")]}]),
        ["overlay 'red', container 'a2'", "address 10.42.1.1", "container 'a1'", "give each its own"],
    ),
    "mac_elsewhere": (
        overlay([{"containers": [container("a1", "10.42.1.1", mac="02:00:00:00:00:01")]}, {"containers": [container("a2", "10.42.2.1", mac="02:00:00:00:00:01")]}]),
        ["container 'a2'", "MAC address 02:00:00:00:00:01", "container 'a1'", "give each its own"],
    ),
    "gateway_elsewhere": (overlay([{}, {"gateway": "10.42.0.1"}]), ["gateway 10.42.0.1", "its own"]),
    "address_outside": (overlay([{}, {"containers": [container("a2", "10.43.2.1")]}]), ["container 'a2'", "10.43.2.1 is outside 10.42.0.0/16"]),
    "gateway_outside": (overlay([{"gateway": "10.43.0.1"}, {}]), ["overlay 'red'", "gateway 10.43.0.1 is outside 10.42.0.0/16"]),
    "no_underlay_address": (overlay(nodes=[{}, {"vxlan_overlay_underlay_address": ""}]), ["vxlan_overlay_underlay_address is missing", "set it in the host's variables"]),
    "mtu_too_big": (overlay(mtu=1451), ["mtu 1451 does not fit", "1500", "50 bytes", "leaves 1450"]),
}  # fmt: skip

#: What only the host itself can know.
HOST = {
    "no_underlay_device": (overlay(nodes=[{"vxlan_overlay_underlay_device": "eth9"}] * 2), ["vxlans[0].dev:", "there is no device 'eth9' on this host: correct the name"]),
    "no_such_local_address": (overlay(nodes=[{"vxlan_overlay_underlay_address": "192.0.2.98"}, {"vxlan_overlay_underlay_address": "192.0.2.99"}]),
                              ["vxlans[0].local:", "no device of this host has the address 192.0.2.9", "correct it"]),
    "narrow_underlay_device": (overlay(nodes=[{"vxlan_overlay_underlay_mtu": 9000}] * 2), ["vxlans[0].mtu:", "'eth0' has an MTU of 1500", "largest is 1450"]),
}  # fmt: skip


def plays(groups):
    """A playbook with a play a group, which goes on after one has failed: groups are {name: role}."""
    return [
        {
            "hosts": group,
            "gather_facts": False,
            "tasks": [{"block": [{"ansible.builtin.include_role": {"name": "linuxnet.container." + role}}], "rescue": [{"ansible.builtin.meta": "noop"}]}],
        }
        for group, role in groups.items()
    ]


class Cases:
    """Hosts of which each is to fail with one sentence, all in one run; each has a lab node, or shares one that it never touches."""

    def __init__(self, site):
        self.site = site
        self.inventory = {"all": {"hosts": {}}}
        self.groups, self.words = {}, {}

    def add(self, group, role, host, variables, words, **common):
        self.groups[group] = role
        self.inventory.setdefault(group, {"hosts": {}, "vars": common})["hosts"][host] = lab_variables(**variables)
        self.words[host] = words

    def overlay(self, name, given, words, nodes):
        common, members = given
        for number, (node, variables) in enumerate(zip(nodes, members), 1):
            variables = dict(variables, linuxnet_lab_node=node, vxlan_overlay_group=name)
            self.add(name, "vxlan_overlay", "%s-%d" % (name, number), variables, words, **common)

    def check(self):
        playbook = self.site.folder / "cases.yml"
        playbook.write_text(yaml.safe_dump(plays(self.groups)))
        nodes = list(self.site.lab.nodes())
        before = self.site.dump(*nodes)
        played = self.site.play(playbook, self.inventory, fails=None)
        assert self.site.dump(*nodes) == before
        for host, words in self.words.items():
            said = played.errors[host][-1]
            assert all(word in said for word in words), "%s: %s" % (host, said)
            assert "as it was before" not in said or said.endswith(" Everything is as it was before.")
            # What a role's argument specification catches is said by Ansible itself, after a heading.
            sentence = said.replace("Validation of arguments failed:\n", "")
            assert "\n" not in sentence and (sentence != said or said.endswith((".", ".)"))), said
            assert played.recap[host]["failed"] == 0 and played.recap[host]["rescued"] >= 1  # by the play above


def lab_variables(**variables):
    common = {
        "ansible_connection": "linuxnet.container.lab",
        "ansible_pipelining": True,
        "ansible_remote_tmp": "/run/home/.ansible/tmp",
        "ansible_python_interpreter": sys.executable,
    }
    return dict(common, **variables)


@pytest.fixture
def cases(alone):
    """Cases, with a node `any` for those that are refused on the controller, and m1 and m2 with an address of an underlay."""
    site = alone("any", "m1", "m2")
    for number in 1, 2:
        site.sh("m%d" % number, "ip link add eth0 mtu 1500 type bridge", "ip addr add 192.0.2.2%d/24 dev eth0" % number, "ip link set eth0 up")
    return Cases(site)


def test_variables_that_cannot_work(cases):
    for name, (variables, words) in SINGLE_HOST.items():
        cases.add("single_host", "single_host_bridge", name, dict(variables, linuxnet_lab_node="any"), words)
    for name, (given, words) in OVERLAY.items():
        cases.overlay("overlay_" + name, given, words, ["any", "any"])
    cases.check()


def test_hosts_that_lack_what_the_variables_name(cases):
    for name, (given, words) in HOST.items():
        cases.overlay("host_" + name, given, words, ["m1", "m2"])
    cases.check()


#: A kernel that lacks something, as the module's Python meets it: the kernel is asked for a word that no kernel knows.
WITHOUT = """\
import socket

def without(call):
    def asked(self, data, *more):
        return call(self, bytes(data).replace(%r, %r), *more)
    return asked

for name in "send", "sendto":
    setattr(socket.socket, name, without(getattr(socket.socket, name)))
"""


def interpreter(folder, name, line, customize=None):
    """A stand-in for a host's Python: a shell script with one line."""
    (folder / name).mkdir()
    script = folder / name / "python"
    script.write_text("#!/bin/sh\n%s\n" % line.format(python=sys.executable, folder=folder / name))
    script.chmod(0o755)
    if customize:
        (folder / name / "sitecustomize.py").write_text(customize)
    return {"ansible_python_interpreter": str(script)}


def test_hosts_that_lack_privileges_a_library_or_a_feature(cases, tmp_path):
    lacking = 'PYTHONPATH={folder} exec {python} "$@"'
    pythons = {
        "privileges": ('exec setpriv --bounding-set=-all --inh-caps=-all -- {python} "$@"', None, ["may not change the network", "become: true"]),
        "pyroute2": ('exec {python} -I -S "$@"', None, ["has no pyroute2", "install Debian's python3-pyroute2", "linuxnet.container.pyroute2"]),
        "bridge": (lacking, WITHOUT % (b"bridge\0", b"bridgf\0"), ["'ip link add name br-blue", "type bridge'", "this kernel was built without it"]),
        "masquerade": (lacking, WITHOUT % (b"masq\0", b"masr\0"), ["masquerade", "this kernel was built without it"]),
    }
    for name, (line, customize, words) in pythons.items():
        node = "without-" + name
        cases.site.lab.up([node], underlay=False)
        variables = dict(network(container()), linuxnet_lab_node=node, **interpreter(tmp_path, name, line, customize))
        cases.add("single_host", "single_host_bridge", name, variables, words)
    cases.site.lab.up(["without-ipv6"], underlay=False)
    cases.site.sh("without-ipv6", "sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1")
    cases.add(
        "single_host", "single_host_bridge", "ipv6", dict(network(gateway="fd00:10:1::1/64"), linuxnet_lab_node="without-ipv6"), ["fd00:10:1::1/64", "disable_ipv6=0 switches it on"]
    )
    vxlan = interpreter(tmp_path, "vxlan", lacking, WITHOUT % (b"vxlan\0", b"vxlam\0"))
    cases.overlay("host_without_vxlan", overlay(nodes=[vxlan, vxlan]), ["type vxlan", "this kernel was built without it", "as it was before"], ["m1", "m2"])
    cases.check()
