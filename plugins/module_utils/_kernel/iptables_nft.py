# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``_iptables.py`` in iptables' tables of nf_tables, in iptables' own encoding: it lists what it knows, and calls a
chain with anything else incompatible, on which Docker fails.

Source: what iptables-nft 1.8.9 sends, linux/netfilter/nf_tables_compat.h, xt_conntrack.h and xt_tcpudp.h.
"""

from __future__ import annotations

import ipaddress
import struct

from .. import _iptables, _nft
from .._kinds.iptables import STRANGE, IptablesRule
from . import nft, nft_answers, nft_words
from .netlink import NLM_F_CREATE, Message, NetlinkError, attribute_list, attributes

_META_L4PROTO, _UDP = 16, 17
_RULE_COMPAT = 5
_TRANSPORT_HEADER, _DESTINATION_PORT = b"\0\0\0\2", 2
_INTERFACES = {"-i": 6, "-o": 7}  # NFT_META_IIFNAME, NFT_META_OIFNAME
_ADDRESSES = {"-s": "saddr", "-d": "daddr"}
#: struct xt_conntrack_mtinfo3 from its fourteenth word on: the flags that say "states", and the states; all before and behind is 0.
_CONNTRACK = struct.Struct("=146xHHHH14x")
_BY_STATE = 1
_UDP_PORTS = struct.Struct("=HHHHB7x")  # struct xt_udp, filled up to a multiple of eight
_COMMENT_SIZE = 256
_BE32 = struct.Struct(">I")


def encode(rule: IptablesRule) -> bytes:
    """The elements of NFTA_RULE_EXPRESSIONS."""
    given = _iptables.parse(rule.words, rule.family)
    parts = []
    for option, key in _INTERFACES.items():
        if option in given:
            parts += [_load("meta", (2, key), (1, nft_words.REG_1)), _compare(given[option].encode() + b"\0")]
    if "-p" in given:
        parts += [_load("meta", (2, _META_L4PROTO), (1, nft_words.REG_1)), _compare(bytes((_UDP,)))]
    for option, word in _ADDRESSES.items():
        if option in given:
            load = nft_words.LOADS["%s %s" % (rule.family, word)]
            mask, value = load.pack(ipaddress.ip_network(given[option]))
            parts.append(_load("payload", (1, nft_words.REG_1), (2, nft_words.NETWORK_HEADER), (3, load.key), (4, len(value))))
            if mask is not None:
                numbers = _numbers((1, nft_words.REG_1), (2, nft_words.REG_1), (3, len(mask)))
                parts.append(_expression("bitwise", numbers + _data(4, mask) + _data(5, bytes(len(mask)))))
            parts.append(_compare(value))
    if "--dport" in given:
        port = int(given["--dport"])
        parts.append(_match("udp", 0, _UDP_PORTS.pack(0, 65535, port, port, 0)))
    if "--ctstate" in given:
        states = sum(_iptables.CT_STATES[state] for state in given["--ctstate"].split(","))
        parts.append(_match("conntrack", 3, _CONNTRACK.pack(_BY_STATE, 0, states, 0)))
    parts.append(_match("comment", 0, given["--comment"].encode().ljust(_COMMENT_SIZE, b"\0")))
    parts.append(_expression("counter", b"".join(nft_words.attribute(kind, bytes(8)) for kind in (1, 2))))
    verdict = nft_words.attribute(2, nft_words.attribute(1, _BE32.pack(nft_words.VERDICTS["accept"])))
    parts.append(_expression("immediate", _numbers((1, 0)) + nft_words.attribute(2, verdict)))
    return b"".join(parts)


def decode(family: str, table: str, attrs):
    """The IptablesRule in the attributes of a rule; None when it does not carry our mark."""
    expressions = attrs.get(nft_words.RULE_EXPRESSIONS, b"")
    if _iptables.OWNER.encode() not in expressions:
        return None
    owner, known = ("", ""), True
    given: dict = {}
    loaded = mask = None
    for _kind, element in attribute_list(expressions):
        token = nft_answers.token(element)
        name, data = _opened(element)
        if name == "match" and data[1] == b"comment\0":
            owner = _iptables.owner_of(data[3].split(b"\0")[0].decode("utf-8", "replace"))
        elif name == "match":
            known = _matched(given, data) and known
        elif name == "payload" and data[2] == _TRANSPORT_HEADER:
            # As iptables itself writes a port from 1.8.8 on, which older ones do not list.
            loaded, mask = ("load", "transport", _BE32.unpack(data[3])[0], None), None
        elif token and token[0] == "load":
            loaded, mask = token, None
        elif token and token[0] == "mask":
            mask = token[1]
        elif token and token[0] == "cmp":
            known = _compared(given, family, loaded, mask, token) and known
        elif name != "counter" and token != ("verdict", "accept"):
            known = False
    if not any(owner):
        return None
    chain = nft_answers.text_of(attrs[nft_words.RULE_CHAIN])
    handle = nft_words.BE64.unpack(attrs[nft_words.RULE_HANDLE])[0]
    words = _iptables.words(*owner, **given) if known else (STRANGE, nft_answers.unknown(chain, "", expressions).fingerprint)
    return IptablesRule(False, family, table, chain, words, *owner, handle)


def _matched(given, data) -> bool:
    """Note in ``given`` what an extension of iptables compares; whether we know it."""
    which = data[1], _BE32.unpack(data[2])[0]
    if which == (b"udp\0", 0):
        low, high, port, last, inverted = _UDP_PORTS.unpack(data[3][: _UDP_PORTS.size])
        given["dport"] = port
        return (low, high, port, inverted) == (0, 65535, last, 0)
    if which == (b"conntrack\0", 3) and len(data[3]) == _CONNTRACK.size:
        states = _CONNTRACK.unpack(data[3])[2]
        given["ctstate"] = ",".join(state for state, bit in _iptables.CT_STATES.items() if states & bit)
        return data[3] == _CONNTRACK.pack(_BY_STATE, 0, states, 0) and not states & ~sum(_iptables.CT_STATES.values())
    return False


def _compared(given, family, loaded, mask, compare) -> bool:
    _cmp, op, value = compare
    if op or loaded is None:
        return False
    _what, expression, key, _length = loaded
    for option, number in _INTERFACES.items():
        if (expression, key) == ("meta", number) and value.endswith(b"\0"):
            given[option[1:]] = value.rstrip(b"\0").decode("utf-8", "replace")
            return True
    if (expression, key, len(value)) == ("transport", _DESTINATION_PORT, 2):
        given["dport"] = int.from_bytes(value, "big")
        return True
    if (expression, key, value) == ("meta", _META_L4PROTO, bytes((_UDP,))):
        given["p"] = "udp"
        return True
    for option, word in _ADDRESSES.items():
        load = nft_words.LOADS["%s %s" % (family, word)]
        if (expression, key) == ("payload", load.key):
            given[option[1:]] = load.unpack(mask, value)
            return given[option[1:]] is not None
    return False


def apply(changes) -> None:
    """Insert ("-I") or delete ("-D") rules, [(verb, IptablesRule)], all in one transaction or none. Raises nft.Refused, whose
    ``operation`` is one of ``changes``."""
    batch = struct.pack(">BBH", 0, 0, nft.SUBSYSTEM)
    messages = [Message(nft.BATCH_BEGIN, 0, batch)]
    messages += [_insert(rule) if verb == "-I" else _delete(rule) for verb, rule in changes]
    messages.append(Message(nft.BATCH_END, 0, batch))
    with nft.connect() as netlink:
        try:
            netlink.transaction(messages)
        except NetlinkError as error:
            raise nft.Refused(changes[error.index - 1] if 0 < error.index <= len(changes) else None, error) from error


def _insert(rule):
    parts = [nft_words.attribute(nft_words.RULE_EXPRESSIONS, encode(rule))]
    if "-p" in rule.words:
        # Extensions of a protocol ask which one it is.
        parts.append(nft_words.attribute(_RULE_COMPAT, _numbers((1, _UDP), (2, 0))))
    # Without NLM_F_APPEND: at the head of the chain.
    return Message(nft_words.NEWRULE, NLM_F_CREATE, nft.rule_body(_nft.Table(rule.family, rule.table), rule.chain, parts))


def _delete(rule):
    handle = nft_words.attribute(nft_words.RULE_HANDLE, nft_words.BE64.pack(rule.handle))
    return Message(nft_words.DELRULE, 0, nft.rule_body(_nft.Table(rule.family, rule.table), rule.chain, [handle]))


def _opened(element):
    attrs = attributes(element)
    return nft_answers.text_of(attrs[1]), attributes(attrs.get(2, b""))


def _expression(name, data):
    return nft_words.attribute(1, nft_words.attribute(1, nft_words.string(name)) + nft_words.attribute(2, data))


def _numbers(*numbers):
    return b"".join(nft_words.attribute(kind, _BE32.pack(number)) for kind, number in numbers)


def _data(kind, value):
    return nft_words.attribute(kind, nft_words.attribute(1, value))


def _load(name, *numbers):
    return _expression(name, _numbers(*numbers))


def _compare(value):
    return _expression("cmp", _numbers((1, nft_words.REG_1), (2, nft_words.OPS["=="])) + _data(3, value))


def _match(name, revision, info):
    return _expression("match", nft_words.attribute(1, nft_words.string(name)) + _numbers((2, revision)) + nft_words.attribute(3, info))
