# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one list of kinds of object that a state can hold. Kinds of link are listed in ``link.LINK_KINDS``."""

from __future__ import annotations

from .address import Address
from .fdb import Fdb
from .firewalld import FirewalldPolicy, FirewalldZone
from .iptables import IptablesRule
from .link import Link
from .netns import Netns
from .nft import NftElement, NftRule, NftTable
from .record import Record
from .route import Route
from .sysctl import Sysctl

KINDS = (Netns, Link, Address, Route, Fdb, NftTable, NftRule, NftElement, IptablesRule, FirewalldZone, FirewalldPolicy, Sysctl, Record)
