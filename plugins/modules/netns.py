#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: netns
short_description: Named network namespaces
version_added: 0.1.0
description:
  - Makes and removes named network namespaces, as C(ip netns) does, one or a thousand in one task.
  - Gives a name to a namespace that is there already. That of a container of Docker's or Podman's (O(container)), of a running process
    (O(pid)), or one that a file is (O(path)).
  - With a namespace go the veth pairs that lead into it.
  - A namespace that belongs to several networks loses those of O(purge_networks), and goes with the last. One that is listed stays, and
    of those networks it keeps what O(network) says.
author:
  - linuxnet.container contributors (@linuxnet)
extends_documentation_fragment:
  - linuxnet.container.attributes
  - linuxnet.container.engine
  - linuxnet.container.engine.changing
  - linuxnet.container.engine.state
  - linuxnet.container.engine.purge
  - linuxnet.container.engine.stop
options:
  name:
    description:
      - The namespaces' names, up to 128 characters each. The other options are for all of them.
      - Excludes O(namespaces).
    type: list
    elements: str
  network: &network
    description:
      - Names of the networks that the namespace belongs to. They are added to those it has.
      - A namespace that somebody else made and named belongs to none. For one that is adopted (O(pid), O(path),
        O(container)) they are noted on the host.
    type: list
    elements: str
  sysctls: &sysctls
    description:
      - Kernel parameters inside the namespace, as V(net.ipv4.ip_forward) or, for an interface with a dot in its name, with slashes.
      - Parameters that are not listed are not touched.
    type: dict
  pid: &pid
    description:
      - A process on the host. The name is given to the network namespace that it is in, and keeps that namespace in being when the
        process has ended.
      - With O(state=absent) only the name goes. What runs inside goes on, with its interfaces.
      - When the name stands for the namespace of an earlier process, it is given to the new one.
      - When the process has ended, and the name stands for its namespace, the module warns and takes away the name, and the pairs of this
        collection that lead into it, which would keep the namespace in being. After that, and where nothing was adopted, it is an error.
    type: int
  path: &path
    description:
      - The path of a file that is a network namespace, such as V(/proc/4711/ns/net) or V(/run/docker/netns/default).
      - What O(pid) says of names holds here too, and the namespace is gone when the file is.
      - O(pid), O(path) and O(container) exclude each other.
    type: str
  container: &container
    description:
      - The name of a container of Docker's or of root's Podman, its ID, or the beginning of that.
      - Docker is asked over its socket, C(/var/run/docker.sock) or what C(DOCKER_HOST) says of a socket on this host. Podman is asked over
        its own, C(/run/podman/podman.sock), where that is, or else by the files it keeps. No Python library of either is needed.
      - What O(pid) says of names holds here too. A container is gone when the engine that knew of it says that there is none, or that it
        has stopped. When that engine cannot be asked, it is an error.
      - One that shares the host's network has no namespace of its own.
    type: str
  engine: &engine
    description:
      - Who is asked for O(container). With V(auto) whoever knows it, and when both do, it has to be said which is meant.
    type: str
    choices: [auto, docker, podman]
    default: auto
  wait: &wait
    description:
      - For so many seconds, up to a day, is waited until what O(pid), O(path) or O(container) says is there, with a network namespace of its
        own. Other runs on the host do not wait along.
    type: int
    default: 0
  loopback: &loopback
    description:
      - Whether C(lo) is up.
      - When not given, it is set up, but left as it is in a namespace that is adopted (O(pid), O(path), O(container)).
    type: bool
  namespaces:
    description:
      - Namespaces that differ. Each element is what the options of the same names say of one.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The namespace's name.
        type: str
        required: true
      network: *network
      sysctls: *sysctls
      pid: *pid
      path: *path
      container: *container
      engine: *engine
      wait: *wait
      loopback: *loopback
seealso:
  - module: linuxnet.container.veth
  - plugin: linuxnet.container.netns
    plugin_type: become
    description: Runs a task inside a namespace.
"""

EXAMPLES = r"""
- name: A namespace
  linuxnet.container.netns:
    name: web

- name: A thousand
  linuxnet.container.netns:
    name: "{{ range(1000) | map('regex_replace', '^', 'c') }}"

- name: They go again
  linuxnet.container.netns:
    name: "{{ range(1000) | map('regex_replace', '^', 'c') }}"
    state: absent

- name: Namespaces that differ, and all of the network blue; others of it go
  linuxnet.container.netns:
    namespaces:
      - name: router
        network: [blue]
        sysctls:
          net.ipv4.ip_forward: 1
      - name: db
        network: [blue]
    purge_networks: [blue]

- name: Name the namespace of a running process
  linuxnet.container.netns:
    name: adopted
    pid: "{{ process_id }}"

- name: Take the name away; the process keeps its network
  linuxnet.container.netns:
    name: adopted
    state: absent

- name: Name the namespace that a file is
  linuxnet.container.netns:
    name: adopted
    path: /proc/{{ process_id }}/ns/net

- name: Name the namespaces of containers, the second as soon as it runs
  linuxnet.container.netns:
    namespaces:
      - name: shop
        container: shop
      - name: shop-db
        container: shop-db
        engine: podman
        wait: 30

- name: Plug one of them in beside what its engine has given it
  linuxnet.container.veth:
    name: v-shop
    addresses: [10.1.0.1/24]
    peer:
      name: lan0
      netns: shop
      addresses: [10.1.0.10/24]

- name: Remove a namespace, and end what still runs in it
  linuxnet.container.netns:
    name: db
    state: absent
    stop_processes: true
"""

RETURN = r"""
commands: &commands
  description: The change as lines that an admin would type, in order. In check mode, the change that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - ip netns add web
    - ip -n web link set dev lo up group 5000771 alias linuxnet.container
namespaces:
  description:
    - The namespaces that the task names, as they are now, or would be after check mode. Those that are gone are left out.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: web
    inode:
      description: The number that tells it from other namespaces, as C(readlink /proc/PID/ns/net) shows it.
      returned: always, none if the task made it or would make it
      type: int
      sample: 4026532290
    adopted:
      description: Whether its name alone is ours (O(pid), O(path), O(container)).
      returned: always
      type: bool
      sample: false
    ours:
      description: Whether this collection made it, or its name.
      returned: always
      type: bool
      sample: true
    networks:
      description: The networks that it belongs to.
      returned: always
      type: list
      elements: str
      sample: [blue]
    loopback:
      description: Whether C(lo) is up.
      returned: always
      type: bool
      sample: true
    links:
      description:
        - Its interfaces without C(lo), described as in RV(linuxnet.container.network_info#module:host.links).
      returned: always
      type: list
      elements: dict
      sample: []
    sysctls:
      description: The parameters that O(sysctls) names.
      returned: always
      type: dict
      sample: {}
    processes:
      description: What runs inside.
      returned: with O(purge_networks), when there are any
      type: list
      elements: dict
      sample: [{pid: 4711, command: nginx}]
"""

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.netns import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
