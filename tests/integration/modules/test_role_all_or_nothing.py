# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails in a role, in whichever of its tasks, the host is as it was before the role."""

from __future__ import annotations

import copy
import errno
import os

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.role import Failed, Role

NUMBERS = (errno.EPERM, errno.ENOMEM, errno.EBUSY, errno.ENOBUFS, errno.EINVAL)

SINGLE_HOST = {
    "single_host_bridge_networks": [
        {
            "name": "blue",
            "gateway": ["10.10.1.1/24", "fd00:10:1::1/64"],
            "containers": [
                {"name": "web", "address": ["10.10.1.10", "fd00:10:1::10"]},
                {"name": "db", "address": "10.10.1.20", "routes": [{"dst": "198.51.100.0/24", "via": "10.10.1.1"}]},
            ],
        },
        {"name": "old", "gateway": "10.10.2.1/24", "containers": [{"name": "was", "address": "10.10.2.10"}]},
    ]
}
#: One container comes, one goes, one has another address, a network goes.
SINGLE_HOST_LATER = {
    "single_host_bridge_networks": [
        {
            "name": "blue",
            "gateway": ["10.10.1.1/24", "fd00:10:1::1/64"],
            "mtu": 1400,
            "containers": [{"name": "web", "address": ["10.10.1.11", "fd00:10:1::10"]}, {"name": "new", "address": "10.10.1.30"}],
        },
        {"name": "old", "state": "absent", "gateway": "10.10.2.1/24"},
    ]
}


def member(number, *containers, **more):
    return {
        "underlay_address": "192.0.2.%d" % number,
        "underlay_device": "under" if number == 1 else "",
        "endpoints": {"red": {"gateway": "10.42.0.%d" % number, "containers": [dict(name=name, address=address) for name, address in containers]}},
        **more,
    }


OVERLAY = {
    "vxlan_overlay_overlays": [{"name": "red", "vni": 42, "subnet": "10.42.0.0/16"}],
    "vxlan_overlay_nodes": {"node": member(1, ("a1", "10.42.1.1"), ("a2", "10.42.1.2")), "other": member(2, ("b1", "10.42.2.1"))},
}
OVERLAY_LATER = {
    "vxlan_overlay_overlays": [{"name": "red", "vni": 43, "subnet": "10.42.0.0/16"}],
    "vxlan_overlay_nodes": {"node": member(1, ("a1", "10.42.1.7")), "third": member(3, ("c1", "10.42.3.1"))},
}
CASES = {
    "single_host_bridge": ({}, SINGLE_HOST, SINGLE_HOST_LATER, {"single_host_bridge_state": "absent"}),
    "vxlan_overlay": ({}, OVERLAY, OVERLAY_LATER, {"vxlan_overlay_state": "absent"}),
}
#: Of a checkpoint that outlives them all: that is what the last one is for, which no role knows.
NETWORKS = ["blue", "old", "red", "none-of-them"]
STEPS = [(name, position) for name in CASES for position in (1, 2, 3)]


def role(host, name, position):
    """The role with the variables of that position; to remove, those before it and that all is to go."""
    before, wanted = CASES[name][position - 1], CASES[name][position]
    return Role(host, name, **copy.deepcopy({**before, **wanted} if position == 3 else wanted))


@pytest.fixture
def prepared(host):
    host.sh(*everything.FOREIGN)
    return host


@pytest.mark.parametrize("name, position", STEPS, ids=["%s-%s" % (name, ("", "first", "changed", "removed")[position]) for name, position in STEPS])
def test_whatever_fails_in_a_role(host, name, position, record_property):
    """Each module's run in the role fails in its middle, and is killed at its end: of the calls that write something. That
    any other call of a module may fail, test_all_or_nothing.py shows; ROLE_FAULTS=all in the environment tries them all."""
    host.sh(*everything.FOREIGN)
    for earlier in range(1, position):
        role(host, name, earlier).run()
    host.done("checkpoint", name="start", networks=NETWORKS)
    before = host.dump()
    points = {}
    for how in ("refuse", "kill"):
        whole = role(host, name, position).run(dict.fromkeys(range(20), {"at": [NEVER], "how": how, "writes": True}))
        points[how] = [result["faults"]["passed"] for result in whole]
        after = host.dump()
        assert after != before
        host.done("checkpoint", name="start", state="restored")
        host.is_as(before)
    tried = 0
    for number in range(len(whole)):
        for at, how in _faults(points["refuse"][number], points["kill"][number]):
            asked = {"at": [at], "how": how, "number": NUMBERS[(number + at) % len(NUMBERS)], "writes": True}
            broken = role(host, name, position)
            try:
                broken.run({number: asked})
                text, wanted = "", after
            except Failed as failed:
                text = failed.args[1]["msg"]
                # The first and the last run are the checkpoint's: before anything is done, and when all is.
                wanted = after if number == len(whole) - 1 else before
                if 0 < number < len(whole) - 1:
                    assert text.endswith("(The host was put back as it was before.)"), text
            assert broken.results[number]["faults"]["hit"], (number, asked)
            differs = host.differences(wanted, _tidied(host))
            assert not differs, "module %d, %s: %s\n%s" % (number, asked, text, "\n".join(differs))
            if wanted is after:
                host.done("checkpoint", name="start", state="restored")
            tried += 1
    assert tried >= len(whole)
    record_property("fault points in roles", tried)


#: The position of a fault that does not come: the points are only counted.
NEVER = 10**6


def _faults(calls, sends):
    """(position, what happens there) for a module's run that makes so many calls, and sends so often."""
    if os.environ.get("ROLE_FAULTS") == "all":
        return [(at, "refuse") for at in range(calls)] + [(at, "kill") for at in range(sends)]
    return [(calls // 2, "refuse")] * bool(calls) + [(sends - 1, "kill")] * bool(sends)


def _tidied(host):
    """The node's dump after a run that does nothing: it has tidied what a killed one could not; and without the checkpoint
    that a role which was killed has left, which goes with its network."""
    host.done("checkpoint", name="none", state="dropped")
    dump = host.dump()
    dump[""]["ours"] = [name for name in dump[""]["ours"] if not name.startswith("checkpoint-run-")]
    return dump
