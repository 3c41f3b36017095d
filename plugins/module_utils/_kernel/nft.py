# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``_nft.py`` on the wire: operations to one nf_tables transaction.

Source: linux/netfilter/nf_tables.h and nfnetlink.h. What we write is, expression for expression, what nft(8) sends for
the same text, so that everybody who lists it sees that text.
"""

from __future__ import annotations

import errno
import struct
from functools import lru_cache

from .. import _nft
from . import nft_words
from .netlink import NETLINK_NETFILTER, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, Message, Netlink, NetlinkError
from .netlink import encode as encode_message

SUBSYSTEM = 10
BATCH_BEGIN, BATCH_END = 0x10, 0x11


class Unsupported(Exception):
    """The kernel lacks what is asked for; str() says what, as in "this kernel has no nf_tables masquerade"."""


class Refused(NetlinkError):
    """The kernel refused a transaction, and nothing has changed.

    ``operation``: the one it refused, or None when it refused the whole; ``errno`` and ``said`` as in NetlinkError.
    """

    def __init__(self, operation, error: NetlinkError):
        super().__init__(error.index, error.errno, error.said)
        self.operation = operation


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
            lacking = missing(netlink, [one.rule for one in operations if isinstance(one, _nft.AddRule)])
            if lacking:
                raise Unsupported("this kernel has no %s" % lacking) from error
        refused = operations[error.index - 1] if 0 < error.index <= len(operations) else None
        raise Refused(refused, error) from error


def missing(netlink: Netlink, rules=()) -> str:
    """What the kernel lacks of what our rules need, and ``rules`` in particular: "", "nf_tables", "nf_tables NAT",
    "nf_tables masquerade", or the word of a match.

    Asks with a transaction that cannot succeed, and so changes nothing.
    """
    table = _nft.Table("inet", "linuxnet-probe")
    special = {match.left: match for rule in rules for match in rule.matches if match.left in _SPECIAL}
    probe = [
        ("nf_tables", _nft.AddTable(table)),
        ("nf_tables NAT", _nft.AddChain(_nft.Chain("probe", "nat", "postrouting", 100, "accept"), table)),
        ("nf_tables masquerade", _nft.AddRule(_nft.Rule("probe", (), "masquerade"), table)),
        *(("'%s' in nf_tables" % left, _nft.AddRule(_nft.Rule("probe", (match,), "accept"), table)) for left, match in special.items()),
        ("", _nft.DeleteRule("probe", 1 << 62, table)),
    ]
    try:
        netlink.transaction(encode(operation for _word, operation in probe))
    except NetlinkError as error:
        if error.errno not in (errno.EPERM, errno.EACCES):
            # The begin of a transaction is its first message.
            return probe[min(max(error.index - 1, 0), len(probe) - 1)][0]
    return ""


#: Words that not every kernel with nf_tables knows.
_SPECIAL = ("fib daddr type", "meta iifkind", "meta oifkind")


def encode(operations) -> list:
    """The messages of one transaction that carries out ``operations``, its begin and end included."""
    batch = struct.pack(">BBH", 0, 0, SUBSYSTEM)
    messages = [Message(BATCH_BEGIN, 0, batch)]
    for operation in operations:
        messages.append(_ENCODERS[type(operation)](operation))
    messages.append(Message(BATCH_END, 0, batch))
    return messages


def _add_table(operation):
    # Flags 0 wake a table that somebody has laid dormant.
    return Message(nft_words.NEWTABLE, NLM_F_CREATE, _table_body(operation.table, [("NFTA_TABLE_FLAGS", 0)]))


def _delete_table(operation):
    return Message(nft_words.DELTABLE, 0, _table_body(operation.table))


def _table_body(table, attrs=()):
    fields = {"nfgen_family": nft_words.FAMILIES[table.family]}
    return encode_message(_messages().nft_table_msg, fields, [("NFTA_TABLE_NAME", table.name)] + list(attrs))


def _add_chain(operation):
    chain = operation.chain
    attrs = []
    if chain.hook:
        hook = [("NFTA_HOOK_HOOKNUM", nft_words.HOOKS.index(chain.hook)), ("NFTA_HOOK_PRIORITY", chain.priority)]
        attrs = [
            ("NFTA_CHAIN_TYPE", chain.type),
            ("NFTA_CHAIN_HOOK", {"attrs": hook}),
            ("NFTA_CHAIN_POLICY", nft_words.POLICIES.index(chain.policy)),
        ]
    return Message(nft_words.NEWCHAIN, NLM_F_CREATE, _chain_body(operation.table, chain.name, attrs))


def _delete_chain(operation):
    return Message(nft_words.DELCHAIN, 0, _chain_body(operation.table, operation.name))


def _chain_body(table, name, attrs=()):
    fields = {"nfgen_family": nft_words.FAMILIES[table.family]}
    names = [("NFTA_CHAIN_TABLE", table.name), ("NFTA_CHAIN_NAME", name)]
    return encode_message(_messages().nft_chain_msg, fields, names + list(attrs))


def _add_rule(operation, flags=NLM_F_CREATE | NLM_F_APPEND):
    table, rule = operation.table, operation.rule
    parts = [nft_words.attribute(nft_words.RULE_EXPRESSIONS, b"".join(_expressions(rule, table.family)))]
    if rule.comment:
        parts.append(nft_words.attribute(nft_words.RULE_USERDATA, _comment(rule.comment)))
    return Message(nft_words.NEWRULE, flags, rule_body(table, rule.chain, parts))


def _insert_rule(operation):
    return _add_rule(operation, NLM_F_CREATE)


def _delete_rule(operation):
    parts = [nft_words.attribute(nft_words.RULE_HANDLE, nft_words.BE64.pack(operation.handle))]
    return Message(nft_words.DELRULE, 0, rule_body(operation.table, operation.chain, parts))


def rule_body(table, chain, parts):
    names = [nft_words.attribute(nft_words.RULE_TABLE, nft_words.string(table.name)), nft_words.attribute(nft_words.RULE_CHAIN, nft_words.string(chain))]
    return nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0) + b"".join(names + parts)


def _add_map(operation):
    wanted = operation.map
    # What nft notes of the order of bytes, of which the types say enough.
    userdata = b"".join(bytes((kind, 4, 0, 0, 0, 0)) for kind in (nft_words.UDATA_KEY_BYTEORDER, nft_words.UDATA_DATA_BYTEORDER))
    numbers = (
        (nft_words.SET_FLAGS, nft_words.SET_F_MAP),
        (nft_words.SET_KEY_TYPE, nft_words.number_of(wanted.key)),
        (nft_words.SET_KEY_LEN, nft_words.size_of(wanted.key)),
        (nft_words.SET_DATA_TYPE, nft_words.number_of(wanted.data)),
        (nft_words.SET_DATA_LEN, nft_words.size_of(wanted.data)),
        (nft_words.SET_ID, 1),
    )
    parts = [nft_words.attribute(kind, nft_words.BE32.pack(number)) for kind, number in numbers]
    parts.append(nft_words.attribute(nft_words.SET_USERDATA, userdata))
    return Message(nft_words.NEWSET, NLM_F_CREATE, _named_body(operation.table, wanted.name, parts))


def _delete_map(operation):
    return Message(nft_words.DELSET, 0, _named_body(operation.table, operation.name))


def _add_element(operation):
    element = operation.element
    wanted = _nft.MAPS[element.map]
    parts = [_data(nft_words.ELEMENT_KEY, wanted.key, element.key), _data(nft_words.ELEMENT_DATA, wanted.data, element.data)]
    if element.comment:
        parts.append(nft_words.attribute(nft_words.ELEMENT_USERDATA, _comment(element.comment)))
    # Not to be replaced silently: an element with other data is refused.
    return Message(nft_words.NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL, _elements_body(operation.table, element.map, parts))


def _delete_element(operation):
    key = _data(nft_words.ELEMENT_KEY, _nft.MAPS[operation.map].key, operation.key)
    return Message(nft_words.DELSETELEM, 0, _elements_body(operation.table, operation.map, [key]))


def _data(kind, types, values):
    return nft_words.nested(kind, nft_words.attribute(nft_words.DATA_VALUE, nft_words.pack_fields(types, values)))


def _elements_body(table, name, parts):
    one = nft_words.nested(nft_words.LIST_ELEMENT, b"".join(parts))
    return _named_body(table, name, [nft_words.nested(nft_words.ELEMENTS, one)])


def _named_body(table, name, parts=()):
    """Of a map, or a message about its elements: both begin with the table and the name."""
    names = [nft_words.attribute(nft_words.SET_TABLE, nft_words.string(table.name)), nft_words.attribute(nft_words.SET_NAME, nft_words.string(name))]
    return nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0) + b"".join(names + list(parts))


def _comment(text):
    text = text.encode() + b"\0"
    return bytes((nft_words.UDATA_COMMENT, len(text))) + text


_ENCODERS: dict = {
    _nft.AddTable: _add_table,
    _nft.AddChain: _add_chain,
    _nft.AddMap: _add_map,
    _nft.AddElement: _add_element,
    _nft.AddRule: _add_rule,
    _nft.InsertRule: _insert_rule,
    _nft.DeleteRule: _delete_rule,
    _nft.DeleteElement: _delete_element,
    _nft.DeleteMap: _delete_map,
    _nft.DeleteChain: _delete_chain,
    _nft.DeleteTable: _delete_table,
}


def _expressions(rule, family):
    """The rule as nft compiles it: every match loads into register 1 and compares, the verdict comes last."""
    known = family != "inet"
    for match in rule.matches:
        load = nft_words.LOADS[match.left]
        mask, value = load.pack(match.right)
        op = nft_words.OPS[match.op]
        if load.expression == "payload":
            if not known:
                # The first look at an address asks of which family the packet is.
                yield _expression("meta", ("NFTA_META_KEY", nft_words.META_NFPROTO), ("NFTA_META_DREG", nft_words.REG_1))
                yield _compare(0, bytes((nft_words.NFPROTO[_nft.family_of(match.left)],)))
                known = True
            yield _expression(
                "payload",
                ("NFTA_PAYLOAD_DREG", nft_words.REG_1),
                ("NFTA_PAYLOAD_BASE", nft_words.NETWORK_HEADER),
                ("NFTA_PAYLOAD_OFFSET", load.key),
                ("NFTA_PAYLOAD_LEN", len(value)),
            )
        elif load.expression == "meta":
            yield _expression("meta", ("NFTA_META_KEY", load.key), ("NFTA_META_DREG", nft_words.REG_1))
        elif load.expression == "fib":
            yield _packed("fib", nft_words.REG_1, load.key, nft_words.FIB_DADDR)
        else:
            yield _expression("ct", ("NFTA_CT_KEY", load.key), ("NFTA_CT_DREG", nft_words.REG_1))
            op ^= 1  # "one of these bits is set" is "not equal to zero"
        if mask is not None:
            yield _expression(
                "bitwise",
                ("NFTA_BITWISE_SREG", nft_words.REG_1),
                ("NFTA_BITWISE_DREG", nft_words.REG_1),
                ("NFTA_BITWISE_LEN", len(mask)),
                ("NFTA_BITWISE_MASK", mask),
                ("NFTA_BITWISE_XOR", bytes(len(mask))),
            )
        yield _compare(op, value)
    if isinstance(rule.verdict, _nft.Snat):
        yield from _snat(rule.verdict)
    elif isinstance(rule.verdict, _nft.Dnat):
        yield from _dnat(rule.verdict, known)
    elif rule.verdict == "masquerade":
        yield _expression("masq")
    else:
        code = (("NFTA_DATA_VERDICT", (("NFTA_VERDICT_CODE", nft_words.VERDICTS[rule.verdict]),)),)
        yield _expression("immediate", ("NFTA_IMMEDIATE_DREG", 0), ("NFTA_IMMEDIATE_DATA", code))


def _snat(verdict):
    ends = [verdict.first] if verdict.first == verdict.last else [verdict.first, verdict.last]
    for position, address in enumerate(ends):
        yield _expression("immediate", ("NFTA_IMMEDIATE_DREG", nft_words.REG_1 + position), ("NFTA_IMMEDIATE_DATA", address.packed))
    yield _packed("nat", nft_words.NAT_SNAT, nft_words.NFPROTO[verdict.family], nft_words.REG_1, nft_words.REG_1 + len(ends) - 1)


def _dnat(verdict, known):
    if not known and verdict.key[0] == verdict.family + " daddr":
        yield _expression("meta", ("NFTA_META_KEY", nft_words.META_NFPROTO), ("NFTA_META_DREG", nft_words.REG_1))
        yield _compare(0, bytes((nft_words.NFPROTO[verdict.family],)))
    offset = 0
    for word in verdict.key:
        expression, base, key = nft_words.KEY_LOADS[word]
        size = nft_words.TYPES[_nft.KEYS[word]].size
        if expression == "meta":
            yield _packed("meta", nft_words.register(offset), key)
        else:
            yield _packed("payload", nft_words.register(offset), base, key, size)
        offset += nft_words.room(size)
    yield _packed("lookup", verdict.map, nft_words.REG_1, nft_words.REG_1)
    port = nft_words.register(nft_words.TYPES[_nft.MAPS[verdict.map].data[0]].size)
    yield _packed("nat", nft_words.NAT_DNAT, nft_words.NFPROTO[verdict.family], nft_words.REG_1, nft_words.REG_1, port, port)


@lru_cache(maxsize=4096)
def _packed(name, *values):
    """One expression whose attributes are numbers or names, counted from 1 on: what pyroute2 has no better word for."""
    parts = [
        nft_words.attribute(kind, nft_words.string(value) if isinstance(value, str) else nft_words.BE32.pack(value)) for kind, value in enumerate(values, 1)
    ]
    data = nft_words.attribute(nft_words.EXPR_NAME, nft_words.string(name)) + nft_words.nested(nft_words.EXPR_DATA, b"".join(parts))
    return nft_words.nested(nft_words.LIST_ELEMENT, data)


def _compare(op, value):
    return _expression("cmp", ("NFTA_CMP_SREG", nft_words.REG_1), ("NFTA_CMP_OP", op), ("NFTA_CMP_DATA", value))


@lru_cache(maxsize=4096)
def _expression(name, *data):
    """One expression as an element of NFTA_RULE_EXPRESSIONS; bytes among ``data`` stand for a register's value.

    Encoded by pyroute2 one by one and kept: most expressions of a ruleset are the same few, and a whole rule costs
    pyroute2 0.6 ms each time.
    """
    attrs = [("NFTA_EXPR_NAME", name), ("NFTA_EXPR_DATA", _nested(data))]
    body = encode_message(_messages().nft_rule_msg, {}, [("NFTA_RULE_EXPRESSIONS", [{"attrs": attrs}])])
    return body[nft_words.NFGENMSG.size + nft_words.ATTRIBUTE.size :]


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
