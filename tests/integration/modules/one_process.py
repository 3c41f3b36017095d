# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules in a node as run_module.py does, but all of them in this one process, which says what it has open.

An answer has the result, and ``held``: what this process holds when the run is over. It may have 1024 files open, as
after a login, and more if it asks for them.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys

import run_module


def held() -> dict:
    """What a run could leave behind in this process."""
    gc.collect()
    opened = {}
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            opened[descriptor] = os.readlink("/proc/self/fd/" + descriptor)
        except FileNotFoundError:
            continue  # that of the listing itself
    with open("/proc/self/task/%d/children" % os.getpid(), encoding="ascii") as children:
        started = children.read().split()
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        mounted = sorted(mounts.read().splitlines())
    return {
        "descriptors": opened,
        "threads": len(os.listdir("/proc/self/task")),
        "children": started,
        "mounts": mounted,
        "namespace": os.readlink("/proc/self/ns/net"),
        "objects": _objects(),
    }


def _objects() -> int:
    """The engine's own objects, those that its modules keep for themselves left out."""
    return sum(type(one).__module__.startswith(run_module.PLUGINS) and not isinstance(one, type) for one in gc.get_objects())


def serve() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for name in run_module.MODULES:
        importlib.import_module(run_module.PLUGINS + "modules." + name)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = run_module.run(asked["module"], asked["arguments"]) if asked["module"] else {}
        print(json.dumps(dict(answer, held=held())), flush=True)


if __name__ == "__main__":
    run_module.use_plain_profile()
    serve()
