# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/awx: loaded into a stand-in for AWX by the real awx.awx, and its job templates run through ansible-runner."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from ansible_collections.linuxnet.container.tests.integration.playbooks.awx import AWX, Refused
from ansible_collections.linuxnet.container.tests.integration.playbooks.conftest import CHECKOUT

EXAMPLE = CHECKOUT / "examples" / "awx"
NODES = ("archive", "gate", "worker")
DRY, APPLY, NETWORK, TEARDOWN = ("Container networks: " + words for words in ("dry run", "apply", "a network for a while", "teardown"))


def configure(awx, folder):
    """Run configure.yml; returns what changed."""
    (collections,) = (CHECKOUT / ".cache").glob("ansible==*")
    command = [sys.executable, "-m", "ansible", "playbook", "configure.yml"]
    with awx.served() as address:
        known = dict(
            os.environ,
            ANSIBLE_COLLECTIONS_PATH=str(collections),
            ANSIBLE_DEPRECATION_WARNINGS="false",  # awx.awx has its own
            ANSIBLE_HOME=str(folder / "home"),
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_NOCOLOR="1",
            ANSIBLE_STDOUT_CALLBACK="ansible.builtin.default",
            CONTROLLER_HOST=address,
            CONTROLLER_OAUTH_TOKEN="token",
        )
        done = subprocess.run(command, cwd=EXAMPLE, env=known, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.rpartition("changed=")[2].split()[0])


@pytest.fixture(scope="module")
def project(tarball, tmp_path_factory):
    """The repository of the project: examples/infra with the tarball in it."""
    folder = tmp_path_factory.mktemp("project") / "infra"
    shutil.copytree(CHECKOUT / "examples" / "infra", folder)
    shutil.copy(tarball, folder)
    return folder


@pytest.fixture(scope="module")
def awx(project, tmp_path_factory):
    """An AWX with everything of configure.yml."""
    awx = AWX(project, tmp_path_factory.mktemp("awx"))
    awx.first = configure(awx, awx.folder)
    return awx


@pytest.fixture(scope="module")
def inventory(infra):
    """The hosts as AWX has them after an update of the inventory, but that they are reached in a lab."""
    found = json.loads(infra.ansible("inventory", "-i", "inventory", *infra.in_a_lab, "--list", "--export").stdout)
    for number, variables in enumerate(found["_meta"]["hostvars"].values(), 1):
        variables.update(remote_tower_enabled="true", remote_tower_id=number)
    return found


def test_an_awx_is_configured_once(awx):
    assert awx.first == 5 and configure(awx, awx.folder) == 0
    templates = {template["name"]: template for template in awx.kinds["job_templates"]}
    assert set(templates) == {DRY, APPLY, NETWORK, TEARDOWN}
    assert all(awx.linked["job_templates", str(template["id"]), "credentials"] == [1] for template in templates.values())
    assert [awx.surveys[templates[name]["id"]] != {} for name in (DRY, APPLY, NETWORK, TEARDOWN)] == [False, False, True, True]


