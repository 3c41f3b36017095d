# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules have in common because they go through the same engine."""

from __future__ import annotations


class ModuleDocFragment:
    """What all need; ``CHANGING``: what changes a host; ``STATE``: present and absent; ``PURGE``: what carries networks' marks;
    ``STOP``: processes in namespaces that go."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - pyroute2 >= 0.7.2
  - Python >= 3.9
notes:
  - Needs the capabilities C(CAP_NET_ADMIN) and C(CAP_SYS_ADMIN), which root has. Use C(become=true).
"""

    CHANGING = r"""
options:
  lock_timeout:
    description:
      - How long to wait, in seconds, while another run changes this host's network.
    type: int
    default: 60
notes:
  - All or nothing. When something fails half-way, the host is put back as it was found.
  - What this collection makes carries a mark, and only what carries it is removed. Interfaces have the group V(5000771) and the alias
    V(linuxnet.container), with the names of their networks behind a colon. A namespace has the mark on its C(lo). Rules are in the
    nf_tables table C(inet linuxnet), with the network's name as their comment.
"""

    STATE = r"""
options:
  state:
    description:
      - V(present) makes what is missing and mends what differs. An option that is not given is not touched.
      - V(absent) takes away what was made. What is not there is no error.
    type: str
    choices: [present, absent]
    default: present
"""

    PURGE = r"""
options:
  purge_networks:
    description:
      - Names of networks whose list of objects in this task is the whole truth. What carries such a network's mark, is of the kind that
        this module makes, and is not listed, is removed.
    type: list
    elements: str
    default: []
"""

    STOP = r"""
options:
  stop_processes:
    description:
      - Whether processes inside a namespace that is to be removed are ended. When V(false), the module fails and lists them.
    type: bool
    default: false
  stop_timeout:
    description:
      - How long to wait, in seconds, after C(SIGTERM) until processes get C(SIGKILL).
    type: int
    default: 10
"""
