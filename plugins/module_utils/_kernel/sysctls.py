# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of the namespace that the calling thread is in, by way of /proc/sys."""

from __future__ import annotations

import os

_ROOT = "/proc/sys"


def _file(path: str) -> str:
    # sysctl(8): with a dot first, dots separate and a slash stands for a dot in a device's name.
    first = min((path.find(sign) for sign in "./" if sign in path), default=-1)
    if first >= 0 and path[first] == ".":
        path = path.replace("/", "\0").replace(".", "/").replace("\0", ".")
    return os.path.join(_ROOT, path)


def read(path: str):
    """The value of ``path`` ("net.ipv4.ip_forward") as text; None when the kernel has none such."""
    try:
        with open(_file(path), encoding="ascii", errors="replace") as file:
            return " ".join(file.read().split())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return None


def write(path: str, value: str) -> None:
    """Write ``value``; OSError when the kernel refuses it."""
    with open(_file(path), "w", encoding="ascii") as file:
        file.write(value)


def every(folder: str, leaf: str) -> dict:
    """{name: value} of ``leaf`` in each folder below ``folder`` (net/ipv4/conf, forwarding)."""
    found: dict = {}
    try:
        names = sorted(os.listdir(os.path.join(_ROOT, folder)))
    except FileNotFoundError:
        return found  # a kernel without IPv6 has no net/ipv6
    for name in names:
        try:
            with open(os.path.join(_ROOT, folder, name, leaf), encoding="ascii") as file:
                found[name] = file.read().strip()
        except (FileNotFoundError, PermissionError):
            continue
    return found
