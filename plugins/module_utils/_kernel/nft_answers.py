# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's tables back again, as the rules of ``_nft.py``.

Source: linux/netfilter/nf_tables.h and nfnetlink.h.
"""

from __future__ import annotations

import errno
import hashlib
import struct
from functools import lru_cache
from typing import NamedTuple

from .. import _nft
from . import nft_words
from .netlink import Netlink, NetlinkError, attribute_list, attributes
from .nft import Unsupported

_FAMILY_NAMES = {number: name for name, number in nft_words.FAMILIES.items()}
_INGRESS_FAMILY = 5  # whose hooks are other ones
_TABLE_NAME, _TABLE_FLAGS = 1, 2
_TABLE_F_DORMANT = 1
_CHAIN_TABLE, _CHAIN_NAME, _CHAIN_HOOK, _CHAIN_POLICY, _CHAIN_TYPE = 1, 3, 4, 5, 7
_HOOK_NUM, _HOOK_PRIORITY = 1, 2
_EXPR_NAME, _EXPR_DATA = 1, 2
_DATA_VALUE, _DATA_VERDICT = 1, 2
_VERDICT_CODE, _VERDICT_CHAIN = 1, 2
_OP_NAMES = {number: name for name, number in nft_words.OPS.items()}
_VERDICT_NAMES = {number: name for name, number in nft_words.VERDICTS.items()}
_JUMP, _GOTO = -3, -4
_BE32 = struct.Struct(">I")


class Contents(NamedTuple):
    """What is in a table: ``chains`` (list of Chain), ``rules`` (list of (handle, Rule or Unknown)), in its order."""

    chains: list
    rules: list


def read(netlink: Netlink, table=_nft.TABLE):
    """The Contents of ``table``, or None when there is no such table. Raises Unsupported, NetlinkError.

    The chains of a table that somebody has laid dormant show no hook, as the kernel has taken them off.
    """
    header = nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0)
    try:
        found = netlink.get(nft_words.GETTABLE, header + nft_words.attribute(_TABLE_NAME, nft_words.string(table.name)))
    except NetlinkError as error:
        if error.errno in (errno.EINVAL, errno.EOPNOTSUPP):
            raise Unsupported("this kernel has no nf_tables") from error
        raise
    if found is None:
        return None
    flags = _number(attributes(found, nft_words.NFGENMSG.size).get(_TABLE_FLAGS))
    chains = []
    for _family, its_table, chain in all_chains(netlink, header):
        if its_table == table.name:
            chains.append(_nft.Chain(chain.name) if flags & _TABLE_F_DORMANT else chain)
    return Contents(chains, [_decode_rule(attrs, table.family) for attrs in all_rules(netlink, table)])


def all_chains(netlink, header):
    """Every chain of the family in ``header`` (0: of all): (family, table, Chain)."""
    for _kind, body in netlink.dump(nft_words.GETCHAIN, header):
        attrs = attributes(body, nft_words.NFGENMSG.size)
        chain = _nft.Chain(text_of(attrs[_CHAIN_NAME]))
        if _CHAIN_HOOK in attrs:
            hook = attributes(attrs[_CHAIN_HOOK])
            number = _number(hook.get(_HOOK_NUM))
            chain = _nft.Chain(
                chain.name,
                text_of(attrs.get(_CHAIN_TYPE, b"")),
                nft_words.HOOKS[number] if body[0] != _INGRESS_FAMILY and number < len(nft_words.HOOKS) else "hook %d" % number,
                struct.unpack(">i", hook[_HOOK_PRIORITY])[0],
                nft_words.POLICIES[_number(attrs.get(_CHAIN_POLICY), 1)],
            )
        yield _FAMILY_NAMES.get(body[0], str(body[0])), text_of(attrs[_CHAIN_TABLE]), chain


def all_rules(netlink, table):
    """The attributes of every rule of the table, in the kernel's order."""
    header = nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0)
    for _kind, body in netlink.dump(nft_words.GETRULE, header + nft_words.attribute(nft_words.RULE_TABLE, nft_words.string(table.name))):
        attrs = attributes(body, nft_words.NFGENMSG.size)
        if text_of(attrs[nft_words.RULE_TABLE]) == table.name:  # kernels before 4.10 do not filter
            yield attrs


