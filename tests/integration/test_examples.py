# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the documentation, run by Ansible in a lab node, one after the other as they stand there.

Each example of a module is run in check mode, for real, and once more. Check mode says what the real run does, the real
run does something, the third does nothing, and all return what RETURN says.
"""

from __future__ import annotations

import ast
import json
import os
import pathlib
import subprocess
import sys

import pytest
import yaml
from ansible_collections.linuxnet.container.plugins.module_utils._lab import environment

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "linuxnet.container."

_ENGINES = "%s -I -S %s/tests/integration/engines.py " % (sys.executable, CHECKOUT)

#: What the examples take as given: lines for a shell in the node.
GIVEN = {
    "netns": [
        _ENGINES + "up podman",
        *(_ENGINES + "call podman run -d --uts host --network none --name %s busybox sleep 600" % name for name in ("shop", "shop-db")),
    ],
    "veth": [
        "for name in web db c1 c2; do ip netns add $name; done",
        "ip link add br0 up type bridge",
    ],
    "bridge": [
        "ip link add eth1 type veth peer name far1",
        "ip link add eth2 type veth peer name far2",
    ],
    "vxlan": ["ip link add br-red up type bridge"],
    "vxlan_fdb": ["ip link add vx-red type vxlan id 4242 local 192.0.2.11 dstport 4789 nolearning"],
    "nat_masquerade": [
        "ip link add br0 up type bridge",
        "ip link add br1 up type bridge",
    ],
    "publish": [
        "ip link add br0 up type bridge",
        "ip address add 10.1.0.1/24 dev br0",
        "ip address add fd00:1::1/64 dev br0",
        "ip link add br1 up type bridge",
        "ip address add 10.2.0.1/24 dev br1",
    ],
    "network_info": [
        "ip netns add web",
        "ip netns add db",
        "ip -n db link set lo up group 5000771 alias linuxnet.container:blue",
        "ip -n db link add eth0 type veth peer name v-db netns $$",
        "ip link set v-db group 5000771 alias linuxnet.container:blue",
    ],
}

#: Lines for a shell that end what they have started.
AFTERWARDS = {"netns": [_ENGINES + "down"]}

#: Modules whose examples an ordinary user's lab cannot have, and why.
ROOTS = {"netns": "container engines need root"}

#: What changes nothing: modules that look, and the states of one that only remembers.
LOOKING = {"network_info", "probe"}
REMEMBERING = {("checkpoint", None), ("checkpoint", "dropped")}

#: Returned by every module, and documented by Ansible.
COMMON = {"changed", "failed", "diff", "warnings", "deprecations", "msg", "ansible_facts"}

TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict, "float": (int, float)}


def documented(kind, name):
    """{"EXAMPLES": ..., "RETURN": ...} of a plugin, as data."""
    tree = ast.parse((CHECKOUT / "plugins" / kind / (name + ".py")).read_text())
    texts = {node.targets[0].id: node.value.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)}
    return {title: yaml.safe_load(texts[title]) for title in ("EXAMPLES", "RETURN") if title in texts}


def plugins(kind):
    """The plugins of ``kind`` that have examples."""
    names = sorted(path.stem for path in (CHECKOUT / "plugins" / kind).glob("*.py") if not path.stem.startswith("_"))
    return [name for name in names if "EXAMPLES" in documented(kind, name)]


class Runs:
    """The tasks of a play that runs each example as often as its promises ask for.

    ``made``: [(its name, our module that it calls or "", the state it asks for, {run: variable with the result})].
    """

    def __init__(self):
        self.made = []

    def tasks(self, examples):
        return [task for example in examples for task in self._task(example)]

    def _task(self, example):
        if "block" in example:
            # What a rescue says is said by an example of its own; here nothing fails.
            return [dict(example, **{part: self.tasks(example[part]) for part in ("block", "always") if part in example})]
        own = next((word for word in example if word.startswith(COLLECTION)), None)
        runs = {"first": example.get("register", "first_%d" % len(self.made)), "again": "again_%d" % len(self.made)}
        if own:
            runs["check"] = "check_%d" % len(self.made)
        self.made.append((example["name"], (own or "").replace(COLLECTION, ""), (example.get(own) or {}).get("state"), runs))
        return [
            dict(example, name="%s (%s)" % (example["name"], run), register=runs[run], **({"check_mode": True} if run == "check" else {}))
            for run in ("check", "first", "again")
            if run in runs
        ]

    def kept(self, folder):
        """The task that hands the results over."""
        results = {variable: "{{ %s }}" % variable for _name, _own, _state, runs in self.made for variable in runs.values()}
        copy = {"content": "{{ results | to_json }}", "dest": str(folder / "results.json")}
        return {"name": "Results", "ansible.builtin.copy": copy, "delegate_to": "localhost", "vars": {"results": results}}


def play(folder, plays, inventory, **variables):
    """Run ``plays`` and return what Ansible printed; fails the test when they fail."""
    (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    command = [sys.executable, str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), "play.yml"]
    for name, value in variables.items():
        command += ["-e", json.dumps({name: value})]
    known = dict(
        os.environ,
        ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"),
        ANSIBLE_COLLECTIONS_PATH=str(CHECKOUT / ".collections"),
        ANSIBLE_HOME=str(folder / "ansible"),
        ANSIBLE_REMOTE_TMP=str(folder / "tmp"),
        ANSIBLE_NOCOLOR="1",
    )
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def one_host(lab, folder):
    """An inventory of one host, node1 of ``lab``."""
    known = {
        "ansible_connection": COLLECTION + "lab",
        "linuxnet_lab_dir": lab.folder,
        "ansible_pipelining": True,
        "ansible_remote_tmp": "/run/home/.ansible/tmp",
        "ansible_python_interpreter": sys.executable,
    }
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": {"node1": known}}}))
    return path


def check_returned(result, described, where, whole=True):
    """``result`` has what RETURN describes; and nothing else, when ``whole``."""
    for name, item in described.items():
        said = "%s.%s" % (where, name)
        if name not in result:
            assert item["returned"].split(",")[0] not in ("always", "success"), "%s is not returned" % said
            continue
        value = result[name]
        if value is None:
            assert "none" in item["returned"], "%s is none" % said
            continue
        assert isinstance(value, TYPES[item["type"]]), "%s is %r" % (said, value)
        for one in value if isinstance(value, list) else [value]:
            if "contains" in item:
                check_returned(one, item["contains"], said, whole=False)
    if whole:
        assert set(result) <= set(described) | COMMON, "%s: not documented" % where


@pytest.mark.parametrize("module", [name for name in plugins("modules") if name != "lab_node"])
def test_examples_of_the_module(lab, tmp_path, module):
    if module in ROOTS and os.geteuid() != 0:
        pytest.skip("examples of %s: %s" % (module, ROOTS[module]))
    lab.up(("node1",))
    try:
        for line in GIVEN.get(module, ()):
            lab.run("node1", ["sh", "-ec", line])
        results, runs = run_examples(lab, tmp_path, module)
    finally:
        for line in AFTERWARDS.get(module, ()):
            lab.run("node1", ["sh", "-ec", line])
    assert runs.made
    for name, own, state, variables in runs.made:
        check, first, again = (results.get(variables.get(run)) for run in ("check", "first", "again"))
        assert not again["changed"], (name, again.get("commands"))
        if not own:
            continue
        if own not in LOOKING:
            assert first["changed"] == ((own, state) not in REMEMBERING), name
            assert check["commands"] == first["commands"], name
        for result in (check, first, again):
            check_returned(result, documented("modules", own)["RETURN"], own)


def run_examples(lab, tmp_path, module):
    """({variable: result}, Runs) of the examples of a module on node1."""
    with subprocess.Popen(lab.enter("node1", ["unshare", "--net", "sleep", "300"]), env=environment()) as container:
        try:
            texts, runs = documented("modules", module), Runs()
            tasks = runs.tasks(texts["EXAMPLES"]) + [runs.kept(tmp_path)]
            play(tmp_path, [{"hosts": "node1", "gather_facts": False, "tasks": tasks}], one_host(lab, tmp_path), process_id=container.pid)
        finally:
            container.kill()
    return json.loads((tmp_path / "results.json").read_text()), runs


def test_examples_of_the_module_lab_node(lab, tmp_path):
    runs = Runs()
    examples = json.loads(json.dumps(documented("modules", "lab_node")["EXAMPLES"]).replace("/tmp/my-lab", lab.folder))
    tasks = runs.tasks(examples) + [runs.kept(tmp_path)]
    known = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    play(tmp_path, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks, "vars": known}], "localhost,")
    results = json.loads((tmp_path / "results.json").read_text())
    for name, own, _state, variables in runs.made:
        check, first, again = (results[variables[run]] for run in ("check", "first", "again"))
        assert first["changed"] and not again["changed"], name
        assert check["changed_nodes"] == first["changed_nodes"], name
        assert set(first) - COMMON == set(documented("modules", own)["RETURN"]), name
    assert lab.nodes() == {}


@pytest.mark.parametrize("plugin", plugins("become"))
def test_examples_of_the_become_plugin(lab, tmp_path, plugin):
    lab.up(("node1",))
    play(tmp_path, documented("become", plugin)["EXAMPLES"], one_host(lab, tmp_path))


@pytest.mark.parametrize("plugin", plugins("filter"))
def test_examples_of_the_filter(tmp_path, plugin):
    texts = documented("filter", plugin)
    tasks = [dict(task, register="shown") for task in texts["EXAMPLES"]]
    tasks.append({"ansible.builtin.fail": {"msg": "nothing came of it"}, "when": "shown.msg | length == 0"})
    # The lab's own inventory; nothing is connected to.
    play(tmp_path, [{"hosts": "node1", "gather_facts": False, "tasks": tasks}], CHECKOUT / "playbooks" / "inventory" / "lab")
