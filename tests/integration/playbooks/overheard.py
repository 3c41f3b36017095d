# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the VXLAN packets that arrive at a device until standard input ends: overheard.py DEVICE MAC...

Prints "ready" when it listens, and at the end {"unicast": N, "broadcast": N}: frames inside for one of the MACs, and for everybody.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys

ETH_P_ALL, ETH_P_IP, UDP, VXLAN_PORT = 3, 0x0800, 17, 4789


def inner(frame):
    """The Ethernet frame inside a VXLAN packet over IPv4; None when ``frame`` is something else."""
    if len(frame) < 14 + 20 + 8 + 8 + 14 or struct.unpack_from("!H", frame, 12)[0] != ETH_P_IP or frame[23] != UDP:
        return None
    udp = 14 + (frame[14] & 0x0F) * 4
    return frame[udp + 16 :] if struct.unpack_from("!H", frame, udp + 2)[0] == VXLAN_PORT else None


def main(device, *macs):
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in macs]
    seen = {"unicast": 0, "broadcast": 0}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as ear:
        ear.bind((device, ETH_P_ALL))
        print("ready", flush=True)
        open_end = True
        while True:
            ready = select.select([ear] + [sys.stdin] * open_end, [], [], None if open_end else 0.3)[0]
            if sys.stdin in ready:
                open_end = False  # what is on its way still arrives
            elif not ready:
                break
            if ear in ready:
                frame, (_device, _protocol, kind, *_rest) = ear.recvfrom(65535)
                packet = inner(frame) if kind != socket.PACKET_OUTGOING else None
                if packet:
                    seen["broadcast"] += packet[0] & 1
                    seen["unicast"] += packet[:6] in macs
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
