# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules on the wire, without a kernel: the bytes are pyroute2's own, and what a kernel lacks is named."""

from __future__ import annotations

import errno
from ipaddress import ip_network

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils import _nft
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import nft, nft_answers
from ansible_collections.linuxnet.container.plugins.module_utils._kernel.netlink import NetlinkError, attributes
from ansible_collections.linuxnet.container.plugins.module_utils._kernel.netlink import encode as encode_message

nftsocket = pytest.importorskip("pyroute2.netlink.nfnetlink.nftsocket")

CHAIN = _nft.Chain("postrouting", "nat", "postrouting", 100, "accept")
MASQUERADE = _nft.Rule(
    "postrouting",
    (_nft.Match("ip saddr", "==", ip_network("10.1.0.0/20")), _nft.Match("oifname", "!=", "br-blue")),
    "masquerade",
)


def element(name, *attrs):
    return {"attrs": [("NFTA_EXPR_NAME", name), ("NFTA_EXPR_DATA", {"attrs": list(attrs)})]}


def value(data):
    return {"attrs": [("NFTA_DATA_VALUE", data)]}


def compare(op, data):
    return element("cmp", ("NFTA_CMP_SREG", 1), ("NFTA_CMP_OP", op), ("NFTA_CMP_DATA", value(data)))


def test_a_rule_is_byte_for_byte_what_pyroute2_makes_of_it():
    payload = [("DREG", 1), ("BASE", 1), ("OFFSET", 12), ("LEN", 4)]
    bitwise = [("SREG", 1), ("DREG", 1), ("LEN", 4), ("MASK", value(b"\xff\xff\xf0\0")), ("XOR", value(bytes(4)))]
    expressions = [
        element("meta", ("NFTA_META_KEY", 15), ("NFTA_META_DREG", 1)),
        compare(0, b"\2"),
        element("payload", *(("NFTA_PAYLOAD_" + name, data) for name, data in payload)),
        element("bitwise", *(("NFTA_BITWISE_" + name, data) for name, data in bitwise)),
        compare(0, b"\x0a\1\0\0"),
        element("meta", ("NFTA_META_KEY", 7), ("NFTA_META_DREG", 1)),
        compare(1, b"br-blue".ljust(16, b"\0")),
        element("masq"),
    ]
    attrs = [("TABLE", "linuxnet"), ("CHAIN", "postrouting"), ("EXPRESSIONS", expressions)]
    wanted = encode_message(
        nftsocket.nft_rule_msg, {"nfgen_family": 1}, [("NFTA_RULE_" + name, data) for name, data in attrs]
    )
    assert nft.encode([_nft.AddRule(MASQUERADE)])[1].body == wanted


def test_the_deletion_of_a_rule_is_byte_for_byte_what_pyroute2_makes_of_it():
    attrs = [("NFTA_RULE_TABLE", "linuxnet"), ("NFTA_RULE_CHAIN", "postrouting"), ("NFTA_RULE_HANDLE", 7)]
    wanted = encode_message(nftsocket.nft_rule_msg, {"nfgen_family": 1}, attrs)
    assert nft.encode([_nft.DeleteRule("postrouting", 7)])[1].body == wanted


def test_a_comment_is_the_user_data_that_nft_writes():
    rule = _nft.Rule("c", (), "drop", "blue")
    body = nft.encode([_nft.AddRule(rule)])[1].body
    assert attributes(body, 4)[7] == b"\x00\x05blue\x00"


def test_a_transaction_has_its_begin_and_end():
    messages = nft.encode([_nft.AddTable(), _nft.AddChain(CHAIN)])
    assert [message.type for message in messages] == [0x10, 0xA00, 0xA03, 0x11]
    assert messages[0].body == messages[-1].body == b"\0\0\0\x0a"


class Kernel:
    """A kernel that refuses the message at ``index`` of every transaction that is long enough."""

    def __init__(self, index, number):
        self.index, self.number = index, number

    def transaction(self, messages):
        if len(messages) > self.index:
            raise NetlinkError(self.index, self.number)

    def get(self, kind, body):
        raise NetlinkError(0, self.number)


@pytest.mark.parametrize(
    "index, number, lacking",
    [
        (0, errno.EOPNOTSUPP, "nf_tables"),
        (1, errno.EAFNOSUPPORT, "nf_tables"),
        (2, errno.ENOENT, "nf_tables NAT"),
        (3, errno.ENOENT, "nf_tables masquerade"),
        (4, errno.ENOENT, ""),
        (0, errno.EPERM, ""),
    ],
)
def test_what_the_kernel_lacks_has_a_name(index, number, lacking):
    assert nft.missing(Kernel(index, number)) == lacking


def test_a_rule_refused_for_what_the_kernel_lacks_says_so():
    operations = [_nft.AddTable(), _nft.AddChain(CHAIN), _nft.AddRule(MASQUERADE)]
    with pytest.raises(nft.Unsupported, match="^this kernel has no nf_tables masquerade$"):
        nft.apply(Kernel(3, errno.ENOENT), operations)
    with pytest.raises(nft.Refused) as refused:
        nft.apply(Kernel(3, errno.EEXIST), operations)
    assert refused.value.operation == operations[2]
    with pytest.raises(nft.Refused) as refused:
        nft.apply(Kernel(0, errno.EPERM), operations)
    assert (refused.value.operation, refused.value.errno) == (None, errno.EPERM)


def test_a_kernel_without_nf_tables(monkeypatch):
    def refuse(protocol):
        raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")

    with pytest.raises(nft.Unsupported, match="^this kernel has no nf_tables$"):
        nft_answers.read(Kernel(0, errno.EINVAL))
    monkeypatch.setattr(nft, "Netlink", refuse)
    with pytest.raises(nft.Unsupported, match="^this kernel has no nf_tables$"):
        nft.connect()


def test_nothing_to_do_is_not_sent():
    nft.apply(Kernel(0, errno.EPERM), [])


NFPROTO = [("load", "meta", 15, None), ("cmp", 0, b"\2")]
SADDR = [("load", "payload", 12, 2), ("cmp", 0, b"\x0a\1")]
DROP = ("verdict", "drop")


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [DROP, DROP],
        [*SADDR, DROP],
        [*NFPROTO, DROP],
        [*NFPROTO, *SADDR],
        [*NFPROTO, *NFPROTO, *SADDR, DROP],
        [*NFPROTO, ("load", "payload", 12, 4), ("cmp", 0, b"\x0a\1"), DROP],
        [*NFPROTO, ("load", "payload", 12, 2), DROP],
        [*NFPROTO, ("load", "payload", 12, 2), ("mask", b"\xff\0"), DROP],
        [*NFPROTO, ("load", "payload", 12, 2), None, ("cmp", 0, b"\x0a\1"), DROP],
        [*NFPROTO, *SADDR, None, DROP],
        [*NFPROTO, *SADDR, ("jump", "there")],
        [*NFPROTO, *SADDR, None],
    ],
)
def test_expressions_that_we_do_not_write_are_no_rule(tokens):
    assert nft_answers.parse([*NFPROTO, *SADDR, DROP], "inet")[1] == "drop"
    assert nft_answers.parse(tokens, "inet") is None
