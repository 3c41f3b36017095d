# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other owners' programs, which are the only way to what is theirs. No shell, nothing on standard input, and an end to waiting."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_PATIENCE = 60  # seconds


def run(command, package: str) -> str:
    """What ``command`` (a list) prints. Raises OSError with what it complains of; ``package``: what to install when it is missing."""
    found = shutil.which(command[0], path=_PATH)
    if found is None:
        raise OSError(errno.ENOENT, "there is no program %s: install %s" % (command[0], package))
    environment = {"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
    try:
        done = subprocess.run(
            [found, *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=_PATIENCE,
            text=True, errors="replace", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise OSError(errno.ETIMEDOUT, "%s gave no answer in %d seconds" % (command[0], _PATIENCE)) from None
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()] or ["it failed with status %d" % done.returncode]
        raise OSError(0, said[0].strip().rstrip("."))
    return done.stdout
