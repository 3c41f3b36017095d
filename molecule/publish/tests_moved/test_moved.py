# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service is another container's now."""

from __future__ import annotations

NODE, NODE6 = "192.0.2.11", "2001:db8:0:2::11"


def test_the_other_container_answers(at):
    with at("node1/db").serving("10.10.1.20") as came:
        assert at("internet").send("tcp", NODE, 100, 8080) == at("internet").send("udp", NODE, 100, 8080) == "same"
        assert at("node1/web").send("udp", NODE, 100, 8080) == "same"
    assert came == ["192.0.2.254", "192.0.2.254", "10.10.1.1"]
    with at("node1/db").serving("fd00:10:1::20") as came:
        assert at("internet").send("udp", NODE6, 100, 8080) == "same"
    assert came == ["2001:db8:0:2::254"]


def test_what_was_taken_back_is_gone(at):
    assert at("node1").send("tcp", "127.0.0.1", 100, 8081) == "no: [Errno 111] Connection refused"
    rules = at("node1").check_output("nft list table inet linuxnet")
    assert "green" not in rules and "10.10.1.10" not in rules and "_at" not in rules
