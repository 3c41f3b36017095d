# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A netlink socket: many messages in one send, the kernel's own words in errors, dumps as raw attributes.

Source: netlink(7), linux/netlink.h. Message bodies come from pyroute2's message classes (`encode`); what is read
is unpacked here, because unpacking is where a library costs more than the kernel does.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from typing import NamedTuple

NETLINK_ROUTE = 0
NETLINK_NETFILTER = 12

NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_ROOT_MATCH = 0x300  # NLM_F_DUMP
NLM_F_REPLACE = 0x100
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_APPEND = 0x800

_NLM_F_DUMP_INTR = 0x10
_NLM_F_CAPPED = 0x100
_NLM_F_ACK_TLVS = 0x200
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLMSGERR_ATTR_MSG = 1
_SOL_NETLINK = 270
_NETLINK_CAP_ACK = 10
_NETLINK_EXT_ACK = 11
_NETLINK_GET_STRICT_CHK = 12

_HEADER = struct.Struct("=IHHII")
_ERROR = struct.Struct("=i")
_ATTRIBUTE = struct.Struct("=HH")
_NESTED_MASK = 0x3FFF

#: Bytes in one send: below the smallest default of net.core.wmem_max, with room for the kernel's overhead.
_SEND_MAX = 96 * 1024
#: The kernel's answers come in pieces of at most 32 KiB; a buffer that malloc(3) would map anew each time costs more than they do.
_RECEIVE = 1 << 16
_RECEIVE_BUFFER = 1 << 20
_DUMP_TRIES = 10


class Message(NamedTuple):
    """One netlink message without its header: message type, NLM_F_* flags, body."""

    type: int
    flags: int
    body: bytes


class NetlinkError(Exception):
    """The kernel refused a message.

    ``index``: position of the message in its batch; ``errno``: int; ``said``: the kernel's extended
    acknowledgement, or the text of the errno when it gave none.
    """

    def __init__(self, index: int, errno: int, said: str = ""):
        self.index = index
        self.errno = errno
        self.said = said or os.strerror(errno)
        super().__init__(self.said)


def attributes(body, offset: int = 0, end: int | None = None) -> dict:
    """The attributes (struct nlattr) in ``body`` from ``offset``: {type: bytes}; a repeated type keeps the last."""
    found = {}
    end = len(body) if end is None else end
    while offset + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(body, offset)
        if length < 4:
            break
        found[kind & _NESTED_MASK] = body[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def attribute_list(body, offset: int = 0) -> list:
    """The attributes in ``body`` in their order: [(type, bytes)]; for lists, whose elements share one type."""
    found = []
    while offset + 4 <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, offset)
        if length < 4:
            break
        found.append((kind & _NESTED_MASK, body[offset + 4 : offset + length]))
        offset += (length + 3) & ~3
    return found


def encode(message_class, fields: dict, attrs: list) -> bytes:
    """The body that pyroute2's ``message_class`` gives to header ``fields`` and ``attrs`` ([name, value] pairs)."""
    message = message_class()
    for key, value in fields.items():
        message[key] = value
    message["attrs"] = attrs
    message.encode()
    return bytes(message.data[_HEADER.size :])


