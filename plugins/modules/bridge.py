#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge
short_description: Linux bridges, with their addresses and ports
version_added: 0.1.0
description:
  - Makes bridges, and puts interfaces that are there already onto them.
  - A bridge that is made has a MAC address of its own. Without one it would take over the lowest of its ports, and change it when ports
    come and go.
  - An interface that has addresses and was not made by this collection is not taken as a port, because the host would lose them.
  - A bridge with ports that were not made by this collection is not removed.
author:
  - linuxnet.container contributors (@linuxnet)
extends_documentation_fragment:
  - linuxnet.container.attributes
  - linuxnet.container.engine
  - linuxnet.container.engine.changing
  - linuxnet.container.engine.state
  - linuxnet.container.engine.purge
options:
  name: &name
    description:
      - Name of the bridge, at most 15 characters.
    type: str
  <<: &bridge
    addresses:
      description:
        - Addresses of the bridge with their prefix lengths, such as V(10.1.0.1/24) or V(fd00::1/64). IPv4 addresses get their broadcast
          address.
        - The list is exact, but adds to a bridge that was not made by this collection.
        - When not given, addresses are not touched. An empty list removes all.
      type: list
      elements: str
    mtu:
      description:
        - MTU in bytes from 68 to 65535.
        - When not given, this is not touched. The kernel takes the smallest of the ports'.
      type: int
    mac:
      description:
        - MAC address of the bridge.
        - When not given, a bridge that is made gets one that follows from the host and the name. On one that is there it is not touched.
      type: str
    stp:
      description:
        - Whether the bridge speaks the spanning tree protocol.
        - When not given, this is not touched. The kernel's default is no.
      type: bool
    ageing_time:
      description:
        - How long, in seconds, a learned MAC address is kept.
        - When not given, this is not touched. The kernel's default is 300.
      type: int
    ports:
      description:
        - Interfaces to put onto the bridge. They must be there, and are set up.
        - Added to the ports that the bridge has, unless O(purge).
      type: list
      elements: dict
      suboptions:
        name:
          description:
            - Name of the interface.
          type: str
          required: true
        hairpin:
          description:
            - Whether frames may leave through the port that they came in by.
            - When not given, this is not touched.
          type: bool
        isolated:
          description:
            - Whether the port is kept from the other isolated ports of the bridge.
            - When not given, this is not touched.
          type: bool
    purge:
      description:
        - Whether ports that O(ports) does not list are taken off the bridge. The interfaces themselves stay.
      type: bool
      default: false
    network:
      description:
        - Name of the network that the bridge belongs to. It is put into the mark, and is what O(purge_networks) and
          M(linuxnet.container.network_info) know the bridge by.
      type: str
    dad:
      description:
        - Whether IPv6 addresses go through duplicate address detection when they are added.
      type: bool
      default: false
  bridges:
    description:
      - Many bridges. Each element is what the options of the same names say of one.
      - Excludes O(name).
    type: list
    elements: dict
    suboptions:
      name:
        <<: *name
        required: true
      <<: *bridge
seealso:
  - module: linuxnet.container.veth
  - module: linuxnet.container.nat_masquerade
"""

EXAMPLES = r"""
- name: A bridge that is its containers' gateway
  linuxnet.container.bridge:
    name: br0
    addresses: [10.1.0.1/24, "fd00:1::1/64"]

- name: Put interfaces onto it, and keep the second from other isolated ports
  linuxnet.container.bridge:
    name: br0
    ports:
      - name: eth1
      - name: eth2
        isolated: true

- name: Of its ports, only eth1 stays
  linuxnet.container.bridge:
    name: br0
    ports:
      - name: eth1
    purge: true

- name: Take that one off too, so that the bridge can go
  linuxnet.container.bridge:
    name: br0
    ports: []
    purge: true

- name: Remove the bridge
  linuxnet.container.bridge:
    name: br0
    state: absent

- name: Several bridges; others of the networks blue and green go
  linuxnet.container.bridge:
    purge_networks: [blue, green]
    bridges:
      - name: br-blue
        network: blue
        addresses: [10.1.1.1/24]
        mtu: 1450
      - name: br-green
        network: green
        addresses: [10.1.2.1/24]
        stp: true
        ageing_time: 60
"""

RETURN = r"""
commands:
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - ip link add name br0 up address 02:c1:4e:90:aa:17 group 5000771 type bridge
    - ip link set dev br0 alias linuxnet.container
    - ip address add 10.1.0.1/24 dev br0 broadcast 10.1.0.255
bridges:
  description:
    - The bridges that the task names, as they are now, or would be after check mode. Those that are gone are left out.
    - Described as in RV(linuxnet.container.network_info#module:host.links). What the kernel chose by itself may be none in the run that
      made a bridge.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: br0
    mac:
      description: MAC address.
      returned: always
      type: str
      sample: 02:c1:4e:90:aa:17
    addresses:
      description: Addresses with their prefix lengths.
      returned: always
      type: list
      elements: str
      sample: [10.1.0.1/24]
    ports:
      description: Names of the ports. Of a bridge whose O(ports) the task does not speak of, ports may be missing.
      returned: always
      type: list
      elements: str
      sample: [eth1]
    networks:
      description: The networks that the bridge belongs to.
      returned: always
      type: list
      elements: str
      sample: [blue]
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.bridge import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
