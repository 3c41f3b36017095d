# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States in a short readable form, and the facts that go with them.

A state is a list; each element is one of
  {netns: web, of: [blue], inode: 7, lo: up}    with its loopback; `of`: the networks in our mark, left out: not ours
  {link: br0, kind: bridge, of: [blue], ...}    web/eth0 is in namespace web; fields of Link, and what belongs to it:
                                                addresses: [CIDR], routes: ["default via 10.1.0.1 metric 5"],
                                                fdb: ["02:00:00:00:00:01 192.0.2.2 port 4790 vni 7"]
  {sysctl: PATH, netns: web, value: "1"}   {record: adopted, name: web, value: 7}
  {nft: [options of nat_masquerade]}            our table with these networks' rules
  {published: [options of publish, with subnets]}  our table with these networks' ports, and the rules for them
  {rule: postrouting, comment: "", text: TEXT}  a rule that is none of ours: a verdict, or what we do not understand
  {chains: [forward]}                           the chains of our table
  {iptables: "-A FORWARD -i br0 ...", program: iptables}    a rule of ours in somebody else's chain, as `iptables -S` lists it
  {firewalld: [br0], of: [blue], runtime: [], target: "", loaded: false}    our zone; `runtime`: left out: the same, what is not
                                                in the first list is nobody's
  {policy: vx-red, of: red, peers: [192.0.2.12 4789], runtime: [], settings: 0, loaded: false}    our policy of firewalld for a
                                                device; `settings`: how many of what is set has been
