#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veth
short_description: Pairs of virtual Ethernet devices, and what is at either end
version_added: 0.1.0
description:
  - Makes veth pairs with both ends as they are to be. Namespace, name, MAC, MTU and addresses of either end, the near end's bridge, the
    far end's routes.
  - The near end is usually on the host and on a bridge, the far end (O(peer)) in a container's namespace. Namespaces and bridges must be
    there already.
  - A thousand pairs are one task with a list (O(veths)), and cost seconds.
  - The list of addresses of an end, and the list of its routes, are exact when they are given. On a pair that was not made by this
    collection they are added to.
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
      - Name of the near end, at most 15 characters.
    type: str
  <<: &pair
    netns: &netns
      description:
        - Name of the namespace that this end is in.
        - When not given, it is where the module runs, which is the host.
      type: str
    bridge:
      description:
        - Name of the bridge that the near end is a port of, in the near end's namespace.
        - An empty string takes the near end off its bridge. When not given, this is not touched.
      type: str
    mac: &mac
      description:
        - MAC address of this end.
        - When not given, an end that is made gets one that stays the same however often it is made. That of a far end with addresses
          follows from O(network) and its first address, any other from the host and the name.
      type: str
    mtu: &mtu
      description:
        - MTU of this end, in bytes from 68 to 65535. The far end's is the near end's unless it has one of its own.
        - When not given, this is not touched. The kernel gives new pairs 1500.
      type: int
    addresses: &addresses
      description:
        - Addresses of this end with their prefix lengths, such as V(10.1.0.2/24) or V(fd00::2/64). IPv4 addresses get their broadcast
          address.
        - When not given, addresses are not touched. An empty list removes all.
      type: list
      elements: str
    link_local: &link_local
      description:
        - Whether this end gets an IPv6 link-local address.
        - When not given, it does if O(addresses) has an IPv6 address, and does not if O(addresses) has none or the end is a port of a
          bridge. Where neither is said, this is not touched.
      type: bool
    hairpin: &hairpin
      description:
        - Whether frames may leave through the port that they came in by. Needs O(bridge).
        - When not given, this is not touched.
      type: bool
    isolated: &isolated
      description:
        - Whether the port is kept from the other isolated ports of the bridge. Needs O(bridge).
        - When not given, this is not touched.
      type: bool
    network:
      description:
        - Name of the network that the pair belongs to. It is put into the mark, and is what O(purge_networks) and
          M(linuxnet.container.network_info) know the pair by.
      type: str
    dad:
      description:
        - Whether IPv6 addresses go through duplicate address detection when they are added, which takes a second or two in which they
          cannot be used.
      type: bool
      default: false
    peer:
      description:
        - The far end. Needed to make a pair. When not given, the far end of a pair that is there is not touched.
      type: dict
      suboptions:
        name:
          description:
            - Name of the far end, at most 15 characters.
          type: str
          required: true
        netns: *netns
        mac: *mac
        mtu: *mtu
        addresses: *addresses
        link_local: *link_local
        gateway:
          description:
            - Default gateways, at most one of each address family. A gateway must be in a network of the end's addresses.
            - With O(peer.gateway) or O(peer.routes), the routes through this end are exact. Without both they are not touched.
          type: list
          elements: str
        routes:
          description:
            - Further routes through this end.
          type: list
          elements: dict
          suboptions:
            dst:
              description:
                - The destination, such as V(192.0.2.0/24), or V(default), for which O(peer.routes[].via) says whether it is IPv4 or IPv6.
              type: str
              required: true
            via:
              description:
                - The next hop. Without one the destination is on the link itself.
              type: str
            metric:
              description:
                - The less, the more the route is preferred.
                - When not given, 0 for IPv4 and 1024 for IPv6, which is what the kernel takes.
              type: int
            src:
              description:
                - The source address to prefer.
              type: str
            onlink:
              description:
                - Take O(peer.routes[].via) as reachable, whatever the addresses say.
              type: bool
              default: false
  veths:
    description:
      - Many pairs. Each element is what the options of the same names say of one.
      - Excludes O(name).
    type: list
    elements: dict
    suboptions:
      name:
        <<: *name
        required: true
      <<: *pair
seealso:
  - module: linuxnet.container.netns
  - module: linuxnet.container.bridge
"""

EXAMPLES = r"""
- name: A container on a bridge
  linuxnet.container.veth:
    name: v-web
    bridge: br0
    peer:
      netns: web
      name: eth0
      addresses: [10.1.0.2/24, "fd00:1::2/64"]
      gateway: [10.1.0.1, "fd00:1::1"]

- name: Host and namespace, joined directly
  linuxnet.container.veth:
    name: to-db
    addresses: [10.2.0.1/30]
    peer:
      netns: db
      name: eth0
      addresses: [10.2.0.2/30]
      routes:
        - dst: 10.1.0.0/24
          via: 10.2.0.1

- name: Two namespaces, joined directly
  linuxnet.container.veth:
    netns: web
    name: to-db
    addresses: [10.3.0.0/31]
    peer:
      netns: db
      name: to-web
      addresses: [10.3.0.1/31]

- name: Many in one task; pairs of the network blue that are not listed go
  linuxnet.container.veth:
    purge_networks: [blue]
    veths:
      - name: v-c1
        network: blue
        bridge: br0
        isolated: true
        mtu: 1450
        peer: {netns: c1, name: eth0, addresses: [10.1.0.11/24], gateway: [10.1.0.1]}
      - name: v-c2
        network: blue
        bridge: br0
        isolated: true
        mtu: 1450
        peer: {netns: c2, name: eth0, addresses: [10.1.0.12/24], gateway: [10.1.0.1]}

- name: Another MTU; the rest of the pair stays as it is
  linuxnet.container.veth:
    name: v-web
    mtu: 1400
    peer:
      netns: web
      name: eth0

- name: Remove a pair
  linuxnet.container.veth:
    name: v-web
    state: absent
"""

RETURN = r"""
commands:
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - ip link add name v-web up group 5000771 master br0 type veth peer name eth0 netns web
    - ip link set dev v-web alias linuxnet.container
veths:
  description:
    - The pairs that the task names, as they are now, or would be after check mode. Those that are gone are left out.
    - Described as in RV(linuxnet.container.network_info#module:host.links). What the kernel chose by itself may be none in the run that
      made a pair.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the near end.
      returned: always
      type: str
      sample: v-web
    netns:
      description: Namespace of the near end, empty for the host.
      returned: always
      type: str
      sample: ""
    bridge:
      description: The bridge that the near end is a port of.
      returned: always, none if there is none
      type: str
      sample: br0
    mac:
      description: MAC address.
      returned: always
      type: str
      sample: 02:5e:14:b1:0c:7a
    mtu:
      description: MTU in bytes.
      returned: always, none in check mode if the kernel is to choose it
      type: int
      sample: 1500
    networks:
      description: The networks that the pair belongs to.
      returned: always
      type: list
      elements: str
      sample: [blue]
    peer:
      description: The far end, with the same keys.
      returned: always
      type: dict
      sample: {name: eth0, netns: web, addresses: [10.1.0.2/24]}
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.veth import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
