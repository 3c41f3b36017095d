# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: short_ifname
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: The name of an interface that the roles derive from a longer one
description:
  - An interface name has at most 15 characters. The roles join a prefix and a name, and when that is longer, keep its
    beginning and replace the rest by a hyphen and seven hexadecimal digits that follow from the whole.
positional: prefix
options:
  _input:
    description:
      - The name.
    type: str
    required: true
  prefix:
    description:
      - What stands before it.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: The bridge of a network with a long name
  ansible.builtin.debug:
    msg: "{{ 'development-databases' | linuxnet.container.short_ifname('br-') }}"
"""

RETURN = r"""
  _value:
    description: A name of at most 15 characters.
    type: str
    sample: br-deve-9f86d08
"""

from ansible_collections.linuxnet.container.plugins.module_utils import _marks
from ansible_collections.linuxnet.container.plugins.plugin_utils._filters import answer
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    check_ifname,
    check_text,
)


def short_ifname(name, prefix=""):
    return answer(_short, name, prefix)


def _short(name, prefix):
    check_text("short_ifname", "name", name)
    if prefix != "":
        check_text("short_ifname", "prefix", prefix)
    return check_ifname("short_ifname", "name", _marks.short_ifname(prefix, name))


class FilterModule:
    """The filter ``short_ifname``."""

    def filters(self):
        return {"short_ifname": short_ifname}
