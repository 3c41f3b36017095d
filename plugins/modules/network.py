#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Networks as a whole, in one task that is all or nothing
version_added: 0.1.0
description:
  - Does what the modules for single kinds of objects do, for all kinds at once. Namespaces, bridges, VXLAN devices with their forwarding
    entries, pairs, masquerading and published ports are read once, changed together, and read again together.
  - Each list is called as in the module of its kind, and its elements are the same.
  - With O(purge_networks) a list that is left out is an empty one. All that those networks have of its kind goes. Without, what is not
    listed is not touched. Forwarding entries go with their device, or by the C(purge) of O(devices).
  - What leads into a namespace that was adopted and is gone (O(linuxnet.container.netns#module:container)) is left out, with a warning, and
    all else is done.
  - The roles C(single_host_bridge) and C(vxlan_overlay) write these lists for you.
author:
  - linuxnet.container contributors (@linuxnet)
extends_documentation_fragment:
  - linuxnet.container.attributes
  - linuxnet.container.engine
  - linuxnet.container.engine.changing
  - linuxnet.container.engine.purge
  - linuxnet.container.engine.stop
options:
  namespaces:
    description:
      - Namespaces. Elements are those of O(linuxnet.container.netns#module:namespaces).
    type: list
    elements: dict
  bridges:
    description:
      - Bridges. Elements are those of O(linuxnet.container.bridge#module:bridges).
    type: list
    elements: dict
  vxlans:
    description:
      - VXLAN devices. Elements are those of O(linuxnet.container.vxlan#module:vxlans).
    type: list
    elements: dict
  devices:
    description:
      - Forwarding entries of VXLAN devices. Elements are those of O(linuxnet.container.vxlan_fdb#module:devices).
    type: list
    elements: dict
  veths:
    description:
      - Pairs. Elements are those of O(linuxnet.container.veth#module:veths).
    type: list
    elements: dict
  masquerades:
    description:
      - Networks that leave the host under its own address. Elements are those of O(linuxnet.container.nat_masquerade#module:masquerades).
    type: list
    elements: dict
  publications:
    description:
      - Published ports. Elements are those of O(linuxnet.container.publish#module:publications).
    type: list
    elements: dict
seealso:
  - module: linuxnet.container.network_info
"""

EXAMPLES = r"""
- name: A network with two containers
  linuxnet.container.network:
    purge_networks: [blue]
    namespaces:
      - name: web
        network: [blue]
      - name: db
        network: [blue]
    bridges:
      - name: br-blue
        network: blue
        addresses: [10.1.0.1/24]
    veths:
      - name: v-web
        network: blue
        bridge: br-blue
        peer:
          name: eth0
          netns: web
          addresses: [10.1.0.10/24]
          gateway: [10.1.0.1]
      - name: v-db
        network: blue
        bridge: br-blue
        peer:
          name: eth0
          netns: db
          addresses: [10.1.0.11/24]
          gateway: [10.1.0.1]
    masquerades:
      - name: blue
        sources: [10.1.0.0/24]
        bridge: br-blue

- name: Without db, and the outside out of reach
  linuxnet.container.network:
    purge_networks: [blue]
    namespaces:
      - name: web
        network: [blue]
    bridges:
      - name: br-blue
        network: blue
    veths:
      - name: v-web
        network: blue

- name: All of it goes
  linuxnet.container.network:
    purge_networks: [blue]
"""

RETURN = r"""
commands:
  description:
    - The change as lines that an admin would type, in order. In check mode, the change that would be made.
    - What there is now is told by M(linuxnet.container.network_info).
  returned: success
  type: list
  elements: str
  sample:
    - ip netns add web
    - ip -n web link set dev lo up group 5000771 alias linuxnet.container:blue
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.network import ARGUMENTS, ELEMENTS, Wish


def main():
    enter(Wish, ARGUMENTS, elements=ELEMENTS)


if __name__ == "__main__":
    main()
