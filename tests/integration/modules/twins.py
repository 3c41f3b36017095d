# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes that are the same but for numbers: on one the modules run, in the other somebody types what they printed."""

from __future__ import annotations

import copy
import json
import re

_ATTACH = re.compile(r"ip netns attach (\S+) (\d+)\Z")
_KILL = re.compile(r"kill -TERM ([\d ]+)\Z")


class Twins:
    """``made``, ``typed``: Hosts. ``lines``: what the modules printed and nobody has typed yet; ``seen``: what was applied
    and typed so far, as ``run_module`` tells it."""

    def __init__(self, made, typed):
        self.made = made
        self.typed = typed
        self.lines = []
        self.seen = set()
        self.clean = True
        self._processes = []  # (that of the one, that of the other)

    @property
    def both(self):
        return self.made, self.typed

    def sh(self, *lines):
        """Lines of somebody else's, in both nodes."""
        if lines:
            print("by hand:", *lines, sep="\n    ", flush=True)
            for host in self.both:
                host.sh(*lines)

    # Processes

    def start(self, *argv, netns=None):
        """The same process in both nodes; returns its number, from 0."""
        self._processes.append(tuple(host.start(list(argv), netns) for host in self.both))
        return len(self._processes) - 1

    def start_with_namespaces(self, count):
        """Processes that have network namespaces of their own."""
        for _number in range(count):
            self.start("unshare", "--net", "sleep", "10000")
        for pair in self._processes:
            for process in pair:
                _wait_for(process.pid)

    def end_processes(self):
        for pair in self._processes:
            for process in pair:
                process.kill()
                process.wait()
        self._processes = []

    def for_made(self, arguments):
        """``arguments`` with process ids in the place of the numbers of processes."""
        arguments = copy.deepcopy(arguments)
        for one in arguments.get("namespaces") or ():
            if one.get("pid") is not None:
                one["pid"] = self._processes[one["pid"]][0].pid
        return arguments

    def for_typed(self, line):
        """``line`` with the process ids of the other node."""
        there = {str(made.pid): str(typed.pid) for made, typed in self._processes}
        for form, group in ((_ATTACH, 2), (_KILL, 1)):
            found = form.match(line)
            if found:
                start, end = found.span(group)
                return line[:start] + " ".join(there[pid] for pid in found.group(group).split()) + line[end:]
        return line

    # Modules

    def check(self, calls):
        """What check mode says of ``calls``, none of which may fail: a list of lines for each."""
        found = []
        for module, arguments in calls:
            said = self.made.call(module, check=True, **self.for_made(arguments))
            assert not said.get("failed"), (module, said["msg"])
            found.append(said["commands"])
        return found

    def run(self, calls):
        """Carry out ``calls``, each of which does what check mode says just before; returns the lines of each."""
        found = []
        for module, arguments in calls:
            arguments = self.for_made(arguments)
            said = self.made.call(module, check=True, **arguments)
            assert not said.get("failed"), (module, said["msg"])
            result = self.made.call(module, told=True, **arguments)
            print(module, json.dumps(arguments), *result.get("commands", ()), sep="\n    ", flush=True)
            assert not result.get("failed"), (module, result["msg"])
            assert (said["commands"], said["diff"]) == (result["commands"], result["diff"]), module
            assert said["changed"] == result["changed"] == bool(result["commands"])
            self.lines += result["commands"]
            if any("ip netns delete" in line for line in result["commands"]):
                self.made.settle()
            self.seen |= {tuple(one) for one in result["told"]}
            found.append(result["commands"])
        return found

    def nothing_left(self, calls):
        """``calls`` change nothing, in check mode and in earnest."""
        for module, arguments in calls:
            arguments = self.for_made(arguments)
            for check in (True, False):
                again = self.made.call(module, check=check, **arguments)
                assert not again.get("failed"), (module, again["msg"])
                assert again["commands"] == [] and not again["changed"], (module, again["commands"])

    def refuses(self, module, arguments, sentence):
        """Nothing is done, in check mode or in earnest, and a sentence says why."""
        arguments = self.for_made(arguments)
        for check in (True, False):
            result = self.made.call(module, check=check, **arguments)
            assert result.get("failed"), (module, result["commands"])
            self.made.is_a_sentence(result["msg"], sentence)

    def same(self):
        """Type what has not been typed yet; both kernels are then the same. Returns their dump."""
        lines, self.lines = [self.for_typed(line) for line in self.lines], []
        self.typed.sh(*lines)
        made, typed = _of_the_kernel(self.made.dump()), _of_the_kernel(self.typed.dump())
        differences = list(self.made.differences(made, typed))
        assert not differences, "typed, it is otherwise (what was made: what typing made):\n" + "\n".join(differences)
        return made


    def is_as(self, before, by=""):
        """Both kernels are as an earlier ``same`` said."""
        differences = list(self.made.differences(before, self.same()))
        assert not differences, "not as before %s:\n%s" % (by, "\n".join(differences))


def _of_the_kernel(dump):
    """What we note for ourselves is no part of the network, and a comment in the lines."""
    dump[""].pop("ours")
    return dump


def _wait_for(pid):
    """Until the process is what it was started to be."""
    import time

    for _round in range(500):
        with open("/proc/%d/comm" % pid, encoding="ascii") as file:
            if file.read() == "sleep\n":
                return
        time.sleep(0.01)
    raise AssertionError("process %d did not start" % pid)