def test_an_execution_environment_has_what_the_collection_needs(tarball, tmp_path):
    shutil.copy(EXAMPLE / "execution-environment.yml", tmp_path)
    shutil.copy(tarball, tmp_path)
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "check": True}
    subprocess.run([sys.executable, "-m", "ansible_builder", "create"], **run)
    build = tmp_path / "context" / "_build"
    # What the steps of the image do, one after the other.
    known = dict(os.environ, ANSIBLE_HOME=str(tmp_path / "home"), ANSIBLE_COLLECTIONS_PATH=str(tmp_path))
    command = [sys.executable, "-m", "ansible", "galaxy", "collection", "install", "-r", "requirements.yml", "--collections-path", tmp_path]
    subprocess.run(command, env=known, **dict(run, cwd=build))
    wanted = {"--write-pip": tmp_path / "pip", "--write-bindep": tmp_path / "bindep", "--user-bindep": build / "bindep.txt"}
    words = [str(word) for pair in wanted.items() for word in pair]
    subprocess.run([sys.executable, build / "scripts" / "introspect.py", "introspect", *words, tmp_path], **run)
    needed = [line.split("  # from collection ")[0] for line in (CHECKOUT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert (tmp_path / "pip").read_text().split() == [*needed, "#", "from", "collection", "linuxnet.container"]
    assert {line.split()[0] for line in (tmp_path / "bindep").read_text().splitlines()} == {"openssh-clients", "sshpass"}
    subprocess.run([sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--quiet", "-r", tmp_path / "pip"], **run)
    # The same, as its own command has it.
    shown = subprocess.run([sys.executable, "-m", "ansible_builder", "introspect", tmp_path], **run)
    assert yaml.safe_load(shown.stdout)["python"] == [needed[0] + "  # from collection linuxnet.container"] and yaml.safe_load(shown.stdout)["system"] == []


def slice_of(inventory, host):
    """What a job slice with one host sees, where the group itself knows all members, as docs/awx.md has it."""
    hosts, sliced = inventory["_meta"]["hostvars"], copy.deepcopy(inventory)
    sliced["_meta"]["hostvars"] = {host: sliced["_meta"]["hostvars"].pop(host)}
    for name, group in sliced.items():
        if "hosts" in group:
            group["hosts"] = [one for one in group["hosts"] if one == host]
    sliced["overlay"]["vars"]["vxlan_overlay_nodes"] = {
        name: {"underlay_address": hosts[name]["ansible_host"], "endpoints": hosts[name]["vxlan_overlay_endpoints"]} for name in ("gate", "worker")
    }
    return sliced


def test_jobs_dry_first_and_again(awx, infra, inventory):
    clean = infra.dump(*NODES)
    dry = awx.launch(DRY, inventory, limit="gate")
    assert dry.status == "successful", dry.errors
    assert infra.dump(*NODES) == clean
    real = awx.launch(APPLY, inventory)
    assert real.status == "successful" and dry.changed == {"gate": real.changed["gate"]} and min(real.changed.values()) == 2 < real.changed["worker"]
    # What two roles on one host share is printed twice by a dry run.
    assert list(dict.fromkeys(dry.lines["gate"])) == real.lines["gate"] and any(line.startswith("ip link add name vx-mesh") for line in real.lines["worker"])
    standing = infra.dump(*NODES)
    assert standing["worker"] != clean["worker"] and standing["archive"] == clean["archive"]
    assert infra.reaches("gate", "api", "10.70.2.11") and infra.reaches("gate", "proxy", "10.30.0.20")
    # Again, and on a part of the hosts, which still knows of all the others.
    assert awx.launch(APPLY, slice_of(inventory, "worker")).changed == {"worker": 0}
    assert infra.dump(*NODES) == standing


def test_jobs_of_a_survey(awx, infra, inventory):
    before = infra.dump("gate")
    asked = {"network_name": "blue", "network_state": "present", "network_gateway": "10.99.0.1/24", "network_containers": "one 10.99.0.10\n\ntwo 10.99.0.11\n"}
    job = awx.launch(NETWORK, inventory, asked, limit="gate")
    assert job.status == "successful" and job.changed["gate"] > 0
    assert infra.reaches("gate", "one", "10.99.0.11") and infra.dump("gate") != before
    # Words between which anything may stand; nobody has the second one.
    job = awx.launch(TEARDOWN, inventory, {"teardown_scope": "named", "teardown_networks": "trial-blue,\n old"}, limit="gate")
    assert job.status == "successful" and job.changed["gate"] > 0 and infra.dump("gate") == before


@pytest.mark.parametrize(
    ("template", "answers", "words"),
    [
        (NETWORK, {"network_name": "blue", "network_gateway": "10.99.0.1"}, ["network 'trial-blue'", "gateway '10.99.0.1' has no prefix length"]),
        (NETWORK, {"network_name": "blue"}, ["network 'trial-blue'", "gateway is missing"]),
        (NETWORK, {"network_name": "5", "network_gateway": "10.99"}, ["network 'trial-5'", "gateway '10.99' is not an IP address"]),
        (NETWORK, {"network_name": "b/lue", "network_state": "absent"}, ["network name 'trial-b/lue' is not usable"]),
        (NETWORK, {"network_name": "blue", "network_gateway": "10.30.0.1/16"}, ["network 'trial-blue'", "10.30.0.0/24", "network 'front'"]),
        (NETWORK, {"network_name": "{{ 1 + 1 }}", "network_gateway": "10.99.0.1/24"}, ["network name 'trial-{{ 1 + 1 }}' is not usable"]),
        (TEARDOWN, {"teardown_scope": "named"}, ["teardown_networks: it names nothing"]),
        (TEARDOWN, {"teardown_scope": "named", "teardown_networks": '["blue", "../x"]'}, ["teardown_networks: network name \"../x\" is not usable"]),
    ],
)
def test_a_bad_answer_is_one_sentence(awx, inventory, template, answers, words):
    """On a host that is none: nothing is connected to."""
    job = awx.launch(template, slice_of(inventory, "gate"), {"network_state": "present", **answers} if template == NETWORK else answers)
    assert job.status == "failed" and list(job.errors) == ["gate"], job.errors
    (sentence,) = job.errors["gate"]
    assert all(word in sentence for word in words) and sentence.endswith(".") and "\n" not in sentence, sentence


def test_answers_that_awx_itself_refuses(awx, inventory):
    for template, answers in (NETWORK, {}), (NETWORK, {"network_name": "b" * 58}), (TEARDOWN, {"teardown_scope": "some"}):
        with pytest.raises(Refused):
            awx.launch(template, inventory, answers)


def test_an_empty_answer_is_none(awx, infra, inventory):
    """The whole of a host goes, though the survey's second answer is empty text."""
    job = awx.launch(TEARDOWN, inventory, {"teardown_scope": "all"}, limit="worker")
    assert job.status == "successful" and job.changed["worker"] > 0, job.errors
    assert "vx-mesh" not in infra.dump("worker")["worker"][""]["links"]
