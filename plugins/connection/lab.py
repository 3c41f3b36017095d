# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: lab
short_description: Enter a node of a lab on this machine
version_added: 0.1.0
description:
  - Runs tasks inside a node of a lab, which is a network, a mount and a UTS namespace on the controller, made by
    M(linuxnet.container.lab_node). Playbooks and roles that run over ssh run there unchanged.
  - Inside, the task is root, also in the lab of an ordinary user, where the node is in a user namespace. Becoming root by another
    method (C(sudo), C(su)) is therefore nothing to do, and is not done.
  - A node shares the controller's files, but has its own V(/run), and in it its home folder and its temporary folder.
author:
  - linuxnet.container contributors (@linuxnet)
options:
  node:
    description:
      - Name of the node.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: linuxnet_lab_node
  lab_dir:
    description:
      - Folder with the state of the lab.
      - When not given, V(.lab) in the folder of the collection.
    type: path
    vars:
      - name: linuxnet_lab_dir
    env:
      - name: LINUXNET_LAB_DIR
    ini:
      - section: lab_connection
        key: lab_dir
extends_documentation_fragment:
  - ansible.builtin.connection_pipelining
notes:
  - The controller needs C(nsenter), which is part of util-linux.
  - Set C(ansible_python_interpreter), for instance to V({{ ansible_playbook_python }}). What discovery would find inside a node is the
    system's Python, which may lack pyroute2.
"""

import os
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.connection import ConnectionBase
from ansible.utils.display import Display
from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, LabError, check_folder, environment

display = Display()

#: Where the lab's state is when nobody says otherwise: in the folder of the collection, wherever a link to it stands.
DEFAULT_LAB_DIR = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", ".lab")


class Connection(ConnectionBase):
    """A connection that enters a lab node."""

    transport = "linuxnet.container.lab"
    has_pipelining = True
    # A node has the controller's processor, kernel and files: nothing has to be packed or encrypted on the way.

    def set_become_plugin(self, plugin):
        """Inside, one is root already: become root by sudo and the like is dropped, other users and our own method stay."""
        own = plugin is not None and plugin.name == "linuxnet.container.netns"
        to_root = getattr(self._play_context, "become_user", None) in (None, "", "root")
        super().set_become_plugin(plugin if own or not to_root else None)

    def _connect(self):
        try:
            check_folder("linuxnet_lab_dir", self.get_option("lab_dir") or DEFAULT_LAB_DIR)
            self._lab().node(self.get_option("node"))
        except LabError as error:
            raise AnsibleConnectionFailure(str(error)) from error
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a shell command inside; returns its exit status, standard output and standard error."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        display.vvv("EXEC %s" % to_text(cmd), host=self.get_option("node"))
        # Ansible hands over lines for a shell, as to sshd: the login shell of a node is /bin/sh.
        return self._enter(["/bin/sh", "-c", to_text(cmd, errors="surrogate_or_strict")], in_data)

    def put_file(self, in_path, out_path):
        """Copy a file of the controller into the node's view of the files."""
        super().put_file(in_path, out_path)
        display.vvv("PUT %s TO %s" % (in_path, out_path), host=self.get_option("node"))
        try:
            with open(to_bytes(in_path, errors="surrogate_or_strict"), "rb") as source:
                self._copy(["dd", "of=" + out_path], out_path, stdin=source)
        except FileNotFoundError as error:
            raise AnsibleFileNotFound("The file to be copied to the lab node does not exist: %s." % in_path) from error

    def fetch_file(self, in_path, out_path):
        """Copy a file from the node's view of the files to the controller."""
        super().fetch_file(in_path, out_path)
        display.vvv("FETCH %s TO %s" % (in_path, out_path), host=self.get_option("node"))
        with open(to_bytes(out_path, errors="surrogate_or_strict"), "wb") as target:
            self._copy(["dd", "if=" + in_path], in_path, stdout=target)

    def close(self):
        """Nothing is held open between tasks."""
        self._connected = False

    def reset(self):
        """Nothing is held open between tasks."""
        self.close()

    def _lab(self):
        return Lab(self.get_option("lab_dir") or DEFAULT_LAB_DIR)

    def _copy(self, program, path, **streams):
        status, _out, said = self._enter(program + ["bs=1M", "status=none"], **streams)
        if status:
            reason = to_text(said).strip()
            raise AnsibleError("%s in the lab node '%s' cannot be copied: %s" % (path, self.get_option("node"), reason))

    def _enter(self, argv, in_data=None, **streams):
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()}
        try:
            command = self._lab().enter(self.get_option("node"), argv)
        except LabError as error:
            raise AnsibleConnectionFailure(str(error)) from error
        with subprocess.Popen(command, **dict(options, **streams)) as process:
            output, errors = process.communicate(in_data)
        return process.returncode, output or b"", errors
