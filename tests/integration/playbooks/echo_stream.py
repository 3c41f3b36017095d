# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An echo request every 20 ms until standard input ends, or COUNT of them: echo_stream.py ADDRESS [COUNT].

Prints "ready" once the first one was answered (or COUNT is given), and at the end {"asked": N, "answered": N}.
"""

from __future__ import annotations

import json
import select
import socket
import sys

from ansible_collections.linuxnet.container.plugins.module_utils._probe_echo import Echo


def main(address, count=None):
    family, _kind, _protocol, _name, destination = socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
    asked = answered = 0
    with Echo(family, destination) as echo:
        while count is None and echo.once(56, 1)[0] is None and not select.select([sys.stdin], [], [], 0)[0]:
            pass  # the first answers may wait for ARP
        print("ready", flush=True)
        while asked < int(count) if count else not select.select([sys.stdin], [], [], 0.02)[0]:
            asked += 1
            answered += echo.once(56, 1)[0] is not None
    print(json.dumps({"asked": asked, "answered": answered}))


if __name__ == "__main__":
    main(*sys.argv[1:])
