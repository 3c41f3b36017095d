# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a container that is gone nothing is left, and the others are as they were."""

from __future__ import annotations

import json

import pytest


def test_nothing_keeps_it(at):
    node = at("node1")
    assert {"db", "till", "tool"} <= {one["name"] for one in node.ip("netns")}
    assert "shop" not in {one["name"] for one in node.ip("netns")}
    ports = {port["ifname"] for port in node.ip("link show master br-blue")}
    assert ports == {"v-blue-db", "v-blue-till", "v-blue-tool"}
    notes = json.loads(node.file("/run/linuxnet.container/records.json").content_string)
    assert set(notes["adopted"]) == {"till", "tool"}


@pytest.mark.parametrize("name, address", [("till", "10.10.1.11"), ("tool", "10.10.1.12")])
def test_the_others_go_on(at, name, address):
    with at("node1/" + name).serving(address) as came:
        assert at("node1/db").send("tcp", address, 1000) == "same"
    assert came == ["10.10.1.20"]
