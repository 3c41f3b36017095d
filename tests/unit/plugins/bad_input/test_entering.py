# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugins that lead into a namespace or a node: a hostile option never becomes a part of what is run."""

from __future__ import annotations

import os
import shlex

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleOptionsError
from ansible.playbook.play_context import PlayContext
from ansible_collections.linuxnet.container.plugins.become.netns import BecomeModule
from ansible_collections.linuxnet.container.plugins.connection.lab import Connection
from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, LabError

from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.spoil import complaint
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.words import OBJECTS, TEXTS, wrong


def shell():
    return type("Shell", (), {"ECHO": "echo", "COMMAND_SEP": ";"})()


@pytest.fixture
def become():
    def build(**options):
        plugin = BecomeModule()
        options = {"netns": "web", "sudo": False, "become_pass": None, "become_user": "root", **options}
        plugin.get_option = options.get
        return plugin.build_become_command("id", shell())

    return build


def test_a_name_that_is_taken_is_one_word_of_the_line(become):
    assert "nsenter --net=/run/netns/web -- " in become(netns="web")
    for name in ("a@b+c:d.e-f_g", "x" * 255):
        words = shlex.split(become(netns=name))
        assert "--net=/run/netns/" + name in words and "/run/netns/%s" % name in words


@pytest.mark.parametrize("name", [*(one for one in TEXTS), *OBJECTS, "x" * 256, ".a", None, 5], ids=ascii)
def test_a_name_that_is_none_is_refused(become, name):
    with pytest.raises(AnsibleOptionsError) as error:
        become(netns=name)
    assert str(error.value).startswith("linuxnet_netns: ") and complaint(str(error.value)) is None


@pytest.mark.parametrize("user", [one for one in TEXTS if one] + ["www-data", 0, ["root"]], ids=ascii)
def test_another_user_is_refused(become, user):
    with pytest.raises(AnsibleOptionsError) as error:
        become(become_user=user)
    assert str(error.value).startswith("become_user: ") and complaint(str(error.value)) is None


@pytest.fixture
def connection(tmp_path):
    def connect(**options):
        made = Connection(PlayContext(), os.devnull)
        options = {"node": "node1", "lab_dir": str(tmp_path), **options}
        made.get_option = options.get
        return made._connect()

    return connect


@pytest.mark.parametrize("name", [*wrong("node")], ids=ascii)
def test_a_node_that_cannot_be_is_refused_and_no_file_outside_of_the_lab_is_read(connection, tmp_path, name):
    # What a path in the place of a name would lead to.
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(AnsibleConnectionFailure) as error:
        connection(node=name, lab_dir=str(tmp_path))
    assert "is no name for a lab node" in str(error.value) and complaint(str(error.value)) is None


@pytest.mark.parametrize("folder", ["a\0b", "/a\nb", "/\x1b[31m", "/\ud800", "/\u202e"], ids=ascii)
def test_a_folder_that_cannot_be_is_refused(connection, folder):
    with pytest.raises(AnsibleConnectionFailure) as error:
        connection(lab_dir=folder)
    assert str(error.value).startswith("linuxnet_lab_dir: ") and complaint(str(error.value)) is None


@pytest.mark.parametrize("content", ["", "[", "[]", "5", "null", '"x"', "{}", '{"holder": 5}', '{"holder": {}}', '{"holder": {"name": "node1", "pid": "1; id", "started": 1, "boot": "x"}}'])
def test_a_damaged_file_of_a_node_is_a_node_that_is_not_up(tmp_path, content):
    (tmp_path / "node1.json").write_text(content)
    lab = Lab(tmp_path)
    assert lab.nodes() == {} and lab.remove(["node1"]) == []
    (tmp_path / "node1.json").write_text(content)
    with pytest.raises(LabError, match="is not up"):
        lab.enter("node1", ["true"])
