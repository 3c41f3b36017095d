# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of a topology say of the kernel, looked for in a dump of look.py: nothing of the engine is asked."""

from __future__ import annotations

import ipaddress


def complaints(topology, dump) -> list:
    """What the options say and the dump does not show, a line each."""
    return list(_complaints(topology, dump))


def _complaints(topology, dump):
    for options in topology.namespaces:
        yield from _namespace(options, dump)
    for options in topology.bridges:
        yield from _link("", options, dump, "bridge")
        yield from _compared("bridge " + options["name"], _link_of("", options, dump).get("linkinfo", {}).get("info_data", {}), {
            "stp_state": int(options["stp"]) if "stp" in options else None,
            "ageing_time": options["ageing_time"] * 100 if "ageing_time" in options else None,
        })  # fmt: skip
        for port in options.get("ports", ()):
            yield from _port("", port["name"], options["name"], port, dump)
    for options in topology.vxlans:
        yield from _vxlan(options, dump)
    for options in topology.fdb:
        yield from _entries(options, topology, dump)
    for netns, name, options, pair, near in topology.ends():
        mtu = options.get("mtu", pair.get("mtu"))
        yield from _link(netns, dict(options, mtu=mtu, network=pair.get("network") if near else None, near=near), dump, "veth")
        if near and pair.get("bridge"):
            yield from _port(netns, name, pair["bridge"], pair, dump)
        if "gateway" in options:
            yield from _routes(netns, name, options, dump)
    yield from _rules(topology, dump)


def _compared(what, found, wanted):
    for name, value in wanted.items():
        if value is not None and name == "ageing_time" and name not in found:
            continue  # STP has shortened it for a while
        if value is not None and found.get(name) != value:
            yield "%s: %s is %r, not %r" % (what, name, found.get(name), value)


def _link_of(netns, options, dump):
    return dump.get(netns, {}).get("links", {}).get(options["name"], {})


def _namespace(options, dump):
    name = options["name"]
    if name not in dump:
        yield "there is no namespace %s" % name
        return
    loopback = dump[name]["links"]["lo"]
    if "pid" not in options:
        yield from _compared("lo of " + name, loopback, {"group": "5000771"})
        if not loopback.get("ifalias", "").startswith("linuxnet.container"):
            yield "%s has no mark" % name
        for network in options.get("network", ()):
            if network not in loopback["ifalias"].partition(":")[2].split(","):
                yield "%s is not marked as %s's" % (name, network)
    up = options.get("loopback", None if "pid" in options else True)
    if up is not None and ("UP" in loopback["flags"]) != up:
        yield "lo of %s is not %s" % (name, "up" if up else "down")
    for path, value in options.get("sysctls", {}).items():
        yield from _compared(name, dump[name]["sysctls"], {path.replace("/", "."): str(value)})


def _link(netns, options, dump, kind):
    """What links of every kind have in common."""
    what = "%s %s%s" % (kind, options["name"], " in %s" % netns if netns else "")
    found = _link_of(netns, options, dump)
    if found.get("linkinfo", {}).get("info_kind") != kind:
        yield "%s: it is %s" % (what, found.get("linkinfo", {}).get("info_kind", "missing"))
        return
    if "UP" not in found["flags"]:
        yield "%s: it is down" % what
    marks = {}
    if options.get("near", True):
        network = options.get("network")
        marks = {"group": "5000771", "ifalias": "linuxnet.container" + (":" + network if network else "")}
    yield from _compared(what, found, {"mtu": options.get("mtu"), "address": options.get("mac"), **marks})
    if found["mtu"] >= 1280:
        local = options.get("link_local")
        if local is None and ("addresses" in options or options.get("bridge")) and kind != "bridge":
            local = any(":" in one for one in options.get("addresses", ()))
        if local is not None:
            yield from _compared(what, found, {"inet6_addr_gen_mode": "eui64" if local else "none"})
    if "addresses" in options:
        wanted, subnets = {}, set()
        for text in options["addresses"]:
            one = ipaddress.ip_interface(text)
            secondary = one.version == 4 and one.network in subnets
            subnets.add(one.network)
            broadcast = str(one.network.broadcast_address) if one.version == 4 and one.network.prefixlen < 31 else None
            wanted[text] = (broadcast, secondary)
        there = {
            "%s/%d" % (one["local"], one["prefixlen"]): (one.get("broadcast"), one.get("secondary", False))
            for one in dump[netns]["addresses"][options["name"]]
        }
        if there != wanted:
            yield "%s: addresses are %s, not %s" % (what, there, wanted)


def _port(netns, name, bridge, options, dump):
    found = dump.get(netns, {}).get("links", {}).get(name, {})
    yield from _compared("port " + name, found, {"master": bridge})
    flags = found.get("linkinfo", {}).get("info_slave_data", {})
    yield from _compared("port " + name, flags, {flag: options.get(flag) for flag in ("hairpin", "isolated")})


