# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes along with what, rule by rule."""

from __future__ import annotations

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._along import settle
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

UP0 = {"link": "up0", "kind": "veth", "peer": "up1"}
UP1 = {"link": "up1", "kind": "veth", "peer": "up0"}
VXLAN = {"link": "vx", "kind": "vxlan", "mtu": 1400, "options": {"vni": 7, "dev": "up0"}}
BRIDGE = {"link": "br0", "kind": "bridge"}
FROM = {"link": "eth0", "addresses": ["192.0.2.1/24"]}


@pytest.mark.parametrize(
    "before, kept, after",
    [
        pytest.param([UP0, UP1, dict(VXLAN, addresses=["10.1.0.1/24"])], [UP1, dict(VXLAN, addresses=["10.1.0.1/24"])], [], id="device below, and pair"),
        pytest.param([BRIDGE, dict(UP0, master="br0"), UP1], [dict(UP0, master="br0"), UP1], [UP0, UP1], id="bridge of a port"),
        pytest.param([BRIDGE, dict(FROM, routes=["10.9.0.0/16"])], [BRIDGE, dict(FROM, routes=["10.9.0.0/16"], up=False)], [BRIDGE, dict(FROM, up=False)], id="device down"),
        pytest.param(
            [dict(FROM, addresses=["fd00::1/64"], routes=["fd09::/64"])], [dict(FROM, addresses=["fd00::1/64"], routes=["fd09::/64"], mtu=1000)],
            [dict(FROM, addresses=[], mtu=1000)], id="too small for IPv6",
        ),
        pytest.param(
            [dict(BRIDGE, addresses=["10.1.0.1/24"]), dict(FROM, routes=["10.9.0.0/16 src 10.1.0.1"])],
            [BRIDGE, dict(FROM, routes=["10.9.0.0/16 src 10.1.0.1"])], [BRIDGE, FROM], id="source of an IPv4 route",
        ),
        pytest.param(
            [dict(BRIDGE, addresses=["fd00::1/64"]), dict(FROM, routes=["fd09::/64 src fd00::1"])],
            [BRIDGE, dict(FROM, routes=["fd09::/64 src fd00::1"])], [BRIDGE, dict(FROM, routes=["fd09::/64"])], id="source of an IPv6 route",
        ),
    ],
)  # fmt: skip
def test_what_goes_along_is_no_longer_wanted(before, kept, after):
    target = parse_state(kept)
    settle(target, parse_state(before))
    assert target == parse_state(after)


def test_what_somebody_asks_for_stays_for_the_kernel_to_refuse():
    before = parse_state([dict(BRIDGE, addresses=["10.1.0.1/24"]), FROM])
    target = parse_state([BRIDGE, dict(FROM, routes=["10.9.0.0/16 src 10.1.0.1"])])
    assert settle(target, before) == [] and target.every("route")
