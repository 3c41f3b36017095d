# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces of somebody else's that are to get a name: what a task says of one, and what was found. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Union

#: Those that can be asked for a container, and how they are called in a sentence.
ENGINES = {"docker": "Docker", "podman": "Podman"}


@dataclass(frozen=True)
class Sought:
    """The namespace that process, file or container ``what`` is in, is, or has.

    ``option``: "pid", "path" or "container"; ``engine``: for a container one of ENGINES, or "auto" for whichever knows it;
    ``wait``: seconds until it has to be there.
    """

    option: str
    what: Union[int, str]
    engine: str = ""
    wait: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Found:
    """What a search came to.

    ``inode`` of the namespace, and the ``source`` that leads to it, a process id or a path; ``engine``: who knew of it.
    With a ``problem``, a sentence, there is none; ``gone``: because there is no such thing, or not any more, as far as those
    can tell who were asked; ``silent``: the engines that could not be.
    """

    inode: Optional[int] = None
    source: Optional[Union[int, str]] = None
    engine: str = ""
    problem: str = ""
    gone: bool = False
    silent: tuple = ()