def _decode_rule(attrs, family):
    """(handle, Rule or Unknown)."""
    handle = nft_words.BE64.unpack(attrs[nft_words.RULE_HANDLE])[0]
    chain = text_of(attrs[nft_words.RULE_CHAIN])
    comment = _comment(attrs.get(nft_words.RULE_USERDATA, b""))
    expressions = attrs.get(nft_words.RULE_EXPRESSIONS, b"")
    rule = None
    try:
        parsed = parse([token(element) for _kind, element in attribute_list(expressions)], family)
        if parsed:
            rule = _nft.Rule(chain, parsed[0], parsed[1], comment)
    except ValueError:
        rule = None  # says something that our language cannot
    return handle, rule or unknown(chain, comment, expressions)


def _comment(userdata):
    offset = 0
    while offset + 2 <= len(userdata):
        kind, length = userdata[offset], userdata[offset + 1]
        if kind == nft_words.UDATA_COMMENT:
            return userdata[offset + 2 : offset + 2 + length].rstrip(b"\0").decode("utf-8", "replace")
        offset += 2 + length
    return ""


def unknown(chain, comment, expressions):
    names, digest = [], hashlib.sha256()
    for _kind, element in attribute_list(expressions):
        attrs = attributes(element)
        names.append(text_of(attrs[_EXPR_NAME]))
        digest.update(attrs[_EXPR_NAME])
        if names[-1] not in ("counter", "last", "limit", "quota", "connlimit"):  # whose values move by themselves
            digest.update(attrs.get(_EXPR_DATA, b""))
    return _nft.Unknown(chain, comment, " ".join(names), digest.hexdigest()[:16])


@lru_cache(maxsize=4096)
def token(element):
    """An expression as ("load", expression, key, length or None), ("mask", bytes), ("cmp", op, bytes),
    ("verdict", word), ("jump" or "goto", chain), or None for what we never write."""
    attrs = attributes(element)
    name, data = text_of(attrs[_EXPR_NAME]), attributes(attrs.get(_EXPR_DATA, b""))
    numbers = {kind: _number(value) for kind, value in data.items() if len(value) == 4}
    if name in ("meta", "ct"):
        if set(data) == {1, 2} and numbers[1] == nft_words.REG_1:
            return ("load", name, numbers[2], None)
    elif name == "payload":
        if set(data) == {1, 2, 3, 4} and numbers[1] == nft_words.REG_1 and numbers[2] == nft_words.NETWORK_HEADER:
            return ("load", name, numbers[3], numbers[4])
    elif name == "bitwise":
        plain = numbers.get(1) == numbers.get(2) == nft_words.REG_1 and not numbers.get(6) and 4 in data and 5 in data
        if plain and not any(attributes(data[5]).get(_DATA_VALUE, b"\1")):
            return ("mask", attributes(data[4])[_DATA_VALUE])
    elif name == "cmp":
        if numbers[1] == nft_words.REG_1:
            return ("cmp", numbers[2], attributes(data[3])[_DATA_VALUE])
    elif name == "masq":
        if not data:
            return ("verdict", "masquerade")
    elif name == "immediate" and numbers[1] == 0:
        verdict = attributes(attributes(data[2]).get(_DATA_VERDICT, b""))
        code = struct.unpack(">i", verdict[_VERDICT_CODE])[0]
        if code in (_JUMP, _GOTO):
            return ("jump" if code == _JUMP else "goto", text_of(verdict[_VERDICT_CHAIN]))
        if code in _VERDICT_NAMES:
            return ("verdict", _VERDICT_NAMES[code])
    return None


def parse(tokens, family):
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
        if (expression, key) == ("meta", nft_words.META_NFPROTO):
            # Written only with the first address, and only where the table holds both families.
            if proto or mask or op or len(value) != 1 or value[0] not in nft_words.NFPROTO.values():
                return None
            proto = "ip" if value[0] == nft_words.NFPROTO["ip"] else "ip6"
            asked = True
            continue
        left = nft_words.WORDS.get((expression, key, proto if expression == "payload" else ""))
        if left is None or (length or len(value)) != len(value) or (asked and expression != "payload"):
            return None
        asked = False
        right = nft_words.LOADS[left].unpack(mask, value)
        if right is None:
            return None
        matches.append(_nft.Match(left, _OP_NAMES[op ^ 1 if expression == "ct" else op], right))
    if asked or not tokens or tokens[-1] is None or tokens[-1][0] != "verdict":
        return None
    return tuple(matches), tokens[-1][1]


def _number(value, default=0):
    return _BE32.unpack(value)[0] if value is not None else default


def text_of(value):
    return value.rstrip(b"\0").decode("utf-8", "replace")
