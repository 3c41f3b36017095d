# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Run tasks inside a named network namespace
version_added: 0.1.0
description:
  - Runs any task inside a named network namespace of the managed host, over any connection, by wrapping it in
    C(nsenter --net=/run/netns/NAME).
  - Only the network is changed. Files, users and processes stay those of the host. That goes for V(/sys) as well, so what is read
    from V(/sys/class/net) (some of the network facts are) speaks of the host.
  - Tasks run as root inside. Where the connection's user is not root, set O(sudo) to get there through C(sudo).
author:
  - linuxnet.container contributors (@linuxnet)
options:
  netns:
    description:
      - Name of the namespace, as C(ip netns list) shows it.
    type: str
    required: true
    vars:
      - name: linuxnet_netns
    env:
      - name: LINUXNET_NETNS
    ini:
      - section: netns_become_plugin
        key: netns
  sudo:
    description:
      - Go through C(sudo) first. Needed where the connection's user is not root.
      - Without O(become_pass), C(sudo) must not ask for a password.
    type: bool
    default: false
    vars:
      - name: linuxnet_netns_sudo
    env:
      - name: LINUXNET_NETNS_SUDO
    ini:
      - section: netns_become_plugin
        key: sudo
  become_pass:
    description:
      - Password for C(sudo).
    type: str
    required: false
    vars:
      - name: ansible_become_password
      - name: ansible_become_pass
    env:
      - name: ANSIBLE_BECOME_PASS
  become_user:
    description:
      - The user inside the namespace. Entering one takes root, so there is no other choice.
    type: str
    default: root
    vars:
      - name: ansible_become_user
    env:
      - name: ANSIBLE_BECOME_USER
    ini:
      - section: privilege_escalation
        key: become_user
    keyword:
      - name: become_user
notes:
  - The managed host needs C(nsenter), which is part of util-linux.
  - A variable V(ansible_become_method) in the inventory wins over the keyword C(become_method) of a task.
    On such a host, set the variable on the task instead.
"""

EXAMPLES = r"""
- name: Look at the network from inside a namespace
  hosts: node1
  gather_facts: false
  tasks:
    - name: A namespace to look into
      linuxnet.container.netns:
        name: web

    - name: List its routes
      become: true
      become_method: linuxnet.container.netns
      ansible.builtin.command: ip route show
      vars:
        linuxnet_netns: web
      changed_when: false
"""

import json
import shlex

from ansible.errors import AnsibleOptionsError
from ansible.plugins.become import BecomeBase
from ansible_collections.linuxnet.container.plugins.module_utils._lab_holder import NETNS_DIR, LabError
from ansible_collections.linuxnet.container.plugins.module_utils._lab import check_netns
from ansible_collections.linuxnet.container.plugins.module_utils._values import shown


class BecomeModule(BecomeBase):

    name = "linuxnet.container.netns"

    fail = ("Sorry, try again.",)
    missing = ("sudo: a password is required",)

    def build_become_command(self, cmd, shell):
        """The shell line that runs ``cmd`` inside the namespace.  Raises AnsibleOptionsError for a bad name or user."""
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        try:
            netns = check_netns(self.get_option("netns"))
        except LabError as error:
            raise AnsibleOptionsError("linuxnet_netns: %s" % error) from error
        if self.get_option("become_user") not in (None, "", "root"):
            raise AnsibleOptionsError(
                "become_user: the become method %s makes tasks run as root, not as %s; leave become_user out."
                % (self.name, shown(self.get_option("become_user")))
            )
        path = "%s/%s" % (NETNS_DIR, netns)
        # Said as a module would say it: otherwise all the user sees is that no module answered.
        missing = json.dumps({"failed": True, "msg": "linuxnet_netns: there is no network namespace %s." % netns})
        inside = "nsenter --net=%s -- %s" % (path, self._build_success_command(cmd, shell))
        # A link would lead into another namespace, and a FIFO would be waited for: nsfs it must be (NSFS_MAGIC, linux/magic.h).
        there = 'test ! -L %s && test "$(stat -f -c %%t %s 2>/dev/null)" = 6e736673' % (path, path)
        return "{ %s; } || { echo %s; exit 1; }; %s" % (there, shlex.quote(missing), " ".join(self._sudo() + [inside]))

    def _sudo(self):
        if not self.get_option("sudo"):
            return []
        if not self.get_option("become_pass"):
            return ["sudo", "-H", "-n", "--"]
        self.prompt = "[sudo via ansible, key=%s] password:" % self._id
        return ["sudo", "-H", "-S", "-p", shlex.quote(self.prompt), "--"]
