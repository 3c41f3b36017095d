# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: container_mac
author:
  - linuxnet.container contributors
version_added: 0.1.0
short_description: The MAC address of a container, from its network and address
description:
  - The modules and roles of this collection give every endpoint a MAC that follows from its network and address alone,
    so that every node of an overlay knows it without asking. This filter gives the same.
positional: network
options:
  _input:
    description:
      - The first IP address of the container, with or without prefix length.
    type: str
    required: true
  network:
    description:
      - The name of the network or overlay.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: The MAC of a container, for a static entry elsewhere
  ansible.builtin.debug:
    msg: "{{ '10.42.1.5' | linuxnet.container.container_mac('red') }}"
"""

RETURN = r"""
  _value:
    description: A locally administered unicast MAC address.
    type: str
    sample: "02:5c:11:9e:07:aa"
"""

from ansible_collections.linuxnet.container.plugins.module_utils import _marks
from ansible_collections.linuxnet.container.plugins.plugin_utils._addresses import (
    address,
)
from ansible_collections.linuxnet.container.plugins.plugin_utils._filters import answer
from ansible_collections.linuxnet.container.plugins.plugin_utils._options import (
    NETWORK_NAME_MAX,
    check_name,
)


def container_mac(given, network):
    return answer(_mac, given, network)


def _mac(given, network):
    check_name("container_mac", "network", network, NETWORK_NAME_MAX)
    return _marks.container_mac(network, address("container_mac", "address", given).text)


class FilterModule:
    """The filter ``container_mac``."""

    def filters(self):
        return {"container_mac": container_mac}
