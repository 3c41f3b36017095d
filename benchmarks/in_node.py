# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules in a lab node and times them there.

Standard input: JSON, [[phase, [[module, arguments], ...]], ...]. Prints JSON: the seconds of each phase, and of it the parts
"phase: ..."; "imports", which are done first; and "memory", MiB at the most.
"""

from __future__ import annotations

import time

STARTED = time.monotonic()

import contextlib  # noqa: E402
import importlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402

from ansible.module_utils import basic  # noqa: E402
from ansible.module_utils.testing import patch_module_args  # noqa: E402

COLLECTION = "ansible_collections.linuxnet.container.plugins."
#: Parts of a run that are given apart: {in the figures: [(module, function)]}.
PARTS = {
    "engine": [("_door", "run")],
    "reading": [("_engine", "read")],
    "kernel": [("_kernel.apply", "apply")],
    "checking options": [("_door", "Module")],
}


class Clock:
    """Seconds spent in functions of the collection, what they call of each other counted where it is spent."""

    def __init__(self):
        self.spent: dict = {}
        self.inside: list = []
        for part, functions in PARTS.items():
            for module, function in functions:
                self.watch(importlib.import_module(COLLECTION + "module_utils." + module), function, part)

    def watch(self, module, name, part):
        function = getattr(module, name)

        def timed(*args, **keywords):
            started = time.monotonic()
            self.inside.append(0.0)
            try:
                return function(*args, **keywords)
            finally:
                took = time.monotonic() - started
                self.spent[part] = self.spent.get(part, 0.0) + took - self.inside.pop()
                if self.inside:
                    self.inside[-1] += took

        setattr(module, name, timed)


def run(name, arguments):
    module = importlib.import_module(COLLECTION + "modules." + name)
    printed = io.StringIO()
    with patch_module_args(arguments), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main()
    result = json.loads(printed.getvalue())
    if result.get("failed"):
        sys.exit(result["msg"])
    return result


def main():
    basic._ANSIBLE_PROFILE = "legacy"
    phases = json.load(sys.stdin)
    for _phase, calls in phases:
        for name, _arguments in calls:
            importlib.import_module(COLLECTION + "modules." + name)
    importlib.import_module("pyroute2.netlink.rtnl.ifinfmsg")
    found = {"imports": time.monotonic() - STARTED}
    clock = Clock()
    for phase, calls in phases:
        clock.spent.clear()
        started = time.monotonic()
        results = [run(name, arguments) for name, arguments in calls]
        found[phase] = time.monotonic() - started
        found.update(("%s: %s" % (phase, part), seconds) for part, seconds in clock.spent.items())
        if any(result["changed"] for result in results) != (phase != "no-op"):
            sys.exit("%s: changed is %s" % (phase, [result["changed"] for result in results]))
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
