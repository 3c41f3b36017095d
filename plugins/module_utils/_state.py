# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state: the objects of namespaces, observed or wanted, by key.

Observed and target are the same type. Pure: no Ansible, no pyroute2, no kernel.
"""

from __future__ import annotations

#: The namespace that the module runs in. Named ones are known by their name.
HOST = ""


class State(dict):
    """{key: object}. A key is (kind, netns, ...); for what belongs to a device its third part is the device's name.

    Objects are frozen dataclasses of ``_kinds``; each knows its key. ``of`` and ``within`` answer from an index, so that a
    thousand endpoints take a thousand times as long as one.
    """

    def __init__(self, objects=()):
        super().__init__()
        self._index: dict = {}
        for item in objects:
            self.put(item)

    def put(self, item):
        """Add ``item``, or replace what has its key."""
        self[item.key] = item

    def copy(self) -> "State":
        found = State()
        found.update(self)
        found._index = {key: dict(keys) for key, keys in self._index.items()}
        return found

    def of(self, kind: str, netns: str, device: str) -> list:
        """The objects of ``kind`` that belong to ``device`` in ``netns``, in a stable order."""
        return [self[key] for key in self._index.get((kind, netns, device), ())]

    def within(self, kind: str, netns: str) -> list:
        """The objects of ``kind`` in ``netns``, in the order they came."""
        return [self[key] for key in self._index.get((kind, netns), ())]

    def link(self, netns: str, name: str):
        """The link ``name`` in ``netns``, or None."""
        return self.get(("link", netns, name))

    def every(self, kind: str) -> list:
        """All objects of ``kind``, in the order they came."""
        return [item for key, item in self.items() if key[0] == kind]

    def drop(self, key):
        """Take the object with ``key`` out, if it is there."""
        if key in self:
            del self[key]

    def __setitem__(self, key, item):
        super().__setitem__(key, item)
        self._index.setdefault(key[:2], {})[key] = None
        if len(key) > 3:
            self._index.setdefault(key[:3], {})[key] = None

    def __delitem__(self, key):
        super().__delitem__(key)
        self._index[key[:2]].pop(key, None)
        if len(key) > 3:
            self._index[key[:3]].pop(key, None)
