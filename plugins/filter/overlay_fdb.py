# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: overlay_fdb
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: The forwarding entries that one host needs for its overlays
description:
  - Of each overlay that the host is a member of, one flood entry for every other member, and one entry for each MAC
    that lives on another node, so that unicast goes to that node alone.
positional: host, state
options:
  _input:
    description:
      - What P(linuxnet.container.overlay_members#filter) returned.
    type: dict
    required: true
  host:
    description:
      - The name of the host.
    type: str
    required: true
  state:
    description:
      - With V(absent) there are none.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: What node1 needs
  vars:
    nodes: "{{ groups['overlay'] | linuxnet.container.overlay_nodes(hostvars) }}"
    members: "{{ vxlan_overlay_overlays | linuxnet.container.overlay_members(nodes) }}"
  ansible.builtin.debug:
    msg: "{{ members | linuxnet.container.overlay_fdb('node1') }}"
"""

RETURN = r"""
  _value:
    description: For the option C(devices) of the module P(linuxnet.container.vxlan_fdb#module).
    type: list
    elements: dict
"""

from ansible_collections.linuxnet.container.plugins.plugin_utils._filters import answer
from ansible_collections.linuxnet.container.plugins.plugin_utils._networks import STATES
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import Options
from ansible_collections.linuxnet.container.plugins.plugin_utils._overlay import (
    forwarding,
    mesh_of,
)


def overlay_fdb(members, host, state="present"):
    return answer(_entries, members, host, state)


def _entries(members, host, state):
    if Options("overlay_fdb", {"state": state}, ("state",)).choice("state", STATES) == "absent":
        return []
    return forwarding(mesh_of("overlay_fdb", members), host)


class FilterModule:
    """The filter ``overlay_fdb``."""

    def filters(self):
        return {"overlay_fdb": overlay_fdb}
