# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs programs in a lab node and times them there, so that entering the node is in nobody's figures.

Standard input: JSON, [[phase, [{"run": [program, argument, ...], "input": text, "environ": {...}}, ...]], ...]. Prints the
seconds of each phase as JSON. Run with -I -S: nothing is imported that takes long.
"""

import json
import os
import subprocess
import sys
import time


def main():
    found = {}
    for phase, commands in json.load(sys.stdin):
        started = time.monotonic()
        for command in commands:
            environ = dict(os.environ, **command.get("environ", {}))
            given = {"input": command["input"]} if "input" in command else {"stdin": subprocess.DEVNULL}
            done = subprocess.run(command["run"], env=environ, capture_output=True, text=True, check=False, **given)
            if done.returncode:
                sys.exit("%s: %s%s" % (" ".join(command["run"]), done.stdout, done.stderr))
        found[phase] = time.monotonic() - started
    json.dump(found, sys.stdout)


main()
