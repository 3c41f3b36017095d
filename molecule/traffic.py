# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real traffic, with plain sockets: run inside a node or a container of it.

  traffic.py serve ADDRESS             echo (TCP and UDP, port 7) and discard (TCP, port 9) until standard input ends;
                                       prints the address of everybody who comes
  traffic.py icmp ADDRESS SIZE [df]    an echo request with SIZE octets
  traffic.py tcp|udp ADDRESS SIZE [PORT]
                                       SIZE octets to the echo server, or to where PORT leads
  traffic.py flood ADDRESS SECONDS     as much as goes to the discard server; prints octets per second, as it received them

The others print "same" when what was sent came back, octet for octet, else why not.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import threading
import time

ECHO, DISCARD = 7, 9
PATIENCE = 2.0
CHUNK = bytes(1 << 20)


def connection(address, port, kind=socket.SOCK_STREAM, protocol=0):
    family, _kind, _protocol, _name, target = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
    connected = socket.socket(family, kind, protocol)
    connected.settimeout(PATIENCE)
    connected.connect(target)
    return connected


def everything(stream):
    """What comes until the other side has nothing more to say."""
    return b"".join(iter(lambda: stream.recv(len(CHUNK)), b""))


# -- the server


def serve(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for work, kind, port in (answer, socket.SOCK_STREAM, ECHO), (answer_datagram, socket.SOCK_DGRAM, ECHO), (swallow, socket.SOCK_STREAM, DISCARD):
        server = socket.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        if kind == socket.SOCK_STREAM:
            server.listen()
        threading.Thread(target=forever, args=(work, server), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


def forever(work, server):
    while True:
        print(work(server)[0], flush=True)


def answer(server):
    stream, peer = server.accept()
    with stream:
        stream.sendall(everything(stream))
    return peer


def answer_datagram(server):
    said, peer = server.recvfrom(65536)
    server.sendto(said, peer)
    return peer


def swallow(server):
    stream, peer = server.accept()
    with stream:
        started, size, room = time.monotonic(), 0, bytearray(len(CHUNK))
        while got := stream.recv_into(room):
            size += got
        stream.sendall(b"%d" % (size / (time.monotonic() - started)))
    return peer


# -- the clients


def tcp(address, size, port=ECHO):
    sent = os.urandom(int(size))
    with connection(address, int(port)) as stream:
        stream.sendall(sent)
        stream.shutdown(socket.SHUT_WR)
        return everything(stream) == sent


def udp(address, size, port=ECHO):
    sent = os.urandom(int(size))
    with connection(address, int(port), socket.SOCK_DGRAM) as datagrams:
        datagrams.send(sent)
        return datagrams.recv(65536) == sent


def icmp(address, size, fragments="may"):
    """An echo request (RFC 792, RFC 4443) over a raw socket; the kernel sums up what IPv6 wants summed up."""
    six = ":" in address
    asked, answered = (128, 129) if six else (8, 0)
    sent = os.urandom(int(size))
    body = struct.pack("!HH", os.getpid() & 0xFFFF, 1) + sent
    header = struct.pack("!BBH", asked, 0, 0 if six else checksum(struct.pack("!BBH", asked, 0, 0) + body))
    with connection(address, 0, socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP) as raw:
        if fragments == "df":
            raw.setsockopt(*((socket.IPPROTO_IPV6, 23, 2) if six else (socket.IPPROTO_IP, 10, 2)))  # MTU_DISCOVER, DO
        raw.send(header + body)
        until = time.monotonic() + PATIENCE
        while select.select([raw], [], [], max(0, until - time.monotonic()))[0]:
            packet = raw.recv(65536)
            message = packet if six else packet[(packet[0] & 15) * 4 :]
            if message[0] == answered and message[4:8] == body[:4]:
                return message[8:] == sent
    raise TimeoutError("timed out")


def checksum(octets):
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets[: len(octets) // 2 * 2])) + (octets[-1] << 8 if len(octets) % 2 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def flood(address, seconds):
    with connection(address, DISCARD) as stream:
        until = time.monotonic() + float(seconds)
        while time.monotonic() < until:
            stream.sendall(CHUNK)
        stream.shutdown(socket.SHUT_WR)
        return everything(stream).decode()


def main(what, *arguments):
    try:
        found = {"serve": serve, "tcp": tcp, "udp": udp, "icmp": icmp, "flood": flood}[what](*arguments)
    except OSError as error:
        found = "no: %s" % error
    if what != "serve":
        print({True: "same", False: "no: what came back is not what was sent"}.get(found, found))


if __name__ == "__main__":
    main(*sys.argv[1:])
