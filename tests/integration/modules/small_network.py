# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks to test on, as the options that make them."""

from __future__ import annotations


def endpoint(number, network="red", subnet="10.1.0", **more):
    """The options of one container's pair: NETWORK's bridge, namespace c<number>, address .<number + 1>."""
    peer = {
        "name": "eth0",
        "netns": "c%d" % number,
        "addresses": ["%s.%d/24" % (subnet, number + 1)],
        "gateway": ["%s.1" % subnet],
    }
    peer.update(more.pop("peer", {}))
    return dict({"name": "v-%d" % number, "bridge": "br-" + network, "network": network, "peer": peer}, **more)


def bridge(network="red", subnet="10.1.0", **more):
    """The options of NETWORK's bridge."""
    return dict({"name": "br-" + network, "network": network, "addresses": [subnet + ".1/24"]}, **more)


def calls(numbers=(1, 2), network="red", subnet="10.1.0"):
    """The modules that make a network with these containers."""
    return [
        ("netns", {"name": ["c%d" % number for number in numbers], "network": [network]}),
        ("bridge", bridge(network, subnet)),
        ("veth", {"veths": [endpoint(number, network, subnet) for number in numbers]}),
    ]
