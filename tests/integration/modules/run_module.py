# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules the way Ansible's wrapper does, several in one process: no controller, no start of Python for each.

Standard input: a JSON list of [module, arguments]; standard output: the JSON list of results. Each result is what the
module's own ``exit_json`` or ``fail_json`` printed; a traceback is {"traceback": ...}.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import traceback

from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args

MODULES = "ansible_collections.linuxnet.container.plugins.modules."


def run(name: str, arguments: dict) -> dict:
    printed = io.StringIO()
    module = importlib.import_module(MODULES + name)
    try:
        with patch_module_args(arguments), contextlib.redirect_stdout(printed):
            module.main()
    except SystemExit:
        return json.loads(printed.getvalue())
    except BaseException:  # what a user would see as a traceback
        return {"traceback": traceback.format_exc()}
    return {"traceback": "the module ended without a result: %s" % printed.getvalue()}


if __name__ == "__main__":
    basic._ANSIBLE_PROFILE = "legacy"
    json.dump([run(name, arguments) for name, arguments in json.load(sys.stdin)], sys.stdout)
