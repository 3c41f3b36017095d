# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host crowded with everybody else's objects, which look like ours wherever they can."""

from __future__ import annotations

from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls

_LINKS = """\
ip link set wire mtu 9000
ip link set under mtu 9000
ip address add 192.0.2.100/24 dev under
ip address add 198.51.100.1/32 dev under
ip address add 2001:db8:1::1/64 dev under nodad
ip address add 10.1.0.77/32 dev under
ip link set docker0 up
ip address add fd00:17::1/64 dev docker0 nodad
ip link add vethf0a1 type veth peer name eth0 netns foreign
ip link set vethf0a1 master docker0 up
ip -n foreign link set lo up
ip -n foreign link set eth0 up
ip -n foreign address add 172.17.0.2/16 dev eth0
ip -n foreign route add default via 172.17.0.1
ip -n foreign neighbour add 172.17.0.1 lladdr 02:00:00:00:99:03 nud permanent dev eth0
ip link add veth77aa address 02:00:00:00:77:01 type veth peer name eth0 netns PROCESS
ip link set veth77aa master docker0 up
ip netns add c1-other
ip netns add c10
ip netns add red
ip -n c10 link set lo group 5000771 alias somebody
ip -n c1-other link set lo alias linuxnet.container:red
touch /run/netns/c3-plain
ln -s /run/netns/c10 /run/netns/c3-link
ip link add br-red-old group 5000771 type bridge
ip link set br-red-old alias somebody
ip link add v-red-other type veth peer name v-red-peer
ip link set v-red-other alias linuxnet.container:red
ip link set v-red-peer group 5000771 alias linuxnet.containers:red
ip link add in-a-free-group group 1280197632 type bridge
ip link add br-mix type bridge
ip link set br-mix up
ip link set v-red-other master br-mix up
ip link set v-red-peer up
ip link add mv0 link under type macvlan mode private
ip link add mv1 link docker0 type macvlan mode bridge
ip tuntap add tap0 mode tap
ip link set tap0 master br-mix
ip tuntap add tun0 mode tun
ip link add ifb7 type ifb
ip link property add dev docker0 altname linuxnet-red
ip link add vx-other type vxlan id 4300 local 192.0.2.1 dstport 4800
ip link set vx-other up
ip link add vx-red-1 type vxlan id 1 local 192.0.2.1 dev under dstport 4789 nolearning
ip link set vx-red-1 master br-mix up
bridge fdb append 00:00:00:00:00:00 dev vx-other dst 192.0.2.2 self permanent
bridge fdb append 02:00:00:00:00:02 dev vx-other dst 192.0.2.12 self permanent
bridge fdb append 02:00:00:00:00:02 dev vx-red-1 dst 192.0.2.12 self permanent
bridge fdb append 02:00:00:00:00:98 dev vx-red-1 dst 192.0.2.12 self extern_learn
bridge fdb add 02:00:00:00:00:55 dev vethf0a1 master static
bridge fdb add 02:00:00:00:00:02 dev veth77aa master static
bridge fdb add 02:00:00:00:00:56 dev under self permanent
bridge mdb add dev docker0 port vethf0a1 grp 239.1.1.1 permanent
""".splitlines()

_ROUTES = """\
ip route add 198.18.0.0/15 via 192.0.2.254
ip route add 10.1.0.0/24 via 192.0.2.253 metric 700
ip route add default via 192.0.2.254
ip route add blackhole 198.51.100.0/25
ip route add unreachable 198.51.100.128/25 metric 5
ip route add prohibit 203.0.113.0/24
ip route add 198.20.0.0/15 nexthop via 192.0.2.253 weight 1 nexthop via 192.0.2.254 weight 3
ip nexthop add id 9 via 192.0.2.200 dev under
ip route add 10.99.0.0/16 nhid 9
ip route add 10.98.0.0/16 via 10.97.0.1 dev docker0 onlink src 172.17.0.1 proto 42
ip route add throw 10.77.0.0/16 table 100
ip route add default via 192.0.2.254 table 100
ip route add 10.2.0.0/20 dev docker0 scope link table 5000771
ip route add local 10.88.0.0/16 dev lo
ip rule add fwmark 1 table 100 pref 1000
ip rule add from 10.1.0.0/24 iif docker0 table 100 pref 1001
ip -6 rule add from fd00:1::/64 table 100 pref 1002
ip -6 route add blackhole 2001:db8:dead::/48
ip -6 route add 2001:db8:9::/48 nexthop via 2001:db8:1::fe nexthop via 2001:db8:1::ff
ip -6 route add default via 2001:db8:1::fe table 100
ip -6 route add fd00:1::/64 via 2001:db8:1::fd metric 700
ip neighbour add 192.0.2.77 lladdr 02:00:00:00:00:77 dev under nud permanent
ip neighbour add 10.1.0.2 lladdr 02:00:00:00:00:78 dev docker0 nud permanent
ip neighbour add 2001:db8:1::77 lladdr 02:00:00:00:00:77 dev under nud permanent
ip neighbour add proxy 192.0.2.99 dev under
ip neighbour add proxy 10.1.0.2 dev docker0
ip -6 neighbour add proxy 2001:db8:1::99 dev under
ip addrlabel add prefix 2001:db8::/32 label 99
tc qdisc add dev docker0 root handle 1: htb
tc qdisc add dev under ingress
sysctl -qw net.ipv4.conf.docker0.rp_filter=2 net.ipv4.conf.under.proxy_arp=1 net.ipv6.conf.under.accept_ra=2
sysctl -qw net.ipv4.conf.default.arp_ignore=1 net.ipv4.neigh.docker0.base_reachable_time_ms=12345
sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.all.secure_redirects=0
sysctl -qw net.ipv6.conf.default.addr_gen_mode=0 net.ipv4.conf.veth77aa.route_localnet=1
""".splitlines()

