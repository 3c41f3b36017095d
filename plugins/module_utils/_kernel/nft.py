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
from .netlink import NETLINK_NETFILTER, NLM_F_APPEND, NLM_F_CREATE, Message, Netlink, NetlinkError
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


def _add_rule(operation):
    table, rule = operation.table, operation.rule
    parts = [nft_words.attribute(nft_words.RULE_EXPRESSIONS, b"".join(_expressions(rule, table.family)))]
    if rule.comment:
        text = rule.comment.encode() + b"\0"
        parts.append(nft_words.attribute(nft_words.RULE_USERDATA, bytes((nft_words.UDATA_COMMENT, len(text))) + text))
    return Message(nft_words.NEWRULE, NLM_F_CREATE | NLM_F_APPEND, rule_body(table, rule.chain, parts))


def _delete_rule(operation):
    parts = [nft_words.attribute(nft_words.RULE_HANDLE, nft_words.BE64.pack(operation.handle))]
    return Message(nft_words.DELRULE, 0, rule_body(operation.table, operation.chain, parts))


def rule_body(table, chain, parts):
    names = [nft_words.attribute(nft_words.RULE_TABLE, nft_words.string(table.name)), nft_words.attribute(nft_words.RULE_CHAIN, nft_words.string(chain))]
    return nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0) + b"".join(names + parts)


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
    if rule.verdict == "masquerade":
        yield _expression("masq")
    else:
        code = (("NFTA_DATA_VERDICT", (("NFTA_VERDICT_CODE", nft_words.VERDICTS[rule.verdict]),)),)
        yield _expression("immediate", ("NFTA_IMMEDIATE_DREG", 0), ("NFTA_IMMEDIATE_DATA", code))


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
