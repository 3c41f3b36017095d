# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small server for labs: tells everybody who asks, over UDP or TCP, from which address the question came.

Uses the standard library alone, because the lab hands this file's text to a bare Python inside a node.
The answer is ``QUESTION ADDRESS PORT`` over UDP and ``ADDRESS PORT`` over TCP, one line of text.
"""

from __future__ import annotations

import os
import socket
import sys
import threading

#: Where whoami listens unless told otherwise.
PORT = 7007

#: Linux's own numbers: Python names only the one for IPv6.
IP_PKTINFO = 8


def listen(family: int, kind: int, port: int) -> socket.socket:
    """A socket of ``kind`` that hears ``port`` on every address of ``family``.  Raises OSError when it is taken."""
    server = socket.socket(family, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
    if kind == socket.SOCK_STREAM:
        server.listen(64)
    return server


def answer_udp(server: socket.socket) -> None:
    """Answer for ever.  An answer leaves from the very address that was asked, so that no route decides it."""
    if server.family == socket.AF_INET6:
        level, option, wanted = socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, socket.IPV6_RECVPKTINFO
    else:
        level, option, wanted = socket.IPPROTO_IP, IP_PKTINFO, IP_PKTINFO
    server.setsockopt(level, wanted, 1)
    while True:
        question, extra, _flags, peer = server.recvmsg(2048, 256)
        asked = [(level, option, data) for at, kind, data in extra if (at, kind) == (level, option)]
        try:
            server.sendmsg([question.strip() + (" %s %d\n" % peer[:2]).encode()], asked, 0, peer)
        except OSError:
            pass  # the asker cannot be reached; others can


def answer_tcp(server: socket.socket) -> None:
    """Answer for ever, one caller at a time."""
    while True:
        caller, peer = server.accept()
        with caller:
            try:
                caller.sendall(("%s %d\n" % peer[:2]).encode())
            except OSError:
                pass  # the caller is gone already


def main(port: int) -> None:
    """Serve both protocols over both families, in the background; says the server's process id once all four listen."""
    works = [
        (answer, listen(family, kind, port))
        for kind, answer in ((socket.SOCK_DGRAM, answer_udp), (socket.SOCK_STREAM, answer_tcp))
        for family in (socket.AF_INET, socket.AF_INET6)
    ]
    if os.fork():
        return
    os.write(1, b"%d\n" % os.getpid())
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for answer, server in works:  # threads do not survive a fork, and their objects do not either
        threading.Thread(target=answer, args=(server,)).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
