#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lab_node
short_description: Make and remove nodes of a lab on one machine
version_added: 0.1.0
description:
  - A node of a lab is a network, a mount and a UTS namespace, held by one small process. It has its own interfaces, host name,
    V(/run) and V(/sys), and shares everything else with the machine. The connection plugin P(linuxnet.container.lab#connection)
    enters it.
  - Runs on the controller, usually with C(connection=local), as root or as an ordinary user. For an ordinary user all nodes of a lab
    are in one user namespace. The machine's own network is not touched.
  - Nodes with addresses are plugged into an Ethernet segment, which the node V(switch) is.
author:
  - linuxnet.container contributors (@linuxnet)
attributes:
  check_mode:
    support: full
    description: Can run in check mode and predicts the change.
  diff_mode:
    support: full
    description: Shows the nodes that would be made and removed.
  platform:
    support: full
    platforms: linux
    description: The systems the module works on.
options:
  lab_dir:
    description:
      - Folder with the state of the lab, as a path from the root on. It is made, for its owner alone, when the first node is.
      - Nodes are known by it, so one folder is one lab.
    type: path
    required: true
  name:
    description:
      - Names of bare nodes, with nothing but a loopback device. Short for O(nodes) with names alone.
      - With O(state=absent), names of the nodes to remove.
    type: list
    elements: str
    default: []
  nodes:
    description:
      - The nodes.
      - A node that is up, but otherwise than described here, is removed and made anew.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the node, which becomes its host name. Up to 32 lower-case letters, digits and hyphens.
          - V(switch) is the segment that the others are plugged into.
        type: str
        required: true
      addresses:
        description:
          - Addresses of C(eth0) with their prefix lengths. A node without any has no C(eth0).
        type: list
        elements: str
        default: []
      gateways:
        description:
          - Default gateways, at most one of each address family.
        type: list
        elements: str
        default: []
      mtu:
        description:
          - MTU of C(eth0) and of its port at the switch.
        type: int
        default: 1500
      loopback:
        description:
          - Further addresses of the loopback device, with their prefix lengths.
        type: list
        elements: str
        default: []
      whoami:
        description:
          - Start a server on port 7007, over UDP and TCP, that tells everybody the address they come from.
        type: bool
        default: false
  state:
    description:
      - V(present) makes what is missing. Nodes that are not named stay as they are.
      - V(absent) ends the named nodes and every process in them; without any name, the whole lab.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - plugin: linuxnet.container.lab
    plugin_type: connection
  - module: linuxnet.container.probe
notes:
  - The machine needs C(nsenter) (util-linux) and C(ip) (iproute2).
"""

EXAMPLES = r"""
- name: A switch and two nodes plugged into it
  linuxnet.container.lab_node:
    lab_dir: /tmp/my-lab
    nodes:
      - name: switch
      - name: node1
        addresses: [192.0.2.11/24, "2001:db8:0:2::11/64"]
      - name: node2
        addresses: [192.0.2.12/24, "2001:db8:0:2::12/64"]

- name: A bare node beside them
  linuxnet.container.lab_node:
    lab_dir: /tmp/my-lab
    name: [spare]

- name: Take one node away
  linuxnet.container.lab_node:
    lab_dir: /tmp/my-lab
    name: [spare]
    state: absent

- name: Take the whole lab away
  linuxnet.container.lab_node:
    lab_dir: /tmp/my-lab
    state: absent
"""

RETURN = r"""
nodes:
  description: The nodes that are up now, by name.
  returned: success
  type: dict
  contains:
    pid:
      description: Process that holds the node's namespaces.
      returned: always
      type: int
      sample: 4711
changed_nodes:
  description: The names of the nodes that were made or removed, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [switch, node1]
"""

import os

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, LabError, NodeSpec, check_folder, checked
from ansible_collections.linuxnet.container.plugins.module_utils._module import Module
from ansible_collections.linuxnet.container.plugins.module_utils._values import shown


def main():
    strings = dict(type="list", elements="str", default=[])
    node = dict(
        name=dict(type="str", required=True),
        addresses=strings,
        gateways=strings,
        mtu=dict(type="int", default=1500),
        loopback=strings,
        whoami=dict(type="bool", default=False),
    )
    module = Module(
        argument_spec=dict(
            lab_dir=dict(type="path", required=True),
            name=strings,
            nodes=dict(type="list", elements="dict", default=[], options=node),
            state=dict(type="str", choices=["present", "absent"], default="present"),
        ),
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module.params, module.check_mode))
    except LabError as error:
        module.fail_json(msg=str(error))


def run(options, check):
    """Do what ``options`` say, or with ``check`` only find out; returns what the module returns.  Raises LabError."""
    if not os.path.isabs(check_folder("lab_dir", options["lab_dir"])):
        raise LabError("lab_dir: %s is a path from wherever the module runs: write it from the root on, like /tmp/lab." % shown(options["lab_dir"]))
    lab = Lab(options["lab_dir"])
    specs = checked([NodeSpec(name) for name in options["name"]] + [_spec(node) for node in options["nodes"]])
    up = lab.nodes()
    if options["state"] == "present":
        changed = lab.changes(specs) if check else lab.apply(specs)
        lines = ["- node %s" % name for name in changed if name in up] + ["+ node %s" % name for name in changed]
    else:
        names = [spec.name for spec in specs] or list(up)
        changed = [name for name in names if name in up] if check else lab.remove(names)
        lines = ["- node %s" % name for name in changed]
    return dict(
        changed=bool(changed),
        changed_nodes=changed,
        nodes={name: dict(pid=node.pid) for name, node in lab.nodes().items()},
        diff=dict(prepared="".join(line + "\n" for line in lines)),
    )


def _spec(node):
    return NodeSpec(**{key: tuple(value) if isinstance(value, list) else value for key, value in node.items()})


if __name__ == "__main__":
    main()
