# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes through the overlay, beside what goes through a bare veth pair at the same time on the same machine."""

from __future__ import annotations


def test_at_least_a_third_of_raw_veth(at, raw_rate):
    with at("node2/red3").serving("10.42.2.1"):
        rate = at("node1/red1").rate("10.42.2.1")
    assert rate > raw_rate / 3, "%.1f of %.1f Gbit/s" % (rate * 8e-9, raw_rate * 8e-9)
