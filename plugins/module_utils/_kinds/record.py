# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel cannot keep for us, kept in our folder under /run: a sysctl's value before us, an adopted name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .. import _steps as steps
from .._state import HOST


#: In the value of a record: a run has begun to put back what it is about.
RETURNING = "returning"


@dataclass(frozen=True)
class Record:
    """``subject`` ("sysctl", "adopted"), ``name`` of what it is about, and a ``value`` that JSON can hold."""

    subject: str
    name: str
    value: Any

    @cached_property
    def key(self):
        return ("record", HOST, self.subject, self.name)

    def parents(self):
        return []

    def without(self, gone):
        return self

    def remake(self, now) -> bool:
        return False

    def same(self, now) -> bool:
        return self.value == now.value

    def create(self, state, again=False):
        shown = self.value
        if isinstance(shown, dict):
            shown = {name: value for name, value in shown.items() if value or value == 0}
        line = "# remember: %s %s %s" % (self.subject, self.name, json.dumps(shown, sort_keys=True))
        return [steps.Step(steps.RECORD, HOST, 0, ("record", self.subject, self.name, self.value), line)]

    def change(self, now, state):
        return self.create(state)

    def remove(self, state):
        line = "# forget: %s %s" % (self.subject, self.name)
        return [steps.Step(steps.FORGET, HOST, 0, ("record", self.subject, self.name, None), line)]

    def returning(self):
        """The step with which a run begins to put back what this is about. That takes several writes: when the run is killed
        between them, the next one knows that it was us."""
        line = "# begin to put back: %s %s" % (self.subject, self.name)
        value = dict(self.value, **{RETURNING: True})
        return steps.Step(steps.RECORD, HOST, 0, ("record", self.subject, self.name, value), line)
