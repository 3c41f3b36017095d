# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""COUNT hosts on one bridge with Mininet's own Python interface, in the node that this runs in; prints seconds as JSON."""

import json
import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge


def main(count):
    started = time.monotonic()
    net = Mininet(controller=None, switch=LinuxBridge, build=False)
    bridge = net.addSwitch("br0")
    for number in range(count):
        host = net.addHost("c%d" % number, ip="10.1.%d.%d/16" % (number // 250, number % 250 + 2), defaultRoute="via 10.1.0.1")
        net.addLink(host, bridge)
    net.build()
    net.start()
    found = {"create": time.monotonic() - started}
    started = time.monotonic()
    net.stop()
    found["remove"] = time.monotonic() - started
    json.dump(found, sys.stdout)


main(int(sys.argv[1]))
