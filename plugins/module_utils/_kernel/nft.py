# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``_nft.py`` on the wire: operations to one nf_tables transaction, and the kernel's tables back again.

Source: linux/netfilter/nf_tables.h and nfnetlink.h. What we write is, expression for expression, what nft(8) sends for
the same text, so that everybody who lists it sees that text.
"""

from __future__ import annotations

import errno
import hashlib
import ipaddress
import struct
from functools import lru_cache
from typing import Callable, NamedTuple

from .. import _nft
from .netlink import (
    NETLINK_NETFILTER,
    NLM_F_APPEND,
    NLM_F_CREATE,
    Message,
    Netlink,
    NetlinkError,
    attribute_list,
    attributes,
)
from .netlink import encode as encode_message

_FAMILIES = {"inet": 1, "ip": 2, "arp": 3, "netdev": 5, "bridge": 7, "ip6": 10}
_FAMILY_NAMES = {number: name for name, number in _FAMILIES.items()}
_HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
_INGRESS_FAMILY = 5  # whose hooks are other ones
_POLICIES = ("drop", "accept")

_SUBSYSTEM = 10
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_NEWTABLE, _GETTABLE, _DELTABLE = 0xA00, 0xA01, 0xA02
_NEWCHAIN, _GETCHAIN, _DELCHAIN = 0xA03, 0xA04, 0xA05
_NEWRULE, _GETRULE, _DELRULE = 0xA06, 0xA07, 0xA08

_TABLE_NAME, _TABLE_FLAGS = 1, 2
_TABLE_F_DORMANT = 1
_CHAIN_TABLE, _CHAIN_NAME, _CHAIN_HOOK, _CHAIN_POLICY, _CHAIN_TYPE = 1, 3, 4, 5, 7
_HOOK_NUM, _HOOK_PRIORITY = 1, 2
_RULE_TABLE, _RULE_CHAIN, _RULE_HANDLE, _RULE_EXPRESSIONS, _RULE_USERDATA = 1, 2, 3, 4, 7
_EXPR_NAME, _EXPR_DATA = 1, 2
_DATA_VALUE, _DATA_VERDICT = 1, 2
_VERDICT_CODE, _VERDICT_CHAIN = 1, 2
_UDATA_COMMENT = 0

_REG_1 = 1
_NETWORK_HEADER = 1
_META_NFPROTO = 15
_OPS = {"==": 0, "!=": 1}
_OP_NAMES = {number: name for name, number in _OPS.items()}
_VERDICTS = {"drop": 0, "accept": 1, "return": -5}
_VERDICT_NAMES = {number: name for name, number in _VERDICTS.items()}
_JUMP, _GOTO = -3, -4
_NFPROTO = {"ip": 2, "ip6": 10}

_ATTRIBUTE = struct.Struct("=HH")
_NFGENMSG = struct.Struct("=BBxx")
_BE32 = struct.Struct(">I")
_BE64 = struct.Struct(">Q")


class Unsupported(Exception):
    """The kernel lacks what is asked for; str() says what, as in "this kernel has no nf_tables masquerade"."""


class Refused(NetlinkError):
    """The kernel refused a transaction, and nothing has changed.

    ``operation``: the one it refused, or None when it refused the whole; ``errno`` and ``said`` as in NetlinkError.
    """

    def __init__(self, operation, error: NetlinkError):
        super().__init__(error.index, error.errno, error.said)
        self.operation = operation


class Contents(NamedTuple):
    """What is in a table: ``chains`` (list of Chain), ``rules`` (list of (handle, Rule or Unknown)), in its order."""

    chains: list
    rules: list


class ForeignChain(NamedTuple):
    """A base chain of somebody else's. ``has_unconditional_drop``: what gets as far as its end is dropped by a rule."""

    family: str
    table: str
    chain: str
    type: str
    hook: str
    priority: int
    policy: str
    has_unconditional_drop: bool

    @property
    def drops(self) -> bool:
        """Whether traffic that no rule of it accepts is lost."""
        return self.policy == "drop" or self.has_unconditional_drop


# --- Loads: what the left of a match is in the kernel -----------------------------------------------------------------


class _Load(NamedTuple):
    """How a word of _nft.LEFTS gets into a register: ``expression`` ("meta", "ct" or "payload"), and its key or offset.

    ``pack``: right -> (mask or None, value) ; ``unpack``: (mask or None, value) -> right, or None when it is not ours.
    """

    expression: str
    key: int
    pack: Callable
    unpack: Callable


