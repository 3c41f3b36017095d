# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: overlay_nodes
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: The overlay variables of every host of a group
description:
  - Reads the variables C(vxlan_overlay_state), C(vxlan_overlay_underlay_address), C(vxlan_overlay_underlay_mtu),
    C(vxlan_overlay_underlay_device) and C(vxlan_overlay_endpoints) of each host once, in Python.
    The same in Jinja takes minutes for some hundred hosts.
  - Only the inventory is read, never facts, so that hosts which are down or outside of this run count as well.
positional: hostvars
options:
  _input:
    description:
      - The names of the hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - The variable C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Who is where
  ansible.builtin.debug:
    msg: "{{ groups['overlay'] | linuxnet.container.overlay_nodes(hostvars) }}"
"""

RETURN = r"""
  _value:
    description: For each host a dictionary of its variables, named without C(vxlan_overlay_).
    type: dict
"""

from ansible_collections.linuxnet.container.plugins.plugin_utils._filters import answer
from ansible_collections.linuxnet.container.plugins.plugin_utils._overlay import (
    nodes_of,
)


def overlay_nodes(hosts, hostvars):
    return answer(nodes_of, hosts, hostvars)


class FilterModule:
    """The filter ``overlay_nodes``."""

    def filters(self):
        return {"overlay_nodes": overlay_nodes}
