# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the containers c0 and c1 of the node that this runs in: one TCP stream and small datagrams; prints JSON."""

import ctypes
import json
import os
import socket
import sys
import time

SERVER, STREAM, ECHO = "10.1.0.3", 5001, 5007
SECONDS, ROUNDS = 1.0, 5000
CHUNK = bytes(1 << 20)


def enter(name):
    descriptor = os.open("/run/netns/" + name, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000):
        sys.exit("cannot enter " + name)


def serve(ready):
    enter("c1")
    listener, echo = socket.create_server((SERVER, STREAM)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.bind((SERVER, ECHO))
    os.write(ready, b"!")
    stream = listener.accept()[0]
    room = bytearray(len(CHUNK))
    while stream.recv_into(room):
        pass
    while True:
        said, peer = echo.recvfrom(100)
        echo.sendto(said, peer)
        if said == b"end":
            os._exit(0)


def main():
    heard, ready = os.pipe()
    if not os.fork():
        serve(ready)
    os.read(heard, 1)
    enter("c0")
    with socket.create_connection((SERVER, STREAM)) as stream:
        for warm in (True, False):
            started, sent = time.monotonic(), 0
            while time.monotonic() - started < (0.2 if warm else SECONDS):
                sent += stream.send(CHUNK)
            took = time.monotonic() - started
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.connect((SERVER, ECHO))
    echo.settimeout(5)
    times = []
    for number in range(ROUNDS):
        asked = time.perf_counter()
        echo.send(b"end" if number == ROUNDS - 1 else b"x")
        echo.recv(100)
        times.append(time.perf_counter() - asked)
    os.wait()
    json.dump({"Gbit/s": sent * 8 / took / 1e9, "microseconds": sorted(times)[ROUNDS // 2] * 1e6}, sys.stdout)


main()
