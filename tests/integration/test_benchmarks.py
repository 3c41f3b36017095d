# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks compare is the same: the ways that claim so leave the same endpoints."""

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.linuxnet.container.tests.conftest import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "benchmarks"))
import ways  # noqa: E402

COUNT = 3


def seen(lab):
    """{namespace: what iproute2 shows there}, without what differs from one time to the next."""

    def shown(*words):
        return json.loads(lab.run("bench", ["ip", *words]).stdout or "[]")

    found = {}
    for space in ["", *sorted(one["name"] for one in shown("-j", "netns"))]:
        inside = ["-n", space] if space else []
        links = {
            one["ifname"]: [one["mtu"], "UP" in one["flags"], one.get("master"), one.get("linkinfo", {}).get("info_kind"), one.get("inet6_addr_gen_mode")]
            for one in shown("-j", "-d", *inside, "link")
        }
        addresses = [[one["ifname"], each["local"], each["prefixlen"], each.get("broadcast")] for one in shown("-j", *inside, "address") for each in one["addr_info"]]
        if space == "":
            addresses = [one for one in addresses if one[0] == "br0" and ":" not in one[1]]
        routes = [[one["dst"], one.get("gateway"), one["dev"]] for one in shown("-j", *inside, "route")]
        found[space] = [links, addresses, routes]
    found[""][0] = {name: link for name, link in found[""][0].items() if name != "lo"}
    found[""][0]["br0"].pop()  # whether the bridge has a link-local address is the host's business
    return found


def by_c(lab):
    lab.run("bench", [ways.compiled(), str(COUNT), "0", str(ways.GROUP), ways.alias(["bench"]), "create"])


MAKES = {
    "one task": lambda lab: ways.in_node(lab, [["create", [["network", ways.whole(COUNT)]]]]),
    "three tasks": lambda lab: ways.in_node(lab, [["create", ways.endpoints(COUNT)]]),
    "C": by_c,
    "ip -batch": lambda lab: ways.ip_batch_create(lab, COUNT),
}


@pytest.mark.parametrize("way", [name for name in MAKES if name != "one task"])
def test_ways_leave_the_same_endpoints(way):
    made = []
    for one in ("one task", way):
        with ways.lab_node() as lab:
            try:
                MAKES[one](lab)
            except ways.Missing as error:
                pytest.skip(str(error))
            made.append(seen(lab))
    assert made[1] == made[0]
    assert len(made[0]) == COUNT + 1


@pytest.mark.parametrize("way", ["C", "ip -batch", "one task", "three tasks"])
def test_ways_take_all_of_it_away(way):
    with ways.lab_node() as lab:
        try:
            ways.WAYS[way][0](lab, COUNT)
        except ways.Missing as error:
            pytest.skip(str(error))
        left = json.loads(lab.run("bench", ["ip", "-j", "link"]).stdout)
        assert [one["ifname"] for one in left] == ["lo"] and not lab.run("bench", ["ip", "netns"]).stdout
