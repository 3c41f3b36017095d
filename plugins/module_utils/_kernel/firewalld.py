# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld: changed by its own program, read from what it has made in nf_tables and from its configuration, which costs nothing.

Source: firewall-cmd(1), firewalld.zone(5).
"""

from __future__ import annotations

import xml.etree.ElementTree

from .._kinds.firewalld import INTERFACE, SOURCE, ZONE, Binding, FirewalldZone
from .._problem import Problem
from . import programs

_ZONE_FILE = "/etc/firewalld/zones/%s.xml" % ZONE


def read(running, networks_of):
    """Our FirewalldZone; None when there is nothing of it. ``running``: what ``others.read`` said of firewalld; ``networks_of``:
    {(word, value): names of our networks that a binding is for}."""
    permanent, target = _permanent()
    runtime = [place for place, zone in running.zones.items() if zone == ZONE]
    if not target and not runtime:
        return None

    def bound(places):
        return tuple(Binding(word, value, tuple(sorted(networks_of.get((word, value), ())))) for word, value in sorted(places))

    return FirewalldZone(bound(permanent), bound(runtime), target, ZONE in running.known)


def _permanent():
    """([(word, value)], target) of our zone in firewalld's configuration; no target when it has none."""
    try:
        zone = xml.etree.ElementTree.parse(_ZONE_FILE).getroot()
    except FileNotFoundError:
        return [], ""
    except xml.etree.ElementTree.ParseError as error:
        raise Problem("", "%s cannot be read (%s): mend it, or remove it and run firewall-cmd --reload." % (_ZONE_FILE, error)) from error
    found = [(INTERFACE, one.get("name", "")) for one in zone.findall("interface")]
    found += [(SOURCE, one.get("address") or one.get("ipset") or one.get("mac") or "") for one in zone.findall("source")]
    return found, zone.get("target", "default")


def change(words) -> None:
    """Run firewall-cmd with ``words``. Raises OSError with what it said."""
    programs.run(["firewall-cmd", *words], "firewalld")
