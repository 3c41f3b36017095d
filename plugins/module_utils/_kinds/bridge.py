# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges, and what a bridge knows of each of its ports."""

from __future__ import annotations

from .options import FLAG_ON_OFF, FLAG_ONE_ZERO, SECONDS, LinkKind, Option

BRIDGE = LinkKind(
    "bridge",
    (
        Option("stp", "IFLA_BR_STP_STATE", 5, FLAG_ONE_ZERO, "stp_state"),
        Option("ageing_time", "IFLA_BR_AGEING_TIME", 4, SECONDS, "ageing_time"),
    ),
    order=10,
)

#: Options of a port (IFLA_INFO_SLAVE_DATA).
PORT_OPTIONS = (
    Option("hairpin", "IFLA_BRPORT_MODE", 4, FLAG_ON_OFF, "hairpin"),
    Option("isolated", "IFLA_BRPORT_ISOLATED", 33, FLAG_ON_OFF, "isolated"),
)

#: What the kernel gives a bridge that has no ports (ETH_DATA_LEN).
_DEFAULT_MTU = 1500


def first_mtu(wanted: int):
    """The MTU that a bridge is made with (None: the kernel's) so that ``wanted`` is a change, when it is set next.

    A bridge follows its smallest port until its MTU has been changed (br_mtu_auto_adjust in net/bridge/br_if.c).
    """
    return None if wanted != _DEFAULT_MTU else _DEFAULT_MTU - 1


#: BR_MAX_PORTS - 1 (net/bridge/br_private.h).
MAX_PORTS = 1023
