# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every filter of ours does with a Problem, and without netaddr."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.linuxnet.container.plugins.plugin_utils import _addresses
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import Problem

#: netaddr, in the words of whoever runs the controller.
NO_NETADDR = "The Python library netaddr is missing on the controller: install it beside ansible-core, with 'pip install netaddr'."


def answer(function, *given, strict: bool = True, otherwise=None):
    """``function(*given)``. Its Problem becomes an AnsibleFilterError, or what ``otherwise(sentence)`` makes of it unless ``strict``."""
    try:
        if _addresses.IPAddress is None:
            raise Problem(NO_NETADDR)
        return function(*given)
    except Problem as problem:
        if strict:
            raise AnsibleFilterError(str(problem)) from None
        return otherwise(str(problem))


def quietly(function, *given) -> list:
    """``function(*given)``, or nothing when it has a Problem: the variables of another role, which says so itself."""
    try:
        return function(*given)
    except Problem:
        return []
