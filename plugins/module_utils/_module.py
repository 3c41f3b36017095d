# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own module, with a sentence that names the option for the bad arguments that Ansible has none for."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

#: How Ansible begins when text is no dictionary, before it has looked at which option that is for.
_NAMELESS = ("dictionary requested", "unable to evaluate string")


class Module(AnsibleModule):
    """An AnsibleModule whose every complaint names an option.

    ``elements``: {option: argument spec with that option alone}, for lists whose elements are documented elsewhere.
    """

    def __init__(self, argument_spec, elements=None, **more):
        try:
            super().__init__(argument_spec, **more)
            for name, spec in (elements or {}).items():
                self._check_elements(name, spec)
        except (OverflowError, TypeError):
            # Ansible's checks do not expect an infinite number, or a number in the place of a dictionary with known options.
            self._refuse(next(_unexpected(dict(argument_spec, **_all(elements)), self.params, ""), None))
            raise
        self._refuse(next(_unexpected(dict(argument_spec, **_all(elements)), self.params, ""), None))

    def _check_elements(self, name, spec):
        checked = ArgumentSpecValidator(spec).validate({name: self.params[name]})
        if checked.errors.errors:
            self._complain([("Unsupported parameters: " if isinstance(one, UnsupportedError) else "") + one.msg for one in checked.errors.errors])
        self.params[name] = checked.validated_parameters[name]

    def _refuse(self, sentence):
        if sentence:
            self.params = {}  # they would be printed along, and cannot be
            self.fail_json(msg=sentence)

    def fail_json(self, msg, **result):
        if msg.startswith(_NAMELESS):
            self._complain(self.validation_result.error_messages)
        super().fail_json(msg=msg, **result)

    def _complain(self, errors):
        # Further on in its list of errors Ansible says of the option what the first says of none.
        super().fail_json(msg=next((error for error in errors if not error.startswith(_NAMELESS)), errors[0]))


def _all(elements) -> dict:
    return {name: spec[name] for name, spec in (elements or {}).items()}


def _unexpected(argument_spec, params, prefix):
    """Sentences about numbers that are none, or have more digits than can be written, and about what is no dictionary."""
    for name, spec in argument_spec.items():
        value = params.get(name)
        if spec.get("type") in ("int", "float") and _endless(value):
            yield "%s%s: this is no number to count with: it is infinite, or has too many digits." % (prefix, name)
        if not spec.get("options"):
            continue
        for position, inner in enumerate(value if isinstance(value, list) else [value]):
            place = prefix + name + ("[%d]" % position if isinstance(value, list) else "")
            if isinstance(inner, dict):
                yield from _unexpected(spec["options"], inner, place + ".")
            elif inner is not None and not isinstance(inner, str):
                yield "%s: a dictionary of options is needed, not %s." % (place, type(inner).__name__)


def _endless(value) -> bool:
    try:
        return not abs(float(value)) < 1 << 64
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False
