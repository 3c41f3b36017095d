#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network_info
short_description: Look at networks as this collection sees them
version_added: 0.1.0
description:
  - Returns interfaces, addresses, routes, forwarding entries and rules of the host, of namespaces, or of networks of ours.
  - Without options, everything that this collection made on the host.
author:
  - linuxnet.container contributors (@linuxnet)
extends_documentation_fragment:
  - linuxnet.container.attributes.info
  - linuxnet.container.engine
options:
  netns:
    description:
      - Names of namespaces to look into, whoever made them.
    type: list
    elements: str
  network:
    description:
      - Names of networks. What carries the mark of one of them is returned.
    type: list
    elements: str
  host:
    description:
      - Whether all interfaces of the host are returned, whoever made them.
    type: bool
    default: false
seealso:
  - module: linuxnet.container.netns
"""

EXAMPLES = r"""
- name: Everything that this collection made here
  linuxnet.container.network_info:
  register: ours

- name: One network
  linuxnet.container.network_info:
    network: [blue]
  register: blue

- name: Say where its containers are
  ansible.builtin.debug:
    msg: "{{ item.name }} has {{ item.links | map(attribute='addresses') | flatten | join(', ') }}"
  loop: "{{ blue.namespaces }}"
  loop_control:
    label: "{{ item.name }}"

- name: A namespace, and all of the host
  linuxnet.container.network_info:
    netns: [web]
    host: true
"""

RETURN = r"""
host:
  description: What is on the host itself.
  returned: success
  type: dict
  contains:
    links:
      description: Interfaces without C(lo).
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Name.
          returned: always
          type: str
          sample: v-web
        netns:
          description: Namespace, empty for the host.
          returned: always
          type: str
          sample: ""
        kind:
          description: What it is, such as C(bridge), C(veth) or C(vxlan). Empty for what the kernel has no word for.
          returned: always
          type: str
          sample: veth
        up:
          description: Whether it is set up.
          returned: always
          type: bool
          sample: true
        mtu:
          description: MTU in bytes.
          returned: always
          type: int
          sample: 1500
        mac:
          description: MAC address.
          returned: always, none if it has none
          type: str
          sample: 02:5e:14:b1:0c:7a
        bridge:
          description: The bridge, or other device, that it is a port of.
          returned: always, none if there is none
          type: str
          sample: br0
        ours:
          description: Whether it carries the mark of this collection. In a pair between two namespaces the near end alone carries it.
          returned: always
          type: bool
          sample: true
        networks:
          description: The networks that it belongs to by its mark.
          returned: always
          type: list
          elements: str
          sample: [blue]
        addresses:
          description: Addresses with their prefix lengths, without link-local ones that the kernel made.
          returned: always
          type: list
          elements: str
          sample: [10.1.0.1/24]
        routes:
          description: Unicast routes of the main table that lead through it, without those that the kernel made itself.
          returned: always
          type: list
          elements: dict
          contains:
            dst:
              description: Destination.
              returned: always
              type: str
              sample: 0.0.0.0/0
            via:
              description: Next hop.
              returned: always, none if there is none
              type: str
              sample: 10.1.0.1
            dev:
              description: Name of the interface.
              returned: always
              type: str
              sample: eth0
            metric:
              description: Metric.
              returned: always
              type: int
              sample: 0
            src:
              description: Preferred source address.
              returned: always, none if there is none
              type: str
              sample: 10.1.0.2
            onlink:
              description: Whether the next hop is taken as reachable.
              returned: always
              type: bool
              sample: false
        addr_gen_mode:
          description: How its IPv6 link-local address is made, C(eui64), C(none), C(stable_secret) or C(random).
          returned: where IPv6 is
          type: str
          sample: none
        peer:
          description: The other end.
          returned: for a veth whose other end is known
          type: dict
          contains:
            netns:
              description: Namespace, empty for the host.
              returned: always
              type: str
              sample: web
            name:
              description: Name.
              returned: always
              type: str
              sample: eth0
        hairpin:
          description: Whether frames may leave through the port that they came in by.
          returned: for the port of a bridge
          type: bool
          sample: false
        isolated:
          description: Whether it is kept from other isolated ports.
          returned: for the port of a bridge
          type: bool
          sample: false
        stp:
          description: Whether it speaks the spanning tree protocol.
          returned: for a bridge
          type: bool
          sample: false
        ageing_time:
          description: How long a learned MAC address is kept, in seconds.
          returned: for a bridge
          type: int
          sample: 300
        vni:
          description: VXLAN network identifier. The other options of M(linuxnet.container.vxlan) are returned too, under their names.
          returned: for a VXLAN device
          type: int
          sample: 4242
    fdb:
      description: Permanent forwarding entries of VXLAN devices, as M(linuxnet.container.vxlan_fdb) returns them.
      returned: always
      type: list
      elements: dict
      contains:
        device:
          description: Name of the VXLAN device.
          returned: always
          type: str
          sample: vx-red
        entries:
          description: Its entries, as in RV(linuxnet.container.vxlan_fdb#module:devices[].entries).
          returned: always
          type: list
          elements: dict
          sample: [{mac: "00:00:00:00:00:00", dst: 192.0.2.12, port: 4789, vni: 4242}]
    rules:
      description:
        - Rules of the table C(inet linuxnet), as in RV(linuxnet.container.nat_masquerade#module:rules). The network is empty for what all
          have in common.
      returned: always
      type: list
      elements: dict
      sample: [{chain: postrouting, rule: 'ip saddr 10.1.0.0/24 oifname != "br0" masquerade', network: blue}]
    ports:
      description: Published ports, as in RV(linuxnet.container.publish#module:ports).
      returned: always
      type: list
      elements: dict
      sample: [{network: blue, host_address: null, protocol: tcp, port: "8080", address: 10.1.0.10, to_port: "80"}]
namespaces:
  description: Namespaces, as in RV(linuxnet.container.netns#module:namespaces).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: web
    networks:
      description: The networks that it belongs to.
      returned: always
      type: list
      elements: str
      sample: [blue]
    links:
      description: Its interfaces, with the keys of RV(host.links).
      returned: always
      type: list
      elements: dict
      sample: [{name: eth0, netns: web, addresses: [10.1.0.2/24]}]
    processes:
      description: What runs inside.
      returned: when there are any
      type: list
      elements: dict
      sample: [{pid: 4711, command: nginx}]
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import ask
from ansible_collections.linuxnet.container.plugins.module_utils._doors.network_info import ARGUMENTS, Question


def main():
    ask(Question, ARGUMENTS)


if __name__ == "__main__":
    main()