_RULES = """\
table ip linuxnet {
  set red {
    type ipv4_addr
    flags timeout
    elements = { 10.1.0.1 timeout 1h, 10.1.0.2 }
  }
  map blue {
    type ipv4_addr : verdict
    elements = { 10.2.0.1 : accept }
  }
  counter red {
    packets 7 bytes 700
  }
  quota red {
    over 25 mbytes
  }
  limit red {
    rate 400/minute
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname "br-red" udp dport 9 counter packets 7 bytes 700 accept comment "red"
    ip saddr @red udp dport 9 counter name "red" drop comment "red"
    ip saddr vmap @blue
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    ip saddr 10.1.0.0/24 oifname != "br-red" masquerade comment "red"
  }
}
table ip6 linuxnet {
  chain red {
    ip6 saddr fd00:1::/64 counter packets 1 bytes 2 drop comment "red"
  }
}
table inet linuxnet-other {
  chain forward {
    type filter hook forward priority 0; policy accept;
    meta oifgroup 5000771 iifname "docker0" counter packets 3 bytes 4 accept comment "red"
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "br-none" masquerade comment "red"
  }
}
table arp linuxnet {
  chain red {
    type filter hook input priority 0;
    iifname "br-none" drop comment "red"
  }
}
table bridge linuxnet {
  chain red {
    type filter hook forward priority 0;
    iifname "v-none" drop comment "red"
  }
}
table netdev linuxnet {
  chain red {
    type filter hook ingress device "under" priority 0;
    ip saddr 10.66.0.0/24 counter packets 5 bytes 6 drop comment "red"
  }
}
"""

_IPTABLES = """\
*filter
:RED - [0:0]
-A FORWARD -i br-red -p udp --dport 9 -m comment --comment red -j RED
-A FORWARD -i docker0 -j ACCEPT
-A RED -o br-red -p udp --dport 9 -j ACCEPT
COMMIT
*nat
:RED - [0:0]
-A POSTROUTING -o br-none -m comment --comment red -j MASQUERADE
COMMIT
*mangle
-A FORWARD -o br-red -p udp --dport 9 -j MARK --set-mark 7
COMMIT
*raw
-A PREROUTING -i br-none -j DROP
COMMIT
"""

#: What only some kernels have: each line that this one takes is somebody else's object as well.
MAYBE = """\
ip link add dum0 type dummy
ip link add vlan7 link under type vlan id 7
ip link add ipvl0 link docker0 type ipvlan
ip link add wg0 type wireguard
ip link add gnv0 type geneve id 7 remote 192.0.2.2
ip link add vrf0 type vrf table 77
bridge vlan add vid 5 dev vethf0a1
ip xfrm policy add dir out src 10.0.0.0/8 dst 10.1.0.0/16 tmpl proto esp mode tunnel
ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mode tunnel enc 'cbc(aes)' 0x0123456789abcdef0123456789abcdef
tc filter add dev under parent ffff: protocol ip u32 match ip src 10.1.0.0/24 action drop
tc filter add dev docker0 parent 1: protocol ip u32 match ip src 10.1.0.0/24 flowid 1:1
nft 'add flowtable ip linuxnet red { hook ingress priority 0; devices = { under }; }'
""".splitlines()

#: Namespaces of the crowd that have names of their own.
NAMES = ("foreign", "c1-other", "c10", "red")


def gather(host, pid):
    """Make the crowd; ``pid`` is a process in a namespace that has no name."""
    host.sh(*everything.FOREIGN, *(line.replace("PROCESS", str(pid)) for line in _LINKS + _ROUTES))
    host.run(["nft", "-f", "-"], stdin=None, input=_RULES)
    for back_end in ("nft", "legacy"):
        for program in ("iptables", "ip6tables"):
            host.run(["%s-%s-restore" % (program, back_end)], stdin=None, input=_IPTABLES)
    for line in MAYBE:
        host.sh("%s 2>&1 || true" % line)


#: A second network of ours, with something of everything.
GREEN = [
    *calls([51, 52], "green", "10.5.0"),
    ("vxlan", {"name": "vx-green", "vni": 44, "local": "192.0.2.1", "dev": "under", "bridge": "br-green", "network": "green"}),
    ("vxlan_fdb", {"device": "vx-green", "flood": ["192.0.2.2"], "entries": [{"mac": "02:00:00:00:00:02", "dst": "192.0.2.2"}]}),
    ("nat_masquerade", {"name": "green", "sources": ["10.5.0.0/24", "fd00:5::/64"], "bridge": "br-green"}),
    ("checkpoint", {"name": "green", "networks": ["green"]}),
]
GREEN_NAMES = ("c51", "c52")
GREEN_GONE = [
    ("checkpoint", {"name": "green", "state": "dropped"}),
    *((module, {"purge_networks": ["green"]}) for module in ("nat_masquerade", "veth", "vxlan", "bridge", "netns")),
]
