# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens on the ports of the namespace that the calling thread is in: proc(5), /proc/net/tcp and its like."""

from __future__ import annotations

import ipaddress
import os
import struct

# Of UDP and its like a socket that has no other end is TCP_CLOSE (include/net/tcp_states.h).
_TABLES = {"tcp": (("tcp", "tcp6"), "0A"), "udp": (("udp", "udp6"), "07"), "sctp": (("sctp/eps",), "")}


def listening(wanted) -> list:
    """[(protocol, address, port, process in words)] of the sockets that listen on one of ``wanted``: {(protocol, port)}.

    The address is 0.0.0.0 or :: for any. A socket on :: hears IPv4 too.
    """
    found = []
    for protocol in sorted({protocol for protocol, _port in wanted}):
        names, state = _TABLES[protocol]
        for name in names:
            for address, port, inode in _sockets(name, state):
                if (protocol, port) in wanted:
                    found.append((protocol, address, port, inode))
    owners = _owners({inode for _protocol, _address, _port, inode in found}) if found else {}
    return [(protocol, address, port, owners.get(inode, "a process that cannot be seen from here")) for protocol, address, port, inode in found]


def _sockets(name, state):
    try:
        with open("/proc/thread-self/net/" + name, encoding="ascii", errors="replace") as table:
            lines = table.read().splitlines()[1:]
    except (FileNotFoundError, NotADirectoryError):
        return  # a kernel without IPv6, or without SCTP
    for line in lines:
        words = line.split()
        if name == "sctp/eps":
            # ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS
            for text in words[8:] or ["0.0.0.0"]:
                yield ipaddress.ip_address(text.lstrip("*")), int(words[5]), words[7]
        elif words[3] == state:
            address, port = words[1].split(":")
            yield _address(address), int(port, 16), words[9]


def _address(text):
    """An address as the kernel prints it: words of 32 bits in its own order of bytes."""
    packed = b"".join(struct.pack("=I", int(text[start : start + 8], 16)) for start in range(0, len(text), 8))
    found = ipaddress.ip_address(packed)
    return getattr(found, "ipv4_mapped", None) or found


def _owners(inodes) -> dict:
    """{inode of a socket: "process 12 (nginx)"}."""
    wanted = {"socket:[%s]" % inode: inode for inode in inodes}
    found: dict = {}
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        folder = "/proc/%s/fd" % pid
        try:
            for name in os.listdir(folder):
                inode = wanted.get(os.readlink(os.path.join(folder, name)))
                if inode is not None:
                    with open("/proc/%s/comm" % pid, encoding="utf-8", errors="replace") as comm:
                        found.setdefault(inode, "process %s (%s)" % (pid, comm.read().strip()))
        except OSError:
            continue  # it has ended, or is not to be looked into
    return found
