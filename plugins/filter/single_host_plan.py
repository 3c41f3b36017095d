# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: single_host_plan
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: What the modules are told for the networks of one host
description:
  - Reads a list of networks as the role C(linuxnet.container.single_host_bridge) takes it, checks all of it, and
    gives the lists of objects for the modules.
  - It looks at nothing but its input.
positional: state
options:
  _input:
    description:
      - The networks, as in C(single_host_bridge_networks) of the role.
    type: list
    elements: dict
    required: true
  state:
    description:
      - With V(absent) nothing is planned, and the networks are not checked.
    type: str
    choices: [present, absent]
    default: present
  beside:
    description:
      - What other roles have on this host. The networks must not collide with it.
      - C(overlays) and C(node) are what the filters P(linuxnet.container.overlay_members#filter) and
        P(linuxnet.container.overlay_plan#filter) take, and C(host) is the name of the host.
    type: dict
  purge:
    description:
      - Names of networks that are in no list any more, as in C(single_host_bridge_purge_networks) of the role. They are checked, and no more.
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
- name: Containers on one host, without the role
  vars:
    plan: "{{ networks | linuxnet.container.single_host_plan }}"
    networks:
      - name: blue
        gateway: 10.10.1.1/24
        containers:
          - name: web
            address: 10.10.1.10
  ansible.builtin.debug:
    msg: "{{ plan.veths }}"
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
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import Options


def single_host_plan(networks, state="present", beside=None, purge=None, strict=True):
    return answer(_plan, networks, state, beside, purge, strict=strict, otherwise=nothing_planned)


def _plan(networks, state, beside, purge):
    beside = Options("single_host_plan, beside", {} if beside is None else beside, ("host", "node", "overlays"))
    others = quietly(_overlay.beside, beside.value("overlays", []), beside.value("host", ""), beside.value("node"))
    return _single_host.plan(networks, state, others, [] if purge is None else purge)


class FilterModule:
    """The filter ``single_host_plan``."""

    def filters(self):
        return {"single_host_plan": single_host_plan}
