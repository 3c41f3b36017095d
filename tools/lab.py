# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look into the lab of this checkout.

  tools/lab                          the nodes, and the namespaces in each
  tools/lab NODE[/NETNS]             a shell in a node, or in a named namespace (a container) of it
  tools/lab NODE[/NETNS] COMMAND...  one command there

Leave a shell with `exit`. Another lab than .lab: set LINUXNET_LAB_DIR.
"""

from __future__ import annotations

import os
import pathlib
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / ".collections"))

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, LabError, environment  # noqa: E402


def main(arguments):
    lab = Lab(os.environ.get("LINUXNET_LAB_DIR") or CHECKOUT / ".lab")
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return
    if not arguments:
        nodes = lab.nodes()
        for name in nodes:
            spaces = lab.run(name, ["ls", "/run/netns"]).stdout.split()
            print(name + ("   " + " ".join(spaces) if spaces else ""))
        if not nodes:
            print("No lab is up: make lab-up")
        return
    node, _slash, netns = arguments[0].partition("/")
    inside = environment()
    command = arguments[1:]
    if not command:
        shell = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"
        command = [shell] + (["--norc"] if shell.endswith("bash") else [])
        inside["PS1"] = "[%s] \\w # " % arguments[0] if shell.endswith("bash") else "[%s] # " % arguments[0]
    argv = lab.enter(node, command, netns or None)
    os.execve(argv[0], argv, inside)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LabError as error:
        sys.exit(str(error))
