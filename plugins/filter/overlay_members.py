# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: overlay_members
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: What the members of VXLAN overlays must know of each other
description:
  - Reads the overlays and all nodes as the role C(linuxnet.container.vxlan_overlay) takes them, checks all of it, and
    keeps of each node what the others need. Meant to run once for all hosts, not once for each.
  - A node, an endpoint or an overlay whose C(state) is V(absent) is left out.
positional: nodes
options:
  _input:
    description:
      - The overlays, as in C(vxlan_overlay_overlays) of the role.
    type: list
    elements: dict
    required: true
  nodes:
    description:
      - For each host its variables, as in C(vxlan_overlay_nodes) of the role, or as
        P(linuxnet.container.overlay_nodes#filter) gives them.
    type: dict
    required: true
  strict:
    description:
      - What is wrong with the input makes the filter fail, in one sentence.
      - When V(false), that sentence is the key C(problem) of what is returned, and there are no overlays.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Two nodes with one container each
  vars:
    overlays:
      - name: red
        vni: 4242
        subnet: 10.42.0.0/16
    nodes:
      node1:
        underlay_address: 192.0.2.11
        endpoints:
          red:
            gateway: 10.42.0.1
            containers:
              - name: red1
                address: 10.42.1.1
      node2:
        underlay_address: 192.0.2.12
        endpoints:
          red:
            gateway: 10.42.0.2
            containers:
              - name: red2
                address: 10.42.2.1
  ansible.builtin.debug:
    msg: "{{ overlays | linuxnet.container.overlay_members(nodes) }}"
"""

RETURN = r"""
  _value:
    description: The overlays and their members.
    type: dict
    contains:
      problem:
        description: One sentence on what is wrong with the input when O(strict) is V(false), else empty.
        type: str
      overlays:
        description:
          - For each overlay that is to be present its options in normal form, its C(mtu), and C(nodes), which has for
            each member its underlay C(address) and the C(macs) behind it.
        type: dict
"""

from ansible_collections.linuxnet.container.plugins.plugin_utils import _overlay
from ansible_collections.linuxnet.container.plugins.plugin_utils._filters import answer


def overlay_members(overlays, nodes, strict=True):
    return answer(_members, overlays, nodes, strict=strict, otherwise=lambda problem: {"problem": problem, "overlays": {}})


def _members(overlays, nodes):
    return {"problem": "", "overlays": _overlay.members(overlays, nodes)}


class FilterModule:
    """The filter ``overlay_members``."""

    def filters(self):
        return {"overlay_members": overlay_members}
