# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails in a role, the host is as it was before the role; and what a role that was killed has left, the next run completes."""

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


@pytest.mark.parametrize("name, position", STEPS, ids=["%s-%s" % (name, ("", "first", "changed", "removed")[position]) for name, position in STEPS])
def test_whatever_fails_in_a_role(host, name, position, record_property):
    """Calls that write something fail, MOST of them in a case and evenly spread (ROLE_FAULTS=all in the environment: every one),
    and the run is killed in its middle and at its end."""
    host.sh(*everything.FOREIGN)
    for earlier in range(1, position):
        role(host, name, earlier).run()
    host.done("checkpoint", name="start", networks=NETWORKS)
    before = host.dump()
    calls = {}
    for how in ("refuse", "kill"):
        (result,) = role(host, name, position).run({0: {"at": [NEVER], "how": how, "writes": True}})
        calls[how] = result["faults"]["passed"]
        after = host.dump()
        assert after != before
        host.done("checkpoint", name="start", state="restored")
        host.is_as(before)
    tried = 0
    for at, how in _faults(calls["refuse"], calls["kill"]):
        asked = {"at": [at], "how": how, "number": NUMBERS[at % len(NUMBERS)], "writes": True}
        broken = role(host, name, position)
        text, wanted = "it had done its work", after
        try:
            broken.run({0: asked})
        except Failed as failed:
            text, wanted = failed.args[1]["msg"], before
        assert broken.results[0]["faults"]["hit"], asked
        if how == "kill":
            role(host, name, position).run()
            wanted = after
        elif wanted is before:
            host.is_a_sentence(text)
        differs = host.differences(wanted, _tidied(host))
        assert not differs, "%s: %s\n%s" % (asked, text, "\n".join(differs))
        if wanted is after:
            host.done("checkpoint", name="start", state="restored")
        tried += 1
    assert tried > 2
    record_property("fault points in roles", tried)


#: The position of a fault that does not come: the points are only counted.
NEVER = 10**6
MOST = 20


def _faults(calls, sends):
    """(position, what happens there) for a run that makes so many calls, and sends so often."""
    step = 1 if os.environ.get("ROLE_FAULTS") == "all" else max(1, calls // MOST)
    return [(at, "refuse") for at in range(0, calls, step)] + [(at, "kill") for at in sorted({sends // 2, sends - 1})]


def _tidied(host):
    """The node's dump after a run that does nothing: it has tidied what a failed one could not."""
    host.done("checkpoint", name="none", state="dropped")
    return host.dump()
