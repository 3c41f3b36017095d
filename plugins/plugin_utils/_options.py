# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's words, read with checks: what is wrong becomes one sentence that names the variable, the object and the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.linuxnet.container.plugins.module_utils import _values
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem as _ValueProblem
from ansible_collections.linuxnet.container.plugins.module_utils._values import shown

#: What a network or a container may be called: safe as a file name, in an alias and in a firewall comment.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_PART = re.compile(r"[A-Za-z0-9_.@+=~-]+\Z")
_MAC = re.compile(r"[0-9a-f]{2}([:-])([0-9a-f]{2}\1){4}[0-9a-f]{2}\Z")

NETWORK_NAME_MAX = 63
#: As many as the name of a namespace may have.
CONTAINER_NAME_MAX = 128
IFNAME_MAX = 15

_TRUE = frozenset(("yes", "on", "true", "1", "y", "t"))
_FALSE = frozenset(("no", "off", "false", "0", "n", "f"))


class Problem(Exception):
    """Bad input. The text is one clear sentence for the user: where, what, and what to do."""


def check_name(where: str, kind: str, name, longest: int) -> str:
    """``name`` when it is fit to be a name, else a Problem. ``kind`` is the word for it ("network", "container")."""
    if not isinstance(name, str) or not _NAME.match(name):
        raise Problem(f"{where}: {kind} name {shown(name)} is not usable: use letters, digits, '_', '.' and '-', with a letter or digit first.")
    if len(name) > longest:
        raise Problem(f"{where}: {kind} name {shown(name)} has {len(name)} characters: use at most {longest}.")
    return str(name)


def check_text(where: str, option: str, text) -> str:
    """``text`` when it could be part of an interface's name, else a Problem."""
    if not isinstance(text, str) or not _PART.match(text):
        raise Problem(f"{where}: {option} {shown(text)} cannot be part of an interface name: use letters, digits and . _ - @ + = ~.")
    return text


def check_ifname(where: str, option: str, name) -> str:
    """``name`` when the kernel takes it as an interface name, else a Problem."""
    if isinstance(name, str) and name.isascii() and len(name) > IFNAME_MAX:
        raise Problem(
            f"{where}: {option} {shown(name)} has {len(name)} characters, but an interface name has at most "
            f"{IFNAME_MAX}: shorten it, or leave {option} out and get a short form."
        )
    try:
        return str(_values.ifname(name if isinstance(name, str) else "", option))
    except _ValueProblem:
        raise Problem(
            f"{where}: {option} {shown(name)} is not an interface name: use letters, digits and . _ - @ + = ~, with no dash first; "
            "it may not be 'all' or 'default', nor contain '/' or a blank."
        ) from None


def check_mac(where: str, option: str, text) -> str:
    """``text`` as a lower-case unicast MAC, else a Problem."""
    mac = text.lower() if isinstance(text, str) else ""
    if not _MAC.match(mac):
        raise Problem(f"{where}: {option} {shown(text)} is not a MAC address: write it like 02:00:0a:0a:01:02, in quotes.")
    mac = mac.replace("-", ":")
    if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":
        raise Problem(f"{where}: {option} '{mac}' cannot belong to one interface: the first octet must be even, and not all be zero.")
    return mac


def check_path(where: str, option: str, text) -> str:
    """``text`` when it is the path of a file from the root on, else a Problem."""
    return _checked(_values.path, where, option, text)


def check_container(where: str, option: str, text) -> str:
    """``text`` when it can be the name or ID of a container, else a Problem."""
    return _checked(_values.container, where, option, text)


def _checked(check, where, option, text):
    try:
        return str(check(text if isinstance(text, str) else "", option))
    except _ValueProblem as problem:
        said = problem.text if isinstance(text, str) else f"{shown(text)} is no text: put it into quotes."
        raise Problem(f"{where}: {option} {said}") from None


def check_names(variable: str, names) -> None:
    """A Problem unless ``names``, the value of ``variable``, is a list of names of networks."""
    for position, name in enumerate(listed(variable, names), 1):
        check_name(f"{variable}, entry {position}", "network", name, NETWORK_NAME_MAX)


def check_sysctls(where: str, sysctls) -> dict[str, str]:
    """{sysctl: text} of ``sysctls`` ({sysctl: value}, whichever way they are written), else a Problem."""
    found: dict = {}
    try:
        for given, value in sysctls.items():
            path = _values.sysctl(str(given), "sysctls")
            if path in found:
                raise Problem(f"{where}: sysctls has {path} twice, once with dots and once with slashes: keep one.")
            found[path] = _values.sysctl_value(value, f"sysctls {path}")
    except _ValueProblem as problem:
        raise Problem(f"{where}: {problem}") from None
    return found


class Options:
    """The options of one object of the user's, read one by one. ``where`` begins every sentence about them."""

    def __init__(self, where: str, given, known: tuple[str, ...]):
        if not isinstance(given, Mapping):
            raise Problem(f"{where}: {shown(given)} is not a dictionary: write options as 'name: value' lines.")
        self.where = where
        self.given = given
        unknown = [key for key in given if key not in known]
        if unknown:
            raise Problem(f"{where}: unknown option {shown(unknown[0])}: known are {', '.join(known)}.")

    def value(self, key: str, default=None):
        """The value as given; ``default`` when there is none or it is null."""
        value = self.given.get(key)
        return default if value is None else value

    def needed(self, key: str):
        """The value as given; a Problem when there is none, or an empty one."""
        value = self.given.get(key)
        if value is None or value == "" or value == []:
            raise Problem(f"{self.where}: {key} is missing: give it.")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of ``choices``; the first is the default."""
        value = self.value(key, choices[0])
        if value not in choices:
            raise Problem(f"{self.where}: {key} {shown(value)} is none of {', '.join(choices)}.")
        return str(value)

    def integer(self, key: str, default, low: int, high: int):
        """A whole number between ``low`` and ``high``, also when written as text."""
        value = self.value(key, default)
        if value is None:
            return None
        try:
            number = None if isinstance(value, (bool, float)) else int(value)
        except (TypeError, ValueError):
            number = None
        if number is None:
            raise Problem(f"{self.where}: {key} {shown(value)} is not a whole number.")
        if not low <= number <= high:
            raise Problem(f"{self.where}: {key} {shown(number)} is out of range: it must be between {low} and {high}.")
        return number

    def boolean(self, key: str, default: bool) -> bool:
        """A truth value, also when written as text."""
        value = self.value(key, default)
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise Problem(f"{self.where}: {key} {shown(value)} is neither true nor false.")

    def texts(self, key: str) -> list:
        """A list of strings; one string alone stands for a list of one."""
        value = self.value(key, ())
        if isinstance(value, str):
            return [value]
        if isinstance(value, Mapping) or not hasattr(value, "__iter__"):
            raise Problem(f"{self.where}: {key} {shown(value)} is neither text nor a list.")
        return list(value)

    def mapping(self, key: str):
        """A dictionary, maybe empty."""
        value = self.value(key, {})
        if not isinstance(value, Mapping):
            raise Problem(f"{self.where}: {key} {shown(value)} is not a dictionary.")
        return value

    def objects(self, key: str) -> list:
        """A list, of whatever its reader makes of its elements."""
        return listed(f"{self.where}: {key}", self.value(key, ()))


def listed(where: str, value) -> list:
    """``value`` as a list; a Problem when it is text, a dictionary or a number."""
    if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__"):
        raise Problem(f"{where}: {shown(value)} is not a list.")
    return list(value)
