# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules run in lab nodes, and what the kernel then says of itself through iproute2 and nft."""

from __future__ import annotations

import json
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent

#: What changes by itself: numbers of objects, and what is counted.
_VOLATILE = {"ifindex", "link_index", "iflink", "link_netnsid", "stats", "stats64", "used", "updated", "expires"}


class Host:
    """A lab node: modules are run in it, and it is looked at."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name

    def run(self, argv, netns=None, **keywords):
        """Output of a program in the node."""
        return self.lab.run(self.name, argv, netns, **keywords).stdout

    def calls(self, *calls, check=False, python=sys.executable):
        """Results of modules run one after the other: each call is (module, arguments)."""
        asked = [[name, dict(arguments, _ansible_check_mode=check, _ansible_diff=True)] for name, arguments in calls]
        environment = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        done = self.lab.run(
            self.name, [python, str(HERE / "run_module.py")], input=json.dumps(asked), env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        for result in found:
            assert "traceback" not in result, result["traceback"]
        return found

    def call(self, module, check=False, **arguments):
        """Result of one module."""
        return self.calls((module, arguments), check=check)[0]

    def done(self, module, **arguments):
        """Result of a module that must not fail."""
        result = self.call(module, **arguments)
        assert not result.get("failed"), result["msg"]
        return result

    def changes(self, module, **arguments):
        """A run that changes something, after check mode has said exactly what; the next one changes nothing."""
        said = self.call(module, check=True, **arguments)
        before = self.dump()
        assert not said.get("failed"), said["msg"]
        result = self.done(module, **arguments)
        assert said["commands"] == result["commands"]
        assert result["changed"] and said["changed"], "nothing was changed"
        assert self.dump() != before or result["commands"] == [], "nothing is different"
        again = self.done(module, **arguments)
        assert not again["changed"], again["commands"]
        return result

    def refuses(self, module, **arguments):
        """What the module says when it fails; nothing is changed, in check mode neither."""
        before = self.dump()
        said = [self.call(module, check=check, **arguments) for check in (True, False)]
        assert all(result.get("failed") for result in said), said
        assert self.dump() == before
        return said[1]["msg"]

    def json(self, *argv, netns=None):
        text = self.run([argv[0], "-j", *argv[1:]], netns)
        return json.loads(text or "[]")

    def dump(self):
        """The network of the node and of its namespaces, without what changes by itself."""
        found = {}
        names = sorted(line.split()[0] for line in self.run(["ip", "netns"]).splitlines())
        for netns in [None] + names:
            found[netns or ""] = {
                "links": self._clean(self.json("ip", "-d", "link", netns=netns)),
                "addresses": self._clean(self.json("ip", "address", netns=netns)),
                "routes": self._clean(self.json("ip", "route", netns=netns)),
                "routes6": self._clean(
                    [
                        route
                        for route in self.json("ip", "-6", "route", netns=netns)
                        if not route["dst"].startswith("fe80")
                    ]
                ),
                "fdb": [
                    entry
                    for entry in self._clean(self.json("bridge", "fdb", netns=netns))
                    if "dst" in entry and entry.get("state") == "permanent"
                ],
                "ruleset": re.sub(r"# handle \d+", "", self.run(["nft", "list", "ruleset"], netns)),
                "forwarding": self.run(
                    ["sysctl", "-n", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.lo.forwarding"],
                    netns,
                ),
            }
        return found

    def _clean(self, value):
        if isinstance(value, list):
            return [self._clean(one) for one in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for name, one in value.items():
            if name in _VOLATILE or "timer" in name:
                continue
            if name == "addr_info":
                # Link-local addresses of the kernel's own come and go with carriers.
                one = [address for address in one if not address["local"].startswith("fe80")]
            kept[name] = self._clean(one)
        return kept

    def reaches(self, netns, address, payload=56):
        """Whether an echo request of ``payload`` octets that may not be fragmented is answered from ``netns``."""
        target = {"address": address, "payload": payload, "dont_fragment": True, "timeout": 1.0, "count": 2}
        if netns:
            target["netns"] = netns
        return self.done("probe", targets=[target])["results"][0]["reached"]


@pytest.fixture
def host(lab):
    """One bare node."""
    lab.up(["node"], underlay=False)
    return Host(lab, "node")


@pytest.fixture
def nodes(lab):
    """Two nodes on one underlay, and the internet behind it."""
    lab.up(["node1", "node2"])
    return Host(lab, "node1"), Host(lab, "node2")
