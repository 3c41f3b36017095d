# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is taken to what is not: one thing wrong at a time, at every option, at every level, at every place of a list."""

from __future__ import annotations

import copy
import re
from typing import NamedTuple

#: Options that nobody knows.
UNKNOWN = ["nmae", "Name", "name ", "{{ name }}", "\u200bname", "x" * 300]


class Case(NamedTuple):
    """``given`` is wrong at ``path`` ("veths[1].peer.mac"); ``value``: what stands there."""

    path: str
    value: object
    given: object


def spoilt(given, kinds, wrong, many="", sets=()):
    """Every Case that follows from ``given``, whose options are of ``kinds``. ``wrong(kind)``: what a kind does not take."""
    for path, place, value in places(given, kinds, many):
        kind = kind_of(path, kinds, many)
        for word in wrong(kind) if kind else ():
            yield Case(path, word, with_word(given, place, word))
        names = kinds.get(_plain(path + "{", many))
        if names:
            # A dictionary of the user's own words, whose values are all of one kind.
            for word in (one for one in wrong(names) if isinstance(one, str)):
                yield Case(path, word, with_word(given, place, {**value, word: 1}))
            for word in wrong(kinds[_plain(path + "{}", many)]):
                yield Case(path, word, with_word(given, place, {**value, next(iter(value)): word}))
        elif isinstance(value, dict):
            for name in UNKNOWN:
                yield Case(_join(path, name), "unknown", with_word(given, (*place, name), 1))
        if isinstance(value, list) and value and _plain(path + "[]", many) not in sets:
            yield Case(path + "[%d]" % len(value), "twice", with_word(given, place, [*value, copy.deepcopy(value[0])]))
        if isinstance(value, list) and value:
            # In the middle of a list as well as at its end.
            inner = kind_of(path + "[0]", kinds, many)
            for word in [None, *wrong(inner)[::5]] if inner else ():
                yield Case(path + "[1]", word, with_word(given, place, [*value[:1], word, *value[1:]]))


def kind_of(path, kinds, many=""):
    """The kind of what the option at ``path`` takes, or None."""
    plain = _plain(path, many)
    if many and plain in (many, many + "[]"):
        return "list" if plain == many else "dict"
    return kinds.get(path if path in kinds else plain, kinds.get(re.sub(r"\[\d+\]", "[]", path)))


def _plain(path, many):
    plain = re.sub(r"\[\d+\]", "[]", path)
    return plain[len(many) + 3 :] if many and plain.startswith(many + "[].") else plain


def places(given, kinds, many="", path="", place=()):
    """(path, the steps that lead there, what stands there) of every option and sub-option of ``given``, and of it all."""
    value = given
    yield path, place, value
    if isinstance(value, dict) and _plain(path + "{", many) not in kinds:
        for name, one in value.items():
            yield from places(one, kinds, many, _join(path, name), (*place, name))
    if isinstance(value, list):
        for position, one in enumerate(value):
            yield from places(one, kinds, many, "%s[%d]" % (path, position), (*place, position))


def _join(path, name):
    return "%s.%s" % (path, name) if path else name


def with_word(given, place, word):
    """``given`` with ``word`` at ``place``."""
    changed = copy.deepcopy(given)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = word
    return changed


#: What no sentence for a user may hold: control characters, what turns the direction of text, what is not seen, no characters at all.
UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def complaint(text, own=True):
    """What is wrong with the sentence ``text`` for a user, or None. ``own``: ours, not Ansible's, which repeats what it was given."""
    if "Traceback" in text or "object at 0x" in text:
        return "it is a traceback"
    if own and UNSHOWN.search(text):
        return "it holds what cannot be shown"
    if own and len(text) > 600:
        return "it is endless"
    if own and not text.endswith((".", ")")):
        return "it is no sentence"
    return None
