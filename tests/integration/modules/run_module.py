# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules in a node the way Ansible's wrapper does, each in a process forked off one that has imported everything.

Standard input: a JSON object a line, {"module": name, "arguments": {...}} and what else is asked; standard output: what the
module's own ``exit_json`` or ``fail_json`` printed, as one line each. A traceback is {"traceback": ...}. ``breaks`` makes
one step of the run fail, see ``_break``, and ``faults`` one call to the kernel, see faults.py; with ``told`` the result says
which sorts of steps were applied, see ``_tell``; ``room`` is what the process may take beyond what it has, see ``_confine``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import importlib
import io
import json
import os
import resource
import signal
import struct
import sys
import traceback

from ansible.module_utils import basic

import faults

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # a small stand-in of ansible, for the tests of other Pythons

    @contextlib.contextmanager
    def patch_module_args(arguments):
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        yield


PLUGINS = "ansible_collections.linuxnet.container.plugins."
MODULES = ("bridge", "checkpoint", "nat_masquerade", "netns", "network", "network_info", "probe", "publish", "veth", "vxlan", "vxlan_fdb")


def run(name: str, arguments: dict) -> dict:
    printed = io.StringIO()
    try:
        module = importlib.import_module(PLUGINS + "modules." + name)
        with patch_module_args(arguments), contextlib.redirect_stdout(printed):
            module.main()
    except SystemExit:
        return json.loads(printed.getvalue())
    except BaseException:  # what a user would see as a traceback
        return {"traceback": traceback.format_exc()}
    return {"traceback": "the module ended without a result: %s" % printed.getvalue()}


def _break(positions: list, how: str, number: int = errno.ENOSPC) -> None:
    """Make a step fail: that of the first position (from 0) in the first plan that is applied, and so on.

    ``how``: "stop" fails before the kernel is asked, so that nothing behind the step is done; "refuse" sends in its
    place a message that the kernel refuses, so that what is in the same send behind it is carried out all the same;
    "bug" raises what no one has thought of; "die" ends the process there and then; "hang" goes no further. Others let
    something happen between reading and applying, to what ``positions`` say: see ``_MEANWHILE``.
    """
    from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply as applying
    from ansible_collections.linuxnet.container.plugins.module_utils._kernel.netlink import Message

    if how in _MEANWHILE:
        _meanwhile(applying, _MEANWHILE[how], *positions)
        return
    left = list(positions)
    whole = applying._Applying.__init__

    def init(self, steps):
        position = left.pop(0) if left else len(steps)
        if position < len(steps):
            verb = "refused" if how == "refuse" and applying._FAMILY.get(steps[position].do[0]) else "broken"
            steps = list(steps)
            steps[position] = dataclasses.replace(steps[position], do=(verb, ""))
        whole(self, steps)

    def broken(self, steps):
        if how == "die":
            os._exit(1)
        if how == "hang":
            signal.pause()
        if how == "bug":
            raise ZeroDivisionError("nobody thought of this")
        raise applying.Failure(steps[0], number, "No more today")

    def refused(self, nothing):
        text = b"no-such-device\0\0"
        return Message(19, 0, struct.pack("=BxHiII", 0, 0, 0, 0, 0) + struct.pack("=HH", 4 + 15, 3) + text)

    applying._Applying.__init__ = init
    applying._Applying._broken = broken
    applying._FAMILY["refused"] = "netlink"
    applying.Speaker.refused = refused