def _pack_ifname(name):
    return None, name.encode().ljust(16, b"\0")


def _unpack_ifname(mask, value):
    # Fewer than 16 bytes are nft's "begins with".
    return value.rstrip(b"\0").decode() if mask is None and len(value) == 16 else None


def _pack_number(number):
    return None, struct.pack("=I", number)


def _unpack_number(mask, value):
    return struct.unpack("=I", value)[0] if mask is None and len(value) == 4 else None


def _pack_network(network):
    """Like nft: the bytes that the prefix covers when it covers whole bytes, else the whole address and a mask."""
    address = network.network_address.packed
    if network.prefixlen % 8 == 0:
        return None, address[: network.prefixlen // 8]
    return network.netmask.packed, address


def _unpack_network(kind, size):
    def unpack(mask, value):
        prefix = 8 * len(value)
        if mask is not None:
            bits = bin(int.from_bytes(mask, "big"))[2:].zfill(8 * len(mask))
            prefix = len(bits.rstrip("0"))
            if "0" in bits[:prefix]:
                return None
        # strict: bits behind the prefix can never match, so it is no rule of ours
        return kind((value.ljust(size, b"\0"), prefix))

    return unpack


def _pack_ct_state(text):
    bits = sum(1 << bit for bit, state in enumerate(_nft.CT_STATES) if state in text.split(","))
    return struct.pack("=I", bits), bytes(4)


def _unpack_ct_state(mask, value):
    if mask is None or len(mask) != 4 or value != bytes(4):
        return None
    bits = struct.unpack("=I", mask)[0]
    if not bits or bits >> len(_nft.CT_STATES):
        return None
    return ",".join(state for bit, state in enumerate(_nft.CT_STATES) if bits >> bit & 1)


_unpack_ipv4 = _unpack_network(ipaddress.IPv4Network, 4)
_unpack_ipv6 = _unpack_network(ipaddress.IPv6Network, 16)

_LOADS = {
    "ip saddr": _Load("payload", 12, _pack_network, _unpack_ipv4),
    "ip daddr": _Load("payload", 16, _pack_network, _unpack_ipv4),
    "ip6 saddr": _Load("payload", 8, _pack_network, _unpack_ipv6),
    "ip6 daddr": _Load("payload", 24, _pack_network, _unpack_ipv6),
    "iifname": _Load("meta", 6, _pack_ifname, _unpack_ifname),
    "oifname": _Load("meta", 7, _pack_ifname, _unpack_ifname),
    "iifgroup": _Load("meta", 21, _pack_number, _unpack_number),
    "oifgroup": _Load("meta", 22, _pack_number, _unpack_number),
    "ct state": _Load("ct", 0, _pack_ct_state, _unpack_ct_state),
}
#: The inverse: {(expression, key, family of the word): word}.
_WORDS = {(load.expression, load.key, _nft.family_of(left)): left for left, load in _LOADS.items()}


# --- Writing ----------------------------------------------------------------------------------------------------------


def connect() -> Netlink:
    """A socket to nf_tables in the calling thread's network namespace. Raises Unsupported."""
    try:
        return Netlink(NETLINK_NETFILTER)
    except OSError as error:
        if error.errno in (errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT):
            raise Unsupported("this kernel has no nf_tables") from error
        raise


def apply(netlink: Netlink, operations) -> None:
    """Carry out ``operations`` (of _nft.py) in one transaction: all, or, raising Refused or Unsupported, none."""
    operations = list(operations)
    if not operations:
        return
    try:
        netlink.transaction(encode(operations))
    except NetlinkError as error:
        if error.errno in (errno.ENOENT, errno.EOPNOTSUPP, errno.EAFNOSUPPORT, errno.EINVAL):
            lacking = missing(netlink)
            if lacking:
                raise Unsupported("this kernel has no %s" % lacking) from error
        refused = operations[error.index - 1] if 0 < error.index <= len(operations) else None
        raise Refused(refused, error) from error


def missing(netlink: Netlink) -> str:
    """What the kernel lacks of what our rules need: "", "nf_tables", "nf_tables NAT" or "nf_tables masquerade".

    Asks with a transaction that cannot succeed, and so changes nothing.
    """
    table = _nft.Table("inet", "linuxnet-probe")
    probe = [
        _nft.AddTable(table),
        _nft.AddChain(_nft.Chain("probe", "nat", "postrouting", 100, "accept"), table),
        _nft.AddRule(_nft.Rule("probe", (), "masquerade"), table),
        _nft.DeleteRule("probe", 1 << 62, table),
    ]
    try:
        netlink.transaction(encode(probe))
    except NetlinkError as error:
        if error.errno not in (errno.EPERM, errno.EACCES):
            return ("nf_tables", "nf_tables", "nf_tables NAT", "nf_tables masquerade", "")[min(error.index, 4)]
    return ""


def encode(operations) -> list:
    """The messages of one transaction that carries out ``operations``, its begin and end included."""
    batch = struct.pack(">BBH", 0, 0, _SUBSYSTEM)
    messages = [Message(_BATCH_BEGIN, 0, batch)]
    for operation in operations:
        messages.append(_ENCODERS[type(operation)](operation))
    messages.append(Message(_BATCH_END, 0, batch))
    return messages


def _add_table(operation):
    # Flags 0 wake a table that somebody has laid dormant.
    return Message(_NEWTABLE, NLM_F_CREATE, _table_body(operation.table, [("NFTA_TABLE_FLAGS", 0)]))


def _delete_table(operation):
    return Message(_DELTABLE, 0, _table_body(operation.table))


def _table_body(table, attrs=()):
    fields = {"nfgen_family": _FAMILIES[table.family]}
    return encode_message(_messages().nft_table_msg, fields, [("NFTA_TABLE_NAME", table.name)] + list(attrs))


def _add_chain(operation):
    chain = operation.chain
    attrs = []
    if chain.hook:
        hook = [("NFTA_HOOK_HOOKNUM", _HOOKS.index(chain.hook)), ("NFTA_HOOK_PRIORITY", chain.priority)]
        attrs = [
            ("NFTA_CHAIN_TYPE", chain.type),
            ("NFTA_CHAIN_HOOK", {"attrs": hook}),
            ("NFTA_CHAIN_POLICY", _POLICIES.index(chain.policy)),
        ]
    return Message(_NEWCHAIN, NLM_F_CREATE, _chain_body(operation.table, chain.name, attrs))


def _delete_chain(operation):
    return Message(_DELCHAIN, 0, _chain_body(operation.table, operation.name))


def _chain_body(table, name, attrs=()):
    fields = {"nfgen_family": _FAMILIES[table.family]}
    names = [("NFTA_CHAIN_TABLE", table.name), ("NFTA_CHAIN_NAME", name)]
    return encode_message(_messages().nft_chain_msg, fields, names + list(attrs))


def _add_rule(operation):
    table, rule = operation.table, operation.rule
    parts = [_attribute(_RULE_EXPRESSIONS, b"".join(_expressions(rule, table.family)))]
    if rule.comment:
        text = rule.comment.encode() + b"\0"
        parts.append(_attribute(_RULE_USERDATA, bytes((_UDATA_COMMENT, len(text))) + text))
    return Message(_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, _rule_body(table, rule.chain, parts))


def _delete_rule(operation):
    parts = [_attribute(_RULE_HANDLE, _BE64.pack(operation.handle))]
    return Message(_DELRULE, 0, _rule_body(operation.table, operation.chain, parts))


def _rule_body(table, chain, parts):
    names = [_attribute(_RULE_TABLE, _string(table.name)), _attribute(_RULE_CHAIN, _string(chain))]
    return _NFGENMSG.pack(_FAMILIES[table.family], 0) + b"".join(names + parts)


_ENCODERS: dict = {
    _nft.AddTable: _add_table,
    _nft.AddChain: _add_chain,
    _nft.AddRule: _add_rule,
    _nft.DeleteRule: _delete_rule,
    _nft.DeleteChain: _delete_chain,
    _nft.DeleteTable: _delete_table,
}


def _expressions(rule, family):
    """The rule as nft compiles it: every match loads into register 1 and compares, the verdict comes last."""
    known = family != "inet"
    for match in rule.matches:
        load = _LOADS[match.left]
        mask, value = load.pack(match.right)
        op = _OPS[match.op]
        if load.expression == "payload":
            if not known:
                # The first look at an address asks of which family the packet is.
                yield _expression("meta", ("NFTA_META_KEY", _META_NFPROTO), ("NFTA_META_DREG", _REG_1))
                yield _compare(0, bytes((_NFPROTO[_nft.family_of(match.left)],)))
                known = True
            yield _expression(
                "payload",
                ("NFTA_PAYLOAD_DREG", _REG_1),
                ("NFTA_PAYLOAD_BASE", _NETWORK_HEADER),
                ("NFTA_PAYLOAD_OFFSET", load.key),
                ("NFTA_PAYLOAD_LEN", len(value)),
            )
        elif load.expression == "meta":
            yield _expression("meta", ("NFTA_META_KEY", load.key), ("NFTA_META_DREG", _REG_1))
        else:
            yield _expression("ct", ("NFTA_CT_KEY", load.key), ("NFTA_CT_DREG", _REG_1))
            op ^= 1  # "one of these bits is set" is "not equal to zero"
        if mask is not None:
            yield _expression(
                "bitwise",
                ("NFTA_BITWISE_SREG", _REG_1),
                ("NFTA_BITWISE_DREG", _REG_1),
                ("NFTA_BITWISE_LEN", len(mask)),
                ("NFTA_BITWISE_MASK", mask),
                ("NFTA_BITWISE_XOR", bytes(len(mask))),
            )
        yield _compare(op, value)
    if rule.verdict == "masquerade":
        yield _expression("masq")
    else:
        code = (("NFTA_DATA_VERDICT", (("NFTA_VERDICT_CODE", _VERDICTS[rule.verdict]),)),)
        yield _expression("immediate", ("NFTA_IMMEDIATE_DREG", 0), ("NFTA_IMMEDIATE_DATA", code))


def _compare(op, value):
    return _expression("cmp", ("NFTA_CMP_SREG", _REG_1), ("NFTA_CMP_OP", op), ("NFTA_CMP_DATA", value))


@lru_cache(maxsize=4096)
def _expression(name, *data):
    """One expression as an element of NFTA_RULE_EXPRESSIONS; bytes among ``data`` stand for a register's value.

    Encoded by pyroute2 one by one and kept: most expressions of a ruleset are the same few, and a whole rule costs
    pyroute2 0.6 ms each time.
    """
    attrs = [("NFTA_EXPR_NAME", name), ("NFTA_EXPR_DATA", _nested(data))]
    body = encode_message(_messages().nft_rule_msg, {}, [("NFTA_RULE_EXPRESSIONS", [{"attrs": attrs}])])
    return body[_NFGENMSG.size + _ATTRIBUTE.size :]


def _nested(data):
    attrs = []
    for name, value in data:
        if isinstance(value, bytes):
            value = {"attrs": [("NFTA_DATA_VALUE", value)]}
        elif isinstance(value, tuple):
            value = _nested(value)
        attrs.append((name, value))
    return {"attrs": attrs}


@lru_cache(maxsize=None)
def _messages():
    """pyroute2's message classes, imported when something is written: importing them takes longer than any write."""
    from pyroute2.netlink.nfnetlink import nftsocket

    return nftsocket


def _attribute(kind, payload):
    length = _ATTRIBUTE.size + len(payload)
    return _ATTRIBUTE.pack(length, kind) + payload + bytes(-length & 3)


def _string(text):
    return text.encode() + b"\0"


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(netlink: Netlink, table=_nft.TABLE):
    """The Contents of ``table``, or None when there is no such table. Raises Unsupported, NetlinkError.

    The chains of a table that somebody has laid dormant show no hook, as the kernel has taken them off.
    """
    header = _NFGENMSG.pack(_FAMILIES[table.family], 0)
    try:
        found = netlink.get(_GETTABLE, header + _attribute(_TABLE_NAME, _string(table.name)))
    except NetlinkError as error:
        if error.errno in (errno.EINVAL, errno.EOPNOTSUPP):
            raise Unsupported("this kernel has no nf_tables") from error
        raise
    if found is None:
        return None
    flags = _number(attributes(found, _NFGENMSG.size).get(_TABLE_FLAGS))
    chains = []
    for _family, its_table, chain in _chains(netlink, header):
        if its_table == table.name:
            chains.append(_nft.Chain(chain.name) if flags & _TABLE_F_DORMANT else chain)
    return Contents(chains, [_decode_rule(attrs, table.family) for attrs in _rules(netlink, table)])


def read_foreign(netlink: Netlink, hook: str = "forward", ours=_nft.TABLE) -> list:
    """The base chains of all other tables at ``hook``: list of ForeignChain. Raises NetlinkError."""
    found = []
    rules_of: dict = {}
    for family, table, chain in _chains(netlink, _NFGENMSG.pack(0, 0)):
        if chain.hook != hook or (family, table) == ours:
            continue
        where = _nft.Table(family, table)
        if where not in rules_of:
            by_chain: dict = {}
            rules_of[where] = by_chain
            for attrs in _rules(netlink, where):
                by_chain.setdefault(_text(attrs[_RULE_CHAIN]), []).append(attrs.get(_RULE_EXPRESSIONS, b""))
        drop = _fate(rules_of[where], chain.name) == "drop"
        found.append(ForeignChain(family, table, chain.name, chain.type, hook, chain.priority, chain.policy, drop))
    return found


def _chains(netlink, header):
    """Every chain of the family in ``header`` (0: of all): (family, table, Chain)."""
    for _kind, body in netlink.dump(_GETCHAIN, header):
        attrs = attributes(body, _NFGENMSG.size)
        chain = _nft.Chain(_text(attrs[_CHAIN_NAME]))
        if _CHAIN_HOOK in attrs:
            hook = attributes(attrs[_CHAIN_HOOK])
            number = _number(hook.get(_HOOK_NUM))
            chain = _nft.Chain(
                chain.name,
                _text(attrs.get(_CHAIN_TYPE, b"")),
                _HOOKS[number] if body[0] != _INGRESS_FAMILY and number < len(_HOOKS) else "hook %d" % number,
                struct.unpack(">i", hook[_HOOK_PRIORITY])[0],
                _POLICIES[_number(attrs.get(_CHAIN_POLICY), 1)],
            )
        yield _FAMILY_NAMES.get(body[0], str(body[0])), _text(attrs[_CHAIN_TABLE]), chain


def _rules(netlink, table):
    """The attributes of every rule of the table, in the kernel's order."""
    header = _NFGENMSG.pack(_FAMILIES[table.family], 0)
    for _kind, body in netlink.dump(_GETRULE, header + _attribute(_RULE_TABLE, _string(table.name))):
        attrs = attributes(body, _NFGENMSG.size)
        if _text(attrs[_RULE_TABLE]) == table.name:  # kernels before 4.10 do not filter
            yield attrs


def _decode_rule(attrs, family):
    """(handle, Rule or Unknown)."""
    handle = _BE64.unpack(attrs[_RULE_HANDLE])[0]
    chain = _text(attrs[_RULE_CHAIN])
    comment = _comment(attrs.get(_RULE_USERDATA, b""))
    expressions = attrs.get(_RULE_EXPRESSIONS, b"")
    rule = None
    try:
        parsed = _parse([_token(element) for _kind, element in attribute_list(expressions)], family)
        if parsed:
            rule = _nft.Rule(chain, parsed[0], parsed[1], comment)
    except ValueError:
        rule = None  # says something that our language cannot
    return handle, rule or _unknown(chain, comment, expressions)


def _comment(userdata):
    offset = 0
    while offset + 2 <= len(userdata):
        kind, length = userdata[offset], userdata[offset + 1]
        if kind == _UDATA_COMMENT:
            return userdata[offset + 2 : offset + 2 + length].rstrip(b"\0").decode("utf-8", "replace")
        offset += 2 + length
    return ""


def _unknown(chain, comment, expressions):
    names, digest = [], hashlib.sha256()
    for _kind, element in attribute_list(expressions):
        attrs = attributes(element)
        names.append(_text(attrs[_EXPR_NAME]))
        digest.update(attrs[_EXPR_NAME])
        if names[-1] not in ("counter", "last", "limit", "quota", "connlimit"):  # whose values move by themselves
            digest.update(attrs.get(_EXPR_DATA, b""))
    return _nft.Unknown(chain, comment, " ".join(names), digest.hexdigest()[:16])


@lru_cache(maxsize=4096)
def _token(element):
    """An expression as ("load", expression, key, length or None), ("mask", bytes), ("cmp", op, bytes),
    ("verdict", word), ("jump" or "goto", chain), or None for what we never write."""
    attrs = attributes(element)
    name, data = _text(attrs[_EXPR_NAME]), attributes(attrs.get(_EXPR_DATA, b""))
    numbers = {kind: _number(value) for kind, value in data.items() if len(value) == 4}
    if name in ("meta", "ct"):
        if set(data) == {1, 2} and numbers[1] == _REG_1:
            return ("load", name, numbers[2], None)
    elif name == "payload":
        if set(data) == {1, 2, 3, 4} and numbers[1] == _REG_1 and numbers[2] == _NETWORK_HEADER:
            return ("load", name, numbers[3], numbers[4])
    elif name == "bitwise":
        plain = numbers.get(1) == numbers.get(2) == _REG_1 and not numbers.get(6) and 4 in data and 5 in data
        if plain and not any(attributes(data[5]).get(_DATA_VALUE, b"\1")):
            return ("mask", attributes(data[4])[_DATA_VALUE])
    elif name == "cmp":
        if numbers[1] == _REG_1:
            return ("cmp", numbers[2], attributes(data[3])[_DATA_VALUE])
    elif name == "masq":
        if not data:
            return ("verdict", "masquerade")
    elif name == "immediate" and numbers[1] == 0:
        verdict = attributes(attributes(data[2]).get(_DATA_VERDICT, b""))
        code = struct.unpack(">i", verdict[_VERDICT_CODE])[0]
        if code in (_JUMP, _GOTO):
            return ("jump" if code == _JUMP else "goto", _text(verdict[_VERDICT_CHAIN]))
        if code in _VERDICT_NAMES:
            return ("verdict", _VERDICT_NAMES[code])
    return None


def _parse(tokens, family):
    """(matches, verdict) when ``tokens`` are a rule of our language, else None. Raises ValueError."""
    matches: list = []
    proto = "" if family == "inet" else family
    position, last = 0, len(tokens) - 1
    asked = False
    while position < last:
        load, mask = tokens[position], None
        position += 1
        if load is None or load[0] != "load":
            return None
        if tokens[position] and tokens[position][0] == "mask":
            mask = tokens[position][1]
            position += 1
        compare = tokens[position] if position < last else None
        position += 1
        if compare is None or compare[0] != "cmp" or compare[1] not in _OP_NAMES:
            return None
        _what, expression, key, length = load
        op, value = compare[1:]
        if (expression, key) == ("meta", _META_NFPROTO):
            # Written only with the first address, and only where the table holds both families.
            if proto or mask or op or len(value) != 1 or value[0] not in _NFPROTO.values():
                return None
            proto = "ip" if value[0] == _NFPROTO["ip"] else "ip6"
            asked = True
            continue
        left = _WORDS.get((expression, key, proto if expression == "payload" else ""))
        if left is None or (length or len(value)) != len(value) or (asked and expression != "payload"):
            return None
        asked = False
        right = _LOADS[left].unpack(mask, value)
        if right is None:
            return None
        matches.append(_nft.Match(left, _OP_NAMES[op ^ 1 if expression == "ct" else op], right))
    if asked or not tokens or tokens[-1] is None or tokens[-1][0] != "verdict":
        return None
    return tuple(matches), tokens[-1][1]


def _fate(rules_of, chain, depth=16):
    """What becomes of a packet that no condition in ``chain`` fits: "drop", "accept", or "" when it falls out."""
    for expressions in rules_of.get(chain, ()):
        for _kind, element in attribute_list(expressions):
            attrs = attributes(element)
            name = _text(attrs[_EXPR_NAME])
            data = attributes(attrs.get(_EXPR_DATA, b""))
            # iptables' own forms: both begin with their name
            named = _text(data.get(1, b"")) if name in ("match", "target") else ""
            if name in ("counter", "log") or (name == "match" and named == "comment"):
                continue
            if name == "reject" or (name == "target" and named == "REJECT"):
                return "drop"
            token = _token(element)
            if token is None:
                break  # a condition, or something that decides nothing
            if token[0] in ("jump", "goto") and depth:
                fate = _fate(rules_of, token[1], depth - 1)
                if fate or token[0] == "goto":
                    return fate
            elif token[0] == "verdict":
                return {"drop": "drop", "accept": "accept"}.get(token[1], "")
            break
    return ""


def _number(value, default=0):
    return _BE32.unpack(value)[0] if value is not None else default


def _text(value):
    return value.rstrip(b"\0").decode("utf-8", "replace")
