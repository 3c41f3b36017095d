# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state as the engine sees it, of a host, a namespace or a network of ours."""

from __future__ import annotations

from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls


def names(found):
    return sorted(one["name"] for one in found)


def test_all_that_is_ours(host):
    host.sh(*everything.FOREIGN)
    host.make(*everything.CALLS)
    before = host.dump()
    found = host.done("network_info")
    host.is_as(before)
    assert not found["changed"]
    assert set(names(found["host"]["links"])) >= {"br-blue", "br-red", "v-1", "v-2", "vx-red"}
    assert "docker0" not in names(found["host"]["links"])
    assert names(found["namespaces"]) == ["c1", "c2"]
    assert {rule["network"] for rule in found["host"]["rules"]} == {"red", "blue", ""}
    assert [(port["network"], port["port"]) for port in found["host"]["ports"]] == [("blue", "8443"), ("red", "8080"), ("red", "8080"), ("red", "5060-5062")]
    (entries,) = found["host"]["fdb"]
    assert entries["device"] == "vx-red" and len(entries["entries"]) == 4
    (one,) = [one for one in found["namespaces"] if one["name"] == "c1"]
    (eth0,) = [link for link in one["links"] if link["name"] == "eth0"]
    assert eth0["addresses"] == ["10.1.0.2/24", "10.1.0.3/24", "fd00:1::2/64"]
    assert eth0["peer"] == {"netns": "", "name": "v-1"}
    assert {route["dst"] for route in eth0["routes"]} == {"0.0.0.0/0", "::/0", "198.51.100.0/24"}


def test_one_network(host):
    host.make(*calls([1]), *calls([3], "blue", "10.2.0"))
    found = host.done("network_info", network=["blue"])
    assert names(found["host"]["links"]) == ["br-blue", "v-3"] and names(found["namespaces"]) == ["c3"]
    found = host.done("network_info", network=["none"])
    assert found["host"]["links"] == [] and found["namespaces"] == [] and found["host"]["rules"] == []


def test_a_namespace_and_the_host_whoever_they_belong_to(host):
    host.sh(*everything.FOREIGN)
    found = host.done("network_info", netns=["foreign", "never-was"])
    assert names(found["namespaces"]) == ["foreign"] and not found["namespaces"][0]["ours"]
    found = host.done("network_info", netns=[], host=True)
    assert {"docker0", "under", "wire"} <= set(names(found["host"]["links"]))
    (bridge,) = [link for link in found["host"]["links"] if link["name"] == "docker0"]
    assert bridge["ours"] is False and bridge["addresses"] == ["172.17.0.1/16"]


def test_nothing_at_all(host):
    found = host.done("network_info")
    assert found["host"]["links"] == found["host"]["rules"] == found["namespaces"] == []


def test_bad_names_are_refused(host):
    host.refuses("network_info", "^netns: .*is not a namespace name", netns=["../etc"])
    host.refuses("network_info", "^network: .*is not a network name", network=["a b"])
