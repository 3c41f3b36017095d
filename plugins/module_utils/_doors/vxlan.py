# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door ``vxlan``: VXLAN devices, with the MTU worked out from the device below."""

from __future__ import annotations

from dataclasses import replace

from .. import _beside, _describe, _values
from .._door import COMMON, PURGE, items, one_or_many
from .._kinds.link import ADDR_GEN_EUI64, ADDR_GEN_NONE, Link
from .._kinds.vxlan import carried_by, overhead
from .._problem import Problem
from .._reach import Reach
from .._state import HOST

_FLAGS = ("learning", "udp_csum", "udp6_zero_csum_tx", "udp6_zero_csum_rx")

_SINGLE = {
    "name": {"type": "str"},
    "vni": {"type": "int"},
    "local": {"type": "str"},
    "dev": {"type": "str"},
    "dstport": {"type": "int"},
    "group": {"type": "str"},
    "ttl": {"type": "int"},
    **{name: {"type": "bool"} for name in _FLAGS},
    "tx_checksum_offload": {"type": "bool"},
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "bridge": {"type": "str"},
    "addresses": {"type": "list", "elements": "str"},
    "dad": {"type": "bool", "default": False},
    "network": {"type": "str"},
}

ARGUMENTS = {**COMMON, **PURGE, **one_or_many("vxlans", _SINGLE)}

#: IANA's port for VXLAN (RFC 7348); the kernel's own default is an older one.
DSTPORT = 4789
VNI_MAX = (1 << 24) - 1


class _Vxlan:
    """A device in normal form; what was not given is None."""

    def __init__(self, prefix, options, present):
        self.prefix = prefix
        self.name = _values.ifname(options["name"], prefix + "name")
        self.vni = options["vni"]
        if self.vni is not None:
            _values.number(self.vni, prefix + "vni", 0, VNI_MAX)
        self.local = _values.optional(_values.address, options, prefix, "local")
        if self.local is not None and (self.local.is_multicast or self.local.is_unspecified):
            raise Problem(prefix + "local", "'%s' cannot be an address of this host." % self.local)
        self.dev = _values.optional(_values.ifname, options, prefix, "dev")
        if self.dev == self.name:
            raise Problem(prefix + "dev", "'%s' is the device itself: say the one that its packets leave through." % self.dev)
        self.group = _values.optional(_values.address, options, prefix, "group")
        if self.group is not None:
            if not self.group.is_multicast:
                raise Problem(prefix + "group", "'%s' is no multicast address; single remotes are linuxnet.container.vxlan_fdb's." % self.group)
            if self.dev is None:
                raise Problem(prefix + "dev", "multicast needs the device through which the group is joined: say dev.")
            if self.local is not None and self.local.version != self.group.version:
                raise Problem(prefix + "group", "%s and local %s are of different families." % (self.group, self.local))
        self.options = {name: options[name] for name in _FLAGS if options[name] is not None}
        for name, low, high in (("dstport", 1, 65535), ("ttl", 0, 255)):
            if options[name] is not None:
                self.options[name] = _values.number(options[name], prefix + name, low, high)
        self.tx_offload = options["tx_checksum_offload"]
        self.mac = _values.optional(_values.interface_mac, options, prefix, "mac")
        self.bridge = options["bridge"] and _values.ifname(options["bridge"], prefix + "bridge")  # "" takes it off
        self.addresses = _values.interfaces(options["addresses"], prefix + "addresses")
        self.mtu = _values.mtu(options["mtu"], prefix + "mtu", self.addresses)
        self.dad = options["dad"]
        self.network = _values.optional(_values.network_name, options, prefix, "network")
        if present:
            for name, value in (("vni", self.vni), ("local", self.local or self.dev)):
                if value is None:
                    raise Problem(prefix + name, "a VXLAN device needs %s." % ("a VNI" if name == "vni" else "its local address, or at least dev"))

    @property
    def version(self):
        """Of the IP that carries it; None when only the device is known."""
        known = self.local or self.group
        return known.version if known is not None else None