"""

from __future__ import annotations

import hashlib
import ipaddress
import shlex
from dataclasses import replace

from ansible_collections.linuxnet.container.plugins.module_utils import _iptables, _nft, _our_table
from ansible_collections.linuxnet.container.plugins.module_utils._beside import Firewalld, OthersChain
from ansible_collections.linuxnet.container.plugins.module_utils._doors import nat_masquerade, publish
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.address import Address, broadcast_of
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.fdb import Fdb
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.firewalld import INTERFACE, SOURCE, TARGET, Binding, FirewalldPolicy, FirewalldZone, policy_name, policy_settings, rich_rule
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.iptables import STRANGE, IptablesRule
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.link import Link
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.netns import Netns
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.nft import CHAINS, PUBLISHING, NftElement, NftRule, NftTable
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.record import Record
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.route import DEFAULT_METRIC, Route
from ansible_collections.linuxnet.container.plugins.module_utils._kinds.sysctl import Sysctl
from ansible_collections.linuxnet.container.plugins.module_utils._marks import GROUP, alias
from ansible_collections.linuxnet.container.plugins.module_utils._reach import Observed
from ansible_collections.linuxnet.container.plugins.module_utils._sought import Found, Sought
from ansible_collections.linuxnet.container.plugins.module_utils._state import HOST, State
from ansible_collections.linuxnet.container.plugins.module_utils._values import Mac

from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.kernel_model import DEFAULTS, PORT_DEFAULTS


def parse_state(elements) -> State:
    state = State()
    for element in elements or ():
        element = dict(element)
        kind = next(iter(element))
        _MAKERS[kind](state, element.pop(kind), **element)
    return state


def parse_mac(text) -> Mac:
    return Mac(bytes.fromhex(text.replace(":", "")))


def parse_route(netns, dev, text) -> Route:
    words = text.split()
    options = dict(zip(words[1::2], words[2::2]))
    via = ipaddress.ip_address(options["via"]) if "via" in options else None
    src = ipaddress.ip_address(options["src"]) if "src" in options else None
    if words[0] == "default":
        dst = ipaddress.ip_network("::/0" if via and via.version == 6 else "0.0.0.0/0")
    else:
        dst = ipaddress.ip_network(words[0])
    metric = int(options.get("metric", DEFAULT_METRIC[dst.version]))
    return Route(netns, dev, dst, metric, via, src, "onlink" in words)


def _marks(networks):
    return (0, "") if networks is None else (GROUP, alias(networks))


def _place(text):
    netns, _slash, name = text.rpartition("/")
    return netns, name


def _netns(state, name, of=None, inode=None, lo="up"):
    group, text = _marks(of)
    state.put(Netns(name, 4026530000 + len(state) if inode is None else inode))
    state.put(Link(name, "lo", "", lo == "up", 65536, Mac(6), "", group, text, 0))


def _link(state, place, kind="", of=None, addresses=(), broadcast=True, routes=(), fdb=(), **fields):
    netns, name = _place(place)
    group, text = _marks(of)
    values = {"up": True, "mtu": 1500, "master": "", "addr_gen": 0, "group": group, "alias": text}
    values["mac"] = Mac(b"\x0e" + hashlib.sha256(place.encode()).digest()[:5])
    values.update(fields)
    if isinstance(values["mac"], str):
        values["mac"] = parse_mac(values["mac"])
    if "peer" in fields:
        values["peer"] = _place(fields["peer"])
    options = dict(DEFAULTS.get(kind, {}), **({"dstport": 4789, "learning": False} if kind == "vxlan" else {}))
    options.update(fields.get("options", {}))
    for word in ("local", "group"):
        if word in options:
            options[word] = ipaddress.ip_address(options[word])
    values["options"] = options
    values["port"] = dict(PORT_DEFAULTS, **fields.get("port", {})) if values["master"] else {}
    if kind == "vxlan":
        values.setdefault("tx_offload", True)
    state.put(Link(netns, name, kind, **values))
    for one in addresses:
        interface = ipaddress.ip_interface(one)
        state.put(Address(netns, name, interface, broadcast_of(interface) if broadcast else None))
    for one in routes:
        state.put(parse_route(netns, name, one))
    for one in fdb:
        words = one.split()
        more = {word: int(number) for word, number in zip(words[2::2], words[3::2])}
        port, vni = options["dstport"], options["vni"]
        state.put(
            Fdb(
                netns, name, parse_mac(words[0]), ipaddress.ip_address(words[1]),
                more.get("port", port), more.get("vni", vni), port, vni,
            )
        )  # fmt: skip


def _sysctl(state, path, value, netns=HOST):
    state.put(Sysctl(netns, path, value))


def _record(state, subject, name, value):
    state.put(Record(subject, name, value))


def _table(state):
    if NftTable(()).key not in state:
        state.put(NftTable(CHAINS))


def _chains(state, names):
    known = {chain.name: chain for chain in CHAINS + PUBLISHING}
    state.put(NftTable(tuple(known.get(name, _nft.Chain(name)) for name in sorted(names))))


def _handle(state):
    return 10 + len(state.every("nft_rule"))


def _nft_of(state, networks):
    _table(state)
    for options in networks:
        defaults = {name: spec.get("default") for name, spec in nat_masquerade._SINGLE.items()}
        for rule in nat_masquerade._Masquerade("", {**defaults, **options}, True).rules():
            state.put(NftRule(rule, _handle(state)))


def _published(state, networks):
    defaults = {name: spec.get("default") for name, spec in publish._SINGLE.items()}
    port_defaults = {name: spec.get("default") for name, spec in publish.PORT.items()}
    for options in networks:
        ports = [{**port_defaults, **port} for port in options["ports"]]
        one = publish._Publication("", {**defaults, **options, "ports": ports}, True)
        for element in [element for port in one.ports for element in port.elements()]:
            state.put(NftElement(element))
        for rule in one.rules(one.subnets):
            state.put(NftRule(rule, _handle(state)))
    handles = State(NftRule(rule, 100 + number) for number, rule in enumerate(rule for name in sorted(_nft.MAPS) for rule in _our_table._asks(name)))
    _our_table.complete(state, handles)


def _rule(state, chain, comment, text):
    _table(state)
    rule = _nft.Rule(chain, (), text, comment) if text in _nft.VERDICTS else _nft.Unknown(chain, comment, text, text)
    state.put(NftRule(rule, _handle(state)))


def _iptables_rule(state, text, program="iptables"):
    _verb, chain, *words = shlex.split(text)
    owner = _iptables.owner_of(words[words.index("--comment") + 1])
    family = "ip6" if program.startswith("ip6") else "ip"
    if words[-1] != "ACCEPT":
        words.insert(0, STRANGE)
    made = IptablesRule(program.endswith("legacy"), family, "filter", chain, tuple(words), *owner, 100 + len(state.every("iptables_rule")))
    while made.key in state:
        made = replace(made, copy=made.copy + 1)
    state.put(made)


def _firewalld(state, names, of=(), runtime=None, target=TARGET, loaded=True):
    def bound(values):
        made = (Binding(SOURCE if "/" in one else INTERFACE, one, tuple(of) if one in names else ()) for one in values)
        return tuple(sorted(made, key=lambda one: (one.word, one.value)))

    state.put(FirewalldZone(bound(names), bound(names if runtime is None else runtime), target, loaded))


def _policy(state, device, of="", peers=(), runtime=None, loaded=True, settings=3):
    rules = [tuple(sorted(rich_rule(ipaddress.ip_address(one.split()[0]), int(one.split()[1])) for one in ones)) for ones in (peers, peers if runtime is None else runtime)]
    known = policy_settings(_iptables.mark(of, device))[:settings]
    state.put(FirewalldPolicy(policy_name(device), *((device, of) if known else ("", "")), *rules, known, True, loaded))


_MAKERS = {
    "netns": _netns, "link": _link, "sysctl": _sysctl, "record": _record, "nft": _nft_of, "published": _published, "rule": _rule, "chains": _chains,
    "policy": _policy, "iptables": _iptables_rule, "firewalld": _firewalld,
}  # fmt: skip


def _found(what, answer):
    """(Sought, Found): process 71, the file /run/x, container docker/web or auto/web; an inode, or fields of Found."""
    if isinstance(what, int):
        sought = Sought("pid", what)
    elif what.startswith("/"):
        sought = Sought("path", what)
    else:
        engine, _slash, what = what.partition("/")
        sought = Sought("container", what, engine)
    return sought, Found(**{"source": what, **(answer if isinstance(answer, dict) else {"inode": answer})})



def _others_chain(family="ip", chain="FORWARD", owner="iptables", table="filter", hook="forward", ways=(), head=None, **fields):
    """An OthersChain; ``ways``: lists of [word, op, value]."""
    made = tuple(tuple(_nft.Match(left, op, ipaddress.ip_network(right) if "addr" in left else right) for left, op, right in way) for way in ways)
    return OthersChain(owner, family, table, chain, hook, head=chain if head is None else head, ways=made, **fields)


def _running(zones=None, accepting=(), known=(), peers=()):
    """A Firewalld; ``zones``: {name of a device, or a network: its zone}; ``peers``: names of policies that it runs with."""
    places = {(SOURCE if "/" in place else INTERFACE, place): zone for place, zone in (zones or {}).items()}
    return Firewalld(places, frozenset(accepting), frozenset(known), {name: [] for name in peers})


def observed(state, facts=None) -> Observed:
    """What reading would give for ``state``; ``facts`` that no state tells, in YAML's types."""
    facts = dict(facts or {})
    known = {
        "host": ("machine", "node"),
        "home": 1,
        "found": {},
        "processes": {},
        "ports": {},
        "above": {},
        "owner": {},
        "router_advertised": set(),
        "uplinks": [],
        "listening": [],
        "droppers": [],
        "others_chains": [],
        "firewalld": None,
        "forward_chains": [],
        "forwarding": {4: {"all": "0", "default": "0", "uplink": "0"}, 6: {"all": "0", "default": "0", "uplink": "0"}},
    }
    for link in state.every("link"):
        if link.master:
            key = (link.netns, link.master)
            known["ports"][key] = known["ports"].get(key, 0) + 1
    for address in state.every("address"):
        if address.netns == HOST:
            known["owner"][address.interface.ip] = address.dev
    facts["processes"] = {name: [tuple(one) for one in listed] for name, listed in facts.get("processes", {}).items()}
    known["ports"].update({(HOST, name): count for name, count in facts.pop("ports", {}).items()})
    known["altnames"] = {(HOST, name): owner for name, owner in facts.pop("altnames", {}).items()}
    known["above"].update({(HOST, name): listed for name, listed in facts.pop("above", {}).items()})
    known["owner"].update({ipaddress.ip_address(one): dev for one, dev in facts.pop("owner", {}).items()})
    known["listening"] = [(protocol, ipaddress.ip_address(at), port, who) for protocol, at, port, who in facts.pop("listening", ())]
    known["found"] = dict(_found(what, answer) for what, answer in facts.pop("found", {}).items())
    facts["others_chains"] = [_others_chain(**one) for one in facts.get("others_chains", ())]
    if facts.get("firewalld") is not None:
        known["firewalld"] = _running(**facts.pop("firewalld"))
    known.update(facts)
    return Observed(state, known)
