# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred endpoints are a few tasks, or one, and a change of one of them is a few lines."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, endpoint

NUMBERS = range(1, 101)
NAMES = ["c%d" % number for number in NUMBERS]


def by_kind(pairs):
    return [("netns", {"name": NAMES, "network": ["red"]}), ("bridge", bridge()), ("veth", {"veths": pairs})]


def at_once(pairs):
    spaces = [{"name": name, "network": ["red"]} for name in NAMES]
    return [("network", {"namespaces": spaces, "bridges": [bridge()], "veths": pairs, "purge_networks": ["red"]})]


@pytest.mark.parametrize("tasks", [by_kind, at_once])
def test_a_hundred_endpoints(host, tasks):
    before = host.dump()
    pairs = [endpoint(number) for number in NUMBERS]
    host.make(*tasks(pairs))
    assert not any(result["changed"] for result in host.make(*tasks(pairs)))
    assert host.reaches("c1", "10.1.0.101") and host.reaches("c100", "10.1.0.2")
    # One of them changes: the others are not touched.
    pairs[49] = endpoint(50, peer={"addresses": ["10.1.0.200/24"]})
    assert len([line for result in host.make(*tasks(pairs)) for line in result["commands"]]) <= 4
    for module in ("network",) if tasks is at_once else ("veth", "bridge", "netns"):
        host.done(module, purge_networks=["red"])
    host.is_as(before)
