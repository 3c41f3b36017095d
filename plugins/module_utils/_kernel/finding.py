# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the namespaces that are to be adopted, and waiting for those that are yet to come."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from .._sought import ENGINES, Found
from .._values import plain
from . import engines, spaces

#: Seconds between two looks: short at first, for what is about to be there.
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


def find(sought) -> dict:
    """{Sought: Found} of all that are ``sought``.

    One that is not there, or has no network namespace of its own yet, is looked for again until its ``wait`` is over.
    """
    found: dict = {}
    began, pause, left = time.monotonic(), _PAUSE, list(sought)
    while left:
        for one in left:
            found[one] = _look(one)
        waited = time.monotonic() - began
        left = [one for one in left if isinstance(found[one], _NotYet) and waited < one.wait]
        if left:
            time.sleep(min(pause, max(one.wait for one in left) - waited))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
    return {one: _told(one, answer) for one, answer in found.items()}


class _NotYet(Found):
    """What may be otherwise in a moment."""


def _told(one, answer):
    if isinstance(answer, _NotYet) and one.wait:
        return replace(answer, problem="%s; waited %d s for it." % (answer.problem.rstrip("."), one.wait))
    return answer


def _look(one):
    if one.option == "pid":
        return _process(one.what)
    if one.option == "path":
        return _file(one.what)
    return _container(one)


def _process(pid):
    try:
        descriptor = spaces.open_process(pid)
    except PermissionError:
        return Found(problem="process %d may not be looked into: it is in another user namespace." % pid)
    if descriptor is None:
        return _NotYet(problem="there is no process %d (it has ended, or never was)." % pid, gone=True)
    if spaces.is_of_the_kernel(pid):
        os.close(descriptor)
        return Found(problem="process %d is a thread of the kernel's own: it has no namespace to adopt." % pid)
    return _own(descriptor, pid, "process %d is in the host's own network namespace: it has none to adopt." % pid)


def _file(path):
    shown = plain(path)
    try:
        descriptor = spaces.open_file(path)
    except spaces.NoNamespace as error:
        return _NotYet(problem="'%s' %s: give the path of a network namespace, like /proc/PID/ns/net." % (shown, error.strerror))
    except OSError as error:
        return _NotYet(problem="'%s' cannot be looked at: %s." % (shown, error.strerror or error))
    if descriptor is None:
        return _NotYet(problem="there is no file '%s'." % shown, gone=True)
    return _own(descriptor, path, "'%s' is the host's own network namespace, which is not to be adopted." % shown)


def _own(descriptor, source, otherwise):
    """Found, or not yet when the namespace of ``descriptor``, which is closed, is the one that we are in."""
    home = spaces.own()
    try:
        number = spaces.inode(descriptor)
        return Found(number, source) if number != spaces.inode(home) else _NotYet(problem=otherwise)
    finally:
        os.close(descriptor)
        os.close(home)


# Containers


def _container(one):
    known: dict = {}
    silent: dict = {}
    for engine in ENGINES if one.engine == "auto" else [one.engine]:
        try:
            answer = engines.locate(engine, one.what)
        except engines.Silent as error:
            silent[engine] = str(error)
        except engines.Unclear as error:
            return Found(problem="%s." % error)
        else:
            # Podman may answer in Docker's place too: then both speak of the same.
            if answer and all(answer.identity != other.identity for other in known.values()):
                known[engine] = answer
    if len(known) > 1:
        return Found(problem="%s both have a container '%s': say which is meant, with engine." % (" and ".join(ENGINES[engine] for engine in known), one.what))
    for engine, answer in known.items():
        return _running(one.what, engine, answer)
    return _unknown(one, silent)


def _unknown(one, silent):
    asked = [ENGINES[engine] for engine in ENGINES if one.engine in ("auto", engine) and engine not in silent]
    excuses = ", and ".join(silent.values())
    if not asked:
        return _NotYet(problem="nobody can be asked for container '%s': %s." % (one.what, excuses), silent=tuple(silent))
    who = "neither %s nor %s knows a" % tuple(asked) if len(asked) == 2 else "%s knows no" % asked[0]
    said = "%s container '%s'%s." % (who, one.what, excuses and " (%s)" % excuses)
    return _NotYet(problem=said, gone=True, silent=tuple(silent))


def _running(name, engine, container):
    said = "container '%s' of %s" % (name, ENGINES[engine])
    found = _process(container.pid) if container.pid is not None else None
    if found is None or found.gone:
        return _NotYet(problem="%s does not run (%s): start it first." % (said, "ended" if found else plain(container.state)), gone=True)
    if not container.has(container.pid):
        return _NotYet(problem="process %d, which %s has as that of container '%s', is another's." % (container.pid, ENGINES[engine], name))
    if isinstance(found, _NotYet):
        return Found(problem="%s shares the host's network: it has no namespace of its own to adopt." % said)
    return replace(found, engine=engine)
