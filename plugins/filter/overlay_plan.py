# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: overlay_plan
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: What the modules are told for the overlays of one host
description:
  - Gives the lists of objects for the modules, but for the forwarding entries of the VXLAN devices, which
    P(linuxnet.container.overlay_fdb#filter) gives.
  - Its cost does not grow with the number of other nodes.
positional: host, node
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
  node:
    description:
      - The host's own variables, as one value of O(linuxnet.container.overlay_members#filter:nodes).
      - When its C(state) is V(absent), nothing is planned.
    type: dict
    required: true
  beside:
    description:
      - The networks that the role C(linuxnet.container.single_host_bridge) has on this host.
        The overlays must not collide with them.
    type: list
    elements: dict
  purge:
    description:
      - Names of overlays that are in no list any more, as in C(vxlan_overlay_purge_networks) of the role. They are checked, and no more.
    type: list
    elements: str
  strict:
    description:
      - What is wrong with the input makes the filter fail, in one sentence.
      - When V(false), that sentence is the key C(problem) of what is returned, and nothing is planned.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: What node1 needs
  vars:
    nodes: "{{ groups['overlay'] | linuxnet.container.overlay_nodes(hostvars) }}"
    members: "{{ vxlan_overlay_overlays | linuxnet.container.overlay_members(nodes) }}"
  ansible.builtin.debug:
    msg: "{{ members | linuxnet.container.overlay_plan('node1', nodes.node1) }}"
"""

RETURN = r"""
  _value:
    description:
      - What the modules of this collection are told, a key for each.
    type: dict
    contains:
      problem:
        description: One sentence on what is wrong with the input when O(strict) is V(false), else empty.
        type: str
      namespaces:
        description: For the option C(namespaces) of the module P(linuxnet.container.netns#module).
        type: list
        elements: dict
      bridges:
        description: For the option C(bridges) of the module P(linuxnet.container.bridge#module).
        type: list
        elements: dict
      vxlans:
        description: For the option C(vxlans) of the module P(linuxnet.container.vxlan#module).
        type: list
        elements: dict
      veths:
        description: For the option C(veths) of the module P(linuxnet.container.veth#module).
        type: list
        elements: dict
      masquerades:
        description: For the option C(masquerades) of the module P(linuxnet.container.nat_masquerade#module).
        type: list
        elements: dict
      publications:
        description: For the option C(publications) of the module P(linuxnet.container.publish#module).
        type: list
        elements: dict
"""

from ansible_collections.linuxnet.container.plugins.plugin_utils import (
    _overlay,
    _single_host,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._filters import (
    answer,
    quietly,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._networks import (
    nothing_planned,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import check_names


def overlay_plan(members, host, node, beside=None, purge=None, strict=True):
    return answer(_plan, members, host, node, beside, purge, strict=strict, otherwise=nothing_planned)


def _plan(members, host, node, beside, purge):
    check_names("vxlan_overlay_purge_networks", [] if purge is None else purge)
    if _overlay.is_absent(host, node):
        return nothing_planned()
    mesh = _overlay.mesh_of("overlay_plan", members)
    return _overlay.plan(mesh, host, node, quietly(_single_host.read, [] if beside is None else beside))


class FilterModule:
    """The filter ``overlay_plan``."""

    def filters(self):
        return {"overlay_plan": overlay_plan}
