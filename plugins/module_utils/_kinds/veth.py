# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of virtual Ethernet devices (veth(4)): what is put into one end comes out of the other."""

from __future__ import annotations

from .options import LinkKind

VETH = LinkKind("veth", order=50)