def _vxlan(options, dump):
    yield from _link("", options, dump, "vxlan")
    what = "vxlan " + options["name"]
    data = _link_of("", options, dump).get("linkinfo", {}).get("info_data", {})
    six = "6" if ":" in options.get("local", "") + options.get("group", "") else ""
    yield from _compared(what, data, {
        "id": options["vni"], "local" + six: options.get("local"), "group" + six: options.get("group"), "link": options.get("dev"),
        "port": options.get("dstport", 4789), "learning": options.get("learning"), "udp_csum": options.get("udp_csum"),
        "udp_zero_csum6_tx": options.get("udp6_zero_csum_tx"), "udp_zero_csum6_rx": options.get("udp6_zero_csum_rx"),
        "ttl": options.get("ttl") or None,
    })  # fmt: skip
    if options.get("bridge"):
        yield from _port("", options["name"], options["bridge"], {}, dump)
    if "tx_checksum_offload" in options:
        yield from _compared(what, dump[""]["offload"], {options["name"]: "on" if options["tx_checksum_offload"] else "off"})


def _entries(options, topology, dump):
    vxlan = next(one for one in topology.vxlans if one["name"] == options["device"])
    wanted = {("00:00:00:00:00:00", dst, None, None) for dst in options["flood"]}
    for one in options["entries"]:
        port = None if one.get("port") == vxlan["dstport"] else one.get("port")
        wanted.add((one["mac"], one["dst"], port, None if one.get("vni") == vxlan["vni"] else one.get("vni")))
    if "group" in vxlan:
        wanted.add(("00:00:00:00:00:00", vxlan["group"], None, None))
    there = {(one["mac"], one["dst"], one.get("port"), one.get("vni")) for one in dump[""]["fdb"] if one["ifname"] == options["device"]}
    if there != wanted:
        yield "entries of %s are %s, not %s" % (options["device"], sorted(map(str, there)), sorted(map(str, wanted)))


def _routes(netns, name, options, dump):
    wanted = {("0.0.0.0/0" if "." in via else "::/0", via, None, None, False) for via in options["gateway"]}
    for route in options["routes"]:
        dst = route["dst"]
        if dst == "default":
            dst = "::/0" if ":" in route["via"] else "0.0.0.0/0"
        wanted.add((dst, route.get("via"), route.get("metric"), route.get("src"), bool(route.get("onlink"))))
    there = set()
    for version, key in ((4, "routes"), (6, "routes6")):
        for one in dump.get(netns, {}).get(key, ()):
            if one["dev"] != name or one.get("protocol") not in ("static", "boot"):
                continue
            dst = {4: "0.0.0.0/0", 6: "::/0"}[version] if one["dst"] == "default" else str(ipaddress.ip_network(one["dst"]))
            metric = None if version == 6 and one.get("metric") == 1024 else one.get("metric")
            there.add((dst, one.get("gateway"), metric, one.get("prefsrc"), "onlink" in one.get("flags", ())))
    if there != wanted:
        yield "routes of %s in %s are %s, not %s" % (name, netns, sorted(map(str, there)), sorted(map(str, wanted)))


def _rules(topology, dump):
    ours = dump[""]["ruleset"].partition("table inet linuxnet {")[2].partition("\n}")[0].splitlines()
    for options in topology.masquerades:
        mine = [line.strip() for line in ours if line.strip().endswith('comment "%s"' % options["name"])]
        wanted = []
        bridge = options.get("bridge")
        if options["isolate"] and bridge:
            for here, there in (("iif", "oif"), ("oif", "iif")):
                between = '%sname "%s" %sname != "%s" ' % (here, bridge, there, bridge)
                way_out = '%sname != "%s" ' % (there, options["out_interface"]) if options.get("out_interface") else ""
                wanted.append(between + "%sgroup 5000771 ct status ! dnat drop" % there)
                wanted.append(between + way_out + 'meta %skind "bridge" ct status ! dnat drop' % there)
        for source in options["sources"]:
            family = "ip6" if ":" in source else "ip"
            words = ["%s saddr %s" % (family, source)]
            words += ['oifname "%s"' % options["out_interface"]] if options["out_interface"] else []
            words += ['oifname != "%s"' % bridge] if bridge else []
            for one in options["exclude"]:
                if (":" in one) == (":" in source):
                    words.append("%s daddr != %s" % (family, one.replace("/32", "").replace("/128", "")))
            wanted.append(" ".join(words + ["masquerade"]))
            switch = "net/ipv6/conf/all/forwarding" if family == "ip6" else "net/ipv4/ip_forward"
            yield from _compared("masquerading of %s" % source, dump[""]["switches"], {switch: "1"})
        wanted = ['%s comment "%s"' % (line, options["name"]) for line in wanted]
        if sorted(mine) != sorted(wanted):
            yield "rules of %s are %s, not %s" % (options["name"], mine, wanted)
