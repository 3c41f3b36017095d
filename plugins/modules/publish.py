#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: publish
short_description: Publishes ports of containers at the host
version_added: 0.1.0
description:
  - What comes to a port of the host goes on to a container. It is reached from outside the host, from the host by its own addresses and
    at 127.0.0.1, from the container's neighbours, and from the container itself.
  - The service sees the address of whoever asks. Where the answer would otherwise not come back through the host, it sees the address of
    the bridge instead. This is so for neighbours on the same bridge, for the container itself, and for 127.0.0.1.
  - At C(::1) the host's own programs reach no container, as the kernel takes no answer to it from a bridge. They do at every other
    address of the host.
  - All ports are elements of two maps a family in the nf_tables table C(inet linuxnet), which two rules ask, whatever their number.
  - A port that a process of the host listens on, or that leads to another container already, is refused before anything is changed.
  - What is republished takes effect at once, for UDP too. Flows to the port are forgotten when it is published, moved or taken back.
  - Switches forwarding on, as M(linuxnet.container.nat_masquerade) does, and off again with the last that needs it. For ports that are
    reached at 127.0.0.1 it sets C(route_localnet) of the bridge, refuses packets from the bridge with such addresses, and puts it back.
  - Where other owners' firewalls drop forwarded packets, the network is let through by M(linuxnet.container.nat_masquerade). A network
    that is not masqueraded is not, and a warning names what drops.
  - Where C(net.bridge.bridge-nf-call-iptables) is 1, a container reaches its own port only when its pair has
    O(linuxnet.container.veth#module:hairpin).
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
      - Name of the network, up to 63 letters, digits, C(_), C(.) and C(-). It is the comment of the network's ports and rules.
      - The ports of a network are replaced as a whole.
    type: str
  <<: &publication
    bridge:
      description:
        - The network's bridge. It must be there.
        - Required with O(state=present).
      type: str
    subnets:
      description:
        - The network's subnets, such as V(10.1.0.0/24).
        - When not given, they follow from the addresses of O(bridge).
      type: list
      elements: str
    ports:
      description:
        - The ports of the host, and where they lead. Those that are not listed go.
      type: list
      elements: dict
      suboptions:
        port:
          description:
            - The port of the host, such as V(8080), or a range, such as V(8000-8010).
          type: str
          required: true
        protocol:
          description:
            - What the port is of.
          type: str
          choices: [tcp, udp, sctp]
          default: tcp
        address:
          description:
            - The container's address, in one of the network's subnets.
          type: str
          required: true
        to_port:
          description:
            - The container's port, or a range as long as that of the host. When not given, it is the same as the host's.
          type: str
        host_address:
          description:
            - The address of the host that is asked, of the same family as O(ports[].address). When not given, any address of the host's.
            - With V(127.0.0.1) the port is reached from the host alone.
          type: str
  publications:
    description:
      - Many networks. Each element is what the options of the same names say of one.
      - Excludes O(name).
    type: list
    elements: dict
    suboptions:
      name:
        <<: *name
        required: true
      <<: *publication
seealso:
  - module: linuxnet.container.nat_masquerade
  - module: linuxnet.container.veth
"""

EXAMPLES = r"""
- name: The container's port 80 is the host's 8080
  linuxnet.container.publish:
    name: blue
    bridge: br0
    ports:
      - port: 8080
        address: 10.1.0.10
        to_port: 80

- name: In both families, and a range of UDP ports at one address of the host
  linuxnet.container.publish:
    name: blue
    bridge: br0
    ports:
      - {port: 8080, address: 10.1.0.10, to_port: 80}
      - {port: 8080, address: "fd00:1::10", to_port: 80}
      - {port: 5060-5069, protocol: udp, address: 10.1.0.10, host_address: 192.0.2.11}

- name: For the host alone
  linuxnet.container.publish:
    name: green
    bridge: br1
    ports:
      - {port: 5432, address: 10.2.0.10, host_address: 127.0.0.1}

- name: Take all of them back
  linuxnet.container.publish:
    publications:
      - name: blue
      - name: green
    state: absent
"""

RETURN = r"""
commands:
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - nft add element inet linuxnet published_ip '{ tcp . 8080 comment "blue" : 10.1.0.10 . 80 }'
ports:
  description: The published ports of the networks that the task names, as they are now, or would be after check mode.
  returned: success
  type: list
  elements: dict
  contains:
    network:
      description: The network that the port belongs to.
      returned: always
      type: str
      sample: blue
    host_address:
      description: The address of the host that is asked.
      returned: always, none for any address
      type: str
      sample: 192.0.2.11
    protocol:
      description: V(tcp), V(udp) or V(sctp).
      returned: always
      type: str
      sample: tcp
    port:
      description: The port of the host, or a range of them.
      returned: always
      type: str
      sample: "8080"
    address:
      description: The container's address.
      returned: always
      type: str
      sample: 10.1.0.10
    to_port:
      description: The container's port, or a range of them.
      returned: always
      type: str
      sample: "80"
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.publish import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
