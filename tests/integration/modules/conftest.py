# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules run in lab nodes, and what the kernel then says of itself through iproute2 and nft."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import ansible
import pytest

import ansible_collections
from ansible_collections.linuxnet.container.plugins.module_utils._lab import environment

HERE = pathlib.Path(__file__).resolve().parent
#: The Python that runs the modules: the tests' own, but where the version matrix (tools/matrix.py) names another one.
MANAGED = os.environ.get("LINUXNET_MANAGED_PYTHON", sys.executable)


def others_path(lab):
    """Where another Python looks for imports: a folder with Ansible and the collections alone of what this one has."""
    folder = pathlib.Path(lab.folder + "-imports")
    folder.mkdir(exist_ok=True)
    for package in ansible, ansible_collections:
        if not (folder / package.__name__).exists():
            (folder / package.__name__).symlink_to(list(package.__path__)[0])
    return [str(folder)]


class Host:
    """A lab node: modules are run in it, and it is looked at.

    ``python``: the interpreter that runs the modules; ``runner``: the program in which they run.
    """

    def __init__(self, lab, name, python=MANAGED, runner="run_module.py"):
        self.lab = lab
        self.name = name
        self.python = python
        self.path = [path for path in sys.path if path] if python == sys.executable else others_path(lab)
        self.runner = runner
        self._worker = None
        self._looker = None

    # Programs

    def run(self, argv, netns=None, **keywords):
        """Output of a program in the node."""
        return self.lab.run(self.name, argv, netns, **keywords).stdout

    def sh(self, *lines, netns=None):
        """Output of lines of a shell, which stops at the first that fails."""
        return self.run(["sh", "-e", "-c", "\n".join(lines)], netns)

    def start(self, argv, netns=None, **keywords):
        """A process in the node (Popen), which ends with the lab at the latest."""
        return subprocess.Popen(
            self.lab.enter(self.name, argv, netns), env=environment(), stdin=subprocess.DEVNULL, **keywords
        )

    def json(self, *argv, netns=None):
        return json.loads(self.run([argv[0], "-j", *argv[1:]], netns) or "[]")

    # Modules

    def environment(self):
        measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        return dict(measured, PYTHONPATH=":".join(self.path), PATH="/usr/sbin:/usr/bin:/sbin:/bin", PYTHONDONTWRITEBYTECODE="1")

    def call(self, module, check=False, breaks=None, told=False, faults=None, room=None, **arguments):
        """Result of one module. What else may be asked of the process that runs it, run_module.py says."""
        asked = {"breaks": breaks, "told": told, "faults": faults, "room": room}
        return self._call(module, dict(arguments, _ansible_check_mode=check, _ansible_diff=True), **asked)

    def _call(self, module, arguments, breaks=None, **asked):
        if self._worker is None:
            self._worker = subprocess.Popen(
                self.lab.enter(self.name, [self.python, str(HERE / self.runner)]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self.environment(),
                text=True,
            )
        asked = {"module": module, "arguments": arguments, "breaks": breaks, **asked}
        self._worker.stdin.write(json.dumps(asked) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        assert line, "the process that runs modules in %s has died" % self.name
        result = json.loads(line)
        assert "traceback" not in result, result["traceback"]
        return result

    def is_killed(self, module, position, **arguments):
        """Whether a run of the module was killed before its call number ``position`` that writes something."""
        asked = {"at": [position], "how": "kill", "writes": True}
        try:
            result = self.call(module, faults=asked, **arguments)
        except AssertionError as error:
            assert "process died" in str(error), error
            return True
        assert not result.get("failed"), result
        return False

    def close(self):
        for process in filter(None, (self._worker, self._looker)):
            process.stdin.close()
            process.stdout.close()
            process.wait()

    def done(self, module, **arguments):
        """Result of a module that must not fail."""
        result = self.call(module, **arguments)
        assert not result.get("failed"), result["msg"]
        return result

    def make(self, *calls):
        """Modules run one after the other, none of which may fail: each call is (module, arguments)."""
        return [self.done(module, **arguments) for module, arguments in calls]

    def changes(self, module, **arguments):
        """A run that changes something, after check mode has said exactly what; the next one changes nothing."""
        before = self.dump()
        said = self.call(module, check=True, **arguments)
        assert not said.get("failed"), said["msg"]
        self.is_as(before)
        result = self.done(module, **arguments)
        assert said["commands"] == result["commands"]
        assert said["diff"] == result["diff"] and result["diff"]["prepared"]
        assert result["changed"] and said["changed"], "nothing was changed"
        assert self.dump() != before, "nothing is different"
        self.unchanged(module, **arguments)
        return result

    def unchanged(self, module, **arguments):
        """A run that finds everything as it is to be, in check mode too."""
        before = self.dump()
        for check in (True, False):
            again = self.call(module, check=check, **arguments)
            assert not again.get("failed"), again["msg"]
            assert not again["changed"] and again["commands"] == [], again["commands"]
        self.is_as(before)
        return again

    def refuses(self, module, *parts, **arguments):
        """What the module says when it fails, one sentence that has ``parts`` in it; nothing is changed."""
        before = self.dump()
        said = [self.call(module, check=check, **arguments) for check in (True, False)]
        assert all(result.get("failed") for result in said), said
        assert said[0]["msg"] == said[1]["msg"]
        self.is_as(before)
        self.is_a_sentence(said[1]["msg"], *parts)
        return said[1]["msg"]

    def fails(self, module, *parts, **arguments):
        """What the module says when a real run fails, while check mode takes something as given; nothing is changed."""
        before = self.dump()
        result = self.call(module, **arguments)
        assert result.get("failed"), result
        self.is_as(before)
        self.is_a_sentence(result["msg"], *parts)
        return result["msg"]

    @staticmethod
    def is_a_sentence(text, *parts):
        for part in parts:
            assert re.search(part, text), "%r is not in %r" % (part, text)
        assert text.endswith((".", ")")) and "\n" not in text and "Traceback" not in text, text

    # Looking

    def dump(self):
        """The network of the node and of its namespaces, without what changes by itself (see look.py)."""
        if self._looker is None:
            command = self.lab.enter(self.name, [sys.executable, "-I", "-S", str(HERE / "look.py"), "--serve"])
            self._looker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), text=True)
        self._looker.stdin.write("\n")
        self._looker.stdin.flush()
        return json.loads(self._looker.stdout.readline())

    def is_as(self, before):
        """Nothing differs from an earlier ``dump``."""
        differences = self.differences(before, self.dump())
        assert not differences, "differs from before:\n" + "\n".join(differences)

    @staticmethod
    def differences(before, now):
        """What differs between two dumps, a line each."""
        return list(_differences("", before, now))

    def settle(self):
        """Wait until the kernel has cleared up behind the namespaces that went: it does so one after the other, and last
        behind one that is made here, with a pair into it to see it by."""
        self.sh("ip netns add settling", "ip link add settling type veth peer name far netns settling", "ip netns delete settling")
        while self.link("settling"):
            time.sleep(0.01)

    def link(self, name, netns=None):
        """What ip says of a link; None when there is none."""
        found = self.lab.run(self.name, ["ip", "-j", "-d", "link", "show", "dev", name], netns, check=False)
        return json.loads(found.stdout)[0] if found.returncode == 0 else None

    def addresses(self, name, netns=None):
        """Addresses of a device, link-local ones of the kernel's own left out."""
        (link,) = self.json("ip", "address", "show", "dev", name, netns=netns)
        return sorted(
            "%s/%d" % (one["local"], one["prefixlen"]) for one in link["addr_info"] if not one["local"].startswith("fe80")
        )

    def names(self):
        """Names of the node's namespaces."""
        return sorted(line.split()[0] for line in self.run(["ip", "netns"]).splitlines())

    def reaches(self, netns, address, payload=56):
        """Whether an echo request of ``payload`` octets that may not be fragmented is answered from ``netns``."""
        target = {"address": address, "payload": payload, "dont_fragment": True, "timeout": 0.4, "count": 2}
        if netns:
            target["netns"] = netns
        return self._call("probe", {"targets": [target]})["results"][0]["reached"]

    def seen_as(self, netns, address):
        """The address under which the whoami server at ``address`` sees a question from ``netns``; None for no answer."""
        target = {"address": address, "protocol": "udp", "timeout": 0.4, "count": 2}
        if netns:
            target["netns"] = netns
        return self._call("probe", {"targets": [target]})["results"][0]["source"]


def _differences(path, before, now):
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(set(before) | set(now)):
            yield from _differences("%s/%s" % (path, name), before.get(name), now.get(name))
    elif before != now:
        yield "%s: %s, now %s" % (path, before, now)


@pytest.fixture
def hosts(lab):
    """Makes Hosts, and ends the processes that they keep."""
    made = []

    def make(name, **keywords):
        made.append(Host(lab, name, **keywords))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def module_host(module_lab):
    """One bare node that the tests of a file share; each leaves it as it found it."""
    module_lab.up(["node"], underlay=False)
    host = Host(module_lab, "node")
    yield host
    host.close()


@pytest.fixture
def host(lab, hosts):
    """One bare node."""
    lab.up(["node"], underlay=False)
    return hosts("node")


@pytest.fixture
def nodes(lab, hosts):
    """Two nodes on one underlay, and the internet behind it."""
    lab.up(["node1", "node2"])
    return hosts("node1"), hosts("node2")
