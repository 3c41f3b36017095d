# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred endpoints are a few tasks and a few seconds."""

from __future__ import annotations

import time

from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, endpoint

NUMBERS = range(1, 101)


def test_a_hundred_endpoints(host):
    before = host.dump()
    pairs = [endpoint(number) for number in NUMBERS]
    build = [
        ("netns", {"name": ["c%d" % number for number in NUMBERS], "network": ["red"]}),
        ("bridge", bridge()),
        ("veth", {"veths": pairs}),
    ]
    started = time.monotonic()
    host.make(*build)
    built = time.monotonic()
    assert not any(result["changed"] for result in host.make(*build))
    again = time.monotonic()
    assert host.reaches("c1", "10.1.0.101") and host.reaches("c100", "10.1.0.2")
    # One of them changes: the others are not touched.
    pairs[49] = endpoint(50, peer={"addresses": ["10.1.0.200/24"]})
    assert len(host.done("veth", veths=pairs)["commands"]) <= 4
    middle = time.monotonic()
    for module in ("veth", "bridge", "netns"):
        host.done(module, purge_networks=["red"])
    gone = time.monotonic()
    host.is_as(before)
    # Generous: what is measured is that nothing is quadratic and nothing waits; figures are for `make bench`.
    assert built - started < 20 and again - built < 8 and gone - middle < 15
