# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody does by hand to what a topology made, made up from a seed: lines for a shell.

``Drift`` is what the next run mends, but for what it says ``stays``: an option that nobody gave is not touched.
``refusal`` is what no run may mend, because after it the object is somebody else's.
"""

from __future__ import annotations

import ipaddress
import random
import re
import shlex

from ansible_collections.linuxnet.container.tests.integration.modules.topologies import SYSCTLS, UNDERLAY

_RULE = "nft -a list chain inet linuxnet %s | sed -n 's/ # handle .*//; s/^[[:space:]]*//; /comment \"%s\"/p' | head -n 1"
_HANDLE = "nft -a list chain inet linuxnet %s | sed -n 's/.*comment \"%s\" # handle //p' | head -n 1"


class Drift:
    """``lines`` to type; ``stays``: [(path in a dump, value)] of what the next run leaves as it is then."""

    def __init__(self, topology, seed, most=5):
        self.topology = topology
        self.rng = random.Random("drift %s" % seed)
        self.lines = []
        self.stays = []
        self.done = []
        self._claimed = set()
        deeds = sorted(name for name in dir(self) if name.startswith("do_"))
        wanted = self.rng.randint(1, most)
        for _attempt in range(60):
            if len(self.done) == wanted:
                break
            deed = self.rng.choice(deeds)
            if getattr(self, deed)():
                self.done.append(deed[3:])

    # What can be chosen from

    def _claim(self, *keys) -> bool:
        """Whether nothing else is done to any of these objects; from now on something is."""
        if self._claimed & set(keys):
            return False
        self._claimed |= set(keys)
        return True

    def _one(self, objects):
        objects = list(objects)
        return self.rng.choice(objects) if objects else None

    def _ends(self, *needs):
        """[(ip command, netns, name, options, pair, near)] of ends that give the options ``needs``."""
        return [
            (_ip(netns), netns, name, options, pair, near)
            for netns, name, options, pair, near in self.topology.ends()
            if all(need in options for need in needs)
        ]

    def _pair_keys(self, pair):
        return ("link", pair.get("netns") or "", pair["name"]), ("link", pair["peer"].get("netns") or "", pair["peer"]["name"])

    def _addressed(self, needs="addresses"):
        """[(ip command, netns, name, options)] of whatever may have addresses."""
        found = [(ip, netns, name, options) for ip, netns, name, options, _pair, _near in self._ends(needs)]
        others = self.topology.bridges + self.topology.vxlans
        return found + [("ip", "", one["name"], one) for one in others if needs in one]

    def _say(self, *lines):
        self.lines += lines
        return True

    # Addresses

    def _with_address(self):
        found = self._one(one for one in self._addressed() if one[3]["addresses"])
        return found if found and self._claim(("link",) + found[1:3]) else None

    def do_address_deleted(self):
        found = self._with_address()
        return found and self._say("%s address delete %s dev %s" % (found[0], self._one(found[3]["addresses"]), _q(found[2])))

    def do_addresses_flushed(self):
        found = self._with_address()
        return found and self._say("%s address flush dev %s scope global" % (found[0], _q(found[2])))

    def do_address_added(self):
        found = self._with_address()
        if not found:
            return False
        one = ipaddress.ip_interface(self._one(found[3]["addresses"]))
        foreign = ["10.77.0.1/24"] if one.version == 4 else ["fd77::1/64"]
        same = "%s/%d" % (one.network[-3] if one.network.num_addresses > 8 else one.ip + 99, one.network.prefixlen)
        return self._say("%s address add %s dev %s" % (found[0], self._one(foreign + [same]), _q(found[2])))

    def do_address_otherwise(self):
        """Another prefix length, or another broadcast address."""
        found = self._with_address()
        if not found:
            return False
        text = self._one(found[3]["addresses"])
        one = ipaddress.ip_interface(text)
        device = _q(found[2])
        if one.version == 4 and self.rng.random() < 0.6:
            broadcast = self._one(("broadcast 10.9.9.9", "")) if one.network.prefixlen < 31 else "broadcast 10.9.9.9"
            added = "%s %s" % (text, broadcast)
        else:
            added = "%s/%d" % (one.ip, self._one({one.max_prefixlen, one.max_prefixlen - 9} - {one.network.prefixlen}))
        return self._say(
            "%s address delete %s dev %s" % (found[0], text, device), "%s address add %s dev %s" % (found[0], added, device)
        )

    def do_address_comes_last(self):
        """The primary address becomes a secondary one."""
        found = self._one(one for one in self._addressed() if sum("." in text for text in one[3]["addresses"]) > 1)
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        lines = ["%s address flush dev %s scope global" % (found[0], _q(found[2]))]
        for text in reversed(found[3]["addresses"]):
            small = ipaddress.ip_interface(text).network.prefixlen > 30 or ":" in text
            lines.append("%s address add %s %s dev %s" % (found[0], text, "" if small else "broadcast +", _q(found[2])))
            if ":" in text:
                lines[-1] += " nodad"
        return self._say(*lines)

    # Routes

    def do_route_deleted(self):
        found = self._one(one for one in self._ends("routes") if one[3]["routes"] or one[3]["gateway"])
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        ip, _netns, name, options = found[:4]
        if options["gateway"] and self.rng.random() < 0.5:
            via = self._one(options["gateway"])
            return self._say("%s %s route delete default via %s dev %s" % (ip, "-6" if ":" in via else "-4", via, _q(name)))
        if not options["routes"]:
            return False
        route = self._one(options["routes"])
        six = "-6" if ":" in route["dst"] + route.get("via", "") else "-4"
        return self._say("%s %s route delete %s dev %s%s" % (ip, six, route["dst"], _q(name), " metric %d" % route["metric"] if "metric" in route else ""))

    def do_routes_flushed(self):
        found = self._one(self._ends("routes"))
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        return self._say(*("%s -%d route flush dev %s proto static" % (found[0], version, _q(found[2])) for version in (4, 6)))

    def do_route_added(self):
        found = self._one(one for one in self._ends("routes") if one[3].get("addresses"))
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        six = ":" in found[3]["addresses"][0]
        dst = self._one(("10.78.0.0/16", "10.78.1.1/32 metric 9", "default metric 999")) if not six else self._one(("fd78::/64", "fd78::1/128 metric 9"))
        return self._say("%s route add %s dev %s proto %s" % (found[0] + (" -6" if six else ""), dst, _q(found[2]), self._one(("static", "boot", "bird"))))

    def do_route_otherwise(self):
        """Another gateway, or none."""
        found = self._one(one for one in self._ends("routes") if any("." in via for via in one[3]["gateway"]))
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        via = self._one(("via 10.97.0.1 onlink", ""))
        return self._say("%s route replace default %s dev %s proto static" % (found[0], via, _q(found[2])))

    # Links

    def do_down(self):
        found = self._one([one[:3] for one in self._ends()] + [("ip", "", one["name"]) for one in self.topology.bridges + self.topology.vxlans])
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        return self._say("%s link set dev %s down" % (found[0], _q(found[2])))

    def do_mtu(self):
        found = self._one(self._ends())
        if not found or not self._claim(*self._pair_keys(found[4])):
            return False
        ip, netns, name, options, pair, _near = found
        mtu = self._one((1300, 1501, 8000, 600))
        given = options.get("mtu", pair.get("mtu"))
        if given is None and (mtu < 1280 or pair.get("bridge")):
            return False
        if given is None:
            self.stays.append(((netns, "links", name, "mtu"), mtu))
        return self._say("%s link set dev %s mtu %d" % (ip, _q(name), mtu))

    def do_mtu_of_bridge(self):
        found = self._one(one for one in self.topology.bridges + self.topology.vxlans if "mtu" in one)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        return self._say("ip link set dev %s mtu %d" % (_q(found["name"]), self._one((1300, 1281, 600))))

    def do_mac(self):
        found = self._one(self._ends())
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        ip, netns, name, options = found[:4]
        if "mac" not in options:
            self.stays.append(((netns, "links", name, "address"), "02:bb:00:00:00:01"))
        return self._say("%s link set dev %s address 02:bb:00:00:00:01" % (ip, _q(name)))

    def do_mac_of_bridge(self):
        found = self._one(self.topology.bridges + self.topology.vxlans)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        if "mac" not in found:
            self.stays.append((("", "links", found["name"], "address"), "02:bb:00:00:00:02"))
        return self._say("ip link set dev %s address 02:bb:00:00:00:02" % _q(found["name"]))

    def do_master(self):
        ports = [(pair.get("netns") or "", pair["name"]) for pair in self.topology.veths if pair.get("bridge")]
        ports += [("", one["name"]) for one in self.topology.vxlans if one.get("bridge")]
        found = self._one(ports)
        if not found or not self._claim(("link",) + found):
            return False
        netns, name = found
        other = self._one(["nomaster"] + (["master docker0"] if not netns else []))
        return self._say("%s link set dev %s %s" % (_ip(netns), _q(name), other))

    def do_master_of_another(self):
        """What is to be no port has become one."""
        found = self._one(pair for pair in self.topology.veths if pair.get("bridge") == "" and not pair.get("netns"))
        if not found or not self._claim(("link", "", found["name"])):
            return False
        return self._say("ip link set dev %s master docker0" % _q(found["name"]))

    def do_port_option(self):
        found = self._one(pair for pair in self.topology.veths if pair.get("bridge"))
        keys = found and (self._pair_keys(found)[0], ("link", found.get("netns") or "", found["bridge"]))
        if not found or not self._claim(*keys):
            return False
        option, netns = self._one(("hairpin", "isolated")), found.get("netns") or ""
        value = not found[option] if option in found else True
        if option not in found:
            self.stays.append(((netns, "links", found["name"], "linkinfo", "info_slave_data", option), value))
        word = "on" if value else "off"
        return self._say("%s link set dev %s type bridge_slave %s %s" % (_ip(netns), _q(found["name"]), option, word))

    def do_bridge_option(self):
        found = self._one(self.topology.bridges)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        if self.rng.random() < 0.5:
            name, told, value = "stp", "stp_state", 0 if found.get("stp") else 1
        else:
            # Not only whole seconds.
            name, told, value = "ageing_time", "ageing_time", self._one((4800, found.get("ageing_time", 300) * 100 + 52))
        if name not in found:
            self.stays.append((("", "links", found["name"], "linkinfo", "info_data", told), value))
        return self._say("ip link set dev %s type bridge %s %d" % (_q(found["name"]), told, value))

    def do_renamed(self):
        found = self._one(self._ends())
        if not found or not self._claim(*self._pair_keys(found[4])):
            return False
        ip, _netns, name = found[:3]
        return self._say("%s link set dev %s down" % (ip, _q(name)), "%s link set dev %s name renamed" % (ip, _q(name)))

    def do_renamed_on_the_host(self):
        # With the network's mark it is known by whatever name.
        found = self._one(one for one in self.topology.bridges + self.topology.vxlans if one.get("network") and not one.get("ports"))
        keys = [("link", "", found["name"])] + self._ports_of(found["name"]) if found else []
        if not found or not self._claim(*keys):
            return False
        name = _q(found["name"])
        return self._say("ip link set dev %s down" % name, "ip link set dev %s name was-it" % name, "ip link set dev was-it up")

    def do_moved(self):
        """The far end is in another namespace."""
        found = self._one(one for one in self._ends() if one[1] and not one[5])
        if not found or not self._claim(*self._pair_keys(found[4])):
            return False
        others = [one["name"] for one in self.topology.namespaces] + ["foreign", "$$"]
        other = self._one(one for one in others if one != found[1])
        if other != "$$" and ("netns", other) in self._claimed:
            return False
        return self._say("%s link set dev %s netns %s name moved" % (found[0], _q(found[2]), other if other == "$$" else _q(other)))

    def do_deleted(self):
        found = self._one(self._ends())
        if not found or not self._claim(*self._pair_keys(found[4])):
            return False
        return self._say("%s link delete dev %s" % (found[0], _q(found[2])))

    def _ports_of(self, bridge):
        found = [("link", pair.get("netns") or "", pair["name"]) for pair in self.topology.veths if pair.get("bridge") == bridge]
        return found + [("link", "", one["name"]) for one in self.topology.vxlans if one.get("bridge") == bridge]

    def do_bridge_deleted(self):
        found = self._one(self.topology.bridges)
        if not found or not self._claim(("link", "", found["name"]), *self._ports_of(found["name"])):
            return False
        return self._say("ip link delete dev %s" % _q(found["name"]))

    def do_vxlan_deleted(self):
        found = self._one(self.topology.vxlans)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        return self._say("ip link delete dev %s" % _q(found["name"]))

    def do_wrong_kind(self):
        """Another kind of link with our marks stands in its place."""
        near = [(pair["name"], self._pair_keys(pair), pair.get("network"), "bridge") for pair in self.topology.veths if not pair.get("netns")]
        others = [
            (one["name"], [("link", "", one["name"]), *self._ports_of(one["name"])], one.get("network"), "veth peer name other address 02:bb:00:00:00:04")
            for one in self.topology.bridges + self.topology.vxlans
        ]
        found = self._one(near + others)
        if not found or not self._claim(*found[1], "other"):
            return False
        name, _keys, network, kind = found
        mark = "linuxnet.container" + (":" + network if network else "")
        return self._say(
            "ip link delete dev %s" % _q(name),
            "ip link add %s address 02:bb:00:00:00:03 group 5000771 type %s" % (_q(name), kind),
            "ip link set dev %s alias %s" % (_q(name), mark),
        )

    def do_marks(self):
        """Marks that are left over are put right; see ``refusal`` for those that are gone."""
        near = [(one[0], one[1], one[2], one[4].get("network")) for one in self._ends() if one[5]]
        near += [("ip", "", one["name"], one.get("network")) for one in self.topology.bridges + self.topology.vxlans]
        found = self._one(near)
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        return self._say("%s link set dev %s alias '%s'" % (found[0], _q(found[2]), self._one(("", "linuxnet.container"))))

    def do_addr_gen(self):
        given = [one for one in self._ends() if "link_local" in one[3] or "addresses" in one[3] or one[5] and one[4].get("bridge")]
        found = self._one(one for one in given if (one[3].get("mtu") or one[4].get("mtu") or 1500) >= 1280)
        if not found or not self._claim(("link",) + found[1:3]):
            return False
        return self._say("%s link set dev %s addrgenmode %s" % (found[0], _q(found[2]), self._one(("none", "eui64", "random"))))

    # Namespaces

    def do_loopback(self):
        found = self._one(one for one in self.topology.namespaces if "pid" not in one or "loopback" in one)
        if not found or not self._claim(("netns", found["name"])):
            return False
        word = "down" if found.get("loopback", True) else "up"
        return self._say("ip -n %s link set dev lo %s" % (_q(found["name"]), word))

    def do_namespace_deleted(self):
        """Its name at least, where a process holds it."""
        found = self._one(self.topology.namespaces)
        if not found:
            return False
        keys = {key for pair in self.topology.veths for key in self._pair_keys(pair) if any(one[1] == found["name"] for one in self._pair_keys(pair))}
        if not self._claim(("netns", found["name"]), *keys):
            return False
        self._say("ip netns delete %s" % _q(found["name"]))
        if "pid" in found:
            return True
        # The kernel takes pairs apart in its own time.
        others = [key for key in sorted(keys) if key[1] != found["name"]]
        return self._say(*("while %s link show dev %s >/dev/null 2>&1; do sleep 0.02; done" % (_ip(key[1]), _q(key[2])) for key in others))

    def do_sysctl(self):
        found = self._one(one for one in self.topology.namespaces if one.get("sysctls"))
        if not found or not self._claim(("netns", found["name"])):
            return False
        path = self._one(sorted(found["sysctls"]))
        value = self._one(SYSCTLS[path])
        return self._say("ip netns exec %s sysctl -qw '%s=%s'" % (_q(found["name"]), path, value))

    # VXLAN

    def do_learning(self):
        found = self._one(self.topology.vxlans)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        # What nobody gave has followed from whether there is a group.
        value = not found.get("learning", "group" in found)
        if "learning" not in found:
            self.stays.append((("", "links", found["name"], "linkinfo", "info_data", "learning"), value))
        return self._say("ip link set dev %s type vxlan %slearning" % (_q(found["name"]), "" if value else "no"))

    def do_group(self):
        found = self._one(one for one in self.topology.vxlans if "group" in one)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        return self._say("ip link set dev %s type vxlan dev %s group %s" % (_q(found["name"]), found["dev"], "ff05::77" if ":" in found["group"] else "239.7.7.7"))

    def do_offload(self):
        found = self._one(one for one in self.topology.vxlans if "tx_checksum_offload" in one)
        if not found or not self._claim(("link", "", found["name"])):
            return False
        return self._say("ethtool -K %s tx %s" % (_q(found["name"]), "off" if found["tx_checksum_offload"] else "on"))

    def do_other_vni(self):
        """Made anew by hand, our marks and all, under another number."""
        found = self._one(one for one in self.topology.vxlans if one.get("network"))
        if not found or not self._claim(("link", "", found["name"])):
            return False
        name = _q(found["name"])
        # What nobody gave is taken over.
        below = " dev " + found["dev"] if "dev" in found else " local " + found["local"]
        below += "" if "group" in found else " nolearning"
        if "mac" not in found:
            self.stays.append((("", "links", found["name"], "address"), "02:bb:00:00:00:05"))
        return self._say(
            "ip link delete dev %s" % name,
            "ip link add %s address 02:bb:00:00:00:05 group 5000771 type vxlan id 4711 dstport 4711%s" % (name, below),
            "ip link set dev %s alias linuxnet.container:%s" % (name, found["network"]),
        )

    def do_entries(self):
        found = self._one(one for one in self.topology.fdb if one["purge"])
        if not found or not self._claim(("link", "", found["device"]), ("fdb", found["device"])):
            return False
        vxlan = next(one for one in self.topology.vxlans if one["name"] == found["device"])
        remote = UNDERLAY[6 if ":" in vxlan.get("local", "") else 4][0][2]
        end = "dev %s dst %s self permanent" % (_q(found["device"]), remote + "77")
        lines = ["bridge fdb append 00:00:00:00:00:00 " + end, "bridge fdb add 02:cc:00:00:00:01 " + end]
        for one in found["entries"]:
            lines.append("bridge fdb replace %s dev %s dst %s self permanent" % (one["mac"], _q(found["device"]), remote + "78"))
            lines.append("bridge fdb delete %s dev %s self" % (one["mac"], _q(found["device"])))
            if "port" not in one and "vni" not in one:
                lines.append("bridge fdb replace %s dev %s dst %s self static" % (one["mac"], _q(found["device"]), one["dst"]))
        lines += ["bridge fdb delete 00:00:00:00:00:00 dev %s dst %s self" % (_q(found["device"]), dst) for dst in found["flood"]]
        return self._say(self._one(lines))

    # Rules and switches

    def _rules(self, *lines):
        return self._claim("rules") and self._say(*lines)

    def _with_rules(self):
        return self._one(self.topology.masquerades)

    def do_table(self):
        if not self.topology.masquerades:
            return False
        return self._rules(self._one((
            "nft flush table inet linuxnet", "nft delete table inet linuxnet", "nft flush chain inet linuxnet postrouting",
            "nft delete chain inet linuxnet forward", "nft add chain inet linuxnet theirs",
            "nft 'add chain inet linuxnet forward { policy drop; }'", "nft add rule inet linuxnet forward accept",
            "nft 'add rule inet linuxnet postrouting oifname \"under\" counter accept comment \"mine\"'; "
            "nft flush chain inet linuxnet forward; nft delete table inet linuxnet",
            "nft insert rule inet linuxnet postrouting ip saddr 10.0.0.0/8 return",
            "nft 'flush chain inet linuxnet forward; delete chain inet linuxnet forward; "
            "add chain inet linuxnet forward { type filter hook forward priority 7; }'",
        )))  # fmt: skip

    def do_rule(self):
        found = self._with_rules()
        if not found:
            return False
        chain = "postrouting"
        if found["isolate"] and found.get("bridge") and self.rng.random() < 0.5:
            chain = "forward"
        return self._rules(self._one((
            'nft delete rule inet linuxnet %s handle "$(%s)"' % (chain, _HANDLE % (chain, re.escape(found["name"]))),
            'nft add rule inet linuxnet %s "$(%s)"' % (chain, _RULE % (chain, re.escape(found["name"]))),
            "nft 'insert rule inet linuxnet %s ip saddr 10.66.0.0/16 accept comment \"%s\"'" % (chain, found["name"]),
            "nft 'insert rule inet linuxnet %s counter comment \"%s\"'" % (chain, found["name"]),
        )))  # fmt: skip

    def do_switch(self):
        families = {":" in source for one in self.topology.masquerades for source in one["sources"]}
        found = self._one(families)
        # Where it was on before us: off is what somebody wants of it since, and what it goes back to.
        if found is None or self.topology.before or not self._claim("switch %s" % found):
            return False
        return self._say("sysctl -qw net.ipv6.conf.all.forwarding=0" if found else "sysctl -qw net.ipv4.ip_forward=0")


def refusal(topology, seed):
    """(lines, the module that refuses, part of its sentence, lines that make it right again), or None."""
    rng = random.Random("refusal %s" % seed)
    found = []
    marked = [("veth", pair["name"], pair) for pair in topology.veths if pair.get("network") and not pair.get("netns")]
    marked += [("bridge", one["name"], one) for one in topology.bridges if one.get("network")]
    marked += [("vxlan", one["name"], one) for one in topology.vxlans if one.get("network")]
    for module, name, options in marked:
        mark = "ip link set dev %s group 5000771 alias linuxnet.container:%s" % (_q(name), options["network"])
        for line in ("ip link set dev %s alias mine" % _q(name), "ip link set dev %s group default" % _q(name)):
            found.append(([line], module, "somebody else's", [mark]))
        kind = "veth peer name other address 02:bb:00:00:00:04" if module == "bridge" else "bridge"
        lines = ["ip link delete dev %s" % _q(name), "ip link add %s address 02:bb:00:00:00:03 type %s" % (_q(name), kind)]
        found.append((lines, module, "'%s' is somebody else's" % re.escape(name), ["ip link delete dev %s" % _q(name)]))
    for one in topology.bridges:
        if one.get("ports"):
            # A port of somebody else's is not taken from where it is.
            name = _q(one["name"])
            found.append((["ip link set dev %s name was-it" % name], "bridge", "is somebody else's port of 'was-it'", ["ip link set dev was-it name %s" % name]))
    for one in topology.namespaces:
        if "pid" in one:
            name = _q(one["name"])
            lines = ["ip netns delete %s" % name, "ip netns add %s" % name]
            found.append((lines, "netns", "names another namespace, somebody else's", ["ip netns delete %s" % name]))
    return rng.choice(found) if found else None


def _ip(netns):
    return "ip -n %s" % _q(netns) if netns else "ip"


def _q(name):
    return shlex.quote(name)
