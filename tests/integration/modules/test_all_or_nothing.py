# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever step of a run fails, in whatever way, the host is as it was before."""

from __future__ import annotations

import re

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import everything


def _id(call):
    return "-".join([call[0]] + [word for word in ("state", "name") for word in [str(call[1].get(word, ""))] if word and word[0] != "["])


def every_step_fails(host, module, arguments):
    """Run the module once for each of its steps and each way to fail; the number of runs."""
    before = host.dump()
    lines = host.call(module, check=True, **arguments)["commands"]
    assert lines
    for position, line in enumerate(lines):
        spoken = re.match("(ip|bridge) (?!netns)", line)  # what goes to the kernel among others in one send
        for how in ("stop", "refuse") if spoken else ("stop",):
            result = host.call(module, breaks={"positions": [position], "how": how}, **arguments)
            assert result.get("failed"), "step %d (%s) was not broken" % (position, line)
            assert re.match("The kernel refused '.+': .*Everything is as it was before", result["msg"]), result["msg"]
            host.is_as(before)
    return len(lines)


@pytest.mark.parametrize("position", range(len(everything.CALLS)), ids=[_id(call) for call in everything.CALLS])
def test_every_step_of_building(host, position):
    host.sh(*everything.FOREIGN)
    host.make(*everything.CALLS[:position])
    module, arguments = everything.CALLS[position]
    every_step_fails(host, module, arguments)
    assert host.done(module, **arguments)["changed"]


@pytest.fixture(scope="module")
def full(module_host):
    """A node that has everything; what fails leaves it as it is, so that the tests share it."""
    module_host.sh(*everything.FOREIGN)
    module_host.make(*everything.CALLS)
    return module_host


@pytest.mark.parametrize("call", everything.OTHERWISE + everything.GONE, ids=_id)
def test_every_step_of_changing_and_removing(full, call):
    every_step_fails(full, *call)


def test_what_nobody_thought_of_puts_the_host_back_as_well(full):
    before = full.dump()
    module, arguments = everything.OTHERWISE[1]
    asked = dict(arguments, _ansible_check_mode=False, _ansible_diff=False)
    with pytest.raises(AssertionError, match="nobody thought of this"):
        full._call(module, asked, {"positions": [4], "how": "bug"})
    full.is_as(before)


def test_what_cannot_be_undone_says_so(host):
    host.done("netns", name=["c"])
    result = host.call("veth", breaks={"positions": [2, 0], "how": "stop"}, veths=[{"name": "v-%d" % n, "peer": {"name": "eth%d" % n, "netns": "c"}} for n in range(3)])
    assert "Going back failed too; what is not as it was: " in result["msg"] and "ip link delete dev v-" in result["msg"]


def test_the_kernels_own_refusal(full):
    """Nothing is injected: the routes are such that the kernel takes the first and refuses the last."""
    before = full.dump()
    peer = {"name": "eth0", "netns": "c1", "addresses": ["10.1.0.7/24"], "gateway": ["10.1.0.1"]}
    routes = [{"dst": "198.51.100.0/25", "via": "10.1.0.1"}, {"dst": "198.51.100.128/25", "via": "10.1.0.1", "src": "10.99.0.1"}]
    result = full.call("veth", name="v-1", mtu=1440, peer=dict(peer, routes=routes))
    assert result["failed"] and "src 10.99.0.1" in result["msg"] and "Everything is as it was before" in result["msg"]
    full.is_as(before)
