# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's tables back again, as the rules of ``_nft.py``.

Source: linux/netfilter/nf_tables.h and nfnetlink.h.
"""

from __future__ import annotations

import errno
import hashlib
import ipaddress
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
_EXPR_NAME, _EXPR_DATA = nft_words.EXPR_NAME, nft_words.EXPR_DATA
_DATA_VALUE, _DATA_VERDICT = nft_words.DATA_VALUE, 2
_VERDICT_CODE, _VERDICT_CHAIN = 1, 2
_OP_NAMES = {number: name for name, number in nft_words.OPS.items()}
_VERDICT_NAMES = {number: name for name, number in nft_words.VERDICTS.items()}
_JUMP, _GOTO = -3, -4


class Contents(NamedTuple):
    """What is in a table: ``chains`` (list of Chain), ``rules`` (list of (handle, Rule or Unknown)) in its order, ``maps``
    (list of Map, with no key or data when it is none of ours), and ``elements`` of those that are (list of Element)."""

    chains: list
    rules: list
    maps: list
    elements: list


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
    maps = _maps(netlink, table)
    elements = [element for one in maps if one == _nft.MAPS.get(one.name) for element in _elements(netlink, table, one)]
    return Contents(chains, [_decode_rule(attrs, table.family) for attrs in all_rules(netlink, table)], maps, elements)


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


def _maps(netlink, table):
    """The sets and maps that have a name."""
    header = nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0)
    found = []
    for _kind, body in netlink.dump(nft_words.GETSET, header + nft_words.attribute(nft_words.SET_TABLE, nft_words.string(table.name))):
        attrs = attributes(body, nft_words.NFGENMSG.size)
        flags = _number(attrs.get(nft_words.SET_FLAGS))
        if flags & nft_words.SET_F_ANONYMOUS:
            continue
        key, data = (nft_words.types_of(_number(attrs.get(kind))) for kind in (nft_words.SET_KEY_TYPE, nft_words.SET_DATA_TYPE))
        plain = flags & ~nft_words.SET_F_CONCAT == nft_words.SET_F_MAP and key and data
        found.append(_nft.Map(text_of(attrs[nft_words.SET_NAME]), key if plain else (), data if plain else ()))
    return found


def _elements(netlink, table, of):
    names = nft_words.attribute(nft_words.ELEMENTS_TABLE, nft_words.string(table.name)) + nft_words.attribute(
        nft_words.ELEMENTS_SET, nft_words.string(of.name)
    )
    for _kind, body in netlink.dump(nft_words.GETSETELEM, nft_words.NFGENMSG.pack(nft_words.FAMILIES[table.family], 0) + names):
        for _list, element in attribute_list(attributes(body, nft_words.NFGENMSG.size).get(nft_words.ELEMENTS, b"")):
            attrs = attributes(element)
            key, data = (attributes(attrs[kind])[_DATA_VALUE] for kind in (nft_words.ELEMENT_KEY, nft_words.ELEMENT_DATA))
            comment = _comment(attrs.get(nft_words.ELEMENT_USERDATA, b""))
            yield _nft.Element(of.name, nft_words.unpack_fields(of.key, key), nft_words.unpack_fields(of.data, data), comment)


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
    """An expression as ("load", expression, key, length or None), ("mask", bytes), ("cmp", op, bytes), ("more", expression,
    base, key, register) for what is asked of a map, ("map", name), ("address", register, bytes), ("nat", numbers),
    ("verdict", word), ("jump" or "goto", chain), or None for what we never write."""
    attrs = attributes(element)
    name, data = text_of(attrs[_EXPR_NAME]), attributes(attrs.get(_EXPR_DATA, b""))
    numbers = {kind: _number(value) for kind, value in data.items() if len(value) == 4}
    if name in ("meta", "ct"):
        if set(data) == {1, 2} and numbers[1] == nft_words.REG_1:
            return ("load", name, numbers[2], None)
        if set(data) == {1, 2} and name == "meta":
            return ("more", name, 0, numbers[2], numbers[1])
    elif name == "fib":
        if set(data) == {1, 2, 3} and numbers == {1: nft_words.REG_1, 2: nft_words.FIB_ADDRTYPE, 3: nft_words.FIB_DADDR}:
            return ("load", name, numbers[2], None)
    elif name == "payload":
        if set(data) == {1, 2, 3, 4} and numbers[1] == nft_words.REG_1 and numbers[2] == nft_words.NETWORK_HEADER:
            return ("load", name, numbers[3], numbers[4])
        if set(data) == {1, 2, 3, 4}:
            return ("more", name, numbers[2], numbers[3], numbers[1])
    elif name == "lookup":
        if numbers.get(2) == numbers.get(3) == nft_words.REG_1 and not numbers.get(5):
            return ("map", text_of(data[1]))
    elif name == "nat":
        # The flags say no more than which of the registers are used.
        if set(data) <= {1, 2, 3, 4, 5, 6, 7} and not numbers.get(7, 0) & ~3:
            return ("nat",) + tuple(numbers.get(kind) for kind in range(1, 7))
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
    elif name == "immediate" and numbers[1] != 0:
        return ("address", numbers[1], attributes(data[2]).get(_DATA_VALUE, b""))
    elif name == "immediate" and numbers[1] == 0:
        verdict = attributes(attributes(data[2]).get(_DATA_VERDICT, b""))
        code = struct.unpack(">i", verdict[_VERDICT_CODE])[0]
        if code in (_JUMP, _GOTO):
            return ("jump" if code == _JUMP else "goto", text_of(verdict[_VERDICT_CHAIN]))
        if code in _VERDICT_NAMES:
            return ("verdict", _VERDICT_NAMES[code])
    return None


def _translation(tokens):
    """``tokens`` with Snat or Dnat as one verdict, when they end in one of ours."""
    families = {number: name for name, number in nft_words.NFPROTO.items()}
    if not tokens or not tokens[-1] or tokens[-1][0] != "nat" or tokens[-1][2] not in families:
        return tokens
    _nat, kind, family, *registers = tokens[-1]
    family, first = families[family], nft_words.REG_1
    start = len(tokens) - 2
    if kind == nft_words.NAT_SNAT:
        last = registers[1] if registers[1] is not None else first
        start -= last - first
        ends = tokens[max(start, 0) : -1]
        if registers != [first, last, None, None] or [one and one[:2] for one in ends] != [("address", one) for one in range(first, last + 1)]:
            return tokens
        verdict = _nft.Snat(*(ipaddress.ip_address(ends[end][2]) for end in (0, -1)))
        return tokens[:start] + [("verdict", verdict)] if verdict.family == family else tokens
    of = _nft.MAPS.get(tokens[start][1]) if start > 0 and tokens[start] and tokens[start][0] == "map" else None
    if of is None or kind != nft_words.NAT_DNAT:
        return tokens
    start -= len(of.key)
    port = nft_words.register(nft_words.TYPES[of.data[0]].size)
    words, offset = [], 0
    for token in tokens[max(start, 0) : -2]:
        if token and token[0] == "load":
            token = ("more", token[1], nft_words.NETWORK_HEADER if token[1] == "payload" else 0, token[2], nft_words.REG_1)
        word = {load: word for word, load in nft_words.KEY_LOADS.items()}.get(token[1:4]) if token and token[0] == "more" else None
        if word is None or token[4] != nft_words.register(offset):
            return tokens
        words.append(word)
        offset += nft_words.room(nft_words.TYPES[_nft.KEYS[word]].size)
    if registers != [first, first, port, port] or tuple(_nft.KEYS[word] for word in words) != of.key:
        return tokens
    return tokens[:start] + [("verdict", _nft.Dnat(family, tuple(words), of.name))]


def parse(tokens, family):
    """(matches, verdict) when ``tokens`` are a rule of our language, else None. Raises ValueError."""
    tokens = _translation(tokens)
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
    if not tokens or tokens[-1] is None or tokens[-1][0] != "verdict":
        return None
    # A map that is asked with an address asks of its family first, and nothing else does without a match.
    if asked != (family == "inet" and isinstance(tokens[-1][1], _nft.Dnat) and tokens[-1][1].key[0] == "%s daddr" % proto and not _speaks(matches)):
        return None
    return tuple(matches), tokens[-1][1]


def _speaks(matches):
    """Whether one of ``matches`` is of a family."""
    return any(_nft.family_of(match.left) for match in matches)


def _number(value, default=0):
    return nft_words.BE32.unpack(value)[0] if value is not None else default


def text_of(value):
    return value.rstrip(b"\0").decode("utf-8", "replace")
