#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_masquerade
short_description: Lets networks leave the host under its own address
version_added: 0.1.0
description:
  - Masquerades what comes from a network and leaves through anything but the network's own bridge, or through one named interface.
  - Switches forwarding on (C(net.ipv4.ip_forward), C(net.ipv6.conf.all.forwarding)) for the address families that need it. When the
    last masquerade of a family goes, forwarding is switched back to what it was, unless somebody changed it since, or another owner's
    firewall rules for forwarded packets have come. Then it stays on, and a warning says so.
  - Before IPv6 forwarding is switched on, interfaces whose default route came in a router advertisement get C(accept_ra=2). Otherwise
    the kernel would drop that route.
  - Networks on one host do not reach each other, unless O(isolate) is V(false) for both.
  - All rules are in one nf_tables table, C(inet linuxnet). A drop in another owner's table is final, so where forwarded packets are
    dropped, the network is let through there, see O(open_firewall).
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
      - Name of the network, up to 63 letters, digits, C(_), C(.) and C(-). It is the comment of the network's rules.
      - The rules of a network are replaced as a whole.
    type: str
  <<: &masquerade
    sources:
      description:
        - The network's subnets, such as V(10.1.0.0/24) or V(fd00:1::/64).
        - Required with O(state=present).
      type: list
      elements: str
    bridge:
      description:
        - The network's own bridge. What leaves through it keeps its address.
        - Required with O(state=present), unless O(out_interface) is given.
      type: str
    out_interface:
      description:
        - Masquerade only what leaves through this interface.
        - When not given, whatever leaves through any but O(bridge).
      type: str
    exclude:
      description:
        - Destination subnets that see the containers' own addresses.
      type: list
      elements: str
    snat_to:
      description:
        - The address that packets leave with, such as V(192.0.2.7), or a range to take one from, such as V(192.0.2.7-192.0.2.9). One
          for IPv4, one for IPv6.
        - When not given, it is the address of the interface they leave through.
        - Answers come back only if the address is the host's, or is routed to it. The module warns when it is not the host's.
      type: list
      elements: str
    isolate:
      description:
        - Whether the network is kept apart from the others on the host. Those are the other interfaces that this collection made, and
          every bridge, such as Docker's, but one that is O(out_interface) or has a default route of the host's. Published ports are
          reached all the same. Takes effect with O(bridge).
      type: bool
      default: true
    isolate_containers:
      description:
        - Whether the host refuses to route between two containers of the network. On the bridge itself O(linuxnet.container.veth#module:isolated)
          keeps them apart, so that it takes both. Published ports are reached all the same.
        - Needs O(bridge).
      type: bool
      default: false
    open_firewall:
      description:
        - Whether the network is let through other owners' firewalls that drop forwarded packets. What begins outside stays out, unless it
          is published.
        - In the chains of iptables, of nf_tables and legacy ones, by rules at the head of C(DOCKER-USER) where Docker is, else of
          C(FORWARD). Their comment is C(linuxnet.container:NETWORK). The legacy tables need the program C(iptables-legacy).
        - In firewalld, by O(bridge) or O(sources) in a zone C(linuxnet) of target ACCEPT, in its configuration and in what runs. For the
          first network firewalld is reloaded. From the zone the host is open to the containers.
        - What stands there once stays until the network goes, or this is V(false).
        - Any other chain that drops is its owner's alone. Then the run fails, and says which chain it is and what to add there.
        - When V(false), other owners' firewalls are left alone. A warning names what drops.
      type: bool
      default: true
  masquerades:
    description:
      - Many networks. Each element is what the options of the same names say of one.
      - Excludes O(name).
    type: list
    elements: dict
    suboptions:
      name:
        <<: *name
        required: true
      <<: *masquerade
seealso:
  - module: linuxnet.container.bridge
"""

EXAMPLES = r"""
- name: Containers on br0 reach the world
  linuxnet.container.nat_masquerade:
    name: blue
    sources: [10.1.0.0/24, "fd00:1::/64"]
    bridge: br0

- name: Through eth0 alone, and not towards the office
  linuxnet.container.nat_masquerade:
    name: green
    sources: [10.2.0.0/20]
    bridge: br1
    out_interface: eth0
    exclude: [198.51.100.0/24]

- name: Under two addresses of the host's own, taken in turn; containers do not see each other
  linuxnet.container.nat_masquerade:
    name: green
    sources: [10.2.0.0/20]
    bridge: br1
    snat_to: [192.0.2.7-192.0.2.8]
    isolate_containers: true

- name: Networks that may talk to each other; those of blue and green that are not listed go
  linuxnet.container.nat_masquerade:
    purge_networks: [blue, green]
    masquerades:
      - name: blue
        sources: [10.1.0.0/24]
        bridge: br0
        isolate: false
      - name: red
        sources: [10.3.0.0/24]
        bridge: br1
        isolate: false

- name: Remove both
  linuxnet.container.nat_masquerade:
    masquerades:
      - name: blue
      - name: red
    state: absent
"""

RETURN = r"""
commands:
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - nft add table inet linuxnet
    - sysctl -w net.ipv4.ip_forward=1
rules:
  description: The rules of the networks that the task names, as they are now, or would be after check mode.
  returned: success
  type: list
  elements: dict
  contains:
    chain:
      description: Name of the chain.
      returned: always
      type: str
      sample: postrouting
    rule:
      description: The rule as C(nft list) shows it.
      returned: always
      type: str
      sample: ip saddr 10.1.0.0/24 oifname != "br0" masquerade
    network:
      description: The network that the rule belongs to.
      returned: always
      type: str
      sample: blue
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.nat_masquerade import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
