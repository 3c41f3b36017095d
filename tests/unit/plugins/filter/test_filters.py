# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters as Ansible finds them: names, documentation, and how they answer bad input."""

from __future__ import annotations

import importlib
import pathlib

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.linuxnet.container.plugins.plugin_utils import _addresses

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "plugins" / "filter"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")

OVERLAYS = [{"name": "red", "vni": 4242, "subnet": "10.42.0.0/16"}]
NODES = {
    "node1": {"underlay_address": "192.0.2.11", "endpoints": {"red": {"gateway": "10.42.0.1", "containers": [{"name": "red1", "address": "10.42.1.1"}]}}},
    "node2": {"underlay_address": "192.0.2.12", "endpoints": {"red": {"gateway": "10.42.0.2"}}},
}
NETWORKS = [{"name": "blue", "gateway": "10.10.1.1/24"}]


def module(name):
    return importlib.import_module(f"ansible_collections.linuxnet.container.plugins.filter.{name}")


def call(name, *args, **keywords):
    return module(name).FilterModule().filters()[name](*args, **keywords)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_documents_the_one_filter_it_holds(name):
    documented = yaml.safe_load(module(name).DOCUMENTATION)
    assert documented["name"] == name
    assert list(module(name).FilterModule().filters()) == [name]
    assert yaml.safe_load(module(name).EXAMPLES) and yaml.safe_load(module(name).RETURN)["_value"]


@pytest.mark.parametrize(
    "name, given", [("container_mac", ("nonsense", "red")), ("single_host_plan", ([{"name": "blue"}],)), ("overlay_members", ([{"name": "red"}], {}))]
)
def test_bad_input_fails_in_one_sentence(name, given):
    with pytest.raises(AnsibleFilterError) as caught:
        call(name, *given)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and caught.value.__cause__ is None


def test_not_strict_returns_the_sentence_and_plans_nothing():
    sentence = "single_host_bridge_networks, network 'blue': gateway is missing: give it."
    assert call("single_host_plan", [{"name": "blue"}], strict=False) == {
        "problem": sentence,
        "namespaces": [],
        "bridges": [],
        "vxlans": [],
        "veths": [],
        "masquerades": [],
        "publications": [],
    }


def test_a_problem_of_the_mesh_is_the_problem_of_every_present_host_and_of_no_absent_one():
    members = call("overlay_members", [{"name": "red"}], NODES, strict=False)
    sentence = "vxlan_overlay_overlays, overlay 'red': vni is missing: give it."
    assert members == {"problem": sentence, "overlays": {}}
    assert call("overlay_plan", members, "node1", NODES["node1"], strict=False)["problem"] == sentence
    assert call("overlay_plan", members, "node1", {"state": "absent"}, strict=False)["problem"] == ""


def test_overlay_from_variables_to_entries():
    hostvars = {host: {"vxlan_overlay_" + key: value for key, value in node.items()} for host, node in NODES.items()}
    nodes = call("overlay_nodes", ["node1", "node2"], hostvars)
    assert nodes == NODES
    members = call("overlay_members", OVERLAYS, nodes)
    assert call("overlay_plan", members, "node2", NODES["node2"])["vxlans"][0]["local"] == "192.0.2.12"
    (device,) = call("overlay_fdb", members, "node2")
    assert {entry["mac"] for entry in device["entries"]} == {call("container_mac", "10.42.0.1", "red"), call("container_mac", "10.42.1.1/16", "red")}
    assert call("overlay_fdb", members, "node2", state="absent") == []


def test_what_is_wrong_in_the_other_role_is_left_to_it():
    bad = {"host": "node1", "overlays": [{"name": "red"}], "node": NODES["node1"]}
    assert call("single_host_plan", NETWORKS, beside=bad)["bridges"]
    good = {"host": "node1", "overlays": [{"name": "red", "vni": 1, "subnet": "10.10.0.0/16"}], "node": {"endpoints": {"red": {}}}}
    assert "overlaps" in call("single_host_plan", NETWORKS, beside=good, strict=False)["problem"]
    members = call("overlay_members", OVERLAYS, NODES)
    assert call("overlay_plan", members, "node1", NODES["node1"], beside=[{"name": "blue"}])["bridges"]


def test_short_ifname():
    assert call("short_ifname", "blue", "br-") == "br-blue"
    assert len(call("short_ifname", "development-databases", "br-")) == 15


def test_missing_netaddr_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setattr(_addresses, "IPAddress", None)
    assert call("single_host_plan", NETWORKS, strict=False)["problem"] == (
        "The Python library netaddr is missing on the controller: install it beside ansible-core, with 'pip install netaddr'."
    )
