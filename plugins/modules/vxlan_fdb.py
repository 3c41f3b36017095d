#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vxlan_fdb
short_description: Forwarding entries of VXLAN devices
version_added: 0.1.0
description:
  - Tells VXLAN devices which host has which MAC address, and to whom broadcasts go.
  - An entry is known by MAC address, destination, port and VNI together. A unicast MAC address has one destination. When it is given
    another, the old entry goes.
  - Only permanent entries are looked at. Those that the kernel learned, and those of a routing daemon (C(extern_learn)), are left alone.
author:
  - linuxnet.container contributors (@linuxnet)
extends_documentation_fragment:
  - linuxnet.container.attributes
  - linuxnet.container.engine
  - linuxnet.container.engine.changing
  - linuxnet.container.engine.state
options:
  device: &device
    description:
      - Name of the VXLAN device. It must be there, but for O(state=absent).
    type: str
  entries: &entries
    description:
      - Which MAC address is behind which host.
      - When not given, entries are not touched, unless O(purge).
    type: list
    elements: dict
    suboptions:
      mac:
        description:
          - MAC address. V(00:00:00:00:00:00) is what O(flood) writes.
        type: str
        required: true
      dst:
        description:
          - Address of the other host, of the same family as the device's local address.
        type: str
        required: true
      port:
        description:
          - UDP port of the other host.
          - When not given, the device's own.
        type: int
      vni:
        description:
          - VXLAN network identifier to send with.
          - When not given, the device's own.
        type: int
  flood: &flood
    description:
      - Addresses of the hosts that get broadcasts, multicasts and what is for unknown MAC addresses.
      - When not given, these entries are not touched, unless O(purge).
    type: list
    elements: str
  purge: &purge
    description:
      - Whether permanent entries that neither O(entries) nor O(flood) lists are removed.
      - Do not set it on a device whose flood entries are a routing daemon's. In the kernel they look like those of O(flood).
    type: bool
    default: false
  open_firewall: &open_firewall
    description:
      - Whether those whom entries of the device lead to are let in where iptables or firewalld drop what is for the host. From their
        addresses alone, to the device's UDP port. This goes with the entries and with the device.
      - In iptables, by rules at the head of C(INPUT) whose comment is C(linuxnet.container:NETWORK/DEVICE). In firewalld, by rich rules in
        a policy C(linuxnet-DEVICE), for which it is reloaded once.
      - Where another chain drops what is for the host, and accepts nothing for that port, a warning names it.
      - When V(false), other owners' firewalls are left alone.
    type: bool
    default: true
  devices:
    description:
      - Many devices. Each element is what the options of the same names say of one.
      - Excludes O(device).
    type: list
    elements: dict
    suboptions:
      device:
        <<: *device
        required: true
      entries: *entries
      flood: *flood
      purge: *purge
      open_firewall: *open_firewall
  state:
    description:
      - V(present) adds entries that are missing.
      - V(absent) removes the entries that are listed, or all permanent ones of a device for which neither O(entries) nor O(flood) is given.
seealso:
  - module: linuxnet.container.vxlan
  - plugin: linuxnet.container.overlay_fdb
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Two other hosts, and a container on each
  linuxnet.container.vxlan_fdb:
    device: vx-red
    flood: [192.0.2.12, 192.0.2.13]
    entries:
      - mac: 02:00:0a:2a:02:01
        dst: 192.0.2.12
      - mac: 02:00:0a:2a:03:01
        dst: 192.0.2.13

- name: The second container has moved to the first host
  linuxnet.container.vxlan_fdb:
    device: vx-red
    entries:
      - mac: 02:00:0a:2a:03:01
        dst: 192.0.2.12

- name: Exactly these entries
  linuxnet.container.vxlan_fdb:
    devices:
      - device: vx-red
        purge: true
        flood: [192.0.2.12]
        entries:
          - mac: 02:00:0a:2a:02:01
            dst: 192.0.2.12

- name: Remove one
  linuxnet.container.vxlan_fdb:
    device: vx-red
    entries:
      - mac: 02:00:0a:2a:02:01
        dst: 192.0.2.12
    state: absent

- name: Remove all
  linuxnet.container.vxlan_fdb:
    device: vx-red
    state: absent
"""

RETURN = r"""
commands:
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - bridge fdb append 00:00:00:00:00:00 dev vx-red dst 192.0.2.12 self permanent
    - bridge fdb replace 02:00:0a:2a:02:01 dev vx-red dst 192.0.2.12 self permanent
devices:
  description: The devices that the task names, as they are now, or would be after check mode.
  returned: success
  type: list
  elements: dict
  contains:
    device:
      description: Name of the device.
      returned: always
      type: str
      sample: vx-red
    entries:
      description: All its permanent entries.
      returned: always
      type: list
      elements: dict
      contains:
        mac:
          description: MAC address, all zero for flooding.
          returned: always
          type: str
          sample: 02:00:0a:2a:02:01
        dst:
          description: Address of the other host.
          returned: always
          type: str
          sample: 192.0.2.12
        port:
          description: UDP port.
          returned: always
          type: int
          sample: 4789
        vni:
          description: VXLAN network identifier.
          returned: always
          type: int
          sample: 4242
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.vxlan_fdb import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
