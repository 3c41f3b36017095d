# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``checkpoint``: the state of networks of ours, kept aside, so that several tasks are all or nothing."""

from __future__ import annotations

from .. import _engine, _store, _values
from .._kernel.apply import require_pyroute2
from .._going_back import GoingBack
from .._kernel import run_folder, spaces
from .._kernel.read import read
from .._plan import plan
from .._problem import Problem
from .._reach import Reach

ARGUMENTS = {
    "name": {"type": "str"},
    "networks": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "choices": ["taken", "restored", "dropped"], "default": "taken"},
    "lock_timeout": {"type": "int", "default": _engine.LOCK_TIMEOUT},
}


class Wish:
    """What a task wants of a checkpoint."""

    def __init__(self, params):
        self.state = params["state"]
        self.networks = [_values.network_name(one, "networks") for one in params["networks"]]
        if self.state == "taken" and not self.networks:
            raise Problem("networks", "say which networks' objects the checkpoint is to keep.")
        self.name = params["name"]
        if self.name is not None:
            _values.network_name(self.name, "name")
        elif self.state == "restored" or not self.networks:
            raise Problem("name", "say which checkpoint is to be %s." % self.state)

    def result(self, outcome) -> dict:
        return {"name": self.name}

    def run(self, check: bool, lock_timeout: float) -> _engine.Outcome:
        """Take, restore or drop. Only restoring changes anything; a checkpoint that is gone cannot be restored."""
        _engine.require_privileges()
        if self.state == "taken" and self.name is None:
            self.name = run_folder.checkpoint_name()
        if check and self.state != "restored":
            return _engine.Outcome()
        with run_folder.lock(lock_timeout):
            if self.state == "taken":
                return self._take()
            if self.state == "dropped":
                self._drop()
                return _engine.Outcome()
            return self._restore(check)

    def _drop(self):
        if self.name is not None:
            run_folder.drop_checkpoint(self.name)
        if self.networks:
            for name in run_folder.checkpoints():
                if set(run_folder.load_checkpoint(name)["networks"]) <= set(self.networks):
                    run_folder.drop_checkpoint(name)

    def _take(self):
        observed = read(_reach(self.networks))
        run_folder.store_checkpoint(self.name, {"networks": self.networks, "objects": _store.dump(observed.state)})
        return _engine.Outcome(state=observed.state)

    def _restore(self, check):
        kept = run_folder.load_checkpoint(self.name)
        if kept is None and check:
            # A dry run takes none, and changes nothing that would have to be put back.
            return _engine.Outcome()
        if kept is None:
            raise Problem("name", "there is no checkpoint '%s': it was never taken, or has been dropped." % self.name)
        before = _store.load(kept["objects"])
        reach = _reach(kept["networks"])
        reach.spaces = GoingBack.others_spaces(before, kept["networks"])
        observed = read(reach)
        going_back = GoingBack(before, observed.state, kept["networks"])
        target = going_back.target(spaces.processes(going_back.lost_inodes()))
        steps = plan(observed.state, target)
        if steps:
            require_pyroute2()
        if steps and not check:
            _engine.restore(steps, reach, observed.state, target)
        return _engine.Outcome(steps, target, warnings=going_back.warnings)


def _reach(networks) -> Reach:
    """All that carries the marks of ``networks``, and what they share."""
    marks = set(networks)
    return Reach(
        networks=marks,
        everywhere=True,
        marked_spaces=marks,
        fdb_of_marked=True,
        firewall=True,
        others_firewall=True,
        records=True,
        forwarding=True,
        peers=True,
        sysctls={("", "net.ipv4.ip_forward"), ("", "net.ipv6.conf.all.forwarding")},
    )
