# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our objects are known by: the marks they carry, and the names and MACs derived from the user's words.

Pure, and shared by the engine on the managed host and the filters on the controller, so that both derive the same.
"""

from __future__ import annotations

import hashlib

#: Value of IFLA_GROUP on every link of ours ("LNC" in ASCII): carried from the message that creates the link.
GROUP = 0x4C4E43

#: Groups into which links of ours are moved to be deleted together. A run that is killed then leaves them in one.
GOING = range(0x4C4E4400, 0x4C4E4500)

#: Prefix of IFLA_IFALIAS on every link of ours; the networks it belongs to follow a colon.
OWNER = "linuxnet.container"

#: The nf_tables table that holds all our rules, family inet.
NFT_TABLE = "linuxnet"

#: IFNAMSIZ - 1 (linux/if.h).
IFNAME_MAX = 15


def alias(networks=()) -> str:
    """The alias of a link that belongs to ``networks`` (an iterable of str, maybe empty)."""
    names = sorted(set(networks))
    return OWNER + (":" + ",".join(names) if names else "")


def networks_of(group: int, text: str):
    """The networks a link belongs to by its marks, as a frozenset; None when the link is not ours.

    Group and alias are both asked for: a group number with another alias may be anybody's. Without any alias it is what
    a run that was killed between two messages left behind, in the group of what is made.
    """
    said = text == OWNER or text.startswith(OWNER + ":")
    if not (said and group in GOING or (said or not text) and group == GROUP):
        return None
    return frozenset(name for name in text[len(OWNER) + 1 :].split(",") if name)


def derived_mac(*words: str) -> str:
    """A locally administered unicast MAC that follows from ``words`` alone, as ``02:xx:xx:xx:xx:xx``."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return ":".join("%02x" % octet for octet in bytes([2]) + digest[:5])


def container_mac(network: str, address: str) -> str:
    """The MAC of the endpoint that has ``address`` (an IP address without prefix length) in ``network``.

    Derived from both alone, so that every node of an overlay computes the same without asking.
    """
    return derived_mac("endpoint", network, address)


def short_ifname(prefix: str, name: str) -> str:
    """``prefix + name`` when that is a valid length for an interface, else a deterministic short form of it.

    The short form keeps the beginning and replaces the rest by seven hexadecimal digits of its SHA-256.
    """
    whole = prefix + name
    if len(whole.encode()) <= IFNAME_MAX:
        return whole
    return whole[: IFNAME_MAX - 8] + "-" + hashlib.sha256(whole.encode()).hexdigest()[:7]
