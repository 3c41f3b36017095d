# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every door has in common: shared options, one-or-many, and the way in and out of the engine."""

from __future__ import annotations

import functools

from . import _values
from ._engine import LOCK_TIMEOUT, look, run
from ._module import Module
from ._problem import Problem, refused

#: A day: who waits longer than that waits for nothing.
LOCK_TIMEOUT_MAX = 86400

#: Options of every module that changes something.
LOCK = {"lock_timeout": {"type": "int", "default": LOCK_TIMEOUT}}

COMMON = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **LOCK,
}

#: Options of modules whose objects carry networks' marks.
PURGE = {"purge_networks": {"type": "list", "elements": "str", "default": []}}


def one_or_many(many: str, single: dict) -> dict:
    """Argument specs for one object by top-level options (``single``; its ``name`` needed) or a list ``many`` of them."""
    element = dict(single, name=dict(single["name"], required=True))
    return {**single, many: {"type": "list", "elements": "dict", "options": element}}


def items(params: dict, many: str, single: dict) -> list:
    """[(prefix for errors, options)] of the objects a task speaks of."""
    listed = params[many] or []
    if params["name"] is not None and listed:
        raise Problem("name", "name and %s exclude each other: put the object into the list." % many)
    if params["name"] is None:
        for option in single:
            if params[option] not in (None, single[option].get("default")):
                raise Problem(option, "%s says something about one object, but name is missing." % option)
        if params[many] is None and not params["purge_networks"]:
            raise Problem("name", "say which: one by name, or many by %s." % many)
        return [("%s[%d]." % (many, position), item) for position, item in enumerate(listed)]
    return [("", {option: params[option] for option in single})]


def enter(door, argument_spec: dict, **more) -> None:
    """The ``main()`` of a module that changes something: ``door(params)`` is its wish, with ``result``, and with
    ``reach`` and ``merge`` for the engine (or a ``run`` of its own)."""
    module = Module(argument_spec=argument_spec, supports_check_mode=True, **more)
    try:
        patience = _values.number(module.params["lock_timeout"], "lock_timeout", 0, LOCK_TIMEOUT_MAX, "seconds")
        wish = door(module.params)
        carry_out = getattr(wish, "run", None) or functools.partial(run, wish)
        outcome = carry_out(module.check_mode, patience)
        result = wish.result(outcome)
    except Problem as problem:
        module.fail_json(msg=str(problem))
    except OSError as error:
        module.fail_json(msg=str(refused(error)))
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(changed=bool(outcome.steps), commands=outcome.commands, diff=outcome.diff, **result)


def ask(door, argument_spec: dict) -> None:
    """The ``main()`` of a module that only looks: ``door(params)`` is its question, with ``reach`` and ``answer``."""
    module = Module(argument_spec=argument_spec, supports_check_mode=True)
    try:
        question = door(module.params)
        answer = question.answer(look(question.reach()))
    except Problem as problem:
        module.fail_json(msg=str(problem))
    except OSError as error:
        module.fail_json(msg=str(refused(error)))
    module.exit_json(changed=False, **answer)
