#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: checkpoint
short_description: Keep the state of networks, to go back to it
version_added: 0.1.0
description:
  - Makes several tasks all or nothing. A checkpoint is taken first, restored when a task fails, and dropped in the end. That is what the
    roles of this collection do.
  - A checkpoint is everything that carries the marks of the named networks (namespaces, interfaces with their addresses, routes and
    forwarding entries) and the whole of the collection's firewall table with the forwarding switches.
  - Sysctls of namespaces, processes, sockets, counters and numbers of interfaces are not part of it.
  - It is a file below V(/run/linuxnet.container), and gone when the host starts anew.
author:
  - linuxnet.container contributors (@linuxnet)
extends_documentation_fragment:
  - linuxnet.container.attributes
  - linuxnet.container.engine
  - linuxnet.container.engine.changing
options:
  name:
    description:
      - Name of the checkpoint, up to 63 letters, digits, C(_), C(.) and C(-).
      - Left out with O(state=taken), one is made up that no other checkpoint has, and returned. So several runs at once do not
        replace each other's.
    type: str
  networks:
    description:
      - Names of the networks that it is to keep. Required with O(state=taken).
      - With O(state=dropped), checkpoints that keep nothing but these networks are forgotten too. This is for networks that are
        taken away for good, because a run that was killed leaves its checkpoint behind.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(taken) takes the checkpoint. One of the same name is replaced.
      - V(restored) puts the networks back as they were when it was taken. The checkpoint stays.
      - V(dropped) forgets it. One that is not there is no error.
      - Only V(restored) counts as a change. In check mode, V(taken) and V(dropped) do nothing, and so does V(restored) when there is no
        such checkpoint.
    type: str
    choices: [taken, restored, dropped]
    default: taken
"""

EXAMPLES = r"""
- name: Several tasks, all or nothing
  block:
    - name: Take a checkpoint
      linuxnet.container.checkpoint:
        networks: [blue]
      register: checkpoint

    - name: A bridge
      linuxnet.container.bridge:
        name: br-blue
        network: blue

    - name: A namespace
      linuxnet.container.netns:
        name: web
        network: [blue]

    - name: All went well
      linuxnet.container.checkpoint:
        name: "{{ checkpoint.name }}"
        state: dropped
  rescue:
    - name: Go back
      linuxnet.container.checkpoint:
        name: "{{ checkpoint.name }}"
        state: restored

- name: Take a checkpoint
  linuxnet.container.checkpoint:
    name: before-trial
    networks: [blue]

- name: Try something
  linuxnet.container.bridge:
    name: br-blue
    network: blue
    addresses: [10.1.0.1/24]

- name: Go back
  linuxnet.container.checkpoint:
    name: before-trial
    state: restored

- name: Forget it
  linuxnet.container.checkpoint:
    name: before-trial
    state: dropped
"""

RETURN = r"""
name:
  description: Name of the checkpoint, as given or as made up. V(null) when none is spoken of.
  returned: success
  type: str
  sample: before-trial
commands:
  description: The change as lines that an admin would type, in order. Empty unless O(state=restored).
  returned: success
  type: list
  elements: str
  sample:
    - ip address delete 10.1.0.1/24 dev br-blue
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.checkpoint import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
