# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that are printed for other owners' firewalls, typed: they lead to where a run leads, and back."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.beside.conftest import BLUE, RED, Firewalld

OVERLAY = {"device": "vx-red", "flood": ["192.0.2.12", "192.0.2.13"], "purge": True}
_ANSWERS = [" -A INPUT -p icmp -j ACCEPT", " -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"]
DROPS = {
    "nft": ["%s -P FORWARD DROP" % program for program in ("iptables", "ip6tables")] + ["iptables -P INPUT DROP", *("iptables" + one for one in _ANSWERS)],
    "legacy": ["%s-legacy -P FORWARD DROP" % program for program in ("iptables", "ip6tables")]
    + ["iptables-legacy -P INPUT DROP", *("iptables-legacy" + one for one in _ANSWERS)],
    "firewalld": [],
}


def typed(host, module, **arguments):
    """What check mode prints is typed; then a run finds nothing to do."""
    said = host.call(module, check=True, **arguments)
    assert not said.get("failed") and said["changed"], said
    host.sh(*said["commands"])
    host.unchanged(module, **arguments)
    return said["commands"]


@pytest.mark.parametrize("whose", DROPS)
def test_typed_lines_lead_there_and_back(beside, whose):
    host = beside
    firewalld = Firewalld(host) if whose == "firewalld" else None
    try:
        host.sh(*DROPS[whose])
        host.done("vxlan", name="vx-red", vni=7, local="192.0.2.11", network="red")
        before = host.dump()
        lines = typed(host, "nat_masquerade", **RED) + typed(host, "nat_masquerade", masquerades=[RED, BLUE])
        lines += typed(host, "vxlan_fdb", **OVERLAY) + typed(host, "vxlan_fdb", **dict(OVERLAY, flood=["192.0.2.12"]))
        assert sum("iptables" in line or "firewall-cmd" in line for line in lines) > 5
        host.works()
        typed(host, "nat_masquerade", masquerades=[{"name": "red"}, {"name": "blue"}], state="absent")
        typed(host, "vxlan_fdb", device="vx-red", entries=[], flood=[], purge=True, open_firewall=False)
        host.sh("sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.all.accept_redirects=%s" % host.redirects(before))
        if firewalld:
            host.sh("firewall-cmd --reload")
        host.is_as(before)
    finally:
        if firewalld:
            firewalld.stop()
