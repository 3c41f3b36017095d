# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules in a lab node and times them; see endpoints.py. Imports are done first and timed apart."""

from __future__ import annotations

import time

STARTED = time.monotonic()

import contextlib  # noqa: E402
import importlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402

from ansible.module_utils import basic  # noqa: E402
from ansible.module_utils.testing import patch_module_args  # noqa: E402

COLLECTION = "ansible_collections.linuxnet.container.plugins."


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
    for _what, calls in phases:
        for name, _arguments in calls:
            importlib.import_module(COLLECTION + "modules." + name)
    importlib.import_module(COLLECTION + "module_utils._kernel.apply").require_pyroute2()
    found = {"imports": time.monotonic() - STARTED}
    for what, calls in phases:
        started = time.monotonic()
        results = [run(name, arguments) for name, arguments in calls]
        found[what] = time.monotonic() - started
        if any(result["changed"] for result in results) != (what != "no-op"):
            sys.exit("%s: changed is %s" % (what, [result["changed"] for result in results]))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
