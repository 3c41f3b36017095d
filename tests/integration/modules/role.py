# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's own tasks, run on a Host without ansible-playbook around them: a hundred times faster, so that each call may fail.

Its YAML and its variables are the role's, templated by Ansible. Of Ansible's language there is what the roles use: blocks
with rescue, when, register, set_fact and fail; a playbook test shows that Ansible itself does the same.
"""

from __future__ import annotations

import importlib

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.linuxnet.container.tests.conftest import CHECKOUT

_MODULE = "linuxnet.container."


class Failed(Exception):
    """A task failed: the role is at its end."""


class Role:
    """``name``; ``variables``: those of the host, beside the role's defaults."""

    def __init__(self, host, name, **variables):
        self.host = host
        self.loader = DataLoader()
        folder = CHECKOUT / "roles" / name
        self.variables = {"inventory_hostname": host.name, "groups": {}, "hostvars": {}, "ansible_check_mode": False}
        for part in "defaults", "vars":
            self.variables.update(self._load(folder / part / "main.yml"))
        self.variables.update(variables)
        self.tasks = self._load(folder / "tasks" / "main.yml")
        self.faults = None

    def _load(self, path):
        return self.loader.load_from_file(str(path), trusted_as_template=True) if path.exists() else {}

    def run(self, faults=None):
        """Run the role; Failed when it fails. ``faults``: {number of a module's run, from 0: what happens in it (faults.py)}.

        Returns [what each of the modules' runs came to]."""
        self.faults = faults or {}
        self.results = []
        self._tasks(self.tasks)
        return self.results

    def _templar(self):
        templar = Templar(loader=self.loader, variables=self.variables)
        # By name, for Ansible would import the collection a second time to find them.
        for path in (CHECKOUT / "plugins" / "filter").glob("*.py"):
            found = importlib.import_module("ansible_collections.linuxnet.container.plugins.filter." + path.stem).FilterModule().filters()
            templar._engine.environment.filters.update({_MODULE + name: function for name, function in found.items()})
        return templar

    def _tasks(self, tasks):
        for task in tasks:
            conditions = task.get("when", [])
            for condition in conditions if isinstance(conditions, list) else [conditions]:
                if not self._templar().evaluate_conditional(condition):
                    break
            else:
                self._task(task)

    def _task(self, task):
        if "block" in task:
            try:
                self._tasks(task["block"])
            except Failed as failed:
                self.variables["ansible_failed_task"], self.variables["ansible_failed_result"] = failed.args
                self._tasks(task["rescue"])
            return
        (action,) = [word for word in task if "." in word]
        arguments = self._templar().template(task[action])
        if action == "ansible.builtin.fail":
            raise Failed(task, {"msg": arguments["msg"]})
        if action == "ansible.builtin.set_fact":
            self.variables.update(arguments)
            return
        result = self._module(task, action.removeprefix(_MODULE), arguments)
        if "register" in task:
            self.variables[task["register"]] = result
        if result.get("failed"):
            raise Failed(task, result)

    def _module(self, task, module, arguments):
        faults = self.faults.get(len(self.results))
        try:
            result = self.host.call(module, faults=faults, **arguments)
        except AssertionError as error:
            if "process died" not in str(error):
                raise
            result = {"failed": True, "msg": "MODULE FAILURE", "faults": {"hit": "kill"}}
        self.results.append(result)
        return result
