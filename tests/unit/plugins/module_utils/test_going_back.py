# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going back to a checkpoint of the network blue, where others have been at work since."""

from __future__ import annotations

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._going_back import GoingBack
from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import Model
from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

BRIDGE = {"link": "br0", "kind": "bridge", "of": ["blue"], "addresses": ["10.1.0.1/24"]}
NEAR = {"link": "v-web", "kind": "veth", "of": ["blue"], "peer": "web/eth0"}
FAR = {"link": "web/eth0", "kind": "veth", "peer": "v-web", "addresses": ["10.1.0.2/24"]}
WEB = {"netns": "web", "of": ["blue"]}
SHARED = {"netns": "web", "of": ["blue", "red"]}
UP0 = {"link": "up0", "kind": "bridge", "of": ["red"]}
VXLAN = {"link": "vx", "kind": "vxlan", "of": ["blue"], "mtu": 1400, "options": {"vni": 7, "dev": "up0"}}
PAIR = [dict(NEAR, peer="a/eth0"), {"link": "a/eth0", "kind": "veth", "peer": "v-web"}]


@pytest.mark.parametrize(
    "before, now, after, warnings",
    [
        pytest.param([BRIDGE], [dict(BRIDGE, mtu=1400, addresses=[])], [BRIDGE], [], id="changed"),
        pytest.param([], [WEB, NEAR, FAR], [], [], id="came"),
        pytest.param([WEB, NEAR, FAR], [], [WEB, NEAR, FAR], [], id="went"),
        pytest.param([BRIDGE], [dict(BRIDGE, of=["red"], mtu=1400)], [dict(BRIDGE, of=["red"], mtu=1400)], ["'br0' does not come back"], id="taken"),
        pytest.param([BRIDGE], [dict(BRIDGE, of=[], mtu=1400)], [BRIDGE], [], id="left by a killed run"),
        pytest.param([dict(BRIDGE, of=["red"])], [BRIDGE], [], [], id="took a place"),
        pytest.param([WEB], [SHARED], [SHARED], [], id="others joined"),
        pytest.param([SHARED], [dict(SHARED, of=["red"])], [SHARED], [], id="left others"),
        pytest.param([SHARED], [], [SHARED], [], id="went, and was others' too"),
        pytest.param([], [SHARED], [dict(SHARED, of=["red"])], [], id="came, and is others' too"),
        pytest.param([UP0, VXLAN], [], [], ["'vx' cannot come back"], id="device below is gone"),
        pytest.param([UP0, dict(NEAR, master="up0"), WEB, FAR], [WEB, NEAR, FAR], [WEB, NEAR, FAR], [], id="bridge is gone"),
        pytest.param(
            [WEB, NEAR, FAR], [{"netns": "a", "of": ["red"]}, dict(PAIR[0], of=["red"]), PAIR[1]],
            [{"netns": "a", "of": ["red"]}, dict(PAIR[0], of=["red"]), PAIR[1], WEB],
            ["'v-web' does not come back", "'eth0' does not come back"], id="end is taken",
        ),
        pytest.param(
            [WEB, NEAR, FAR], [dict(NEAR, of=[], peer="x"), {"link": "x", "kind": "veth", "of": ["red"], "peer": "v-web"}],
            [dict(NEAR, of=[], peer="x"), {"link": "x", "kind": "veth", "of": ["red"], "peer": "v-web"}, WEB],
            ["'v-web' does not come back", "'eth0' does not come back"], id="end without a network is taken",
        ),
        pytest.param(
            [{"netns": "web", "of": ["blue"]}, {"link": "web/br1", "kind": "bridge", "of": ["red"]}], [],
            [{"netns": "web", "of": ["blue"]}, {"link": "web/br1", "kind": "bridge", "of": ["red"]}], [], id="went with a namespace",
        ),
        pytest.param(
            [{"nft": [{"name": "blue", "sources": ["10.1.0.0/24"], "bridge": "br0"}]}], [{"rule": "forward", "comment": "", "text": "counter"}],
            [{"nft": [{"name": "blue", "sources": ["10.1.0.0/24"], "bridge": "br0"}]}, {"rule": "forward", "comment": "", "text": "counter"}], [], id="rules",
        ),
    ],
)  # fmt: skip
def test_what_is_the_networks_goes_back_and_what_is_others_stays(before, now, after, warnings):
    before, now, after = parse_state(before), parse_state(now), parse_state(after)
    going_back = GoingBack(before, now, ["blue"])
    target = going_back.target({})
    assert plan(Model(now).apply(plan(now, target)).state, after) == []
    assert set(target) == set(after)
    assert [sentence.partition(":")[0] for sentence in going_back.warnings] == warnings
