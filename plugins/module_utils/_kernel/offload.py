# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transmit checksum offload of a device, by way of the ethtool ioctl (linux/ethtool.h, netdevice(7))."""

from __future__ import annotations

import array
import fcntl
import socket
import struct

_ETHTOOL_GTXCSUM, _SIOCETHTOOL = 0x16, 0x8946


def tx_offload(name: str):
    """Whether device ``name`` in this thread's namespace leaves transmit checksums to the hardware; None if unknown."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        value = bytearray(struct.pack("=II", _ETHTOOL_GTXCSUM, 0))
        return _ethtool(probe, name, value)


def _ethtool(probe, name, value):
    buffer = array.array("B", value)
    address, _length = buffer.buffer_info()
    try:
        fcntl.ioctl(probe, _SIOCETHTOOL, struct.pack("16sP", name.encode(), address))
    except OSError:
        return None
    return bool(struct.unpack("=II", buffer.tobytes())[1])


def set_tx_offload(name: str, wanted: bool) -> None:
    """Set what tx_offload reads; OSError when the device cannot."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        buffer = array.array("B", struct.pack("=II", _ETHTOOL_GTXCSUM + 1, int(wanted)))
        fcntl.ioctl(probe, _SIOCETHTOOL, struct.pack("16sP", name.encode(), buffer.buffer_info()[0]))