class Netlink:
    """A netlink socket in the network namespace that the calling thread is in when it is made.

    It stays in that namespace wherever the thread goes afterwards. A context manager; not shared between threads.
    """

    def __init__(self, protocol: int = NETLINK_ROUTE):
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self._socket.bind((0, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        for option in (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK):
            try:
                self._socket.setsockopt(_SOL_NETLINK, option, 1)
            except OSError:
                # An older kernel: errors come without text, dumps unfiltered. Readers filter again anyway.
                continue
        self._sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self._socket.close()

    def batch(self, messages, tolerates=None) -> None:
        """Send ``messages`` (iterable of Message) in as few sends as fit; raise NetlinkError for the first refused.

        A batch is no transaction: within one send the messages behind a refused one are still carried out.
        ``tolerates``: (position, errno) -> whether that refusal is none.
        """
        pending: list = []
        size = first = 0
        for message in messages:
            length = (_HEADER.size + len(message.body) + 3) & ~3
            if pending and size + length > _SEND_MAX:
                self._send(pending, first, tolerates=tolerates)
                first += len(pending)
                pending, size = [], 0
            pending.append(message)
            size += length
        if pending:
            self._send(pending, first, tolerates=tolerates)

    def transaction(self, messages) -> None:
        """Send an nf_tables batch, its begin and end included, in one piece: all of it happens or nothing does."""
        messages = list(messages)
        size = sum(_HEADER.size + len(message.body) for message in messages)
        if size > _SEND_MAX:
            for option in (32, socket.SO_SNDBUF):  # SO_SNDBUFFORCE first: wmem_max does not bind root
                try:
                    self._socket.setsockopt(socket.SOL_SOCKET, option, 4 * size)
                    break
                except OSError:
                    continue
        # Kernels before 6.10 do not acknowledge the end of a batch: ask for it on the message before.
        try:
            self._send(messages, 0, asked=len(messages) - 2)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            said = "%d bytes are more than net.core.wmem_max allows in one transaction" % size
            raise NetlinkError(0, errno.EMSGSIZE, said) from error

    def dump(self, kind: int, body: bytes) -> list:
        """All answers to a dump request: [(message type, body)]; asked again when the tables changed meanwhile."""
        for _unused in range(_DUMP_TRIES):
            self._write([Message(kind, NLM_F_ROOT_MATCH, body)])
            answers, interrupted = [], False
            for answer_type, flags, sequence, answer in self._answers():
                interrupted = interrupted or bool(flags & _NLM_F_DUMP_INTR)
                if answer_type == _NLMSG_DONE:
                    code = _ERROR.unpack_from(answer)[0] if len(answer) >= 4 else 0
                    if code < 0:
                        raise NetlinkError(0, -code)
                    break
                if answer_type == _NLMSG_ERROR:
                    self._raise_for(answer, flags, 0)
                answers.append((answer_type, answer))
            if not interrupted:
                return answers
        raise NetlinkError(0, 4, "the kernel's table kept changing while it was read")

    def get(self, kind: int, body: bytes):
        """The body of the single answer to a request; None when there is no such object."""
        self._write([Message(kind, 0, body)])
        for answer_type, flags, sequence, answer in self._answers():
            if answer_type == _NLMSG_ERROR:
                error = -_ERROR.unpack_from(answer)[0]
                if error in (2, 19):  # ENOENT, ENODEV
                    return None
                self._raise_for(answer, flags, 0)
            return answer

    def get_many(self, requests) -> list:
        """The answers (body, or None for 'no such object') to many single requests, in a few sends.

        ``requests``: list of (type, body).
        """
        answers: list = []
        # Answers wait in the receive buffer until they are read: a chunk's must fit.
        for start in range(0, len(requests), 64):
            chunk = requests[start : start + 64]
            self._write([Message(kind, 0, body) for kind, body in chunk])
            for answer_type, flags, sequence, answer in self._answers():
                if answer_type == _NLMSG_ERROR:
                    error = -_ERROR.unpack_from(answer)[0]
                    if error not in (2, 19):
                        self._drain()
                        self._raise_for(answer, flags, len(answers))
                    answer = None
                answers.append(answer)
                if len(answers) == start + len(chunk):
                    break
        return answers

    def _send(self, messages, first: int, asked: int | None = None, tolerates=None):
        whole = asked is not None
        asked = len(messages) - 1 if asked is None else asked
        start = self._write(messages, asked)
        refused = None
        try:
            for answer_type, flags, sequence, answer in self._answers():
                if answer_type != _NLMSG_ERROR:
                    continue
                code = _ERROR.unpack_from(answer)[0]
                position = first + sequence - start
                if code and refused is None and not (tolerates and tolerates(position, -code)):
                    refused = (answer, flags, position)
                # A transaction that is refused gets no acknowledgement.
                if sequence - start == asked or (whole and code):
                    break
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            # More refusals than the buffer holds. The first ones are in it, and the send has waited for all of them.
            for answer_type, flags, sequence, answer in self._answers(socket.MSG_DONTWAIT):
                if answer_type == _NLMSG_ERROR and _ERROR.unpack_from(answer)[0] and refused is None:
                    refused = (answer, flags, first + sequence - start)
            if refused is None:
                raise
        if refused:
            self._drain()
            self._raise_for(*refused)

    def _write(self, messages, asked: int | None = None) -> int:
        """Send ``messages``, an acknowledgement asked for at position ``asked``; the first one's sequence number."""
        start = self._sequence + 1
        parts = []
        for position, message in enumerate(messages):
            self._sequence += 1
            flags = message.flags | NLM_F_REQUEST | (NLM_F_ACK if position == asked else 0)
            length = _HEADER.size + len(message.body)
            parts.append(_HEADER.pack(length, message.type, flags, self._sequence, 0))
            parts.append(message.body)
            if length & 3:
                parts.append(b"\0" * (4 - (length & 3)))
        self._socket.send(b"".join(parts))
        return start

    def _answers(self, receive_flags: int = 0):
        """Every message that arrives: (type, flags, sequence, body); with MSG_DONTWAIT, those that have arrived."""
        while True:
            try:
                data = self._socket.recv(_RECEIVE, receive_flags)
            except BlockingIOError:
                return
            offset = 0
            while offset + _HEADER.size <= len(data):
                length, kind, flags, sequence, _unused = _HEADER.unpack_from(data, offset)
                yield kind, flags, sequence, data[offset + _HEADER.size : offset + length]
                offset += (length + 3) & ~3

    def _drain(self):
        while True:
            try:
                self._socket.recv(_RECEIVE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise

    def _raise_for(self, answer, flags: int, index: int):
        code = -_ERROR.unpack_from(answer)[0]
        said = ""
        if flags & _NLM_F_ACK_TLVS:
            # int error + the refused message's header, its body too unless capped
            offset = 4 + _HEADER.size
            if not flags & _NLM_F_CAPPED:
                offset = 4 + _HEADER.unpack_from(answer, 4)[0]
            text = attributes(answer, offset).get(_NLMSGERR_ATTR_MSG, b"")
            said = bytes(text).rstrip(b"\0").decode("utf-8", "replace")
        raise NetlinkError(index, code, said)
