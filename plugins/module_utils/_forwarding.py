# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches that turn a host into a router: on while a rule of ours needs them, and back when none does. Pure."""

from __future__ import annotations

from dataclasses import replace

from ._kinds.record import RETURNING, Record
from ._kinds.sysctl import Sysctl
from ._nft import Snat
from ._problem import Problem
from ._state import HOST

#: The switch by IP version (Documentation/networking/ip-sysctl.rst in the kernel).
SWITCHES = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}

#: Whether the host believes ICMP redirects. A router does not: the kernel sets this along with the IPv4 switch.
REDIRECTS = "net/ipv4/conf/all/accept_redirects"


def settle(merging) -> None:
    """Put into the target of ``merging`` what its masquerades and published ports need of the switches.

    The reach was one with ``forwarding`` and ``records``, and with SWITCHES among its sysctls.
    """
    needed = {item.element.data[0].version for item in merging.target.every("nft_element")}
    for item in merging.target.every("nft_rule"):
        if getattr(item.rule, "verdict", None) == "masquerade" or isinstance(getattr(item.rule, "verdict", None), Snat):
            needed |= {4 if family == "ip" else 6 for family in item.rule.families}
    for version, path in SWITCHES.items():
        if version in needed:
            _switch_on(merging, version, path)
        else:
            _switch_back(merging, version, path)


def _switch_on(merging, version, path):
    now = merging.now.get(("sysctl", HOST, path))
    if now.value is None:
        raise Problem("sources", "this kernel has no IPv%d (%s is missing)." % (version, path))
    if now.value == "1":
        return
    known = merging.now.get(("record", HOST, "sysctl", path))
    if known is not None:
        # Somebody has switched it off since: what is to come back is still what was there before us.
        note = dict(known.value, accept_ra=dict(known.value["accept_ra"]))
        note.pop(RETURNING, None)
    else:
        devices = [name for name, value in merging.facts["forwarding"][version].items() if value == "1"]
        note = {"value": now.value, "devices": devices, "chains": merging.facts["forward_chains"], "accept_ra": {}}
        redirects = merging.now.get(("sysctl", HOST, REDIRECTS))
        if version == 4 and redirects is not None:
            note["accept_redirects"] = redirects.value
    if version == 6:
        # A router forgets routes that were advertised to it, unless accept_ra says 2 (ip-sysctl.rst).
        for device in sorted(merging.facts["router_advertised"]):
            advertised = merging.now.get(("sysctl", HOST, _accept_ra(device)))
            if advertised is not None and advertised.value == "1":
                note["accept_ra"][device] = advertised.value
                merging.target.put(Sysctl(HOST, advertised.path, "2"))
    for device in merging.facts["forwarding"][version]:
        merging.target.drop(("sysctl", HOST, _forwarding(version, device)))
    if version == 4:
        merging.target.drop(("sysctl", HOST, REDIRECTS))
    merging.target.put(Record("sysctl", path, note))
    merging.target.put(Sysctl(HOST, path, "1"))


def _switch_back(merging, version, path):
    """Off again, if it was us who switched it on, nobody changed it since and nobody else came to need it."""
    record = merging.now.get(("record", HOST, "sysctl", path))
    if record is None:
        return
    merging.target.drop(record.key)
    now = merging.now.get(("sysctl", HOST, path))
    if now is None or (now.value != "1" and RETURNING not in record.value):
        return
    newer = [name for name in merging.facts["forward_chains"] if name not in record.value["chains"]]
    if newer:
        merging.warnings.append(
            "%s stays 1: since it was switched on, others have come who may need it (%s)." % (path, ", ".join(newer))
        )
        return
    merging.steps.append(record.returning())
    merging.target.put(Sysctl(HOST, path, record.value["value"]))
    redirects = merging.now.get(("sysctl", HOST, REDIRECTS))
    if version == 4 and redirects is not None:
        # The kernel sets it to 1, which may be neither what it was before us nor what somebody has set since.
        wanted = record.value.get("accept_redirects", redirects.value) if redirects.value == "0" else redirects.value
        merging.target.drop(redirects.key)
        if wanted != "1":
            merging.target.put(replace(redirects, value=wanted))
    present = merging.facts["forwarding"][version]
    for device in record.value["devices"]:
        # The switch sets every device: those that forwarded before us do so again.
        if device in present:
            merging.target.put(Sysctl(HOST, _forwarding(version, device), "1"))
    for device, value in sorted(record.value["accept_ra"].items()):
        advertised = merging.now.get(("sysctl", HOST, _accept_ra(device)))
        if advertised is not None and advertised.value == "2":
            merging.target.put(Sysctl(HOST, advertised.path, value))


def _forwarding(version, device) -> str:
    return "net/ipv%d/conf/%s/forwarding" % (version, device)


def _accept_ra(device) -> str:
    return "net/ipv6/conf/%s/accept_ra" % device