class Wish:
    """What a task wants of VXLAN devices."""

    def __init__(self, params):
        self.present = params["state"] == "present"
        self.purge = frozenset(_values.network_name(name, "purge_networks") for name in params["purge_networks"])
        self.devices = [
            _Vxlan(prefix, options, self.present) for prefix, options in items(params, "vxlans", _SINGLE)
        ]
        names: set = set()
        numbers: dict = {}
        for one in self.devices:
            if one.name in names:
                raise Problem(one.prefix + "name", "'%s' is listed twice." % one.name)
            names.add(one.name)
            if self.present:
                number = (one.vni, one.options.get("dstport", DSTPORT), one.version)
                other = numbers.setdefault(number, one)
                if other is not one:
                    raise Problem(one.prefix + "vni", "'%s' has VNI %d too, on the same port." % (other.name, one.vni))

    def reach(self) -> Reach:
        # What is removed can be put back only with its entries.
        reach = Reach(networks=set(self.purge), fdb_of_marked=bool(self.purge), others_firewall=True)
        for one in self.devices:
            reach.links.add((HOST, one.name))
            reach.fdb.add((HOST, one.name))
            if not self.present:
                continue
            if one.local is not None:
                reach.owners_of.add(one.local)
            if one.dev:
                reach.links.add((HOST, one.dev))
            if one.bridge:
                reach.links.add((HOST, one.bridge))
                reach.ports_of.add((HOST, one.bridge))
        return reach

    def merge(self, merging) -> None:
        if self.purge:
            kept = {one.name for one in self.devices if self.present}
            for link in merging.now.every("link"):
                if link.kind == "vxlan" and link.networks and link.networks & self.purge and link.name not in kept:
                    merging.remove_link(link)
        for one in self.devices:
            if self.present:
                self._present(merging, one)
            else:
                self._absent(merging, one)
        # What is let in for a device goes with it.
        listed = {one.name for one in self.devices}
        _beside.forget_devices(
            merging, lambda network, device: (device in listed or network in self.purge) and merging.target.link(HOST, device) is None
        )

    def _present(self, merging, one):
        now = merging.target.link(HOST, one.name)
        options = {"vni": one.vni, **one.options}
        if one.local is not None:
            options["local"] = one.local
        if one.dev:
            options["dev"] = one.dev
        if one.group is not None:
            options["group"] = one.group
        if now is None or now.kind != "vxlan":
            options.setdefault("dstport", DSTPORT)
            # With a list of remotes nothing is to be learned, and what is learned can be forged.
            options.setdefault("learning", one.group is not None)
        addr_gen = None
        if one.bridge or one.addresses is not None:
            has_ipv6 = any(address.version == 6 for address in one.addresses or ())
            addr_gen = ADDR_GEN_EUI64 if has_ipv6 else ADDR_GEN_NONE
        wanted = Link(
            HOST,
            one.name,
            "vxlan",
            mtu=self._mtu(merging, one),
            mac=one.mac,
            master=one.bridge,
            addr_gen=addr_gen,
            options=options,
            tx_offload=one.tx_offload,
        )
        link = merging.link(wanted, one.prefix, one.network, pin=("vxlan", one.name))
        owner = merging.facts["owner"].get(one.local)
        if owner is not None and merging.target.link(HOST, owner) is None:
            raise Problem(one.prefix + "local", "'%s', which has %s, goes along with what '%s' is now: remove that first." % (owner, one.local, one.name))
        if one.addresses is not None:
            merging.addresses(link, one.addresses, one.dad)
        self._follow(merging, link)
        _beside.follow_port(merging, link.name, link.options.get("dstport"))

    @staticmethod
    def _follow(merging, link):
        """Entries that had the device's own port and VNI follow it; those of another family cannot."""
        port, vni = link.options.get("dstport"), link.options.get("vni")
        for entry in merging.target.of("fdb", link.netns, link.name):
            merging.target.drop(entry.key)
            if carried_by(link.options) == entry.dst.version:
                merging.target.put(
                    replace(
                        entry,
                        port=port if entry.port == entry.default_port else entry.port,
                        vni=vni if entry.vni == entry.default_vni else entry.vni,
                        default_port=port,
                        default_vni=vni,
                    )
                )

    @staticmethod
    def _mtu(merging, one):
        """The MTU that fits through the device below; Problem for one that does not."""
        below, option = one.dev, "dev"
        while below is not None:
            if below == one.name:
                raise Problem(one.prefix + "dev", "'%s' would stand on itself: '%s' is that device, or stands on it." % (one.name, one.dev))
            link = merging.target.link(HOST, below)
            below = link.options.get("dev") if link is not None else None
        below = one.dev
        if one.local is not None:
            owner = merging.facts["owner"].get(one.local)
            if owner is None:
                raise Problem(one.prefix + "local", "no device of this host has the address %s: correct it, or give a device that address first." % one.local)
            if owner == one.name:
                raise Problem(one.prefix + "local", "%s is an address of '%s' itself: what carries it has another." % (one.local, one.name))
            now = merging.target.link(HOST, one.name)
            # The device below that is there is not touched; the kernel lets none be larger than that.
            kept = now.options.get("dev") if now is not None and now.kind == "vxlan" else None
            kept = kept if merging.target.link(HOST, kept) is not None else None
            below, option = below or kept or owner, "dev" if one.dev else "local"
        device = merging.target.link(HOST, below)
        if device is None:
            merging.need_free(HOST, below, one.prefix + option)
            raise Problem(one.prefix + option, "there is no device '%s' on this host: correct the name, or make the device first." % below)
        if below == "lo" and one.mtu is None:
            raise Problem(
                one.prefix + "mtu",
                "%s is an address of the loopback device, which says nothing of the way out: say mtu, or dev." % one.local,
            )
        cost = overhead(one.local or one.group) if one.version else 70
        fits = device.mtu - cost
        has = "'%s' has an MTU of %d, and VXLAN over IPv%d takes %d of it" % (below, device.mtu, one.version or 6, cost)
        if fits < 68:
            raise Problem(one.prefix + option, "nothing fits: %s." % has)
        if one.mtu is None:
            return _values.mtu(fits, one.prefix + "mtu", one.addresses)
        if one.mtu > fits:
            raise Problem(one.prefix + "mtu", "%d bytes do not fit: %s; the largest is %d." % (one.mtu, has, fits))
        return one.mtu

    @staticmethod
    def _absent(merging, one):
        now = merging.target.link(HOST, one.name)
        if now is None:
            return
        if now.kind != "vxlan" or not merging.ours(now):
            raise Problem(one.prefix + "name", "'%s' was not made by this collection: remove it with `ip link delete`." % now.name)
        merging.remove_link(now)

    def result(self, outcome) -> dict:
        found = []
        for one in self.devices:
            link = outcome.state.link(HOST, one.name)
            if link is not None:
                found.append(_describe.link(outcome.state, link))
        return {"vxlans": found}