def _tell() -> list:
    """A list that fills with what is applied: (verb, what of it) for each step, ("class", name) for what it came from."""
    from ansible_collections.linuxnet.container.plugins.module_utils import _kinds
    from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply as applying
    from ansible_collections.linuxnet.container.plugins.module_utils._kinds.all import KINDS
    from ansible_collections.linuxnet.container.plugins.module_utils._kinds.options import rows

    told: list = []
    made: dict = {}  # id of a step's ``do`` -> the class that made it
    known = _kinds.link.LINK_KINDS

    def watched(kind, method):
        def call(self, *arguments, **keywords):
            found = method(self, *arguments, **keywords)
            made.update((id(step.do), (kind.__name__, step.do)) for step in found)
            return found

        return call

    for kind in KINDS:
        for name in ("create", "change", "remove"):
            setattr(kind, name, watched(kind, getattr(kind, name)))

    def options(kind, values):
        return ["%s.%s" % (kind, option.attribute) for option, _value in rows(known[kind].options, values)]

    def parts(verb, first, *rest):
        if verb == "link_add":
            return [first.kind] + options(first.kind, first.options)
        if verb == "link_set":
            return list(rest[0])
        if verb == "link_options":
            return options(*rest)
        if verb == "port_options":
            return list(rest[0])
        if verb == "nft":
            return [type(first).__name__]
        return [""]

    whole = applying._Applying.__init__

    def init(self, steps):
        for step in steps:
            told.extend((step.do[0], part) for part in parts(*step.do))
            if id(step.do) in made:
                told.append(("class", made[id(step.do)][0]))
        whole(self, steps)

    applying._Applying.__init__ = init
    return told


def _ends(pid):
    """Process ``pid`` ends."""
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            os.close(os.open("/proc/%d/ns/net" % pid, os.O_RDONLY))
        except (FileNotFoundError, ProcessLookupError):
            return


def _becomes(pid, other):
    """The number of process ``pid`` is given to another one: what is asked of it, ``other`` answers."""
    from ansible_collections.linuxnet.container.plugins.module_utils._kernel import spaces

    known, stat, found = spaces.open_process, spaces._identity, spaces.processes
    spaces.open_process = lambda number: known(other if number == pid else number)
    spaces._identity = lambda number: stat(other if number == pid else number)
    spaces.processes = lambda inodes: {name: [one for one in listed if one[0] != pid] for name, listed in found(inodes).items()}


def _leads(path, elsewhere):
    """The symbolic link ``path`` leads ``elsewhere``."""
    os.symlink(elsewhere, path + ".new")
    os.replace(path + ".new", path)


_MEANWHILE = {"ends": _ends, "becomes": _becomes, "leads": _leads}


def _meanwhile(applying, event, *words):
    whole = applying._Applying.__init__

    def init(self, steps):
        event(*words)
        whole(self, steps)

    applying._Applying.__init__ = init


def _confine(files: int | None = None, memory: int | None = None) -> None:
    """Let this process have so many more files open, take so many more bytes of memory, and no more."""
    if files is not None:
        limit = max(map(int, os.listdir("/proc/self/fd"))) + files
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if memory is not None:
        with open("/proc/self/statm", encoding="ascii") as pages:
            limit = int(pages.read().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def serve() -> None:
    for name in MODULES:
        importlib.import_module(PLUGINS + "modules." + name)
    importlib.import_module(PLUGINS + "module_utils._kernel.firewall")
    importlib.import_module(PLUGINS + "module_utils._kernel.apply").require_pyroute2()
    importlib.import_module("pyroute2.netlink.nfnetlink.nftsocket")
    for line in sys.stdin:
        asked = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                if asked.get("breaks"):
                    _break(**asked["breaks"])
                told = _tell() if asked.get("told") else None
                armed = faults.arm(**asked["faults"]) if asked.get("faults") else None
                _confine(**asked.get("room") or {})
                result = run(asked["module"], asked["arguments"])
                if told is not None:
                    result["told"] = sorted(set(told))
                if armed is not None:
                    result["faults"] = armed.report()
                answer = json.dumps(result)
                with os.fdopen(writer, "w") as out:
                    out.write(answer)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answers:
            text = answers.read()
        os.waitpid(child, 0)
        print(text or json.dumps({"traceback": "the module's process died"}), flush=True)


def use_plain_profile() -> None:
    """What the wrapper tells a module of how to write its result."""
    if hasattr(basic, "_ANSIBLE_PROFILE"):
        basic._ANSIBLE_PROFILE = "legacy"


if __name__ == "__main__":
    use_plain_profile()
    serve()
