#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vxlan
short_description: VXLAN devices
version_added: 0.1.0
description:
  - Makes VXLAN devices on this host, with an MTU that fits through what carries them.
  - Where the other ends are is told by M(linuxnet.container.vxlan_fdb), or found out through a multicast O(group).
  - What the kernel cannot change on a device that is there (O(vni), O(local), O(dev), O(dstport), O(ttl) and the checksum options) makes
    the device anew. Its forwarding entries come back with it.
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
      - Name of the device, at most 15 characters.
    type: str
  <<: &vxlan
    vni:
      description:
        - VXLAN network identifier, from 0 to 16777215.
        - Required with O(state=present).
      type: int
    local:
      description:
        - The host's address that packets leave from. One of its interfaces must have it.
        - Required with O(state=present), unless O(dev) is given.
      type: str
    dev:
      description:
        - The interface that packets leave through.
        - When not given, the routing table decides.
      type: str
    dstport:
      description:
        - UDP port that packets are sent to and received on.
        - When not given, a device that is made gets 4789. On one that is there it is not touched.
      type: int
    learning:
      description:
        - Whether the device learns from packets that come in which host has which MAC address.
        - When not given, a device that is made learns if it has a O(group), and otherwise not. On one that is there this is not touched.
      type: bool
    group:
      description:
        - Multicast address that broadcasts and packets for unknown MAC addresses are sent to. Needs O(dev).
        - When not given, this is not touched.
      type: str
    ttl:
      description:
        - TTL of the packets that are sent, from 0 to 255. With 0 the kernel chooses.
        - When not given, this is not touched.
      type: int
    udp_csum:
      description:
        - Whether packets over IPv4 get a UDP checksum.
        - When not given, this is not touched. The kernel's default is yes.
      type: bool
    udp6_zero_csum_tx:
      description:
        - Whether packets over IPv6 are sent without a UDP checksum.
        - When not given, this is not touched. The kernel's default is no.
      type: bool
    udp6_zero_csum_rx:
      description:
        - Whether packets over IPv6 without a UDP checksum are received.
        - When not given, this is not touched. The kernel's default is no.
      type: bool
    tx_checksum_offload:
      description:
        - Whether checksums of what is sent through the device are left to the hardware. V(false) helps where the underlay's hardware
          gets them wrong.
        - When not given, this is not touched. The kernel's default is yes.
      type: bool
    mtu:
      description:
        - MTU in bytes, at most what fits.
        - When not given, it is what fits, which is the MTU of O(dev), or of the interface with the address O(local), less 50 over IPv4
          and less 70 over IPv6.
      type: int
    mac:
      description:
        - MAC address of the device.
        - When not given, a device that is made gets one that follows from the host and the name. On one that is there it is not touched.
      type: str
    bridge:
      description:
        - Name of the bridge that the device is a port of. An empty string takes it off its bridge.
        - When not given, this is not touched.
      type: str
    addresses:
      description:
        - Addresses of the device with their prefix lengths. The list is exact, but adds to a device that was not made by this collection.
        - When not given, addresses are not touched. An empty list removes all.
      type: list
      elements: str
    dad:
      description:
        - Whether IPv6 addresses go through duplicate address detection when they are added.
      type: bool
      default: false
    network:
      description:
        - Name of the network that the device belongs to. It is put into the mark, and is what O(purge_networks) and
          M(linuxnet.container.network_info) know the device by.
      type: str
  vxlans:
    description:
      - Many devices. Each element is what the options of the same names say of one.
      - Excludes O(name).
    type: list
    elements: dict
    suboptions:
      name:
        <<: *name
        required: true
      <<: *vxlan
seealso:
  - module: linuxnet.container.vxlan_fdb
  - module: linuxnet.container.bridge
"""

EXAMPLES = r"""
- name: A device whose other ends are listed by vxlan_fdb, on a bridge
  linuxnet.container.vxlan:
    name: vx-red
    vni: 4242
    local: 192.0.2.11
    bridge: br-red

- name: Without checksum offload; the rest stays as it is
  linuxnet.container.vxlan:
    name: vx-red
    vni: 4242
    local: 192.0.2.11
    tx_checksum_offload: false

- name: Other ends found through multicast
  linuxnet.container.vxlan:
    name: vx-any
    vni: 77
    dev: eth0
    group: 239.1.1.1
    ttl: 5
    addresses: [10.77.0.1/24]

- name: Over IPv6; other devices of the network green go
  linuxnet.container.vxlan:
    purge_networks: [green]
    vxlans:
      - name: vx-green
        network: green
        vni: 4243
        local: 2001:db8:0:2::11

- name: Remove two devices
  linuxnet.container.vxlan:
    vxlans:
      - name: vx-red
      - name: vx-any
    state: absent
"""

RETURN = r"""
commands:
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - ip link add name vx0 up mtu 1450 address 02:44:12:7b:2a:54 group 5000771 type vxlan id 1 local 192.0.2.11 dstport 4789 nolearning
    - ip link set dev vx0 alias linuxnet.container
vxlans:
  description:
    - The devices that the task names, as they are now, or would be after check mode. Those that are gone are left out.
    - Described as in RV(linuxnet.container.network_info#module:host.links). What the kernel chose by itself may be missing or none in
      the run that made a device.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: vx-red
    vni:
      description: VXLAN network identifier.
      returned: always
      type: int
      sample: 4242
    local:
      description: The address that packets leave from.
      returned: when it is known
      type: str
      sample: 192.0.2.11
    dstport:
      description: UDP port.
      returned: always
      type: int
      sample: 4789
    mtu:
      description: MTU in bytes.
      returned: always
      type: int
      sample: 1450
    mac:
      description: MAC address.
      returned: always
      type: str
      sample: 02:44:12:7b:2a:54
    bridge:
      description: The bridge that the device is a port of.
      returned: always, none if there is none
      type: str
      sample: br-red
    networks:
      description: The networks that the device belongs to.
      returned: always
      type: list
      elements: str
      sample: [red]
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.vxlan import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
