# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection into a lab node and the way into a namespace, as Ansible uses them; the lab's modules and playbooks."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
import yaml
from ansible.plugins.shell.sh import ShellModule

from ansible_collections.linuxnet.container.plugins.become.netns import BecomeModule
from ansible_collections.linuxnet.container.plugins.module_utils._lab import segment

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
ANSIBLE = os.path.dirname(sys.executable)

INVENTORY = {
    "all": {
        "vars": {"ansible_connection": "linuxnet.container.lab", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "hosts": {"a": {}, "b": {}, "gone": {}, "here": {"ansible_connection": "local", "ansible_remote_tmp": "{{ playbook_dir }}/tmp"}},
    }
}


class Ansible:
    """Plays in a lab with the nodes a and b; ``gone`` is a node that is not up."""

    def __init__(self, lab, folder):
        self.lab, self.folder = lab, folder
        (folder / "inventory.yml").write_text(yaml.safe_dump(INVENTORY))
        lab.up(["a", "b"], underlay=False)
        self.environment = dict(
            os.environ,
            ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"),
            ANSIBLE_COLLECTIONS_PATH=str(CHECKOUT / ".collections"),
            ANSIBLE_HOME=str(folder / "ansible"),
            ANSIBLE_REMOTE_TMP=str(folder / "tmp"),
            ANSIBLE_NOCOLOR="1",
            LINUXNET_LAB_DIR=lab.folder,
        )

    def __call__(self, *arguments, **environment):
        command = [sys.executable, os.path.join(ANSIBLE, "ansible-playbook"), *arguments]
        done = subprocess.run(command, cwd=self.folder, env=dict(self.environment, **environment), capture_output=True, text=True, timeout=120, check=False)
        done.said = done.stdout + done.stderr
        return done

    def tasks(self, hosts, *tasks, **keywords):
        """Run ``tasks`` on ``hosts``; returns the finished process with ``said`` and ``results`` (of registered names)."""
        environment = keywords.pop("environment", {})
        target = "%s/kept-{{ inventory_hostname }}" % self.folder
        keep = {"ansible.builtin.copy": {"content": "{{ kept | default({}) | to_json }}", "dest": target}, "delegate_to": "here", "become": False}
        play = dict({"hosts": hosts, "gather_facts": False, "tasks": [*tasks, keep]}, **keywords)
        (self.folder / "play.yml").write_text(yaml.safe_dump([play]))
        for old in self.folder.glob("kept-*"):
            old.unlink()
        done = self("-i", "inventory.yml", "play.yml", **environment)
        done.kept = {path.name[5:]: json.loads(path.read_text()) for path in self.folder.glob("kept-*")}
        return done


@pytest.fixture(scope="module")
def ansible(module_lab, tmp_path_factory):
    return Ansible(module_lab, tmp_path_factory.mktemp("play"))


def command(line, **keywords):
    return dict({"ansible.builtin.command": line, "register": "kept", "changed_when": False}, **keywords)


def in_netns(name, line, **keywords):
    variables = dict({"linuxnet_netns": name}, **keywords.pop("vars", {}))
    return command(line, become=True, become_method="linuxnet.container.netns", vars=variables, **keywords)


pipelining = pytest.mark.parametrize("pipelining", ["0", "1"])


@pipelining
def test_a_task_runs_in_its_node_as_root_with_a_home_of_the_nodes_own(ansible, pipelining):
    line = "sh -c 'hostname; id -u; echo $HOME; echo $TMPDIR; readlink /proc/self/ns/net'"
    done = ansible.tasks("a,b", command(line), environment={"ANSIBLE_PIPELINING": pipelining, "ANSIBLE_REMOTE_TMP": "~/.ansible/tmp"})
    assert done.returncode == 0, done.said
    for node in "a", "b":
        own = ansible.lab.run(node, ["readlink", "/proc/self/ns/net"]).stdout.strip()
        assert done.kept[node]["stdout_lines"] == [node, "0", "/run/home", "/run/tmp", own]
    assert ansible.lab.run("a", ["ls", "-A", "/run/home"]).stdout.split() == [".ansible"]


@pipelining
def test_files_come_and_go_unharmed(ansible, pipelining):
    data = ansible.folder / "data"
    data.write_bytes(bytes(range(256)) * 5000)
    done = ansible.tasks(
        "a",
        {"ansible.builtin.copy": {"src": str(data), "dest": "/run/tmp/a file's name", "mode": "0640"}},
        {"ansible.builtin.fetch": {"src": "/run/tmp/a file's name", "dest": str(ansible.folder / "back"), "flat": True}},
        {"ansible.builtin.script": {"cmd": str(CHECKOUT / "tests" / "integration" / "lab" / "hello.sh") + " you"}, "register": "kept"},
        environment={"ANSIBLE_PIPELINING": pipelining},
    )
    assert done.returncode == 0, done.said
    assert (ansible.folder / "back").read_bytes() == data.read_bytes()
    assert done.kept["a"]["stdout_lines"] == ["hello you from a"]
    assert not os.path.exists("/run/tmp/a file's name")


def test_a_file_that_cannot_be_copied(ansible):
    done = ansible.tasks("a", {"ansible.builtin.copy": {"content": "x", "dest": "/run/none/there/file"}})
    assert done.returncode == 2 and "does not exist" in done.said
    done = ansible.tasks("a", command("true"), environment={"ANSIBLE_REMOTE_TMP": "/proc/nowhere", "ANSIBLE_PIPELINING": "0"})
    assert done.returncode == 4 and "/proc/nowhere" in done.said


def test_a_node_that_is_not_up_is_unreachable_and_says_how_to_bring_it_up(ansible):
    done = ansible.tasks("a,gone", command("true"))
    assert done.returncode == 4
    assert "The lab node 'gone' is not up in %s: run 'ansible-playbook linuxnet.container.lab_up'" % ansible.lab.folder in done.said
    assert list(done.kept) == ["a"] and "Traceback" not in done.said


def test_becoming_root_is_nothing_to_do_in_a_node(ansible):
    """A play with become: true, as real hosts need it, runs in a node of a system without sudo."""
    done = ansible.tasks("a", command("id -u"), become=True, environment={"ANSIBLE_BECOME_EXE": "/nonexistent"})
    assert done.returncode == 0 and done.kept["a"]["stdout"] == "0", done.said
    done = ansible.tasks("a", command("id -u"), become=True, become_user="nobody", environment={"ANSIBLE_BECOME_EXE": "/nonexistent"})
    assert done.returncode != 0


@pipelining
def test_a_task_in_a_namespace(ansible, pipelining):
    ansible.lab.run("a", ["ip", "netns", "add", "web-1"], check=False)
    for line, expected in (("ls /proc/self/net/dev_snmp6", ["lo"]), ("readlink /proc/self/ns/net", None)):
        done = ansible.tasks("a", in_netns("web-1", line), environment={"ANSIBLE_PIPELINING": pipelining})
        assert done.returncode == 0, done.said
        inside = ansible.lab.run("a", line.split(), "web-1").stdout.split()
        assert done.kept["a"]["stdout_lines"] == inside == (expected or inside)
    assert inside != ansible.lab.run("a", line.split()).stdout.split()


def test_every_loop_item_has_its_own_namespace(ansible):
    for name in "web-1", "web-2":
        ansible.lab.run("a", ["ip", "netns", "add", name], check=False)
    done = ansible.tasks("a", in_netns("{{ item }}", "readlink /proc/self/ns/net", loop=["web-1", "web-2"]))
    assert done.returncode == 0, done.said
    seen = [result["stdout"] for result in done.kept["a"]["results"]]
    assert seen == [ansible.lab.run("a", ["readlink", "/proc/self/ns/net"], name).stdout.strip() for name in ("web-1", "web-2")]


@pytest.mark.parametrize(
    ("name", "keywords", "said"),
    [
        ("missing", {}, "linuxnet_netns: there is no network namespace missing."),
        ("a/b", {}, "linuxnet_netns: 'a/b' is no name for a network namespace"),
        ("-x", {}, "linuxnet_netns: '-x' is no name for a network namespace"),
        ("x;reboot", {}, "linuxnet_netns: 'x;reboot' is no name for a network namespace"),
        ("web-1", {"become_user": "nobody"}, "become_user: the become method linuxnet.container.netns makes tasks run as root"),
    ],
)
def test_what_cannot_be_entered_is_one_sentence(ansible, name, keywords, said):
    ansible.lab.run("a", ["ip", "netns", "add", "web-1"], check=False)
    done = ansible.tasks("a", in_netns(name, "true", **keywords), environment={"ANSIBLE_PIPELINING": "1"})
    assert done.returncode == 2 and said in done.said and "Traceback" not in done.said, done.said


@pytest.mark.parametrize("password", [None, "open sesame"])
def test_through_sudo(ansible, tmp_path, password):
    """A stand-in for sudo takes its place in the node's PATH: what it is asked, and that the password reaches it alone."""
    ansible.lab.run("a", ["ip", "netns", "add", "web-1"], check=False)
    sudo = tmp_path / "sudo"
    sudo.write_text((CHECKOUT / "tests" / "integration" / "lab" / "sudo_stand_in.sh").read_text().replace("LOG", str(tmp_path / "log")))
    sudo.chmod(0o755)
    line = "PATH=%s:$PATH" % tmp_path
    plugin = BecomeModule()
    plugin._options = {"netns": "web-1", "sudo": True, "become_pass": password, "become_user": "root"}
    shell = ShellModule()
    shell.executable = "/bin/sh"
    built = plugin.build_become_command("readlink /proc/self/ns/net; cat", shell)
    done = ansible.lab.run("a", ["/bin/sh", "-c", line + "; " + built], input=(password + "\n" if password else "") + "rest")
    assert done.stdout == "%s\n%s\nrest" % (plugin.success, ansible.lab.run("a", ["readlink", "/proc/self/ns/net"], "web-1").stdout.strip())
    log = (tmp_path / "log").read_text().splitlines()
    if password:
        assert log[0].startswith("-H -S -p [sudo via ansible, key=") and log[1] == password and plugin.expect_prompt()
        assert plugin.check_password_prompt(done.stderr.encode())
    else:
        assert log == ["-H -n -- nsenter"] and not plugin.expect_prompt()


def test_the_playbooks_bring_the_lab_up_and_take_it_away(ansible, lab):
    inventory = ["-i", str(CHECKOUT / "playbooks" / "inventory" / "lab")]
    third = ["-i", str(CHECKOUT / "playbooks" / "inventory" / "lab_third_node.yml")]
    elsewhere = {"LINUXNET_LAB_DIR": lab.folder}
    up = str(CHECKOUT / "playbooks" / "lab_up.yml")
    done = ansible(*inventory, up, "--check", "--diff", **elsewhere)
    assert "changed=1" in done.said and "+ node node1" in done.said and lab.nodes() == {}, done.said
    assert "changed=1" in ansible(*inventory, up, **elsewhere).said
    assert sorted(lab.nodes()) == ["internet", "node1", "node2", "switch"]
    assert lab.changes(segment()) == []
    assert "changed=0" in ansible(*inventory, "linuxnet.container.lab_up", **elsewhere).said
    assert "changed=1" in ansible(*inventory, *third, up, **elsewhere).said
    assert "node3" in lab.nodes()
    down = str(CHECKOUT / "playbooks" / "lab_down.yml")
    done = ansible(*inventory, down, "--check", "--diff", **elsewhere)
    assert "changed=1" in done.said and "- node node1" in done.said and len(lab.nodes()) == 5
    assert "changed=1" in ansible(*inventory, down, **elsewhere).said
    assert lab.nodes() == {} and "changed=0" in ansible(*inventory, down, **elsewhere).said


def test_lab_node_in_check_mode_does_nothing_and_says_what_it_would(ansible, tmp_path):
    node = {"linuxnet.container.lab_node": {"lab_dir": str(tmp_path / "lab"), "name": ["x"]}, "register": "kept"}
    done = ansible.tasks("here", dict(node, check_mode=True))
    assert done.kept["here"]["changed"] and done.kept["here"]["changed_nodes"] == ["x"] and not (tmp_path / "lab").exists(), done.said


def test_the_probe_module_asserts(ansible):
    def probe(**target):
        return {"linuxnet.container.probe": {"targets": [dict({"address": "127.0.0.1"}, **target)]}, "register": "kept"}

    done = ansible.tasks("a", probe(expect_reached=True), probe(largest=True))
    assert done.returncode == 0 and done.kept["a"]["results"][0]["largest"] == 65507, done.said
    done = ansible.tasks("a", probe(expect_reached=False, name="self"))
    assert done.returncode == 2 and "1 of 1 targets are not as expected: self 127.0.0.1: reached, and should not be." in done.said
    done = ansible.tasks("a", probe(address="nowhere"))
    assert done.returncode == 2 and "targets: 'nowhere': an IP address is needed." in done.said and "Traceback" not in done.said
