# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld: changed by its own program, read from what it has made in nf_tables and from its configuration, which costs nothing.

Source: firewall-cmd(1), firewalld.zone(5).
"""

from __future__ import annotations

import glob
import ipaddress
import xml.etree.ElementTree

from .. import _iptables
from .._kinds.firewalld import INTERFACE, SOURCE, ZONE, Binding, FirewalldPolicy, FirewalldZone, policy_name, rich_rule
from .._problem import Problem
from . import programs

_ZONE_FILE = "/etc/firewalld/zones/%s.xml" % ZONE
_POLICY_FILES = "/etc/firewalld/policies/%s-*.xml" % ZONE


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
    zone = _parsed(_ZONE_FILE)
    if zone is None:
        return [], ""
    found = [(INTERFACE, one.get("name", "")) for one in zone.findall("interface")]
    found += [(SOURCE, one.get("address") or one.get("ipset") or one.get("mac") or "") for one in zone.findall("source")]
    return found, zone.get("target", "default")


def policies(running) -> list:
    """Our FirewalldPolicy objects: those whose names begin as ours. ``running``: what ``others.read`` said of firewalld."""
    found = []
    for path in sorted(glob.glob(_POLICY_FILES)):
        policy = _parsed(path)
        if policy is None:
            continue
        name = path.rpartition("/")[2][: -len(".xml")]
        # Without a description a run that was killed has left it: whoever makes it next finds it by its name.
        mark = (policy.findtext("description") or "").strip()
        network, device = _iptables.owner_of(mark)
        if mark and name != policy_name(device):
            continue
        permanent = sorted(filter(None, (_rich(rule) for rule in policy.findall("rule"))))
        runtime = sorted(rich_rule(*peer) for peer in running.peers.get(name, ()))
        settings = ["--set-description=" + mark] if mark else []
        settings += ["--add-%s=%s" % (zone.tag, zone.get("name")) for zone in policy if zone.tag in ("ingress-zone", "egress-zone")]
        found.append(FirewalldPolicy(name, device, network, tuple(permanent), tuple(runtime), tuple(settings), True, name in running.peers))
    return found


def _rich(rule):
    """A rule of ours as firewall-cmd takes it; of what we never write, words that it does not take for ours."""
    source, port = rule.find("source"), rule.find("port")
    if source is None or port is None or rule.find("accept") is None:
        return ""
    try:
        return rich_rule(ipaddress.ip_address(source.get("address", "")), int(port.get("port", "")))
    except ValueError:
        return ""


def _parsed(path):
    """The root of an XML file; None when there is none."""
    try:
        return xml.etree.ElementTree.parse(path).getroot()
    except FileNotFoundError:
        return None
    except xml.etree.ElementTree.ParseError as error:
        raise Problem("", "%s cannot be read (%s): mend it, or remove it and run firewall-cmd --reload." % (path, error)) from error


def change(words) -> None:
    """Run firewall-cmd with ``words``. Raises OSError with what it said."""
    programs.run(["firewall-cmd", *words], "firewalld")
